package travelport

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/travelport/travelporttest"
)

// flatAll sends everything flat.
func flatAll() Option {
	return WithFlat(BodyWorkbench, BodyFormOfPayment, BodyPayment, BodyCommit, BodyVoid, BodyTicketQuery, BodyRefundQuote)
}

func TestPay(t *testing.T) {
	two := func(t *testing.T) []Part {
		return []Part{{FormOfPayment: card(), Amount: mustMoney(t, "200", "USD")}, {FormOfPayment: cash(), Amount: mustMoney(t, "100.01", "USD")}}
	}
	for name, tt := range map[string]struct {
		reservation travelporttest.Reservation
		server      []travelporttest.Option
		client      []Option
		parts       func(t *testing.T, s *simulated) []Part
		taken       []string
	}{
		"card":                                 {},
		"amounts as strings":                   {server: []travelporttest.Option{travelporttest.WithStringAmounts()}},
		"identifier inside":                    {server: []travelporttest.Option{travelporttest.WithIdentifierInside()}},
		"form answer of no use":                {server: []travelporttest.Option{travelporttest.WithForgetfulForms()}},
		"form stored under another identifier": {server: []travelporttest.Option{travelporttest.WithOwnFormIdentifiers()}},
		"commit says nothing":                  {server: []travelporttest.Option{travelporttest.WithQuietCommit()}},
		"one workbench at a time":              {server: []travelporttest.Option{travelporttest.WithExclusiveWorkbench()}},
		"flat":                                 {client: []Option{flatAll()}},
		"prices not shown":                     {reservation: travelporttest.Reservation{HidePrices: true}},
		"stored forms in the way":              {reservation: travelporttest.Reservation{StoredForms: []string{"FormOfPaymentCash", "FormOfPaymentInvoice"}}},
		"stored form":                          {reservation: travelporttest.Reservation{StoredForms: []string{"FormOfPaymentCash"}}, parts: func(*testing.T, *simulated) []Part { return []Part{{Stored: "formOfPayment_1"}} }},
		"two forms":                            {parts: func(t *testing.T, _ *simulated) []Part { return two(t) }, taken: []string{"200.00 USD", "100.01 USD"}},
		"offers by id": {parts: func(*testing.T, *simulated) []Part {
			return []Part{{FormOfPayment: cash(), Offers: []PaidOffer{{Offer: "offer_1"}, {Offer: "an_o1"}}}}
		}},
		"offers by identifier": {parts: func(_ *testing.T, s *simulated) []Part {
			return []Part{{FormOfPayment: cash(), Offers: []PaidOffer{{Offer: s.OfferIdentifier(s.locator, "offer_1")}, {Offer: "an_o1"}}}}
		}},
		"told number of documents": {parts: func(*testing.T, *simulated) []Part {
			return []Part{{FormOfPayment: cash(), Offers: []PaidOffer{{Offer: "offer_1", Documents: 2}, {Offer: "an_o1", Documents: 1}}}}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			s := simulate(t, tt.reservation, tt.server...)
			s.client = s.newClient(t, tt.client...)
			req := s.request(t)
			if tt.parts != nil {
				req.Details = Details{Parts: tt.parts(t, s)}
			}
			p, err := s.pay(t, req)
			if err != nil || !p.Paid() || p.MatchedBy != payment.MatchedByDocuments || !p.Amount.Equal(req.Amount) ||
				p.OrderID != s.locator || p.Provider != "travelport" || p.At.IsZero() || (p.ID == "") != (len(tt.taken) > 1) {
				t.Fatalf("%+v, %v", p, err)
			}
			if tt.taken == nil {
				tt.taken = []string{"300.01 USD"}
			}
			s.wantTaken(t, tt.taken...)
			if n := len(s.Documents(s.locator)); n != 3 {
				t.Errorf("%d documents, want two tickets and an EMD", n)
			}
			if s.OpenWorkbenches(s.locator) != 0 || s.Count(travelporttest.Commit) != 1 || s.Holds(s.locator) != 0 {
				t.Errorf("%d workbenches open, %d commits, %d holds", s.OpenWorkbenches(s.locator), s.Count(travelporttest.Commit), s.Holds(s.locator))
			}
			found, err := s.client.Lookup(t.Context(), s.journal.attempt(t, s.client, req))
			if err != nil || found.Status != payment.Succeeded || found.ID != p.ID || found.MatchedBy != payment.MatchedByDocuments {
				t.Errorf("Lookup: %+v, %v", found, err)
			}
			if diff := cmp.Diff([]string{"begin", "workbench", "commit"}, s.journal.steps()); diff != "" {
				t.Errorf("marks (-want +got):\n%s", diff)
			}
			trace := s.Requests(travelporttest.WorkbenchFromLocator)[0].Header.Get("TraceId")
			for _, r := range s.Requests("")[1:8] {
				if r.Header.Get("TraceId") != trace && r.URL.Path != "/oauth/token" || trace == "" {
					t.Errorf("%s has trace %q, not %q", r.URL.Path, r.Header.Get("TraceId"), trace)
				}
			}
		})
	}
}

