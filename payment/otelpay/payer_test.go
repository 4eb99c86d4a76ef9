package otelpay_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/trace"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/otelpay"
)

// fake is a payer that answers what it is told to.
type fake struct {
	p   payment.Payment
	err error
	ctx context.Context // of the last call
	do  func()
}

func (f *fake) Provider() string { return "till" }

func (f *fake) Prepare(req payment.Request) (payment.Attempt, error) {
	if req.Method == "" {
		req.Method = "cash"
	}
	if req.Method != "cash" {
		return payment.Attempt{}, payment.InvalidField("Method", "unknown")
	}
	return payment.NewAttempt(req, req.OrderID, nil)
}

func (f *fake) answer(ctx context.Context) (payment.Payment, error) {
	f.ctx = ctx
	if f.do != nil {
		f.do()
	}
	return f.p, f.err
}

func (f *fake) Pay(ctx context.Context, _ payment.Request) (payment.Payment, error) {
	return f.answer(ctx)
}

func (f *fake) Lookup(ctx context.Context, _ payment.Attempt) (payment.Payment, error) {
	return f.answer(ctx)
}

// stepper is a payer with a second step.
type stepper struct{ *fake }

func (s stepper) Continue(ctx context.Context, _ payment.Attempt, _ payment.Continuation) (payment.Payment, error) {
	return s.answer(ctx)
}

// clock is the rest of a payer that knows its times.
type clock struct{}

func (clock) Timing() payment.Timing {
	return payment.Timing{LongestCall: time.Second, Settling: time.Minute}
}

func request(t testing.TB) payment.Request {
	t.Helper()
	amount, err := payment.ParseMoney("30.20", "GBP")
	if err != nil {
		t.Fatal(err)
	}
	return payment.Request{Key: "key-17", OrderID: "ord_17", Amount: amount}
}

