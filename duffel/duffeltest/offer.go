package duffeltest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/shopspring/decimal"

	"github.com/supplierpay/supplierpay-go/internal/sim"
	"github.com/supplierpay/supplierpay-go/payment"
)

// Offer is what an order is made of.
type Offer struct {
	// ID is made up when empty.
	ID string
	// RequiresInstantPayment forbids hold orders.
	RequiresInstantPayment bool
	// Gone makes an order of it offer_no_longer_available.
	Gone bool
	// Booking is how making an order turns out.
	Booking Booking
	// Order describes the order that is made of it: its price, its deadline, how payments turn out.
	// Its ID is made up, its OfferID, Instant and CreatedAt follow from how it is made.
	Order Order
}

// Booking is how making an order turns out.
type Booking int

// The bookings.
const (
	// Book makes the order and answers with it: status 201.
	Book Booking = iota
	// BookUnseen makes the order and answers 200 with a message. Reads show it after
	// [Server.FinishOrder].
	BookUnseen
	// BookLater makes no order and answers 202 with a message. [Server.FinishOrder] decides.
	BookLater
)

// offer is an offer as it stands.
type offer struct {
	Offer
	orders  []*order
	waiting []orderRequest // of BookLater
}

// AddOffer adds an offer and returns its id. It panics when there is one with that id already.
func (s *Server) AddOffer(o Offer) (id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o.ID = cmp.Or(o.ID, fmt.Sprintf("off_%022d", len(s.offers)+1))
	if s.offers[o.ID] != nil {
		panic(fmt.Sprintf("duffeltest: offer %q is there already", o.ID))
	}
	if o.Order.Price.IsUnset() {
		o.Order.Price = defaultPrice()
	}
	s.offers[o.ID] = &offer{Offer: o}
	return o.ID
}

// orderRequest is the body of a new order that has been read and found well-formed.
type orderRequest struct {
	instant  bool
	offerID  string
	methods  []method
	services []quantity
	metadata map[string]string
	users    []string
}

type quantity struct {
	ID       string `json:"id"`
	Quantity int    `json:"quantity"`
}

func readOrderRequest(c *sim.Call) (orderRequest, func() sim.Answer) {
	var data struct {
		Type       member              `json:"type"`
		Offers     []string            `json:"selected_offers"`
		Passengers []map[string]member `json:"passengers"`
		Payments   []methodJSON        `json:"payments"`
		Services   []quantity          `json:"services"`
		Metadata   map[string]string   `json:"metadata"`
		Users      []string            `json:"users"`
	}
	if refused := readData(c, &data); refused != nil {
		return orderRequest{}, refused
	}
	p := &problems{}
	req := orderRequest{services: data.Services, metadata: data.Metadata, users: data.Users}
	switch typ := p.text(data.Type, "/type"); typ {
	case "hold":
		if data.Payments != nil {
			return req, refuse(c, "payments_not_allowed_for_order_type", "/payments")
		}
	case "instant":
		req.instant = true
		if len(data.Payments) == 0 {
			p.add("validation_required", "/payments")
		}
	case "":
	default:
		p.add("validation_inclusion", "/type")
	}
	if len(data.Offers) != 1 {
		p.add("validation_length", "/selected_offers")
	} else {
		req.offerID = data.Offers[0]
	}
	if len(data.Passengers) == 0 {
		p.add("validation_required", "/passengers")
	}
	for i, passenger := range data.Passengers {
		for _, field := range []string{"id", "given_name", "family_name", "born_on", "email", "phone_number"} {
			p.text(passenger[field], fmt.Sprintf("/passengers/%d/%s", i, field))
		}
	}
	for i, m := range data.Payments {
		req.methods = append(req.methods, p.method(m, true, func(field string) string { return fmt.Sprintf("/payments/%d/%s", i, field) }))
	}
	if len(p.found) > 0 {
		return req, refuseAll(c, p.found)
	}
	return req, nil
}

// readData opens the envelope of a body.
func readData(c *sim.Call, into any) func() sim.Answer {
	var top map[string]member
	if json.Unmarshal(c.Body, &top) != nil {
		return refuse(c, "bad_request", "")
	}
	if absent(top["data"]) {
		return refuse(c, "missing_data_param", "")
	}
	if json.Unmarshal(top["data"], into) != nil {
		return refuse(c, "invalid_data_param", "")
	}
	return nil
}

