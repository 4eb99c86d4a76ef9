package duffel

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/supplierpay/supplierpay-go/internal/call"
	"github.com/supplierpay/supplierpay-go/internal/wire"
	"github.com/supplierpay/supplierpay-go/payment"
)

// Order is an order as Duffel shows it: what matters for paying, and what stands beside it. Passengers, slices and
// changes are in Raw.
type Order struct {
	ID string `json:"id"`
	// Type is "" in answers of the older shape.
	Type             OrderType     `json:"type,omitempty"`
	LiveMode         bool          `json:"live_mode"`
	CreatedAt        Timestamp     `json:"created_at"`
	SyncedAt         *Timestamp    `json:"synced_at"` // last comparison with the airline
	CancelledAt      *Timestamp    `json:"cancelled_at"`
	VoidWindowEndsAt *Timestamp    `json:"void_window_ends_at,omitempty"`
	BookingReference string        `json:"booking_reference"` // the airline's
	OfferID          string        `json:"offer_id,omitempty"`
	TotalAmount      Amount        `json:"total_amount"`
	TotalCurrency    string        `json:"total_currency"`
	BaseAmount       Amount        `json:"base_amount"` // "" for null
	BaseCurrency     *string       `json:"base_currency"`
	TaxAmount        Amount        `json:"tax_amount"` // "" for null
	TaxCurrency      *string       `json:"tax_currency"`
	PaymentStatus    PaymentStatus `json:"payment_status"`
	Documents        []Document    `json:"documents"`
	AvailableActions []string      `json:"available_actions,omitempty"` // "cancel", "change", "update"
	// IntendedPaymentMethods are what the order was last priced for, only while it is unpaid: see PriceOrder.
	IntendedPaymentMethods []IntendedPayment `json:"intended_payment_methods,omitempty"`
	Services               []Service         `json:"services,omitempty"`
	Conditions             Conditions        `json:"conditions,omitzero"`
	Content                string            `json:"content,omitempty"` // "managed" or "self_managed"
	Metadata               map[string]string `json:"metadata,omitempty"`
	Users                  []string          `json:"users,omitempty"`
	Owner                  *Airline          `json:"owner,omitempty"`
	// Raw is the object as it came, with members that this struct does not know.
	Raw json.RawMessage `json:"-"`
}

// OrderType tells whether an order is paid when it is made.
type OrderType string

// The documented types. Only hold orders can be paid for.
const (
	OrderInstant OrderType = "instant"
	OrderHold    OrderType = "hold"
)

// PaymentStatus tells whether and until when an order can be paid. AwaitingPayment false is no proof of payment: the hold
// may have lapsed, the order may have been cancelled, or a payment may be pending. PaidAt is.
type PaymentStatus struct {
	AwaitingPayment bool `json:"awaiting_payment"`
	// PaymentRequiredBy is when the airline gives up the space.
	PaymentRequiredBy *Timestamp `json:"payment_required_by"`
	// PriceGuaranteeExpiresAt is until when the price stands; nil when it is not guaranteed.
	PriceGuaranteeExpiresAt *Timestamp `json:"price_guarantee_expires_at"`
	// PaidAt is set if and only if the order has been paid. Answers of the older shape leave it out.
	PaidAt *Timestamp `json:"paid_at,omitempty"`
}

// Document is a ticket, or another document that the airline issued.
type Document struct {
	Type             string   `json:"type"` // "electronic_ticket", ...
	UniqueIdentifier string   `json:"unique_identifier"`
	PassengerIDs     []string `json:"passenger_ids,omitempty"`
}

// Service is an extra that was booked with an order, such as a bag.
type Service struct {
	ID            string   `json:"id"`
	Type          string   `json:"type"`
	Quantity      int      `json:"quantity"`
	TotalAmount   Amount   `json:"total_amount"`
	TotalCurrency string   `json:"total_currency"`
	PassengerIDs  []string `json:"passenger_ids,omitempty"`
	SegmentIDs    []string `json:"segment_ids,omitempty"`
}

// Conditions are what the fare allows before departure; nil when Duffel does not know.
type Conditions struct {
	RefundBeforeDeparture *Condition `json:"refund_before_departure"`
	ChangeBeforeDeparture *Condition `json:"change_before_departure"`
}

// Condition tells whether something is allowed and what it costs.
type Condition struct {
	Allowed         bool    `json:"allowed"`
	PenaltyAmount   Amount  `json:"penalty_amount"` // "" for null
	PenaltyCurrency *string `json:"penalty_currency"`
}

// Airline is the airline that an order is booked with.
type Airline struct {
	ID       string  `json:"id"`
	Name     string  `json:"name"`
	IATACode *string `json:"iata_code"`
}

// Total joins TotalAmount and TotalCurrency: the amount to pay for a hold order.
func (o Order) Total() (payment.Money, error) { return money(o.TotalAmount, o.TotalCurrency) }

// isSet reports whether a nullable time has a value, readable or not.
func isSet(t *Timestamp) bool { return t != nil && *t != "" }

// passed reports whether a nullable time is there, readable, and before now.
func passed(t *Timestamp, now time.Time) bool {
	if t == nil {
		return false
	}
	at, err := t.Time()
	return err == nil && at.Before(now)
}

