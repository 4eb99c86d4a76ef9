package etmtest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/supplierpay/supplierpay-go/internal/sim"
	"github.com/supplierpay/supplierpay-go/payment"
)

// The statuses of orders. ETM documents only the first.
const (
	StatusBooked   = "B" // to be paid
	StatusTicketed = "T" // made up: tickets were issued
)

// Order describes an order and how payments for it turn out. The zero Order is that of ETM's
// example, 221.92 EUR with the noise of a binary float, to be paid within two days.
type Order struct {
	// ID is a number; made up when empty.
	ID string
	// Status is [StatusBooked] when empty. It turns into [StatusTicketed] by itself; with any other
	// word the order cannot be paid.
	Status string
	// Price is what the order costs; 221.92 EUR when unset.
	Price payment.Money
	// WireAmount is the amount as reads show it, JSON such as 221.92000000000002 or "221.92"; the
	// price as a number when empty.
	WireAmount string
	// Deadline is until when it can be paid; zero is two days after CreatedAt.
	Deadline time.Time
	// CreatedAt is the server's time when zero.
	CreatedAt time.Time
	// BuyID is the offer; made up when empty.
	BuyID string
	// Lists makes reads write maps as lists, as PHP does with empty ones.
	Lists bool

	// RefusalWord, when set, makes a payment answer with this word as the payload's status and take
	// nothing.
	RefusalWord string
	// TicketDelay is how long after a payment the order shows its tickets; until then it looks
	// unpaid.
	TicketDelay time.Duration
}

// order is an order as it stands.
type order struct {
	Order
	paid []paid // oldest first
}

// paid is one payment that was taken.
type paid struct {
	at   time.Time
	seen sim.Visibility
}

// firstID is the first id that is made up; ETM's example is 1053715.
const firstID = 1053715

// AddOrder adds an order and returns its id. It panics when there is one with that id already, and
// for an id that is no number.
func (s *Server) AddOrder(o Order) (id string) {
	now := s.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.add(o, now).ID
}

// add needs the lock.
func (s *Server) add(o Order, now time.Time) *order {
	n := len(s.orders)
	if o.ID == "" {
		o.ID = strconv.Itoa(firstID + n)
	}
	if _, err := strconv.ParseUint(o.ID, 10, 63); err != nil || s.byID[o.ID] != nil {
		panic(fmt.Sprintf("etmtest: order id %q is no number, or there already", o.ID))
	}
	if o.Status == "" {
		o.Status = StatusBooked
	}
	if o.Price.IsUnset() {
		o.Price = money("221.92", "EUR")
		if o.WireAmount == "" {
			o.WireAmount = "221.92000000000002"
		}
	}
	if o.CreatedAt.IsZero() {
		o.CreatedAt = now
	}
	if o.Deadline.IsZero() {
		o.Deadline = o.CreatedAt.Add(48 * time.Hour)
	}
	if o.BuyID == "" {
		o.BuyID = strconv.FormatInt(2275014016+int64(n), 10)
	}
	added := &order{Order: o}
	s.orders = append(s.orders, added)
	s.byID[o.ID] = added
	return added
}

// money is for amounts that are constants of this package.
func money(amount, currency string) payment.Money {
	m, err := payment.ParseMoney(amount, currency)
	if err != nil {
		panic(err)
	}
	return m
}

// UpdateOrder lets change set the order's fields: a price that moves, a cancellation. The id stays.
// It panics when there is no such order. change must not call the server.
func (s *Server) UpdateOrder(id string, change func(o *Order)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.byID[id]
	if o == nil {
		panic(fmt.Sprintf("etmtest: no order %q", id))
	}
	change(&o.Order)
	o.ID = id
}

// ticketed returns when the tickets were issued that reads show now. The caller holds the lock.
func (o *order) ticketed(now time.Time) (time.Time, bool) {
	for _, p := range o.paid {
		if at := p.at.Add(o.TicketDelay); p.seen.Visible(now) && !now.Before(at) {
			return at, true
		}
	}
	return time.Time{}, false
}

// The members are in the order of the recorded body.
type orderJSON struct {
	OrderID        json.Number     `json:"order_id"`
	BookID         int             `json:"book_id"`
	BuyID          string          `json:"buy_id"`
	Status         string          `json:"status"`
	PNRNumber      string          `json:"pnr_number"`
	Amount         json.RawMessage `json:"amount"`
	Currency       string          `json:"currency"`
	Buyer          json.RawMessage `json:"buyer"`
	Agency         agencyJSON      `json:"agency"`
	Operator       agencyJSON      `json:"operator"`
	RLNumber       json.RawMessage `json:"rl_number"`
	StampCreate    string          `json:"stamp_create"`
	StampTicket    *string         `json:"stamp_ticket"`
	TimeTillTicket timeJSON        `json:"time_till_ticket"`
	LeftToVoid     bool            `json:"left_to_void"`
	LeftToVoidTime string          `json:"left_to_void_time"`
	Directions     []directionJSON `json:"directions"`
}

