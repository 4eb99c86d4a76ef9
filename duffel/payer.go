package duffel

import (
	"context"
	"fmt"
	"net/http"

	"github.com/supplierpay/supplierpay-go/payment"
)

// Details is what a payment by card needs. Pass it by value as Request.Details; the other methods need none.
type Details struct {
	// ThreeDSecureSessionID is the id of a 3-D Secure session that is ready for payment, "3ds_...".
	ThreeDSecureSessionID payment.Secret
}

// PaymentDetails returns "duffel".
func (Details) PaymentDetails() string { return provider }

// Prepare checks the request: an order id, an amount above zero in the currency's minor units, a method that Pay can do,
// details for a card and for nothing else. The attempt's scope is the order.
func (c *Client) Prepare(req payment.Request) (payment.Attempt, error) {
	a, err := c.prepare(&req)
	if err != nil {
		return payment.Attempt{}, ours(err, "Prepare")
	}
	return a, nil
}

// prepare fills the default method in.
func (c *Client) prepare(req *payment.Request) (payment.Attempt, error) {
	if err := checkID("OrderID", req.OrderID); err != nil {
		return payment.Attempt{}, err
	}
	if err := c.checkAmount(req.Amount); err != nil {
		return payment.Attempt{}, err
	}
	switch req.Method {
	case "":
		req.Method = MethodBalance
	case MethodBalance, MethodARCBSPCash, MethodCard:
	case MethodAirlineCredit:
		return payment.Attempt{}, payment.InvalidField("Method", "airline credits are for CreatePayment, in a split payment")
	default:
		return payment.Attempt{}, payment.InvalidField("Method", "want balance, arc_bsp_cash or card")
	}
	if err := checkDetails(*req); err != nil {
		return payment.Attempt{}, err
	}
	return payment.NewAttempt(*req, req.OrderID, nil)
}

func checkDetails(req payment.Request) error {
	if req.Method != MethodCard {
		if req.Details != nil {
			return payment.InvalidField("Details", fmt.Sprintf("given for a payment by %s, which needs none", req.Method))
		}
		return nil
	}
	d, err := payment.DetailsOf[Details](req)
	if err != nil {
		return err
	}
	return checkID("ThreeDSecureSessionID", d.ThreeDSecureSessionID.Reveal())
}

// Pay pays the whole order in one way. It sends the payment once. A payment that Duffel has not decided yet comes back as
// Pending with a nil error; one that failed or was cancelled comes with a refusal. Raw is a [Payment], or nil when Duffel
// only acknowledged the request.
func (c *Client) Pay(ctx context.Context, req payment.Request) (payment.Payment, error) {
	a, err := c.prepare(&req)
	if err != nil {
		return payment.Payment{}, ours(err, "Pay")
	}
	if c.verify {
		if err := c.verifyOrder(ctx, a); err != nil {
			return payment.Payment{}, err
		}
	}
	part := NewPayment{Type: req.Method, Amount: req.Amount}
	if d, ok := req.Details.(Details); ok {
		part.ThreeDSecureSessionID = d.ThreeDSecureSessionID
	}
	resp, err := c.CreatePayment(ctx, CreatePaymentRequest{OrderID: req.OrderID, Payment: &part})
	if err != nil {
		return payment.Payment{}, err
	}
	return paid(a, resp)
}

// paid judges a successful answer to the payment of a.
func paid(a payment.Attempt, resp PaymentResponse) (payment.Payment, error) {
	if resp.Payment == nil {
		return payment.Payment{
			Provider: provider, OrderID: a.OrderID, Status: payment.Pending,
			MatchedBy: payment.MatchedByAnswer, RequestID: resp.RequestID,
		}, nil
	}
	p := paymentOf(a, *resp.Payment, payment.MatchedByAnswer)
	p.RequestID = resp.RequestID
	problem := &payment.Error{
		Provider: provider, Op: "POST " + createRoute, Status: resp.Status, RequestID: resp.RequestID,
	}
	if resp.Status == http.StatusAccepted {
		p.Status = payment.Pending
	}
	if p.Status == payment.Failed || p.Status == payment.Cancelled {
		problem.Outcome, problem.Kind = payment.Refused, payment.ErrDeclined
		problem.Code, problem.Message = p.Reason, "the payment is "+string(p.Status)
		return p, problem
	}
	same, err := agrees(*resp.Payment, a.Amount)
	switch {
	case err != nil:
		p.Status = payment.Pending
		problem.Outcome, problem.Message, problem.Err = payment.Unknown, "the answer's amount cannot be read", err
		return p, problem
	case !same:
		problem.Outcome, problem.Kind = payment.Accepted, payment.ErrAmountMismatch
		problem.Message = fmt.Sprintf("asked for %s, the answer has %s", a.Amount, shown(p.Amount))
		return p, problem
	}
	return p, nil
}

func shown(m payment.Money) string {
	if m.IsUnset() {
		return "another currency"
	}
	return m.String()
}

// paymentOf turns Duffel's payment into ours. What cannot be read of the extras is left out.
func paymentOf(a payment.Attempt, d Payment, by payment.Match) payment.Payment {
	p := payment.Payment{
		Provider: provider, ID: d.ID, OrderID: a.OrderID, Status: d.Status.status(), MatchedBy: by, Raw: d,
	}
	if m, err := d.Money(); err == nil {
		p.Amount = m
	}
	if at, err := d.CreatedAt.Time(); err == nil {
		p.At = at
	}
	if d.FailureReason != nil {
		p.Reason = *d.FailureReason
	}
	return p
}

// agrees reports whether Duffel's payment is of the amount that was asked for. What Duffel leaves out is no difference.
func agrees(d Payment, want payment.Money) (bool, error) {
	if d.Amount != "" {
		got, err := d.Amount.Decimal()
		if err != nil {
			return false, err
		}
		if !got.Equal(want.Decimal()) {
			return false, nil
		}
	}
	return d.currency() == "" || d.currency() == want.Currency(), nil
}
