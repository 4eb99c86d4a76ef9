package musement

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/supplierpay/supplierpay-go/internal/call"
	"github.com/supplierpay/supplierpay-go/payment"
)

// Cart is a cart as Musement shows it. One without an order is deleted after three months.
type Cart struct {
	UUID                       string         `json:"uuid"`
	Customer                   *CartCustomer  `json:"customer,omitempty"`
	Items                      []CartItem     `json:"items,omitempty"`
	FullPrice                  *Money         `json:"full_price,omitempty"`
	FullPriceWithoutServiceFee *Money         `json:"full_price_without_service_fee,omitempty"`
	Discount                   *Money         `json:"discount,omitempty"`
	RetailPrice                *Money         `json:"retail_price,omitempty"`
	ServiceFee                 *Money         `json:"service_fee,omitempty"`
	PromoCode                  *CartPromoCode `json:"promo_code,omitempty"`
	PreferredPaymentGateway    Gateway        `json:"preferred_payment_gateway,omitempty"`
	// Raw is the cart as it came, with members that this struct does not know.
	Raw json.RawMessage `json:"-"`
}

// CartPromoCode is the promo code of a cart.
type CartPromoCode struct {
	Code string `json:"code"`
}

// CartItem is one product in a cart.
type CartItem struct {
	UUID                        string       `json:"uuid"`
	Status                      string       `json:"status,omitempty"` // "PREBOOK_OK"; other words are not documented
	Quantity                    Count        `json:"quantity,omitempty"`
	TotalPrice                  *Money       `json:"total_price,omitempty"`
	TotalPriceWithoutServiceFee *Money       `json:"total_price_without_service_fee,omitempty"`
	Product                     *CartProduct `json:"product,omitempty"`
}

// CartProduct is what a cart item would buy.
type CartProduct struct {
	ID          ID     `json:"id,omitempty"`
	Type        string `json:"type,omitempty"`
	Title       string `json:"title,omitempty"`
	RetailPrice *Money `json:"retail_price,omitempty"`
}

// CreateCartRequest may be empty.
type CreateCartRequest struct {
	Tickets      []NewTicket `json:"tickets,omitempty"`
	DiscountCode string      `json:"discount_code,omitempty"`
}

// NewTicket is a product to begin a cart with.
type NewTicket struct {
	Product  TicketProduct `json:"product"`
	Quantity int           `json:"quantity"`
}

// TicketProduct names a product by number; everywhere else ids are text.
type TicketProduct struct {
	ID int64 `json:"id"`
}

// CreateCart makes a cart (POST /carts).
func (c *Client) CreateCart(ctx context.Context, req CreateCartRequest) (Cart, error) {
	for _, t := range req.Tickets {
		if t.Product.ID <= 0 || t.Quantity <= 0 {
			return Cart{}, ours(payment.InvalidField("Tickets", "want products and quantities above zero"), "CreateCart")
		}
	}
	var cart Cart
	err := c.change(ctx, call.Operation{Name: "CreateCart", Method: http.MethodPost, Route: "/carts", Path: []string{"carts"}},
		req, cartInto(&cart, ""))
	if err != nil {
		return Cart{}, err
	}
	return cart, nil
}

// GetCart reads a cart (GET /carts/{cart}). Its errors have outcome Unknown, as those of every read.
func (c *Client) GetCart(ctx context.Context, cartUUID string) (Cart, error) {
	if err := checkUUID("CartUUID", cartUUID); err != nil {
		return Cart{}, unasked(err, "GetCart")
	}
	var cart Cart
	_, err := c.read(ctx, "GetCart", "/carts/{cart}", []string{"carts", cartUUID}, cartInto(&cart, cartUUID))
	if err != nil {
		return Cart{}, err
	}
	return cart, nil
}