type agencyJSON struct {
	ID      int    `json:"id"`
	Login   string `json:"login"`
	Type    string `json:"type"`
	Country string `json:"country"`
}

type timeJSON struct {
	Days    string `json:"days"`
	Hours   string `json:"hours"`
	Minutes string `json:"minutes"`
	Stamp   string `json:"stamp"`
}

type directionJSON struct {
	ID        json.Number     `json:"id"`
	Direction int             `json:"direction"`
	Stops     int             `json:"stops"`
	Segments  json.RawMessage `json:"segments"`
}

const (
	buyer   = `{"email":"traveller@example.com","phone":"(7) 9000000000","country":{"code":"DE","name":"Германия"},"city":"Berlin","address":"Platz 1","zip":"10117"}`
	segment = `{"number":1,"departure":{"airport":{"code":"BER","name":"BRANDENBURG"},"date":"2024-11-22","time":"08:00:00","timezone":"+01:00"},"arrival":{"airport":{"code":"WAW","name":"Варшава"},"date":"2024-11-22","time":"09:10:00","timezone":"+01:00"},"technical":[],"wait":null,"duration":"01:10:00","duration_seconds":4200}`
)

// json renders the order as reads show it now. The caller holds the lock.
func (o *order) json(s *Server, now time.Time) orderJSON {
	stamp := func(t time.Time) string { return t.In(s.conf.zone).Format("2006-01-02 15:04:05") }
	created := stamp(o.CreatedAt)
	us := agencyJSON{ID: 37594, Login: s.Login, Type: "O", Country: "DE"}
	j := orderJSON{
		OrderID: json.Number(o.ID), BookID: 982871, BuyID: o.BuyID, Status: o.Status, PNRNumber: "SIM" + o.ID,
		Amount: json.RawMessage(o.WireAmount), Currency: o.Price.Currency(), Buyer: json.RawMessage(buyer), Agency: us, Operator: us,
		RLNumber: json.RawMessage(`{"LO":"SIM` + o.ID + `"}`), StampCreate: created, LeftToVoidTime: created,
		Directions: []directionJSON{{ID: "2275014016", Direction: 1, Segments: json.RawMessage(`{"1":` + segment + `}`)}},
	}
	if o.WireAmount == "" {
		j.Amount = json.RawMessage(o.Price.Amount())
	}
	if o.Lists {
		j.RLNumber, j.Directions[0].Segments = json.RawMessage(`[]`), json.RawMessage(`[`+segment+`]`)
	}
	if at, ok := o.ticketed(now); ok {
		at := stamp(at)
		j.StampTicket = &at
		if j.Status == StatusBooked {
			j.Status = StatusTicketed
		}
	}
	left := max(o.Deadline.Sub(now), 0) / time.Minute
	const hour, day = 60, 24 * 60
	j.TimeTillTicket = timeJSON{
		Days: strconv.Itoa(int(left / day)), Hours: strconv.Itoa(int(left % day / hour)),
		Minutes: strconv.Itoa(int(left % hour)), Stamp: stamp(o.Deadline),
	}
	return j
}

type envelope struct {
	Status  string `json:"status"`
	Message string `json:"message"`
	Data    any    `json:"data"`
}

func (s *Server) getOrder(c *sim.Call) func() sim.Answer {
	return func() sim.Answer {
		now := s.Now()
		s.mu.Lock()
		defer s.mu.Unlock()
		o := s.byID[c.PathValue("order_id")]
		if o == nil {
			return refuse(http.StatusNotFound, "no such order")()
		}
		return sim.JSON(http.StatusOK, envelope{Status: "ok", Data: o.json(s, now)})
	}
}

// listOrders lists the oldest first: neither order nor pages are documented.
func (s *Server) listOrders(*sim.Call) func() sim.Answer {
	return func() sim.Answer {
		now := s.Now()
		s.mu.Lock()
		defer s.mu.Unlock()
		list := []orderJSON{}
		for _, o := range s.orders {
			list = append(list, o.json(s, now))
		}
		return sim.JSON(http.StatusOK, envelope{Status: "ok", Data: list})
	}
}

// createOrder looks at the buy_id alone, since the body of the request is not documented. Each call
// makes an order.
func (s *Server) createOrder(c *sim.Call) func() sim.Answer {
	var w struct {
		BuyID string `json:"buy_id"`
	}
	if json.Unmarshal(c.Body, &w) != nil || w.BuyID == "" {
		return refuse(http.StatusBadRequest, "no buy_id")
	}
	return func() sim.Answer {
		now := s.Now()
		s.mu.Lock()
		defer s.mu.Unlock()
		o := s.add(Order{BuyID: w.BuyID}, now)
		return sim.JSON(http.StatusOK, envelope{Status: "ok", Data: o.json(s, now)})
	}
}
