package otelpay_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/trace"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/httpcall"
	"github.com/supplierpay/supplierpay-go/payment/otelpay"
)

var createPayment = httpcall.Call{Provider: "duffel", Operation: "CreatePayment", Method: "POST", Route: "/air/payments", Write: true}

// words are the provider's: no span and no metric may have them.
const words = "Order ord_0000SECRET of Ann Example was declined"

func TestObserver(t *testing.T) {
	for name, test := range map[string]struct {
		status, tries int
		id            string
		err           error
		span          string
		metric        string // what it has besides the operation and the provider
	}{
		"good": {201, 1, "req-1", nil,
			"Unset | http.request.method=POST http.response.status_code=201 supplierpay.operation=CreatePayment supplierpay.outcome=ok " +
				"supplierpay.provider=duffel supplierpay.request_id=req-1 supplierpay.tries=1 supplierpay.write=true url.template=/air/payments",
			"http.response.status_code=201 supplierpay.operation=CreatePayment supplierpay.outcome=ok supplierpay.provider=duffel"},
		"refused": {422, 1, "req-2", &payment.Error{Outcome: payment.Refused, Kind: payment.ErrPriceChanged, Status: 422, Message: words},
			"Error | error.type=price_changed http.request.method=POST http.response.status_code=422 supplierpay.operation=CreatePayment " +
				"supplierpay.outcome=refused supplierpay.provider=duffel supplierpay.request_id=req-2 supplierpay.tries=1 supplierpay.write=true url.template=/air/payments",
			"error.type=price_changed http.response.status_code=422 supplierpay.operation=CreatePayment supplierpay.outcome=refused supplierpay.provider=duffel"},
		"no sentinel": {500, 1, "", &payment.Error{Status: 500, Message: words},
			"Error | error.type=500 http.request.method=POST http.response.status_code=500 supplierpay.operation=CreatePayment " +
				"supplierpay.outcome=unknown supplierpay.provider=duffel supplierpay.tries=1 supplierpay.write=true url.template=/air/payments",
			"error.type=500 http.response.status_code=500 supplierpay.operation=CreatePayment supplierpay.outcome=unknown supplierpay.provider=duffel"},
		"never connected": {0, 3, "", &payment.Error{Outcome: payment.NotSent, Kind: payment.ErrUnavailable, Message: words},
			"Error | error.type=unavailable http.request.method=POST supplierpay.operation=CreatePayment supplierpay.outcome=not sent " +
				"supplierpay.provider=duffel supplierpay.tries=3 supplierpay.write=true url.template=/air/payments",
			"error.type=unavailable supplierpay.operation=CreatePayment supplierpay.outcome=not sent supplierpay.provider=duffel"},
	} {
		t.Run(name, func(t *testing.T) {
			rec := newRecorder(t)
			_, done := rec.observer()(t.Context(), createPayment)
			r := httpcall.NewResult(createPayment, nil)
			r.Status, r.Tries, r.RequestID, r.Err, r.Duration = test.status, test.tries, test.id, test.err, 1500*time.Millisecond
			done(r)
			if diff := cmp.Diff([]string{"duffel CreatePayment | client | " + test.span}, rec.spanLines()); diff != "" {
				t.Error(diff)
			}
			want := []string{
				"supplierpay.call.duration s | 1 | " + test.metric,
				fmt.Sprintf("supplierpay.call.requests {request} | %d | %s", test.tries, test.metric),
			}
			if diff := cmp.Diff(want, rec.metricLines()); diff != "" {
				t.Error(diff)
			}
			for _, m := range rec.metrics() {
				if h, ok := m.Data.(metricdata.Histogram[float64]); ok && h.DataPoints[0].Sum != 1.5 {
					t.Errorf("%s has the sum %v, want 1.5", m.Name, h.DataPoints[0].Sum)
				}
			}
		})
	}
}

// TestObserverContext wants the span in the context that the call goes on with, below the caller's
// span, and nothing else of the context changed.
func TestObserverContext(t *testing.T) {
	rec := newRecorder(t)
	type mine struct{}
	ctx, parent := rec.tracer.Tracer("test").Start(context.WithValue(t.Context(), mine{}, "here"), "checkout")
	inside, done := rec.observer()(ctx, createPayment)
	done(httpcall.NewResult(createPayment, nil))
	parent.End()
	span := rec.spans.GetSpans()[0]
	if got := trace.SpanContextFromContext(inside).SpanID(); got != span.SpanContext.SpanID() {
		t.Errorf("the call's context has the span %v, want %v", got, span.SpanContext.SpanID())
	}
	if span.Parent.SpanID() != parent.SpanContext().SpanID() {
		t.Error("the span is not below the caller's")
	}
	if inside.Value(mine{}) != "here" {
		t.Error("the caller's value is lost")
	}
}

// TestObserverBoundsText gives ids that would break exporters.
func TestObserverBoundsText(t *testing.T) {
	rec := newRecorder(t)
	_, done := rec.observer()(t.Context(), createPayment)
	r := httpcall.NewResult(createPayment, nil)
	r.RequestID = strings.Repeat("x", 197) + "ä\xff and more"
	done(r)
	want := "supplierpay.request_id=" + strings.Repeat("x", 197) + "ä\uFFFD supplierpay.tries="
	if got := rec.spanLines()[0]; !strings.Contains(got, want) {
		t.Errorf("%q lacks %q", got, want)
	}
}

