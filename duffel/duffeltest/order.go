package duffeltest

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/supplierpay/supplierpay-go/internal/sim"
	"github.com/supplierpay/supplierpay-go/payment"
)

// Order describes an order and how payments for it turn out. The zero Order is a hold order of
// 30.20 GBP that is to be paid within a day and whose payments succeed.
type Order struct {
	// ID is made up when empty.
	ID string
	// Instant makes it an instant order: paid when it was made, not eligible for a payment.
	Instant bool
	// Price is the price at booking; 30.20 GBP when unset.
	Price payment.Money
	// PriceGuaranteeExpiresAt is when Price stops being guaranteed; zero is no guarantee at all.
	PriceGuaranteeExpiresAt time.Time
	// NextPrice, when set, is what the order costs once the price is not guaranteed. Paying Price
	// then is price_changed.
	NextPrice payment.Money
	// PaymentRequiredBy is the deadline; zero is a day after CreatedAt.
	PaymentRequiredBy time.Time
	// CancelledAt, when set, makes a payment already_cancelled.
	CancelledAt time.Time
	// ScheduleChanged makes a payment schedule_changed. Reads do not show it, as with Duffel.
	ScheduleChanged bool

	// Mode is how payments turn out.
	Mode Mode
	// FailureReason is the failure_reason under [Fail]; "" is payment_declined.
	FailureReason string
	// PaidAtDelay is how long after a payment has succeeded the order shows paid_at; until then it
	// shows what a pending payment shows: not awaiting payment, not paid.
	PaidAtDelay time.Duration
	// NoPaidAt leaves out the type and paid_at members, as older responses do.
	NoPaidAt bool

	// CreatedAt is the server's time when zero.
	CreatedAt time.Time
	// OfferID is the offer_id to list by.
	OfferID string
	// BookingReference is made up when empty.
	BookingReference string

	// CardSurcharge is what a card costs beside the price once the order was priced for one, in the
	// price's currency.
	CardSurcharge payment.Money
	// AirlineCredits are the credits that the order can be priced for, and what each is worth.
	AirlineCredits map[string]payment.Money
	// AvailableServices are the extras that can be booked, and what one of each costs.
	AvailableServices map[string]payment.Money
	// SessionStatus is the status of new 3-D Secure sessions for the order; "" is
	// ready_for_payment.
	SessionStatus string
	// NotCancellable makes a cancellation order_not_cancellable.
	NotCancellable bool
	// RefundTo is where the refund of a paid order goes; "" is balance.
	RefundTo string
}

// Mode is how the payments of an order turn out.
type Mode int

// The modes.
const (
	// Succeed takes the money at once and says so: status succeeded.
	Succeed Mode = iota
	// NoStatus takes the money at once and answers in the shape of older responses: no status, no
	// order_id.
	NoStatus
	// Pend answers with status pending. [Server.Settle] decides.
	Pend
	// Accept answers 202 with a message and no payment; reads show it pending. [Server.Settle]
	// decides.
	Accept
	// Fail takes nothing and answers with status failed.
	Fail
)

// order is an order as it stands.
type order struct {
	Order
	payments []*paid // oldest first
	intended []intended
	services []serviceJSON
	metadata map[string]string
	users    []string
	quote    *cancellation // the newest
	hidden   bool          // until FinishOrder
	seen     sim.Visibility
}

// visible reports whether reads show the order.
func (o *order) visible(now time.Time) bool { return !o.hidden && o.seen.Visible(now) }

// AddOrder adds an order and returns its id. It panics when there is one with that id already.
func (s *Server) AddOrder(o Order) (id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addOrder(o).ID
}

// addOrder is AddOrder for a caller that holds the lock.
func (s *Server) addOrder(o Order) *order {
	now := s.Now()
	n := len(s.orders) + 1
	if o.ID == "" {
		o.ID = fmt.Sprintf("ord_%022d", n)
	}
	if s.orderByID[o.ID] != nil {
		panic(fmt.Sprintf("duffeltest: order %q is there already", o.ID))
	}
	if o.CreatedAt.IsZero() {
		o.CreatedAt = now
	}
	if o.PaymentRequiredBy.IsZero() {
		o.PaymentRequiredBy = o.CreatedAt.Add(24 * time.Hour)
	}
	if o.BookingReference == "" {
		o.BookingReference = fmt.Sprintf("SIM%03d", n)
	}
	if o.Price.IsUnset() {
		o.Price = defaultPrice()
	}
	added := &order{Order: o}
	s.orders = append(s.orders, added)
	s.orderByID[o.ID] = added
	return added
}

func defaultPrice() payment.Money {
	m, err := payment.ParseMoney("30.20", "GBP")
	if err != nil {
		panic(err) // both are constants
	}
	return m
}

// UpdateOrder lets change set the order's fields: a price that moves, a cancellation. The id stays.
// It panics when there is no such order. change must not call the server.
func (s *Server) UpdateOrder(id string, change func(o *Order)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.orderByID[id]
	if o == nil {
		panic(fmt.Sprintf("duffeltest: no order %q", id))
	}
	change(&o.Order)
	o.ID = id
}

