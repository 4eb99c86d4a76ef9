package etm

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/supplierpay/supplierpay-go/internal/wire"
	"github.com/supplierpay/supplierpay-go/payment"
)

// verifyOrder reads the order and refuses to pay one that does not wait for exactly this payment. Nothing of the payment
// has been sent by then, so everything that it says is NotSent.
func (c *Client) verifyOrder(ctx context.Context, a payment.Attempt) error {
	ctx, cancel := context.WithTimeout(ctx, c.verifyLimit)
	defer cancel()
	o, err := c.GetOrder(ctx, a.OrderID)
	if err != nil {
		e := &payment.Error{Provider: provider, Op: "Pay", Outcome: payment.NotSent, Message: "the order could not be read first", Err: err}
		var read *payment.Error
		if errors.As(err, &read) {
			e.Kind = read.Kind
		}
		return e
	}
	if problem := c.unpayable(a, o); problem != nil {
		problem.Provider, problem.Op = provider, "Pay"
		return problem
	}
	return nil
}

// unpayable says why the order cannot be paid, or returns nil. What the order does not show is no leave to pay: a member
// that is missing is a problem like a wrong one. An order that may be paid is ErrAlreadyPaid, since the other sentinels say
// that another order, or another key, may be paid instead.
func (c *Client) unpayable(a payment.Attempt, o Order) *payment.Error {
	no := func(kind error, field, why string) *payment.Error {
		return &payment.Error{Outcome: payment.NotSent, Kind: kind, Field: field, Message: why}
	}
	stamp, repeated := wire.Member(o.Raw, "stamp_ticket")
	if len(stamp) == 0 || repeated {
		return no(payment.ErrAlreadyPaid, "OrderID", "the order does not show whether it has tickets: it may be paid")
	}
	switch {
	case string(stamp) != "null":
		return no(payment.ErrAlreadyPaid, "OrderID", "the order has tickets")
	case o.Status != StatusBooked: // what the other words mean is not documented: ticketing may be under way, paid for already
		return no(payment.ErrAlreadyPaid, "OrderID", fmt.Sprintf("the order's status is %q, not %q: it may be paid", o.Status, StatusBooked))
	case o.Currency != a.Amount.Currency():
		return no(payment.ErrCurrencyMismatch, "Currency", fmt.Sprintf("asked for %s, the order has %q", a.Amount.Currency(), o.Currency))
	}
	if why := c.lapsed(o.TimeTillTicket); why != "" {
		return no(payment.ErrOrderNotPayable, "OrderID", why)
	}
	price, err := o.Amount.money(c.currencies, o.Currency)
	switch {
	case err != nil:
		return no(payment.ErrOrderNotPayable, "Amount", "the order's amount cannot be read")
	case !price.Equal(a.Amount):
		return no(payment.ErrPriceChanged, "Amount", fmt.Sprintf("asked for %s, the order costs %s", a.Amount, price))
	}
	return nil
}

// The zones of the world: a stamp without one is an instant between these two.
const (
	easternmost = 14 * time.Hour
	westernmost = -12 * time.Hour
)

// lapsed says why the deadline cannot be trusted to lie ahead, or returns "". Without a zone the stamp alone is only good
// for what is true in all of them; between, the time left decides.
func (c *Client) lapsed(t TimeTillTicket) string {
	const over = "the time to pay is over"
	left, counted := t.left()
	if counted && left <= 0 {
		return over
	}
	utc, err := t.Stamp.In(time.UTC)
	if err != nil {
		if counted {
			return ""
		}
		return "the order does not show until when it can be paid"
	}
	now := c.now()
	if c.zone != nil {
		if at, err := t.Stamp.In(c.zone); err == nil && !now.Before(at) {
			return over
		}
		return ""
	}
	switch {
	case !now.Before(utc.Add(-westernmost)):
		return over
	case counted, now.Before(utc.Add(-easternmost)):
		return ""
	default:
		return "the order can be paid until " + string(t.Stamp) + ", in a zone that is not known: see WithTimeZone"
	}
}

// left adds up the time that ETM says is left; false when it does not say.
func (t TimeTillTicket) left() (time.Duration, bool) {
	const most = 100_000 // of each unit; far more than any order has
	var sum time.Duration
	for _, part := range []struct {
		text Text
		unit time.Duration
	}{{t.Days, 24 * time.Hour}, {t.Hours, time.Hour}, {t.Minutes, time.Minute}} {
		n, err := part.text.Int()
		if err != nil || n > most || n < -most {
			return 0, false
		}
		sum += time.Duration(n) * part.unit
	}
	return sum, true
}

// ticketed reports whether the order shows a time of ticketing: text that is one, and no other sign. The time is zero when
// its zone is not known.
func (c *Client) ticketed(o Order) (at time.Time, ok bool) {
	if o.StampTicket == nil {
		return time.Time{}, false
	}
	zone := c.zone
	if zone == nil {
		zone = time.UTC
	}
	at, err := o.StampTicket.In(zone)
	if err != nil || c.zone == nil {
		return time.Time{}, err == nil
	}
	return at, true
}
