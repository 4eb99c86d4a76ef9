package etm

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/etm/etmtest"
	"github.com/supplierpay/supplierpay-go/payment"
)

func TestPrepare(t *testing.T) {
	c := newTestClient(t, StageURL, B2CLogin(testAppID, ""))
	got, err := c.Prepare(request(t, testOrder))
	if err != nil {
		t.Fatal(err)
	}
	want := payment.Attempt{
		Key: "k1", OrderID: testOrder, Amount: mustMoney(t, "221.92", "EUR"), Method: MethodCash, Scope: testOrder,
		Digest: got.Digest,
	}
	if diff := cmp.Diff(want, got); diff != "" || got.Digest == "" {
		t.Errorf("attempt (-want +got):\n%s", diff)
	}
}

type details struct{}

func (details) PaymentDetails() string { return "etm" }

func TestPrepareRefuses(t *testing.T) {
	srv, c := simulate(t, nil)
	for name, tt := range map[string]struct {
		spoil func(r *payment.Request)
		field string
	}{
		"no key":          {func(r *payment.Request) { r.Key = "" }, "Key"},
		"no order":        {func(r *payment.Request) { r.OrderID = "" }, "OrderID"},
		"path":            {func(r *payment.Request) { r.OrderID = "../1" }, "OrderID"},
		"slash":           {func(r *payment.Request) { r.OrderID = "1/2" }, "OrderID"},
		"a second name":   {func(r *payment.Request) { r.OrderID = "0" + testOrder }, "OrderID"},
		"a plus":          {func(r *payment.Request) { r.OrderID = "+123" }, "OrderID"},
		"an exponent":     {func(r *payment.Request) { r.OrderID = "1e2" }, "OrderID"},
		"a fraction":      {func(r *payment.Request) { r.OrderID = "123.0" }, "OrderID"},
		"letters":         {func(r *payment.Request) { r.OrderID = "abc" }, "OrderID"},
		"wide digits":     {func(r *payment.Request) { r.OrderID = "１２３" }, "OrderID"},
		"too many digits": {func(r *payment.Request) { r.OrderID = "1234567890123456789" }, "OrderID"},
		"no amount":       {func(r *payment.Request) { r.Amount = payment.Money{} }, "Amount"},
		"nothing to pay":  {func(r *payment.Request) { r.Amount = mustMoney(t, "0", "EUR") }, "Amount"},
		"noise in an amount": {func(r *payment.Request) {
			r.Amount, _ = Amount("221.92000000000002").money(payment.Currencies{}, "EUR")
		}, "Amount"},
		"method":      {func(r *payment.Request) { r.Method = "ca\nsh" }, "Method"},
		"details":     {func(r *payment.Request) { r.Details = details{} }, "Details"},
		"nil details": {func(r *payment.Request) { r.Details = (*details)(nil) }, "Details"},
	} {
		req := request(t, testOrder)
		tt.spoil(&req)
		_, prepared := c.Prepare(req)
		_, paid := c.Pay(t.Context(), req)
		for _, err := range []error{prepared, paid} {
			var e *payment.Error
			if !errors.As(err, &e) || e.Field != tt.field || e.Outcome != payment.NotSent || e.Provider != "etm" {
				t.Errorf("%s: %v, want NotSent for field %s", name, err, tt.field)
			}
		}
	}
	if n := srv.Count(""); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

func TestPay(t *testing.T) {
	srv, c := simulate(t, nil)
	id := srv.AddOrder(etmtest.Order{})
	order, err := c.GetOrder(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	total, err := order.Total()
	if err != nil {
		t.Fatal(err)
	}
	p, err := c.Pay(t.Context(), payment.Request{Key: "k1", OrderID: id, Amount: total})
	if err != nil || !p.Paid() {
		t.Fatalf("%+v, %v", p, err)
	}
	resp, ok := p.Raw.(PaymentResponse)
	if !ok || !resp.Paid() {
		t.Errorf("raw is %T", p.Raw)
	}
	p.Raw = nil
	want := payment.Payment{Provider: "etm", OrderID: id, Status: payment.Succeeded, MatchedBy: payment.MatchedByAnswer}
	if diff := cmp.Diff(want, p); diff != "" {
		t.Errorf("payment (-want +got):\n%s", diff)
	}
	wantTaken(t, srv, id, "221.92 EUR")
}

// TestPayChecksTheOrder: the order is read first, and nothing is sent unless it waits for exactly this payment.
func TestPayChecksTheOrder(t *testing.T) {
	now := time.Date(2024, 11, 20, 12, 0, 0, 0, time.UTC)
	moscow := WithTimeZone(time.FixedZone("", 3*60*60))
	price := func(amount, currency string) payment.Money { return mustMoney(t, amount, currency) }
	for _, tt := range []struct {
		name  string
		order etmtest.Order
		opts  []Option
		kind  error // nil: it is paid
	}{
		{"payable", etmtest.Order{}, nil, nil},
		{"amount as a string", etmtest.Order{WireAmount: `"221.92"`}, nil, nil},
		{"amount with noise", etmtest.Order{WireAmount: `221.91999999999996`}, nil, nil},
		{"amount with an exponent", etmtest.Order{WireAmount: `2.2192e2`}, nil, nil},
		{"maps as lists", etmtest.Order{Lists: true}, nil, nil},
		{"another status", etmtest.Order{Status: "X"}, nil, payment.ErrAlreadyPaid},
		{"lower case", etmtest.Order{Status: "b"}, nil, payment.ErrAlreadyPaid},
		{"a cent more", etmtest.Order{WireAmount: `221.93`}, nil, payment.ErrPriceChanged},
		{"half a cent more", etmtest.Order{WireAmount: `221.925`}, nil, payment.ErrPriceChanged},
		{"more than noise", etmtest.Order{WireAmount: `221.9200001`}, nil, payment.ErrPriceChanged},
		{"no amount", etmtest.Order{WireAmount: `null`}, nil, payment.ErrOrderNotPayable},
		{"negative amount", etmtest.Order{WireAmount: `-221.92`}, nil, payment.ErrOrderNotPayable},
		{"absurd amount", etmtest.Order{WireAmount: `1e1000000000`}, nil, payment.ErrOrderNotPayable},
		{"amount in an object", etmtest.Order{WireAmount: `{"value":221.92}`}, nil, payment.ErrOrderNotPayable},
		{"another currency", etmtest.Order{Price: price("221.92", "USD")}, nil, payment.ErrCurrencyMismatch},
		{"deadline passed", etmtest.Order{Deadline: now.Add(-time.Minute)}, nil, payment.ErrOrderNotPayable},
		{"deadline passed, zone known", etmtest.Order{Deadline: now.Add(-time.Minute)}, []Option{moscow}, payment.ErrOrderNotPayable},
		{"deadline within the minute", etmtest.Order{Deadline: now.Add(30 * time.Second)}, nil, payment.ErrOrderNotPayable},
		{"deadline near", etmtest.Order{Deadline: now.Add(2 * time.Minute)}, nil, nil},
		{"deadline near, zone known", etmtest.Order{Deadline: now.Add(2 * time.Minute)}, []Option{moscow}, nil},
		{"zone wrong, deadline passed in it", etmtest.Order{Deadline: now.Add(time.Hour)}, []Option{WithTimeZone(time.FixedZone("", 9*60*60))}, payment.ErrOrderNotPayable},
	} {
		t.Run(tt.name, func(t *testing.T) {
			srv, c := simulate(t, nil, append(tt.opts, withClock(now))...)
			srv.SetTime(now)
			id := srv.AddOrder(tt.order)
			p, err := c.Pay(t.Context(), request(t, id))
			if tt.kind == nil {
				if err != nil || !p.Paid() {
					t.Fatalf("%+v, %v", p, err)
				}
				wantTaken(t, srv, id, "221.92 EUR")
				return
			}
			if !errors.Is(err, tt.kind) || payment.OutcomeOf(err) != payment.NotSent {
				t.Errorf("%v, want NotSent and %v", err, tt.kind)
			}
			wantTaken(t, srv, id)
			if n := srv.Count(etmtest.OrderPayment); n != 0 {
				t.Errorf("%d payments were sent", n)
			}
		})
	}
}

// TestPayChecksMissingMembers: what the order does not show is no leave to pay.
func TestPayChecksMissingMembers(t *testing.T) {
	const good = `{"order_id":1053715,"status":"B","amount":221.92,"currency":"EUR","stamp_ticket":null,` +
		`"time_till_ticket":{"days":"1","hours":"0","minutes":"0","stamp":"2024-11-21 06:16:00"}}`
	now := time.Date(2024, 11, 20, 12, 0, 0, 0, time.UTC)
	ok := func(data string) string { return `{"status":"ok","message":"","data":` + data + `}` }
	for name, tt := range map[string]struct {
		body string
		kind error
	}{
		"all there":          {ok(good), nil},
		"no counts, stamp":   {ok(cut(good, `"days":"1",`)), nil},
		"no stamp, counts":   {ok(cut(good, `,"stamp":"2024-11-21 06:16:00"`)), nil},
		"no stamp_ticket":    {ok(cut(good, `"stamp_ticket":null,`)), payment.ErrAlreadyPaid},
		"empty stamp":        {ok(swap(good, `"stamp_ticket":null`, `"stamp_ticket":""`)), payment.ErrAlreadyPaid},
		"zero stamp":         {ok(swap(good, `"stamp_ticket":null`, `"stamp_ticket":"0000-00-00 00:00:00"`)), payment.ErrAlreadyPaid},
		"stamp false":        {ok(swap(good, `"stamp_ticket":null`, `"stamp_ticket":false`)), payment.ErrAlreadyPaid},
		"no status":          {ok(cut(good, `"status":"B",`)), payment.ErrAlreadyPaid},
		"no currency":        {ok(cut(good, `"currency":"EUR",`)), payment.ErrCurrencyMismatch},
		"no amount":          {ok(cut(good, `"amount":221.92,`)), payment.ErrOrderNotPayable},
		"no deadline":        {ok(`{"order_id":1053715,"status":"B","amount":221.92,"currency":"EUR","stamp_ticket":null}`), payment.ErrOrderNotPayable},
		"deadline unclear":   {ok(cut(swap(good, "2024-11-21 06:16:00", "2024-11-20 13:00:00"), `"days":"1",`)), payment.ErrOrderNotPayable},
		"deadline over":      {ok(swap(good, "2024-11-21 06:16:00", "2024-11-19 23:00:00")), payment.ErrOrderNotPayable},
		"negative time":      {ok(swap(good, `"days":"1"`, `"days":"-1"`)), payment.ErrOrderNotPayable},
		"another order":      {ok(swap(good, "1053715", "1053716")), nil},
		"no id":              {ok(cut(good, `"order_id":1053715,`)), nil},
		"no data":            {`{"status":"ok"}`, nil},
		"data empty":         {`{"status":"ok","data":[]}`, nil},
		"envelope not ok":    {swap(ok(good), `{"status":"ok"`, `{"status":"error"`), nil},
		"not JSON":           {`<html>`, nil},
		"a list":             {`[` + ok(good) + `]`, nil},
		"data is half":       {ok(good)[:100], nil},
		"data as a string":   {`{"status":"ok","data":"x"}`, nil},
		"status is a number": {ok(swap(good, `"status":"B"`, `"status":1`)), payment.ErrAlreadyPaid},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, map[string]answer{
				"GET /api/air/orders/" + testOrder: {body: tt.body},
				paymentRoute:                       {body: fixture(t, "order-payment.json")},
			})
			p, err := s.client(t, withClock(now)).Pay(t.Context(), request(t, testOrder))
			if p.Paid() != (name == "all there" || name == "no counts, stamp" || name == "no stamp, counts") {
				t.Fatalf("paid %t: %v", p.Paid(), err)
			}
			if p.Paid() {
				return
			}
			if payment.OutcomeOf(err) != payment.NotSent || !errors.Is(err, tt.kind) && tt.kind != nil {
				t.Errorf("%v, want NotSent and %v", err, tt.kind)
			}
			if got := s.requests(); len(got) != 1 {
				t.Errorf("sent %v", got)
			}
		})
	}
}