func (o *order) guaranteed(now time.Time) bool { return now.Before(o.PriceGuaranteeExpiresAt) }

// total is what the order costs now.
func (o *order) total(now time.Time) payment.Money {
	if o.guaranteed(now) || o.NextPrice.IsUnset() {
		return o.Price
	}
	return o.NextPrice
}

// The members are in the order of the recorded bodies.
type orderJSON struct {
	ID               string            `json:"id"`
	Type             string            `json:"type,omitempty"`
	LiveMode         bool              `json:"live_mode"`
	BookingReference string            `json:"booking_reference"`
	OfferID          string            `json:"offer_id,omitempty"`
	CreatedAt        string            `json:"created_at"`
	SyncedAt         string            `json:"synced_at"`
	CancelledAt      *string           `json:"cancelled_at"`
	TotalAmount      string            `json:"total_amount"`
	TotalCurrency    string            `json:"total_currency"`
	BaseAmount       *string           `json:"base_amount"`
	BaseCurrency     *string           `json:"base_currency"`
	TaxAmount        *string           `json:"tax_amount"`
	TaxCurrency      *string           `json:"tax_currency"`
	Documents        []documentJSON    `json:"documents"`
	PaymentStatus    paymentStatusJSON `json:"payment_status"`
	extras
}

type documentJSON struct {
	Type             string `json:"type"`
	UniqueIdentifier string `json:"unique_identifier"`
}

type paymentStatusJSON struct {
	AwaitingPayment         bool         `json:"awaiting_payment"`
	PaymentRequiredBy       *string      `json:"payment_required_by"`
	PriceGuaranteeExpiresAt *string      `json:"price_guarantee_expires_at"`
	PaidAt                  optionalTime `json:"paid_at,omitzero"`
}

// optionalTime is a member that may be absent, null or a time.
type optionalTime struct {
	present bool
	value   *string
}

func (o optionalTime) MarshalJSON() ([]byte, error) { return json.Marshal(o.value) }

// Duffel's timestamps come with three, six or no fractional digits.
const (
	seconds = "2006-01-02T15:04:05Z"
	millis  = "2006-01-02T15:04:05.000Z"
	micros  = "2006-01-02T15:04:05.000000Z"
)

func stamp(t time.Time, layout string) *string {
	if t.IsZero() {
		return nil
	}
	s := t.UTC().Format(layout)
	return &s
}

// json renders the order as reads show it now. The caller holds the server's lock.
func (o *order) json(now time.Time) orderJSON {
	total := o.total(now)
	j := orderJSON{
		ID: o.ID, Type: "hold", BookingReference: o.BookingReference, OfferID: o.OfferID,
		CreatedAt: *stamp(o.CreatedAt, millis), SyncedAt: *stamp(now, seconds), CancelledAt: stamp(o.CancelledAt, millis),
		TotalAmount: total.Amount(), TotalCurrency: total.Currency(),
		Documents: []documentJSON{},
	}
	paidAt, pending := o.shown(now)
	if o.Instant {
		j.Type, paidAt = "instant", o.CreatedAt
	} else {
		j.PaymentStatus.PaymentRequiredBy = stamp(o.PaymentRequiredBy, seconds)
		if o.guaranteed(now) {
			j.PaymentStatus.PriceGuaranteeExpiresAt = stamp(o.PriceGuaranteeExpiresAt, seconds)
		}
	}
	j.PaymentStatus.AwaitingPayment = paidAt.IsZero() && !pending && o.CancelledAt.IsZero() && now.Before(o.PaymentRequiredBy)
	j.PaymentStatus.PaidAt = optionalTime{present: true, value: stamp(paidAt, micros)}
	if o.NoPaidAt {
		j.Type, j.PaymentStatus.PaidAt = "", optionalTime{}
	}
	j.extras = o.extras(paidAt.IsZero())
	if !paidAt.IsZero() {
		j.Documents = append(j.Documents, documentJSON{Type: "electronic_ticket", UniqueIdentifier: "ticket of " + o.BookingReference})
	}
	return j
}

// shown returns what reads show of the order's payments: when it was paid, and whether one is under
// way. The caller holds the server's lock.
func (o *order) shown(now time.Time) (paidAt time.Time, pending bool) {
	for _, p := range o.payments {
		if !p.seen.Visible(now) {
			continue
		}
		switch {
		case p.status == pendingStatus:
			pending = true
		case p.status == succeeded && now.Before(p.settledAt.Add(o.PaidAtDelay)):
			pending = true
		case p.status == succeeded && paidAt.IsZero():
			paidAt = p.settledAt
		}
	}
	return paidAt, pending
}

func (s *Server) getOrder(c *sim.Call) func() sim.Answer {
	if name := notSimulated(c); name != "" {
		return refuseParameter(name)
	}
	return func() sim.Answer {
		now := s.Now()
		s.mu.Lock()
		defer s.mu.Unlock()
		o := s.orderByID[c.PathValue("id")]
		if o == nil || !o.visible(now) {
			return refuse(c, "not_found", "")()
		}
		return sim.JSON(200, dataJSON{o.json(now)})
	}
}

type dataJSON struct {
	Data any `json:"data"`
}
