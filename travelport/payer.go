package travelport

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/shopspring/decimal"

	"github.com/supplierpay/supplierpay-go/payment"
)

// Details says what to pay a reservation with. Pass it by value as Request.Details.
type Details struct {
	// Parts are one or two forms of payment and what each of them pays. Travelport takes two for GDS content only.
	Parts []Part
	// AuthorizePayment has cards approved when they are added to the workbench. The approval is a hold on the card, which
	// stays when the payment is given up before its commit. Without it the card is approved at the commit.
	AuthorizePayment bool
}

// Part is a form of payment and what it pays: exactly one of FormOfPayment and Stored.
type Part struct {
	// FormOfPayment is added to the workbench. Pay chooses its ID, FormOfPaymentRef and Identifier.
	FormOfPayment *FormOfPayment
	// Stored is the id, or the identifier's value, of a form of payment that the reservation has.
	Stored string
	// Amount is what it pays. It may be left out when there is only one part, which then pays all.
	Amount payment.Money
	// Offers are the offers that it pays. Without any it pays all offers of the reservation.
	Offers []PaidOffer
}

// PaidOffer names an offer of the reservation.
type PaidOffer struct {
	// Offer is the value of the offer's identifier, or its id.
	Offer string
	// Documents is how many documents the offer issues. 0 takes the usual: a ticket for each traveler, or one EMD when the
	// offer has a parent offer.
	Documents int
}

// PaymentDetails returns "travelport".
func (Details) PaymentDetails() string { return provider }

const (
	maxParts     = 2
	maxDocuments = 1000
)

// part is a checked Part.
type part struct {
	form   *FormOfPayment
	stored string
	amount payment.Money
	offers []PaidOffer
}

// Prepare checks the request: a locator, an amount above zero in the currency's minor units, no method (the forms of
// payment say it), [Details] whose parts add up to the amount. The attempt's scope is the locator.
func (c *Client) Prepare(req payment.Request) (payment.Attempt, error) {
	a, _, _, err := c.prepare(req)
	if err != nil {
		return payment.Attempt{}, ours(err, "Prepare")
	}
	return a, nil
}

func (c *Client) prepare(req payment.Request) (payment.Attempt, Details, []part, error) {
	fail := func(err error) (payment.Attempt, Details, []part, error) {
		return payment.Attempt{}, Details{}, nil, err
	}
	if err := checkLocator("OrderID", req.OrderID); err != nil {
		return fail(err)
	}
	if err := c.checkAmount("Amount", req.Amount); err != nil {
		return fail(err)
	}
	if req.Method != "" {
		return fail(payment.InvalidField("Method", "want none: the forms of payment in Details say it"))
	}
	d, err := payment.DetailsOf[Details](req)
	if err != nil {
		return fail(err)
	}
	parts, err := c.checkParts(d, req.Amount)
	if err != nil {
		return fail(err)
	}
	ref := map[string]string{}
	for i, p := range parts {
		if ref["part."+strconv.Itoa(i+1)], err = p.ref(); err != nil {
			return fail(err)
		}
	}
	if d.AuthorizePayment {
		ref["authorize"] = "true"
	}
	a, err := payment.NewAttempt(req, req.OrderID, ref)
	return a, d, parts, err
}

func (c *Client) checkAmount(field string, m payment.Money) error {
	if err := c.currencies.Check(m); err != nil {
		return err
	}
	if !m.Decimal().IsPositive() {
		return payment.InvalidField(field, "want more than zero")
	}
	return nil
}

// checkParts checks the parts and that they add up to the amount.
func (c *Client) checkParts(d Details, total payment.Money) ([]part, error) {
	if len(d.Parts) == 0 || len(d.Parts) > maxParts {
		return nil, payment.InvalidField("Details.Parts", fmt.Sprintf("want 1 to %d", maxParts))
	}
	parts := make([]part, len(d.Parts))
	sum := decimal.Zero
	for i, p := range d.Parts {
		at := fmt.Sprintf("Details.Parts[%d]", i)
		if p.Amount.IsUnset() && len(d.Parts) == 1 {
			p.Amount = total
		}
		if p.Amount.Currency() != total.Currency() {
			return nil, payment.InvalidField(at+".Amount", "missing, or not in the currency of the request's amount")
		}
		if err := c.checkAmount(at+".Amount", p.Amount); err != nil {
			return nil, err
		}
		form, err := p.form(at)
		if err != nil {
			return nil, err
		}
		if err := checkOffers(at, p.Offers); err != nil {
			return nil, err
		}
		sum = sum.Add(p.Amount.Decimal())
		parts[i] = part{form: form, stored: p.Stored, amount: p.Amount, offers: p.Offers}
	}
	if !sum.Equal(total.Decimal()) {
		return nil, payment.InvalidField("Details.Parts", "their amounts do not add up to the request's amount")
	}
	return parts, nil
}

