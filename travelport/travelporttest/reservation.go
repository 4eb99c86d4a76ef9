package travelporttest

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/shopspring/decimal"

	"github.com/supplierpay/supplierpay-go/internal/sim"
	"github.com/supplierpay/supplierpay-go/payment"
)

// Reservation is a held booking that can be paid.
type Reservation struct {
	// Locator is made when it is empty.
	Locator string
	// Travelers is how many there are; 0 is one.
	Travelers int
	// Offers are what it holds; see [Offer].
	Offers []Offer
	// StoredForms are forms of payment that the reservation has from its booking, by class:
	// "FormOfPaymentCash". The first has the id formOfPayment_1.
	StoredForms []string
	// Issue says what a commit issues. Whatever it is, the commit answers 200.
	Issue IssueMode
	// NewPrice is what the commit finds the first offer to cost now. A commit that sends
	// errorWhenOfferPriceChangesInd fails then, another one issues at the new price.
	NewPrice payment.Money
	// ScheduleChanged makes a commit fail that sends errorWhenScheduleChangesInd.
	ScheduleChanged bool
	// HidePrices leaves the prices of the offers out.
	HidePrices bool
	// CommitRefusal is an error that every commit with a payment answers, under status 200; nothing
	// is issued then.
	CommitRefusal string
}

// Offer is an itinerary, which issues a ticket for each traveler, or with a Parent an ancillary,
// which issues one EMD.
type Offer struct {
	// ID is its local id; "" makes offer_1 and so on.
	ID string
	// Parent is the id of the offer that an ancillary belongs to.
	Parent string
	// Price is for all travelers.
	Price payment.Money
}

// IssueMode says what a commit issues.
type IssueMode int

// The modes.
const (
	IssueAll  IssueMode = iota // every document, as it should be
	IssueSome                  // the first document only
	IssueNone                  // no document, and the booking is kept
)

type reservation struct {
	Reservation
	offers    []offer
	forms     []form
	payments  []queued // of commits
	documents []*document
	holds     int
}

type offer struct {
	Offer
	identifier string
}

// document is a ticket or an EMD.
type document struct {
	number   string
	emd      bool
	traveler string
	total    payment.Money
	offer    string // local id
	paidBy   queued
	at       time.Time
	seen     sim.Visibility
	void     bool
}

// AddReservation adds a held booking and returns its locator. It panics when the booking has no
// offers or a locator that is taken.
func (s *Server) AddReservation(r Reservation) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.Locator == "" {
		s.serial++
		r.Locator = fmt.Sprintf("G%05d", s.serial)
	}
	if len(r.Offers) == 0 || s.reservations[r.Locator] != nil {
		panic("travelporttest: a reservation without offers, or with a locator that is taken")
	}
	r.Travelers = max(r.Travelers, 1)
	added := &reservation{Reservation: r}
	for i, o := range r.Offers {
		if o.ID == "" {
			o.ID = "offer_" + strconv.Itoa(i+1)
		}
		added.offers = append(added.offers, offer{Offer: o, identifier: s.id()})
	}
	for i, class := range r.StoredForms {
		added.forms = append(added.forms, form{class: class, id: "formOfPayment_" + strconv.Itoa(i+1), identifier: s.id()})
	}
	s.reservations[r.Locator] = added
	return r.Locator
}

// Documents returns the numbers of the documents that were issued for the reservation, void ones
// included.
func (s *Server) Documents(locator string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.reservations[locator]
	if r == nil {
		return nil
	}
	var numbers []string
	for _, d := range r.documents {
		numbers = append(numbers, d.number)
	}
	return numbers
}

// OfferIdentifier returns the identifier that the server gave an offer, "" for none.
func (s *Server) OfferIdentifier(locator, offerID string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.reservations[locator]; r != nil {
		for _, o := range r.offers {
			if o.ID == offerID {
				return o.identifier
			}
		}
	}
	return ""
}

// issue makes the documents of the paid offers and takes the money. The caller holds the lock.
func (s *Server) issue(r *reservation, payments []queued, now time.Time, seen sim.Visibility, repriced bool) {
	if r.Issue == IssueNone {
		return
	}
	done := map[string]bool{}
	for _, p := range payments {
		for _, id := range p.offers {
			if done[id] {
				continue
			}
			done[id] = true
			o := r.offers[slices.IndexFunc(r.offers, func(o offer) bool { return o.ID == id })]
			price := o.Price
			if repriced && id == r.offers[0].ID {
				price = r.NewPrice
			}
			for i, total := range split(price, o.count(r)) {
				d := &document{emd: o.Parent != "", traveler: "travelerRefId_" + strconv.Itoa(i+1), total: total, offer: id,
					paidBy: p, at: now, seen: seen}
				s.serial++
				d.number = fmt.Sprintf("0167%09d", s.serial)
				r.documents = append(r.documents, d)
				s.documents[d.number] = d
				if r.Issue == IssueSome {
					s.api.Ledger.Take(r.Locator, total)
					return
				}
			}
		}
	}
	if repriced {
		s.api.Ledger.Take(r.Locator, r.NewPrice)
		return
	}
	for _, p := range payments {
		s.api.Ledger.Take(r.Locator, p.amount)
	}
}

// count returns how many documents the offer issues.
func (o offer) count(r *reservation) int {
	if o.Parent != "" {
		return 1
	}
	return r.Travelers
}

// split divides an amount into n parts of whole minor units that add up to it; the first has what
// is left over.
func split(m payment.Money, n int) []payment.Money {
	digits, _ := payment.ISO4217().MinorUnits(m.Currency())
	part := m.Decimal().DivRound(decimal.NewFromInt(int64(n)), 12).Truncate(int32(digits))
	first := m.Decimal().Sub(part.Mul(decimal.NewFromInt(int64(n - 1))))
	parts := make([]payment.Money, n)
	for i := range parts {
		d := part
		if i == 0 {
			d = first
		}
		parts[i], _ = payment.MoneyFromDecimal(d, m.Currency())
	}
	return parts
}
