package musement

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/musement/musementtest"
	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/httpcall"
)

type otherContinuation struct{}

func (otherContinuation) PaymentContinuation() string { return "other" }

// started is a card payment that waits for its customer.
func started(t *testing.T, o musementtest.Order, opts ...Option) (*musementtest.Server, *Client, payment.Attempt) {
	t.Helper()
	srv, c := simulate(t, opts...)
	if o.Price.IsUnset() {
		o.Price = mustMoney(t, "10.00", "USD")
	}
	req := splitRequest("k1", srv.AddOrder(o))
	a, err := c.Prepare(req)
	if err != nil {
		t.Fatal(err)
	}
	a.SentAt = time.Now()
	p, err := c.Pay(marking(t.Context(), &a), req)
	wantVerdict(t, p, err, verdict{Status: payment.ActionRequired})
	return srv, c, a.After(p, err)
}

// marking returns a context with a journal that keeps its marks in a.
func marking(ctx context.Context, a *payment.Attempt) context.Context {
	return payment.WithHooks(ctx, payment.Hooks{Mark: func(_ context.Context, m payment.Mark) error {
		m.At = time.Now()
		a.Marks = append(a.Marks, m)
		return nil
	}})
}

// TestRefusedCompletion: a refusal speaks for the payment only where no other completion can have been sent. Each completion
// records the same mark, so that a journal does not grow with them.
func TestRefusedCompletion(t *testing.T) {
	for name, tt := range map[string]struct {
		change  func(*payment.Attempt)
		outcome string
	}{
		"first":      {func(*payment.Attempt) {}, "refused"},
		"second":     {func(a *payment.Attempt) { a.Marks = append(a.Marks, payment.Mark{Step: stepComplete}) }, "unknown"},
		"incomplete": {func(a *payment.Attempt) { a.Incomplete = true }, "unknown"},
		"no journal": {func(a *payment.Attempt) { a.Marks = nil }, "unknown"},
	} {
		srv, c, a := started(t, musementtest.Order{Mode: musementtest.DeclineCompletion})
		srv.PassChallenge(a.OrderID)
		tt.change(&a)
		before := len(a.Marks)
		p, err := c.Continue(marking(t.Context(), &a), a, Continuation{})
		t.Log(name)
		wantVerdict(t, p, err, verdict{Outcome: tt.outcome, Kind: payment.ErrDeclined})
		_, _ = c.Continue(marking(t.Context(), &a), a, Continuation{PaymentIntentID: payment.NewSecret("pi_canary_0000")})
		for _, m := range a.Marks[before:] {
			if m.Step != stepComplete || m.Ref != nil {
				t.Errorf("%s: mark %+v", name, m)
			}
		}
	}
}

// TestFirstMark: Pay begins with the mark that a journal may write in advance, and sends nothing when it cannot be recorded.
func TestFirstMark(t *testing.T) {
	srv, c, a := started(t, musementtest.Order{})
	if len(a.Marks) != 1 || a.Marks[0].Step != c.FirstMark().Step || a.Marks[0].Ref != nil || c.FirstMark().Ref != nil {
		t.Errorf("marks %+v", a.Marks)
	}
	before, down := srv.Count(""), errors.New("the journal is down")
	ctx := payment.WithHooks(t.Context(), payment.Hooks{Mark: func(context.Context, payment.Mark) error { return down }})
	_, err := c.Pay(ctx, splitRequest("k2", srv.AddOrder(orderOf(t))))
	if payment.OutcomeOf(err) != payment.NotSent || !errors.Is(err, down) || srv.Count("") != before {
		t.Errorf("%v, %d requests", err, srv.Count("")-before)
	}
}

