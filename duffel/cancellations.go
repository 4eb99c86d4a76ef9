package duffel

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"net/http"
	"net/url"
	"slices"

	"github.com/supplierpay/supplierpay-go/internal/call"
	"github.com/supplierpay/supplierpay-go/internal/wire"
	"github.com/supplierpay/supplierpay-go/payment"
)

// OrderCancellation is the quote for cancelling an order, and the cancellation once it is confirmed.
type OrderCancellation struct {
	ID        string    `json:"id"`
	OrderID   string    `json:"order_id"`
	LiveMode  bool      `json:"live_mode"`
	CreatedAt Timestamp `json:"created_at"`
	// ExpiresAt is until when the quote can be confirmed.
	ExpiresAt *Timestamp `json:"expires_at"`
	// ConfirmedAt is set if and only if the order was cancelled.
	ConfirmedAt *Timestamp `json:"confirmed_at"`
	// RefundAmount is "" when the airline gives no quote, and "0.00" for an order that was never paid.
	RefundAmount   Amount          `json:"refund_amount"`
	RefundCurrency *string         `json:"refund_currency"`
	RefundTo       RefundTo        `json:"refund_to"`
	AirlineCredits []AirlineCredit `json:"airline_credits"`
	// Raw is the object as it came, with members that this struct does not know.
	Raw json.RawMessage `json:"-"`
}

// RefundTo is where a refund goes: an open set of words.
type RefundTo string

// The documented destinations.
const (
	RefundToARCBSPCash      RefundTo = "arc_bsp_cash"
	RefundToBalance         RefundTo = "balance"
	RefundToCard            RefundTo = "card"
	RefundToVoucher         RefundTo = "voucher"
	RefundToAwaitingPayment RefundTo = "awaiting_payment" // the order was never paid
	RefundToAirlineCredits  RefundTo = "airline_credits"
	RefundToOriginal        RefundTo = "original_form_of_payment"
)

// AirlineCredit is a credit that the airline gives in place of money.
type AirlineCredit struct {
	ID             string  `json:"id"`
	CreditName     string  `json:"credit_name"`
	CreditCode     *string `json:"credit_code"`
	CreditAmount   Amount  `json:"credit_amount"`
	CreditCurrency string  `json:"credit_currency"`
	IssuedOn       string  `json:"issued_on"` // "2021-06-02"
	PassengerID    string  `json:"passenger_id"`
}

// Refund joins RefundAmount and RefundCurrency. It is an error when the airline gives no quote.
func (c OrderCancellation) Refund() (payment.Money, error) {
	if c.RefundCurrency == nil {
		return money(c.RefundAmount, "")
	}
	return money(c.RefundAmount, *c.RefundCurrency)
}

// Confirmed reports whether the order was cancelled.
func (c OrderCancellation) Confirmed() bool { return isSet(c.ConfirmedAt) }

// decodeCancellation reads a cancellation. It can do without anything but the id.
func decodeCancellation(raw json.RawMessage) (OrderCancellation, error) {
	var c OrderCancellation
	if err := wire.UnmarshalLenient(raw, &c); err != nil {
		return OrderCancellation{}, err
	}
	if c.ID == "" {
		return OrderCancellation{}, errNoID
	}
	c.Raw = raw
	return c, nil
}

// cancellationIn reads the answer's cancellation, which must be the one with that id, or the one of that order; "" is any.
func cancellationIn(a *call.Answer, id, orderID string) (OrderCancellation, error) {
	data, err := dataOf(a.Body)
	if err != nil {
		return OrderCancellation{}, err
	}
	c, err := decodeCancellation(data)
	switch {
	case err != nil:
		return OrderCancellation{}, err
	case id != "" && c.ID != id:
		return OrderCancellation{}, errOtherCancellation
	case orderID != "" && c.OrderID != "" && c.OrderID != orderID:
		return OrderCancellation{}, errOtherOrder
	}
	return c, nil
}

const cancellationsRoute = "/air/order_cancellations"

