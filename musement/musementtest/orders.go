package musementtest

import (
	"fmt"
	"time"

	"github.com/supplierpay/supplierpay-go/internal/sim"
	"github.com/supplierpay/supplierpay-go/payment"
)

// Order is an order to pay. The zero Order costs 10 USD and has one item that is confirmed at once.
type Order struct {
	// UUID and CartUUID are made up when empty.
	UUID, CartUUID string
	// Price is the total price. It may be zero.
	Price payment.Money
	// Foreign makes it another partner's: card payments answer 401, everything else does not know
	// it.
	Foreign bool
	// NeedsConfirmation keeps the items PENDING after the payment.
	NeedsConfirmation bool
	// Refundable gives the items a refund policy.
	Refundable bool

	// Challenge is how the start of a card payment answers.
	Challenge Challenge
	// Mode is how card payments turn out.
	Mode Mode
	// PaidFlag is whether and how the order shows that it is paid.
	PaidFlag PaidFlag
}

// Challenge is the shape of the 3-D Secure step.
type Challenge int

// The shapes.
const (
	// Redirect answers with a 302 to the bank.
	Redirect Challenge = iota
	// RedirectInBody answers with a 200 and the type REDIRECT.
	RedirectInBody
	// Form answers with the type FORM: fields to post to the bank.
	Form
	// Script answers with the type USE_STRIPE_SDK. The completion then needs the payment intent
	// [PaymentIntentID].
	Script
	// NoChallenge takes the money at the start and asks the customer for nothing.
	NoChallenge
)

// PaymentIntentID is Stripe's id of every payment that this simulator starts with [Script].
const PaymentIntentID = "pi_sim_3f8a"

// Mode is how card payments turn out.
type Mode int

// The modes.
const (
	// Succeed takes the money at the completion.
	Succeed Mode = iota
	// DeclineStart answers the start with a 422.
	DeclineStart
	// DeclineCompletion answers the completion with a 422.
	DeclineCompletion
	// Pend answers the completion and takes nothing yet: the status is authorized until
	// [Server.Settle].
	Pend
	// SecondRound answers the first completion with another challenge.
	SecondRound
)

// PaidFlag is the spelling of a member that Musement does not always send.
type PaidFlag int

// The spellings.
const (
	Absent    PaidFlag = iota // as in the reference
	SnakeCase                 // is_paid
	CamelCase                 // isPaid
)

// order is an order as it stands.
type order struct {
	Order
	identifier string
	date       time.Time
	extraData  *string
	taken      bool // money was taken and not by a payment still pending
	rounds     int  // completions answered with a challenge
	challenge  *challenge
	changes    []change // of the payment's state, oldest first
	items      []*orderItem
	customer   customerJSON
}

// change is a state of the payment, and from when on reads show it.
type change struct {
	status string
	paid   bool
	seen   sim.Visibility
}

// orderItem is an item of an order.
type orderItem struct {
	uuid        string
	product     Product
	quantity    int
	cancelledAt time.Time
	reason      string
	info        string
}

// AddOrder adds an order with a cart and returns it with its uuids. It panics when one of them is
// there already.
func (s *Server) AddOrder(o Order) Order {
	now := s.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if o.CartUUID == "" {
		o.CartUUID = s.uuid()
	}
	if s.carts[o.CartUUID] != nil {
		panic(fmt.Sprintf("musementtest: cart %q is there already", o.CartUUID))
	}
	if o.Price.IsUnset() {
		o.Price = tenDollars()
	}
	p := Product{Identifier: "4445102588", Title: "Guided tour", Price: o.Price}
	c := &cart{uuid: o.CartUUID, items: []*cartItem{{uuid: s.uuid(), product: p, quantity: 1}}, customer: sampleCustomer()}
	s.carts[c.uuid] = c
	return s.addOrder(c, o, now).Order
}

// addOrder makes an order of a cart. The caller holds the server's lock.
func (s *Server) addOrder(c *cart, o Order, now time.Time) *order {
	if o.UUID == "" {
		o.UUID = s.uuid()
	}
	if s.orders[o.UUID] != nil {
		panic(fmt.Sprintf("musementtest: order %q is there already", o.UUID))
	}
	o.CartUUID = c.uuid
	added := &order{Order: o, identifier: fmt.Sprintf("MUS%07d", len(s.orders)+1), date: now, customer: *c.customer}
	for _, i := range c.items {
		added.items = append(added.items, &orderItem{uuid: s.uuid(), product: i.product, quantity: i.quantity})
	}
	s.orders[o.UUID] = added
	c.order = added
	return added
}

func tenDollars() payment.Money {
	m, err := payment.ParseMoney("10", "USD")
	if err != nil {
		panic(err) // both are constants
	}
	return m
}

// UpdateOrder lets f set the order's fields: a price that moves, a mode. The uuids stay. It panics
// when there is no such order. f must not call the server.
func (s *Server) UpdateOrder(uuid string, f func(o *Order)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.orders[uuid]
	if o == nil {
		panic(fmt.Sprintf("musementtest: no order %q", uuid))
	}
	cart := o.CartUUID
	f(&o.Order)
	o.UUID, o.CartUUID = uuid, cart
}

// SetPaymentStatus makes order-info show any state. It takes no money. It panics when there is no
// such order.
func (s *Server) SetPaymentStatus(uuid string, paid bool, status string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.orders[uuid]
	if o == nil {
		panic(fmt.Sprintf("musementtest: no order %q", uuid))
	}
	o.changes = append(o.changes, change{status: status, paid: paid})
}

// shown returns the state of the payment that reads show now. The caller holds the server's lock.
func (o *order) shown(now time.Time) change {
	state := change{status: "created"}
	for _, c := range o.changes {
		if c.seen.Visible(now) {
			state = c
		}
	}
	if !state.paid && state.status == "created" && o.challenge != nil && o.challenge.over(now) {
		state.status = "authorization_failed"
	}
	return state
}

// take takes the money. The caller holds the server's lock.
func (s *Server) take(o *order, seen sim.Visibility) {
	s.api.Ledger.Take(o.UUID, o.Price)
	o.taken = true
	o.changes = append(o.changes, change{status: "booking_ok", paid: true, seen: seen})
}

// Settle decides a payment that is pending under [Pend]: the money is taken, or the status becomes
// capture_failed. The error says that no payment of the order is pending.
func (s *Server) Settle(orderUUID string, ok bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.orders[orderUUID]
	if o == nil || len(o.changes) == 0 || o.changes[len(o.changes)-1].status != "authorized" {
		return fmt.Errorf("musementtest: no payment of order %q is pending", orderUUID)
	}
	if ok {
		s.take(o, sim.Visibility{})
		return nil
	}
	o.changes = append(o.changes, change{status: "capture_failed"})
	return nil
}

// lookup returns the order that a path or body names, if it is the partner's. The caller holds the
// server's lock.
func (s *Server) lookup(uuid string) *order {
	if o := s.orders[uuid]; o != nil && !o.Foreign {
		return o
	}
	return nil
}

// itemStatus is what reads show of an item now. The caller holds the server's lock.
func (o *order) itemStatus(i *orderItem, now time.Time) string {
	switch {
	case !i.cancelledAt.IsZero() && now.Sub(i.cancelledAt) >= refundTime:
		return "REFUNDED"
	case !i.cancelledAt.IsZero():
		return "REFUND_STARTED"
	case o.shown(now).paid && !o.NeedsConfirmation:
		return "OK"
	default:
		return "PENDING"
	}
}
