package musement

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/musement/musementtest"
	"github.com/supplierpay/supplierpay-go/payment"
)

type otherDetails struct{}

func (otherDetails) PaymentDetails() string { return "other" }

func TestPrepareRefuses(t *testing.T) {
	_, c := simulate(t)
	o := musementtest.Order{UUID: testOrder, CartUUID: testCart, Price: mustMoney(t, "10.00", "USD")}
	withDetails := func(r payment.Request, change func(*Details)) payment.Request {
		d := r.Details.(Details)
		change(&d)
		r.Details = d
		return r
	}
	for name, tt := range map[string]struct {
		change func(no, split payment.Request) payment.Request
		field  string
	}{
		"no key":        {func(no, _ payment.Request) payment.Request { no.Key = ""; return no }, "Key"},
		"no order":      {func(no, _ payment.Request) payment.Request { no.OrderID = ""; return no }, "OrderID"},
		"a path":        {func(no, _ payment.Request) payment.Request { no.OrderID = "../x"; return no }, "OrderID"},
		"an identifier": {func(no, _ payment.Request) payment.Request { no.OrderID = "MUS0738876"; return no }, "OrderID"},
		"upper-case order": {func(no, _ payment.Request) payment.Request {
			no.OrderID = "8BD6F4A4-ece7-4cf6-a1c4-2455b6f5f514"
			return no
		}, "OrderID"},
		"no amount": {func(no, _ payment.Request) payment.Request { no.Amount = payment.Money{}; return no }, "Amount"},
		"wrong scale": {func(no, _ payment.Request) payment.Request {
			d := mustMoney(t, "1", "USD").Decimal().Shift(-3)
			no.Amount, _ = payment.MoneyFromDecimal(d, "USD")
			return no
		}, "Amount"},
		"unknown method": {func(no, _ payment.Request) payment.Request { no.Method = "cash"; return no }, "Method"},
		"other details":  {func(no, _ payment.Request) payment.Request { no.Details = otherDetails{}; return no }, "Details"},
		"nil details":    {func(no, _ payment.Request) payment.Request { no.Details = (*Details)(nil); return no }, "Details"},
		"a card without a method": {func(no, split payment.Request) payment.Request {
			no.Details = split.Details
			return no
		}, "Details"},
		"cart of a no-payment": {func(no, _ payment.Request) payment.Request {
			return withDetails(no, func(d *Details) { d.CartUUID = "x" })
		}, "CartUUID"},
		"split without details": {func(_, split payment.Request) payment.Request { split.Details = nil; return split }, "Details"},
		"split without a cart": {func(_, split payment.Request) payment.Request {
			return withDetails(split, func(d *Details) { d.CartUUID = "" })
		}, "CartUUID"},
		"split without a token": {func(_, split payment.Request) payment.Request {
			return withDetails(split, func(d *Details) { d.AdyenToken = payment.Secret{} })
		}, "AdyenToken"},
		"split of nothing": {func(_, split payment.Request) payment.Request { split.Amount = mustMoney(t, "0", "USD"); return split }, "Amount"},
	} {
		t.Run(name, func(t *testing.T) {
			req := tt.change(noPaymentRequest("k1", o), splitRequest("k1", o))
			_, prepared := c.Prepare(req)
			_, paid := c.Pay(t.Context(), req)
			for _, err := range []error{prepared, paid} {
				var e *payment.Error
				if !errors.As(err, &e) || e.Field != tt.field || e.Outcome != payment.NotSent || !errors.Is(err, payment.ErrInvalidRequest) {
					t.Errorf("%v, want NotSent for %s", err, tt.field)
				}
			}
		})
	}
}

func TestPrepare(t *testing.T) {
	srv, c := simulate(t)
	o := musementtest.Order{UUID: testOrder, CartUUID: testCart, Price: mustMoney(t, "10.00", "USD")}
	a, err := c.Prepare(splitRequest("k1", o))
	if err != nil {
		t.Fatal(err)
	}
	want := payment.Attempt{Key: "k1", OrderID: testOrder, Amount: o.Price, Method: MethodSplit, Scope: testOrder,
		Ref: map[string]string{"cart_uuid": testCart}, Digest: a.Digest}
	if diff := cmp.Diff(want, a); diff != "" {
		t.Errorf("attempt (-want +got):\n%s", diff)
	}
	free := noPaymentRequest("k2", o)
	free.Amount, free.Details = mustMoney(t, "0", "USD"), nil
	if a, err := c.Prepare(free); err != nil || a.Method != MethodNoPayment || len(a.Ref) != 0 {
		t.Errorf("an order of nothing: %+v, %v", a, err)
	}
	if n := srv.Count(""); n != 0 {
		t.Errorf("Prepare made %d requests", n)
	}
}

