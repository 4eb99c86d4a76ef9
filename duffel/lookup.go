package duffel

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/supplierpay/supplierpay-go/internal/wire"
	"github.com/supplierpay/supplierpay-go/payment"
)

// lapse is how long after its payment deadline, or after its cancellation, an order counts as closed: for clocks that
// differ, and for a payment that was under way at that moment.
const lapse = time.Hour

// Lookup asks Duffel what became of an attempt: by the payment's id when it is known, then by the order and its payments.
// Without the id nobody can tell whose payment it is: MatchedBy is then MatchedByOrder, and another client may have made
// it. A payment that failed is reported only when its id is known to be ours, and the ID of a pending payment found by
// order is left empty, so that no journal follows the failure of a payment that another made.
//
// ErrNoPayment needs an order that was cancelled an hour ago, or is an hour past its deadline and no longer awaiting payment,
// and no payment of it that is pending or succeeded. A split payment is paid when all of its parts are, or the order says so.
// After a 5xx, after a success whose answer was lost, and after a request whose answer nobody knows, Duffel proves nothing,
// neither by a closed order nor by a payment that failed: the airline may have the payment; call Duffel's support with the
// request id. So an attempt that no journal kept must have the result of Pay: see [payment.Attempt.After].
//
// The amount of a payment that was found may differ from the attempt's: compare them.
func (c *Client) Lookup(ctx context.Context, a payment.Attempt) (payment.Payment, error) {
	ctx = payment.WithKey(ctx, a.Key)
	if err := checkID("OrderID", a.OrderID); err != nil {
		return payment.Payment{}, unasked(err, "Lookup")
	}
	parts, err := splitOf(a)
	if err != nil {
		return payment.Payment{}, unasked(err, "Lookup")
	}
	e := evidence{attempt: a}
	if parts != nil {
		a.PaymentID = "" // it could name one part only
	}
	if checkID("PaymentID", a.PaymentID) == nil {
		p, answer, err := c.getPayment(ctx, a.PaymentID)
		switch {
		case err == nil && (p.OrderID == "" || p.OrderID == a.OrderID):
			e.own, e.requestID = &p, answer.RequestID
			e.seen(answer.Body)
		case err != nil && answerStatus(err) != http.StatusNotFound:
			return payment.Payment{}, inconclusive(err)
		}
	}
	if e.own != nil && e.own.Status.status().Final() {
		return e.final()
	}
	// The order is read before its payments: a payment made between the two reads is then seen by the second.
	order, answer, err := c.getOrder(ctx, a.OrderID)
	if err != nil {
		return payment.Payment{}, inconclusive(err)
	}
	e.order = order
	e.seen(answer.Body)
	if e.requestID == "" {
		e.requestID = answer.RequestID
	}
	for p, err := range c.listPayments(ctx, ListPaymentsParams{OrderID: a.OrderID}, e.seen) {
		if err != nil {
			return payment.Payment{}, inconclusive(err)
		}
		if p.OrderID == "" || p.OrderID == a.OrderID {
			e.payments = append(e.payments, p)
		}
	}
	if parts != nil {
		return e.judgeSplit(parts, c.now())
	}
	return e.judge(c.now())
}

// inconclusive adds to the error of a read that Duffel did answer, but not with what it was asked for.
func inconclusive(err error) error {
	switch answerStatus(err) {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound:
		return &payment.Error{Provider: provider, Op: "Lookup", Kind: payment.ErrInconclusive, Err: err}
	}
	return err
}

// answerStatus returns the HTTP status of the answer that err is about, 0 when there was none.
func answerStatus(err error) int {
	var e *payment.Error
	if errors.As(err, &e) {
		return e.Status
	}
	return 0
}

// evidence is what Duffel shows of an attempt.
type evidence struct {
	attempt   payment.Attempt
	own       *Payment // the attempt's payment, by its id
	order     Order
	payments  []Payment // of the order
	requestID string
	// ambiguous is true when an answer can be read in more than one way: it then proves no absence.
	ambiguous bool
}

// seen looks at the whole body of an answer.
func (e *evidence) seen(body []byte) { e.ambiguous = e.ambiguous || wire.Unique(body) != nil }

// judge draws the conclusion, from the strongest sign to the weakest.
func (e *evidence) judge(now time.Time) (payment.Payment, error) {
	if e.findOwn() && e.own.Status.status().Final() {
		return e.final()
	}
	paid, pending, other := e.sort()
	switch {
	case e.own == nil && len(paid) > 0:
		return e.byOrder(paid[0]), nil
	case isSet(e.order.PaymentStatus.PaidAt) && (e.own == nil || len(paid)+len(pending)+len(other) == 0):
		return e.paidOrder(other), nil
	case e.own != nil:
		return e.ownPayment(), nil
	case len(pending) > 0:
		p := e.byOrder(pending[0])
		p.ID = ""
		return p, nil
	case len(other) > 0:
		return e.noProof("the order has a payment of another amount")
	default:
		return e.unpaid(now)
	}
}

// unpaid judges an order without any payment that was made or may be.
func (e *evidence) unpaid(now time.Time) (payment.Payment, error) {
	switch {
	case !e.closed(now):
		return e.noProof("the order shows no payment and is not closed")
	case e.attempt.PaymentID != "":
		return e.noProof("the payment that Duffel named is not found")
	}
	if why := e.doubt(); why != "" {
		return e.noProof(why)
	}
	if e.acknowledged() {
		return e.noProof("Duffel had answered the payment with a success: call its support with the request id before paying again")
	}
	return payment.Payment{}, &payment.Error{
		Provider: provider, Op: "Lookup", Outcome: payment.Refused, Kind: payment.ErrNoPayment, RequestID: e.requestID,
	}
}

