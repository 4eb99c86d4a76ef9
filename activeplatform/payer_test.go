package activeplatform

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/supplierpay/supplierpay-go/activeplatform/activeplatformtest"
	"github.com/supplierpay/supplierpay-go/payment"
)

func TestPrepare(t *testing.T) {
	c := newTestClient(t, "https://billing.example")
	a, err := c.Prepare(topUpRequest(t, testAccount))
	if err != nil {
		t.Fatal(err)
	}
	marker := markerOf("k1")
	want := payment.Attempt{Key: "k1", OrderID: testAccount, Amount: usd(t, "100"),
		Ref: map[string]string{"api": "v1", "marker": marker}}
	if diff := cmp.Diff(want, a, cmpopts.IgnoreFields(payment.Attempt{}, "Digest")); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if len(marker) != 21 || !markers.MatchString(marker) || marker == markerOf("k2") || marker != "spay-"+marker[5:] {
		t.Errorf("marker %q", marker)
	}
	// Fixed for ever: a later release must find the payments of this one.
	if want := "spay-6sj6worpohhl5hcn"; marker != want {
		t.Errorf("the marker of k1 is %q, want %q", marker, want)
	}

	v3, err := newTestClient(t, "https://billing.example", WithV3("7")).Prepare(topUpRequest(t, testAccount))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"api": "v3", "reseller": "7", "marker": marker}, v3.Ref); diff != "" {
		t.Errorf("v3 (-want +got):\n%s", diff)
	}
	other := topUpRequest(t, testAccount)
	other.Description = "another text"
	if b, err := c.Prepare(other); err != nil || b.Digest != a.Digest {
		t.Errorf("free text in the digest: %v", err)
	}
}

type foreignDetails struct{}

func (foreignDetails) PaymentDetails() string { return "another" }

func TestPrepareRefuses(t *testing.T) {
	eur, err := payment.ParseMoney("1", "EUR")
	if err != nil {
		t.Fatal(err)
	}
	fine, err := payment.ISO4217().With("USD", 4).ParseMoney("1.0001", "USD")
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		change func(*payment.Request)
		field  string
		v3     bool
	}{
		"no key":              {func(r *payment.Request) { r.Key = "" }, "Key", false},
		"no account":          {func(r *payment.Request) { r.OrderID = "" }, "OrderID", false},
		"a path":              {func(r *payment.Request) { r.OrderID = "../1" }, "OrderID", false},
		"a sign":              {func(r *payment.Request) { r.OrderID = "+5" }, "OrderID", false},
		"no amount":           {func(r *payment.Request) { r.Amount = payment.Money{} }, "Amount", false},
		"nothing":             {func(r *payment.Request) { r.Amount = usd(t, "0") }, "Amount", false},
		"too fine":            {func(r *payment.Request) { r.Amount = fine }, "Amount", false},
		"another currency":    {func(r *payment.Request) { r.Amount = eur }, "Amount", false},
		"a method":            {func(r *payment.Request) { r.Method = "card" }, "Method", false},
		"another marker":      {func(r *payment.Request) { r.Description = "see " + markerOf("k2") }, "Description", false},
		"odd description":     {func(r *payment.Request) { r.Description = "\xff" }, "Description", false},
		"foreign details":     {func(r *payment.Request) { r.Details = foreignDetails{} }, "Details", false},
		"details by pointer":  {func(r *payment.Request) { r.Details = &Details{} }, "Details", false},
		"a typed nil":         {func(r *payment.Request) { r.Details = (*Details)(nil) }, "Details", false},
		"purpose in API v1":   {func(r *payment.Request) { r.Details = Details{Purpose: "x"} }, "Purpose", false},
		"odd purpose":         {func(r *payment.Request) { r.Details = Details{Purpose: "\xff"} }, "Purpose", true},
		"manager in API v3":   {func(r *payment.Request) { r.Details = Details{ManagerID: "1"} }, "ManagerID", true},
		"manager is a name":   {func(r *payment.Request) { r.Details = Details{ManagerID: "joe"} }, "ManagerID", false},
		"control in the key":  {func(r *payment.Request) { r.Key = "a\nb" }, "Key", false},
		"too long an account": {func(r *payment.Request) { r.OrderID = strings.Repeat("1", 19) }, "OrderID", false},
	} {
		s := serve(t, nil)
		var opts []Option
		if tt.v3 {
			opts = append(opts, WithV3("1"))
		}
		c := newTestClient(t, s.URL, opts...)
		req := topUpRequest(t, testAccount)
		tt.change(&req)
		_, prepared := c.Prepare(req)
		_, paid := c.Pay(t.Context(), req)
		for call, err := range map[string]error{"Prepare": prepared, "Pay": paid} {
			var e *payment.Error
			if !errors.As(err, &e) || e.Field != tt.field || e.Outcome != payment.NotSent || e.Op != call {
				t.Errorf("%s: %s: %v, want NotSent for %s", name, call, err, tt.field)
			}
		}
		if n := len(s.requests()); n != 0 {
			t.Errorf("%s: %d requests left", name, n)
		}
	}
}

