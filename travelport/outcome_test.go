package travelport

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/once"
	"github.com/supplierpay/supplierpay-go/travelport/travelporttest"
)

// TestPayOutcomes pins what single failures end as; TestPayKilled only compares with the ledger.
func TestPayOutcomes(t *testing.T) {
	for name, tt := range map[string]struct {
		fault    travelporttest.Fault
		outcome  payment.Outcome
		kind     error
		discards int
	}{
		"lost opening":        {travelporttest.Fault{Route: travelporttest.WorkbenchFromLocator, Cut: travelporttest.BeforeAnswer}, payment.Unknown, payment.ErrUnavailable, 0},
		"lost form":           {travelporttest.Fault{Route: travelporttest.AddFormOfPayment, Cut: travelporttest.BeforeAnswer}, payment.Refused, payment.ErrUnavailable, 1},
		"lost payment":        {travelporttest.Fault{Route: travelporttest.AddPayment, Cut: travelporttest.BeforeAnswer}, payment.Refused, payment.ErrUnavailable, 1},
		"refused payment":     {travelporttest.Fault{Route: travelporttest.AddPayment, NoAction: true, Status: 200, Body: travelporttest.ErrorBody("PaymentResponse", "4178", "FOP")}, payment.Refused, payment.ErrInvalidRequest, 1},
		"unread workbench":    {travelporttest.Fault{Route: travelporttest.RetrieveWorkbench, NoAction: true}, payment.Refused, payment.ErrUnavailable, 1},
		"payment not queued":  {travelporttest.Fault{Route: travelporttest.AddPayment, NoAction: true, Status: 200, Body: []byte(`{"PaymentResponse":{"Payment":{"Identifier":{"value":"x"}}}}`)}, payment.NotSent, payment.ErrOrderNotPayable, 1},
		"refused commit":      {travelporttest.Fault{Route: travelporttest.Commit, NoAction: true, Status: 400, Body: travelporttest.ErrorBody("ReservationResponse", "1586", "INVALID INPUT FORMAT")}, payment.Unknown, payment.ErrInvalidRequest, 0},
		"unauthorized commit": {travelporttest.Fault{Route: travelporttest.Commit, NoAction: true, Status: 401}, payment.Unknown, payment.ErrUnauthenticated, 0},
		"unread documents":    {travelporttest.Fault{Route: travelporttest.Commit, NoAction: true, Cut: travelporttest.BeforeActing}, payment.Unknown, payment.ErrUnavailable, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := simulate(t, travelporttest.Reservation{})
			s.Fail(tt.fault)
			_, err := s.pay(t, s.request(t))
			if payment.OutcomeOf(err) != tt.outcome || !errors.Is(err, tt.kind) || s.Count(travelporttest.DiscardWorkbench) != tt.discards {
				t.Errorf("%v after %d discards, want %v, %v and %d", err, s.Count(travelporttest.DiscardWorkbench), tt.outcome, tt.kind, tt.discards)
			}
			s.wantTaken(t)
		})
	}
}

// TestPayReadsWorkbench: a workbench that holds something else than what was queued is not committed.
func TestPayReadsWorkbench(t *testing.T) {
	payments := func(list string) []byte {
		return []byte(`{"ReservationResponse":{"Reservation":{"Payment":` + list + `}}}`)
	}
	const one = `{"id":"payment_1","Amount":{"code":"USD","value":300.01}}`
	for name, list := range map[string]string{
		"two payments":     `[` + one + `,` + one + `]`,
		"two that add up":  `[{"id":"payment_1","Amount":{"code":"USD","value":300}},{"id":"x","Amount":{"code":"USD","value":0.01}}]`,
		"another amount":   `[{"id":"payment_1","Amount":{"code":"USD","value":"300.02"}}]`,
		"another currency": `[{"id":"payment_1","Amount":{"code":"EUR","value":300.01}}]`,
		"no amount":        `[{"id":"payment_1"}]`,
		"no list":          one,
	} {
		s := simulate(t, travelporttest.Reservation{StoredForms: []string{"FormOfPaymentCash"}})
		s.Fail(travelporttest.Fault{Route: travelporttest.RetrieveWorkbench, Body: payments(list)})
		req := s.request(t)
		req.Details = Details{Parts: []Part{{Stored: "formOfPayment_1"}}}
		_, err := s.pay(t, req)
		if err == nil || payment.OutcomeOf(err) != payment.NotSent || s.Count(travelporttest.Commit) != 0 || s.OpenWorkbenches(s.locator) != 0 {
			t.Errorf("%s: %v, %d commits", name, err, s.Count(travelporttest.Commit))
		}
	}
}

