package duffel

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/shopspring/decimal"

	"github.com/supplierpay/supplierpay-go/internal/call"
	"github.com/supplierpay/supplierpay-go/payment"
)

// CreateOrderRequest books an offer.
type CreateOrderRequest struct {
	// Type is OrderHold, to be paid later, or OrderInstant, paid with Payments. It is required, although Duffel would take
	// an order without a type for an instant one: nobody should pay by leaving something out.
	Type OrderType
	// OfferID is the offer to book, the one entry of Duffel's selected_offers. A lost order is found again by it: keep it
	// before calling.
	OfferID    string
	Passengers []NewPassenger
	// Payments are for instant orders. Their sum is the price of the offer and the services.
	Payments []NewPayment
	// Services are extras to book with the order. Duffel's older pages do not allow them for hold orders.
	Services []ServiceQuantity
	// Metadata is yours to fill, without secrets: up to 50 pairs, keys of up to 40 letters, digits, _ and -, values of up to
	// 500 characters.
	Metadata map[string]string
	// Users are ids of customer users, "icu_...".
	Users []string
}

// NewPassenger is a passenger of an order to be made.
type NewPassenger struct {
	// ID is the offer's id of the passenger, "pas_...".
	ID                string `json:"id"`
	Title             string `json:"title,omitempty"`  // "mr", "ms", "mrs", "miss", "dr"
	Gender            string `json:"gender,omitempty"` // "m" or "f"
	GivenName         string `json:"given_name"`
	FamilyName        string `json:"family_name"`
	BornOn            string `json:"born_on"` // "1980-07-24"
	Email             string `json:"email"`
	PhoneNumber       string `json:"phone_number"`                  // E.164, "+442080160508"
	InfantPassengerID string `json:"infant_passenger_id,omitempty"` // of the infant on this passenger's lap
	UserID            string `json:"user_id,omitempty"`
	// IdentityDocuments and LoyaltyProgrammeAccounts are Duffel's objects as JSON: this package has no structs for them.
	IdentityDocuments        []json.RawMessage `json:"identity_documents,omitempty"`
	LoyaltyProgrammeAccounts []json.RawMessage `json:"loyalty_programme_accounts,omitempty"`
}

// ServiceQuantity is an extra to book, and how often.
type ServiceQuantity struct {
	ID       string `json:"id"`
	Quantity int    `json:"quantity"`
}

// OrderResult is what became of CreateOrder: a [CreatedOrder], a [BookedOrder] or an [AcceptedOrder].
type OrderResult interface{ orderResult() }

// CreatedOrder is an order that was made.
type CreatedOrder struct {
	Order     Order  // as Duffel answered it
	RequestID string // what Duffel's support asks for
}

// BookedOrder is an order that was made at the airline, but that Duffel cannot show yet (status 200 with a message). It
// appears later: look for it by its offer.
type BookedOrder struct {
	Message   string          // Duffel's free text
	RequestID string          // what Duffel's support asks for
	Data      json.RawMessage `json:"-"` // the answer's data as it came
}

// AcceptedOrder is one that nobody knows the end of yet (status 202). The webhook order.created or order.creation_failed
// follows, perhaps after hours. Creating it again may book twice.
type AcceptedOrder struct {
	Message   string          // Duffel's free text, may be ""
	RequestID string          // what Duffel's support asks for
	Data      json.RawMessage `json:"-"` // the answer's data as it came
}

func (CreatedOrder) orderResult()  {}
func (BookedOrder) orderResult()   {}
func (AcceptedOrder) orderResult() {}

// CreateOrder books an offer (POST /air/orders). It is sent once, and its error has an outcome: see [payment.OutcomeOf].
// An instant order moves money; and with a hold order too an Unknown outcome must not be answered with another
// CreateOrder, because the seat may be booked. Look for the order instead, for some hours:
//
//	for order, err := range client.ListOrders(ctx, duffel.ListOrdersParams{OfferID: req.OfferID}) { ... }
//
// [payment.ErrAlreadyPaid] says that the offer was booked before or is being booked, perhaps by this very call. That nothing
// is listed proves nothing. After a 500 call Duffel's support with the request id.
//
// The result is nil with an error, except for [payment.ErrAmountMismatch] with outcome Accepted: an instant order that
// costs something else than was paid.
func (c *Client) CreateOrder(ctx context.Context, req CreateOrderRequest) (OrderResult, error) {
	data, secrets, err := c.createOrderBody(req)
	if err != nil {
		return nil, ours(err, "CreateOrder")
	}
	var result OrderResult
	err = c.write(ctx, write{
		name: "CreateOrder", method: http.MethodPost, route: "/air/orders", path: []string{"air", "orders"},
		data: data, secrets: secrets,
	}, func(a *call.Answer) error {
		var err error
		if result, err = createdOrder(a); err != nil {
			return err
		}
		return otherPrice(result, req.Payments)
	})
	return result, err
}

