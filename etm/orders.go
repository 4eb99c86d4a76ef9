package etm

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/supplierpay/supplierpay-go/internal/call"
	"github.com/supplierpay/supplierpay-go/internal/wire"
	"github.com/supplierpay/supplierpay-go/payment"
)

// Order is an order as ETM shows it when it is created. The page is cut before passengers, tickets and the price's parts:
// they are in Raw.
type Order struct {
	OrderID Text        `json:"order_id"`
	BookID  Text        `json:"book_id"`
	BuyID   Text        `json:"buy_id"` // of the offer
	Status  OrderStatus `json:"status"`
	// PNRNumber is the booking reference.
	PNRNumber string `json:"pnr_number"`
	Amount    Amount `json:"amount"`
	Currency  string `json:"currency"`
	Buyer     Buyer  `json:"buyer"`
	Agency    Agency `json:"agency"`
	Operator  Agency `json:"operator"`
	// RLNumber has the booking reference of each carrier.
	RLNumber    Locators `json:"rl_number"`
	StampCreate Stamp    `json:"stamp_create"`
	// StampTicket is when the tickets were issued; nil while they are not.
	StampTicket    *Stamp         `json:"stamp_ticket"`
	TimeTillTicket TimeTillTicket `json:"time_till_ticket"`
	// LeftToVoid is false when the order cannot be voided. What it is otherwise is not documented, and LeftToVoidTime means
	// nothing while it is false.
	LeftToVoid     json.RawMessage `json:"left_to_void"`
	LeftToVoidTime Stamp           `json:"left_to_void_time"`
	Directions     []Direction     `json:"directions"`
	// Raw is the object as it came, with members that this struct does not know.
	Raw json.RawMessage `json:"-"`
}

// OrderStatus is where an order stands: an open set of words.
type OrderStatus string

// StatusBooked is the status of an order without tickets, and the only documented one.
const StatusBooked OrderStatus = "B"

// Buyer is who ordered.
type Buyer struct {
	Email   string `json:"email"`
	Phone   string `json:"phone"`
	Country Place  `json:"country"`
	City    string `json:"city"`
	Address string `json:"address"`
	Zip     string `json:"zip"`
}

// Agency is who sold the order, or who works on it. Its country is a code, unlike that of a [Buyer]. Where Login is the
// client's own login it is masked.
type Agency struct {
	ID        Text    `json:"id"`
	Login     string  `json:"login"`
	Type      string  `json:"type"`                // "O"
	FirstName *string `json:"firstname,omitempty"` // of an operator
	LastName  *string `json:"lastname,omitempty"`
	Company   string  `json:"company"`
	Email     string  `json:"email"`
	Phone     string  `json:"phone"`
	City      string  `json:"city"`
	Address   string  `json:"address"`
	Zip       string  `json:"zip"`
	Country   string  `json:"country"`
}

// Place is a country, a city or an airport.
type Place struct {
	Code string `json:"code"`
	Name string `json:"name"` // in the language of the account
}

// TimeTillTicket is how long the order can still be paid.
type TimeTillTicket struct {
	Days    Text `json:"days"`
	Hours   Text `json:"hours"`
	Minutes Text `json:"minutes"`
	// Stamp is the deadline.
	Stamp Stamp `json:"stamp"`
}

// Direction is one way of the journey.
type Direction struct {
	ID              Text     `json:"id"`
	Direction       int      `json:"direction"`
	Stops           Text     `json:"stops"`
	Duration        string   `json:"duration"` // "01:10:00"
	DurationSeconds int      `json:"duration_seconds"`
	Segments        Segments `json:"segments"`
}

// Segments are the flights of a direction in their order. ETM writes them as an object with numbers for keys, or as a
// list.
type Segments []Segment

// UnmarshalJSON takes an object or a list. Anything else is left out.
func (s *Segments) UnmarshalJSON(token []byte) error {
	*s = nil
	for _, e := range entriesOf(token) {
		var segment Segment
		if err := wire.UnmarshalLenient(e.value, &segment); err == nil {
			segment.Raw = e.value
			*s = append(*s, segment)
		}
	}
	return nil
}

// Segment is one flight.
type Segment struct {
	Number    int  `json:"number"`
	Departure Stop `json:"departure"`
	Arrival   Stop `json:"arrival"`
	// Technical are the stops on the way, Wait the time before the flight; neither is documented further.
	Technical       json.RawMessage `json:"technical"`
	Wait            json.RawMessage `json:"wait"`
	Duration        string          `json:"duration"`
	DurationSeconds int             `json:"duration_seconds"`
	// Raw is the object as it came. The page is cut inside it.
	Raw json.RawMessage `json:"-"`
}

