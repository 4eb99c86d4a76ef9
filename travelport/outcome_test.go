package travelport

import (
	"bytes"
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

// TestPayDiscardLost: a discard that is not confirmed is confirmed by a read, or not at all.
func TestPayDiscardLost(t *testing.T) {
	const discard = travelporttest.DiscardWorkbench
	for name, tt := range map[string]struct {
		discard travelporttest.Fault
		read    travelporttest.Fault // of the workbench, after the discard
		want    payment.Outcome
		open    int
	}{
		"answer lost":           {travelporttest.Fault{Cut: travelporttest.BeforeAnswer}, travelporttest.Fault{}, payment.Refused, 0},
		"answer lost, bare 404": {travelporttest.Fault{Cut: travelporttest.BeforeAnswer}, travelporttest.Fault{NoAction: true, Status: http.StatusNotFound}, payment.Unknown, 0},
		"page":                  {travelporttest.Fault{Status: http.StatusOK, Body: []byte(page)}, travelporttest.Fault{}, payment.Refused, 0},
		"page, not done":        {travelporttest.Fault{NoAction: true, Status: http.StatusOK, Body: []byte(page)}, travelporttest.Fault{}, payment.Unknown, 1},
		"page, page":            {travelporttest.Fault{NoAction: true, Status: http.StatusOK, Body: []byte(page)}, travelporttest.Fault{Status: http.StatusOK, Body: []byte(page)}, payment.Unknown, 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := simulate(t, travelporttest.Reservation{})
			s.Fail(travelporttest.Fault{Route: travelporttest.AddPayment, Cut: travelporttest.BeforeAnswer})
			tt.discard.Route, tt.read.Route = discard, travelporttest.RetrieveWorkbench
			s.Fail(tt.discard)
			s.Fail(travelporttest.Fault{Route: travelporttest.RetrieveWorkbench}) // of the form of payment
			s.Fail(tt.read)
			_, err := s.pay(t, s.request(t))
			if payment.OutcomeOf(err) != tt.want || err == nil || s.OpenWorkbenches(s.locator) != tt.open || s.Count(discard) != 1 {
				t.Errorf("%v, want %v; %d workbenches open after %d discards", err, tt.want, s.OpenWorkbenches(s.locator), s.Count(discard))
			}
			s.wantTaken(t)
		})
	}
}

// TestPayReadBackLost: the answer to the commit may have the documents that cannot be read, or not for certain. What cannot
// be read for certain itself tells nothing.
func TestPayReadBackLost(t *testing.T) {
	const odd = `{"ReservationResponse":{"Reservation":{"Offer":[{"id":"offer_1","Identifier":{"value":"%"}}],"Receipt":[` +
		`{"OfferRef":["offer_1"],"Document":[{"@type":"DocumentTicket","Number":"1","TravelerIdentifierRef":{"id":"travelerRefId_1"}}]},` +
		`{"OfferRef":["offer_1"],"Document":{"@type":"DocumentTicket","Number":"2","TravelerIdentifierRef":{"id":"travelerRefId_2"}}}]}}}`
	quiet := []travelporttest.Option{travelporttest.WithQuietCommit()}
	lost, doubtful := travelporttest.Fault{NoAction: true}, travelporttest.Fault{Body: []byte(odd)}
	for name, tt := range map[string]struct {
		opts         []travelporttest.Option
		commit, read travelporttest.Fault
		status       payment.Status
	}{
		"documents in the answer":           {nil, travelporttest.Fault{}, lost, payment.Succeeded},
		"nothing in the answer":             {quiet, travelporttest.Fault{}, lost, ""},
		"doubtful":                          {quiet, travelporttest.Fault{}, doubtful, ""},
		"doubtful, documents in the answer": {nil, travelporttest.Fault{}, doubtful, payment.Succeeded},
		"lost, answer doubtful":             {nil, doubtful, lost, ""},
		"doubtful, answer doubtful":         {nil, doubtful, doubtful, ""},
		"answer doubtful":                   {nil, doubtful, travelporttest.Fault{}, payment.Succeeded},
	} {
		t.Run(name, func(t *testing.T) {
			s := simulate(t, travelporttest.Reservation{}, tt.opts...)
			of := func(f travelporttest.Fault, route string) travelporttest.Fault {
				f.Route = route
				if f.Body != nil {
					f.Body = bytes.Replace(f.Body, []byte("%"), []byte(s.OfferIdentifier(s.locator, "offer_1")), 1)
				}
				return f
			}
			s.Fail(of(tt.commit, travelporttest.Commit))
			s.Fail(travelporttest.Fault{Route: travelporttest.GetReservation})
			s.Fail(of(tt.read, travelporttest.GetReservation))
			req := s.request(t)
			p, err := s.pay(t, req)
			want := payment.Accepted
			if tt.status == "" {
				want = payment.Unknown
			}
			if p.Status != tt.status || payment.OutcomeOf(err) != want {
				t.Errorf("%+v, %v, want %q", p, err, tt.status)
			}
			s.wantTaken(t, "300.01 USD")
			if tt.read.Body != nil { // Lookup says no more of the same answer
				s.Fail(of(tt.read, travelporttest.GetReservation))
				if p, err := s.client.Lookup(t.Context(), s.journal.attempt(t, s.client, req)); !errors.Is(err, payment.ErrInconclusive) {
					t.Errorf("Lookup: %+v, %v", p, err)
				}
			}
		})
	}
}

