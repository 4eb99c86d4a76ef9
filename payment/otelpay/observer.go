package otelpay

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/supplierpay/supplierpay-go/payment/httpcall"
)

// observer is what all calls of a client share.
type observer struct {
	config
	tracer   trace.Tracer
	duration metric.Float64Histogram
	requests metric.Int64Counter
}

// NewObserver returns an observer for the option WithObserver of a client: a span and metrics for
// each HTTP call. One observer may serve any number of clients.
func NewObserver(options ...Option) (httpcall.Observer, error) {
	c, err := newConfig(options)
	if err != nil {
		return nil, err
	}
	o := &observer{config: c, tracer: c.tracer()}
	if o.duration, err = c.duration("supplierpay.call.duration", "Time of a call of a provider's API with all its tries."); err != nil {
		return nil, err
	}
	const requests = "supplierpay.call.requests"
	o.requests, err = c.meter().Int64Counter(requests, metric.WithUnit("{request}"), metric.WithDescription("HTTP requests that were made for the calls."))
	if err != nil {
		return nil, noInstrument(requests, err)
	}
	return o.observe, nil
}

func (o *observer) observe(ctx context.Context, c httpcall.Call) (context.Context, func(httpcall.Result)) {
	ctx, span := start(ctx, o.tracer, c.Provider+" "+c.Operation, trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(o.with(keyProvider.String(c.Provider), keyOperation.String(c.Operation), keyWrite.Bool(c.Write),
			semconv.HTTPRequestMethodKey.String(c.Method), semconv.URLTemplate(c.Route))...))
	return ctx, func(r httpcall.Result) { o.finish(ctx, span, c, r) }
}

// finish measures before it ends the span, so that an exemplar of the histogram can name the span.
func (o *observer) finish(ctx context.Context, span trace.Span, c httpcall.Call, r httpcall.Result) {
	learned := []attribute.KeyValue{keyOutcome.String(outcome(r.Err))}
	if r.Status != 0 {
		learned = append(learned, semconv.HTTPResponseStatusCode(r.Status))
	}
	if r.Err != nil {
		learned = append(learned, semconv.ErrorTypeKey.String(errorType(r.Err, r.Status)))
		span.SetStatus(codes.Error, "") // no description: the error's text may quote the provider
	}
	set := metric.WithAttributeSet(attribute.NewSet(append(o.with(keyProvider.String(c.Provider), keyOperation.String(c.Operation)), learned...)...))
	o.duration.Record(ctx, r.Duration.Seconds(), set)
	o.requests.Add(ctx, int64(r.Tries), set)

	span.SetAttributes(learned...)
	span.SetAttributes(text([]attribute.KeyValue{keyTries.Int(r.Tries)}, keyRequestID, r.RequestID)...)
	span.End()
}
