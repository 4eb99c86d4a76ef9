package musement

import (
	"context"

	"github.com/supplierpay/supplierpay-go/internal/call"
	"github.com/supplierpay/supplierpay-go/payment"
)

// Ticket is one ticket of an activity.
type Ticket struct {
	ID               string `json:"id"`
	PriceFeatureCode string `json:"price_feature_code,omitempty"`
	PriceFeature     string `json:"price_feature,omitempty"`
	Date             Date   `json:"date,omitempty"`
}

// Document is a file to print, a PDF by all signs.
type Document struct {
	// ContentType is what Musement says that Body is.
	ContentType string
	Body        []byte
}

// GetTickets lists the tickets of one activity of an order (GET /orders/{order}/activities/{activity}/tickets). Before
// there are any it is [payment.ErrOrderNotFound].
func (c *Client) GetTickets(ctx context.Context, orderUUID, activityUUID string) ([]Ticket, error) {
	if err := checkUUIDs("OrderUUID", orderUUID, "ActivityUUID", activityUUID); err != nil {
		return nil, unasked(err, "GetTickets")
	}
	var tickets []Ticket
	_, err := c.read(ctx, "GetTickets", "/orders/{order}/activities/{activity}/tickets",
		[]string{"orders", orderUUID, "activities", activityUUID, "tickets"},
		func(a *call.Answer) error { return list(a.Body, &tickets) })
	if err != nil {
		return nil, err
	}
	return tickets, nil
}

// GetTicket returns one ticket to print (GET /orders/{order}/activities/{activity}/tickets/{ticket}).
func (c *Client) GetTicket(ctx context.Context, orderUUID, activityUUID, ticketID string) (Document, error) {
	err := checkUUIDs("OrderUUID", orderUUID, "ActivityUUID", activityUUID)
	if err == nil && ticketID == "" {
		err = payment.InvalidField("TicketID", "missing")
	}
	if err != nil {
		return Document{}, unasked(err, "GetTicket")
	}
	return c.document(ctx, "GetTicket", "/orders/{order}/activities/{activity}/tickets/{ticket}",
		[]string{"orders", orderUUID, "activities", activityUUID, "tickets", ticketID})
}

// GetActivityVoucher returns one document for all items of an activity (GET /orders/{order}/activities/{activity}/voucher).
func (c *Client) GetActivityVoucher(ctx context.Context, orderUUID, activityUUID string) (Document, error) {
	if err := checkUUIDs("OrderUUID", orderUUID, "ActivityUUID", activityUUID); err != nil {
		return Document{}, unasked(err, "GetActivityVoucher")
	}
	return c.document(ctx, "GetActivityVoucher", "/orders/{order}/activities/{activity}/voucher",
		[]string{"orders", orderUUID, "activities", activityUUID, "voucher"})
}

// GetItemVoucher returns the voucher of one item (GET /orders/{order}/items/{item}/voucher/booking).
func (c *Client) GetItemVoucher(ctx context.Context, orderUUID, itemUUID string) (Document, error) {
	if err := checkUUIDs("OrderUUID", orderUUID, "ItemUUID", itemUUID); err != nil {
		return Document{}, unasked(err, "GetItemVoucher")
	}
	return c.document(ctx, "GetItemVoucher", "/orders/{order}/items/{item}/voucher/booking",
		[]string{"orders", orderUUID, "items", itemUUID, "voucher", "booking"})
}

// GetExternalVouchers returns the vouchers that others have issued for an item
// (GET /orders/{order}/items/{item}/vouchers-external). Without any, or when their source has failed, Musement answers 409.
func (c *Client) GetExternalVouchers(ctx context.Context, orderUUID, itemUUID string) (Document, error) {
	if err := checkUUIDs("OrderUUID", orderUUID, "ItemUUID", itemUUID); err != nil {
		return Document{}, unasked(err, "GetExternalVouchers")
	}
	return c.document(ctx, "GetExternalVouchers", "/orders/{order}/items/{item}/vouchers-external",
		[]string{"orders", orderUUID, "items", itemUUID, "vouchers-external"})
}

func (c *Client) document(ctx context.Context, name, route string, path []string) (Document, error) {
	var d Document
	_, err := c.read(ctx, name, route, path, func(a *call.Answer) error {
		if len(a.Body) == 0 {
			return errNoDocument
		}
		d = Document{ContentType: a.Header.Get("Content-Type"), Body: a.Body}
		return nil
	})
	if err != nil {
		return Document{}, err
	}
	return d, nil
}
