package payment

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/shopspring/decimal"
)

// Bounds of an amount, checked before anything is parsed: a decimal library will happily expand 1e1000000000.
const (
	maxAmountText = 32 // characters of an amount handed in as text
	maxDigits     = 40 // significant digits of a decimal handed in
	maxExponent   = 30 // size of a decimal's exponent, up or down
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
// digit beyond the currency's minor unit and a currency that the table of [ISO4217] does not know are errors.
// For other currencies see [Currencies.With].
func ParseMoney(amount, currency string) (Money, error) {
	return ISO4217().ParseMoney(amount, currency)
}

// MoneyFromDecimal makes Money of what a provider answered: any currency code of three capital letters will do, and
// digits beyond the minor unit are kept. It refuses negative amounts and decimals of absurd size.
func MoneyFromDecimal(amount decimal.Decimal, currency string) (Money, error) {
	if err := checkCode(currency); err != nil {
		return Money{}, err
	}
	if e := amount.Exponent(); e > maxExponent || e < -maxExponent || amount.NumDigits() > maxDigits {
		return Money{}, InvalidField("Amount", "too many digits")
	}
	if amount.IsNegative() {
		return Money{}, InvalidField("Amount", "negative")
	}
	return Money{amount: amount, currency: currency}, nil
}

func checkCode(currency string) error {
	if len(currency) != 3 || strings.Trim(currency, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return &Error{Outcome: NotSent, Kind: ErrInvalidRequest, Field: "Currency",
			Message: "want three capital letters (ISO 4217)"}
	}
	return nil
}

// parsePlain reads digits with at most one point between them.
func parsePlain(amount string) (decimal.Decimal, error) {
	if len(amount) > maxAmountText {
		return decimal.Decimal{}, InvalidField("Amount", fmt.Sprintf("longer than %d characters", maxAmountText))
	}
	whole, fraction, point := strings.Cut(amount, ".")
	if !digits(whole) || point && !digits(fraction) {
		return decimal.Decimal{}, InvalidField("Amount", "want a plain decimal such as 30.20")
	}
	d, err := decimal.NewFromString(amount)
	if err != nil {
		return decimal.Decimal{}, InvalidField("Amount", "want a plain decimal such as 30.20")
	}
	return d, nil
}

func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

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

// Cmp compares two amounts of one currency, -1, 0 or +1. Different currencies are ErrCurrencyMismatch.
func (m Money) Cmp(o Money) (int, error) {
	if m.currency != o.currency {
		return 0, &Error{Outcome: NotSent, Kind: ErrCurrencyMismatch, Field: "Currency",
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
	return json.Marshal(moneyJSON{Amount: m.amount.StringFixed(max(-m.amount.Exponent(), 0)), Currency: m.currency})
}

// UnmarshalJSON reads what MarshalJSON wrote. The digits are not checked against the currency's minor units again.
func (m *Money) UnmarshalJSON(b []byte) error {
	if bytes.Equal(bytes.TrimSpace(b), []byte("null")) {
		*m = Money{}
		return nil
	}
	var w moneyJSON
	if err := json.Unmarshal(b, &w); err != nil {
		return errors.New("money: want an object with amount and currency as strings")
	}
	d, err := parsePlain(w.Amount)
	if err != nil {
		return err
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
