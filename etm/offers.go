package etm

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/supplierpay/supplierpay-go/internal/call"
	"github.com/supplierpay/supplierpay-go/internal/wire"
	"github.com/supplierpay/supplierpay-go/payment"
)

// Offers are what a search has found so far. No public page shows the answer: the members here are those that other
// integrations read, and the rest is in Raw.
type Offers struct {
	Status    OffersStatus `json:"status"`
	Message   Text         `json:"message"`
	RequestID Text         `json:"request_id"`
	Currency  string       `json:"currency"`
	// ServerTimeZone is probably the zone of ETM's stamps.
	ServerTimeZone      string       `json:"server_time_zone,omitempty"`
	AvailableCurrencies []string     `json:"available_currencies,omitempty"`
	Groups              []OfferGroup `json:"offers"`
	// Raw is the answer as it came.
	Raw json.RawMessage `json:"-"`
}

// OfferGroup are the offers of one carrier.
type OfferGroup struct {
	CarrierCode string  `json:"carrier_code"`
	CarrierName string  `json:"carrier_name"`
	MinPrice    Amount  `json:"min_price"`
	Offers      []Offer `json:"offers"`
}

// Offer is a journey on offer.
type Offer struct {
	MinPrice Amount         `json:"min_price"`
	Segments []OfferSegment `json:"segments"`
}

// OfferSegment is one way of an offer. Its BuyID is what the later calls take.
type OfferSegment struct {
	SegmentID        Text   `json:"segment_id"`
	BuyID            Text   `json:"buy_id"`
	Direction        Text   `json:"dir_number"`
	FlightNumber     Text   `json:"flight_number"`
	DepartureAirport string `json:"departure_airport"`
	ArrivalAirport   string `json:"arrival_airport"`
	Price            Amount `json:"price"`
}

// OffersStatus tells how far a search is: an open set of words whose case varies.
type OffersStatus string

// The statuses that other integrations have seen.
const (
	OffersInProcess OffersStatus = "InProcess"
	OffersReady     OffersStatus = "Ready"
	OffersError     OffersStatus = "Error"
)

// Is compares two statuses without their case.
func (s OffersStatus) Is(o OffersStatus) bool { return strings.EqualFold(string(s), string(o)) }

// GetOffers asks once for the offers of a search (GET /api/air/offers?request_id=). They are complete when the status is
// [OffersReady].
func (c *Client) GetOffers(ctx context.Context, requestID string) (Offers, error) {
	if err := checkID("RequestID", requestID); err != nil {
		return Offers{}, unasked(err, "GetOffers")
	}
	var offers Offers
	_, err := c.do(ctx, call.Operation{
		Kind: call.Read, Name: "GetOffers", Method: http.MethodGet, Route: "/api/air/offers",
		Path: []string{"api", "air", "offers"}, Query: url.Values{"request_id": {requestID}},
	}, func(a *call.Answer) error {
		if !wire.IsObject(a.Body) || wire.UnmarshalLenient(a.Body, &offers) != nil {
			return errNotObject
		}
		offers.Raw = a.Body
		if offers.Status == "" || offers.Status.Is(OffersError) {
			if said, ok := c.said(a); ok {
				return said
			}
			return errNoStatus
		}
		return nil
	})
	if err != nil {
		return Offers{}, err
	}
	return offers, nil
}

// pollEvery is the pause between two looks at a search.
const pollEvery = 1500 * time.Millisecond

