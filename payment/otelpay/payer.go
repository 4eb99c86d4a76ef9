package otelpay

import (
	"context"
	"errors"
	"slices"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/supplierpay/supplierpay-go/payment"
)

// payer watches another one. It changes neither requests nor answers.
type payer struct {
	config
	inner    payment.Payer
	provider string
	tracer   trace.Tracer
	duration metric.Float64Histogram
}

// continuer is a payer around a [payment.Continuer].
type continuer struct {
	*payer
	second payment.Continuer
}

// NewPayer returns a payer that does what inner does, with a span and metrics for each Pay, Lookup
// and Continue. It is a [payment.Continuer] and [payment.Timed] exactly when inner is.
//
// Around a client it shows what the provider answered, also to the lookups of package once; around
// a payer of package once it shows what the callers got, a payment in progress among it. What else
// a *once.Payer can do, such as Reconcile, stays with the *once.Payer.
func NewPayer(inner payment.Payer, options ...Option) (payment.Payer, error) {
	if inner == nil {
		return nil, payment.InvalidField("inner", "nil")
	}
	c, err := newConfig(options)
	if err != nil {
		return nil, err
	}
	p := &payer{config: c, inner: inner, provider: inner.Provider(), tracer: c.tracer()}
	if p.duration, err = c.duration("supplierpay.payment.duration", "Time of Pay, Lookup and Continue."); err != nil {
		return nil, err
	}
	second, continues := inner.(payment.Continuer)
	timed, isTimed := inner.(payment.Timed)
	switch {
	case continues && isTimed:
		return struct {
			*continuer
			payment.Timed
		}{&continuer{p, second}, timed}, nil
	case continues:
		return &continuer{p, second}, nil
	case isTimed:
		return struct {
			*payer
			payment.Timed
		}{p, timed}, nil
	default:
		return p, nil
	}
}

// Unwrap implements [payment.Unwrapper].
func (p *payer) Unwrap() payment.Payer { return p.inner }

// Provider returns the name of the payer inside.
func (p *payer) Provider() string { return p.inner.Provider() }

// Prepare is Prepare of the payer inside.
func (p *payer) Prepare(req payment.Request) (payment.Attempt, error) { return p.inner.Prepare(req) }

// Pay is Pay of the payer inside.
func (p *payer) Pay(ctx context.Context, req payment.Request) (payment.Payment, error) {
	// Prepare knows the default method. One that it turns down is the caller's text and would not
	// do as an attribute.
	a, err := p.inner.Prepare(req)
	if err != nil {
		a = payment.Attempt{Key: req.Key, OrderID: req.OrderID}
	}
	return p.watch(ctx, "pay", a, func(ctx context.Context) (payment.Payment, error) { return p.inner.Pay(ctx, req) })
}

// Lookup is Lookup of the payer inside.
func (p *payer) Lookup(ctx context.Context, a payment.Attempt) (payment.Payment, error) {
	return p.watch(ctx, "lookup", a, func(ctx context.Context) (payment.Payment, error) { return p.inner.Lookup(ctx, a) })
}

// Continue is Continue of the payer inside.
func (c *continuer) Continue(ctx context.Context, a payment.Attempt, k payment.Continuation) (payment.Payment, error) {
	return c.watch(ctx, "continue", a, func(ctx context.Context) (payment.Payment, error) { return c.second.Continue(ctx, a, k) })
}

// CloseIdleConnections closes those of the payer inside, if it has any.
func (p *payer) CloseIdleConnections() {
	if c, ok := p.inner.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// watch makes one call with a span around it.
func (p *payer) watch(ctx context.Context, op string, a payment.Attempt, call func(context.Context) (payment.Payment, error)) (pay payment.Payment, err error) {
	common := text(p.with(keyProvider.String(p.provider), keyOperation.String(op)), keyMethod, string(a.Method))
	ctx, span := start(ctx, p.tracer, p.provider+" "+op, trace.WithAttributes(common...))
	if p.ids {
		span.SetAttributes(text(text(nil, keyOrderID, a.OrderID), keyKey, a.Key)...)
	}
	began := time.Now()
	err = errPanicked // until the call has returned
	defer func() { p.finish(ctx, span, op, common, time.Since(began), pay, err) }()
	pay, err = call(ctx)
	return pay, err
}

// finish measures before it ends the span, so that an exemplar of the histogram can name the span.
func (p *payer) finish(ctx context.Context, span trace.Span, op string, common []attribute.KeyValue, took time.Duration, pay payment.Payment, err error) {
	requestID := pay.RequestID
	learned := []attribute.KeyValue{keyOutcome.String(outcome(err)), keyNext.String(string(payment.Next(pay, err).Action))}
	if pay.Status != "" {
		learned = append(learned, keyStatus.String(statusName(pay.Status)))
	}
	if err != nil {
		var e *payment.Error
		status := 0
		if errors.As(err, &e) {
			status = e.Status
			if requestID == "" {
				requestID = e.RequestID
			}
		}
		learned = append(learned, semconv.ErrorTypeKey.String(errorType(err, status)))
		answered := op == "lookup" && (errors.Is(err, payment.ErrNoPayment) || errors.Is(err, payment.ErrInconclusive))
		if !answered {
			span.SetStatus(codes.Error, "") // no description: the error's text may quote the provider
		}
	}
	p.duration.Record(ctx, took.Seconds(), metric.WithAttributeSet(attribute.NewSet(slices.Concat(common, learned)...)))

	span.SetAttributes(text(learned, keyRequestID, requestID)...)
	if p.ids {
		span.SetAttributes(text(nil, keyPaymentID, pay.ID)...)
	}
	span.End()
}
