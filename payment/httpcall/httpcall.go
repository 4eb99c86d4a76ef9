package httpcall

import (
	"context"
	"net/http"
	"time"
)

// Options change the calls that are made with a context. A login is made for all callers who wait for it: it takes neither
// Timeout nor Header, and OnResult tells it to the caller who began it, if that caller is still there.
type Options struct {
	// Timeout shortens the client's own limits: for a write the time to the header of its answer, for a read the time of
	// each try. It never lengthens them, because leases and proofs of non-payment count on the client's limits. 0 leaves
	// them alone, a negative one is an error of the call, like a wrong Header. A payment that is cut short is Unknown as
	// ever: a deadline for the caller belongs into the context.
	Timeout time.Duration
	// Header is sent besides the client's own. A key that the client or net/http sets itself, whatever its case, is an error
	// of the call, which is then not sent: NotSent, ErrInvalidRequest, field "Header". So is any key of a payment without a
	// body whose client has a RoundTripper of yours in place of the transport: with some headers net/http sends such a request
	// twice by itself.
	Header http.Header
	// OnResult is called after each call, on the goroutine that made it, before the method returns. It must not block or
	// panic. It may be called by several goroutines at once when the context is used so.
	OnResult func(Result)
}

type key struct{}

// With returns a context whose calls take o besides the options that ctx has: the shorter time-out counts, headers are
// added, and both OnResult are called, the older first.
func With(ctx context.Context, o Options) context.Context {
	return context.WithValue(ctx, key{}, From(ctx).and(o))
}

// Replace returns a context whose calls take o and nothing of the options that ctx has. Writers of payers use it for calls
// that are not made for one caller alone, such as logins.
func Replace(ctx context.Context, o Options) context.Context {
	return context.WithValue(ctx, key{}, o)
}

// From returns the options of a context. Writers of payers use it.
func From(ctx context.Context) Options {
	o, _ := ctx.Value(key{}).(Options)
	return o
}

// and returns both; neither is changed.
func (o Options) and(more Options) Options {
	if o.Timeout == 0 || more.Timeout != 0 && more.Timeout < o.Timeout {
		o.Timeout = more.Timeout
	}
	if len(more.Header) > 0 {
		sum := o.Header.Clone()
		if sum == nil {
			sum = make(http.Header, len(more.Header))
		}
		for k, values := range more.Header {
			sum[k] = append(sum[k], values...)
		}
		o.Header = sum
	}
	if first, second := o.OnResult, more.OnResult; first != nil && second != nil {
		o.OnResult = func(r Result) { first(r); second(r) }
	} else if second != nil {
		o.OnResult = second
	}
	return o
}
