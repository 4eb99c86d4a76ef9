package musement

import (
	"context"
	"fmt"
	"net/http"

	"github.com/supplierpay/supplierpay-go/internal/wire"
	"github.com/supplierpay/supplierpay-go/payment"
)

// refCart is the cart's uuid in an attempt's Ref.
const refCart = "cart_uuid"

// Details is what a payment needs beside the order. Pass it by value as Request.Details. MethodNoPayment can do without,
// and must come without a card; but without the cart Lookup cannot prove that nothing was taken.
type Details struct {
	// CartUUID is the cart that the order was made of: the state of payment is read by it. MethodSplit needs it.
	CartUUID string
	// AdyenToken and StripeToken are what the gateway's script made of the card. MethodSplit needs one.
	AdyenToken  payment.Secret
	StripeToken payment.Secret
	// CardBrand, CardCountry (two letters), ClientIP and RedirectURL are sent along when they are set.
	CardBrand   string
	CardCountry string
	ClientIP    payment.Secret
	RedirectURL string
}

// PaymentDetails returns "musement".
func (Details) PaymentDetails() string { return provider }

// withoutCard reports whether nothing but the cart is set.
func (d Details) withoutCard() bool {
	return d.AdyenToken.IsZero() && d.StripeToken.IsZero() && d.CardBrand == "" && d.CardCountry == "" &&
		d.ClientIP.IsZero() && d.RedirectURL == ""
}

// splitRequest is the start of a card payment of the order.
func (d Details) splitRequest(orderUUID string) SplitPaymentRequest {
	return SplitPaymentRequest{
		OrderUUID: orderUUID, AdyenToken: d.AdyenToken, StripeToken: d.StripeToken, CardBrand: d.CardBrand,
		CardCountry: d.CardCountry, ClientIP: d.ClientIP, RedirectURL: d.RedirectURL,
	}
}

// Prepare checks the request: the order's uuid in lower case, an amount in the currency's minor units, which is above zero
// for a card, and the details that the method needs. The attempt's scope is the order; its Ref holds the cart's uuid and
// nothing of the card.
func (c *Client) Prepare(req payment.Request) (payment.Attempt, error) {
	a, _, err := c.prepare(req)
	if err != nil {
		return payment.Attempt{}, ours(err, "Prepare")
	}
	return a, nil
}

// prepare also returns the details that it checked.
func (c *Client) prepare(req payment.Request) (payment.Attempt, Details, error) {
	d, err := c.check(&req)
	if err != nil {
		return payment.Attempt{}, Details{}, err
	}
	a, err := payment.NewAttempt(req, req.OrderID, d.ref())
	return a, d, err
}

// ref are the facts of the details that an attempt keeps: nothing of the card.
func (d Details) ref() map[string]string {
	ref := map[string]string{}
	if d.CartUUID != "" {
		ref[refCart] = d.CartUUID
	}
	return ref
}

// check makes Musement's own checks, and fills the default method in.
func (c *Client) check(req *payment.Request) (Details, error) {
	if err := checkUUID("OrderID", req.OrderID); err != nil {
		return Details{}, err
	}
	if err := c.currencies.Check(req.Amount); err != nil {
		return Details{}, err
	}
	switch req.Method {
	case "", MethodNoPayment:
		req.Method = MethodNoPayment
		return noPaymentDetails(*req)
	case MethodSplit:
		return splitDetails(*req)
	default:
		return Details{}, payment.InvalidField("Method", "want no_payment or split")
	}
}

func noPaymentDetails(req payment.Request) (Details, error) {
	if req.Details == nil {
		return Details{}, nil
	}
	d, err := payment.DetailsOf[Details](req)
	switch {
	case err != nil:
		return Details{}, err
	case !d.withoutCard():
		return Details{}, payment.InvalidField("Details", "a card for a payment by no_payment, which takes none")
	case d.CartUUID == "":
		return d, nil
	default:
		return d, checkUUID("CartUUID", d.CartUUID)
	}
}

func splitDetails(req payment.Request) (Details, error) {
	d, err := payment.DetailsOf[Details](req)
	if err == nil {
		err = checkUUID("CartUUID", d.CartUUID)
	}
	if err == nil {
		err = d.splitRequest(req.OrderID).check()
	}
	if err == nil && !req.Amount.Decimal().IsPositive() {
		err = payment.InvalidField("Amount", "must be more than zero for a card")
	}
	return d, err
}