// TestPayCommits: whatever a commit answers, the documents count.
func TestPayCommits(t *testing.T) {
	offers := []travelporttest.Offer{{Price: mustMoney(t, "250.01", "USD")}, {Parent: "offer_1", Price: mustMoney(t, "50", "USD")}}
	for name, tt := range map[string]struct {
		reservation travelporttest.Reservation
		fault       travelporttest.Fault
		amount      string
		status      payment.Status // "" for an error
		outcome     payment.Outcome
		kind        error
		taken       []string
		later       payment.Status // what Lookup says much later, "" for ErrNoPayment
	}{
		"some issued":         {reservation: travelporttest.Reservation{Issue: travelporttest.IssueSome}, status: payment.Partial, outcome: payment.Accepted, taken: []string{"125.01 USD"}, later: payment.Partial},
		"none issued":         {reservation: travelporttest.Reservation{Issue: travelporttest.IssueNone}, later: payment.Pending},
		"price changed":       {reservation: travelporttest.Reservation{NewPrice: mustMoney(t, "260", "USD")}},
		"schedule changed":    {reservation: travelporttest.Reservation{ScheduleChanged: true}},
		"commission missing":  {reservation: travelporttest.Reservation{CommitRefusal: "COMMISSION PERCENTAGE MUST BE ENTERED"}, kind: payment.ErrOrderNotPayable},
		"500 and issued":      {fault: travelporttest.Fault{Status: 500}, status: payment.Succeeded, outcome: payment.Accepted, taken: []string{"300.01 USD"}, later: payment.Succeeded},
		"error and issued":    {fault: travelporttest.Fault{Body: travelporttest.ErrorBody("ReservationResponse", "9005", "X")}, status: payment.Succeeded, outcome: payment.Accepted, taken: []string{"300.01 USD"}, later: payment.Succeeded},
		"issued, shown late":  {fault: travelporttest.Fault{HideFor: time.Hour}, taken: []string{"300.01 USD"}, later: payment.Succeeded},
		"documents cost more": {reservation: travelporttest.Reservation{HidePrices: true}, amount: "299", status: payment.Succeeded, outcome: payment.Accepted, kind: payment.ErrAmountMismatch, taken: []string{"299.00 USD"}, later: payment.Succeeded},
	} {
		t.Run(name, func(t *testing.T) {
			tt.reservation.Travelers, tt.reservation.Offers = 2, offers
			s := simulate(t, tt.reservation)
			tt.fault.Route = travelporttest.Commit
			s.Fail(tt.fault)
			req := s.request(t)
			if tt.amount != "" {
				req.Amount = mustMoney(t, tt.amount, "USD")
			}
			p, err := s.pay(t, req)
			if p.Status != tt.status || payment.OutcomeOf(err) != tt.outcome || tt.kind != nil && !errors.Is(err, tt.kind) {
				t.Errorf("%+v, %v, want %q, %v", p, err, tt.status, tt.outcome)
			}
			if tt.status == payment.Partial && (err != nil || p.Reason != "1 of 3 documents are issued") {
				t.Errorf("%+v, %v", p, err)
			}
			if tt.outcome == payment.Unknown && (!strings.Contains(err.Error(), s.locator) || !strings.Contains(err.Error(), s.journal.marks[1].Ref["workbench"])) {
				t.Errorf("%v does not say where to look", err)
			}
			s.wantTaken(t, tt.taken...)
			s.Advance(time.Minute)
			if _, err := s.client.Lookup(t.Context(), s.journal.attempt(t, s.client, req)); tt.later == "" && !errors.Is(err, payment.ErrInconclusive) {
				t.Errorf("Lookup while Pay may still run: %v", err)
			}
			s.Advance(s.client.Timing().LongestCall)
			if tt.fault.HideFor > 0 {
				s.Advance(time.Hour)
			}
			p, err = s.client.Lookup(t.Context(), s.journal.attempt(t, s.client, req))
			switch {
			case tt.later == "" && (!errors.Is(err, payment.ErrNoPayment) || s.OpenWorkbenches(s.locator) != 0),
				tt.later == payment.Pending && !errors.Is(err, payment.ErrInconclusive),
				tt.later != "" && tt.later != payment.Pending && p.Status != tt.later:
				t.Errorf("Lookup: %+v, %v, want %q", p, err, tt.later)
			}
			if n := s.Count(travelporttest.Commit); n != 1 {
				t.Errorf("%d commits", n)
			}
		})
	}
}