// form checks the form of payment under an id that Pay will replace.
func (p Part) form(at string) (*FormOfPayment, error) {
	if (p.FormOfPayment != nil) == (p.Stored != "") {
		return nil, payment.InvalidField(at+".FormOfPayment", "give exactly one of FormOfPayment and Stored")
	}
	if p.FormOfPayment == nil {
		return nil, checkID(at+".Stored", p.Stored)
	}
	form := *p.FormOfPayment
	form.ID, form.FormOfPaymentRef, form.Identifier = "formOfPayment_1", "", nil
	if form.Type == FormOfPaymentForfeit || form.Type == FormOfPaymentWaiverCode {
		return nil, payment.InvalidField(at+".FormOfPayment", "pays nothing; use the workbench's methods for exchanges")
	}
	form, err := form.filled()
	if err != nil {
		return nil, err
	}
	return &form, nil
}

func checkOffers(at string, offers []PaidOffer) error {
	for i, o := range offers {
		field := fmt.Sprintf("%s.Offers[%d]", at, i)
		switch {
		case o.Offer == "":
			return payment.InvalidField(field, "missing")
		case o.Documents < 0 || o.Documents > maxDocuments:
			return payment.InvalidField(field, fmt.Sprintf("want 0 to %d documents", maxDocuments))
		}
		for _, other := range offers[:i] {
			if other.Offer == o.Offer {
				return payment.InvalidField(field, "named twice")
			}
		}
	}
	return nil
}

// partRef is what an attempt keeps of a part.
type partRef struct {
	Form   FormOfPaymentType `json:"form,omitempty"`
	Stored string            `json:"stored,omitempty"`
	Amount string            `json:"amount"`
	Offers []offerRef        `json:"offers,omitempty"`
}

type offerRef struct {
	Offer     string `json:"offer"`
	Documents int    `json:"documents,omitempty"`
}

func (p part) ref() (string, error) {
	r := partRef{Stored: p.stored, Amount: p.amount.Decimal().StringFixed(8)} // one text for 30.2 and 30.20
	if p.form != nil {
		r.Form = p.form.Type
	}
	for _, o := range p.offers {
		r.Offers = append(r.Offers, offerRef(o))
	}
	b, err := json.Marshal(r)
	if err != nil {
		return "", payment.InvalidField("Details.Parts", "cannot be written as JSON")
	}
	return string(b), nil
}

// partsOf reads back what an attempt keeps of its parts; it has no forms of payment.
func partsOf(a payment.Attempt) []part {
	var parts []part
	for i := 1; i <= maxParts; i++ {
		var r partRef
		if json.Unmarshal([]byte(a.Ref["part."+strconv.Itoa(i)]), &r) != nil {
			break
		}
		p := part{stored: r.Stored}
		for _, o := range r.Offers {
			p.offers = append(p.offers, PaidOffer(o))
		}
		parts = append(parts, p)
	}
	return parts
}

const (
	// settling is how long after a call Travelport may still issue documents or first show them. How long that can take is
	// not documented: it is a workbench's life and some more.
	settling = workbenchLife + 5*time.Minute
	// trailing is what a call may take beyond the end of its context, for an answer that is on its way.
	trailing = 35 * time.Second
)

// Timing returns the longest time of Pay, with all its steps, and the time after which Travelport is taken to have settled.
func (c *Client) Timing() payment.Timing {
	setup := c.setup + trailing
	commit := loginLimit + c.calls.LongestWrite()
	return payment.Timing{LongestCall: setup + commit + 2*(c.aftermath()+trailing), Settling: settling}
}

// aftermath bounds what follows a commit, or a step that failed: a discard, or a read.
func (c *Client) aftermath() time.Duration { return 2 * c.readLimit }
