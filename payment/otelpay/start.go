package otelpay

import (
	"context"

	"go.opentelemetry.io/otel/trace"
)

// startKey marks the context that a tracer gets, with a pointer that no other start has.
type startKey struct{}

// spanned is a context with the values of what a tracer made of it. Its end is its own: no tracer
// may move that.
type spanned struct {
	context.Context
	values context.Context
}

// Value returns the tracer's value of key, which is the caller's where it has set none.
func (s *spanned) Value(key any) any { return s.values.Value(key) }

// start begins a span and returns ctx with it. Of the tracer's own context it takes the values, and
// nothing when that does not come from ctx: the journal's gate and marks are in ctx, and a payment
// without them could be made twice.
func start(ctx context.Context, tracer trace.Tracer, name string, options ...trace.SpanStartOption) (context.Context, trace.Span) {
	mark := new(int)
	made, span := tracer.Start(context.WithValue(ctx, startKey{}, mark), name, options...)
	if made == nil || made.Value(startKey{}) != any(mark) {
		return trace.ContextWithSpan(ctx, span), span
	}
	return &spanned{ctx, made}, span
}