// WaitOffers asks for the offers of a search until they are ready, but not longer than limit. When the time is over it
// returns what was found so far, with an error that is [context.DeadlineExceeded]. A status that is not known counts as
// not ready.
func (c *Client) WaitOffers(ctx context.Context, requestID string, limit time.Duration) (Offers, error) {
	if limit <= 0 {
		return Offers{}, unasked(call.Positive("Limit", limit), "WaitOffers")
	}
	waiting, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	var found Offers
	for {
		offers, err := c.GetOffers(waiting, requestID)
		if err == nil {
			found = offers
			if offers.Status.Is(OffersReady) || offers.Status.Is(statusOK) {
				return offers, nil
			}
		} else if waiting.Err() == nil {
			return found, err
		}
		pause := time.NewTimer(pollEvery)
		select {
		case <-pause.C:
		case <-waiting.Done():
			pause.Stop()
			return found, &payment.Error{
				Provider: provider, Op: "WaitOffers", Kind: payment.ErrUnavailable,
				Message: "the offers are not ready", Err: context.Cause(waiting),
			}
		}
	}
}

// SmartOffers are the other fare families of an offer. The page is cut near its end, and does not show whether some of the
// members stand in the offer or in its price details: Raw has them all.
type SmartOffers struct {
	Status string       `json:"status"`
	Offers []SmartOffer `json:"offers"`
	// Raw is the answer as it came.
	Raw json.RawMessage `json:"-"`
}

// SmartOffer is an offer in one fare family.
type SmartOffer struct {
	BuyID        Text          `json:"buy_id"`
	Price        Amount        `json:"price"`
	Currency     string        `json:"currency"`
	PriceDetails []PriceDetail `json:"price_details"`
	Type         string        `json:"type"`
	BaseTotal    Amount        `json:"base_total"`
	TaxTotal     Amount        `json:"tax_total"`
	Fee          Amount        `json:"fee"`
	Comm         Amount        `json:"comm"`
	Legs         []SmartLeg    `json:"legs"`
}

// PriceDetail is the price for one kind of passenger. The members without "amount" in their names are texts for display.
type PriceDetail struct {
	PassengerType string      `json:"passenger_type"`
	Quantity      Text        `json:"qty"`
	Base          string      `json:"base"`
	BaseAmount    Amount      `json:"base_amount"`
	Tax           string      `json:"tax"`
	TaxAmount     Amount      `json:"tax_amount"`
	TaxDetails    []TaxDetail `json:"tax_dtl"`
	Fee           string      `json:"fee"`
	FeeAmount     Amount      `json:"fee_amount"`
	Single        string      `json:"single"`
	SingleAmount  Amount      `json:"single_amount"`
	Total         string      `json:"total"`
	TotalAmount   Amount      `json:"total_amount"`
	BaseTotal     Amount      `json:"base_total"`
	FeeTotal      Amount      `json:"fee_total"`
	TaxTotal      Amount      `json:"tax_total"`
}

// TaxDetail is one tax.
type TaxDetail struct {
	Code     string `json:"code"`
	Amount   Amount `json:"amount"`
	Currency string `json:"currency"`
}

// SmartLeg is the fare of one leg.
type SmartLeg struct {
	FareFamily string         `json:"fare_family"`
	Segments   []SmartSegment `json:"segments"`
}

// SmartSegment is the fare of one flight.
type SmartSegment struct {
	Baggage      string `json:"baggage"`
	FareBasis    string `json:"fare_basis"`
	BookingClass string `json:"booking_class"`
	ServiceClass string `json:"service_class"`
}

// GetSmartOffers reads the other fare families of an offer (GET /api/air/offers/{buy_id}/smart_ff).
func (c *Client) GetSmartOffers(ctx context.Context, buyID string) (SmartOffers, error) {
	if err := checkID("BuyID", buyID); err != nil {
		return SmartOffers{}, unasked(err, "GetSmartOffers")
	}
	var offers SmartOffers
	err := c.get(ctx, "GetSmartOffers", "/api/air/offers/{buy_id}/smart_ff",
		[]string{"api", "air", "offers", buyID, "smart_ff"}, nil, func(body []byte) error {
			offers.Raw = body
			return wire.UnmarshalLenient(body, &offers)
		})
	if err != nil {
		return SmartOffers{}, err
	}
	return offers, nil
}
