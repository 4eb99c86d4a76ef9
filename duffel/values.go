package duffel

import (
	"time"

	"github.com/shopspring/decimal"

	"github.com/supplierpay/supplierpay-go/internal/wire"
	"github.com/supplierpay/supplierpay-go/payment"
)

// Amount is an amount of money as Duffel wrote it, "30.20", without its currency; "" when Duffel sent none. Whatever came
// is kept, readable or not, so that an odd amount in a corner of an order loses nothing else.
type Amount string

// Decimal returns the amount exactly, with the scale that it was written in. Text that is no decimal number, and numbers
// of absurd size, are errors.
func (a Amount) Decimal() (decimal.Decimal, error) {
	d, err := wire.Decimal(string(a))
	if err != nil {
		return decimal.Decimal{}, unreadable("Amount", err)
	}
	return d, nil
}

// UnmarshalJSON takes a string or a number.
func (a *Amount) UnmarshalJSON(token []byte) error {
	*a = Amount(wire.Text(token))
	return nil
}

// Timestamp is a time as Duffel wrote it, "2020-04-11T15:48:11.642Z"; "" when Duffel sent none.
type Timestamp string

// Time returns the instant. Text in none of Duffel's forms is an error.
func (t Timestamp) Time() (time.Time, error) {
	at, err := wire.Time(string(t))
	if err != nil {
		return time.Time{}, unreadable("Timestamp", err)
	}
	return at, nil
}

// money joins an amount and its sibling currency.
func money(amount Amount, currency string) (payment.Money, error) {
	d, err := amount.Decimal()
	if err != nil {
		return payment.Money{}, err
	}
	m, err := payment.MoneyFromDecimal(d, currency)
	if err != nil {
		return payment.Money{}, unreadable("Amount", err)
	}
	return m, nil
}

// unreadable is a value of an answer that cannot be used. It says nothing about the money.
func unreadable(field string, cause error) error {
	return &payment.Error{Provider: provider, Outcome: payment.Unknown, Field: field,
		Message: "the answer's value cannot be read", Err: cause}
}
