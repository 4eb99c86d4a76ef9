package travelport

import (
	"errors"
	"testing"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/once"
	"github.com/supplierpay/supplierpay-go/travelport/travelporttest"
)

// lostCommit is a commit that never arrives, followed by reads and a discard that fail: Pay does not know.
func lostCommit(s *simulated) {
	s.Fail(travelporttest.Fault{Route: travelporttest.Commit, Cut: travelporttest.BeforeActing})
	s.Fail(travelporttest.Fault{Route: travelporttest.GetReservation})
	s.Fail(travelporttest.Fault{Route: travelporttest.GetReservation, NoAction: true})
}

// TestReconcileDiscardsOnce: the proof that nothing was committed can be had once, since it closes the workbench, and comes
// before the journal's quiet time is over, since a workbench does not live that long. The journal keeps it.
func TestReconcileDiscardsOnce(t *testing.T) {
	s := simulate(t, travelporttest.Reservation{})
	store := once.NewMemory()
	payer, err := once.New(s.client, store, once.Name("travelport-test"))
	if err != nil {
		t.Fatal(err)
	}
	lostCommit(s)
	req := s.request(t)
	if p, err := payer.Pay(t.Context(), req); err == nil || payment.OutcomeOf(err) != payment.Unknown {
		t.Fatalf("%+v, %v", p, err)
	}
	s.ClearFaults()
	for _, step := range []struct {
		later    time.Duration
		state    once.State
		discards int
	}{{15 * time.Minute, once.Unknown, 1}, {5 * time.Minute, once.Unknown, 1}, {time.Hour, once.Released, 1}} {
		store.Advance(step.later)
		s.Advance(step.later)
		if _, err := payer.Reconcile(t.Context()); err != nil {
			t.Fatal(err)
		}
		rows, err := payer.Get(t.Context(), req.Key)
		if err != nil || len(rows) != 1 || rows[0].State != step.state || s.Count(travelporttest.DiscardWorkbench) != step.discards {
			t.Errorf("%v later: %+v, %v, %d discards", step.later, rows, err, s.Count(travelporttest.DiscardWorkbench))
		}
	}
	if p, err := payer.Pay(t.Context(), req); err != nil || !p.Paid() {
		t.Errorf("%+v, %v", p, err)
	}
	if taken := s.Taken(s.locator); len(taken) != 1 {
		t.Errorf("taken %v", taken)
	}
}

// TestLookupAfterADiscard: only an earlier Lookup's own word makes a closed workbench proof after the commit mark.
func TestLookupAfterADiscard(t *testing.T) {
	s := simulate(t, travelporttest.Reservation{})
	lostCommit(s)
	req := s.request(t)
	if p, err := s.pay(t, req); err == nil || payment.OutcomeOf(err) != payment.Unknown {
		t.Fatalf("%+v, %v", p, err)
	}
	s.ClearFaults()
	s.Advance(15 * time.Minute)
	asked := s.journal.attempt(t, s.client, req)
	_, err := s.client.Lookup(t.Context(), asked)
	var e *payment.Error
	if !errors.Is(err, payment.ErrNoPayment) || !errors.As(err, &e) || e.Code != codeDiscarded {
		t.Fatalf("%+v", err)
	}
	s.Advance(time.Hour)
	told := asked.After(payment.Payment{}, err)
	another := asked
	another.Failures = []payment.Failure{{Op: "Commit", Code: codeDiscarded}, {Op: opLookup, Code: "OTHER"}}
	uncommitted := told
	uncommitted.Marks = nil
	for name, tt := range map[string]struct {
		attempt payment.Attempt
		fault   travelporttest.Fault
		kind    error
	}{
		"told":                 {told, travelporttest.Fault{}, payment.ErrNoPayment},
		"not told":             {asked, travelporttest.Fault{}, payment.ErrInconclusive},
		"of something else":    {another, travelporttest.Fault{}, payment.ErrInconclusive},
		"without marks":        {uncommitted, travelporttest.Fault{}, payment.ErrInconclusive},
		"told, unreadable now": {told, travelporttest.Fault{Route: travelporttest.GetReservation, Body: []byte(`{"ReservationResponse":{"Reservation":{"Receipt":{}}}}`)}, payment.ErrInconclusive},
		"told, documents now": {told, travelporttest.Fault{Route: travelporttest.GetReservation, Body: []byte(
			`{"ReservationResponse":{"Reservation":{"Receipt":[{"Document":[{"@type":"DocumentTicket","Number":"1"}]}]}}}`)}, nil}, // partial
	} {
		s.ClearFaults()
		if tt.fault.Route != "" {
			s.Fail(tt.fault)
		}
		p, err := s.client.Lookup(t.Context(), tt.attempt)
		if !errors.Is(err, tt.kind) {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
		if errors.As(err, &e) && errors.Is(err, payment.ErrNoPayment) && e.Code != "" {
			t.Errorf("%s: code %q without a discard", name, e.Code)
		}
	}
}
