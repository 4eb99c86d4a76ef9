package otelpay_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/httpcall"
	"github.com/supplierpay/supplierpay-go/payment/otelpay"
)

// odd makes tracers that start spans from another context than they get.
type odd struct {
	trace.TracerProvider
	from func(context.Context) context.Context
}

func (o odd) Tracer(name string, options ...trace.TracerOption) trace.Tracer {
	return oddTracer{o.TracerProvider.Tracer(name, options...), o.from}
}

type oddTracer struct {
	trace.Tracer
	from func(context.Context) context.Context
}

func (o oddTracer) Start(ctx context.Context, name string, options ...trace.SpanStartOption) (context.Context, trace.Span) {
	return o.Tracer.Start(o.from(ctx), name, options...)
}

// TestTracerWithAnotherContext: whatever a tracer returns, the payer inside and the call keep hooks
// and deadline and get the span, and a tracer's own values where they are beside the caller's.
func TestTracerWithAnotherContext(t *testing.T) {
	type mine struct{}
	stop := errors.New("stop")
	var older context.Context // of an earlier payment
	for name, test := range map[string]struct {
		from func(context.Context) context.Context
		want any // the tracer's own value
	}{
		"of its own":      {func(context.Context) context.Context { return context.Background() }, nil},
		"of another call": {func(context.Context) context.Context { return older }, nil},
		"without an end": {func(ctx context.Context) context.Context {
			return context.WithValue(context.WithoutCancel(ctx), mine{}, 1)
		}, 1},
		"cancelled": {func(ctx context.Context) context.Context {
			ctx, cancel := context.WithCancel(context.WithValue(ctx, mine{}, 1))
			cancel()
			return ctx
		}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			rec := newRecorder(t)
			first := &fake{}
			_, _ = rec.payer(first).Pay(t.Context(), request(t))
			older = first.ctx
			rec.spans.Reset()

			ctx, cancel := context.WithTimeout(payment.WithHooks(t.Context(), payment.Hooks{
				Gate: func() error { return stop },
				Mark: func(context.Context, payment.Mark) error { return stop },
			}), time.Hour)
			defer cancel()
			want, _ := ctx.Deadline()
			tracers := otelpay.WithTracerProvider(odd{rec.tracer, test.from})
			inner := &fake{}
			_, _ = rec.payer(inner, tracers).Pay(ctx, request(t))
			call, done := rec.observer(tracers)(ctx, createPayment)
			done(httpcall.NewResult(createPayment, nil))
			for i, got := range []context.Context{inner.ctx, call} {
				if payment.CheckGate(got) != stop || payment.RecordMark(got, payment.Mark{}) != stop { //nolint:errorlint // the very error
					t.Errorf("%d: the journal's hooks are lost", i)
				}
				if deadline, _ := got.Deadline(); !deadline.Equal(want) || got.Err() != nil {
					t.Errorf("%d: deadline %v, want %v; %v", i, deadline, want, got.Err())
				}
				if id := trace.SpanContextFromContext(got).SpanID(); id != rec.spans.GetSpans()[i].SpanContext.SpanID() {
					t.Errorf("%d: not the span of the call", i)
				}
				if got.Value(mine{}) != test.want {
					t.Errorf("%d: the tracer's value is %v, want %v", i, got.Value(mine{}), test.want)
				}
			}
			cancel()
			if inner.ctx.Err() == nil || call.Err() == nil {
				t.Error("a context outlives the caller's")
			}
		})
	}
}
