package call

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/supplierpay/supplierpay-go/internal/redact"
	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/httpcall"
)

// observedKey marks the context that an observer gets, with something that only this call has.
type observedKey struct{}

// observed is the context of a call with the values of what its observers made of it. When it ends is for the caller
// alone to say: without its deadline a payment could be sent that the caller has given up.
type observed struct {
	context.Context
	values context.Context
}

// Value returns the observers' value of key, which is the caller's where they have set none.
func (o *observed) Value(key any) any {
	return o.values.Value(key)
}

// observe tells the observers that op begins. It returns the context that they made and what to call at its end. A
// context that does not come from the call's own is left alone: without the journal's gate in it, a payment could be sent
// after its lease.
func (c *Client) observe(ctx context.Context, op *Operation) (context.Context, []func(httpcall.Result)) {
	if len(c.cfg.Observers) == 0 {
		return ctx, nil
	}
	about := c.about(op)
	mark := new(byte)
	caller := context.WithValue(ctx, observedKey{}, mark)
	ctx = caller
	var ends []func(httpcall.Result)
	for _, o := range c.cfg.Observers {
		made, end := o(ctx, about)
		if made != nil && made.Value(observedKey{}) == any(mark) {
			ctx = &observed{caller, made}
		}
		if end != nil {
			ends = append(ends, end)
		}
	}
	return ctx, ends
}

// report tells everybody who watches op what became of it: the observers, the last one first, then the caller.
func (c *Client) report(op *Operation, a *Answer, err error, start time.Time, ends []func(httpcall.Result), caller func(httpcall.Result)) {
	if len(ends) == 0 && caller == nil {
		return
	}
	r := c.result(op, a, err)
	r.Duration = time.Since(start)
	for i := len(ends) - 1; i >= 0; i-- {
		ends[i](r)
	}
	if caller != nil {
		caller(r)
	}
}

// result is what became of op. Its error is a copy, because the method that made the call may still complete its own. Its
// header and body are the answer's own: the body is a copy of the pooled buffer already, and nobody writes to either.
func (c *Client) result(op *Operation, a *Answer, err error) httpcall.Result {
	var answer func() (http.Header, []byte)
	if a != nil && a.Status != 0 && !op.Credential {
		header, body := a.Header, redact.Body(a.Body, op.Handover)
		answer = func() (http.Header, []byte) { return header, body }
	}
	r := httpcall.NewResult(c.about(op), answer)
	if a != nil {
		r.Status, r.RequestID, r.Tries = a.Status, a.RequestID, int(a.Tries)
	}
	r.Err = err
	var e *payment.Error
	if errors.As(err, &e) {
		if r.RequestID == "" {
			r.RequestID = e.RequestID
		}
	}
	if whole, ok := err.(*payment.Error); ok {
		own := *whole
		r.Err = &own
	}
	return r
}

func (c *Client) about(op *Operation) httpcall.Call {
	return httpcall.Call{
		Provider: c.cfg.Provider, Operation: op.Name, Method: op.Method, Route: op.Route, Write: op.Kind == Write,
		Key: op.hooks.Key,
	}
}
