package payment

import "context"

// Hooks let a journal take part in a call of Pay, Continue or Lookup. Package once sets them; payers built on this module's
// clients obey them without more; a payer written from scratch calls [CheckGate] and [RecordMark] itself.
type Hooks struct {
	// Key is the key of the payment that the call is part of. It is for logs and observers.
	Key string
	// Gate returns an error when no more money may be moved, for instance because the journal's lease is over. It is
	// called before dialling and again at the first byte of every request that moves money. It must not block.
	Gate func() error
	// Mark records a step before it is taken. When it fails the step must not be taken.
	Mark func(ctx context.Context, m Mark) error
}

type hooksKey struct{}

// WithHooks returns a context that carries h into Pay and Continue, in place of hooks that ctx already had.
func WithHooks(ctx context.Context, h Hooks) context.Context {
	return context.WithValue(ctx, hooksKey{}, h)
}

// HooksOf returns the hooks of the context, the zero value when it has none.
func HooksOf(ctx context.Context) Hooks {
	h, _ := ctx.Value(hooksKey{}).(Hooks)
	return h
}

// WithKey returns a context whose hooks have this key, unless they have one already. Payers use it for calls that are made
// without a journal.
func WithKey(ctx context.Context, key string) context.Context {
	h := HooksOf(ctx)
	if h.Key != "" || key == "" {
		return ctx
	}
	h.Key = key
	return WithHooks(ctx, h)
}

// GateOf returns the gate of the context, or nil. It is for call layers that check it at the last moment.
func GateOf(ctx context.Context) func() error {
	return HooksOf(ctx).Gate
}

// CheckGate asks the gate of the context, if there is one. Call it right before a request that moves money; on an error
// send nothing and return it with outcome NotSent.
func CheckGate(ctx context.Context) error {
	if gate := GateOf(ctx); gate != nil {
		return gate()
	}
	return nil
}

// RecordMark tells the journal of the context, if there is one, that a step is about to be taken. On an error the step
// must not be taken. Lookup and Continue find the mark in [Attempt.Marks], in this process or a later one.
func RecordMark(ctx context.Context, m Mark) error {
	if h := HooksOf(ctx); h.Mark != nil {
		return h.Mark(ctx, m)
	}
	return nil
}
