package travelport

import (
	"fmt"
	"slices"

	"github.com/shopspring/decimal"

	"github.com/supplierpay/supplierpay-go/payment"
)

// plan is what a payment must issue.
type plan struct {
	Offers []expected `json:"offers"`
	// Known are the numbers of documents that were over before the payment.
	Known []string `json:"known,omitempty"`
}

// expected is an offer that is paid: it issues Documents documents, or one for each of its Travelers.
type expected struct {
	Offer     string `json:"offer,omitempty"` // value of its identifier
	ID        string `json:"id"`              // its id when it was paid
	Kind      string `json:"kind,omitempty"`  // what it issues; "" when the caller gave the number
	Travelers int    `json:"travelers,omitempty"`
	Documents int    `json:"documents,omitempty"`
}

const (
	expectTicket = "ticket"
	expectEMD    = "emd"
)

// booking is a reservation that was found payable: the plan, and the offers of each part.
type booking struct {
	plan   plan
	offers [][]Offer
}

// inspect checks a reservation before it is paid: nothing issued, nothing queued, the offers there at the price that was
// agreed.
func (c *Client) inspect(a payment.Attempt, parts []part, r *Reservation) (booking, error) {
	var b booking
	if r.doubt {
		return b, stop(nil, "", errDoubtful.Error())
	}
	if number := standing(r); number != "" {
		return b, stop(payment.ErrAlreadyPaid, "OrderID", "the reservation has documents: "+number)
	}
	if len(r.Payment) > 0 {
		return b, stop(payment.ErrOrderNotPayable, "OrderID", "the reservation has payments that another queued")
	}
	b, err := resolve(parts, r)
	if err != nil {
		return b, err
	}
	return b, checkPrice(b, a.Amount)
}

// resolve finds the offers of the parts, and says what paying them issues.
func resolve(parts []part, r *Reservation) (booking, error) {
	b := booking{plan: plan{Known: dead(r)}}
	for _, p := range parts {
		named := p.offers
		if len(named) == 0 {
			for _, o := range r.Offer {
				named = append(named, PaidOffer{Offer: o.ID})
			}
		}
		var offers []Offer
		for _, n := range named {
			o, err := findOffer(r, n.Offer)
			if err != nil {
				return b, err
			}
			offers = append(offers, o)
			e, err := expect(o, n, len(r.Traveler))
			if err != nil {
				return b, err
			}
			if i := slices.IndexFunc(b.plan.Offers, func(x expected) bool { return x.ID == e.ID }); i < 0 {
				b.plan.Offers = append(b.plan.Offers, e)
			} else if n.Documents > 0 {
				b.plan.Offers[i] = e
			}
		}
		if len(offers) == 0 {
			return b, stop(payment.ErrOrderNotPayable, "OrderID", "the reservation has no offers")
		}
		b.offers = append(b.offers, offers)
	}
	return b, nil
}

// expect says what paying an offer issues.
func expect(o Offer, n PaidOffer, travelers int) (expected, error) {
	e := expected{Offer: o.Identifier.value(), ID: o.ID}
	switch {
	case n.Documents > 0:
		e.Documents = n.Documents
	case o.ParentOfferRef != "":
		e.Kind, e.Documents = expectEMD, 1
	case travelers > 0:
		e.Kind, e.Travelers = expectTicket, travelers
	default:
		return e, stop(payment.ErrInvalidRequest, "Details.Parts",
			"the reservation names no travelers: say how many documents offer "+n.Offer+" issues")
	}
	return e, nil
}

func findOffer(r *Reservation, name string) (Offer, error) {
	var found []Offer
	for _, o := range r.Offer {
		if o.Identifier.value() == name || o.ID == name {
			found = append(found, o)
		}
	}
	switch {
	case len(found) != 1:
		return Offer{}, stop(payment.ErrOrderNotPayable, "Details.Parts", fmt.Sprintf("the reservation has %d offers named %s", len(found), name))
	case found[0].ID == "" || found[0].Identifier.value() == "":
		return Offer{}, stop(payment.ErrOrderNotPayable, "Details.Parts", "offer "+name+" has no id or no identifier")
	}
	return found[0], nil
}

// checkPrice compares the offers' prices with the amount. Travelport does not show every price; then the commit's own check
// is the only one.
func checkPrice(b booking, amount payment.Money) error {
	sum := decimal.Zero
	seen := map[string]bool{}
	for _, offers := range b.offers {
		for _, o := range offers {
			if seen[o.ID] {
				continue
			}
			seen[o.ID] = true
			if o.Price == nil || o.Price.TotalPrice == "" {
				return nil
			}
			total, err := o.Price.Total()
			switch {
			case err != nil:
				return stop(payment.ErrOrderNotPayable, "Amount", "the price of offer "+o.ID+" cannot be read")
			case total.Currency() != amount.Currency():
				return stop(payment.ErrCurrencyMismatch, "Amount", "offer "+o.ID+" is priced in "+total.Currency())
			}
			sum = sum.Add(total.Decimal())
		}
	}
	if !sum.Equal(amount.Decimal()) {
		return stop(payment.ErrPriceChanged, "Amount", "the offers cost "+sum.StringFixed(max(-sum.Exponent(), 0))+" "+amount.Currency())
	}
	return nil
}

// stop is a reason not to pay that was found before anything was sent that matters.
func stop(kind error, field, why string) *payment.Error {
	return &payment.Error{Outcome: payment.NotSent, Kind: kind, Field: field, Message: why}
}

// standing returns the number of a document that is not over, or "".
func standing(r *Reservation) string {
	for _, receipt := range r.Receipt {
		for _, d := range receipt.Document {
			if d.kind() != kindDead {
				return "(" + string(d.Type) + " " + d.Number + ")"
			}
		}
	}
	return ""
}

// dead returns the numbers of the documents that are over.
func dead(r *Reservation) []string {
	var numbers []string
	for _, receipt := range r.Receipt {
		for _, d := range receipt.Document {
			if d.kind() == kindDead && d.Number != "" {
				numbers = append(numbers, d.Number)
			}
		}
	}
	return numbers
}
