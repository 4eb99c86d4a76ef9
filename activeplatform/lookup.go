package activeplatform

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
)

// Lookup asks the platform what became of an attempt: by the payment's id when it is known, else by the marker that its
// comment carries. It uses the API that the attempt was made with.
//
// A completed payment has Succeeded, one that waits Pending. A payment that is cancelled, or whose amount, account or
// currency is no longer what was asked for, is ErrInconclusive: the customer may have edited it, or joined it into another
// that is paid. So are several payments with the marker, and none: only [WithAbsenceProof] turns none into ErrNoPayment.
func (c *Client) Lookup(ctx context.Context, a payment.Attempt) (payment.Payment, error) {
	ctx = payment.WithKey(ctx, a.Key)
	api, err := c.family(a)
	if err != nil {
		return payment.Payment{}, unasked(err, "Lookup")
	}
	if err := checkID("OrderID", ID(a.OrderID)); err != nil {
		return payment.Payment{}, unasked(err, "Lookup")
	}
	if a.PaymentID == "" {
		return c.lookupMarker(ctx, api, a)
	}
	if err := checkID("PaymentID", ID(a.PaymentID)); err != nil {
		return payment.Payment{}, unasked(err, "Lookup")
	}
	t, err := api.get(ctx, ID(a.PaymentID))
	if err != nil {
		return payment.Payment{}, inconclusive(err)
	}
	return c.judge(a, t, payment.MatchedByID)
}

// inconclusive adds to the error of a read that the platform did answer, but not with what it was asked for.
func inconclusive(err error) error {
	var e *payment.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound:
		return &payment.Error{Provider: provider, Op: "Lookup", Kind: payment.ErrInconclusive, Err: err}
	}
	return err
}

// noProof is what Lookup answers when the platform shows neither payment nor its absence.
func noProof(why string, cause error) (payment.Payment, error) {
	return payment.Payment{}, &payment.Error{
		Provider: provider, Op: "Lookup", Kind: payment.ErrInconclusive, Message: why, Err: cause,
	}
}

// judge says what a payment that is the attempt's shows.
func (c *Client) judge(a payment.Attempt, t topUp, by payment.Match) (payment.Payment, error) {
	p := c.paymentOf(a, t, by)
	same, err := agrees(a, t, p.Amount)
	switch {
	case t.status == StatusCancelled:
		return noProof(cancelledProvesNothing, nil)
	case err != nil:
		return noProof("the payment's amount cannot be read", err)
	case t.account != "" && t.account != ID(a.OrderID):
		return noProof("the payment is of another account now", nil)
	case !same:
		return noProof("the payment is of another amount now", nil)
	}
	return p, nil
}

// lookupMarker looks for the one payment with the attempt's marker.
func (c *Client) lookupMarker(ctx context.Context, api family, a payment.Attempt) (payment.Payment, error) {
	marker := a.Ref[refMarker]
	if !markers.MatchString(marker) {
		return payment.Payment{}, unasked(payment.InvalidField("Ref", "has no marker: the attempt is not one of Prepare's"), "Lookup")
	}
	s := &search{account: ID(a.OrderID), marker: marker, asked: a.Amount.Decimal(), seen: map[ID]bool{}}
	if !a.SentAt.IsZero() {
		s.since = a.SentAt.Add(-clockMargin)
	}
	if err := s.run(ctx, api); err != nil {
		var broken *brokenSearch
		if errors.As(err, &broken) {
			return noProof(broken.why, nil)
		}
		return payment.Payment{}, inconclusive(err)
	}
	switch len(s.found) {
	case 0:
		return c.absent(a, s)
	case 1:
		return c.judge(a, s.found[0], payment.MatchedByMarker)
	default:
		return noProof("several payments carry the marker of the attempt's key: "+strings.Join(s.ids(), ", "), nil)
	}
}

// absent judges that no payment carries the marker. It is proof only when somebody has stated by when a payment shows,
// that time is over, and nothing hints at one that was made and changed since. An answer that nobody knows hinders no
// proof, and neither does a 5xx: the statement of [WithAbsenceProof] is about every call that reached the installation,
// and the marker is in the request. An attempt that lacks what was written of it is another matter: a success may be
// among that.
func (c *Client) absent(a payment.Attempt, s *search) (payment.Payment, error) {
	switch {
	case c.absence == 0:
		return noProof("no payment carries the marker, which proves nothing here: see WithAbsenceProof", nil)
	case a.SentAt.IsZero():
		return noProof("no payment carries the marker, and it is not known when the attempt began", nil)
	case c.now().Before(a.SentAt.Add(c.v1.LongestWrite() + c.absence)):
		return noProof("no payment carries the marker yet", nil)
	case a.Incomplete:
		return noProof("no payment carries the marker, but what is known of the attempt is incomplete", nil)
	case !c.made(a):
		return noProof("no payment carries the marker, but this client pays with another API than the attempt did", nil)
	case acknowledged(a):
		return noProof("no payment carries the marker, but the platform had answered with a success", nil)
	case s.ambiguous:
		return noProof("no payment carries the marker, but the list has a member twice, or is not UTF-8", nil)
	case s.hint != "":
		return noProof(fmt.Sprintf("no payment carries the marker, but payment %s of that time may be ours, edited or joined", s.hint), nil)
	}
	return payment.Payment{}, &payment.Error{
		Provider: provider, Op: "Lookup", Outcome: payment.Refused, Kind: payment.ErrNoPayment,
	}
}

// made reports whether this client pays with the API that the attempt was made with. Another client's right to see the
// payments of that API is not known, so what it does not see proves nothing.
func (c *Client) made(a payment.Attempt) bool {
	if c.reseller == "" {
		return a.Ref[refAPI] == apiV1
	}
	return a.Ref[refAPI] == apiV3 && a.Ref[refReseller] == string(c.reseller)
}

// acknowledged reports whether an answer of the attempt was a success, though one that could not be used.
func acknowledged(a payment.Attempt) bool {
	for _, f := range a.Failures {
		if f.Status >= 200 && f.Status < 300 && !strings.HasPrefix(f.Op, http.MethodGet+" ") {
			return true
		}
	}
	return false
}

// clockMargin is how far apart the clocks of the platform and of the journal may be.
const clockMargin = time.Hour
