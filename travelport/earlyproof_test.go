package travelport

import (
	"errors"
	"testing"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/travelport/travelporttest"
)

// TestNoEarlyProof: a workbench without a commit mark that is closed while Pay may still be running may have been closed by
// the commit itself, whose mark this reader of the journal came too early to see. It proves that nothing was taken only
// once Pay cannot be running any more.
func TestNoEarlyProof(t *testing.T) {
	gone := travelporttest.ErrorBody("ReservationResponse", "", "SESSION IDENTIFIER IS INVALID")
	for _, tt := range []struct {
		name  string
		later time.Duration
		timed bool // the mark has a time
		want  error
	}{
		{"at once", time.Second, true, payment.ErrInconclusive},
		{"a minute later", time.Minute, true, payment.ErrInconclusive},
		{"when Pay is over", 15 * time.Minute, true, payment.ErrNoPayment},
		{"nobody knows when it began", 15 * time.Minute, false, payment.ErrInconclusive},
	} {
		s := simulate(t, travelporttest.Reservation{})
		s.Fail(travelporttest.Fault{Route: travelporttest.AddPayment, NoAction: true})
		if _, err := s.pay(t, s.request(t)); err == nil {
			t.Fatal("paid")
		}
		attempt := s.journal.attempt(t, s.client, s.request(t))
		attempt.Marks = attempt.Marks[:2]
		if attempt.Marks[1].Step != markWorkbench {
			t.Fatalf("marks: %+v", attempt.Marks)
		}
		if !tt.timed {
			attempt.SentAt, attempt.Marks[0].At, attempt.Marks[1].At = time.Time{}, time.Time{}, time.Time{}
		}
		s.Advance(tt.later)
		s.Fail(travelporttest.Fault{Route: travelporttest.RetrieveWorkbench, Status: 400, Body: gone})
		_, err := s.client.Lookup(t.Context(), attempt)
		if !errors.Is(err, tt.want) || errors.Is(err, payment.ErrNoPayment) != (tt.want == payment.ErrNoPayment) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
}
