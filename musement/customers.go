package musement

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/supplierpay/supplierpay-go/internal/call"
	"github.com/supplierpay/supplierpay-go/payment"
)

// Schema is a JSON Schema that says what a customer or a participant must tell.
type Schema struct {
	Title      string                     `json:"title"` // "cart_customer_guest", "participant", ...
	Type       string                     `json:"type"`  // "object"
	Properties map[string]json.RawMessage `json:"properties"`
	Required   []string                   `json:"required"`
	// Raw is the schema as it came.
	Raw json.RawMessage `json:"-"`
}

// CartCustomer is the lead booker of a cart.
type CartCustomer struct {
	Email                   string            `json:"email,omitempty"`
	Firstname               string            `json:"firstname,omitempty"`
	Lastname                string            `json:"lastname,omitempty"`
	EventsRelatedNewsletter Consent           `json:"events_related_newsletter,omitempty"`
	MusementNewsletter      Consent           `json:"musement_newsletter,omitempty"`
	ThirdpartyNewsletter    Consent           `json:"thirdparty_newsletter,omitempty"`
	ExtraCustomerData       ExtraCustomerData `json:"extra_customer_data,omitempty"`
	Country                 *Country          `json:"country,omitempty"`
}

// Country is the country of a customer.
type Country struct {
	CountryPrefix string `json:"country_prefix,omitempty"` // "+39"
	CurrencyCode  string `json:"currency_code,omitempty"`
	ISOCode       string `json:"iso_code,omitempty"`
	ISO3Char      string `json:"iso3char,omitempty"`
	Name          string `json:"name,omitempty"`
	ID            Value  `json:"id,omitzero"` // Musement is about to drop it
}

// NewCustomer is the lead booker of a cart. The consents are required in production, though not in the sandbox.
type NewCustomer struct {
	Firstname               string  `json:"firstname"`
	Lastname                string  `json:"lastname"`
	Email                   string  `json:"email"`
	MusementNewsletter      Consent `json:"musement_newsletter"`
	AllowProfiling          Consent `json:"allow_profiling"`
	ThirdpartyNewsletter    Consent `json:"thirdparty_newsletter"`
	EventsRelatedNewsletter Consent `json:"events_related_newsletter"`
	City                    string  `json:"city,omitempty"`
	Address                 string  `json:"address,omitempty"`
	Zipcode                 string  `json:"zipcode,omitempty"`
	TaxID                   string  `json:"tax_id,omitempty"`
	// ExtraCustomerData is needed when the cart's schema lists it.
	ExtraCustomerData ExtraCustomerData `json:"extra_customer_data,omitempty"`
}

func (n NewCustomer) check() error {
	for _, f := range []struct{ field, value string }{{"Firstname", n.Firstname}, {"Lastname", n.Lastname}, {"Email", n.Email}} {
		if f.value == "" {
			return payment.InvalidField(f.field, "missing")
		}
	}
	for _, f := range []struct {
		field string
		value Consent
	}{
		{"MusementNewsletter", n.MusementNewsletter}, {"AllowProfiling", n.AllowProfiling},
		{"ThirdpartyNewsletter", n.ThirdpartyNewsletter}, {"EventsRelatedNewsletter", n.EventsRelatedNewsletter},
	} {
		if f.value != Yes && f.value != No {
			return payment.InvalidField(f.field, "want YES or NO")
		}
	}
	return nil
}

// GetCustomerSchema reads what the customer of a cart must tell (GET /carts/{cart}/customer/schema).
func (c *Client) GetCustomerSchema(ctx context.Context, cartUUID string) (Schema, error) {
	if err := checkUUID("CartUUID", cartUUID); err != nil {
		return Schema{}, unasked(err, "GetCustomerSchema")
	}
	return c.schema(ctx, "GetCustomerSchema", "/carts/{cart}/customer/schema", []string{"carts", cartUUID, "customer", "schema"})
}

// SetCustomer sets the customer of a cart (PUT /carts/{cart}/customer). A cart that an order holds is
// [payment.ErrOrderNotPayable].
func (c *Client) SetCustomer(ctx context.Context, cartUUID string, customer NewCustomer) (CartCustomer, error) {
	err := checkUUID("CartUUID", cartUUID)
	if err == nil {
		err = customer.check()
	}
	if err != nil {
		return CartCustomer{}, ours(err, "SetCustomer")
	}
	var set CartCustomer
	err = c.change(ctx, call.Operation{Name: "SetCustomer", Method: http.MethodPut, Route: "/carts/{cart}/customer",
		Path: []string{"carts", cartUUID, "customer"}}, customer, func(a *call.Answer) error { return object(a.Body, &set) })
	if err != nil {
		return CartCustomer{}, err
	}
	return set, nil
}

// GetParticipantsSchema reads what the participants of a cart item must tell
// (GET /carts/{cart}/items/{item}/participants/schema). It is nil, without an error, for an item that asks for nothing.
func (c *Client) GetParticipantsSchema(ctx context.Context, cartUUID, itemUUID string) (*Schema, error) {
	if err := checkUUIDs("CartUUID", cartUUID, "ItemUUID", itemUUID); err != nil {
		return nil, unasked(err, "GetParticipantsSchema")
	}
	s, err := c.schema(ctx, "GetParticipantsSchema", "/carts/{cart}/items/{item}/participants/schema",
		[]string{"carts", cartUUID, "items", itemUUID, "participants", "schema"})
	if saidNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &s, nil
}

// SetParticipants sets the participants of a cart item, one for each of its quantity
// (PUT /carts/{cart}/items/{item}/participants).
func (c *Client) SetParticipants(ctx context.Context, cartUUID, itemUUID string, participants []Participant) error {
	err := checkUUIDs("CartUUID", cartUUID, "ItemUUID", itemUUID)
	if err == nil && len(participants) == 0 {
		err = payment.InvalidField("Participants", "missing")
	}
	if err != nil {
		return ours(err, "SetParticipants")
	}
	return c.change(ctx, call.Operation{Name: "SetParticipants", Method: http.MethodPut,
		Route: "/carts/{cart}/items/{item}/participants", Path: []string{"carts", cartUUID, "items", itemUUID, "participants"}},
		participants, nil)
}

func (c *Client) schema(ctx context.Context, name, route string, path []string) (Schema, error) {
	var s Schema
	_, err := c.read(ctx, name, route, path, func(a *call.Answer) error {
		s.Raw = a.Body
		return object(a.Body, &s)
	})
	if err != nil {
		return Schema{}, err
	}
	return s, nil
}

// saidNotFound reports whether Musement itself answered that there is no such thing.
func saidNotFound(err error) bool {
	var said *Error
	return errors.As(err, &said) && said.Status == http.StatusNotFound && said.Code == CodeNotFound
}
