package activeplatform

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/supplierpay/supplierpay-go/internal/wire"
	"github.com/supplierpay/supplierpay-go/payment"
)

// The errors of a success that cannot be used. What they mean for the money is the call layer's to say: Unknown.
var (
	errNoData       = errors.New("no data in the answer")
	errNoID         = errors.New("no id in the answer")
	errNoList       = errors.New("the answer is not a list")
	errOtherAccount = errors.New("the answer is for another account")
	errOtherPayment = errors.New("the answer is for another payment")
	errErrorsInside = errors.New("errors in a successful answer")
)

// createV1 is the body of API v1's creation, in the order of its example. The documentation calls the members "form"
// parameters, but its example is JSON.
type createV1 struct {
	AccountID json.Number `json:"account_id"`
	ManagerID json.Number `json:"manager_id,omitempty"`
	Total     json.Number `json:"total"`
	Comment   string      `json:"comment"`
}

type completeV1 struct {
	PaymentMethodID json.Number `json:"payment_method_id"`
}

// bodyV3 is the envelope of API v3's requests. Its template has no type member.
type bodyV3 struct {
	Data dataV3 `json:"data"`
}

type dataV3 struct {
	Attributes any `json:"attributes"` // one of the structs below
}

type createV3 struct {
	AccountID json.Number `json:"account_id"`
	Total     json.Number `json:"total"`
	Comment   string      `json:"comment"`
	Purpose   string      `json:"purpose,omitempty"`
}

type completeV3 struct {
	PaymentMethodID json.Number `json:"payment_method_id"`
}

type fromBalanceV3 struct {
	Status Status `json:"status"`
}

// literal writes an amount as a JSON number with the digits that it was given and no exponent.
func literal(m payment.Money) json.Number {
	d := m.Decimal()
	return json.Number(d.StringFixed(max(-d.Exponent(), 0)))
}

// documentV3 is the envelope of API v3's answers.
type documentV3 struct {
	Data     json.RawMessage `json:"data"`
	Included json.RawMessage `json:"included"`
	Errors   json.RawMessage `json:"errors"`
}

// openV3 opens the envelope. A success with errors inside is none, and neither is one without data.
func openV3(body []byte) (documentV3, error) {
	var doc documentV3
	if err := json.Unmarshal(body, &doc); err != nil {
		return documentV3{}, fmt.Errorf("not a JSON object: %w", err)
	}
	if !wire.IsEmpty(doc.Errors) {
		return documentV3{}, errErrorsInside
	}
	if bytes.Equal(bytes.TrimSpace(doc.Data), []byte("null")) || len(doc.Data) == 0 {
		return documentV3{}, errNoData
	}
	return doc, nil
}

// listOf splits a list. Null is no list: an empty one must say so.
func listOf(raw json.RawMessage) ([]json.RawMessage, error) {
	var rows []json.RawMessage
	if err := json.Unmarshal(raw, &rows); err != nil {
		return nil, fmt.Errorf("%w: %w", errNoList, err)
	}
	if rows == nil {
		return nil, errNoList
	}
	return rows, nil
}

// rowsOf reads every row of a list.
func rowsOf[T any](raw json.RawMessage, decode func(json.RawMessage) (T, error)) ([]T, error) {
	list, err := listOf(raw)
	if err != nil {
		return nil, err
	}
	rows := make([]T, 0, len(list))
	for _, item := range list {
		row, err := decode(item)
		if err != nil {
			return nil, fmt.Errorf("a row of the list: %w", err)
		}
		rows = append(rows, row)
	}
	return rows, nil
}
