package etm

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/supplierpay/supplierpay-go/internal/call"
	"github.com/supplierpay/supplierpay-go/internal/wire"
	"github.com/supplierpay/supplierpay-go/payment"
)

// GetDocumentTypes reads which documents the passengers of an offer may travel with (GET /api/documents/types/site). pccID
// names the point of sale; no page shows where it comes from. The answer is not documented and comes as it is.
func (c *Client) GetDocumentTypes(ctx context.Context, locale, pccID string) (json.RawMessage, error) {
	for field, v := range map[string]string{"Locale": locale, "PCCID": pccID} {
		if err := checkID(field, v); err != nil {
			return nil, unasked(err, "GetDocumentTypes")
		}
	}
	var raw json.RawMessage
	_, err := c.do(ctx, call.Operation{
		Kind: call.Read, Name: "GetDocumentTypes", Method: http.MethodGet, Route: "/api/documents/types/site",
		Path: []string{"api", "documents", "types", "site"}, Query: url.Values{"locale": {locale}, "pid": {pccID}},
	}, func(a *call.Answer) error {
		if !json.Valid(a.Body) {
			return wire.ErrNotJSON
		}
		raw = a.Body
		return nil
	})
	if err != nil {
		return nil, err
	}
	return raw, nil
}

// Availability tells whether an offer can still be had.
type Availability struct {
	Status       string          `json:"status"`
	Message      Text            `json:"message"`
	Availability bool            `json:"availability"`
	CheckIn      *CheckInDetails `json:"check_in_details,omitempty"`
	// RequestID and BuyID, where they are set, replace those that the call was made with.
	RequestID Text `json:"request_id,omitempty"`
	BuyID     Text `json:"buy_id,omitempty"`
	// Raw is the answer as it came.
	Raw json.RawMessage `json:"-"`
}

// CheckInDetails tell how seats are chosen and bags are checked in.
type CheckInDetails struct {
	GDS                    string `json:"gds"`
	GDSID                  Text   `json:"gds_id"`
	SeatSelectionRequired  bool   `json:"seat_selection_required"`
	SeatSelectionAvailable bool   `json:"seat_selection_available"`
	// RegistrationType has objects in objects; empty ones may come as lists.
	RegistrationType json.RawMessage `json:"registration_type"`
}

// CheckAvailability asks whether an offer can still be had (GET /api/air/offers/{buy_id}/availability). It may hold
// seats, so it is sent once like a payment, and its errors have outcomes: after one that is Unknown, a second call may be
// refused with 404 because the first took the offer.
func (c *Client) CheckAvailability(ctx context.Context, buyID string) (Availability, error) {
	if err := checkID("BuyID", buyID); err != nil {
		return Availability{}, ours(err, "CheckAvailability")
	}
	var got Availability
	_, err := c.do(ctx, call.Operation{
		Kind: call.Write, Name: "CheckAvailability", Method: http.MethodGet, Route: "/api/air/offers/{buy_id}/availability",
		Path: []string{"api", "air", "offers", buyID, "availability"},
	}, func(a *call.Answer) error {
		if err := c.checkEnvelope(a); err != nil {
			return err
		}
		got.Raw = a.Body
		return wire.UnmarshalLenient(a.Body, &got)
	})
	if err != nil {
		return Availability{}, err
	}
	return got, nil
}

// AvailableServices are the extras that can be booked with an offer.
type AvailableServices struct {
	Directions []ServiceDirection `json:"directions"`
	// Raw is the answer as it came.
	Raw json.RawMessage `json:"-"`
}

// ServiceDirection are the extras of one way of the journey.
type ServiceDirection struct {
	SegmentID        Text   `json:"segmentId"` // spelled so
	DepartureAirport string `json:"departure_airport"`
	ArrivalAirport   string `json:"arrival_airport"`
	Baggage          struct {
		Checked ServiceGroup `json:"checked_baggage"`
	} `json:"baggage"`
	Legs []ServiceLeg `json:"legs"`
}

// ServiceLeg are the extras of one leg, by kind: "meal" is the one that the page shows before it is cut.
type ServiceLeg struct {
	LegID            Text         `json:"legId"` // spelled so
	DepartureAirport string       `json:"departure_airport"`
	ArrivalAirport   string       `json:"arrival_airport"`
	Services         ServiceKinds `json:"services"`
}

// ServiceKinds are groups of extras by kind. ETM writes an empty map as a list.
type ServiceKinds map[string]ServiceGroup

// UnmarshalJSON takes an object or a list; a list's keys are "0", "1", ... Anything else is left out.
func (k *ServiceKinds) UnmarshalJSON(token []byte) error {
	*k = ServiceKinds{}
	for _, e := range entriesOf(token) {
		var group ServiceGroup
		if err := wire.UnmarshalLenient(e.value, &group); err == nil {
			(*k)[e.key] = group
		}
	}
	return nil
}

// ServiceGroup is a choice of extras.
type ServiceGroup struct {
	Title     string    `json:"title"`
	FieldName string    `json:"fieldName"`
	Type      string    `json:"type"`
	Required  bool      `json:"required"`
	List      []Service `json:"list"`
}

// Service is an extra, such as a bag.
type Service struct {
	ID               Text            `json:"id"`
	Comments         string          `json:"comments"`
	PassengerType    string          `json:"passenger_type"`
	Label            string          `json:"label"`
	Price            Amount          `json:"price"`
	Currency         string          `json:"currency"`
	Route            string          `json:"route"`
	Image            string          `json:"image"`
	Type             string          `json:"type"`
	MaxQuantity      Text            `json:"maxQuantity"`
	Category         string          `json:"category"`
	IsBaggagePackage bool            `json:"is_baggage_package"`
	PackageList      json.RawMessage `json:"package_list"`
	PriorityBoarding json.RawMessage `json:"priority_boarding"`
}

// Money joins Price and Currency, without the noise of a printed binary float.
func (s Service) Money() (payment.Money, error) {
	return s.Price.money(payment.ISO4217(), s.Currency)
}

// GetAvailableServices reads the extras of an offer (GET /api/air/offers/{request_id}/additional-services?segment=). It
// takes the id of the search first, unlike the other calls of an offer.
func (c *Client) GetAvailableServices(ctx context.Context, requestID, buyID string) (AvailableServices, error) {
	for field, v := range map[string]string{"RequestID": requestID, "BuyID": buyID} {
		if err := checkID(field, v); err != nil {
			return AvailableServices{}, unasked(err, "GetAvailableServices")
		}
	}
	var services AvailableServices
	err := c.get(ctx, "GetAvailableServices", "/api/air/offers/{request_id}/additional-services",
		[]string{"api", "air", "offers", requestID, "additional-services"}, url.Values{"segment": {buyID}},
		func(body []byte) error {
			services.Raw = body
			return wire.UnmarshalLenient(body, &services)
		})
	if err != nil {
		return AvailableServices{}, err
	}
	return services, nil
}
