package paymenttest

import (
	"context"
	"errors"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/supplierpay/supplierpay-go/payment"
)

// invalidRequest is a way to spoil a request so that nothing of it may be sent.
type invalidRequest struct {
	name  string
	spoil func(r *payment.Request) error
}

func invalidRequests() []invalidRequest {
	set := func(name string, f func(r *payment.Request)) invalidRequest {
		return invalidRequest{name, func(r *payment.Request) error { f(r); return nil }}
	}
	return []invalidRequest{
		set("without a key", func(r *payment.Request) { r.Key = "" }),
		set("with a line break in the key", func(r *payment.Request) { r.Key += "\r\nX: y" }),
		set("with a key of a kilobyte", func(r *payment.Request) { r.Key = strings.Repeat("k", 1<<10) }),
		set("without an order", func(r *payment.Request) { r.OrderID = "" }),
		set("with a line break in the order", func(r *payment.Request) { r.OrderID += "\r\nX: y" }),
		set("without an amount", func(r *payment.Request) { r.Amount = payment.Money{} }),
		set("with the details of another provider", func(r *payment.Request) { r.Details = strangeDetails{} }),
		set("with a nil pointer for details", func(r *payment.Request) { r.Details = (*strangeDetails)(nil) }),
		{"with an amount too fine for its currency", func(r *payment.Request) error {
			minor, _ := payment.ISO4217().MinorUnits(r.Amount.Currency())
			fine, err := payment.MoneyFromDecimal(r.Amount.Decimal().Add(decimal.New(4, -int32(minor)-1)), r.Amount.Currency())
			r.Amount = fine
			return err
		}},
	}
}

// strangeDetails are those of no provider.
type strangeDetails struct{}

func (strangeDetails) PaymentDetails() string { return "paymenttest" }

// invalid hands a spoilt request to Prepare and to Pay.
func (b *bench) invalid(spoil func(*payment.Request) error) {
	payer := b.newPayer()
	req := b.h.Place()
	order := req.OrderID
	if err := spoil(&req); err != nil {
		b.errorf("the request cannot be spoilt: %v", err)
		return
	}
	first := b.arrived()
	_, err := payer.Prepare(req)
	b.refused("Prepare", err)
	var p payment.Payment
	b.call("Pay", func() { p, err = payer.Pay(context.Background(), req) })
	b.heard(p, err)
	b.refused("Pay", err)
	b.drain()
	if n := len(b.since(first)); n > 0 {
		b.errorf("%d requests were sent", n)
	}
	if taken := b.h.Taken(order); len(taken) > 0 {
		b.errorf("%v was taken", taken)
	}
}

// refused checks the error for a request that cannot be sent.
func (b *bench) refused(op string, err error) {
	var e *payment.Error
	switch {
	case err == nil:
		b.errorf("%s accepted the request", op)
	case payment.OutcomeOf(err) != payment.NotSent || !errors.Is(err, payment.ErrInvalidRequest):
		b.errorf("%s said %v, want ErrInvalidRequest that is NotSent", op, err)
	case !errors.As(err, &e) || e.Field == "":
		b.errorf("%s said %v, which names no field", op, err)
	}
	b.checkError(op, err)
}

// preparedTwice compares two attempts of one request, and of two that differ.
func (b *bench) preparedTwice() {
	payer := b.newPayer()
	req, other := b.h.Place(), b.h.Place()
	prepare := func(r payment.Request) payment.Attempt {
		a, err := payer.Prepare(r)
		if err != nil {
			b.errorf("Prepare of an order that can be paid: %v", err)
		}
		return a
	}
	a, same := prepare(req), prepare(req)
	switch {
	case a.Digest == "" || a.Digest != same.Digest:
		b.errorf("the digests of one request are %q and %q", a.Digest, same.Digest)
	case a.Key != req.Key || a.OrderID != req.OrderID || !a.Amount.Equal(req.Amount):
		b.errorf("the attempt %+v is not of the request %+v", a, req)
	}
	if a.Digest == prepare(other).Digest {
		b.errorf("two orders have one digest")
	}
	if n := b.arrived(); n > 0 {
		b.errorf("Prepare sent %d requests", n)
	}
}
