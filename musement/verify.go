package musement

import (
	"context"
	"errors"

	"github.com/supplierpay/supplierpay-go/payment"
)

// verify reads what is about to be paid and refuses what would take another amount, or take it twice. Nothing of the
// payment has been sent by then, so everything that it says is NotSent.
func (c *Client) verify(ctx context.Context, a payment.Attempt) error {
	ctx, cancel := context.WithTimeout(ctx, c.readLimit)
	defer cancel()
	o, err := c.GetOrder(ctx, a.OrderID)
	if err != nil {
		return notVerified(err, "the order could not be read first")
	}
	if problem := unpayable(a, o); problem != nil {
		return problem
	}
	if a.Ref[refCart] == "" {
		return nil
	}
	info, err := c.orderInfoOf(ctx, a)
	if err != nil {
		return notVerified(err, "the state of payment could not be read first")
	}
	switch info.Payment.stage() {
	case paid, returned, inFlight:
		return refused(payment.ErrAlreadyPaid, "OrderID", "the order's payment is "+string(info.Payment.Status))
	case open, failed:
		return nil
	default:
		return refused(payment.ErrOrderNotPayable, "OrderID", "the state of the order's payment is unclear: "+string(info.Payment.Status))
	}
}

// notVerified is a failed read before the payment: unlike other reads it proves that the payment was not sent.
func notVerified(err error, what string) error {
	e := &payment.Error{Provider: provider, Op: "Pay", Outcome: payment.NotSent, Message: what, Err: err}
	var read *payment.Error
	if errors.As(err, &read) {
		e.Kind, e.Field = read.Kind, read.Field
	}
	return e
}

func refused(kind error, field, why string) *payment.Error {
	return &payment.Error{Provider: provider, Op: "Pay", Outcome: payment.NotSent, Kind: kind, Field: field, Message: why}
}

// unpayable says why the order must not be paid as asked, or returns nil.
func unpayable(a payment.Attempt, o Order) error {
	if o.IsPaid != nil && *o.IsPaid {
		return refused(payment.ErrAlreadyPaid, "OrderID", "the order is paid")
	}
	total, err := o.Total()
	switch {
	case err != nil:
		e := refused(payment.ErrOrderNotPayable, "Amount", "the order's price cannot be read, so that nobody knows what would be taken")
		e.Err = err
		return e
	case total.Currency() != a.Amount.Currency():
		return refused(payment.ErrCurrencyMismatch, "Amount", "the order is priced in "+total.Currency())
	case !total.Equal(a.Amount):
		return refused(payment.ErrPriceChanged, "Amount", "the order costs "+total.String())
	default:
		return nil
	}
}