// TestPayBodies compares what Pay sends.
func TestPayBodies(t *testing.T) {
	created := `{"id":1,"comment":"` + markerOf("k1") + `"}`
	s := serve(t, map[string]answer{createV1Route: {body: created}, "POST " + paymentsV3: {body: `{"data":{"id":"1"}}`}})
	v1, v3 := newTestClient(t, s.URL), newTestClient(t, s.URL, WithV3("1"))
	marker := markerOf("k1")
	for _, tt := range []struct {
		c       *Client
		details payment.Details
		text    string
		want    string
	}{
		{v1, nil, "Cash", `{"account_id":2000532,"total":100,"comment":"` + marker + ` Cash"}`},
		{v1, Details{ManagerID: "7"}, "", `{"account_id":2000532,"manager_id":7,"total":100,"comment":"` + marker + `"}`},
		{v3, Details{Purpose: "prepay"}, "Cash", `{"data":{"attributes":{"account_id":2000532,"total":100,"comment":"` + marker + ` Cash","purpose":"prepay"}}}`},
		{v3, nil, "", `{"data":{"attributes":{"account_id":2000532,"total":100,"comment":"` + marker + `"}}}`},
	} {
		req := topUpRequest(t, testAccount)
		req.Details, req.Description = tt.details, tt.text
		if _, err := tt.c.Pay(t.Context(), req); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, s.lastBody()); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	}
}