// Stop is where and when a flight begins or ends.
type Stop struct {
	Country  Place  `json:"country"`
	City     Place  `json:"city"`
	Airport  Place  `json:"airport"`
	Terminal string `json:"terminal"`
	Date     string `json:"date"`     // "2024-11-22"
	Time     string `json:"time"`     // "08:00:00", local
	Timezone string `json:"timezone"` // "+01:00"
	// Timestamp is wrong for arrivals in ETM's own example: go by Date, Time and Timezone.
	Timestamp int64 `json:"timestamp"`
}

// Total joins Amount and Currency: what to pay for the order. It is the exact amount but for the noise of a printed binary
// float: 221.92000000000002 EUR is 221.92 EUR. For a currency outside [payment.ISO4217] it is exact.
func (o Order) Total() (payment.Money, error) { return o.Amount.money(payment.ISO4217(), o.Currency) }

// ParseOrder reads the answer to the creation of an order (POST /api/air/orders). There is no method for that call, since
// no public document shows its body: make it with [Client.Do].
func ParseOrder(body []byte) (Order, error) {
	o, err := parseOrder(bytes.Clone(body)) // the order keeps a part of it
	if err != nil {
		return Order{}, unreadable("Order", err)
	}
	return o, nil
}

// parseOrder opens the envelope of an order. It can do without anything but the order's id.
func parseOrder(body []byte) (Order, error) {
	var o Order
	said, data, ok := opened(body, &o)
	switch {
	case !ok:
		return Order{}, errNotObject
	case said.Status != "" && said.Status != statusOK:
		return Order{}, &said
	}
	if err := o.check(data); err != nil {
		return Order{}, err
	}
	return o, nil
}

// check demands an object with an order's id as an answer's data, and keeps it as Raw.
func (o *Order) check(data json.RawMessage) error {
	switch {
	case !wire.IsObject(data):
		return errNoData
	case o.OrderID == "":
		return errNoID
	}
	o.Raw = data
	return nil
}

// GetOrder reads one order (GET /api/air/orders/{order_id}). ETM does not document the answer; it is read like that of an
// order's creation. Its errors have outcome Unknown, as those of every read.
func (c *Client) GetOrder(ctx context.Context, orderID string) (Order, error) {
	if err := checkOrderID(orderID); err != nil {
		return Order{}, unasked(err, "GetOrder")
	}
	var o Order
	_, err := c.do(ctx, call.Operation{
		Kind: call.Read, Name: "GetOrder", Method: http.MethodGet, Route: "/api/air/orders/{order_id}",
		Path: []string{"api", "air", "orders", orderID},
	}, func(a *call.Answer) error {
		var err error
		o, err = c.readOrder(a, orderID)
		return err
	})
	if err != nil {
		return Order{}, err
	}
	return o, nil
}

// readOrder reads an answer with the order of this id.
func (c *Client) readOrder(a *call.Answer, orderID string) (Order, error) {
	var o Order
	said, data, ok := opened(a.Body, &o)
	if !ok {
		return Order{}, errNotObject
	}
	if err := c.checkStatus(a, said); err != nil {
		return Order{}, err
	}
	if err := o.check(data); err != nil {
		return Order{}, err
	}
	if string(o.OrderID) != orderID {
		return Order{}, errOtherOrder
	}
	return o, nil
}

// OrderList is an answer of ListOrders.
type OrderList struct {
	// Data is what ETM lists; its form is not documented.
	Data json.RawMessage `json:"data"`
	// Raw is the answer as it came.
	Raw json.RawMessage `json:"-"`
}

// ListOrders lists orders (GET /api/air/orders). Neither the filters nor the pages of the list are documented: filters are
// sent as they are.
func (c *Client) ListOrders(ctx context.Context, filters url.Values) (OrderList, error) {
	var list OrderList
	err := c.get(ctx, "ListOrders", "/api/air/orders", []string{"api", "air", "orders"}, filters, func(body []byte) error {
		list.Raw = body
		return wire.UnmarshalLenient(body, &list)
	})
	if err != nil {
		return OrderList{}, err
	}
	return list, nil
}

// get makes a read whose answer has the usual envelope.
func (c *Client) get(ctx context.Context, name, route string, path []string, query url.Values, decode func([]byte) error) error {
	_, err := c.do(ctx, call.Operation{
		Kind: call.Read, Name: name, Method: http.MethodGet, Route: route, Path: path, Query: query,
	}, func(a *call.Answer) error {
		if err := c.checkEnvelope(a); err != nil {
			return err
		}
		return decode(a.Body)
	})
	return err
}
