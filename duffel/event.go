package duffel

import (
	"cmp"
	"encoding/json"
	"errors"
	"strings"

	"github.com/supplierpay/supplierpay-go/internal/wire"
	"github.com/supplierpay/supplierpay-go/payment"
)

// Event is a webhook event: a hint that something changed, not the change itself. Events come at least once, in any order
// and perhaps days late, so read the payment or the order again and believe that.
type Event struct {
	ID         string    `json:"id"`
	APIVersion string    `json:"api_version"`
	Type       EventType `json:"type"`
	// LiveMode is nil when the event does not say.
	LiveMode *bool `json:"live_mode"`
	// IdempotencyKey is Duffel's key of what happened: for payment.created the payment's id, for order.created the order's.
	// Several events of one payment share it.
	IdempotencyKey string    `json:"idempotency_key"`
	CreatedAt      Timestamp `json:"created_at"`
	OrganisationID string    `json:"identity_organisation_id"`
	// Object is what the event is about, as it came: its members differ by type, and there are few.
	Object json.RawMessage `json:"-"`
	// Raw is the whole event as it came.
	Raw json.RawMessage `json:"-"`
}

// EventType is what an event tells of: an open set of words.
type EventType string

// The events around orders and payments.
const (
	EventPaymentCreated             EventType = "payment.created" // of a hold order
	EventPaymentPending             EventType = "air.payment.pending"
	EventPaymentSucceeded           EventType = "air.payment.succeeded"
	EventPaymentFailed              EventType = "air.payment.failed"
	EventPaymentCancelled           EventType = "air.payment.cancelled"
	EventOrderCreated               EventType = "order.created"
	EventOrderCreationFailed        EventType = "order.creation_failed" // after an AcceptedOrder
	EventOrderUpdated               EventType = "order.updated"
	EventOrderChanged               EventType = "air.order.changed"
	EventAirlineInitiatedChange     EventType = "order.airline_initiated_change_detected"
	EventOrderCancellationCreated   EventType = "order_cancellation.created"
	EventOrderCancellationConfirmed EventType = "order_cancellation.confirmed"
	EventAirlineCreditCreated       EventType = "air.airline_credit.created"
	EventAirlineCreditSpent         EventType = "air.airline_credit.spent"
	EventAirlineCreditInvalidated   EventType = "air.airline_credit.invalidated"
	EventPing                       EventType = "ping.triggered"
)

// PaymentID returns the id of the payment that an event of a payment is about, "" for other events.
func (e Event) PaymentID() string {
	if e.Type != EventPaymentCreated && !strings.HasPrefix(string(e.Type), "air.payment.") {
		return ""
	}
	if e.Type == EventPaymentCreated && e.IdempotencyKey != "" { // what its object is, is not documented
		return e.IdempotencyKey
	}
	o := e.object()
	return cmp.Or(o.PaymentID, o.ID)
}

// OrderID returns the id of the order that order.created is about, "" for other events.
func (e Event) OrderID() string {
	if e.Type != EventOrderCreated {
		return ""
	}
	if id := e.object().ID; id != "" {
		return id
	}
	return e.IdempotencyKey
}

// OfferID returns the id of the offer that the order of order.created was made from, "" for other events and when the
// event does not say.
func (e Event) OfferID() string {
	if e.Type != EventOrderCreated {
		return ""
	}
	return e.object().OfferID
}

type eventObject struct {
	ID        string `json:"id"`
	PaymentID string `json:"payment_id"`
	OfferID   string `json:"offer_id"`
}

// object reads what it can of the object.
func (e Event) object() eventObject {
	var o eventObject
	if len(e.Object) == 0 || wire.UnmarshalLenient(e.Object, &o) != nil {
		return eventObject{}
	}
	return o
}

// key is what tells the event from others: its id, else its type and key, since a payment's events share the key. An event
// without any of them cannot be told apart.
func (e Event) key() string {
	switch {
	case e.ID != "":
		return e.ID
	case e.Type != "" && e.IdempotencyKey != "":
		return string(e.Type) + " " + e.IdempotencyKey
	default:
		return ""
	}
}

var errNoEvent = errors.New("no event in the body")

// decodeEvent reads an event. It can do without anything but a type.
func decodeEvent(body []byte) (Event, error) {
	var e Event
	if err := wire.UnmarshalLenient(body, &e); err != nil {
		return Event{}, err
	}
	var data struct {
		Data struct {
			Object json.RawMessage `json:"object"`
		} `json:"data"`
	}
	if err := wire.UnmarshalLenient(body, &data); err != nil {
		return Event{}, err
	}
	if e.Type == "" {
		return Event{}, errNoEvent
	}
	e.Object, e.Raw = data.Data.Object, body
	return e, nil
}

// webhookError is an event that was not handled, or not handled again. It says nothing about the money.
func webhookError(kind, reason, cause error) error {
	return &payment.Error{Provider: provider, Op: "webhook", Kind: kind, Err: errors.Join(reason, cause)}
}
