package travelport

import (
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"github.com/supplierpay/supplierpay-go/payment"
)

// finding is how far a plan is fulfilled.
type finding struct {
	have, want int
	other      int // documents that stand and that the plan does not place
	dead       int // documents that came and are over
	// vague: have counts documents that may be of more than one offer, and what they cost does not prove one of each.
	vague bool
	taken payment.Money
	at    time.Time
}

func (f finding) complete() bool { return f.want > 0 && f.have == f.want && !f.vague }
func (f finding) empty() bool    { return f.have == 0 && f.other == 0 }

// issued is a document that may be of the plan.
type issued struct {
	number   string
	traveler string
	total    payment.Money
	emd      bool
	offers   []int // of the plan
}

// shared reports whether it may be of more than one offer of the plan.
func (d issued) shared() bool { return len(d.offers) > 1 }

// judge compares the documents of a reservation with the plan, which was to cost asked.
func (p plan) judge(r *Reservation, asked payment.Money) finding {
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
	guessed := p.count(&f, docs)
	f.taken = sum(docs)
	if len(docs) != f.want {
		f.taken = payment.Money{} // a ticket may run over several numbers, each with the whole amount
	}
	f.vague = guessed && (f.taken.IsUnset() || !f.taken.Equal(asked) || repeats(docs))
	return f
}

// repeats reports whether a ticket that may be of several offers looks like a second number of another ticket: the same
// traveler, the same amount. Of two flights at one price the numbers of a single long ticket would add up to the price of
// both.
func repeats(docs []issued) bool {
	for i, d := range docs {
		if !d.shared() || d.emd {
			continue
		}
		for j, other := range docs {
			same := d.traveler == other.traveler || d.traveler == "" || other.traveler == ""
			if i != j && same && d.total.Equal(other.total) && slices.ContainsFunc(other.offers, func(o int) bool { return slices.Contains(d.offers, o) }) {
				return true
			}
		}
	}
	return false
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
	doc.emd = kind == kindEMD
	for _, i := range offers {
		want := p.Offers[i].Kind
		if kind == kindAny || want == "" || want == expectTicket && kind == kindTicket || want == expectEMD && kind == kindEMD {
			doc.offers = append(doc.offers, i)
		}
	}
	return doc, d.Number != "" && kind != kindOther && len(doc.offers) > 0
}

// count counts how many of the wanted documents are there. A document that may be of several offers counts for one of
// them, and no traveler counts for more offers than there are: a long journey's ticket has several numbers. guessed is true
// when such documents counted: they may be all of one offer, also where the receipt names every offer that was paid.
func (p plan) count(f *finding, docs []issued) (guessed bool) {
	type seat struct {
		offer int
		who   string
	}
	seen := map[seat]bool{}
	have := make([]int, len(p.Offers))
	shared := map[string]int{}
	widest := 0
	for _, d := range docs {
		if d.shared() {
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
	sure := f.have
	for _, n := range shared {
		f.have = min(f.want, f.have+min(n, widest))
	}
	if len(docs) > 0 && f.have == 0 {
		f.other += len(docs)
	}
	return f.have > sure
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