// TestPayReadFails: without the order nothing is sent, whatever kept it from being read.
func TestPayReadFails(t *testing.T) {
	for name, f := range map[string]etmtest.Fault{
		"500":  {NoAction: true},
		"503":  {Status: 503},
		"401":  {Status: 401, Times: -1},
		"cut":  {Cut: etmtest.BeforeAnswer, Times: -1},
		"HTML": {Damage: etmtest.HTML},
		"half": {Cut: etmtest.InBody},
	} {
		t.Run(name, func(t *testing.T) {
			srv, c := simulate(t, nil)
			id := srv.AddOrder(etmtest.Order{})
			f.Route = etmtest.GetOrder
			srv.Fail(f)
			_, err := c.Pay(t.Context(), request(t, id))
			if payment.OutcomeOf(err) != payment.NotSent {
				t.Errorf("%v, want NotSent", err)
			}
			wantTaken(t, srv, id)
		})
	}
}

// TestPayFaults: what went wrong with a payment, what Pay says, what was taken, and what Lookup finds.
func TestPayFaults(t *testing.T) {
	for _, tt := range []struct {
		name    string
		fault   etmtest.Fault
		outcome payment.Outcome
		taken   bool
	}{
		{"reset after taking", etmtest.Fault{Cut: etmtest.BeforeAnswer, Reset: true}, payment.Unknown, true},
		{"closed after taking", etmtest.Fault{Cut: etmtest.BeforeAnswer}, payment.Unknown, true},
		{"closed before taking", etmtest.Fault{Cut: etmtest.BeforeActing}, payment.Unknown, false},
		{"half an answer", etmtest.Fault{Cut: etmtest.InBody}, payment.Unknown, true},
		{"half a gzip", etmtest.Fault{Damage: etmtest.TruncatedGzip}, payment.Unknown, true},
		{"too large", etmtest.Fault{Damage: etmtest.Oversized}, payment.Unknown, true},
		{"HTML", etmtest.Fault{Damage: etmtest.HTML}, payment.Unknown, true},
		{"another type", etmtest.Fault{Damage: etmtest.WrongType}, payment.Unknown, true},
		{"500 after taking", etmtest.Fault{Status: 500}, payment.Unknown, true},
		{"500 before taking", etmtest.Fault{NoAction: true}, payment.Unknown, false},
		{"503", etmtest.Fault{NoAction: true, Status: 503}, payment.Unknown, false},
		{"429", etmtest.Fault{NoAction: true, Status: 429, Body: []byte(`{"status":"error"}`)}, payment.Unknown, false},
		{"401", etmtest.Fault{NoAction: true, Status: 401}, payment.Refused, false},
		{"403", etmtest.Fault{NoAction: true, Status: 403, Body: []byte(`{"message":"no"}`)}, payment.Refused, false},
		{"unknown word after taking", etmtest.Fault{Body: []byte(`{"status":"ok","payload":{"status":"wait"}}`)}, payment.Unknown, true},
		{"redirect", etmtest.Fault{Status: 307, Header: http.Header{"Location": {"/api/login"}}}, payment.Unknown, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			srv, c := simulate(t, nil)
			id := srv.AddOrder(etmtest.Order{})
			tt.fault.Route = etmtest.OrderPayment
			srv.Fail(tt.fault)
			p, err := c.Pay(t.Context(), request(t, id))
			if payment.OutcomeOf(err) != tt.outcome || p.Status != "" {
				t.Errorf("%+v, %v: want outcome %v and no payment", p, err, tt.outcome)
			}
			var want []string
			if tt.taken {
				want = []string{"221.92 EUR"}
			}
			wantTaken(t, srv, id, want...)
			if n := srv.Count(etmtest.OrderPayment); n != 1 {
				t.Errorf("sent %d times", n)
			}
			a, err := c.Prepare(request(t, id))
			if err != nil {
				t.Fatal(err)
			}
			found, err := c.Lookup(t.Context(), a)
			if found.Paid() != tt.taken || !tt.taken && !errors.Is(err, payment.ErrInconclusive) {
				t.Errorf("lookup: %+v, %v", found, err)
			}
		})
	}
}

