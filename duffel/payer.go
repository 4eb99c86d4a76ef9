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
	// AirlineCredits pay a part each of the request's amount, and the card the rest; none pays all of it by card. Price the
	// order first: each amount is the credit's charge, and the request's amount the sum of all charges (see PriceOrder).
	// They are in one currency; for several use CreatePayment.
	AirlineCredits []CreditPart
}

// CreditPart is what an airline credit pays of a split payment.
type CreditPart struct {
	ID     string        // "acd_..."
	Amount payment.Money // the credit's charge, see PriceOrder
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
	d, err := c.check(req)
	if err != nil {
		return payment.Attempt{}, err
	}
	return payment.NewAttempt(*req, req.OrderID, creditsRef(d.AirlineCredits))
}

// check makes Duffel's own checks, and fills the default method in.
func (c *Client) check(req *payment.Request) (Details, error) {
	if err := checkID("OrderID", req.OrderID); err != nil {
		return Details{}, err
	}
	if err := c.checkAmount(req.Amount); err != nil {
		return Details{}, err
	}
	switch req.Method {
	case "":
		req.Method = MethodBalance
	case MethodBalance, MethodARCBSPCash, MethodCard:
	case MethodAirlineCredit:
		return Details{}, payment.InvalidField("Method", "airline credits go into the Details of a payment by card")
	default:
		return Details{}, payment.InvalidField("Method", "want balance, arc_bsp_cash or card")
	}
	return c.checkDetails(*req)
}

func (c *Client) checkDetails(req payment.Request) (Details, error) {
	if req.Method != MethodCard {
		if req.Details != nil {
			return Details{}, payment.InvalidField("Details", fmt.Sprintf("given for a payment by %s, which needs none", req.Method))
		}
		return Details{}, nil
	}
	d, err := payment.DetailsOf[Details](req)
	if err != nil {
		return Details{}, err
	}
	if err := checkID("ThreeDSecureSessionID", d.ThreeDSecureSessionID.Reveal()); err != nil {
		return Details{}, err
	}
	return d, c.checkCredits(req, d.AirlineCredits)
}

// Pay pays the whole order: in one way, or split over a card and airline credits. It sends the payment once. A payment that Duffel has not decided yet comes back as
// Pending with a nil error; one that failed or was cancelled comes with a refusal. Raw is a [Payment], or nil when Duffel
// only acknowledged the request. A split payment is Pending too, since Duffel does not document what it answers: ask
// Lookup.
func (c *Client) Pay(ctx context.Context, req payment.Request) (payment.Payment, error) {
	ctx = payment.WithKey(ctx, req.Key)
	if _, err := c.prepare(&req); err != nil {
		return payment.Payment{}, ours(err, "Pay")
	}
	if c.verify {
		if err := c.verifyOrder(ctx, &req); err != nil {
			return payment.Payment{}, err
		}
	}
	create, err := paymentRequest(req)
	if err != nil {
		return payment.Payment{}, ours(err, "Pay")
	}
	resp, err := c.CreatePayment(ctx, create)
	if err != nil {
		return payment.Payment{}, err
	}
	return paid(&req, &resp)
}

// paymentRequest turns a request that has been checked into Duffel's.
func paymentRequest(req payment.Request) (CreatePaymentRequest, error) {
	d, _ := req.Details.(Details)
	if len(d.AirlineCredits) > 0 {
		return splitRequest(req, d)
	}
	part := NewPayment{Type: req.Method, Amount: req.Amount, ThreeDSecureSessionID: d.ThreeDSecureSessionID}
	return CreatePaymentRequest{OrderID: req.OrderID, Payment: &part}, nil
}

// paid judges a successful answer to the payment of req.
func paid(req *payment.Request, resp *PaymentResponse) (payment.Payment, error) {
	if resp.Payment == nil {
		return payment.Payment{
			Provider: provider, OrderID: req.OrderID, Status: payment.Pending,
			MatchedBy: payment.MatchedByAnswer, RequestID: resp.RequestID,
		}, nil
	}
	p := paymentOf(req.OrderID, resp.Payment, payment.MatchedByAnswer)
	p.RequestID = resp.RequestID
	if resp.Status == http.StatusAccepted {
		p.Status = payment.Pending
	}
	if p.Status == payment.Failed || p.Status == payment.Cancelled {
		problem := resp.problem(payment.Refused, "the payment is "+string(p.Status))
		problem.Kind, problem.Code = payment.ErrDeclined, p.Reason
		return p, problem
	}
	same, err := agrees(resp.Payment, p.Amount, req.Amount)
	switch {
	case err != nil:
		p.Status = payment.Pending
		problem := resp.problem(payment.Unknown, "the answer's amount cannot be read")
		problem.Err = err
		return p, problem
	case !same:
		problem := resp.problem(payment.Accepted, fmt.Sprintf("asked for %s, the answer has %s", req.Amount, shown(p.Amount)))
		problem.Kind = payment.ErrAmountMismatch
		return p, problem
	}
	return p, nil
}

// problem is an error that a successful answer gives rise to.
func (r *PaymentResponse) problem(outcome payment.Outcome, message string) *payment.Error {
	return &payment.Error{
		Provider: provider, Op: "POST " + createRoute, Outcome: outcome, Status: r.Status, Message: message, RequestID: r.RequestID,
	}
}

func shown(m payment.Money) string {
	if m.IsUnset() {
		return "another currency"
	}
	return m.String()
}

// paymentOf turns Duffel's payment into ours. What cannot be read of the extras is left out.
func paymentOf(orderID string, d *Payment, by payment.Match) payment.Payment {
	p := payment.Payment{
		Provider: provider, ID: d.ID, OrderID: orderID, Status: d.Status.status(), MatchedBy: by, Raw: *d,
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
// read is the payment's amount, unset when it cannot be read or has no currency.
func agrees(d *Payment, read, want payment.Money) (bool, error) {
	if d.Amount == "" {
		return d.currency() == "" || d.currency() == want.Currency(), nil
	}
	if !read.IsUnset() {
		return read.Equal(want), nil
	}
	got, err := d.Amount.Decimal()
	if err != nil {
		return false, err
	}
	return got.Equal(want.Decimal()) && (d.currency() == "" || d.currency() == want.Currency()), nil
}
