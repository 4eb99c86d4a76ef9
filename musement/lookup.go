package musement

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/supplierpay/supplierpay-go/internal/wire"
	"github.com/supplierpay/supplierpay-go/payment"
)

// Lookup asks Musement what became of an attempt: by order-info where the cart is known, else by the order. Nobody can tell
// from either whose payment it is: MatchedBy is always MatchedByOrder, and another client may have made it.
//
// ErrNoPayment needs the cart, an order-info whose payment has failed or was cancelled, an order without a sign of
// payment, and the settling time over since the last call of the attempt: it needs the attempt's SentAt, and for a card
// payment the marks of a journal, since a completion may come long after Pay. It never comes after a 423, by which Musement
// has said that the order is paid, nor when an answer is not known ([payment.Attempt.AnswersKnown]), which may have been
// one: the failed payment that order-info shows may be an earlier one. A payment that has only begun ("created") proves nothing,
// and neither do items that are PENDING.
func (c *Client) Lookup(ctx context.Context, a payment.Attempt) (payment.Payment, error) {
	ctx = payment.WithKey(ctx, a.Key)
	if err := checkUUID("OrderID", a.OrderID); err != nil {
		return payment.Payment{}, unasked(err, "Lookup")
	}
	if a.Ref[refCart] == "" {
		return c.lookupOrder(ctx, a)
	}
	info, body, err := c.orderInfoWithBody(ctx, a)
	if err != nil {
		return payment.Payment{}, inconclusive(err)
	}
	switch info.Payment.stage() {
	case paid:
		return byOrder(a, payment.Succeeded, info), nil
	case returned:
		return byOrder(a, payment.Reversed, info), nil
	case inFlight:
		return byOrder(a, payment.Pending, info), nil
	case failed:
		return payment.Payment{}, c.noPayment(ctx, a, body)
	case open:
		return payment.Payment{}, noProof("the order shows a payment that may not have begun, and may still be made")
	default:
		return payment.Payment{}, noProof("the order's payment is in a state that is not known")
	}
}

// byOrder is what the state of the order's payment says.
func byOrder(a payment.Attempt, s payment.Status, info OrderInfo) payment.Payment {
	return payment.Payment{
		Provider: provider, OrderID: a.OrderID, Status: s, Reason: string(info.Payment.Status),
		MatchedBy: payment.MatchedByOrder, Raw: info,
	}
}

// lookupOrder reads the order, which can show a payment and never the lack of one.
func (c *Client) lookupOrder(ctx context.Context, a payment.Attempt) (payment.Payment, error) {
	o, err := c.GetOrder(ctx, a.OrderID)
	if err != nil {
		return payment.Payment{}, inconclusive(err)
	}
	if !shows(o, ItemOK) {
		return payment.Payment{}, noProof("the order shows no payment, which proves nothing without its cart")
	}
	p := payment.Payment{
		Provider: provider, OrderID: a.OrderID, Status: payment.Succeeded, MatchedBy: payment.MatchedByOrder, Raw: o,
	}
	if total, err := o.Total(); err == nil {
		p.Amount = total
	}
	return p, nil
}

// shows reports whether an order bears a sign of payment: its own word, an item in one of the states, or a voucher.
func shows(o Order, states ...ItemStatus) bool {
	return o.IsPaid != nil && *o.IsPaid || slices.ContainsFunc(o.Items, func(i OrderItem) bool {
		return len(i.Vouchers) > 0 || slices.Contains(states, i.Status)
	})
}

// noPayment decides whether a failed payment proves that nothing was taken and nothing will be. info is the body of the
// order-info.
func (c *Client) noPayment(ctx context.Context, a payment.Attempt, info []byte) error {
	switch {
	case !a.AnswersKnown():
		return noProof("the order's payment has failed, but an answer is not known that may have said that it is paid")
	case a.Method != MethodNoPayment && !marksComplete(a):
		return noProof("the order's payment has failed, but no journal says when the last completion was sent")
	case !c.settled(a, time.Now()):
		return noProof("the order's payment has failed, and a later one may be on its way")
	}
	if slices.ContainsFunc(a.Failures, func(f payment.Failure) bool { return f.Status == http.StatusLocked }) {
		return noProof("the order's payment has failed, but Musement has said that it is paid")
	}
	o, err := c.GetOrder(ctx, a.OrderID)
	if err != nil {
		return inconclusive(err)
	}
	if shows(o, ItemOK, ItemRefundStarted, ItemRefunded, ItemCancellationError) {
		return noProof("the order's payment has failed, but the order looks paid")
	}
	if wire.Unique(info) != nil || wire.Unique(o.Raw) != nil {
		return noProof("the order's payment has failed, but an answer has a member twice, or is not UTF-8")
	}
	return &payment.Error{Provider: provider, Op: "Lookup", Outcome: payment.Refused, Kind: payment.ErrNoPayment}
}

// settled reports whether nothing can come any more of the attempt's last call. A time that is not known is never over.
func (c *Client) settled(a payment.Attempt, now time.Time) bool {
	last := a.SentAt
	for _, m := range a.Marks {
		if m.Step == stepComplete && m.At.IsZero() {
			return false
		}
		if m.At.After(last) {
			last = m.At
		}
	}
	t := c.Timing()
	passed := now.Sub(last) // the sum of the two times could overflow
	return !a.SentAt.IsZero() && passed > t.LongestCall && passed-t.LongestCall > t.Settling
}

// inconclusive adds to the error of a read that Musement did answer, but not with what it was asked for.
func inconclusive(err error) error {
	var e *payment.Error
	if !errors.As(err, &e) {
		return err
	}
	switch {
	case e.Status == http.StatusUnauthorized, e.Status == http.StatusForbidden, e.Status == http.StatusNotFound,
		e.Field == "CartUUID":
		return &payment.Error{Provider: provider, Op: "Lookup", Kind: payment.ErrInconclusive, Err: err}
	default:
		return err
	}
}

func noProof(why string) error {
	return &payment.Error{Provider: provider, Op: "Lookup", Kind: payment.ErrInconclusive, Message: why}
}
