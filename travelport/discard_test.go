package travelport

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/travelport/travelporttest"
)

// TestLookupDies goes through what can come between an open workbench and the mark that it is discarded. What is not recorded as
// confirmed is no proof later, and documents that appear are always found.
func TestLookupDies(t *testing.T) {
	discard := func(f travelporttest.Fault) func(*simulated) {
		f.Route = travelporttest.DiscardWorkbench
		return func(s *simulated) { s.Fail(f) }
	}
	gone := travelporttest.ErrorBody("ReservationResponse", "", "SESSION IDENTIFIER IS INVALID")
	for name, tt := range map[string]struct {
		fail    string // the step whose mark cannot be recorded
		arrange func(s *simulated)
		first   error
		steps   []string // that Lookup has recorded
		sent    int      // discards
		second  error    // of another process, while the workbench would still live
		last    error    // when it would have expired
	}{
		"intention not recorded": {fail: markDiscard, first: payment.ErrInconclusive, second: payment.ErrNoPayment, last: payment.ErrNoPayment,
			sent: 0},
		"discard not sent": {arrange: discard(travelporttest.Fault{Cut: travelporttest.BeforeActing}), first: payment.ErrUnavailable,
			steps: []string{markDiscard}, sent: 1, second: payment.ErrNoPayment, last: payment.ErrNoPayment},
		"answer to the discard lost": {arrange: discard(travelporttest.Fault{Cut: travelporttest.BeforeAnswer}), first: payment.ErrUnavailable,
			steps: []string{markDiscard}, sent: 1, second: payment.ErrInconclusive, last: payment.ErrInconclusive},
		"another was faster": {arrange: discard(travelporttest.Fault{Status: 400, Body: gone}), first: payment.ErrInconclusive,
			steps: []string{markDiscard}, sent: 1, second: payment.ErrInconclusive, last: payment.ErrInconclusive},
		"confirmation not recorded": {fail: markDiscarded, first: payment.ErrInconclusive,
			steps: []string{markDiscard}, sent: 1, second: payment.ErrInconclusive, last: payment.ErrInconclusive},
		"recorded": {first: payment.ErrNoPayment, steps: []string{markDiscard, markDiscarded}, sent: 1,
			second: payment.ErrNoPayment, last: payment.ErrNoPayment},
	} {
		t.Run(name, func(t *testing.T) {
			s := simulate(t, travelporttest.Reservation{})
			req := s.loseCommit(t)
			s.Advance(15 * time.Minute)
			if tt.arrange != nil {
				tt.arrange(s)
			}
			s.journal.fail = tt.fail
			_, err := s.lookup(t, req)
			s.journal.fail = ""
			if !errors.Is(err, tt.first) || errors.Is(err, payment.ErrNoPayment) != (tt.first == payment.ErrNoPayment) {
				t.Errorf("%v, want %v", err, tt.first)
			}
			if tt.fail != "" && !errors.Is(err, io.ErrClosedPipe) {
				t.Errorf("%v does not name the journal", err)
			}
			want := append([]string{markBegin, markWorkbench, markCommit}, tt.steps...)
			if diff := cmp.Diff(want, s.journal.steps()); diff != "" {
				t.Errorf("steps (-want +got):\n%s", diff)
			}
			if n := s.Count(travelporttest.DiscardWorkbench); n != tt.sent {
				t.Errorf("%d discards, want %d", n, tt.sent)
			}
			s.ClearFaults()
			for i, want := range []error{tt.second, tt.last} {
				if _, err := s.lookup(t, req); !errors.Is(err, want) {
					t.Errorf("question %d: %v, want %v", i+2, err, want)
				}
				s.Advance(time.Hour)
			}
			s.wantTaken(t)
		})
	}
}

// TestCommitBeforeTheDiscard: a commit that was on its way is done after Lookup has seen the workbench open. Lookup's discard
// comes too late, and nobody takes the closed workbench for Lookup's doing although the documents show late.
func TestCommitBeforeTheDiscard(t *testing.T) {
	s := simulate(t, travelporttest.Reservation{})
	s.client = s.newClient(t, withLinger(10*time.Millisecond))
	hold := make(chan struct{})
	ctx, cancel := context.WithCancel(s.journal.context(t.Context()))
	defer cancel()
	s.Fail(travelporttest.Fault{Route: travelporttest.Commit, Hold: hold, Arrived: cancel, HideFor: 3 * time.Hour})
	req := s.request(t)
	if p, err := s.client.Pay(ctx, req); payment.OutcomeOf(err) != payment.Unknown || err == nil {
		t.Fatalf("%+v, %v", p, err)
	}
	s.Advance(15 * time.Minute)
	s.journal.before = func(step string) {
		if step == markDiscard {
			close(hold)
			if err := s.WaitIdle(t.Context()); err != nil {
				t.Error(err)
			}
		}
	}
	for _, later := range []time.Duration{0, time.Hour} {
		s.Advance(later)
		if p, err := s.lookup(t, req); !errors.Is(err, payment.ErrInconclusive) {
			t.Errorf("%+v, %v", p, err)
		}
	}
	s.Advance(3 * time.Hour)
	if p, err := s.lookup(t, req); err != nil || !p.Paid() {
		t.Errorf("%+v, %v", p, err)
	}
	s.wantTaken(t, "300.01 USD")
}