// TestPayLongTicket: two flights are paid, and one long ticket of two numbers is issued for the first of them alone, under a
// receipt that names both offers, or none. That is Partial; tickets of both, told apart by their amounts, are Succeeded.
func TestPayLongTicket(t *testing.T) {
	ticket := func(number, total string) string {
		return `{"@type":"DocumentTicket","Number":"` + number + `","TravelerIdentifierRef":{"id":"travelerRefId_1"},` +
			`"Amount":{"CurrencyCode":{"value":"USD"},"Total":` + total + `}}`
	}
	for name, tt := range map[string]struct {
		documents string
		status    payment.Status
	}{
		"one ticket":       {ticket("0160000000001", "250.01") + "," + ticket("0160000000002", "250.01"), payment.Partial},
		"one ticket, void": {ticket("0160000000001", "250.01") + `,{"@type":"DocumentTicketVoid","Number":"0160000000002"}`, payment.Partial},
		"two tickets":      {ticket("0160000000001", "250.01") + "," + ticket("0160000000002", "50"), payment.Succeeded},
	} {
		for _, refs := range []string{`"OfferRef":["offer_1","offer_2"],`, ``} {
			s := simulate(t, travelporttest.Reservation{Offers: []travelporttest.Offer{{Price: mustMoney(t, "250.01", "USD")}, {Price: mustMoney(t, "50", "USD")}}})
			s.Fail(travelporttest.Fault{Route: travelporttest.Commit, Cut: travelporttest.BeforeActing})
			body := []byte(`{"ReservationResponse":{"Reservation":{"Offer":[` +
				`{"id":"offer_1","Identifier":{"value":"` + s.OfferIdentifier(s.locator, "offer_1") + `"}},` +
				`{"id":"offer_2","Identifier":{"value":"` + s.OfferIdentifier(s.locator, "offer_2") + `"}}],` +
				`"Receipt":[{"@type":"ReceiptPayment",` + refs + `"Document":[` + tt.documents + `]}]}}}`)
			s.Fail(travelporttest.Fault{Route: travelporttest.GetReservation})
			s.Fail(travelporttest.Fault{Route: travelporttest.GetReservation, Body: body, Times: 2})
			req := s.request(t)
			p, err := s.pay(t, req)
			if p.Status != tt.status || err != nil || (p.Reason == "") != p.Paid() {
				t.Errorf("%s, %q: %+v, %v", name, refs, p, err)
			}
			if found, err := s.client.Lookup(t.Context(), s.journal.attempt(t, s.client, req)); found.Status != tt.status || err != nil {
				t.Errorf("%s, %q, Lookup: %+v, %v", name, refs, found, err)
			}
		}
	}
	// The answer to the commit may tell apart what the read does not.
	s := simulate(t, travelporttest.Reservation{Offers: []travelporttest.Offer{{Price: mustMoney(t, "150.01", "USD")}, {Price: mustMoney(t, "150", "USD")}}})
	s.Fail(travelporttest.Fault{Route: travelporttest.GetReservation})
	s.Fail(travelporttest.Fault{Route: travelporttest.GetReservation, Body: []byte(`{"ReservationResponse":{"Reservation":{"Receipt":[{"Document":[` +
		`{"@type":"DocumentTicket","Number":"1"},{"@type":"DocumentTicket","Number":"2"}]}]}}}`)})
	if p, err := s.pay(t, s.request(t)); err != nil || !p.Paid() {
		t.Errorf("%+v, %v", p, err)
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