func TestPayAuthorizes(t *testing.T) {
	s := simulate(t, travelporttest.Reservation{})
	req := s.request(t)
	req.Details = Details{Parts: []Part{{FormOfPayment: card()}}, AuthorizePayment: true}
	if p, err := s.pay(t, req); err != nil || !p.Paid() || s.Holds(s.locator) != 1 {
		t.Errorf("%+v, %v, %d holds", p, err, s.Holds(s.locator))
	}
}

// TestPayStops: what the reservation shows before anything is opened.
func TestPayStops(t *testing.T) {
	usd := func(s string) payment.Money { return mustMoney(t, s, "USD") }
	for name, tt := range map[string]struct {
		change func(t *testing.T, s *simulated, req *payment.Request)
		kind   error
	}{
		"issued before": {func(t *testing.T, s *simulated, _ *payment.Request) {
			if _, err := s.client.Pay(t.Context(), s.request(t)); err != nil {
				t.Fatal(err)
			}
		}, payment.ErrAlreadyPaid},
		"another price": {func(_ *testing.T, _ *simulated, req *payment.Request) { req.Amount = usd("300") }, payment.ErrPriceChanged},
		"another currency": {func(t *testing.T, _ *simulated, req *payment.Request) {
			req.Amount = mustMoney(t, "300.01", "EUR")
		}, payment.ErrCurrencyMismatch},
		"part of the price": {func(_ *testing.T, _ *simulated, req *payment.Request) {
			req.Details = Details{Parts: []Part{{FormOfPayment: cash(), Offers: []PaidOffer{{Offer: "offer_1"}}}}}
		}, payment.ErrPriceChanged},
		"no such offer": {func(_ *testing.T, _ *simulated, req *payment.Request) {
			req.Details = Details{Parts: []Part{{FormOfPayment: cash(), Offers: []PaidOffer{{Offer: "offer_9"}}}}}
		}, payment.ErrOrderNotPayable},
		"no such reservation": {func(_ *testing.T, _ *simulated, req *payment.Request) { req.OrderID = "ZZZZZZ" }, payment.ErrOrderNotFound},
		"unreadable": {func(_ *testing.T, s *simulated, _ *payment.Request) {
			s.Fail(travelporttest.Fault{Route: travelporttest.GetReservation, Damage: travelporttest.WrongType})
		}, nil},
		"receipts in another shape": {func(_ *testing.T, s *simulated, _ *payment.Request) {
			s.Fail(travelporttest.Fault{Route: travelporttest.GetReservation, Body: []byte(`{"ReservationResponse":{"Reservation":{"Receipt":{"Document":[]},
				"Traveler":[{"id":"t1"}],"Offer":[{"id":"offer_1","Identifier":{"value":"` + s.OfferIdentifier(s.locator, "offer_1") + `"}}]}}}`)})
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := simulate(t, travelporttest.Reservation{})
			req := s.request(t)
			tt.change(t, s, &req)
			before := s.Count(travelporttest.WorkbenchFromLocator)
			_, err := s.pay(t, req)
			if err == nil || payment.OutcomeOf(err) != payment.NotSent || tt.kind != nil && !errors.Is(err, tt.kind) {
				t.Errorf("%v, want NotSent and %v", err, tt.kind)
			}
			if n := s.Count(travelporttest.WorkbenchFromLocator) - before; n != 0 {
				t.Errorf("%d workbenches opened", n)
			}
		})
	}
}

// step is a request of Pay, by its route and how many of that route came before.
type step struct {
	route string
	skip  int
}

// paySteps are the requests of Pay, in order.
var paySteps = []step{
	{travelporttest.Token, 0}, {travelporttest.GetReservation, 0}, {travelporttest.WorkbenchFromLocator, 0},
	{travelporttest.AddFormOfPayment, 0}, {travelporttest.RetrieveWorkbench, 0}, {travelporttest.AddPayment, 0},
	{travelporttest.RetrieveWorkbench, 1}, {travelporttest.Commit, 0}, {travelporttest.GetReservation, 1},
}

func (st step) fail(s *simulated, f travelporttest.Fault) {
	f.Route = st.route
	for range st.skip {
		s.Fail(travelporttest.Fault{Route: st.route})
	}
	s.Fail(f)
}