// TestPayAnswers is the table of successful answers to Pay, for both APIs.
func TestPayAnswers(t *testing.T) {
	marker := markerOf("k1")
	full := func(status, total string) string {
		return fmt.Sprintf(`"account_id":2000532,"comment":"%s Cash","status":%s,"total":%s`, marker, status, total)
	}
	for name, tt := range map[string]struct {
		code    int
		members string
		id      string
		status  payment.Status // "" for no payment
		outcome payment.Outcome
		kind    error
	}{
		"waits":            {201, full(`"waiting_for_payment"`, `"100.0"`), "1", payment.Pending, payment.Accepted, nil},
		"completed":        {201, full(`"completed"`, `100`), "1", payment.Succeeded, payment.Accepted, nil},
		"from the balance": {200, full(`"paid_from_balance"`, `"1e2"`), "1", payment.Succeeded, payment.Accepted, nil},
		"a new word":       {201, full(`"brand_new"`, `"100.00"`), "1", payment.Pending, payment.Accepted, nil},
		"no word":          {201, full(`null`, `"100"`), "1", payment.Pending, payment.Accepted, nil},
		"202":              {202, full(`"completed"`, `"100"`), "1", payment.Pending, payment.Accepted, nil},
		"cancelled":        {201, full(`"cancelled"`, `"100"`), "1", payment.Pending, payment.Unknown, payment.ErrInconclusive},
		"another total":    {201, full(`"completed"`, `"100.01"`), "1", payment.Succeeded, payment.Accepted, payment.ErrAmountMismatch},
		"no total":         {201, full(`"completed"`, `null`), "1", payment.Succeeded, payment.Accepted, nil},
		"odd total":        {201, full(`"completed"`, `"lots"`), "1", payment.Pending, payment.Unknown, nil},
		"nothing but id":   {201, `"more":1`, "1", payment.Pending, payment.Accepted, nil},
		"another comment":  {201, `"status":"completed","comment":"` + markerOf("k2") + ` Cash"`, "", "", payment.Unknown, nil},
		"another account":  {201, `"status":"completed","account_id":"2000533"`, "", "", payment.Unknown, errOtherAccount},
	} {
		s := serve(t, map[string]answer{
			createV1Route:        {status: tt.code, body: `{"id":1,` + tt.members + `}`},
			"POST " + paymentsV3: {status: tt.code, body: `{"data":{"id":"1","attributes":{` + tt.members + `}}}`},
		})
		for api, c := range map[string]*Client{"v1": newTestClient(t, s.URL), "v3": newTestClient(t, s.URL, WithV3("1"))} {
			p, err := c.Pay(t.Context(), topUpRequest(t, testAccount))
			if p.ID != tt.id || p.Status != tt.status || payment.OutcomeOf(err) != tt.outcome {
				t.Errorf("%s, %s: %+v, %v", api, name, p, err)
			}
			if (err == nil) != (tt.kind == nil && tt.outcome == payment.Accepted) || tt.kind != nil && !errors.Is(err, tt.kind) {
				t.Errorf("%s, %s: error %v, want %v", api, name, err, tt.kind)
			}
			if p.ID != "" && (p.OrderID != testAccount || p.Provider != "activeplatform" || p.MatchedBy != payment.MatchedByAnswer || p.Raw == nil) {
				t.Errorf("%s, %s: %+v", api, name, p)
			}
		}
	}
}

// TestPayCurrencyV3: API v3 names the currency, and another one is a mismatch. The amount asked for counts, not what is
// left of it.
func TestPayCurrencyV3(t *testing.T) {
	for members, kind := range map[string]error{
		`"total":"100","currency_code":"USD"`:                                                  nil,
		`"total":"100","currency_code":null`:                                                   nil,
		`"total":"100","currency_code":"EUR"`:                                                  payment.ErrAmountMismatch,
		`"total":"60","initial_total":"100","amount_paid_from_balance":"40"`:                   nil,
		`"total":"100","initial_total":"160","amount_paid_from_balance":"60","status":"waits"`: payment.ErrAmountMismatch,
	} {
		s := serve(t, map[string]answer{"POST " + paymentsV3: {body: `{"data":{"id":"1","attributes":{` + members + `}}}`}})
		_, err := newTestClient(t, s.URL, WithV3("1")).Pay(t.Context(), topUpRequest(t, testAccount))
		if !errors.Is(err, kind) || payment.OutcomeOf(err) != payment.Accepted {
			t.Errorf("%s: %v, want %v", members, err, kind)
		}
	}
}

// TestPay pays at the simulator, with both APIs.
func TestPay(t *testing.T) {
	families(t, func(t *testing.T, opts ...Option) {
		srv := simulator(t)
		account := srv.AddAccount(activeplatformtest.Account{AutoComplete: true})
		c := newTestClient(t, srv.URL, opts...)
		p, err := c.Pay(t.Context(), topUpRequest(t, account))
		if err != nil || !p.Paid() || !p.Amount.Equal(usd(t, "100")) || p.At.IsZero() {
			t.Fatalf("%+v, %v", p, err)
		}
		wantTaken(t, srv, account, "100.00 USD")
	})
}

