package activeplatform

import (
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/supplierpay/supplierpay-go/activeplatform/activeplatformtest"
	"github.com/supplierpay/supplierpay-go/payment"
)

// listRoute is the route that a search uses.
func listRoute(c *Client) string {
	if c.reseller != "" {
		return activeplatformtest.ListPaymentsV3
	}
	return activeplatformtest.ListPayments
}

// lookupCase is a payment at the simulator, and what Lookup says of it by its id and by its marker.
type lookupCase struct {
	auto   bool
	change func(t *testing.T, srv *activeplatformtest.Server, account, id string)
	byID   lookupWant
	marker lookupWant
}

type lookupWant struct {
	status payment.Status // "" for an error
	kind   error
}

// TestLookup is the table of what becomes of a payment.
func TestLookup(t *testing.T) {
	must := func(t *testing.T, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	inconclusive := lookupWant{"", payment.ErrInconclusive}
	for name, tt := range map[string]lookupCase{
		"waits": {false, func(*testing.T, *activeplatformtest.Server, string, string) {},
			lookupWant{payment.Pending, nil}, lookupWant{payment.Pending, nil}},
		"completed by itself": {true, func(*testing.T, *activeplatformtest.Server, string, string) {},
			lookupWant{payment.Succeeded, nil}, lookupWant{payment.Succeeded, nil}},
		"completed by hand": {false, func(t *testing.T, srv *activeplatformtest.Server, _, id string) { must(t, srv.Complete(id)) },
			lookupWant{payment.Succeeded, nil}, lookupWant{payment.Succeeded, nil}},
		"cancelled": {false, func(t *testing.T, srv *activeplatformtest.Server, _, id string) { must(t, srv.Cancel(id)) },
			inconclusive, inconclusive},
		"another total": {false, func(t *testing.T, srv *activeplatformtest.Server, _, id string) {
			must(t, srv.Edit(id, func(p *activeplatformtest.Payment) { p.Total = usd(t, "50") }))
		}, inconclusive, inconclusive},
		"another total, completed": {false, func(t *testing.T, srv *activeplatformtest.Server, _, id string) {
			must(t, srv.Edit(id, func(p *activeplatformtest.Payment) { p.Total = usd(t, "50") }))
			must(t, srv.Complete(id))
		}, inconclusive, inconclusive},
		"another text behind the marker": {false, func(t *testing.T, srv *activeplatformtest.Server, _, id string) {
			must(t, srv.Edit(id, func(p *activeplatformtest.Payment) { p.Comment += ", thank you" }))
		}, lookupWant{payment.Pending, nil}, lookupWant{payment.Pending, nil}},
		"another comment": {false, func(t *testing.T, srv *activeplatformtest.Server, _, id string) {
			must(t, srv.Edit(id, func(p *activeplatformtest.Payment) { p.Comment = "mine" }))
		}, lookupWant{payment.Pending, nil}, inconclusive},
		"joined by hand": {false, func(t *testing.T, srv *activeplatformtest.Server, account, id string) {
			other := srv.AddPayment(activeplatformtest.Payment{AccountID: account, Total: usd(t, "5"), Comment: "x"})
			joined, err := srv.Join("joined", id, other)
			must(t, err)
			must(t, srv.Complete(joined))
		}, inconclusive, inconclusive},
		"joined, with the marker": {false, func(t *testing.T, srv *activeplatformtest.Server, account, id string) {
			other := srv.AddPayment(activeplatformtest.Payment{AccountID: account, Total: usd(t, "5"), Comment: "x"})
			_, err := srv.Join(markerOf("k1")+" and x", id, other)
			must(t, err)
		}, inconclusive, inconclusive},
		"joined, with another marker": {false, func(t *testing.T, srv *activeplatformtest.Server, account, id string) {
			other := srv.AddPayment(activeplatformtest.Payment{AccountID: account, Total: usd(t, "5"), Comment: markerOf("k2") + " Cash"})
			joined, err := srv.Join(markerOf("k2")+" Cash", other, id)
			must(t, err)
			must(t, srv.Complete(joined))
		}, inconclusive, inconclusive},
		"joined by the platform": {false, func(t *testing.T, srv *activeplatformtest.Server, account, id string) {
			_, err := srv.AutoJoin("joined", id)
			must(t, err)
		}, inconclusive, inconclusive},
		"made twice": {false, func(t *testing.T, srv *activeplatformtest.Server, account, id string) {
			srv.AddPayment(activeplatformtest.Payment{AccountID: account, Total: usd(t, "100"), Comment: markerOf("k1") + " Cash"})
		}, lookupWant{payment.Pending, nil}, inconclusive},
		"others of that amount": {false, func(t *testing.T, srv *activeplatformtest.Server, account, id string) {
			srv.AddPayment(activeplatformtest.Payment{AccountID: account, Total: usd(t, "100"), Comment: markerOf("k2") + " Cash", Status: "completed"})
			srv.AddPayment(activeplatformtest.Payment{AccountID: account, Total: usd(t, "100"), Comment: "Cash", Status: "completed"})
		}, lookupWant{payment.Pending, nil}, lookupWant{payment.Pending, nil}},
	} {
		t.Run(name, func(t *testing.T) {
			families(t, func(t *testing.T, opts ...Option) { tt.run(t, opts) })
		})
	}
}

func (tt lookupCase) run(t *testing.T, opts []Option) {
	srv := simulator(t)
	account := srv.AddAccount(activeplatformtest.Account{AutoComplete: tt.auto})
	// Even a client that may prove absence must not conclude it from any of these.
	later := func() time.Time { return time.Now().Add(time.Hour) }
	c := newTestClient(t, srv.URL, append(opts, WithAbsenceProof(time.Minute), withClock(later))...)
	req := topUpRequest(t, account)
	a := attempt(t, c, req)
	p, err := c.Pay(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	tt.change(t, srv, account, p.ID)
	check := func(how string, a payment.Attempt, want lookupWant, match payment.Match) {
		t.Helper()
		got, err := c.Lookup(t.Context(), a)
		if got.Status != want.status || !errors.Is(err, want.kind) {
			t.Errorf("%s: %+v, %v, want %+v", how, got, err, want)
		}
		if err != nil && payment.OutcomeOf(err) != payment.Unknown {
			t.Errorf("%s: outcome %s", how, payment.OutcomeOf(err))
		}
		if err == nil && (got.ID != p.ID || got.MatchedBy != match || !got.Amount.Equal(usd(t, "100")) || got.OrderID != account) {
			t.Errorf("%s: %+v", how, got)
		}
	}
	check("by marker", a, tt.marker, payment.MatchedByMarker)
	check("by id", a.After(p, nil), tt.byID, payment.MatchedByID)
}

// TestAbsence: none is proof only by leave, late enough, and when nothing hints at an edited payment.
func TestAbsence(t *testing.T) {
	const stated = 10 * time.Minute
	start := time.Now()
	longest := newTestClient(t, "https://billing.example").Timing().LongestCall
	for name, tt := range map[string]struct {
		opts   []Option
		after  time.Duration
		change func(*payment.Attempt)
		add    *activeplatformtest.Payment
		proof  bool
	}{
		"not by leave":   {nil, 24 * time.Hour, nil, nil, false},
		"late enough":    {[]Option{WithAbsenceProof(stated)}, longest + stated, nil, nil, true},
		"too early":      {[]Option{WithAbsenceProof(stated)}, longest + stated - time.Second, nil, nil, false},
		"unknown start":  {[]Option{WithAbsenceProof(stated)}, 24 * time.Hour, func(a *payment.Attempt) { a.SentAt = time.Time{} }, nil, false},
		"a 201 was seen": {[]Option{WithAbsenceProof(stated)}, 24 * time.Hour, func(a *payment.Attempt) { a.Failures = []payment.Failure{{Op: "POST /payments.json", Status: 201}} }, nil, false},
		"a 500 was seen": {[]Option{WithAbsenceProof(stated)}, 24 * time.Hour, func(a *payment.Attempt) { a.Failures = []payment.Failure{{Op: "POST /payments.json", Status: 500}} }, nil, true},
		"incomplete":     {[]Option{WithAbsenceProof(stated)}, 24 * time.Hour, func(a *payment.Attempt) { a.Incomplete = true }, nil, false},
		"unanswered":     {[]Option{WithAbsenceProof(stated)}, 24 * time.Hour, func(a *payment.Attempt) { *a = a.Unanswered() }, nil, true},
		"a read's 200":   {[]Option{WithAbsenceProof(stated)}, 24 * time.Hour, func(a *payment.Attempt) { a.Failures = []payment.Failure{{Op: "GET /payments.json", Status: 200}} }, nil, true},
		"a payment of that time without any marker": {[]Option{WithAbsenceProof(stated)}, 24 * time.Hour, nil,
			&activeplatformtest.Payment{Comment: "mine", CreatedAt: start}, false},
		"a payment of that time with another marker": {[]Option{WithAbsenceProof(stated)}, 24 * time.Hour, nil,
			&activeplatformtest.Payment{Comment: markerOf("k2"), CreatedAt: start}, true},
		"an old payment without any marker": {[]Option{WithAbsenceProof(stated)}, 24 * time.Hour, nil,
			&activeplatformtest.Payment{Comment: "mine", CreatedAt: start.Add(-2 * time.Hour)}, true},
	} {
		t.Run(name, func(t *testing.T) {
			families(t, func(t *testing.T, opts ...Option) {
				srv := simulator(t)
				account, other := srv.AddAccount(activeplatformtest.Account{}), srv.AddAccount(activeplatformtest.Account{})
				srv.AddPayment(activeplatformtest.Payment{AccountID: other, Total: usd(t, "100"), Comment: "another's", CreatedAt: start})
				if tt.add != nil {
					p := *tt.add
					p.AccountID, p.Total = account, usd(t, "7")
					srv.AddPayment(p)
				}
				all := append(append(opts, tt.opts...), withClock(func() time.Time { return start.Add(tt.after) }))
				c := newTestClient(t, srv.URL, all...)
				a := attempt(t, c, topUpRequest(t, account))
				a.SentAt = start
				if tt.change != nil {
					tt.change(&a)
				}
				p, err := c.Lookup(t.Context(), a)
				want, outcome := payment.ErrInconclusive, payment.Unknown
				if tt.proof {
					want, outcome = payment.ErrNoPayment, payment.Refused
				}
				if !errors.Is(err, want) || payment.OutcomeOf(err) != outcome || p.ID != "" {
					t.Errorf("%+v, %v, want %v", p, err, want)
				}
			})
		})
	}
}

// TestLookupLate: a payment that shows late is not there, then it is.
func TestLookupLate(t *testing.T) {
	families(t, func(t *testing.T, opts ...Option) {
		srv := simulator(t)
		account := srv.AddAccount(activeplatformtest.Account{AutoComplete: true, CompleteAfter: time.Hour})
		c := newTestClient(t, srv.URL, opts...)
		srv.Fail(activeplatformtest.Fault{Route: createRoute(c), HideFor: time.Minute})
		req := topUpRequest(t, account)
		a := attempt(t, c, req)
		p, err := c.Pay(t.Context(), req)
		if err != nil || p.Status != payment.Pending {
			t.Fatalf("%+v, %v", p, err)
		}
		for how, a := range map[string]payment.Attempt{"by marker": a, "by id": a.After(p, nil)} {
			if _, err := c.Lookup(t.Context(), a); !errors.Is(err, payment.ErrInconclusive) {
				t.Errorf("%s, hidden: %v", how, err)
			}
		}
		srv.Advance(time.Minute)
		if got, err := c.Lookup(t.Context(), a); err != nil || got.Status != payment.Pending {
			t.Errorf("shown: %+v, %v", got, err)
		}
		wantTaken(t, srv, account)
		srv.Advance(time.Hour)
		if got, err := c.Lookup(t.Context(), a.After(p, nil)); err != nil || !got.Paid() {
			t.Errorf("completed: %+v, %v", got, err)
		}
		wantTaken(t, srv, account, "100.00 USD")
	})
}

// TestLookupPages: our payment is found behind the pages of many others, while more arrive.
func TestLookupPages(t *testing.T) {
	families(t, func(t *testing.T, opts ...Option) {
		srv := simulator(t)
		account := srv.AddAccount(activeplatformtest.Account{})
		c := newTestClient(t, srv.URL, opts...)
		fill(t, srv, account, 30)
		req := topUpRequest(t, account)
		a := attempt(t, c, req)
		want, err := c.Pay(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		arrive := func(n int) {
			for i := range n {
				srv.AddPayment(activeplatformtest.Payment{AccountID: account, Total: usd(t, "100"), Comment: markerOf(fmt.Sprint("other ", i))})
			}
		}
		arrive(170)
		srv.Fail(activeplatformtest.Fault{Route: listRoute(c), Times: -1, Arrived: func() { arrive(3) }})
		got, err := c.Lookup(t.Context(), a)
		if err != nil || got.ID != want.ID {
			t.Errorf("%+v, %v, want %s", got, err, want.ID)
		}
		if n := srv.Count(listRoute(c)); n < 5 {
			t.Errorf("%d pages, which shows nothing", n)
		}
	})
}

// TestLookupStopsAtTheStart: rows older than the attempt are not paged through.
func TestLookupStopsAtTheStart(t *testing.T) {
	srv := simulator(t)
	account := srv.AddAccount(activeplatformtest.Account{})
	for range 300 {
		srv.AddPayment(activeplatformtest.Payment{AccountID: account, Total: usd(t, "5"), Comment: "old", CreatedAt: srv.Now().Add(-3 * time.Hour)})
	}
	c := newTestClient(t, srv.URL)
	if _, err := c.Lookup(t.Context(), attempt(t, c, topUpRequest(t, account))); !errors.Is(err, payment.ErrInconclusive) {
		t.Error(err)
	}
	if n := srv.Count(activeplatformtest.ListPayments); n != 1 {
		t.Errorf("%d pages, want 1", n)
	}
}

// TestLookupSmallPages: a platform that gives smaller pages than asked for is enough to find a payment on the first, and
// proves nothing when there are more.
func TestLookupSmallPages(t *testing.T) {
	families(t, func(t *testing.T, opts ...Option) {
		srv := simulator(t, activeplatformtest.WithPageLimit(10))
		account := srv.AddAccount(activeplatformtest.Account{})
		c := newTestClient(t, srv.URL, append(opts, WithAbsenceProof(time.Minute), withClock(func() time.Time { return time.Now().Add(time.Hour) }))...)
		for i := range 25 {
			srv.AddPayment(activeplatformtest.Payment{AccountID: account, Total: usd(t, "5"), Comment: markerOf(fmt.Sprint(i))})
		}
		if _, err := c.Lookup(t.Context(), attempt(t, c, topUpRequest(t, account))); !errors.Is(err, payment.ErrInconclusive) {
			t.Error(err)
		}
	})
}

// TestLookupErrors: what kept Lookup from knowing is Unknown, and inconclusive when the platform did answer.
func TestLookupErrors(t *testing.T) {
	list, get := "GET /api/vendor/v1/payments.json", "GET /api/vendor/v1/payments/9.json"
	sent := time.Now()
	for name, tt := range map[string]struct {
		answers map[string]answer
		change  func(*payment.Attempt)
		kind    error
	}{
		"401":            {map[string]answer{list: {status: 401}}, nil, payment.ErrInconclusive},
		"403":            {map[string]answer{list: {status: 403, body: "{}"}}, nil, payment.ErrInconclusive},
		"404":            {map[string]answer{list: {status: 404}}, nil, payment.ErrInconclusive},
		"500":            {map[string]answer{list: {status: 500}}, nil, payment.ErrUnavailable},
		"an empty body":  {map[string]answer{list: {}}, nil, nil},
		"an empty list":  {map[string]answer{list: {body: "[]"}}, nil, payment.ErrInconclusive},
		"not sorted":     {map[string]answer{list: {body: `[{"id":1,"created_at":"2026-01-01T00:00:00Z"},{"id":2,"created_at":"2026-01-02T00:00:00Z"}]`}}, nil, payment.ErrInconclusive},
		"the same page":  {map[string]answer{list: {body: `[{"id":1}]`}}, nil, payment.ErrInconclusive},
		"by id, 404":     {nil, func(a *payment.Attempt) { a.PaymentID = "9" }, payment.ErrInconclusive},
		"by id, 500":     {map[string]answer{get: {status: 500}}, func(a *payment.Attempt) { a.PaymentID = "9" }, payment.ErrUnavailable},
		"by id, another": {map[string]answer{get: {body: `{"id":8}`}}, func(a *payment.Attempt) { a.PaymentID = "9" }, errOtherPayment},
		"by id, account": {map[string]answer{get: {body: `{"id":9,"account_id":1}`}}, func(a *payment.Attempt) { a.PaymentID = "9" }, payment.ErrInconclusive},
		"by id, odd sum": {map[string]answer{get: {body: `{"id":9,"total":"x"}`}}, func(a *payment.Attempt) { a.PaymentID = "9" }, payment.ErrInconclusive},
		"odd id":         {nil, func(a *payment.Attempt) { a.PaymentID = "9/8" }, payment.ErrInvalidRequest},
		"odd account":    {nil, func(a *payment.Attempt) { a.OrderID = "x" }, payment.ErrInvalidRequest},
		"no API":         {nil, func(a *payment.Attempt) { a.Ref = nil }, payment.ErrInvalidRequest},
		"odd reseller":   {nil, func(a *payment.Attempt) { a.Ref = map[string]string{"api": "v3", "reseller": ".."} }, payment.ErrInvalidRequest},
		"no marker":      {nil, func(a *payment.Attempt) { a.Ref = map[string]string{"api": "v1"} }, payment.ErrInvalidRequest},
	} {
		s := serve(t, tt.answers)
		c := newTestClient(t, s.URL, WithAbsenceProof(time.Second), withClock(func() time.Time { return sent }))
		a := attempt(t, c, topUpRequest(t, testAccount))
		if tt.change != nil {
			tt.change(&a)
		}
		p, err := c.Lookup(t.Context(), a)
		if err == nil || payment.OutcomeOf(err) != payment.Unknown || tt.kind != nil && !errors.Is(err, tt.kind) || p.ID != "" {
			t.Errorf("%s: %+v, %v, want %v", name, p, err, tt.kind)
		}
	}
}

// TestAmbiguousListProvesNothing: a list in which a member comes twice may hide the payment.
func TestAmbiguousListProvesNothing(t *testing.T) {
	row := func(comment string) string {
		return `{"id":1,"account_id":` + testAccount + `,"status":"completed","total":"100","created_at":"2020-01-01T00:00:00Z",` + comment + `}`
	}
	for name, tt := range map[string]struct {
		row   string
		proof bool
	}{
		"once":                  {row(`"comment":"` + markerOf("k2") + `"`), true},
		"a comment twice":       {row(`"comment":"` + markerOf("k1") + `","comment":"` + markerOf("k2") + `"`), false},
		"in another case":       {row(`"comment":"` + markerOf("k1") + `","Comment":"` + markerOf("k2") + `"`), false},
		"a name with an escape": {row(`"c\u006fmment":"` + markerOf("k1") + `","comment":"` + markerOf("k2") + `"`), false},
		"not UTF-8":             {row(`"commen` + "\xf4" + `":"` + markerOf("k1") + `","comment":"` + markerOf("k2") + `"`), false},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, map[string]answer{"GET /api/vendor/v1/payments.json": {body: `[` + tt.row + `]`}})
			start := time.Now()
			c := newTestClient(t, s.URL, WithAbsenceProof(time.Second), withClock(func() time.Time { return start.Add(24 * time.Hour) }))
			a := attempt(t, c, topUpRequest(t, testAccount))
			a.SentAt = start
			want := payment.ErrInconclusive
			if tt.proof {
				want = payment.ErrNoPayment
			}
			if p, err := c.Lookup(t.Context(), a); !errors.Is(err, want) {
				t.Errorf("%+v, %v, want %v", p, err, want)
			}
		})
	}
}

// TestReadsRetry: a read is repeated where a payment is not.
func TestReadsRetry(t *testing.T) {
	srv := simulator(t)
	account := srv.AddAccount(activeplatformtest.Account{})
	c, err := New(srv.URL, testToken, WithCurrency("USD"), func(s *settings) error { s.call.RetryWait = 1; return nil })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdleConnections)
	srv.Fail(activeplatformtest.Fault{Route: activeplatformtest.ListPayments, Times: 2, Status: http.StatusServiceUnavailable, NoAction: true})
	if _, err := c.Lookup(t.Context(), attempt(t, c, topUpRequest(t, account))); !errors.Is(err, payment.ErrInconclusive) {
		t.Error(err)
	}
	if n := srv.Count(activeplatformtest.ListPayments); n != 3 {
		t.Errorf("%d reads, want 3", n)
	}
}