// TestPayPaused: the caller goes away while a step is on its way, and the server acts only then.
func TestPayPaused(t *testing.T) {
	for i, st := range paySteps {
		t.Run(fmt.Sprintf("%d %s", i, st.route), func(t *testing.T) {
			s := simulate(t, travelporttest.Reservation{}, travelporttest.WithQuietCommit())
			s.client = s.newClient(t, withLinger(10*time.Millisecond))
			ctx, cancel := context.WithCancel(s.journal.context(t.Context()))
			defer cancel()
			hold := make(chan struct{})
			st.fail(s, travelporttest.Fault{Hold: hold, Arrived: cancel, Times: 1})
			req := s.request(t)
			if i == 8 { // the read-back does not end with its caller
				close(hold)
			}
			p, err := s.client.Pay(ctx, req)
			if i != 8 {
				close(hold)
			}
			s.judge(t, p, err)
			if filling := i >= 3 && i <= 6; filling && (payment.OutcomeOf(err) == payment.Unknown || s.OpenWorkbenches(s.locator) != 0) {
				t.Errorf("%v: the workbench was not discarded when the caller had left", err)
			}
			if i == 8 && !p.Paid() {
				t.Errorf("the documents were not read when the caller had left: %+v, %v", p, err)
			}
			s.judgeLookup(t, req)
			if want := []string{"300.01 USD"}; i >= 7 {
				s.wantTaken(t, want...)
			} else {
				s.wantTaken(t)
			}
		})
	}
}

// withLinger sets how long a write waits for its answer once its caller has left.
func withLinger(d time.Duration) Option {
	return func(s *settings) error { s.call.Linger = d; return nil }
}

// TestPayGate: once the journal closes the gate, no step leaves, the discard included.
func TestPayGate(t *testing.T) {
	writes := []string{travelporttest.WorkbenchFromLocator, travelporttest.AddFormOfPayment, travelporttest.AddPayment,
		travelporttest.Commit, travelporttest.DiscardWorkbench}
	count := func(s *simulated) (n int) {
		for _, w := range writes {
			n += s.Count(w)
		}
		return n
	}
	shut := errors.New("the lease is over")
	for allowed := range 4 {
		s := simulate(t, travelporttest.Reservation{})
		s.journal.gate = func() error {
			if count(s) >= allowed {
				return shut
			}
			return nil
		}
		req := s.request(t)
		p, err := s.pay(t, req)
		want := payment.Unknown // a workbench is left open
		if allowed == 0 {
			want = payment.NotSent
		}
		if !errors.Is(err, shut) || payment.OutcomeOf(err) != want || count(s) != allowed {
			t.Errorf("%d: %+v, %v, %d writes", allowed, p, err, count(s))
		}
		s.wantTaken(t)
		s.judgeLookup(t, req)
	}
}

// TestPayMarks: a step that cannot be recorded is not taken.
func TestPayMarks(t *testing.T) {
	for step, untouched := range map[string]string{
		markBegin: travelporttest.GetReservation, markWorkbench: travelporttest.AddFormOfPayment, markCommit: travelporttest.Commit,
	} {
		s := simulate(t, travelporttest.Reservation{})
		s.journal.fail = step
		_, err := s.pay(t, s.request(t))
		if payment.OutcomeOf(err) != payment.NotSent || err == nil || s.Count(untouched) != 0 || s.OpenWorkbenches(s.locator) != 0 {
			t.Errorf("%s: %v, %d requests", step, err, s.Count(untouched))
		}
		s.wantTaken(t)
	}
	// The commit mark is there before the commit is.
	s := simulate(t, travelporttest.Reservation{})
	s.journal.before = func(step string) {
		if step == markCommit && (s.Count(travelporttest.Commit) != 0 || s.Count(travelporttest.AddPayment) != 1) {
			t.Error("the commit is recorded out of order")
		}
		if step == markWorkbench && s.Count(travelporttest.AddFormOfPayment) != 0 {
			t.Error("the workbench is recorded too late")
		}
	}
	if p, err := s.pay(t, s.request(t)); err != nil || !p.Paid() {
		t.Error(err)
	}
}