func wantTaken(t testing.TB, srv *activeplatformtest.Server, account string, want ...string) {
	t.Helper()
	if err := srv.WaitIdle(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range srv.Taken(account) {
		got = append(got, m.String())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("taken (-want +got):\n%s", diff)
	}
}

// createRoute is the route that Pay uses.
func createRoute(c *Client) string {
	if c.reseller != "" {
		return activeplatformtest.CreatePaymentV3
	}
	return activeplatformtest.CreatePayment
}

// TestPayFaults: whatever happens after a byte has left is Unknown, is sent once, and Lookup then finds what was made.
func TestPayFaults(t *testing.T) {
	for name, tt := range map[string]struct {
		fault activeplatformtest.Fault
		made  bool
	}{
		"closed before":  {activeplatformtest.Fault{Cut: activeplatformtest.BeforeActing}, false},
		"closed after":   {activeplatformtest.Fault{Cut: activeplatformtest.BeforeAnswer}, true},
		"reset after":    {activeplatformtest.Fault{Cut: activeplatformtest.BeforeAnswer, Reset: true}, true},
		"cut":            {activeplatformtest.Fault{Cut: activeplatformtest.InBody}, true},
		"cut gzip":       {activeplatformtest.Fault{Damage: activeplatformtest.TruncatedGzip}, true},
		"oversized":      {activeplatformtest.Fault{Damage: activeplatformtest.Oversized}, true},
		"HTML":           {activeplatformtest.Fault{Damage: activeplatformtest.HTML}, true},
		"wrong type":     {activeplatformtest.Fault{Damage: activeplatformtest.WrongType}, true},
		"500, made":      {activeplatformtest.Fault{Status: 500}, true},
		"500, not made":  {activeplatformtest.Fault{Status: 500, NoAction: true}, false},
		"redirect":       {activeplatformtest.Fault{Status: 307, Header: map[string][]string{"Location": {"/api/vendor/v1/payments.json"}}, NoAction: true}, false},
		"made, then 404": {activeplatformtest.Fault{Status: 404, Body: []byte(`{"error":"no"}`)}, true},
	} {
		families(t, func(t *testing.T, opts ...Option) {
			srv := simulator(t)
			account := srv.AddAccount(activeplatformtest.Account{AutoComplete: true})
			c := newTestClient(t, srv.URL, opts...)
			tt.fault.Route = createRoute(c)
			srv.Fail(tt.fault)
			req := topUpRequest(t, account)
			a := attempt(t, c, req)
			p, err := c.Pay(t.Context(), req)
			if err == nil || payment.OutcomeOf(err) != payment.Unknown {
				t.Errorf("%s: %+v, %v, want Unknown", name, p, err)
			}
			if n := srv.Count(createRoute(c)); n != 1 {
				t.Errorf("%s: sent %d times", name, n)
			}
			found, lookupErr := c.Lookup(t.Context(), a.After(p, err))
			if !tt.made {
				wantTaken(t, srv, account)
				if !errors.Is(lookupErr, payment.ErrInconclusive) || payment.OutcomeOf(lookupErr) != payment.Unknown {
					t.Errorf("%s: Lookup: %+v, %v", name, found, lookupErr)
				}
				return
			}
			wantTaken(t, srv, account, "100.00 USD")
			if lookupErr != nil || !found.Paid() || found.MatchedBy != payment.MatchedByMarker {
				t.Errorf("%s: Lookup: %+v, %v", name, found, lookupErr)
			}
		})
	}
}

// TestPayNotSent: no connection is NotSent.
func TestPayNotSent(t *testing.T) {
	_, err := newTestClient(t, "http://127.0.0.1:1").Pay(t.Context(), topUpRequest(t, testAccount))
	if payment.OutcomeOf(err) != payment.NotSent {
		t.Errorf("%v, want NotSent", err)
	}
}

// TestPayLeavesEarly: the caller gives up, the payment is made later, and Lookup finds it.
func TestPayLeavesEarly(t *testing.T) {
	families(t, func(t *testing.T, opts ...Option) {
		srv := simulator(t)
		account := srv.AddAccount(activeplatformtest.Account{AutoComplete: true})
		c := newTestClient(t, srv.URL, append(opts, func(s *settings) error { s.call.Linger = 1; return nil })...)
		hold := make(chan struct{})
		ctx, cancel := context.WithCancel(t.Context())
		srv.Fail(activeplatformtest.Fault{Route: createRoute(c), Hold: hold, Arrived: cancel})
		req := topUpRequest(t, account)
		a := attempt(t, c, req)
		p, err := c.Pay(ctx, req)
		if payment.OutcomeOf(err) != payment.Unknown || !errors.Is(err, context.Canceled) {
			t.Fatalf("%+v, %v", p, err)
		}
		if _, err := c.Lookup(t.Context(), a.After(p, err)); !errors.Is(err, payment.ErrInconclusive) {
			t.Errorf("before: %v", err)
		}
		close(hold)
		wantTaken(t, srv, account, "100.00 USD")
		if found, err := c.Lookup(t.Context(), a.After(p, err)); err != nil || !found.Paid() {
			t.Errorf("after: %+v, %v", found, err)
		}
	})
}

// TestConcurrentKeys: payments of one amount into one account, at once and with every second answer lost, are told apart.
func TestConcurrentKeys(t *testing.T) {
	const callers = 24
	families(t, func(t *testing.T, opts ...Option) {
		srv := simulator(t)
		account := srv.AddAccount(activeplatformtest.Account{AutoComplete: true})
		c := newTestClient(t, srv.URL, opts...)
		for range callers / 2 {
			srv.Fail(activeplatformtest.Fault{Route: createRoute(c), Cut: activeplatformtest.BeforeAnswer})
		}
		found := make([]payment.Payment, callers)
		var wg sync.WaitGroup
		for i := range callers {
			wg.Go(func() {
				req := topUpRequest(t, account)
				req.Key = fmt.Sprintf("key-%d", i)
				a, err := c.Prepare(req)
				if err != nil {
					t.Error(err)
					return
				}
				a.SentAt = srv.Now()
				p, err := c.Pay(t.Context(), req)
				if found[i], err = c.Lookup(t.Context(), a.After(p, err)); err != nil {
					t.Errorf("%s: %v", req.Key, err)
				}
			})
		}
		wg.Wait()
		ids := map[string]bool{}
		for i, p := range found {
			ids[p.ID] = true
			var comment string
			switch raw := p.Raw.(type) {
			case Payment:
				comment = raw.Comment
			case PaymentV3:
				comment = raw.Attributes.Comment
			}
			if want := markerOf(fmt.Sprintf("key-%d", i)) + " Cash"; comment != want {
				t.Errorf("key %d got the payment of %q, want %q", i, comment, want)
			}
		}
		if len(ids) != callers || len(srv.Taken(account)) != callers {
			t.Errorf("%d payments found, %d taken", len(ids), len(srv.Taken(account)))
		}
	})
}

// TestAttemptSurvives: Lookup works with what a journal kept, in another process, of a client that pays with the other API.
func TestAttemptSurvives(t *testing.T) {
	srv := simulator(t)
	account := srv.AddAccount(activeplatformtest.Account{AutoComplete: true})
	for name, opts := range map[string][2][]Option{"v1 by v3": {nil, {WithV3("1")}}, "v3 by v1": {{WithV3("1")}, nil}} {
		payer, asker := newTestClient(t, srv.URL, opts[0]...), newTestClient(t, srv.URL, opts[1]...)
		srv.Fail(activeplatformtest.Fault{Route: createRoute(payer), Cut: activeplatformtest.BeforeAnswer})
		req := topUpRequest(t, account)
		req.Key = name
		a := attempt(t, payer, req)
		p, err := payer.Pay(t.Context(), req)
		kept, jsonErr := json.Marshal(a.After(p, err))
		if jsonErr != nil {
			t.Fatal(jsonErr)
		}
		var read payment.Attempt
		if err := json.Unmarshal(kept, &read); err != nil {
			t.Fatal(err)
		}
		reads := srv.Count("GET /api/vendor/v1/payments.json")
		if found, err := asker.Lookup(t.Context(), read); err != nil || !found.Paid() {
			t.Errorf("%s: %+v, %v", name, found, err)
		}
		if v1 := srv.Count("GET /api/vendor/v1/payments.json") > reads; v1 != (payer.reseller == "") {
			t.Errorf("%s: asked the wrong API", name)
		}
	}
}