// decodeOrder reads an order. It can do without anything but the id.
func decodeOrder(raw json.RawMessage) (Order, error) {
	var o Order
	if err := wire.UnmarshalLenient(raw, &o); err != nil {
		return Order{}, err
	}
	if o.ID == "" {
		return Order{}, errNoID
	}
	o.Raw = raw
	return o, nil
}

// GetOrder reads one order with its current price (GET /air/orders/{id}). Its errors have outcome Unknown, as those of
// every read.
func (c *Client) GetOrder(ctx context.Context, id string) (Order, error) {
	o, _, err := c.getOrder(ctx, id)
	return o, err
}

func (c *Client) getOrder(ctx context.Context, id string) (Order, *call.Answer, error) {
	if err := checkID("OrderID", id); err != nil {
		return Order{}, nil, unasked(err, "GetOrder")
	}
	var o Order
	a, err := c.do(ctx, call.Operation{
		Kind: call.Read, Name: "GetOrder", Method: http.MethodGet, Route: "/air/orders/{id}",
		Path: []string{"air", "orders", id},
	}, func(a *call.Answer) error {
		data, err := dataOf(a.Body)
		if err != nil {
			return err
		}
		if o, err = decodeOrder(data); err == nil && o.ID != id {
			return errOtherOrder
		}
		return err
	})
	if err != nil {
		return Order{}, a, err
	}
	return o, a, nil
}

// ListOrdersParams are the filters of ListOrders. The zero value lists all orders.
type ListOrdersParams struct {
	// AwaitingPayment and what follows are filters, empty for any; Sort is the order, Duffel's own when it is empty.
	AwaitingPayment  *bool
	RequiresAction   *bool // changes by the airline that nobody has acted on
	OfferID          string
	BookingReference string
	UserID           string
	PassengerNames   []string
	OwnerIDs         []string
	OriginIDs        []string
	DestinationIDs   []string
	DepartingAt      TimeRange
	ArrivingAt       TimeRange
	CreatedAt        TimeRange
	Sort             OrderSort
	// Limit is the size of a page, 1 to 200; 0 leaves it to Duffel, which takes 50.
	Limit int
}

// TimeRange is what lies between two times. A zero time is no limit.
type TimeRange struct {
	After, Before time.Time // either may be zero
}

// OrderSort is the order of a list of orders: an open set of words.
type OrderSort string

// The documented orders, upwards. Descending turns one around.
const (
	SortByPaymentRequiredBy OrderSort = "payment_required_by"
	SortByCreatedAt         OrderSort = "created_at"
	SortByNextDeparture     OrderSort = "next_departure"
	SortByTotalAmount       OrderSort = "total_amount"
)

// Descending returns the same order from the largest to the smallest.
func (s OrderSort) Descending() OrderSort { return "-" + s }

// ListOrders lists orders (GET /air/orders), page after page as the loop asks for them. It stops after the first error. A
// new order may take hours to be listed.
func (c *Client) ListOrders(ctx context.Context, params ListOrdersParams) iter.Seq2[Order, error] {
	query, err := params.query()
	if err != nil {
		return failed[Order](unasked(err, "ListOrders"))
	}
	return list(ctx, c, call.Operation{
		Kind: call.Read, Name: "ListOrders", Method: http.MethodGet, Route: "/air/orders",
		Path: []string{"air", "orders"}, Query: query,
	}, decodeOrder)
}

func (p ListOrdersParams) query() (url.Values, error) {
	q := url.Values{}
	for name, v := range map[string]*bool{"awaiting_payment": p.AwaitingPayment, "requires_action": p.RequiresAction} {
		if v != nil {
			q.Set(name, strconv.FormatBool(*v))
		}
	}
	for name, v := range map[string]string{
		"offer_id": p.OfferID, "booking_reference": p.BookingReference, "user_id": p.UserID, "sort": string(p.Sort),
	} {
		if v != "" {
			q.Set(name, v)
		}
	}
	for name, v := range map[string][]string{
		"passenger_name[]": p.PassengerNames, "owner_id[]": p.OwnerIDs,
		"origin_id[]": p.OriginIDs, "destination_id[]": p.DestinationIDs,
	} {
		if len(v) > 0 {
			q[name] = v
		}
	}
	for name, r := range map[string]TimeRange{"departing_at": p.DepartingAt, "arriving_at": p.ArrivingAt, "created_at": p.CreatedAt} {
		if err := r.add(q, name); err != nil {
			return nil, err
		}
	}
	return q, addLimit(q, p.Limit)
}

// add writes the ends of the range that are there.
func (r TimeRange) add(q url.Values, name string) error {
	for _, end := range []struct {
		name string
		at   time.Time
	}{{"after", r.After}, {"before", r.Before}} {
		if end.at.IsZero() {
			continue
		}
		if y := end.at.UTC().Year(); y < 1 || y > 9999 {
			return payment.InvalidField(name, "year outside 1 to 9999")
		}
		q.Set(name+"["+end.name+"]", end.at.UTC().Format(time.RFC3339Nano))
	}
	return nil
}
