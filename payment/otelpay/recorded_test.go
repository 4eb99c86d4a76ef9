package otelpay_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/httpcall"
	"github.com/supplierpay/supplierpay-go/payment/otelpay"
)

// recorder keeps what a test's spans and metrics say.
type recorder struct {
	tb     testing.TB
	spans  *tracetest.InMemoryExporter
	reader *sdkmetric.ManualReader
	tracer *sdktrace.TracerProvider
	meter  *sdkmetric.MeterProvider
}

func newRecorder(tb testing.TB) *recorder {
	tb.Helper()
	r := &recorder{tb: tb, spans: tracetest.NewInMemoryExporter(), reader: sdkmetric.NewManualReader()}
	r.tracer = sdktrace.NewTracerProvider(sdktrace.WithSyncer(r.spans))
	r.meter = sdkmetric.NewMeterProvider(sdkmetric.WithReader(r.reader))
	return r
}

func (r *recorder) options(more ...otelpay.Option) []otelpay.Option {
	return append([]otelpay.Option{otelpay.WithTracerProvider(r.tracer), otelpay.WithMeterProvider(r.meter)}, more...)
}

func (r *recorder) observer(more ...otelpay.Option) httpcall.Observer {
	r.tb.Helper()
	o, err := otelpay.NewObserver(r.options(more...)...)
	if err != nil {
		r.tb.Fatal(err)
	}
	return o
}

func (r *recorder) payer(inner payment.Payer, more ...otelpay.Option) payment.Payer {
	r.tb.Helper()
	p, err := otelpay.NewPayer(inner, r.options(more...)...)
	if err != nil {
		r.tb.Fatal(err)
	}
	return p
}

// print is a set of attributes on one line, in the order of their keys.
func print(list []attribute.KeyValue) string {
	set := attribute.NewSet(slices.Clone(list)...)
	var parts []string
	for _, kv := range set.ToSlice() {
		parts = append(parts, string(kv.Key)+"="+kv.Value.String())
	}
	return strings.Join(parts, " ")
}

// spanLines are the spans in the order in which they ended: name, kind, status, attributes.
func (r *recorder) spanLines() []string {
	var lines []string
	for _, s := range r.spans.GetSpans() {
		line := fmt.Sprintf("%s | %s | %s%s | %s", s.Name, s.SpanKind, s.Status.Code, s.Status.Description, print(s.Attributes))
		if len(s.Events) > 0 {
			line += fmt.Sprintf(" | %d events", len(s.Events))
		}
		lines = append(lines, line)
	}
	return lines
}

// metricLines are the points of all metrics: name, unit, value or count and sum, attributes.
func (r *recorder) metricLines() []string {
	r.tb.Helper()
	var lines []string
	for _, m := range r.metrics() {
		switch data := m.Data.(type) {
		case metricdata.Histogram[float64]:
			for _, p := range data.DataPoints {
				lines = append(lines, fmt.Sprintf("%s %s | %d | %s", m.Name, m.Unit, p.Count, print(p.Attributes.ToSlice())))
			}
		case metricdata.Sum[int64]:
			for _, p := range data.DataPoints {
				lines = append(lines, fmt.Sprintf("%s %s | %d | %s", m.Name, m.Unit, p.Value, print(p.Attributes.ToSlice())))
			}
		default:
			r.tb.Fatalf("%s has data of type %T", m.Name, m.Data)
		}
	}
	slices.Sort(lines)
	return lines
}

func (r *recorder) metrics() []metricdata.Metrics {
	r.tb.Helper()
	var all metricdata.ResourceMetrics
	if err := r.reader.Collect(r.tb.Context(), &all); err != nil {
		r.tb.Fatal(err)
	}
	var list []metricdata.Metrics
	for _, scope := range all.ScopeMetrics {
		list = append(list, scope.Metrics...)
	}
	return list
}