// TestPayNoPayment goes through the rows of the no-payment flow.
func TestPayNoPayment(t *testing.T) {
	fault := func(f musementtest.Fault) func(*musementtest.Server) {
		f.Route = musementtest.NoPayment
		return func(s *musementtest.Server) { s.Fail(f) }
	}
	body := func(text string) func(*musementtest.Server) { return fault(musementtest.Fault{Body: []byte(text)}) }
	answered := func(members string) func(*musementtest.Server) {
		return body(`{"uuid":"` + testOrder + `"` + members + `}`)
	}
	unknown, paid := verdict{Outcome: "unknown"}, verdict{Status: payment.Succeeded}
	for name, tt := range map[string]struct {
		order   musementtest.Order
		arrange func(*musementtest.Server)
		want    verdict
		taken   int
	}{
		"paid":                   {want: paid, taken: 1},
		"paid, flag in camels":   {order: musementtest.Order{PaidFlag: musementtest.CamelCase}, want: paid, taken: 1},
		"paid, not confirmed":    {order: musementtest.Order{NeedsConfirmation: true}, want: paid, taken: 1},
		"nothing but the uuid":   {arrange: answered(``), want: paid, taken: 1},
		"price is null":          {arrange: answered(`,"status":"OK","total_price":null`), want: paid, taken: 1},
		"price is empty":         {arrange: answered(`,"total_price":{}`), want: paid, taken: 1},
		"flag denies":            {arrange: answered(`,"is_paid":false`), want: verdict{Status: payment.Pending}, taken: 1},
		"accepted only":          {arrange: fault(musementtest.Fault{Status: 202, Body: []byte(`{"uuid":"` + testOrder + `"}`)}), want: verdict{Status: payment.Pending}, taken: 1},
		"booking failed":         {arrange: answered(`,"status":"KO"`), want: verdict{Status: payment.Pending}, taken: 1},
		"a status nobody knows":  {arrange: answered(`,"status":"MAYBE"`), want: verdict{Status: payment.Pending}, taken: 1},
		"another amount":         {arrange: answered(`,"total_price":{"currency":"USD","value":11}`), want: verdict{payment.Succeeded, "accepted", payment.ErrAmountMismatch}, taken: 1},
		"another currency":       {arrange: answered(`,"total_price":{"currency":"EUR","value":10}`), want: verdict{payment.Succeeded, "accepted", payment.ErrAmountMismatch}, taken: 1},
		"denied, another amount": {arrange: answered(`,"is_paid":false,"total_price":{"currency":"EUR","value":10}`), want: verdict{payment.Pending, "unknown", payment.ErrAmountMismatch}, taken: 1},
		"a price nobody reads":   {arrange: answered(`,"total_price":{"currency":"USD","value":"ten"}`), want: verdict{Status: payment.Pending, Outcome: "unknown"}, taken: 1},
		"another order":          {arrange: body(`{"uuid":"11111111-1111-1111-1111-111111111111"}`), want: unknown, taken: 1},
		"cut before acting":      {arrange: fault(musementtest.Fault{Cut: musementtest.BeforeActing}), want: verdict{Outcome: "unknown", Kind: payment.ErrUnavailable}},
		"cut before the answer":  {arrange: fault(musementtest.Fault{Cut: musementtest.BeforeAnswer}), want: verdict{Outcome: "unknown", Kind: payment.ErrUnavailable}, taken: 1},
		"reset after acting":     {arrange: fault(musementtest.Fault{Cut: musementtest.BeforeAnswer, Reset: true}), want: verdict{Outcome: "unknown", Kind: payment.ErrUnavailable}, taken: 1},
		"cut in the body":        {arrange: fault(musementtest.Fault{Cut: musementtest.InBody}), want: unknown, taken: 1},
		"truncated gzip":         {arrange: fault(musementtest.Fault{Damage: musementtest.TruncatedGzip}), want: unknown, taken: 1},
		"oversized":              {arrange: fault(musementtest.Fault{Damage: musementtest.Oversized}), want: unknown, taken: 1},
		"wrong type":             {arrange: fault(musementtest.Fault{Damage: musementtest.WrongType}), want: unknown, taken: 1},
		"500 that took it":       {arrange: fault(musementtest.Fault{Status: 500, Code: "0", Message: "There was an error"}), want: verdict{Outcome: "unknown", Kind: payment.ErrUnavailable}, taken: 1},
		"422 of a gateway":       {arrange: fault(musementtest.Fault{Status: 422, Body: []byte("no"), NoAction: true}), want: verdict{Outcome: "unknown", Kind: payment.ErrForbidden}},
		"422":                    {arrange: fault(musementtest.Fault{Status: 422, Code: "0", NoAction: true}), want: verdict{Outcome: "refused", Kind: payment.ErrForbidden}},
		"429":                    {arrange: fault(musementtest.Fault{Status: 429, Code: "0", NoAction: true}), want: verdict{Outcome: "refused", Kind: payment.ErrRateLimited}},
		"423 of this very call":  {arrange: fault(musementtest.Fault{Status: 423, Code: "-1"}), want: verdict{Outcome: "unknown", Kind: payment.ErrAlreadyPaid}, taken: 1},
		"paid before": {arrange: func(s *musementtest.Server) { s.SetPaymentStatus(testOrder, true, "paid") },
			want: verdict{Outcome: "not sent", Kind: payment.ErrAlreadyPaid}},
		"paid before, by the flag": {order: musementtest.Order{PaidFlag: musementtest.SnakeCase},
			arrange: func(s *musementtest.Server) { s.SetPaymentStatus(testOrder, true, "paid") },
			want:    verdict{Outcome: "not sent", Kind: payment.ErrAlreadyPaid}},
		"being paid": {arrange: func(s *musementtest.Server) { s.SetPaymentStatus(testOrder, false, "authorized") },
			want: verdict{Outcome: "not sent", Kind: payment.ErrAlreadyPaid}},
		"refunded": {arrange: func(s *musementtest.Server) { s.SetPaymentStatus(testOrder, false, "refunded") },
			want: verdict{Outcome: "not sent", Kind: payment.ErrAlreadyPaid}},
		"failed before": {arrange: func(s *musementtest.Server) { s.SetPaymentStatus(testOrder, false, "payment_failed") }, want: paid, taken: 1},
		"price moved": {arrange: func(s *musementtest.Server) {
			s.UpdateOrder(testOrder, func(o *musementtest.Order) { o.Price = mustMoney(t, "10.01", "USD") })
		}, want: verdict{Outcome: "not sent", Kind: payment.ErrPriceChanged}},
		"currency moved": {arrange: func(s *musementtest.Server) {
			s.UpdateOrder(testOrder, func(o *musementtest.Order) { o.Price = mustMoney(t, "10.00", "EUR") })
		}, want: verdict{Outcome: "not sent", Kind: payment.ErrCurrencyMismatch}},
		"another partner's": {order: musementtest.Order{Foreign: true}, want: verdict{Outcome: "not sent", Kind: payment.ErrOrderNotFound}},
		"order shows no price": {arrange: func(s *musementtest.Server) {
			s.Fail(musementtest.Fault{Route: musementtest.GetOrder, Body: []byte(`{"uuid":"` + testOrder + `"}`)})
		}, want: verdict{Outcome: "not sent", Kind: payment.ErrOrderNotPayable}},
		"order cannot be read": {arrange: func(s *musementtest.Server) {
			s.Fail(musementtest.Fault{Route: musementtest.GetOrder, Status: 500, NoAction: true})
		}, want: verdict{Outcome: "not sent", Kind: payment.ErrUnavailable}},
		"another cart": {arrange: func(s *musementtest.Server) {
			s.Fail(musementtest.Fault{Route: musementtest.GetOrderInfo, Body: []byte(`{"order_uuid":"x","payment":{"paid":false,"status":"created"}}`)})
		}, want: verdict{Outcome: "not sent", Kind: payment.ErrInvalidRequest}},
	} {
		t.Run(name, func(t *testing.T) {
			srv, c := simulate(t)
			tt.order.UUID = testOrder
			o := srv.AddOrder(tt.order)
			if tt.arrange != nil {
				tt.arrange(srv)
			}
			p, err := c.Pay(t.Context(), payment.Request{Key: "k1", OrderID: o.UUID, Amount: mustMoney(t, "10.00", "USD"),
				Details: Details{CartUUID: o.CartUUID}})
			wantVerdict(t, p, err, tt.want)
			if err := srv.WaitIdle(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := len(srv.Taken(o.UUID)); got != tt.taken {
				t.Errorf("taken %d times, want %d", got, tt.taken)
			}
			if n, sent := srv.Count(musementtest.NoPayment), tt.want.Outcome != "not sent"; n > 1 || (n == 1) != sent {
				t.Errorf("the payment arrived %d times", n)
			}
		})
	}
}

func TestPayNoPaymentAnswer(t *testing.T) {
	srv, c := simulate(t)
	o := srv.AddOrder(orderOf(t))
	p, err := c.Pay(t.Context(), noPaymentRequest("k1", o))
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := p.Raw.(Order); !ok {
		t.Errorf("Raw is a %T", p.Raw)
	}
	p.Raw = nil
	want := payment.Payment{Provider: "musement", OrderID: o.UUID, Status: payment.Succeeded, Amount: o.Price, MatchedBy: payment.MatchedByAnswer}
	if diff := cmp.Diff(want, p); diff != "" {
		t.Errorf("payment (-want +got):\n%s", diff)
	}
	// Without the cart one read less is made, and an order that was paid before is refused by Musement itself.
	again := noPaymentRequest("k2", o)
	again.Details = nil
	p, err = c.Pay(t.Context(), again)
	wantVerdict(t, p, err, verdict{Outcome: "unknown", Kind: payment.ErrAlreadyPaid})
	wantTaken(t, srv, o.UUID, "10.00 USD")
}

func TestZeroAndPermission(t *testing.T) {
	srv := musementtest.NewServer(musementtest.WithoutNoPayment())
	t.Cleanup(srv.Close)
	c := clientOf(t, srv, srv.URL)
	free, dear := srv.AddOrder(musementtest.Order{Price: mustMoney(t, "0", "USD")}), srv.AddOrder(orderOf(t))
	p, err := c.Pay(t.Context(), noPaymentRequest("k1", free))
	wantVerdict(t, p, err, verdict{Status: payment.Succeeded})
	p, err = c.Pay(t.Context(), noPaymentRequest("k2", dear))
	wantVerdict(t, p, err, verdict{Outcome: "refused", Kind: payment.ErrForbidden})
	wantTaken(t, srv, dear.UUID)
}

// TestPaySplit goes through the rows of the card payment's start.
func TestPaySplit(t *testing.T) {
	fault := func(f musementtest.Fault) func(*musementtest.Server) {
		f.Route = musementtest.StartSplit
		return func(s *musementtest.Server) { s.Fail(f) }
	}
	action := verdict{Status: payment.ActionRequired}
	for name, tt := range map[string]struct {
		order   musementtest.Order
		arrange func(*musementtest.Server)
		want    verdict
		next    payment.NextActionKind
		taken   int
	}{
		"redirect":             {want: action, next: payment.Redirect},
		"redirect in the body": {order: musementtest.Order{Challenge: musementtest.RedirectInBody}, want: action, next: payment.Redirect},
		"form":                 {order: musementtest.Order{Challenge: musementtest.Form}, want: action, next: payment.Form},
		"script":               {order: musementtest.Order{Challenge: musementtest.Script}, want: action, next: payment.Script},
		"nothing to do":        {order: musementtest.Order{Challenge: musementtest.NoChallenge}, want: verdict{Status: payment.Succeeded}, taken: 1},
		"nothing to do, not shown yet": {order: musementtest.Order{Challenge: musementtest.NoChallenge},
			arrange: fault(musementtest.Fault{HideFor: time.Hour}), want: verdict{Status: payment.Pending}, taken: 1},
		"nothing to do, nothing readable": {order: musementtest.Order{Challenge: musementtest.NoChallenge},
			arrange: func(s *musementtest.Server) {
				s.Fail(musementtest.Fault{Route: musementtest.GetOrderInfo})
				s.Fail(musementtest.Fault{Route: musementtest.GetOrderInfo, Status: 500, NoAction: true})
			}, want: verdict{Status: payment.Pending}, taken: 1},
		"declined":          {order: musementtest.Order{Mode: musementtest.DeclineStart}, want: verdict{Outcome: "refused", Kind: payment.ErrDeclined}},
		"form without URL":  {arrange: fault(musementtest.Fault{Status: 200, Body: []byte(fixture(t, "split-started-seed.json"))}), want: verdict{Status: payment.Pending}},
		"location missing":  {arrange: fault(musementtest.Fault{Header: map[string][]string{"Location": nil}}), want: verdict{Outcome: "unknown"}},
		"401":               {arrange: fault(musementtest.Fault{Status: 401, Code: "0", NoAction: true}), want: verdict{Outcome: "refused", Kind: payment.ErrUnauthenticated}},
		"423":               {arrange: fault(musementtest.Fault{Status: 423, Code: "-1", NoAction: true}), want: verdict{Outcome: "unknown", Kind: payment.ErrAlreadyPaid}},
		"503":               {arrange: fault(musementtest.Fault{Status: 503, NoAction: true}), want: verdict{Outcome: "unknown", Kind: payment.ErrUnavailable}},
		"the answer is cut": {arrange: fault(musementtest.Fault{Cut: musementtest.BeforeAnswer}), want: verdict{Outcome: "unknown", Kind: payment.ErrUnavailable}},
		"price moved": {arrange: func(s *musementtest.Server) {
			s.UpdateOrder(testOrder, func(o *musementtest.Order) { o.Price = mustMoney(t, "9.99", "USD") })
		}, want: verdict{Outcome: "not sent", Kind: payment.ErrPriceChanged}},
	} {
		t.Run(name, func(t *testing.T) {
			srv, c := simulate(t)
			tt.order.UUID, tt.order.Price = testOrder, mustMoney(t, "10.00", "USD")
			o := srv.AddOrder(tt.order)
			if tt.arrange != nil {
				tt.arrange(srv)
			}
			p, err := c.Pay(t.Context(), splitRequest("k1", o))
			wantVerdict(t, p, err, tt.want)
			var kind payment.NextActionKind
			if p.Next != nil {
				kind = p.Next.Kind
			}
			if kind != tt.next {
				t.Errorf("next action %q, want %q", kind, tt.next)
			}
			if n, sent := srv.Count(musementtest.StartSplit), tt.want.Outcome != "not sent"; n > 1 || (n == 1) != sent {
				t.Errorf("the start arrived %d times", n)
			}
			if got := len(srv.Taken(o.UUID)); got != tt.taken {
				t.Errorf("taken %d times, want %d", got, tt.taken)
			}
			if srv.BankVisits() != 0 {
				t.Error("the client went to the bank")
			}
		})
	}
}

// TestNotSent proves that nothing was sent when there is no server, and when the journal's gate is shut.
func TestNotSent(t *testing.T) {
	srv, c := simulate(t)
	o := srv.AddOrder(orderOf(t))
	shut := errors.New("the lease is over")
	ctx := payment.WithHooks(t.Context(), payment.Hooks{Gate: func() error { return shut }})
	p, err := c.Pay(ctx, noPaymentRequest("k1", o))
	if wantVerdict(t, p, err, verdict{Outcome: "not sent"}); !errors.Is(err, shut) {
		t.Errorf("%v does not name the gate", err)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	p, err = c.Pay(cancelled, noPaymentRequest("k1", o))
	if got := judged(p, err); got.Outcome != "not sent" {
		t.Errorf("cancelled before: %v", err)
	}
	if n := srv.Count(musementtest.NoPayment); n != 0 {
		t.Errorf("%d payments arrived", n)
	}
	p, err = clientOf(t, srv, "http://127.0.0.1:1").Pay(t.Context(), noPaymentRequest("k1", o))
	wantVerdict(t, p, err, verdict{Outcome: "not sent", Kind: payment.ErrUnauthenticated}) // not even a login could be had
}

// TestTakenLate: the caller leaves while Musement holds the payment, which is taken afterwards.
func TestTakenLate(t *testing.T) {
	srv, _ := simulate(t)
	o := srv.AddOrder(orderOf(t))
	c := clientOf(t, srv, srv.URL, withLinger(time.Millisecond), WithSettling(time.Nanosecond), WithTimeout(time.Minute))
	hold := make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	srv.Fail(musementtest.Fault{Route: musementtest.NoPayment, Hold: hold, Arrived: cancel})
	req := noPaymentRequest("k1", o)
	a, err := c.Prepare(req)
	if err != nil {
		t.Fatal(err)
	}
	a.SentAt = time.Now()
	p, err := c.Pay(ctx, req)
	if got := judged(p, err); got.Outcome != "unknown" {
		t.Errorf("%v, want unknown", err)
	}
	srv.SetPaymentStatus(o.UUID, false, "payment_failed") // of an earlier attempt
	p, err = c.Lookup(t.Context(), a.After(p, err))
	wantVerdict(t, p, err, verdict{Outcome: "unknown", Kind: payment.ErrInconclusive})
	close(hold)
	wantTaken(t, srv, o.UUID, "10.00 USD")
	p, err = c.Lookup(t.Context(), a)
	wantVerdict(t, p, err, verdict{Status: payment.Succeeded})
}

// withLinger shortens how long a cancelled payment waits for its answer.
func withLinger(d time.Duration) Option {
	return func(s *settings) error { s.call.Linger = d; return nil }
}