// createOrder checks first and books later, like createPayment: two requests that were both checked
// before either was booked are both booked.
func (s *Server) createOrder(c *sim.Call) func() sim.Answer {
	if name := notSimulated(c); name != "" {
		return refuseParameter(name)
	}
	req, refused := readOrderRequest(c)
	if refused != nil {
		return refused
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.offers[req.offerID]
	if o == nil {
		return refuse(c, "not_found", "")
	}
	if code, pointer := o.refusal(req); code != "" {
		return refuse(c, code, pointer)
	}
	return func() sim.Answer { return s.book(o, req, c.Visibility()) }
}

// refusal returns the code and the pointer of the reason why the offer cannot be booked like this,
// or "". The caller holds the server's lock.
func (o *offer) refusal(req orderRequest) (code, pointer string) {
	switch {
	case o.Gone:
		return "offer_no_longer_available", ""
	case len(o.orders) > 0:
		return "order_creation_already_attempted", ""
	case !req.instant && o.RequiresInstantPayment:
		return "invalid_order_create_type", "/type"
	}
	extras, ok := o.Order.cost(req.services)
	if !ok {
		return "validation_inclusion", "/services"
	}
	if !req.instant {
		return "", ""
	}
	asked := decimal.Zero
	for i, m := range req.methods {
		if m.amount.Currency() != o.Order.Price.Currency() {
			return "payment_currency_does_not_match_order_currency", fmt.Sprintf("/payments/%d/currency", i)
		}
		asked = asked.Add(m.amount.Decimal())
	}
	if !asked.Equal(o.Order.Price.Decimal().Add(extras)) {
		return "payment_amount_does_not_match_order_amount", "/payments/0/amount"
	}
	return "", ""
}

// cost is what services cost together; false when one of them is not to be had.
func (o *Order) cost(services []quantity) (decimal.Decimal, bool) {
	sum := decimal.Zero
	for _, s := range services {
		price, ok := o.AvailableServices[s.ID]
		if !ok || s.Quantity < 1 || price.Currency() != o.Price.Currency() {
			return sum, false
		}
		sum = sum.Add(price.Decimal().Mul(decimal.NewFromInt(int64(s.Quantity))))
	}
	return sum, true
}

// book makes the order, or puts it off, and answers.
func (s *Server) book(o *offer, req orderRequest, seen sim.Visibility) sim.Answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch o.Booking {
	case BookLater:
		o.waiting = append(o.waiting, req)
		return sim.JSON(http.StatusAccepted, dataJSON{messageJSON{"simulated"}})
	case BookUnseen:
		s.makeOrder(o, req, seen).hidden = true
		return sim.JSON(http.StatusOK, dataJSON{messageJSON{"simulated"}})
	default:
		made := s.makeOrder(o, req, seen)
		s.emit("order.created", made.ID, createdObject{made.ID, o.ID})
		return sim.JSON(http.StatusCreated, dataJSON{made.json(s.Now())})
	}
}

type createdObject struct {
	ID      string `json:"id"`
	OfferID string `json:"offer_id"`
}

// makeOrder books the order, and takes the money of an instant one. The caller holds the lock.
func (s *Server) makeOrder(o *offer, req orderRequest, seen sim.Visibility) *order {
	described := o.Order
	described.ID, described.OfferID, described.Instant, described.CreatedAt = "", o.ID, req.instant, s.Now()
	made := s.addOrder(described)
	made.seen, made.metadata, made.users = seen, req.metadata, req.users
	made.book(req.services)
	for _, m := range req.methods {
		s.api.Ledger.Take(made.ID, m.amount)
	}
	o.orders = append(o.orders, made)
	return made
}

// FinishOrder ends what [BookUnseen] or [BookLater] left open: the oldest order of the offer shows,
// or is made when made is true and fails for good when it is not. An unseen order can only show. It
// returns the order's id, "" for one that failed, and an error when none is open.
func (s *Server) FinishOrder(offerID string, made bool) (orderID string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.offers[offerID]
	if o == nil {
		return "", fmt.Errorf("duffeltest: finish: no offer %q", offerID)
	}
	for _, hidden := range o.orders {
		if hidden.hidden && made {
			hidden.hidden = false
			s.emit("order.created", hidden.ID, createdObject{hidden.ID, o.ID})
			return hidden.ID, nil
		}
	}
	if len(o.waiting) == 0 {
		return "", fmt.Errorf("duffeltest: finish: offer %q has no order that is open", offerID)
	}
	req := o.waiting[0]
	o.waiting = o.waiting[1:]
	if !made {
		s.emit("order.creation_failed", o.ID, struct{}{})
		return "", nil
	}
	done := s.makeOrder(o, req, sim.Visibility{})
	s.emit("order.created", done.ID, createdObject{done.ID, o.ID})
	return done.ID, nil
}

func total(price payment.Money, more decimal.Decimal) payment.Money {
	sum, err := payment.MoneyFromDecimal(price.Decimal().Add(more), price.Currency())
	if err != nil {
		panic(err) // of amounts that are money already
	}
	return sum
}