// doubt says why the airline may have a payment that Duffel does not show, or returns "".
func (e *evidence) doubt() string {
	switch {
	case e.broken():
		return "Duffel failed during the payment: call its support with the request id before paying again"
	case !e.attempt.AnswersKnown():
		return "it is not known what Duffel answered to the payment: call its support before paying again"
	case e.ambiguous:
		return ambiguousAnswer
	default:
		return ""
	}
}

// final is the attempt's own payment when Duffel has decided it. A failure is believed only where nothing else of the
// attempt can have been taken.
func (e *evidence) final() (payment.Payment, error) {
	p := e.ownPayment()
	if why := e.doubt(); why != "" && p.Status != payment.Succeeded {
		return e.noProof("the payment is " + string(p.Status) + ", but " + why)
	}
	return p, nil
}

// findOwn looks for the attempt's own payment in the list when it was not found by its id.
func (e *evidence) findOwn() bool {
	for i, p := range e.payments {
		if e.own == nil && e.attempt.PaymentID != "" && p.ID == e.attempt.PaymentID {
			e.own = &e.payments[i]
		}
	}
	return e.own != nil
}

// sort divides the order's payments, without our own and without those that failed: made and of our amount, under way and
// of our amount, any other.
func (e *evidence) sort() (paid, pending, other []Payment) {
	for _, p := range e.payments {
		status := p.Status.status()
		if e.own != nil && p.ID == e.own.ID || status == payment.Failed || status == payment.Cancelled {
			continue
		}
		read, _ := p.Money() // unset when it cannot be read
		same, err := agrees(&p, read, e.attempt.Amount)
		switch {
		case err != nil || !same:
			other = append(other, p)
		case status == payment.Succeeded:
			paid = append(paid, p)
		default:
			pending = append(pending, p)
		}
	}
	return paid, pending, other
}

// ambiguousAnswer is why an answer proves nothing in which a member comes twice: the other one may say the opposite.
const ambiguousAnswer = "an answer of Duffel has a member twice, or is not UTF-8"

func (e *evidence) ownPayment() payment.Payment {
	p := paymentOf(e.attempt.OrderID, e.own, payment.MatchedByID)
	p.RequestID = e.requestID
	return p
}

func (e *evidence) byOrder(d Payment) payment.Payment {
	p := paymentOf(e.attempt.OrderID, &d, payment.MatchedByOrder)
	p.RequestID = e.requestID
	return p
}

// paidOrder is the order's own word that it is paid: by our own payment, or by the one that another amount was paid with.
func (e *evidence) paidOrder(other []Payment) payment.Payment {
	p := payment.Payment{
		Provider: provider, OrderID: e.attempt.OrderID, MatchedBy: payment.MatchedByOrder, RequestID: e.requestID,
	}
	switch {
	case e.own != nil:
		p = e.ownPayment()
		p.MatchedBy = payment.MatchedByOrder
	case len(other) == 1 && other[0].Status.status() == payment.Succeeded:
		p = e.byOrder(other[0])
	}
	p.Status = payment.Succeeded
	if at, err := e.order.PaymentStatus.PaidAt.Time(); err == nil {
		p.At = at
	}
	return p
}

func (e *evidence) noProof(why string) (payment.Payment, error) {
	return payment.Payment{}, &payment.Error{
		Provider: provider, Op: "Lookup", Kind: payment.ErrInconclusive, Message: why, RequestID: e.requestID,
	}
}

// closed reports whether the order cannot be paid any more. It reads the answer strictly: an odd member proves nothing, and
// neither does a passed deadline in the older shape, which has no word for a paid order.
func (e *evidence) closed(now time.Time) bool {
	var o struct {
		CancelledAt *Timestamp `json:"cancelled_at"`
		Status      struct {
			AwaitingPayment   *bool           `json:"awaiting_payment"`
			PaymentRequiredBy *Timestamp      `json:"payment_required_by"`
			PaidAt            json.RawMessage `json:"paid_at"`
		} `json:"payment_status"`
	}
	if err := json.Unmarshal(e.order.Raw, &o); err != nil {
		return false
	}
	long := now.Add(-lapse)
	paidAt := string(o.Status.PaidAt)
	if passed(o.CancelledAt, long) {
		return paidAt == "" || paidAt == "null"
	}
	unpaid := o.Status.AwaitingPayment != nil && !*o.Status.AwaitingPayment && paidAt == "null"
	return unpaid && passed(o.Status.PaymentRequiredBy, long)
}

// broken reports whether the payment ended in an answer after which the airline may have it although Duffel does not.
func (e *evidence) broken() bool {
	return slices.ContainsFunc(e.attempt.Failures, func(f payment.Failure) bool {
		return f.Status >= http.StatusInternalServerError && f.Outcome != payment.NotSent && !ofRead(f)
	})
}

// acknowledged reports whether the payment was answered with a success that could not be read, or that named no payment: the
// strongest sign that one exists, whatever a list shows. A call that ended in an error leaves a failure, unless nothing was
// sent; so an answer that left neither a failure nor an id was such a success.
func (e *evidence) acknowledged() bool {
	if a := e.attempt; a.Answered && len(a.Failures) == 0 && a.PaymentID == "" {
		return true
	}
	return slices.ContainsFunc(e.attempt.Failures, func(f payment.Failure) bool {
		return f.Status >= http.StatusOK && f.Status < http.StatusMultipleChoices && f.Outcome == payment.Unknown && !ofRead(f)
	})
}

func ofRead(f payment.Failure) bool { return strings.HasPrefix(f.Op, http.MethodGet+" ") }
