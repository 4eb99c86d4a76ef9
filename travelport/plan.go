package travelport

import (
	"fmt"
	"slices"
	"time"

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
		return b, stop(nil, "", "the reservation cannot be read for certain")
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

// finding is how far a plan is fulfilled.
type finding struct {
	have, want int
	other      int // documents that stand and that the plan does not place
	dead       int // documents that came and are over
	taken      payment.Money
	at         time.Time
}

func (f finding) complete() bool { return f.want > 0 && f.have == f.want }
func (f finding) empty() bool    { return f.have == 0 && f.other == 0 }

// issued is a document that may be of the plan.
type issued struct {
	number   string
	traveler string
	total    payment.Money
	offers   []int // of the plan
}

// judge compares the documents of a reservation with the plan.
func (p plan) judge(r *Reservation) finding {
	var f finding
	over := dead(r)
	var docs []issued
	for _, receipt := range r.Receipt {
		offers, known := p.match(r, receipt.OfferRef)
		if !known {
			continue // of another offer
		}
		for _, d := range receipt.Document {
			kind := d.kind()
			switch {
			case kind == kindDead && !slices.Contains(p.Known, d.Number):
				f.dead++
			case kind == kindDead, slices.Contains(over, d.Number):
			default:
				f.note(receipt)
				if doc, ok := p.place(d, offers); ok && !slices.ContainsFunc(docs, func(x issued) bool { return x.number == d.Number }) {
					docs = append(docs, doc)
				} else if !ok {
					f.other++
				}
			}
		}
	}
	p.count(&f, docs)
	f.taken = sum(docs)
	if len(docs) != f.want {
		f.taken = payment.Money{} // a ticket may run over several numbers, each with the whole amount
	}
	return f
}

// note keeps the time of the last receipt.
func (f *finding) note(r Receipt) {
	if at, err := r.DateTime.Time(); err == nil && at.After(f.at) {
		f.at = at
	}
}

// match returns the plan's offers that a receipt is for; known is false when it is for others alone. Ids of offers are
// good for one answer only, identifiers stay.
func (p plan) match(r *Reservation, refs []string) (offers []int, known bool) {
	if len(refs) == 0 {
		return p.all(), true
	}
	elsewhere := 0
	for _, ref := range refs {
		identifier := ""
		for _, o := range r.Offer {
			if o.ID == ref {
				identifier = o.Identifier.value()
			}
		}
		i := slices.IndexFunc(p.Offers, func(e expected) bool {
			return identifier != "" && e.Offer == identifier || (identifier == "" || e.Offer == "") && e.ID == ref
		})
		switch {
		case i >= 0:
			offers = append(offers, i)
		case identifier != "":
			elsewhere++
		}
	}
	if len(offers) == 0 && elsewhere == len(refs) {
		return nil, false
	}
	if len(offers) == 0 {
		return p.all(), true
	}
	return offers, true
}

func (p plan) all() []int {
	offers := make([]int, len(p.Offers))
	for i := range offers {
		offers[i] = i
	}
	return offers
}

// place narrows the offers down to those that issue documents of this kind.
func (p plan) place(d Document, offers []int) (issued, bool) {
	doc := issued{number: d.Number}
	if d.TravelerIdentifierRef != nil {
		doc.traveler = d.TravelerIdentifierRef.ID
	}
	if d.Amount != nil {
		if m, err := d.Amount.Money(); err == nil {
			doc.total = m
		}
	}
	kind := d.kind()
	for _, i := range offers {
		want := p.Offers[i].Kind
		if kind == kindAny || want == "" || want == expectTicket && kind == kindTicket || want == expectEMD && kind == kindEMD {
			doc.offers = append(doc.offers, i)
		}
	}
	return doc, d.Number != "" && kind != kindOther && len(doc.offers) > 0
}

// count counts how many of the wanted documents are there. A document that may be of several offers counts for one of
// them, and no traveler counts for more offers than there are: a long journey's ticket has several numbers.
func (p plan) count(f *finding, docs []issued) {
	type seat struct {
		offer int
		who   string
	}
	seen := map[seat]bool{}
	have := make([]int, len(p.Offers))
	shared := map[string]int{}
	widest := 0
	for _, d := range docs {
		if len(d.offers) > 1 {
			shared[d.who(expected{Travelers: 1})]++
			widest = max(widest, len(d.offers))
			continue
		}
		i := d.offers[0]
		who := d.who(p.Offers[i])
		if who != "" && !seen[seat{i, who}] {
			seen[seat{i, who}] = true
			have[i]++
		}
	}
	for i, e := range p.Offers {
		want := max(e.Travelers, e.Documents)
		f.want += want
		f.have += min(have[i], want)
	}
	for _, n := range shared {
		f.have = min(f.want, f.have+min(n, widest))
	}
	if len(docs) > 0 && f.have == 0 {
		f.other += len(docs)
	}
}

// who tells documents of one offer apart: by traveler where each must have one, else by number. A document that names no
// traveler proves nothing where several must have one.
func (d issued) who(e expected) string {
	switch {
	case e.Documents > 0:
		return d.number
	case d.traveler != "":
		return d.traveler
	case e.Travelers == 1:
		return d.number
	default:
		return ""
	}
}

// sum adds the totals up, unset when one is missing or of another currency.
func sum(docs []issued) payment.Money {
	total := decimal.Zero
	for _, d := range docs {
		if d.total.IsUnset() || d.total.Currency() != docs[0].total.Currency() {
			return payment.Money{}
		}
		total = total.Add(d.total.Decimal())
	}
	if len(docs) == 0 {
		return payment.Money{}
	}
	m, err := payment.MoneyFromDecimal(total, docs[0].total.Currency())
	if err != nil {
		return payment.Money{}
	}
	return m
}
