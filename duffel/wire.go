package duffel

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/supplierpay/supplierpay-go/payment"
)

// The errors of a success that cannot be used. What they mean for the money is the call layer's to say: Unknown.
var (
	errNoData       = errors.New("no data in the answer")
	errNoID         = errors.New("no id in the answer's data")
	errOtherOrder   = errors.New("the answer is for another order")
	errOtherPayment = errors.New("the answer is for another payment")
	errErrorsInside = errors.New("errors in a successful answer")
)

// createPaymentBody and its parts are what goes onto the wire. Only they carry secrets in the clear.
type createPaymentBody struct {
	Data createPaymentData `json:"data"`
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

// dataOf opens the envelope of a successful answer. A success with errors inside is none, and neither is one without
// data.
func dataOf(body []byte) (json.RawMessage, error) {
	var envelope struct {
		Data   json.RawMessage `json:"data"`
		Errors json.RawMessage `json:"errors"`
	}
	if err := json.Unmarshal(body, &envelope); err != nil {
		return nil, fmt.Errorf("not a JSON object: %w", err)
	}
	if err := errorsInside(envelope.Errors, body); err != nil {
		return nil, err
	}
	if blank(envelope.Data) {
		return nil, errNoData
	}
	return envelope.Data, nil
}

// errorsInside returns the errors of a body that came with a successful status.
func errorsInside(inside json.RawMessage, body []byte) error {
	if blank(inside) {
		return nil
	}
	if e, ok := parseError(body); ok {
		return fmt.Errorf("%w: %w", errErrorsInside, e)
	}
	return errErrorsInside
}

// blank reports whether a member is absent, null, or empty.
func blank(raw json.RawMessage) bool {
	if len(raw) > 16 {
		return false
	}
	switch string(bytes.Join(bytes.Fields(raw), nil)) {
	case "", "null", "[]", "{}", `""`:
		return true
	default:
		return false
	}
}

// lenient decodes what it can. A member of another type than documented is left out; the caller checks for what it
// cannot do without. Only text that is no JSON is an error.
func lenient(raw json.RawMessage, v any) error {
	err := json.Unmarshal(raw, v)
	var mistyped *json.UnmarshalTypeError
	if errors.As(err, &mistyped) {
		return nil
	}
	return err
}
