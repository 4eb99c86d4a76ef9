package payment

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/shopspring/decimal"
)

// Bounds of an amount, checked before anything is parsed: a decimal library will happily expand 1e1000000000.
const (
	maxExponent   = 30            // size of a decimal's exponent, up or down
	maxDigits     = 40            // digits of a decimal written without an exponent
	maxBits       = 133           // bits of 40 digits: looked at first, since counting ten million digits takes seconds
	maxAmountText = maxDigits + 2 // characters of such a decimal: what MarshalJSON writes, UnmarshalJSON reads
)

// Money is an exact amount in one currency. Nothing rounds it. It keeps the digits that it was given: "30.20" stays
// "30.20". The zero Money is "no amount"; an amount of zero has a currency.
//
// Money is a value: copy it, compare it with [Money.Equal], never with ==.
type Money struct {
	amount   decimal.Decimal
	currency string
}

// ParseMoney reads a plain decimal amount ("30.20") and an ISO 4217 code ("GBP"). A sign, an exponent, a non-zero
// digit beyond the currency's minor unit and a currency that the table of [ISO4217] does not know are errors, with
// outcome NotSent since no request can be made of them. For other currencies see [Currencies.With].
func ParseMoney(amount, currency string) (Money, error) {
	return ISO4217().ParseMoney(amount, currency)
}

// MoneyFromDecimal makes Money of what a provider answered: any currency code of three capital letters will do, and
// digits beyond the minor unit are kept. It refuses negative amounts and decimals of absurd size. The outcome of its
// errors is Unknown: an answer that cannot be read says nothing about the money.
func MoneyFromDecimal(amount decimal.Decimal, currency string) (Money, error) {
	if field, problem := checkAmount(amount, currency); field != "" {
		return Money{}, unreadable(field, problem)
	}
	return Money{amount: amount, currency: currency}, nil
}

// checkAmount names the field that cannot be Money and says why, or returns two empty strings.
func checkAmount(amount decimal.Decimal, currency string) (field, problem string) {
	if !isCode(currency) {
		return "Currency", "want three capital letters (ISO 4217)"
	}
	e := amount.Exponent()
	if e > maxExponent || e < -maxExponent || amount.Coefficient().BitLen() > maxBits ||
		amount.NumDigits()+int(max(e, 0)) > maxDigits {
		return "Amount", "too many digits"
	}
	if amount.IsNegative() {
		return "Amount", "negative"
	}
	return "", ""
}

func isCode(currency string) bool { return len(currency) == 3 && within(currency, 'A', 'Z') }

// within reports whether all bytes of s are between first and last.
func within(s string, first, last byte) bool {
	for i := range len(s) {
		if s[i] < first || s[i] > last {
			return false
		}
	}
	return true
}

// unreadable is InvalidField for what may be part of an answer: by then the request was sent, so its outcome is Unknown.
func unreadable(field, problem string) *Error {
	return &Error{Kind: ErrInvalidRequest, Field: field, Message: problem}
}

// parsePlain reads digits with at most one point between them, or says why it cannot.
func parsePlain(amount string) (d decimal.Decimal, problem string) {
	if len(amount) > maxAmountText {
		return d, fmt.Sprintf("longer than %d characters", maxAmountText)
	}
	whole, fraction, point := strings.Cut(amount, ".")
	if !digits(whole) || point && !digits(fraction) {
		return d, "want a plain decimal such as 30.20"
	}
	d, err := decimal.NewFromString(amount)
	if err != nil {
		return d, "want a plain decimal such as 30.20"
	}
	return d, ""
}

func digits(s string) bool { return s != "" && within(s, '0', '9') }

// Currency returns the ISO 4217 code, "" for the zero Money.
func (m Money) Currency() string { return m.currency }

// Decimal returns the amount with the scale that it was given in.
func (m Money) Decimal() decimal.Decimal { return m.amount }

// IsUnset reports whether m is the zero Money: no amount at all.
func (m Money) IsUnset() bool { return m.currency == "" }

// IsZero reports whether m is unset; encoding/json's omitzero uses it. For an amount of nothing, ask
// m.Decimal().IsZero().
func (m Money) IsZero() bool { return m.IsUnset() }

// Amount prints the amount without its currency: at least the currency's minor units, more digits if more were given,
// never an exponent. 30.2 GBP prints "30.20", 500 JPY prints "500". A currency outside the table of [ISO4217] prints
// as given.
func (m Money) Amount() string {
	scale := -m.amount.Exponent()
	if n, ok := ISO4217().MinorUnits(m.currency); ok && int32(n) > scale {
		scale = int32(n)
	}
	return m.amount.StringFixed(max(scale, 0))
}

// String prints amount and currency: "30.20 GBP", or "" for the zero Money.
func (m Money) String() string {
	if m.IsUnset() {
		return ""
	}
	return m.Amount() + " " + m.currency
}

// Equal reports whether both are the same value in the same currency: 30.2 GBP equals 30.20 GBP.
func (m Money) Equal(o Money) bool {
	return m.currency == o.currency && m.amount.Equal(o.amount)
}

// Cmp compares two amounts of one currency, -1, 0 or +1. Different currencies are ErrCurrencyMismatch; its outcome is
// Unknown, since Cmp cannot know whether it compares before or after paying.
func (m Money) Cmp(o Money) (int, error) {
	if m.currency != o.currency {
		return 0, &Error{Kind: ErrCurrencyMismatch, Field: "Currency",
			Message: fmt.Sprintf("%q against %q", m.currency, o.currency)}
	}
	return m.amount.Cmp(o.amount), nil
}

type moneyJSON struct {
	Amount   string `json:"amount"`
	Currency string `json:"currency"`
}

// MarshalJSON writes {"amount":"30.20","currency":"GBP"}, or null for the zero Money. It is the form of journals and
// logs; providers have wire forms of their own.
func (m Money) MarshalJSON() ([]byte, error) {
	if m.IsUnset() {
		return []byte("null"), nil
	}
	return json.Marshal(moneyJSON{Amount: m.asGiven(), Currency: m.currency})
}

// asGiven prints the digits that the amount was made of, trailing zeros included and never with an exponent. It must not
// use Decimal.String, whose form depends on package variables that any part of the program may set.
func (m Money) asGiven() string { return m.amount.StringFixed(max(-m.amount.Exponent(), 0)) }

// UnmarshalJSON reads what MarshalJSON wrote. The digits are not checked against the currency's minor units again. The
// outcome of its errors is Unknown: a journal that cannot be read says nothing about the money.
func (m *Money) UnmarshalJSON(b []byte) error {
	if bytes.Equal(bytes.TrimSpace(b), []byte("null")) {
		*m = Money{}
		return nil
	}
	var w moneyJSON
	if err := json.Unmarshal(b, &w); err != nil {
		return unreadable("Amount", "want an object with amount and currency as strings")
	}
	d, problem := parsePlain(w.Amount)
	if problem != "" {
		return unreadable("Amount", problem)
	}
	read, err := MoneyFromDecimal(d, w.Currency)
	if err != nil {
		return err
	}
	*m = read
	return nil
}

// MarshalText lets Money be a map key or a text field: "30.20 GBP".
func (m Money) MarshalText() ([]byte, error) { return []byte(m.String()), nil }
