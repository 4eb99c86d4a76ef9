package musement

import (
	"context"
	"fmt"

	"github.com/supplierpay/supplierpay-go/payment"
)

// The steps that are recorded. Journals keep these words: never change them.
const (
	stepBegin    = "begin"    // by Pay, before anything is sent: only after it the lack of the other mark can be proof
	stepComplete = "complete" // by Continue, before the call that takes the money of a card payment; the same mark each time
)

var _ payment.FirstMarker = (*Client)(nil)

// FirstMark returns the mark with which Pay begins. A journal may write it before it calls Pay.
func (c *Client) FirstMark() payment.Mark { return payment.Mark{Step: stepBegin} }

// marksComplete reports whether a completion that the attempt has no mark of was not sent.
func marksComplete(a payment.Attempt) bool {
	_, began := a.Marked(stepBegin)
	return began && !a.Incomplete
}

// Continuation is the second step of a card payment, after the customer has passed 3-D Secure. Pass it by value.
type Continuation struct {
	// PaymentIntentID is what Stripe's script returned; empty for Adyen.
	PaymentIntentID payment.Secret
}

// PaymentContinuation returns "musement".
func (Continuation) PaymentContinuation() string { return provider }

// Continue takes the money of a card payment that Pay has started: it records the mark "complete" in the journal of the
// context, sends Musement the completion once, and asks order-info what came of it. An order that is paid already is
// reported as such, and nothing is sent.
//
// A refusal has outcome Refused only for the first completion of an attempt of a journal. Where an earlier one may have been
// sent, which is also where the attempt has not even the mark with which Pay begins, the outcome is Unknown: that one may
// have been taken, and may be why this one is refused.
//
// A nil error is not "paid". Musement may ask for another round of 3-D Secure, which is ActionRequired again; a completion
// that order-info does not show yet is Pending.
func (c *Client) Continue(ctx context.Context, a payment.Attempt, cont payment.Continuation) (payment.Payment, error) {
	ctx = payment.WithKey(ctx, a.Key)
	second, err := checkContinue(a, cont)
	if err != nil {
		return payment.Payment{}, ours(err, "Continue")
	}
	p, done, err := c.paidBefore(ctx, a)
	if done || err != nil {
		return p, err
	}
	if err := payment.RecordMark(ctx, payment.Mark{Step: stepComplete}); err != nil {
		return payment.Payment{}, &payment.Error{Provider: provider, Op: "Continue", Outcome: payment.NotSent,
			Message: "the completion could not be recorded and was not sent", Err: err}
	}
	meaning := againMeaning
	if _, before := a.Marked(stepComplete); !before && marksComplete(a) {
		meaning = splitMeaning
	}
	s, err := c.complete(ctx, Complete3DSecureRequest{OrderUUID: a.OrderID, PaymentIntentID: second.PaymentIntentID}, meaning)
	if err != nil {
		return payment.Payment{}, err
	}
	// The answer to a completion has the shape of a challenge even when there is none: order-info is asked first.
	p = payment.Payment{
		Provider: provider, OrderID: a.OrderID, Status: payment.Pending, MatchedBy: payment.MatchedByAnswer, Raw: s,
	}
	if c.settle(ctx, a, &p) {
		return p, nil
	}
	if next := s.next(); next != nil {
		p.Status, p.Next = payment.ActionRequired, next
	}
	return p, nil
}

// checkContinue refuses what cannot be continued.
func checkContinue(a payment.Attempt, cont payment.Continuation) (Continuation, error) {
	if err := checkUUIDs("OrderID", a.OrderID, "CartUUID", a.Ref[refCart]); err != nil {
		return Continuation{}, err
	}
	if a.Method != MethodSplit {
		return Continuation{}, payment.InvalidField("Method", "only a payment by split has a second step")
	}
	second, ok := cont.(Continuation)
	if !ok {
		return Continuation{}, payment.InvalidField("Continuation", fmt.Sprintf("want a %T by value, got a %T", second, cont))
	}
	return second, nil
}

// paidBefore asks whether there is anything left to complete. It reports done when the order is paid, when the money went
// back, and when a payment is under way or its state is unclear: another completion might take it twice.
func (c *Client) paidBefore(ctx context.Context, a payment.Attempt) (payment.Payment, bool, error) {
	ctx, cancel := context.WithTimeout(ctx, c.readLimit)
	defer cancel()
	info, err := c.orderInfoOf(ctx, a)
	if err != nil {
		err = notVerified(err, "the state of payment could not be read before the completion")
		return payment.Payment{}, false, err
	}
	switch info.Payment.stage() {
	case open, failed:
		return payment.Payment{}, false, nil
	case paid:
		return byOrder(a, payment.Succeeded, info), true, nil
	case returned:
		return byOrder(a, payment.Reversed, info), true, nil
	default:
		return byOrder(a, payment.Pending, info), true, nil
	}
}