// createOrderBody checks the request and returns what goes onto the wire, and the secrets in it.
func (c *Client) createOrderBody(req CreateOrderRequest) (createOrderData, []payment.Secret, error) {
	none := createOrderData{}
	if err := checkID("OfferID", req.OfferID); err != nil {
		return none, nil, err
	}
	switch {
	case req.Type == "":
		return none, nil, payment.InvalidField("Type", "missing, want hold or instant")
	case req.Type == OrderHold && len(req.Payments) > 0:
		return none, nil, payment.InvalidField("Payments", "given for a hold order, which is paid later")
	case req.Type == OrderInstant && len(req.Payments) == 0:
		return none, nil, payment.InvalidField("Payments", "missing for an instant order")
	case len(req.Passengers) == 0:
		return none, nil, payment.InvalidField("Passengers", "missing")
	}
	for _, p := range req.Passengers {
		if err := p.check(); err != nil {
			return none, nil, err
		}
	}
	if err := checkServices(req.Services); err != nil {
		return none, nil, err
	}
	if err := checkMetadata(req.Metadata); err != nil {
		return none, nil, err
	}
	data := createOrderData{
		Type: req.Type, SelectedOffers: []string{req.OfferID}, Passengers: req.Passengers,
		Services: req.Services, Metadata: req.Metadata, Users: req.Users,
	}
	var secrets []payment.Secret
	for _, p := range req.Payments {
		part, err := c.part(p, &secrets)
		if err != nil {
			return none, nil, err
		}
		data.Payments = append(data.Payments, part)
	}
	return data, secrets, nil
}

// check demands what Duffel needs of every passenger. What it should be is Duffel's to say.
func (p NewPassenger) check() error {
	if err := checkID("Passengers", p.ID); err != nil {
		return err
	}
	for _, f := range []struct{ name, value string }{
		{"GivenName", p.GivenName}, {"FamilyName", p.FamilyName}, {"BornOn", p.BornOn},
		{"Email", p.Email}, {"PhoneNumber", p.PhoneNumber},
	} {
		if f.value == "" {
			return payment.InvalidField("Passengers", f.name+" is missing")
		}
	}
	return nil
}

// The bounds of metadata that Duffel names.
const (
	maxMetadata      = 50
	maxMetadataKey   = 40
	maxMetadataValue = 500
)

func checkMetadata(pairs map[string]string) error {
	if len(pairs) > maxMetadata {
		return payment.InvalidField("Metadata", "more than 50 pairs")
	}
	for key, value := range pairs {
		switch {
		case key == "" || len(key) > maxMetadataKey || strings.ContainsFunc(key, noMetadataKey):
			return payment.InvalidField("Metadata", "a key that is not 1 to 40 letters, digits, _ and -")
		case utf8.RuneCountInString(value) > maxMetadataValue:
			return payment.InvalidField("Metadata", "a value of more than 500 characters")
		}
	}
	return nil
}

func noMetadataKey(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_' && r != '-'
}

func checkServices(services []ServiceQuantity) error {
	for _, s := range services {
		if err := checkID("Services", s.ID); err != nil {
			return err
		}
		if s.Quantity < 1 {
			return payment.InvalidField("Services", "a quantity below 1")
		}
	}
	return nil
}

// createdOrder tells the three successes apart. An answer that is none of them is no empty order: it cannot be used.
func createdOrder(a *call.Answer) (OrderResult, error) {
	data, err := dataOf(a.Body)
	if err != nil {
		return nil, err
	}
	order, err := decodeOrder(data)
	message := acknowledgement(data)
	switch {
	case a.Status == http.StatusAccepted && (err == nil || message != ""):
		return AcceptedOrder{Message: message, RequestID: a.RequestID, Data: data}, nil
	case err == nil:
		return CreatedOrder{Order: order, RequestID: a.RequestID}, nil
	case a.Status == http.StatusOK && message != "":
		return BookedOrder{Message: message, RequestID: a.RequestID, Data: data}, nil
	default:
		return nil, err
	}
}

// otherPrice compares what was paid with what the order costs, as far as that can be compared: cards and credits may cost
// a surcharge or a penalty beside the price, and a price that cannot be read is no other one.
func otherPrice(result OrderResult, paid []NewPayment) error {
	created, ok := result.(CreatedOrder)
	if !ok || len(paid) == 0 {
		return nil
	}
	total, err := created.Order.Total()
	if err != nil {
		return nil
	}
	sum := decimal.Zero
	for _, p := range paid {
		if p.Type != MethodBalance && p.Type != MethodARCBSPCash {
			return nil
		}
		if p.Amount.Currency() == total.Currency() {
			sum = sum.Add(p.Amount.Decimal())
		}
	}
	if sum.Equal(total.Decimal()) {
		return nil
	}
	return &payment.Error{Outcome: payment.Accepted, Kind: payment.ErrAmountMismatch, Field: "Payments",
		Message: fmt.Sprintf("the order costs %s, which is not what was paid", total)}
}