// TestContinue goes through the rows of the completion.
func TestContinue(t *testing.T) {
	fault := func(f musementtest.Fault) func(*musementtest.Server, string) {
		return func(s *musementtest.Server, order string) {
			s.PassChallenge(order)
			f.Route = musementtest.Complete
			s.Fail(f)
		}
	}
	pass := func(s *musementtest.Server, order string) { s.PassChallenge(order) }
	for name, tt := range map[string]struct {
		order   musementtest.Order
		arrange func(*musementtest.Server, string)
		cont    Continuation
		want    verdict
		taken   int
	}{
		"paid":           {arrange: pass, want: verdict{Status: payment.Succeeded}, taken: 1},
		"paid by a form": {order: musementtest.Order{Challenge: musementtest.Form}, arrange: pass, want: verdict{Status: payment.Succeeded}, taken: 1},
		"paid by Stripe": {order: musementtest.Order{Challenge: musementtest.Script}, arrange: pass,
			cont: Continuation{PaymentIntentID: payment.NewSecret(musementtest.PaymentIntentID)}, want: verdict{Status: payment.Succeeded}, taken: 1},
		"not shown yet":    {arrange: fault(musementtest.Fault{Hide: make(chan struct{})}), want: verdict{Status: payment.Pending}, taken: 1},
		"pending":          {order: musementtest.Order{Mode: musementtest.Pend}, arrange: pass, want: verdict{Status: payment.Pending}},
		"a second round":   {order: musementtest.Order{Mode: musementtest.SecondRound}, arrange: pass, want: verdict{Status: payment.ActionRequired}},
		"declined":         {order: musementtest.Order{Mode: musementtest.DeclineCompletion}, arrange: pass, want: verdict{Outcome: "refused", Kind: payment.ErrDeclined}},
		"too early":        {want: verdict{Outcome: "refused", Kind: payment.ErrDeclined}},
		"bank said no":     {arrange: func(s *musementtest.Server, o string) { s.FailChallenge(o) }, want: verdict{Outcome: "refused", Kind: payment.ErrDeclined}},
		"too late":         {arrange: func(s *musementtest.Server, o string) { s.PassChallenge(o); s.Advance(musementtest.ChallengeLifetime) }, want: verdict{Outcome: "refused", Kind: payment.ErrDeclined}},
		"cut afterwards":   {arrange: fault(musementtest.Fault{Cut: musementtest.BeforeAnswer}), want: verdict{Outcome: "unknown", Kind: payment.ErrUnavailable}, taken: 1},
		"cut before":       {arrange: fault(musementtest.Fault{Cut: musementtest.BeforeActing}), want: verdict{Outcome: "unknown", Kind: payment.ErrUnavailable}},
		"503 that took it": {arrange: fault(musementtest.Fault{Status: 503}), want: verdict{Outcome: "unknown", Kind: payment.ErrUnavailable}, taken: 1},
		"423":              {arrange: fault(musementtest.Fault{Status: 423, Code: "-1"}), want: verdict{Outcome: "unknown", Kind: payment.ErrAlreadyPaid}, taken: 1},
		"paid by another": {arrange: func(s *musementtest.Server, o string) { s.SetPaymentStatus(o, true, "paid") },
			want: verdict{Status: payment.Succeeded}},
		"state not readable": {arrange: func(s *musementtest.Server, o string) {
			s.Fail(musementtest.Fault{Route: musementtest.GetOrderInfo, Status: 500, NoAction: true})
		}, want: verdict{Outcome: "not sent", Kind: payment.ErrUnavailable}},
	} {
		t.Run(name, func(t *testing.T) {
			srv, c, a := started(t, tt.order)
			if tt.arrange != nil {
				tt.arrange(srv, a.OrderID)
			}
			p, err := c.Continue(t.Context(), a, tt.cont)
			wantVerdict(t, p, err, tt.want)
			if (p.Status == payment.ActionRequired) != (p.Next != nil) {
				t.Errorf("next action %+v with status %s", p.Next, p.Status)
			}
			if err := srv.WaitIdle(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := len(srv.Taken(a.OrderID)); got != tt.taken {
				t.Errorf("taken %d times, want %d", got, tt.taken)
			}
			if n := srv.Count(musementtest.Complete); n > 1 {
				t.Errorf("the completion arrived %d times", n)
			}
			if srv.BankVisits() != 0 {
				t.Error("the client went to the bank")
			}
		})
	}
}

// TestSecondRound pays after the customer has passed a second challenge.
func TestSecondRound(t *testing.T) {
	srv, c, a := started(t, musementtest.Order{Mode: musementtest.SecondRound, Challenge: musementtest.Form})
	for _, want := range []payment.Status{payment.ActionRequired, payment.Succeeded, payment.Succeeded} {
		srv.PassChallenge(a.OrderID)
		p, err := c.Continue(t.Context(), a, Continuation{})
		wantVerdict(t, p, err, verdict{Status: want})
	}
	wantTaken(t, srv, a.OrderID, "10.00 USD")
	if n := srv.Count(musementtest.Complete); n != 2 {
		t.Errorf("%d completions, want 2: the order was paid after them", n)
	}
}

// TestCustomerGoesToTheBank plays the whole round by HTTP: only the customer visits the bank.
func TestCustomerGoesToTheBank(t *testing.T) {
	srv, c := simulate(t)
	req := splitRequest("k1", srv.AddOrder(orderOf(t)))
	p, err := c.Pay(t.Context(), req)
	if err != nil || p.Next == nil || srv.BankVisits() != 0 {
		t.Fatalf("%+v, %v, %d visits", p, err, srv.BankVisits())
	}
	browser := &http.Client{Transport: srv.Transport(), CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer browser.CloseIdleConnections()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.Next.URL.Reveal(), nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := browser.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
	if got := resp.Header.Get("Location"); got != "https://partner.example/3ds/return" || srv.BankVisits() != 1 {
		t.Errorf("back to %q, %d visits", got, srv.BankVisits())
	}
	a, err := c.Prepare(req)
	if err != nil {
		t.Fatal(err)
	}
	p, err = c.Continue(t.Context(), a, Continuation{})
	wantVerdict(t, p, err, verdict{Status: payment.Succeeded})
	wantTaken(t, srv, a.OrderID, "10.00 USD")
}

// TestMark: the journal is told before the completion leaves, and can forbid it.
func TestMark(t *testing.T) {
	srv, c, a := started(t, musementtest.Order{})
	srv.PassChallenge(a.OrderID)
	down := errors.New("the journal is down")
	ctx := payment.WithHooks(t.Context(), payment.Hooks{Mark: func(context.Context, payment.Mark) error { return down }})
	p, err := c.Continue(ctx, a, Continuation{})
	if wantVerdict(t, p, err, verdict{Outcome: "not sent"}); !errors.Is(err, down) {
		t.Errorf("%v does not name the journal", err)
	}
	if n := srv.Count(musementtest.Complete); n != 0 {
		t.Fatalf("%d completions arrived although the mark failed", n)
	}
	var marks []payment.Mark
	ctx = payment.WithHooks(t.Context(), payment.Hooks{Mark: func(_ context.Context, m payment.Mark) error {
		if n := srv.Count(musementtest.Complete); n != 0 {
			t.Error("marked after the completion")
		}
		marks = append(marks, m)
		return nil
	}})
	p, err = c.Continue(ctx, a, Continuation{PaymentIntentID: payment.NewSecret("pi_canary_0000")})
	wantVerdict(t, p, err, verdict{Status: payment.Succeeded})
	if diff := cmp.Diff([]payment.Mark{{Step: "complete"}}, marks); diff != "" {
		t.Errorf("marks (-want +got):\n%s", diff)
	}
}

func TestContinueRefuses(t *testing.T) {
	srv, c, a := started(t, musementtest.Order{})
	srv.PassChallenge(a.OrderID)
	before := srv.Count("")
	changed := func(change func(*payment.Attempt)) payment.Attempt {
		b := a
		change(&b)
		return b
	}
	for name, tt := range map[string]struct {
		a     payment.Attempt
		cont  payment.Continuation
		field string
	}{
		"nothing":    {a, nil, "Continuation"},
		"another's":  {a, otherContinuation{}, "Continuation"},
		"a pointer":  {a, &Continuation{}, "Continuation"},
		"no payment": {changed(func(a *payment.Attempt) { a.Method = MethodNoPayment }), Continuation{}, "Method"},
		"no cart":    {changed(func(a *payment.Attempt) { a.Ref = nil }), Continuation{}, "CartUUID"},
		"no order":   {changed(func(a *payment.Attempt) { a.OrderID = "x" }), Continuation{}, "OrderID"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := c.Continue(t.Context(), tt.a, tt.cont)
			var e *payment.Error
			if !errors.As(err, &e) || e.Field != tt.field || e.Outcome != payment.NotSent {
				t.Errorf("%v, want NotSent for %s", err, tt.field)
			}
		})
	}
	if n := srv.Count(""); n != before {
		t.Errorf("%d requests were made", n-before)
	}
}

// TestCompletedTwice continues again while the first completion is under way, or after it was lost: nothing is completed
// twice, and a refusal does not speak for the first.
func TestCompletedTwice(t *testing.T) {
	srv, c, a := started(t, musementtest.Order{Mode: musementtest.Pend})
	srv.PassChallenge(a.OrderID)
	for range 2 {
		p, err := c.Continue(t.Context(), a, Continuation{})
		wantVerdict(t, p, err, verdict{Status: payment.Pending})
	}
	if n := srv.Count(musementtest.Complete); n != 1 {
		t.Errorf("%d completions, want 1", n)
	}

	srv, c, a = started(t, musementtest.Order{Mode: musementtest.DeclineCompletion})
	srv.PassChallenge(a.OrderID)
	a.Marks = append(a.Marks, payment.Mark{Step: stepComplete})
	p, err := c.Continue(t.Context(), a, Continuation{})
	wantVerdict(t, p, err, verdict{Outcome: "unknown", Kind: payment.ErrDeclined})

	srv, c, a = started(t, musementtest.Order{})
	srv.PassChallenge(a.OrderID)
	srv.SetPaymentStatus(a.OrderID, false, "booking_ok")
	p, err = c.Continue(t.Context(), a, Continuation{})
	wantVerdict(t, p, err, verdict{Status: payment.Pending})
	if n := srv.Count(musementtest.Complete); n != 0 {
		t.Errorf("%d completions in an unclear state, want 0", n)
	}
}

// TestCallerLeavesWithTheAnswer: an answer that is here keeps its meaning although the caller has left.
func TestCallerLeavesWithTheAnswer(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	leave := func(next http.RoundTripper) http.RoundTripper {
		return roundTrip(func(r *http.Request) (*http.Response, error) {
			resp, err := next.RoundTrip(r)
			if r.URL.Path == completeRoute {
				cancel()
			}
			return resp, err
		})
	}
	srv, c, a := started(t, musementtest.Order{}, WithMiddleware(leave))
	srv.PassChallenge(a.OrderID)
	p, err := c.Continue(ctx, a, Continuation{})
	wantVerdict(t, p, err, verdict{Status: payment.Succeeded})
	wantTaken(t, srv, a.OrderID, "10.00 USD")
}

// TestHandedOverAsItCame: what the customer is given may be made of the call's own secrets, and must still work. Whoever
// watches the call sees none of them.
func TestHandedOverAsItCame(t *testing.T) {
	const intent, ip = "pi_3MtwBwLkdIwHu7ix28a3tqPa", "203.0.113.77"
	const clientSecret, form = intent + "_secret_YrKJUKribcBjcG8HVhfZluoGH", "https://acs.example/?src=" + ip
	s := serve(t, map[string]answer{
		"GET /carts/" + testCart + "/order-info":  {body: `{"order_uuid":"` + testOrder + `","payment":{"paid":false,"status":"created"}}`},
		"POST /payments/split/payment":            {body: `{"gateway":"` + ip + `","3d_secure":{"type":"FORM","url":"` + form + `","payload":{"browserIP":"` + ip + `"}}}`},
		"POST /payments/split/complete_3d_secure": {body: `{"3d_secure":{"type":"USE_STRIPE_SDK","payload":{},"payment_intent_client_secret":"` + clientSecret + `"}}`},
	})
	c := s.client(t)
	var watched []byte
	ctx := httpcall.With(t.Context(), httpcall.Options{OnResult: func(r httpcall.Result) { watched = append(watched, r.Body()...) }})

	started, err := c.StartSplitPayment(ctx, SplitPaymentRequest{
		OrderUUID: testOrder, StripeToken: payment.NewSecret("tok_visa_0001"), ClientIP: payment.NewSecret(ip)})
	if err != nil || started.ThreeDSecure.URL.Reveal() != form {
		t.Fatalf("start: %+v, %v", started, err)
	}
	if field := started.ThreeDSecure.Fields()["browserIP"]; field.Reveal() != ip {
		t.Errorf("a field of the form became %q", field.Reveal())
	}
	if strings.Contains(string(started.Gateway), ip) {
		t.Errorf("shown: gateway %q", started.Gateway)
	}
	a := payment.Attempt{OrderID: testOrder, Method: MethodSplit, Ref: map[string]string{refCart: testCart}}
	p, err := c.Continue(ctx, a, Continuation{PaymentIntentID: payment.NewSecret(intent)})
	if err != nil || p.Next == nil || p.Next.ClientSecret.Reveal() != clientSecret {
		t.Errorf("second round: %+v, %v", p, err)
	}
	for _, secret := range []string{intent, ip} {
		if bytes.Contains(watched, []byte(secret)) {
			t.Errorf("an observer saw %s", secret)
		}
	}
	if len(watched) == 0 {
		t.Error("nothing was observed")
	}
}
