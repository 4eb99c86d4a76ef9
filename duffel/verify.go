package duffel

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/supplierpay/supplierpay-go/payment"
)

// verifyOrder reads the order and refuses to pay what Duffel would refuse, or what would have another price. Nothing of
// the payment has been sent by then, so everything that it says is NotSent.
func (c *Client) verifyOrder(ctx context.Context, req *payment.Request) error {
	ctx, cancel := context.WithTimeout(ctx, c.verifyLimit)
	defer cancel()
	o, answer, err := c.getOrder(ctx, req.OrderID)
	if err != nil {
		return notVerified(err)
	}
	problem := c.unpayable(req, &o)
	if problem == nil {
		return nil
	}
	problem.Provider, problem.Op, problem.RequestID = provider, "Pay", answer.RequestID
	return problem
}

// notVerified is a failed read before the payment: unlike other reads it proves that the payment was not sent.
func notVerified(err error) error {
	e := &payment.Error{Provider: provider, Op: "Pay", Outcome: payment.NotSent, Message: "the order could not be read first", Err: err}
	var read *payment.Error
	if errors.As(err, &read) {
		e.Kind = read.Kind
	}
	return e
}

// unpayable says why the order cannot be paid, or returns nil. What the answer leaves open is left to Duffel.
func (c *Client) unpayable(req *payment.Request, o *Order) *payment.Error {
	no := func(kind error, field, why string) *payment.Error {
		return &payment.Error{Outcome: payment.NotSent, Kind: kind, Field: field, Message: why}
	}
	status := o.PaymentStatus
	switch {
	case isSet(status.PaidAt): // before all others: an order that was paid and then cancelled is no order without a payment
		return no(payment.ErrAlreadyPaid, "OrderID", "the order is paid")
	case o.Type == OrderInstant:
		return no(payment.ErrOrderNotPayable, "OrderID", "not a hold order")
	case isSet(o.CancelledAt):
		return no(payment.ErrOrderNotPayable, "OrderID", "the order is cancelled")
	case !status.AwaitingPayment && o.awaitsNone() && !passed(status.PaymentRequiredBy, c.now().Add(-lapse)):
		return no(payment.ErrAlreadyPaid, "OrderID", "the order awaits no payment; one may be under way")
	case passed(status.PaymentRequiredBy, c.now()):
		return no(payment.ErrOrderNotPayable, "OrderID", "the time to pay is over")
	}
	total, err := o.price(req.Method)
	switch {
	case err != nil:
		problem := no(payment.ErrOrderNotPayable, "Amount", "the order's price cannot be read")
		problem.Err = err
		return problem
	case total.Currency() != req.Amount.Currency():
		return no(payment.ErrCurrencyMismatch, "Amount", "the order is priced in "+total.Currency())
	case !total.Equal(req.Amount):
		return no(payment.ErrPriceChanged, "Amount", "the order costs "+total.String())
	}
	return nil
}

// awaitsNone reports whether the order says that it awaits no payment. One without the word says nothing.
func (o Order) awaitsNone() bool {
	var says struct {
		Status struct {
			AwaitingPayment *bool `json:"awaiting_payment"`
		} `json:"payment_status"`
	}
	err := json.Unmarshal(o.Raw, &says)
	return err == nil && says.Status.AwaitingPayment != nil && !*says.Status.AwaitingPayment
}

// price is what the order costs when it is paid in this way: by card what it was last priced for, if it was.
func (o Order) price(method payment.Method) (payment.Money, error) {
	if method == MethodCard && len(o.IntendedPaymentMethods) > 0 {
		return o.Charges()
	}
	return o.Total()
}