// TestLookupLeaves: the caller leaves while the discard is under way. Its word is not lost.
func TestLookupLeaves(t *testing.T) {
	s := simulate(t, travelporttest.Reservation{})
	req := s.loseCommit(t)
	s.Advance(15 * time.Minute)
	ctx, cancel := context.WithCancel(s.journal.context(t.Context()))
	defer cancel()
	s.journal.before = func(step string) {
		if step == markDiscard {
			cancel()
		}
	}
	if _, err := s.client.Lookup(ctx, s.journal.attempt(t, s.client, req)); !errors.Is(err, payment.ErrNoPayment) {
		t.Error(err)
	}
	s.Advance(time.Hour)
	if _, err := s.lookup(t, req); !errors.Is(err, payment.ErrNoPayment) {
		t.Errorf("asked again: %v", err)
	}
}

// TestLookupIncomplete: marks of the attempt may be lost. Then no path to ErrNoPayment is open but the one that does without
// the absence of marks: the workbench is open with the attempt's payments, and is discarded.
func TestLookupIncomplete(t *testing.T) {
	const discard = travelporttest.DiscardWorkbench
	empty := travelporttest.Fault{Route: travelporttest.AddPayment, Cut: travelporttest.BeforeActing}
	filled := travelporttest.Fault{Route: travelporttest.Commit, Cut: travelporttest.BeforeActing}
	late := travelporttest.Fault{Route: travelporttest.Commit, Cut: travelporttest.BeforeAnswer, HideFor: 24 * time.Hour}
	gone := travelporttest.ErrorBody("ReservationResponse", "", "SESSION IDENTIFIER IS INVALID")
	for name, tt := range map[string]struct {
		lost     travelporttest.Fault
		marks    int // how many are left
		later    time.Duration
		fail     *travelporttest.Fault // of Lookup
		complete error                 // what an attempt that lacks nothing would have answered
		want     error
		discards int
		taken    []string
	}{
		"no mark left":              {lost: filled, marks: 0, later: 15 * time.Minute, complete: payment.ErrInconclusive, want: payment.ErrInconclusive},
		"begun, long ago":           {lost: empty, marks: 1, later: 2 * time.Hour, complete: payment.ErrNoPayment, want: payment.ErrInconclusive},
		"begun, committed":          {lost: late, marks: 1, later: 2 * time.Hour, complete: payment.ErrNoPayment, want: payment.ErrInconclusive, taken: []string{"300.01 USD"}},
		"expired":                   {lost: empty, marks: 2, later: 2 * time.Hour, complete: payment.ErrNoPayment, want: payment.ErrInconclusive},
		"committed":                 {lost: late, marks: 2, later: 15 * time.Minute, complete: payment.ErrNoPayment, want: payment.ErrInconclusive, taken: []string{"300.01 USD"}},
		"open, without payments":    {lost: empty, marks: 2, later: 15 * time.Minute, complete: payment.ErrNoPayment, want: payment.ErrInconclusive},
		"open, with payments":       {lost: filled, marks: 2, later: 15 * time.Minute, complete: payment.ErrNoPayment, want: payment.ErrNoPayment, discards: 1},
		"open, and Pay may run":     {lost: filled, marks: 2, later: time.Minute, complete: payment.ErrInconclusive, want: payment.ErrInconclusive},
		"open, gone at the discard": {lost: filled, marks: 2, later: 15 * time.Minute, fail: &travelporttest.Fault{Route: discard, Status: 400, Body: gone}, complete: payment.ErrNoPayment, want: payment.ErrInconclusive, discards: 1},
		"open, with all marks":      {lost: filled, marks: 3, later: 15 * time.Minute, complete: payment.ErrNoPayment, want: payment.ErrNoPayment, discards: 1},
		"expired, with all marks":   {lost: filled, marks: 3, later: 2 * time.Hour, complete: payment.ErrInconclusive, want: payment.ErrInconclusive},
	} {
		for _, incomplete := range []bool{false, true} {
			s := simulate(t, travelporttest.Reservation{})
			s.Fail(tt.lost)
			s.Fail(travelporttest.Fault{Route: discard, NoAction: true})
			if tt.lost.Route == travelporttest.Commit {
				s.Fail(travelporttest.Fault{Route: travelporttest.GetReservation})
				s.Fail(travelporttest.Fault{Route: travelporttest.GetReservation, NoAction: true}) // the read-back
			}
			req := s.request(t)
			if p, err := s.pay(t, req); err == nil || payment.OutcomeOf(err) != payment.Unknown {
				t.Fatalf("%+v, %v", p, err)
			}
			s.ClearFaults()
			s.Advance(tt.later)
			if tt.fail != nil {
				s.Fail(*tt.fail)
			}
			a := s.journal.attempt(t, s.client, req)
			a.Marks, a.Incomplete = a.Marks[:tt.marks], incomplete
			discards := s.Count(discard)
			want := tt.complete
			if incomplete {
				want = tt.want
			}
			p, err := s.client.Lookup(t.Context(), a)
			if !errors.Is(err, want) {
				t.Errorf("%s, incomplete %v: %+v, %v, want %v", name, incomplete, p, err, want)
			}
			if n := s.Count(discard) - discards; incomplete && n != tt.discards {
				t.Errorf("%s: %d discards, want %d", name, n, tt.discards)
			}
			s.wantTaken(t, tt.taken...)
		}
	}
}
