package activeplatform

import (
	"context"
	"fmt"
	"net/http"
	"unicode/utf8"

	"github.com/supplierpay/supplierpay-go/internal/call"
	"github.com/supplierpay/supplierpay-go/payment"
)

// Details is what a payment may carry besides. It may be left out; pass it by value as Request.Details.
type Details struct {
	// ManagerID is the manager who is responsible for the payment. API v1 only.
	ManagerID ID
	// Purpose is printed on the receipt. API v3 only.
	Purpose string
}

// PaymentDetails returns "activeplatform".
func (Details) PaymentDetails() string { return provider }

// The keys of an attempt's Ref.
const (
	refAPI      = "api"      // which API the payment is made with: its ids are that API's
	refReseller = "reseller" // whose API v3
	refMarker   = "marker"

	apiV1 = "v1"
	apiV3 = "v3"
)

// Prepare checks the request: the account's id as OrderID, an amount above zero in the client's currency, no method. The
// attempt has no scope: every key is a top-up of its own. Its Ref names the API and the key's marker. The digest does not
// depend on the API: a client with [WithV3] knows the payments of one without it again.
func (c *Client) Prepare(req payment.Request) (payment.Attempt, error) {
	a, _, err := c.prepare(req)
	if err != nil {
		return payment.Attempt{}, ours(err, "Prepare")
	}
	return a, nil
}

// prepare also returns the details that it checked.
func (c *Client) prepare(req payment.Request) (payment.Attempt, Details, error) {
	d, err := c.check(req)
	if err != nil {
		return payment.Attempt{}, Details{}, err
	}
	a, err := payment.NewAttempt(req, "", nil)
	if err != nil {
		return payment.Attempt{}, Details{}, err
	}
	a.Ref = map[string]string{refAPI: apiV1, refMarker: markerOf(req.Key)} // for Lookup alone: no part of the digest
	if c.reseller != "" {
		a.Ref[refAPI], a.Ref[refReseller] = apiV3, string(c.reseller)
	}
	return a, d, nil
}

// check makes the platform's own checks.
func (c *Client) check(req payment.Request) (Details, error) {
	if err := checkID("OrderID", ID(req.OrderID)); err != nil {
		return Details{}, err
	}
	if err := c.checkTotal(req.Amount); err != nil {
		return Details{}, err
	}
	if req.Method != "" {
		return Details{}, payment.InvalidField("Method", "a top-up has no method")
	}
	if err := checkDescription(req.Description); err != nil {
		return Details{}, err
	}
	return c.details(req)
}

// checkDescription refuses text with a marker in it: it would be taken for another payment.
func checkDescription(s string) error {
	switch {
	case !utf8.ValidString(s):
		return payment.InvalidField("Description", "not UTF-8")
	case markers.MatchString(s):
		return payment.InvalidField("Description", "contains the marker of a payment")
	}
	return nil
}

func (c *Client) details(req payment.Request) (Details, error) {
	if req.Details == nil {
		return Details{}, nil
	}
	d, err := payment.DetailsOf[Details](req)
	if err != nil {
		return Details{}, err
	}
	switch {
	case d.ManagerID != "" && c.reseller != "":
		return Details{}, payment.InvalidField("ManagerID", "API v3 has none")
	case d.Purpose != "" && c.reseller == "":
		return Details{}, payment.InvalidField("Purpose", "API v1 has none")
	case !utf8.ValidString(d.Purpose):
		return Details{}, payment.InvalidField("Purpose", "not UTF-8")
	}
	return d, checkOptionalID("ManagerID", d.ManagerID)
}

// family returns the API that the attempt is made with.
func (c *Client) family(a payment.Attempt) (family, error) {
	switch {
	case a.Ref[refAPI] == apiV1:
		return familyV1{c}, nil
	case a.Ref[refAPI] == apiV3 && checkID("ResellerID", ID(a.Ref[refReseller])) == nil:
		return familyV3{c.V3(ID(a.Ref[refReseller]))}, nil
	default:
		return nil, payment.InvalidField("Ref", "does not name the API: the attempt is not one of Prepare's")
	}
}

// Pay makes one payment: a top-up that the account's owner, or the platform, has yet to complete. It is sent once. Unless
// the installation completes payments by itself the answer is Pending: ask Lookup until it is final. Raw is a [Payment],
// or a [PaymentV3] with [WithV3].
func (c *Client) Pay(ctx context.Context, req payment.Request) (payment.Payment, error) {
	ctx = payment.WithKey(ctx, req.Key)
	a, d, err := c.prepare(req)
	if err != nil {
		return payment.Payment{}, ours(err, "Pay")
	}
	var api family = familyV1{c}
	if c.reseller != "" {
		api = familyV3{c.V3(c.reseller)}
	}
	marker := a.Ref[refMarker]
	comment := marker
	if req.Description != "" {
		comment += " " + req.Description
	}
	t, answer, err := api.create(ctx, a, comment, d)
	if err != nil {
		return payment.Payment{}, err
	}
	return c.paid(a, marker, t, answer)
}

// paid judges a successful answer to the payment of a.
func (c *Client) paid(a payment.Attempt, marker string, t topUp, answer *call.Answer) (payment.Payment, error) {
	problem := func(message string) *payment.Error {
		return &payment.Error{Provider: provider, Op: "Pay", Status: answer.Status, Message: message}
	}
	if t.comment != "" && !t.marked(marker) {
		return payment.Payment{}, problem("the answer is for another payment")
	}
	p := c.paymentOf(a, t, payment.MatchedByAnswer)
	if answer.Status == http.StatusAccepted {
		p.Status = payment.Pending
	}
	if t.status == StatusCancelled {
		e := problem(cancelledProvesNothing)
		e.Kind = payment.ErrInconclusive
		return p, e
	}
	same, err := agrees(a, t, p.Amount)
	switch {
	case err != nil:
		p.Status = payment.Pending
		e := problem("the answer's amount cannot be read")
		e.Err = err
		return p, e
	case !same:
		e := problem(fmt.Sprintf("asked for %s, the answer has %q %s", a.Amount, t.asked, t.currency))
		e.Outcome, e.Kind = payment.Accepted, payment.ErrAmountMismatch
		return p, e
	}
	return p, nil
}

// cancelledProvesNothing: the status is also that of a payment that was joined into another, which may be paid, and in old
// releases of one that was paid from the balance.
const cancelledProvesNothing = "the payment is cancelled: it may have been joined into another, or paid from the balance"

// paymentOf turns the platform's payment into ours. What cannot be read of the extras is left out.
func (c *Client) paymentOf(a payment.Attempt, t topUp, by payment.Match) payment.Payment {
	p := payment.Payment{
		Provider: provider, ID: string(t.id), OrderID: a.OrderID, Status: t.status.status(), MatchedBy: by, Raw: t.raw,
	}
	currency := t.currency
	if currency == "" {
		currency = c.currency
	}
	if m, err := money(t.asked, currency); err == nil {
		p.Amount = m
	}
	if at, err := t.createdAt.Time(); err == nil {
		p.At = at
	}
	return p
}

// agrees reports whether the platform's payment is of the amount that was asked for. What it leaves out is no difference.
// read is the payment's amount, unset when it cannot be read.
func agrees(a payment.Attempt, t topUp, read payment.Money) (bool, error) {
	if t.asked != "" {
		got := read.Decimal()
		if read.IsUnset() {
			var err error
			if got, err = t.asked.Decimal(); err != nil {
				return false, err
			}
		}
		if !got.Equal(a.Amount.Decimal()) {
			return false, nil
		}
	}
	return t.currency == "" || t.currency == a.Amount.Currency(), nil
}