// Pay pays an order. It reads the order first and sends nothing when its total is not the amount asked for: Musement takes
// whatever the order costs. With the cart in the details it also makes sure that the cart is this order's and that nothing
// is paid or being paid yet. The payment itself is sent once.
//
// By MethodNoPayment the answer is final in most cases; Raw is an [Order]. By MethodSplit the answer is usually
// ActionRequired: bring the customer to Next, then call Continue; Raw is a [SplitPayment]. The Location of a redirect is
// in Next and is never contacted.
func (c *Client) Pay(ctx context.Context, req payment.Request) (payment.Payment, error) {
	ctx = payment.WithKey(ctx, req.Key)
	a, d, err := c.prepare(req)
	if err != nil {
		return payment.Payment{}, ours(err, "Pay")
	}
	if err := payment.RecordMark(ctx, c.FirstMark()); err != nil {
		return payment.Payment{}, &payment.Error{Provider: provider, Op: "Pay", Outcome: payment.NotSent,
			Message: "the payment could not be recorded and was not sent", Err: err}
	}
	if err := c.verify(ctx, a); err != nil {
		return payment.Payment{}, err
	}
	if a.Method == MethodSplit {
		p, err := c.StartSplitPayment(ctx, d.splitRequest(a.OrderID))
		if err != nil {
			return payment.Payment{}, err
		}
		return c.splitPayment(ctx, a, p), nil
	}
	o, status, err := c.payWithoutCollecting(ctx, a.OrderID)
	if err != nil {
		return payment.Payment{}, err
	}
	return confirmed(a, o, status)
}

// confirmed judges the order that the no-payment flow answered with. The answer itself says that the order is paid; only
// an order that says otherwise, or whose booking is in a state that nobody has seen after a payment, is left to order-info.
func confirmed(a payment.Attempt, o Order, status int) (payment.Payment, error) {
	p := payment.Payment{
		Provider: provider, OrderID: a.OrderID, Status: payment.Pending, MatchedBy: payment.MatchedByAnswer, Raw: o,
	}
	denied := o.IsPaid != nil && !*o.IsPaid
	if usual := o.Status == "" || o.Status == OrderPending || o.Status == OrderOK; usual && !denied && status != http.StatusAccepted {
		p.Status = payment.Succeeded
	}
	problem := &payment.Error{Provider: provider, Op: http.MethodPost + " " + noPaymentRoute, Status: status}
	if o.TotalPrice == nil || o.TotalPrice.empty() {
		return p, nil
	}
	total, err := o.Total()
	switch {
	case err != nil:
		p.Status = payment.Pending
		problem.Outcome, problem.Message, problem.Err = payment.Unknown, "the order's price cannot be read", err
		return p, problem
	case !total.Equal(a.Amount):
		p.Amount = total
		problem.Kind = payment.ErrAmountMismatch
		if p.Status == payment.Succeeded {
			problem.Outcome = payment.Accepted
		}
		problem.Message = fmt.Sprintf("asked for %s, the order costs %s", a.Amount, total)
		return p, problem
	}
	p.Amount = total
	return p, nil
}

// empty reports whether nothing but texts for display is there.
func (m Money) empty() bool { return m.Currency == "" && wire.IsEmpty([]byte(m.Value)) }

// splitPayment judges a good answer to a card payment's call. An answer that asks the customer for nothing says nothing
// about the money either; order-info does.
func (c *Client) splitPayment(ctx context.Context, a payment.Attempt, s SplitPayment) payment.Payment {
	p := payment.Payment{
		Provider: provider, OrderID: a.OrderID, Status: payment.Pending, MatchedBy: payment.MatchedByAnswer, Raw: s,
	}
	if next := s.next(); next != nil {
		p.Status, p.Next = payment.ActionRequired, next
		return p
	}
	if s.ThreeDSecure == nil {
		c.settle(ctx, a, &p)
	}
	return p
}

// settle asks order-info whether the payment just made stands, and only believes a yes: a no may be of yesterday. It
// reports whether it was a yes. The payment's answer is here by then, and must not lose its meaning because the caller
// leaves: only the time limit ends the question.
func (c *Client) settle(ctx context.Context, a payment.Attempt, p *payment.Payment) bool {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.readLimit)
	defer cancel()
	info, err := c.orderInfoOf(ctx, a)
	if err != nil || info.Payment.stage() != paid {
		return false
	}
	p.Status, p.MatchedBy, p.Next = payment.Succeeded, payment.MatchedByOrder, nil
	return true
}
