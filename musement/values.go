package musement

import (
	"bytes"
	"encoding/json"
	"strconv"

	"github.com/shopspring/decimal"

	"github.com/supplierpay/supplierpay-go/internal/wire"
	"github.com/supplierpay/supplierpay-go/payment"
)

// Value is a number or a text exactly as Musement wrote it, as JSON: 0.1, 1e2, "+39". It is for members whose type the
// reference and the wire do not agree on, and for numbers that must not lose a digit. The zero Value is an absent member.
type Value string

// TextValue returns the Value that is written as a JSON string.
func TextValue(s string) Value {
	b, err := json.Marshal(s)
	if err != nil {
		return "" // a string can always be written
	}
	return Value(b)
}

// IntValue returns the Value that is written as a JSON number.
func IntValue(n int64) Value { return Value(strconv.FormatInt(n, 10)) }

// Text returns the content of a string, or the digits of a number as they are written; "" for null.
func (v Value) Text() string { return wire.Text([]byte(v)) }

// Decimal returns the number exactly, whether it came as a number or as a string. Anything else, and numbers of absurd
// size, are errors.
func (v Value) Decimal() (decimal.Decimal, error) {
	d, err := wire.Decimal(v.Text())
	if err != nil {
		return decimal.Decimal{}, unreadable("Value", err)
	}
	return d, nil
}

// IsZero reports whether the member was absent.
func (v Value) IsZero() bool { return v == "" }

// MarshalJSON writes the value as it came.
func (v Value) MarshalJSON() ([]byte, error) {
	if v == "" {
		return []byte("null"), nil
	}
	return []byte(v), nil
}

// UnmarshalJSON keeps the token.
func (v *Value) UnmarshalJSON(token []byte) error {
	*v = Value(bytes.TrimSpace(token))
	return nil
}

// Count is a whole number, such as a quantity. Musement's number or string is read; what is neither leaves it zero.
type Count int

// UnmarshalJSON takes 2, 2.0 and "2".
func (c *Count) UnmarshalJSON(token []byte) error {
	*c = 0
	d, err := wire.Decimal(wire.Text(token))
	if err != nil || !d.IsInteger() {
		return nil
	}
	if n, err := strconv.Atoi(d.StringFixed(0)); err == nil {
		*c = Count(n)
	}
	return nil
}

// ID is an identifier that Musement writes as a string of digits in one place and as a number in another.
type ID string

// UnmarshalJSON takes a string or a number.
func (id *ID) UnmarshalJSON(token []byte) error {
	*id = ID(wire.Text(token))
	return nil
}

// flag is a boolean with three states, for members that come in two spellings and as text: nil is not said.
type flag struct{ value *bool }

func (f *flag) UnmarshalJSON(token []byte) error {
	f.value = nil
	if b, err := strconv.ParseBool(wire.Text(token)); err == nil {
		f.value = &b
	}
	return nil
}

// agreed merges two spellings of one member. When they contradict each other nothing was said.
func agreed(a, b flag) *bool {
	switch {
	case a.value == nil:
		return b.value
	case b.value == nil || *a.value == *b.value:
		return a.value
	default:
		return nil
	}
}

// Money is an amount as Musement shows it.
type Money struct {
	// Currency is an ISO 4217 code. One order may have several: the supplier's, the customer's.
	Currency string `json:"currency"`
	// Value is in the major unit: 10 are ten dollars.
	Value Value `json:"value"`
	// FormattedValue and FormattedISOValue are for display only: "$ 10.00", "$10.00".
	FormattedValue    string `json:"formatted_value,omitempty"`
	FormattedISOValue string `json:"formatted_iso_value,omitempty"`
}

// Money returns the amount exactly. An amount that cannot be read is an error.
func (m Money) Money() (payment.Money, error) {
	d, err := m.Value.Decimal()
	if err != nil {
		return payment.Money{}, err
	}
	exact, err := payment.MoneyFromDecimal(d, m.Currency)
	if err != nil {
		return payment.Money{}, unreadable("Currency", err)
	}
	return exact, nil
}

// unreadable is a value of an answer that cannot be used. It says nothing about the money.
func unreadable(field string, cause error) error {
	return &payment.Error{Provider: provider, Outcome: payment.Unknown, Field: field,
		Message: "the answer's value cannot be read", Err: cause}
}