func TestObserverWithAttributes(t *testing.T) {
	rec := newRecorder(t)
	_, done := rec.observer(otelpay.WithAttributes(attribute.String("account", "eu")))(t.Context(), createPayment)
	done(httpcall.NewResult(createPayment, nil))
	for _, line := range append(rec.spanLines(), rec.metricLines()...) {
		if !strings.Contains(line, " account=eu ") && !strings.Contains(line, "| account=eu ") {
			t.Errorf("%q lacks the attribute", line)
		}
	}
}

// TestObserverTogether has many calls at once: under -race, and none may be counted for another.
func TestObserverTogether(t *testing.T) {
	rec := newRecorder(t)
	observe := rec.observer(otelpay.WithAttributes(attribute.String("account", "eu")))
	const callers, each = 8, 50
	var wg sync.WaitGroup
	for i := range callers {
		wg.Go(func() {
			for range each {
				c := createPayment
				c.Operation = fmt.Sprintf("Op%d", i)
				_, done := observe(t.Context(), c)
				r := httpcall.NewResult(c, nil)
				r.Tries = 2
				done(r)
			}
		})
	}
	wg.Wait()
	var want []string
	for i := range callers {
		attrs := fmt.Sprintf("account=eu supplierpay.operation=Op%d supplierpay.outcome=ok supplierpay.provider=duffel", i)
		want = append(want, fmt.Sprintf("supplierpay.call.duration s | %d | %s", each, attrs))
	}
	for i := range callers {
		attrs := fmt.Sprintf("account=eu supplierpay.operation=Op%d supplierpay.outcome=ok supplierpay.provider=duffel", i)
		want = append(want, fmt.Sprintf("supplierpay.call.requests {request} | %d | %s", 2*each, attrs))
	}
	if diff := cmp.Diff(want, rec.metricLines()); diff != "" {
		t.Error(diff)
	}
	if n := len(rec.spans.GetSpans()); n != callers*each {
		t.Errorf("%d spans, want %d", n, callers*each)
	}
}

func TestOptions(t *testing.T) {
	for field, option := range map[string]otelpay.Option{
		"TracerProvider": otelpay.WithTracerProvider(nil),
		"MeterProvider":  otelpay.WithMeterProvider(nil),
		"Attributes":     otelpay.WithAttributes(attribute.KeyValue{}),
	} {
		_, errObserver := otelpay.NewObserver(option)
		_, errPayer := otelpay.NewPayer(&fake{}, option)
		for _, err := range []error{errObserver, errPayer} {
			var e *payment.Error
			if !errors.As(err, &e) || e.Field != field || !errors.Is(err, payment.ErrInvalidRequest) {
				t.Errorf("%s: %v", field, err)
			}
		}
	}
	if _, err := otelpay.NewPayer(nil); !errors.Is(err, payment.ErrInvalidRequest) {
		t.Errorf("no payer: %v", err)
	}
}

// TestGlobalProviders: without options the global providers are used, and those that do nothing are
// fine.
func TestGlobalProviders(t *testing.T) {
	call := func() {
		t.Helper()
		observe, err := otelpay.NewObserver()
		if err != nil {
			t.Fatal(err)
		}
		_, done := observe(t.Context(), createPayment)
		done(httpcall.NewResult(createPayment, nil))
	}
	call()
	tracers, meters := otel.GetTracerProvider(), otel.GetMeterProvider()
	t.Cleanup(func() { otel.SetTracerProvider(tracers); otel.SetMeterProvider(meters) })
	rec := newRecorder(t)
	otel.SetTracerProvider(rec.tracer)
	otel.SetMeterProvider(rec.meter)
	call()
	if spans, metrics := len(rec.spanLines()), len(rec.metricLines()); spans != 1 || metrics != 2 {
		t.Errorf("%d spans and %d metrics, want 1 and 2", spans, metrics)
	}
}

var errNoInstrument = errors.New("no room")

// poor is a provider whose meter makes no instrument of the name that it lacks.
type poor struct {
	noop.MeterProvider
	lacks string
}

func (p poor) Meter(string, ...metric.MeterOption) metric.Meter { return poorMeter{lacks: p.lacks} }

type poorMeter struct {
	noop.Meter
	lacks string
}

func (m poorMeter) Float64Histogram(name string, _ ...metric.Float64HistogramOption) (metric.Float64Histogram, error) {
	return noop.Float64Histogram{}, m.check(name)
}

func (m poorMeter) Int64Counter(name string, _ ...metric.Int64CounterOption) (metric.Int64Counter, error) {
	return noop.Int64Counter{}, m.check(name)
}

func (m poorMeter) check(name string) error {
	if name == m.lacks {
		return errNoInstrument
	}
	return nil
}

func TestInstrumentErrors(t *testing.T) {
	for _, name := range []string{"supplierpay.call.duration", "supplierpay.call.requests", "supplierpay.payment.duration"} {
		option := otelpay.WithMeterProvider(poor{lacks: name})
		_, errObserver := otelpay.NewObserver(option)
		_, errPayer := otelpay.NewPayer(&fake{}, option)
		err := errors.Join(errObserver, errPayer)
		if !errors.Is(err, errNoInstrument) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
		if payment.OutcomeOf(err) != payment.NotSent {
			t.Errorf("%s: outcome %v", name, payment.OutcomeOf(err))
		}
	}
}