// TestPayDiscardLost: a discard whose answer is lost is confirmed by a read.
func TestPayDiscardLost(t *testing.T) {
	s := simulate(t, travelporttest.Reservation{})
	s.Fail(travelporttest.Fault{Route: travelporttest.AddPayment, Cut: travelporttest.BeforeAnswer})
	s.Fail(travelporttest.Fault{Route: travelporttest.DiscardWorkbench, Cut: travelporttest.BeforeAnswer})
	_, err := s.pay(t, s.request(t))
	if payment.OutcomeOf(err) != payment.Refused {
		t.Errorf("confirmed by the read: %v", err)
	}
	s = simulate(t, travelporttest.Reservation{})
	s.Fail(travelporttest.Fault{Route: travelporttest.AddPayment, Cut: travelporttest.BeforeAnswer})
	s.Fail(travelporttest.Fault{Route: travelporttest.DiscardWorkbench, Cut: travelporttest.BeforeAnswer})
	s.Fail(travelporttest.Fault{Route: travelporttest.RetrieveWorkbench})
	s.Fail(travelporttest.Fault{Route: travelporttest.RetrieveWorkbench, NoAction: true, Status: http.StatusNotFound})
	_, err = s.pay(t, s.request(t))
	if payment.OutcomeOf(err) != payment.Unknown {
		t.Errorf("a bare 404 confirms nothing: %v", err)
	}
}

// TestPayReadBackLost: the answer to the commit may have the documents that cannot be read.
func TestPayReadBackLost(t *testing.T) {
	for name, tt := range map[string]struct {
		opts   []travelporttest.Option
		status payment.Status
	}{
		"documents in the answer": {nil, payment.Succeeded},
		"nothing in the answer":   {[]travelporttest.Option{travelporttest.WithQuietCommit()}, ""},
	} {
		s := simulate(t, travelporttest.Reservation{}, tt.opts...)
		s.Fail(travelporttest.Fault{Route: travelporttest.GetReservation})
		s.Fail(travelporttest.Fault{Route: travelporttest.GetReservation, NoAction: true})
		p, err := s.pay(t, s.request(t))
		if p.Status != tt.status || (err != nil) != (tt.status == "") || payment.OutcomeOf(err) == payment.Refused {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
		s.wantTaken(t, "300.01 USD")
	}
}

// TestReplicas: two processes with two keys pay one reservation at the same moment, through one journal.
func TestReplicas(t *testing.T) {
	s := simulate(t, travelporttest.Reservation{})
	store := once.NewMemory()
	arrived, release := make(chan struct{}), make(chan struct{})
	s.Fail(travelporttest.Fault{Route: travelporttest.Commit, Arrived: func() { close(arrived) }, Hold: release})
	payer := func() *once.Payer {
		p, err := once.New(s.newClient(t), store, once.Name("travelport-test"))
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	first, second := payer(), payer()
	done := make(chan error, 1)
	go func() {
		p, err := first.Pay(t.Context(), s.request(t))
		if err == nil && !p.Paid() {
			err = fmt.Errorf("not paid: %+v", p)
		}
		done <- err
	}()
	<-arrived
	other := s.request(t)
	other.Key = "k2"
	if _, err := second.Pay(t.Context(), other); !errors.Is(err, payment.ErrScopeHeld) || payment.OutcomeOf(err) != payment.NotSent {
		t.Errorf("the second key: %v", err)
	}
	close(release)
	if err := <-done; err != nil {
		t.Error(err)
	}
	if p, err := second.Pay(t.Context(), s.request(t)); err != nil || !p.Paid() {
		t.Errorf("the first key again: %+v, %v", p, err)
	}
	s.wantTaken(t, "300.01 USD")
	if s.Count(travelporttest.WorkbenchFromLocator) != 1 || s.Count(travelporttest.Commit) != 1 {
		t.Error("a second workbench or commit")
	}
}