// DeleteCart deletes a cart that has no order (DELETE /carts/{cart}).
func (c *Client) DeleteCart(ctx context.Context, cartUUID string) error {
	if err := checkUUID("CartUUID", cartUUID); err != nil {
		return ours(err, "DeleteCart")
	}
	return c.change(ctx, call.Operation{Name: "DeleteCart", Method: http.MethodDelete, Route: "/carts/{cart}",
		Path: []string{"carts", cartUUID}}, nil, func(a *call.Answer) error {
		if strings.TrimSpace(string(a.Body)) != "true" { // the whole body is the JSON value true
			return errNotDeleted
		}
		return nil
	})
}

// NewCartItem is a product to put into a cart.
type NewCartItem struct {
	Type ProductType `json:"type"`
	// ProductIdentifier comes from the dates of an activity.
	ProductIdentifier string `json:"product_identifier"`
	Quantity          int    `json:"quantity"`
	// Language has two letters; Pickup is a uuid. Activities that offer a choice want them.
	Language string `json:"language,omitempty"`
	Pickup   string `json:"pickup,omitempty"`
}

// ProductType is the kind of a product: an open set of words.
type ProductType string

// The documented product types.
const (
	ProductStandard ProductType = "musement"
	ProductRealtime ProductType = "musement-realtime"
	ProductGift     ProductType = "musement-gift"
)

// maxCartItems is how many items a cart may have.
const maxCartItems = 100

// AddCartItems puts up to 100 items into a cart (POST /carts/{cart}/items) and returns the first of them: Musement answers
// with no more. [Client.GetCart] shows the rest, and tells after an error with outcome Unknown what was added: a second
// call adds the items again.
func (c *Client) AddCartItems(ctx context.Context, cartUUID string, items []NewCartItem) (CartItem, error) {
	if err := checkItems(cartUUID, items); err != nil {
		return CartItem{}, ours(err, "AddCartItems")
	}
	var first CartItem
	err := c.change(ctx, call.Operation{Name: "AddCartItems", Method: http.MethodPost, Route: "/carts/{cart}/items",
		Path: []string{"carts", cartUUID, "items"}}, items, func(a *call.Answer) error {
		if err := object(a.Body, &first); err != nil {
			return err
		}
		if first.UUID == "" {
			return errNoUUID
		}
		return nil
	})
	if err != nil {
		return CartItem{}, err
	}
	return first, nil
}

func checkItems(cartUUID string, items []NewCartItem) error {
	if err := checkUUID("CartUUID", cartUUID); err != nil {
		return err
	}
	if len(items) == 0 || len(items) > maxCartItems {
		return payment.InvalidField("Items", "want 1 to 100 items")
	}
	for _, i := range items {
		switch {
		case i.Type == "":
			return payment.InvalidField("Type", "missing")
		case i.ProductIdentifier == "":
			return payment.InvalidField("ProductIdentifier", "missing")
		case i.Quantity <= 0:
			return payment.InvalidField("Quantity", "want one or more")
		}
	}
	return nil
}

// RemoveCartItem takes an item out of a cart (DELETE /carts/{cart}/items/{item}).
func (c *Client) RemoveCartItem(ctx context.Context, cartUUID, itemUUID string) error {
	if err := checkUUIDs("CartUUID", cartUUID, "ItemUUID", itemUUID); err != nil {
		return ours(err, "RemoveCartItem")
	}
	return c.change(ctx, call.Operation{Name: "RemoveCartItem", Method: http.MethodDelete, Route: "/carts/{cart}/items/{item}",
		Path: []string{"carts", cartUUID, "items", itemUUID}}, nil, nil)
}

// cartInto decodes a cart that must be the one of that uuid; "" takes any.
func cartInto(cart *Cart, uuid string) func(*call.Answer) error {
	return func(a *call.Answer) error {
		var err error
		*cart, err = decodeCart(a.Body)
		if err == nil && uuid != "" && !strings.EqualFold(cart.UUID, uuid) {
			return errOtherCart
		}
		return err
	}
}

func decodeCart(body []byte) (Cart, error) {
	var cart Cart
	if err := object(body, &cart); err != nil {
		return Cart{}, err
	}
	if cart.UUID == "" {
		return Cart{}, errNoUUID
	}
	cart.Raw = body
	return cart, nil
}