// TestPayTakenLate: the caller leaves, the money is taken afterwards, and Lookup sees it then and no earlier.
func TestPayTakenLate(t *testing.T) {
	srv, c := simulate(t, nil, func(s *settings) error { s.call.Linger = time.Millisecond; return nil })
	id := srv.AddOrder(etmtest.Order{})
	a, err := c.Prepare(request(t, id))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	hold := make(chan struct{})
	srv.Fail(etmtest.Fault{Route: etmtest.OrderPayment, Hold: hold, Arrived: cancel})
	if _, err := c.Pay(ctx, request(t, id)); payment.OutcomeOf(err) != payment.Unknown || !errors.Is(err, context.Canceled) {
		t.Fatalf("%v, want Unknown", err)
	}
	if _, err := c.Lookup(t.Context(), a); !errors.Is(err, payment.ErrInconclusive) || payment.OutcomeOf(err) != payment.Unknown {
		t.Errorf("before: %v, want inconclusive", err)
	}
	close(hold)
	wantTaken(t, srv, id, "221.92 EUR")
	if p, err := c.Lookup(t.Context(), a); !p.Paid() {
		t.Errorf("after: %+v, %v", p, err)
	}
}

func TestPayRefusedByContract(t *testing.T) {
	srv, c := simulate(t, nil, WithRefusalWords("declined"))
	id := srv.AddOrder(etmtest.Order{RefusalWord: "declined"})
	p, err := c.Pay(t.Context(), request(t, id))
	if p.Status != payment.Failed || p.Reason != "declined" || !errors.Is(err, payment.ErrDeclined) || payment.OutcomeOf(err) != payment.Refused {
		t.Errorf("%+v, %v", p, err)
	}
	wantTaken(t, srv, id)
}

