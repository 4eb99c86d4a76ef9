package duffel

import (
	"encoding/json"
	"errors"

	"github.com/supplierpay/supplierpay-go/internal/wire"
	"github.com/supplierpay/supplierpay-go/payment"
)

// The errors of a success that cannot be used. What they mean for the money is the call layer's to say: Unknown.
var (
	errNotObject         = errors.New("not a JSON object")
	errNoData            = errors.New("no data in the answer")
	errSeveralData       = errors.New("several data in the answer")
	errNoID              = errors.New("no id in the answer's data")
	errOtherOrder        = errors.New("the answer is for another order")
	errOtherPayment      = errors.New("the answer is for another payment")
	errOtherCancellation = errors.New("the answer is for another cancellation")
	errErrorsInside      = errors.New("errors in a successful answer")
)

// dataBody is the envelope of every body. It and its parts are what goes onto the wire; only they carry secrets in the
// clear.
type dataBody struct {
	Data any `json:"data"`
}

type createPaymentData struct {
	OrderID  string         `json:"order_id"`
	Payment  *paymentPart   `json:"payment,omitempty"`
	Payments []*paymentPart `json:"payments,omitempty"`
}

type paymentPart struct {
	Type                  payment.Method `json:"type"`
	ThreeDSecureSessionID string         `json:"three_d_secure_session_id,omitempty"`
	AirlineCreditID       string         `json:"airline_credit_id,omitempty"`
	Amount                string         `json:"amount"`
	Currency              string         `json:"currency"`
}

type createOrderData struct {
	Type           OrderType         `json:"type"`
	SelectedOffers []string          `json:"selected_offers"`
	Passengers     []NewPassenger    `json:"passengers"`
	Payments       []*paymentPart    `json:"payments,omitempty"`
	Services       []ServiceQuantity `json:"services,omitempty"`
	Metadata       map[string]string `json:"metadata,omitempty"`
	Users          []string          `json:"users,omitempty"`
}

// updateOrderData leaves out what is nil, and only that: an empty object clears the metadata.
type updateOrderData struct {
	Metadata map[string]string `json:"metadata,omitzero"`
	Users    []string          `json:"users,omitzero"`
}

type priceOrderData struct {
	IntendedPaymentMethods []IntendedMethod `json:"intended_payment_methods"`
}

type addServicesData struct {
	AddServices []ServiceQuantity `json:"add_services"`
	Payment     *paymentPart      `json:"payment"`
}

type createCancellationData struct {
	OrderID string `json:"order_id"`
}

type cardData struct {
	Number             string `json:"number"`
	ExpiryMonth        string `json:"expiry_month"`
	ExpiryYear         string `json:"expiry_year"`
	CVC                string `json:"cvc"`
	Name               string `json:"name"`
	AddressLine1       string `json:"address_line_1"`
	AddressLine2       string `json:"address_line_2,omitempty"`
	AddressCity        string `json:"address_city"`
	AddressRegion      string `json:"address_region"`
	AddressPostalCode  string `json:"address_postal_code"`
	AddressCountryCode string `json:"address_country_code"`
	MultiUse           bool   `json:"multi_use"`
}

type storedCardData struct {
	CardID string `json:"card_id"`
	CVC    string `json:"cvc"`
}

type sessionData struct {
	CardID            string            `json:"card_id"`
	ResourceID        string            `json:"resource_id"`
	Services          []ServiceQuantity `json:"services"`
	Exception         string            `json:"exception,omitempty"`
	CardholderPresent *bool             `json:"cardholder_present,omitempty"`
}

// open reads the data of a successful answer into v, a pointer to a struct, and returns the data as it came. A success with
// errors inside is none, and neither is one without data, or with two of them: nobody knows which one counts.
func open(body []byte, v any) (data json.RawMessage, err error) {
	envelope := struct {
		Data   any             `json:"data"` // encoding/json fills what the pointer in it points to
		Errors json.RawMessage `json:"errors"`
	}{Data: v}
	if !wire.IsObject(body) || wire.UnmarshalLenient(body, &envelope) != nil {
		return nil, errNotObject
	}
	if err := errorsInside(envelope.Errors, body); err != nil {
		return nil, err
	}
	data, repeated := wire.Member(body, "data")
	switch {
	case repeated:
		return nil, errSeveralData
	case wire.IsEmpty(data):
		return nil, errNoData
	}
	return data, nil
}

// dataOf is open for data that is read later, or not at all.
func dataOf(body []byte) (json.RawMessage, error) { return open(body, &struct{}{}) }

// errorsInside returns the errors of a body that came with a successful status.
func errorsInside(inside json.RawMessage, body []byte) error {
	if wire.IsEmpty(inside) {
		return nil
	}
	if e, ok := parseError(body); ok {
		return errors.Join(errErrorsInside, e) // not fmt.Errorf, whose text would outlive the removal of secrets from e
	}
	return errErrorsInside
}
