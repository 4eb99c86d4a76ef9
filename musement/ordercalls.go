package musement

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/supplierpay/supplierpay-go/internal/call"
	"github.com/supplierpay/supplierpay-go/payment"
)

// CreateOrderRequest makes an order of a cart. Musement asks partners to do so only when the payment is certain to follow.
type CreateOrderRequest struct {
	// CartUUID is required.
	CartUUID string `json:"cart_uuid"`
	// EmailNotification is who gets mails; "" is MailAll.
	EmailNotification EmailNotification `json:"email_notification,omitempty"`
	ExtraData         ExtraData         `json:"extra_data,omitempty"`
	// Affiliate is the id of an affiliate; AffiliateChannel needs one.
	Affiliate        string `json:"affiliate,omitempty"`
	AffiliateChannel string `json:"affiliate_channel,omitempty"`
}

// EmailNotification is who gets mails about an order.
type EmailNotification string

// The documented choices.
const (
	MailAll        EmailNotification = "ALL"
	MailNone       EmailNotification = "NONE"
	MailToCustomer EmailNotification = "TO-CUSTOMER"
)

// CreateOrder makes an order of a cart (POST /orders). It is sent once. What a second order of one cart would do is not
// documented: after an error with outcome Unknown ask [Client.GetOrderInfo] for the cart's order.
func (c *Client) CreateOrder(ctx context.Context, req CreateOrderRequest) (Order, error) {
	err := checkUUID("CartUUID", req.CartUUID)
	if err == nil {
		err = req.ExtraData.check()
	}
	if err == nil && req.AffiliateChannel != "" && req.Affiliate == "" {
		err = payment.InvalidField("AffiliateChannel", "given without an Affiliate")
	}
	if err != nil {
		return Order{}, ours(err, "CreateOrder")
	}
	var o Order
	err = c.change(ctx, call.Operation{Name: "CreateOrder", Method: http.MethodPost, Route: "/orders", Path: []string{"orders"}},
		req, orderInto(&o, ""))
	if err != nil {
		return Order{}, err
	}
	return o, nil
}

// GetOrder reads an order by its uuid (GET /orders/{order}); the identifier that begins with MUS does not do. Its errors
// have outcome Unknown, as those of every read.
func (c *Client) GetOrder(ctx context.Context, orderUUID string) (Order, error) {
	if err := checkUUID("OrderUUID", orderUUID); err != nil {
		return Order{}, unasked(err, "GetOrder")
	}
	var o Order
	_, err := c.read(ctx, "GetOrder", "/orders/{order}", []string{"orders", orderUUID}, orderInto(&o, orderUUID))
	if err != nil {
		return Order{}, err
	}
	return o, nil
}

// SetExtraData replaces the extra data of an order (PATCH /orders/{order}).
func (c *Client) SetExtraData(ctx context.Context, orderUUID string, data ExtraData) (Order, error) {
	err := checkUUID("OrderUUID", orderUUID)
	if err == nil {
		err = data.check()
	}
	if err != nil {
		return Order{}, ours(err, "SetExtraData")
	}
	var o Order
	err = c.change(ctx, call.Operation{Name: "SetExtraData", Method: http.MethodPatch, Route: "/orders/{order}",
		Path: []string{"orders", orderUUID}},
		struct {
			ExtraData string `json:"extra_data"`
		}{string(data)}, orderInto(&o, orderUUID))
	if err != nil {
		return Order{}, err
	}
	return o, nil
}

// Total returns what is to be paid, exactly.
func (o Order) Total() (payment.Money, error) {
	if o.TotalPrice == nil {
		return payment.Money{}, &payment.Error{Provider: provider, Field: "TotalPrice", Message: "the order shows no total price"}
	}
	return o.TotalPrice.Money()
}

// orderInto decodes an order that must be the one of that uuid; "" takes any.
func orderInto(o *Order, uuid string) func(*call.Answer) error {
	return func(a *call.Answer) error {
		var err error
		*o, err = decodeOrder(a.Body)
		if err == nil && uuid != "" && !strings.EqualFold(o.UUID, uuid) {
			return errOtherOrder
		}
		return err
	}
}

// decodeOrder reads an order. It can do without anything but the uuid.
func decodeOrder(body []byte) (Order, error) {
	var o Order
	if begin := bytes.TrimSpace(body); len(begin) == 0 || begin[0] != '{' {
		return Order{}, errNotObject
	}
	if err := o.read(body); err != nil {
		return Order{}, err
	}
	if o.UUID == "" {
		return Order{}, errNoUUID
	}
	return o, nil
}

// change sends a call that changes a cart or an order and moves no money by itself; body nil sends none.
func (c *Client) change(ctx context.Context, op call.Operation, body any, decode func(*call.Answer) error) error {
	op.Kind = call.Write
	if body != nil {
		var err error
		if op.Body, err = json.Marshal(body); err != nil {
			return ours(payment.InvalidField("Request", "cannot be written as JSON"), op.Name)
		}
	}
	_, err := c.do(ctx, op, frozenMeaning, decode)
	return err
}