// TestPayer goes through what Pay may answer. The attributes are those of the metric; the span has
// the request id too.
func TestPayer(t *testing.T) {
	failure := func(o payment.Outcome, kind error, status int) error {
		return &payment.Error{Provider: "till", Outcome: o, Kind: kind, Status: status, Message: words, RequestID: "req-9"}
	}
	status := func(s payment.Status) payment.Payment {
		return payment.Payment{Provider: "till", OrderID: "ord_17", ID: "pay_17", Status: s, RequestID: "req-9", Reason: words}
	}
	for name, test := range map[string]struct {
		p    payment.Payment
		err  error
		want string
	}{
		"paid":            {status(payment.Succeeded), nil, "Unset | outcome=ok next=done status=succeeded"},
		"pending":         {status(payment.Pending), nil, "Unset | outcome=ok next=wait status=pending"},
		"action required": {status(payment.ActionRequired), nil, "Unset | outcome=ok next=show_customer status=action_required"},
		"partial":         {status(payment.Partial), nil, "Unset | outcome=ok next=call_human status=partial"},
		"own word":        {status(payment.Status(words)), nil, "Unset | outcome=ok next=wait status=_OTHER"},
		"declined": {status(payment.Failed), failure(payment.Refused, payment.ErrDeclined, 422),
			"Error | error.type=declined outcome=refused next=new_request status=failed"},
		"other amount": {status(payment.Succeeded), failure(payment.Accepted, payment.ErrAmountMismatch, 201),
			"Error | error.type=amount_mismatch outcome=accepted next=call_human status=succeeded"},
		"cut":           {payment.Payment{}, failure(payment.Unknown, nil, 0), "Error | error.type=_OTHER outcome=unknown next=lookup"},
		"server error":  {payment.Payment{}, failure(payment.Unknown, nil, 503), "Error | error.type=503 outcome=unknown next=lookup"},
		"rate limited":  {payment.Payment{}, failure(payment.Refused, payment.ErrRateLimited, 429), "Error | error.type=rate_limited outcome=refused next=retry"},
		"not connected": {payment.Payment{}, failure(payment.NotSent, payment.ErrUnavailable, 0), "Error | error.type=unavailable outcome=not sent next=retry"},
		"cancelled": {payment.Payment{}, &payment.Error{RequestID: "req-9", Err: fmt.Errorf("left: %w", context.Canceled)},
			"Error | error.type=canceled outcome=unknown next=lookup"},
		"too late": {payment.Payment{}, &payment.Error{RequestID: "req-9", Err: context.DeadlineExceeded},
			"Error | error.type=timeout outcome=unknown next=lookup"},
		"the gravest of two": {status(payment.Succeeded), errors.Join(failure(payment.Accepted, payment.ErrNotRecorded, 0),
			failure(payment.Accepted, payment.ErrDoublePaymentRisk, 0)),
			"Error | error.type=double_payment_risk outcome=accepted next=call_human status=succeeded"},
	} {
		t.Run(name, func(t *testing.T) {
			rec := newRecorder(t)
			p, err := rec.payer(&fake{p: test.p, err: test.err}).Pay(t.Context(), request(t))
			if !errors.Is(err, test.err) || !cmp.Equal(p, test.p) {
				t.Errorf("changed the answer to %v, %v", p, err)
			}
			spanStatus, want, _ := strings.Cut(test.want, " | ")
			attrs, rest, _ := strings.Cut(want, "outcome=")
			outcome, rest, _ := strings.Cut(rest, " next=")
			next, status, hasStatus := strings.Cut(rest, " status=")
			attrs += "supplierpay.operation=pay supplierpay.outcome=" + outcome + " supplierpay.payment.method=cash supplierpay.payment.next=" + next
			if hasStatus {
				attrs += " supplierpay.payment.status=" + status
			}
			attrs += " supplierpay.provider=till"
			if diff := cmp.Diff([]string{"supplierpay.payment.duration s | 1 | " + attrs}, rec.metricLines()); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff([]string{"till pay | internal | " + spanStatus + " | " + attrs + " supplierpay.request_id=req-9"}, rec.spanLines()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestLookup: an answer that proves that nothing was taken, or that proves nothing, is no failure
// of the lookup.
func TestLookup(t *testing.T) {
	for _, test := range []struct {
		err  error
		want string
	}{
		{&payment.Error{Outcome: payment.Refused, Kind: payment.ErrNoPayment},
			"till lookup | internal | Unset | error.type=no_payment supplierpay.operation=lookup supplierpay.outcome=refused " +
				"supplierpay.payment.method=cash supplierpay.payment.next=retry supplierpay.provider=till"},
		{&payment.Error{Kind: payment.ErrInconclusive},
			"till lookup | internal | Unset | error.type=inconclusive supplierpay.operation=lookup supplierpay.outcome=unknown " +
				"supplierpay.payment.method=cash supplierpay.payment.next=lookup supplierpay.provider=till"},
		{&payment.Error{Kind: payment.ErrUnauthenticated, Status: 401},
			"till lookup | internal | Error | error.type=unauthenticated supplierpay.operation=lookup supplierpay.outcome=unknown " +
				"supplierpay.payment.method=cash supplierpay.payment.next=lookup supplierpay.provider=till"},
	} {
		rec := newRecorder(t)
		inner := &fake{err: test.err}
		a, err := inner.Prepare(request(t))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := rec.payer(inner).Lookup(t.Context(), a); !errors.Is(err, test.err) {
			t.Errorf("changed the error to %v", err)
		}
		if diff := cmp.Diff([]string{test.want}, rec.spanLines()); diff != "" {
			t.Error(diff)
		}
	}
}

// TestMethodOfTheCaller keeps a method that Prepare turned down out of the telemetry.
func TestMethodOfTheCaller(t *testing.T) {
	rec := newRecorder(t)
	req := request(t)
	req.Method = "whatever the browser sent"
	_, _ = rec.payer(&fake{err: payment.InvalidField("Method", "unknown")}).Pay(t.Context(), req)
	want := []string{"supplierpay.payment.duration s | 1 | error.type=invalid_request supplierpay.operation=pay " +
		"supplierpay.outcome=not sent supplierpay.payment.next=new_request supplierpay.provider=till"}
	if diff := cmp.Diff(want, rec.metricLines()); diff != "" {
		t.Error(diff)
	}
}

func TestWithIDs(t *testing.T) {
	rec := newRecorder(t)
	inner := &fake{p: payment.Payment{ID: "pay_17", OrderID: "ord_17", Status: payment.Succeeded}}
	if _, err := rec.payer(inner, otelpay.WithIDs()).Pay(t.Context(), request(t)); err != nil {
		t.Fatal(err)
	}
	want := []string{"till pay | internal | Unset | supplierpay.operation=pay supplierpay.order.id=ord_17 supplierpay.outcome=ok " +
		"supplierpay.payment.id=pay_17 supplierpay.payment.key=key-17 supplierpay.payment.method=cash supplierpay.payment.next=done " +
		"supplierpay.payment.status=succeeded supplierpay.provider=till"}
	if diff := cmp.Diff(want, rec.spanLines()); diff != "" {
		t.Error(diff)
	}
	for _, line := range rec.metricLines() {
		if strings.Contains(line, "17") {
			t.Errorf("an id on a metric: %s", line)
		}
	}
}

// TestOptionalInterfaces: package once asks for them, and asks for the wrong lease when one is
// missing or made up.
func TestOptionalInterfaces(t *testing.T) {
	both := struct {
		stepper
		clock
	}{stepper: stepper{&fake{}}}
	timed := struct {
		*fake
		clock
	}{fake: &fake{}}
	for name, inner := range map[string]payment.Payer{"neither": &fake{}, "continuer": stepper{&fake{}}, "timed": timed, "both": both} {
		t.Run(name, func(t *testing.T) {
			rec := newRecorder(t)
			p := rec.payer(inner)
			_, want := inner.(payment.Continuer)
			if second, got := p.(payment.Continuer); got != want {
				t.Errorf("continuer: %t, want %t", got, want)
			} else if got {
				_, _ = second.Continue(t.Context(), payment.Attempt{Method: "cash"}, nil)
				line := "till continue | internal | Unset | supplierpay.operation=continue supplierpay.outcome=ok " +
					"supplierpay.payment.method=cash supplierpay.payment.next=wait supplierpay.provider=till"
				if diff := cmp.Diff([]string{line}, rec.spanLines()); diff != "" {
					t.Error(diff)
				}
			}
			_, want = inner.(payment.Timed)
			if clock, got := p.(payment.Timed); got != want {
				t.Errorf("timed: %t, want %t", got, want)
			} else if got && clock.Timing().Settling != time.Minute {
				t.Errorf("timing %v", clock.Timing())
			}
			if p.Provider() != "till" {
				t.Errorf("provider %q", p.Provider())
			}
		})
	}
}

type closer struct {
	*fake
	closed int
}

func (c *closer) CloseIdleConnections() { c.closed++ }

func TestCloseIdleConnections(t *testing.T) {
	rec := newRecorder(t)
	inner := &closer{fake: &fake{}}
	for _, p := range []payment.Payer{rec.payer(inner), rec.payer(&fake{})} {
		p.(interface{ CloseIdleConnections() }).CloseIdleConnections()
	}
	if inner.closed != 1 {
		t.Errorf("closed %d times", inner.closed)
	}
}

// TestContext: the payer inside gets the caller's context, hooks and deadline included, with the
// span in it.
func TestContext(t *testing.T) {
	rec := newRecorder(t)
	stop := errors.New("stop")
	ctx, cancel := context.WithTimeout(payment.WithHooks(t.Context(), payment.Hooks{
		Gate: func() error { return stop },
		Mark: func(context.Context, payment.Mark) error { return stop },
	}), time.Hour)
	defer cancel()
	inner := &fake{}
	_, _ = rec.payer(inner).Pay(ctx, request(t))
	if err := payment.CheckGate(inner.ctx); !errors.Is(err, stop) {
		t.Errorf("the gate is lost: %v", err)
	}
	if err := payment.RecordMark(inner.ctx, payment.Mark{}); !errors.Is(err, stop) {
		t.Errorf("the marks are lost: %v", err)
	}
	want, _ := ctx.Deadline()
	if got, _ := inner.ctx.Deadline(); !got.Equal(want) {
		t.Errorf("deadline %v, want %v", got, want)
	}
	if got, want := trace.SpanContextFromContext(inner.ctx).SpanID(), rec.spans.GetSpans()[0].SpanContext.SpanID(); got != want {
		t.Errorf("span %v inside, want %v", got, want)
	}
}

// TestPanic: the panic goes on, and its text, which may hold anything, stays out of the span.
func TestPanic(t *testing.T) {
	rec := newRecorder(t)
	p := rec.payer(&fake{do: func() { panic(words) }})
	func() {
		defer func() {
			if got := recover(); got != words {
				t.Errorf("recovered %v", got)
			}
		}()
		_, _ = p.Pay(t.Context(), request(t))
	}()
	want := []string{"till pay | internal | Error | error.type=panic supplierpay.operation=pay supplierpay.outcome=unknown " +
		"supplierpay.payment.method=cash supplierpay.payment.next=lookup supplierpay.provider=till"}
	if diff := cmp.Diff(want, rec.spanLines()); diff != "" {
		t.Error(diff)
	}
}

// TestPrepare is handed through as it is, without a span.
func TestPrepare(t *testing.T) {
	rec := newRecorder(t)
	inner := &fake{}
	req := request(t)
	want, _ := inner.Prepare(req)
	got, err := rec.payer(inner).Prepare(req)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if lines := rec.spanLines(); len(lines) != 0 {
		t.Error(lines)
	}
}
