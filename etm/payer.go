package etm

import (
	"context"
	"errors"
	"net/http"

	"github.com/supplierpay/supplierpay-go/payment"
)

// Prepare checks the request: an order id, an amount above zero in the currency's minor units, no details. The default
// method is [MethodCash]. The attempt's scope is the order.
func (c *Client) Prepare(req payment.Request) (payment.Attempt, error) {
	a, err := c.prepare(&req)
	if err != nil {
		return payment.Attempt{}, ours(err, "Prepare")
	}
	return a, nil
}

// prepare fills the default method in.
func (c *Client) prepare(req *payment.Request) (payment.Attempt, error) {
	if err := c.check(req); err != nil {
		return payment.Attempt{}, err
	}
	return payment.NewAttempt(*req, req.OrderID, nil)
}

// check makes ETM's own checks, and fills the default method in.
func (c *Client) check(req *payment.Request) error {
	if err := checkOrderID(req.OrderID); err != nil {
		return err
	}
	if err := c.checkAmount(req.Amount); err != nil {
		return err
	}
	if req.Method == "" {
		req.Method = MethodCash
	}
	if err := checkID("Method", string(req.Method)); err != nil {
		return err
	}
	if req.Details != nil {
		return payment.InvalidField("Details", "given, but ETM needs none")
	}
	return nil
}

// Pay pays for the whole order. Unless the client was made [WithoutOrderCheck], it reads the order first and sends nothing
// when the order is not one that waits for exactly this payment. The payment is sent once. Raw is a [PaymentResponse].
//
// Its answer has neither an id nor an amount.
func (c *Client) Pay(ctx context.Context, req payment.Request) (payment.Payment, error) {
	ctx = payment.WithKey(ctx, req.Key)
	a, err := c.prepare(&req)
	if err != nil {
		return payment.Payment{}, ours(err, "Pay")
	}
	if c.verify {
		if err := c.verifyOrder(ctx, a); err != nil {
			return payment.Payment{}, err
		}
	}
	resp, err := c.CreatePayment(ctx, CreatePaymentRequest{OrderID: a.OrderID, FOPType: a.Method, Amount: a.Amount})
	p := payment.Payment{
		Provider: provider, OrderID: a.OrderID, Status: payment.Pending, MatchedBy: payment.MatchedByAnswer, Raw: resp,
	}
	switch {
	case err == nil && resp.Paid():
		p.Status = payment.Succeeded
		return p, nil
	case err == nil:
		return p, nil
	case resp.HTTPStatus != 0 && payment.OutcomeOf(err) == payment.Refused:
		p.Status, p.Reason = payment.Failed, resp.Payload.Status
		if p.Reason == "" || p.Reason == statusOK {
			p.Reason = resp.Status
		}
		return p, err
	default:
		return payment.Payment{}, err
	}
}

// Lookup asks ETM what became of an attempt: it reads the order. An order with tickets is paid, by whomever: MatchedBy is
// MatchedByOrder, Raw is the [Order], and Amount is unset since ETM does not say what it took. Nothing that ETM shows
// proves that nothing was taken: Lookup never returns ErrNoPayment, and every other order is ErrInconclusive. Ask again
// later, and in the end ask ETM's support.
func (c *Client) Lookup(ctx context.Context, a payment.Attempt) (payment.Payment, error) {
	ctx = payment.WithKey(ctx, a.Key)
	if err := checkOrderID(a.OrderID); err != nil {
		return payment.Payment{}, unasked(err, "Lookup")
	}
	o, err := c.GetOrder(ctx, a.OrderID)
	if err != nil {
		return payment.Payment{}, inconclusive(err)
	}
	at, ticketed := c.ticketed(o)
	if !ticketed {
		return payment.Payment{}, &payment.Error{
			Provider: provider, Op: "Lookup", Kind: payment.ErrInconclusive, Code: string(o.Status),
			Message: "the order shows no tickets, which proves nothing: they may follow the debit later",
		}
	}
	return payment.Payment{
		Provider: provider, OrderID: a.OrderID, Status: payment.Succeeded, At: at, MatchedBy: payment.MatchedByOrder, Raw: o,
	}, nil
}

// inconclusive adds to the error of a read that ETM did answer, but not with what it was asked for.
func inconclusive(err error) error {
	var e *payment.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound:
		return &payment.Error{Provider: provider, Op: "Lookup", Kind: payment.ErrInconclusive, Status: e.Status, Err: err}
	}
	return err
}
