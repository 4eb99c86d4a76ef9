package travelport

import (
	"errors"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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

// loseCommit pays with a commit that never arrives, and returns the request.
func (s *simulated) loseCommit(t testing.TB) payment.Request {
	t.Helper()
	lostCommit(s)
	req := s.request(t)
	if p, err := s.pay(t, req); err == nil || payment.OutcomeOf(err) != payment.Unknown {
		t.Fatalf("%+v, %v", p, err)
	}
	s.ClearFaults()
	return req
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

// TestLookupAfterADiscard: only the mark of a discard that Travelport confirmed makes a closed workbench proof after the
// commit mark.
func TestLookupAfterADiscard(t *testing.T) {
	s := simulate(t, travelporttest.Reservation{})
	req := s.loseCommit(t)
	s.Advance(15 * time.Minute)
	asked := s.journal.attempt(t, s.client, req)
	if _, err := s.lookup(t, req); !errors.Is(err, payment.ErrNoPayment) {
		t.Fatalf("%+v", err)
	}
	bench := s.journal.bench(1)
	told := s.journal.attempt(t, s.client, req)
	want := []string{"begin", "workbench", "commit", "discard", "discarded"}
	if diff := cmp.Diff(want, s.journal.steps()); diff != "" {
		t.Fatalf("steps (-want +got):\n%s", diff)
	}
	with := func(a payment.Attempt, change func(*payment.Attempt)) payment.Attempt {
		a.Marks = slices.Clone(a.Marks)
		change(&a)
		return a
	}
	mark := func(step, bench string) payment.Mark {
		return payment.Mark{Step: step, Ref: map[string]string{refWorkbench: bench}, At: s.Now()}
	}
	s.Advance(time.Hour)
	read := func(body string) travelporttest.Fault {
		return travelporttest.Fault{Route: travelporttest.GetReservation, Body: []byte(body)}
	}
	for name, tt := range map[string]struct {
		attempt payment.Attempt
		fault   travelporttest.Fault
		kind    error
	}{
		"told":             {told, travelporttest.Fault{}, payment.ErrNoPayment},
		"told, incomplete": {with(told, func(a *payment.Attempt) { a.Incomplete = true }), travelporttest.Fault{}, payment.ErrNoPayment},
		"not told":         {asked, travelporttest.Fault{}, payment.ErrInconclusive},
		"intended":         {with(told, func(a *payment.Attempt) { a.Marks = a.Marks[:4] }), travelporttest.Fault{}, payment.ErrInconclusive},
		"of something else": {with(asked, func(a *payment.Attempt) {
			a.Marks = append(a.Marks, mark("other", bench), mark(markDiscarded, ""), mark(markDiscarded, bench+"0"))
			a.Failures = []payment.Failure{{Op: opLookup, Code: "WORKBENCH_DISCARDED " + bench}}
		}), travelporttest.Fault{}, payment.ErrInconclusive},
		"without the marks of Pay": {with(told, func(a *payment.Attempt) { a.Marks = a.Marks[3:] }), travelporttest.Fault{}, payment.ErrInconclusive},
		"told, unreadable now":     {told, read(`{"ReservationResponse":{"Reservation":{"Receipt":{}}}}`), payment.ErrInconclusive},
		"told, documents now": {told, read(
			`{"ReservationResponse":{"Reservation":{"Receipt":[{"Document":[{"@type":"DocumentTicket","Number":"1"}]}]}}}`), nil}, // partial
	} {
		s.ClearFaults()
		if tt.fault.Route != "" {
			s.Fail(tt.fault)
		}
		if p, err := s.client.Lookup(t.Context(), tt.attempt); !errors.Is(err, tt.kind) {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
	}
}

// TestLookupOfASecondPay: the proof of one workbench says nothing about another, when a journal keeps two Pays in one
// attempt: the last commit needs a proof of its own, and every earlier one too.
func TestLookupOfASecondPay(t *testing.T) {
	for name, tt := range map[string]struct {
		asked  bool // Lookup has disproven the first commit
		second travelporttest.Fault
		later  time.Duration
		kind   error
		taken  []string
	}{
		"second lost":          {true, travelporttest.Fault{Cut: travelporttest.BeforeActing}, 15 * time.Minute, payment.ErrNoPayment, nil},
		"second lost, at once": {true, travelporttest.Fault{Cut: travelporttest.BeforeActing}, time.Minute, payment.ErrInconclusive, nil},
		"second issued, shown late": {true, travelporttest.Fault{HideFor: 24 * time.Hour, Cut: travelporttest.BeforeAnswer}, 15 * time.Minute,
			payment.ErrInconclusive, []string{"300.01 USD"}},
		"first not disproven": {false, travelporttest.Fault{Cut: travelporttest.BeforeActing}, 15 * time.Minute, payment.ErrInconclusive, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := simulate(t, travelporttest.Reservation{})
			req := s.loseCommit(t)
			s.Advance(15 * time.Minute)
			if tt.asked {
				if _, err := s.lookup(t, req); !errors.Is(err, payment.ErrNoPayment) {
					t.Fatal(err)
				}
			} else if err := s.client.Workbench(s.journal.bench(1), "").Discard(t.Context()); err != nil {
				t.Fatal(err) // so that another payment can be begun
			}
			tt.second.Route = travelporttest.Commit
			s.Fail(tt.second)
			if _, err := s.pay(t, req); payment.OutcomeOf(err) != payment.Unknown {
				t.Fatal(err)
			}
			s.ClearFaults()
			s.Advance(tt.later)
			discards := s.Count(travelporttest.DiscardWorkbench)
			_, err := s.lookup(t, req)
			if !errors.Is(err, tt.kind) {
				t.Errorf("%v, want %v", err, tt.kind)
			}
			s.wantTaken(t, tt.taken...)
			proven := errors.Is(err, payment.ErrNoPayment)
			if n := s.Count(travelporttest.DiscardWorkbench) - discards; (n == 1) != proven {
				t.Errorf("%d discards: a proof that is not given must not be used up", n)
			}
			if !proven {
				return
			}
			if _, err := s.lookup(t, req); !errors.Is(err, payment.ErrNoPayment) {
				t.Errorf("asked again: %v", err)
			}
			a := s.journal.attempt(t, s.client, req)
			i := slices.IndexFunc(a.Marks, func(m payment.Mark) bool { return m.Step == markDiscarded })
			a.Marks = slices.Delete(a.Marks, i, i+1)
			if _, err := s.client.Lookup(t.Context(), a); !errors.Is(err, payment.ErrInconclusive) {
				t.Errorf("with the last proof alone: %v", err)
			}
		})
	}
}

// TestLookupDuringASecondPay: what disproves the first commit is no proof while a second Pay may be about to commit, nor
// when the mark of a commit names no workbench.
func TestLookupDuringASecondPay(t *testing.T) {
	s := simulate(t, travelporttest.Reservation{})
	req := s.loseCommit(t)
	s.Advance(15 * time.Minute)
	if _, err := s.lookup(t, req); !errors.Is(err, payment.ErrNoPayment) {
		t.Fatal(err)
	}
	told := s.journal.attempt(t, s.client, req)
	with := func(marks ...payment.Mark) payment.Attempt {
		more := told
		more.Marks = append(slices.Clip(told.Marks), marks...)
		return more
	}
	at := s.Now()
	second := []payment.Mark{{Step: markBegin, At: at}, {Step: markWorkbench, Ref: map[string]string{refWorkbench: "second"}, At: at}}
	for name, tt := range map[string]struct {
		attempt payment.Attempt
		later   time.Duration
		kind    error
	}{
		"one Pay":                   {told, 0, payment.ErrNoPayment},
		"a second one runs":         {with(second...), 0, payment.ErrInconclusive},
		"a second one is over":      {with(second...), 15 * time.Minute, payment.ErrNoPayment},
		"a commit of no workbench":  {with(payment.Mark{Step: markCommit, At: at}), 15 * time.Minute, payment.ErrInconclusive},
		"long ago, of no workbench": {with(payment.Mark{Step: markCommit, At: at}), 24 * time.Hour, payment.ErrInconclusive},
	} {
		c := s.newClient(t, withClock(func() time.Time { return at.Add(tt.later) }))
		if _, err := c.Lookup(t.Context(), tt.attempt); !errors.Is(err, tt.kind) {
			t.Errorf("%s: %v, want %v", name, err, tt.kind)
		}
	}
}

// TestLookupUnreadAfterADiscard: the discard has proven that nothing was committed, and the read after it fails. That discard
// cannot be had again, so that its word must not be lost; where the read shows documents, there is no such word.
func TestLookupUnreadAfterADiscard(t *testing.T) {
	const issued = `{"Document":[{"@type":"DocumentTicket","Number":"1"}]}`
	shown := func(receipts string) travelporttest.Fault {
		return travelporttest.Fault{Body: []byte(`{"ReservationResponse":{"Reservation":{"Receipt":` + receipts + `}}}`)}
	}
	for name, tt := range map[string]struct {
		read travelporttest.Fault // the one after the discard
		word bool
		kind error // nil for ErrInconclusive
	}{
		"500":                     {travelporttest.Fault{NoAction: true}, true, payment.ErrUnavailable},
		"no answer":               {travelporttest.Fault{Cut: travelporttest.BeforeAnswer, Times: -1}, true, payment.ErrUnavailable},
		"401":                     {travelporttest.Fault{NoAction: true, Status: http.StatusUnauthorized, Times: 2}, true, nil},
		"404":                     {travelporttest.Fault{NoAction: true, Status: http.StatusNotFound}, true, nil},
		"page":                    {travelporttest.Fault{Damage: travelporttest.HTML}, true, nil},
		"not for certain":         {shown(`{}`), true, nil},
		"documents":               {shown(`[` + issued + `]`), false, nil},
		"documents, odd receipts": {shown(`[` + issued + `,7]`), false, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := simulate(t, travelporttest.Reservation{})
			req := s.loseCommit(t)
			s.Advance(15 * time.Minute)
			tt.read.Route = travelporttest.GetReservation
			s.Fail(travelporttest.Fault{Route: travelporttest.GetReservation})
			s.Fail(tt.read)
			_, err := s.lookup(t, req)
			if !errors.Is(err, payment.ErrInconclusive) && tt.kind == nil || tt.kind != nil && !errors.Is(err, tt.kind) || payment.OutcomeOf(err) != payment.Unknown {
				t.Fatalf("%v", err)
			}
			if got := slices.Contains(s.journal.steps(), markDiscarded); got != tt.word || s.Count(travelporttest.DiscardWorkbench) != 1 {
				t.Errorf("recorded %v, %d discards", got, s.Count(travelporttest.DiscardWorkbench))
			}
			s.ClearFaults()
			s.Advance(time.Hour)
			want := payment.ErrInconclusive
			if tt.word {
				want = payment.ErrNoPayment
			}
			if _, err := s.lookup(t, req); !errors.Is(err, want) {
				t.Errorf("asked again: %v, want %v", err, want)
			}
			again := shown(`[` + issued + `]`)
			again.Route = travelporttest.GetReservation
			s.Fail(again)
			if p, err := s.lookup(t, req); err != nil || p.Status != payment.Partial {
				t.Errorf("documents later: %+v, %v", p, err)
			}
		})
	}
}

// TestReconcileUnreadAfterADiscard: the journal keeps that word until the quiet time is over, and nothing of the reads that
// failed.
func TestReconcileUnreadAfterADiscard(t *testing.T) {
	for name, tt := range map[string]struct {
		read travelporttest.Fault // the one after the discard
		last once.State
	}{
		"unread":    {travelporttest.Fault{NoAction: true}, once.Released},
		"forbidden": {travelporttest.Fault{NoAction: true, Status: http.StatusForbidden, Body: travelporttest.ErrorBody("ReservationResponse", "9004", "Invalid Access Group.")}, once.Released},
		"documents": {travelporttest.Fault{Body: []byte(`{"ReservationResponse":{"Reservation":{"Receipt":[{"Document":[{"@type":"DocumentTicket","Number":"1"}]}]}}}`)}, once.Unknown},
	} {
		t.Run(name, func(t *testing.T) {
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
			rows, err := payer.Get(t.Context(), req.Key)
			if err != nil {
				t.Fatal(err)
			}
			failures := len(rows[0].Attempt.Failures)
			tt.read.Route = travelporttest.GetReservation
			s.Fail(travelporttest.Fault{Route: travelporttest.GetReservation})
			s.Fail(tt.read)
			for _, step := range []struct {
				later time.Duration
				state once.State
			}{{15 * time.Minute, once.Unknown}, {5 * time.Minute, once.Unknown}, {time.Hour, tt.last}} {
				store.Advance(step.later)
				s.Advance(step.later)
				if _, err := payer.Reconcile(t.Context()); err != nil {
					t.Fatal(err)
				}
				rows, err = payer.Get(t.Context(), req.Key)
				if err != nil || len(rows) != 1 || rows[0].State != step.state || s.Count(travelporttest.DiscardWorkbench) != 1 {
					t.Errorf("%v later: %+v, %v, %d discards", step.later, rows, err, s.Count(travelporttest.DiscardWorkbench))
				}
			}
			if _, kept := rows[0].Attempt.Marked(markDiscarded); kept != (tt.last == once.Released) || len(rows[0].Attempt.Failures) != failures {
				t.Errorf("kept %+v", rows[0].Attempt)
			}
			s.wantTaken(t)
			if tt.last == once.Released {
				if p, err := payer.Pay(t.Context(), req); err != nil || !p.Paid() {
					t.Errorf("%+v, %v", p, err)
				}
			}
		})
	}
}