// TestPayWithoutOrderCheck: the payment is all that is sent. The simulator then takes a second one too.
func TestPayWithoutOrderCheck(t *testing.T) {
	srv, c := simulate(t, nil, WithoutOrderCheck())
	id := srv.AddOrder(etmtest.Order{})
	for range 2 {
		if p, err := c.Pay(t.Context(), request(t, id)); err != nil || !p.Paid() {
			t.Fatalf("%+v, %v", p, err)
		}
	}
	if n := srv.Count(etmtest.GetOrder); n != 0 {
		t.Errorf("the order was read %d times", n)
	}
	wantTaken(t, srv, id, "221.92 EUR", "221.92 EUR")
	checking := newTestClient(t, srv.URL, B2BLogin(testLogin, testPassword))
	if _, err := checking.Pay(t.Context(), request(t, id)); !errors.Is(err, payment.ErrAlreadyPaid) || payment.OutcomeOf(err) != payment.NotSent {
		t.Errorf("third: %v", err)
	}
}

// TestGate: a journal whose lease is over lets no payment out. A login is everybody's, and no gate's business, even where
// an authenticator sends it as what moves money.
func TestGate(t *testing.T) {
	srv, _ := simulate(t, nil)
	id := srv.AddOrder(etmtest.Order{})
	over := errors.New("lease over")
	ctx := payment.WithHooks(t.Context(), payment.Hooks{Gate: func() error { return over }})
	for n, auth := range []Authenticator{B2BLogin(testLogin, testPassword), tokenLogin{token: "x", writes: true}} {
		c := newTestClient(t, srv.URL, auth)
		if _, err := c.Pay(ctx, request(t, id)); !errors.Is(err, over) || payment.OutcomeOf(err) != payment.NotSent {
			t.Errorf("%v, want NotSent", err)
		}
		if n := srv.Count(etmtest.OrderPayment); n != 0 {
			t.Errorf("%d payments were sent", n)
		}
		if srv.Count(etmtest.Login) != n+1 {
			t.Error("the gate of one caller kept the client from logging in")
		}
	}
}