// TestPayKilled breaks every step of Pay in every way, and has the ledger judge what Pay and Lookup say.
func TestPayKilled(t *testing.T) {
	faults := map[string]travelporttest.Fault{
		"before acting":         {Cut: travelporttest.BeforeActing},
		"before answering":      {Cut: travelporttest.BeforeAnswer},
		"in the body":           {Cut: travelporttest.InBody, Reset: true},
		"500 without acting":    {NoAction: true},
		"503 after acting":      {Status: 503},
		"gateway page":          {Damage: travelporttest.HTML},
		"wrong type":            {Damage: travelporttest.WrongType},
		"409":                   {NoAction: true, Status: 409, Body: travelporttest.ErrorBody("ErrorResponse", "4350", "COMMIT OR IGNORE RESERVATION WORKBENCH")},
		"refused":               {NoAction: true, Status: 400, Body: travelporttest.ErrorBody("ErrorResponse", "1586", "INVALID INPUT FORMAT")},
		"refused under 200":     {NoAction: true, Status: 200, Body: travelporttest.ErrorBody("ErrorResponse", "1586", "INVALID INPUT FORMAT")},
		"refused after acting":  {Status: 400, Body: travelporttest.ErrorBody("ErrorResponse", "1586", "INVALID INPUT FORMAT")},
		"unauthorized":          {NoAction: true, Status: 401},
		"session invalid":       {NoAction: true, Status: 400, Body: travelporttest.ErrorBody("ErrorResponse", "", "SESSION IDENTIFIER IS INVALID")},
		"success without doing": {NoAction: true, Status: 200, Body: []byte(`{"ReservationResponse":{"Reservation":{}},"PaymentResponse":{"Payment":{"Identifier":{"value":"x"}}},"FormOfPaymentResponse":{"FormOfPayment":{}}}`)},
	}
	undiscarded := map[string]bool{"before answering": true, "refused under 200": true} // also with discards that fail
	for name, fault := range faults {
		for i, st := range paySteps {
			for _, discards := range []bool{true, false} {
				if !discards && !undiscarded[name] {
					continue
				}
				t.Run(fmt.Sprintf("%s/%d %s/%v", name, i, st.route, discards), func(t *testing.T) {
					t.Parallel()
					s := simulate(t, travelporttest.Reservation{})
					st.fail(s, fault)
					if !discards {
						s.Fail(travelporttest.Fault{Route: travelporttest.DiscardWorkbench, Times: -1, NoAction: true})
					}
					req := s.request(t)
					p, err := s.pay(t, req)
					s.judge(t, p, err)
					if n := s.Count(travelporttest.Commit); n > 1 {
						t.Errorf("%d commits", n)
					}
					if n := s.Count(travelporttest.AddPayment); n > 1 {
						t.Errorf("%d payments", n)
					}
					// An opening that is refused although it was done leaves an empty workbench that nobody knows.
					if opened := len(s.journal.marks) > 1; opened && err != nil && payment.OutcomeOf(err) != payment.Unknown && s.OpenWorkbenches(s.locator) > 0 {
						t.Errorf("%v, and the workbench is open", err)
					}
					s.judgeLookup(t, req)
				})
			}
		}
	}
}

// judge compares an answer of Pay with the ledger.
func (s *simulated) judge(t *testing.T, p payment.Payment, err error) {
	t.Helper()
	if waitErr := s.WaitIdle(t.Context()); waitErr != nil {
		t.Fatal(waitErr)
	}
	taken := fmt.Sprint(s.Taken(s.locator))
	switch {
	case err == nil && p.Paid():
		if taken != "[300.01 USD]" {
			t.Errorf("paid, and taken was %s", taken)
		}
	case err == nil && p.Status != payment.Partial:
		t.Errorf("%+v without an error", p)
	case err != nil && payment.OutcomeOf(err) != payment.Unknown:
		if taken != "[]" {
			t.Errorf("%v, and taken was %s", err, taken)
		}
	}
	var e *payment.Error
	if err != nil && (!errors.As(err, &e) || strings.Contains(err.Error(), "\n")) {
		t.Errorf("%q is no one-line *payment.Error", err)
	}
}

// judgeLookup asks again after a while, and once more when a workbench would have expired.
func (s *simulated) judgeLookup(t *testing.T, req payment.Request) {
	t.Helper()
	s.ClearFaults()
	a := s.journal.attempt(t, s.client, req)
	for _, later := range []time.Duration{time.Second, s.client.Timing().LongestCall, time.Hour} {
		s.Advance(later)
		p, err := s.client.Lookup(t.Context(), a)
		taken := fmt.Sprint(s.Taken(s.locator))
		switch {
		case err == nil && p.Paid():
			if taken != "[300.01 USD]" {
				t.Errorf("after %v: found paid, and taken was %s", later, taken)
			}
		case errors.Is(err, payment.ErrNoPayment):
			if taken != "[]" || payment.OutcomeOf(err) != payment.Refused {
				t.Errorf("after %v: %v, and taken was %s", later, err, taken)
			}
			if s.OpenWorkbenches(s.locator) > 0 && later < time.Hour && len(a.Marks) > 1 {
				t.Errorf("after %v: %v, and the workbench is open", later, err)
			}
		case !errors.Is(err, payment.ErrInconclusive) || payment.OutcomeOf(err) != payment.Unknown || taken != "[]":
			t.Errorf("after %v: %+v, %v with %s taken", later, p, err, taken)
		}
	}
}