// CreateOrderCancellation asks for the quote of a cancellation (POST /air/order_cancellations). It cancels nothing. Only
// the newest quote of an order can be confirmed, so asking again is harmless and makes older quotes stale.
func (c *Client) CreateOrderCancellation(ctx context.Context, orderID string) (OrderCancellation, error) {
	if err := checkID("OrderID", orderID); err != nil {
		return OrderCancellation{}, ours(err, "CreateOrderCancellation")
	}
	var quote OrderCancellation
	err := c.write(ctx, write{
		name: "CreateOrderCancellation", method: http.MethodPost, route: cancellationsRoute,
		path: []string{"air", "order_cancellations"}, data: createCancellationData{orderID},
	}, func(a *call.Answer) error {
		var err error
		quote, err = cancellationIn(a, "", orderID)
		return err
	})
	return quote, err
}

// ConfirmOrderCancellation cancels the order as the quote says (POST /air/order_cancellations/{id}/actions/confirm). It
// cannot be undone. It is sent once, and its error has an outcome: see [payment.OutcomeOf]. After one that is Unknown read
// the cancellation with GetOrderCancellation: Confirmed tells. That the order is cancelled already is Unknown too, since
// this very call may have done it.
func (c *Client) ConfirmOrderCancellation(ctx context.Context, id string) (OrderCancellation, error) {
	if err := checkID("CancellationID", id); err != nil {
		return OrderCancellation{}, ours(err, "ConfirmOrderCancellation")
	}
	var confirmed OrderCancellation
	err := c.write(ctx, write{
		name: "ConfirmOrderCancellation", method: http.MethodPost, route: cancellationsRoute + "/{id}/actions/confirm",
		path: []string{"air", "order_cancellations", id, "actions", "confirm"}, amend: maybeDone,
	}, func(a *call.Answer) error {
		var err error
		confirmed, err = cancellationIn(a, id, "")
		return err
	})
	return confirmed, err
}

// maybeDone makes Unknown of a refusal that says that the order is cancelled.
func maybeDone(e *payment.Error) {
	var said *Error
	if e.Outcome == payment.Refused && errors.As(e, &said) &&
		slices.ContainsFunc(said.Entries, func(entry ErrorEntry) bool { return entry.Code == CodeAlreadyCancelled }) {
		e.Outcome = payment.Unknown
	}
}

// GetOrderCancellation reads a cancellation (GET /air/order_cancellations/{id}). Its errors have outcome Unknown, as those
// of every read.
func (c *Client) GetOrderCancellation(ctx context.Context, id string) (OrderCancellation, error) {
	if err := checkID("CancellationID", id); err != nil {
		return OrderCancellation{}, unasked(err, "GetOrderCancellation")
	}
	var found OrderCancellation
	_, err := c.do(ctx, call.Operation{
		Kind: call.Read, Name: "GetOrderCancellation", Method: http.MethodGet, Route: cancellationsRoute + "/{id}",
		Path: []string{"air", "order_cancellations", id},
	}, func(a *call.Answer) error {
		var err error
		found, err = cancellationIn(a, id, "")
		return err
	})
	return found, err
}

// ListOrderCancellationsParams says which cancellations to list. The zero value lists all.
type ListOrderCancellationsParams struct {
	// OrderID lists those of one order.
	OrderID string
	// Limit is the size of a page, 1 to 200; 0 leaves it to Duffel, which takes 50.
	Limit int
}

// ListOrderCancellations lists cancellations (GET /air/order_cancellations), page after page as the loop asks for them. It
// stops after the first error.
func (c *Client) ListOrderCancellations(ctx context.Context, params ListOrderCancellationsParams) iter.Seq2[OrderCancellation, error] {
	query := url.Values{}
	if params.OrderID != "" {
		query.Set("order_id", params.OrderID)
	}
	if err := addLimit(query, params.Limit); err != nil {
		return failed[OrderCancellation](unasked(err, "ListOrderCancellations"))
	}
	return list(ctx, c, call.Operation{
		Kind: call.Read, Name: "ListOrderCancellations", Method: http.MethodGet, Route: cancellationsRoute,
		Path: []string{"air", "order_cancellations"}, Query: query,
	}, decodeCancellation)
}
