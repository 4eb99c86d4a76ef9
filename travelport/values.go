package travelport

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/supplierpay/supplierpay-go/internal/wire"
	"github.com/supplierpay/supplierpay-go/payment"
)

// Number is a number as Travelport wrote it, or as it is to be written, "2773.50"; "" when there is none. Travelport
// writes amounts as JSON numbers and in places as strings: both are read, numbers are written. Whatever came is kept,
// readable or not, so that one odd value loses nothing else.
type Number string

// Decimal returns the number exactly, with the scale that it was written in.
func (n Number) Decimal() (decimal.Decimal, error) {
	d, err := wire.Decimal(string(n))
	if err != nil {
		return decimal.Decimal{}, unreadable("Amount", err)
	}
	return d, nil
}

// UnmarshalJSON takes a number or a string.
func (n *Number) UnmarshalJSON(token []byte) error {
	*n = Number(wire.Text(token))
	return nil
}

// MarshalJSON writes a number without an exponent. What is no number is written as a string, and "" as null.
func (n Number) MarshalJSON() ([]byte, error) {
	if n == "" {
		return []byte("null"), nil
	}
	if n.plain() {
		return []byte(n), nil
	}
	d, err := wire.Decimal(string(n))
	if err != nil {
		return json.Marshal(string(n))
	}
	return []byte(d.StringFixed(max(-d.Exponent(), 0))), nil
}

// plain reports whether n is a number of JSON with neither sign nor exponent, which is written as it is.
func (n Number) plain() bool {
	const most = 32
	whole, fraction, point := strings.Cut(string(n), ".")
	return len(n) <= most && wire.IsDigits(whole) && (whole[0] != '0' || len(whole) == 1) && (!point || wire.IsDigits(fraction))
}

// Timestamp is a time as Travelport wrote it; "" when there was none.
type Timestamp string

// Time returns the instant. Text in another form than RFC 3339 is an error.
func (t Timestamp) Time() (time.Time, error) {
	at, err := wire.Time(string(t))
	if err != nil {
		return time.Time{}, unreadable("Timestamp", err)
	}
	return at, nil
}

// UnmarshalJSON keeps the text, whatever its type.
func (t *Timestamp) UnmarshalJSON(token []byte) error {
	*t = Timestamp(wire.Text(token))
	return nil
}

// AuthorityTravelport is the authority of identifiers that a request sends.
const AuthorityTravelport = "Travelport"

// Identifier is a global name of something; its Value is at most 128 characters.
type Identifier struct {
	Authority string `json:"authority,omitempty"`
	Value     string `json:"value,omitempty"`
}

// value returns the identifier's value, "" for none.
func (id *Identifier) value() string {
	if id == nil {
		return ""
	}
	return id.Value
}

// CurrencySource says which side's currency an amount is in: an open set of words.
type CurrencySource string

// The documented sources.
const (
	SourceSupplier  CurrencySource = "Supplier"
	SourceCharged   CurrencySource = "Charged"
	SourceRequested CurrencySource = "Requested"
)

// CurrencyAmount is an amount of money with its currency beside it.
type CurrencyAmount struct {
	// Code is the ISO 4217 code.
	Code string `json:"code,omitempty"`
	// MinorUnit is the number of decimals of the currency: 2 for USD. AddPayment fills it in when it is nil.
	MinorUnit *int `json:"minorUnit,omitempty"`
	// CurrencySource is filled in by AddPayment, "Charged", when a payment's amount has none.
	CurrencySource CurrencySource `json:"currencySource,omitempty"`
	// ApproximateInd is true for an amount that was converted from another currency.
	ApproximateInd *bool `json:"approximateInd,omitempty"`
	// Value is in the major unit of the currency.
	Value Number `json:"value,omitzero"`
}

// AmountOf returns m as the amount of a request, in the currency that is charged.
func AmountOf(m payment.Money) *CurrencyAmount {
	return &CurrencyAmount{Code: m.Currency(), CurrencySource: SourceCharged, Value: Number(m.Amount())}
}

// Money joins value and code.
func (a CurrencyAmount) Money() (payment.Money, error) { return money(a.Value, a.Code) }

// CurrencyCode is a currency where Travelport makes an object of it.
type CurrencyCode struct {
	Value            string `json:"value,omitempty"` // ISO 4217
	CodeAuthority    string `json:"codeAuthority,omitempty"`
	DecimalPlace     *int   `json:"decimalPlace,omitempty"`
	DecimalAuthority string `json:"decimalAuthority,omitempty"`
}

// Amount is the sum of a document with its parts. [CurrencyAmount] is the other class that Travelport calls Amount.
type Amount struct {
	Type           string         `json:"@type,omitempty"`
	CurrencySource CurrencySource `json:"currencySource,omitempty"`
	ApproximateInd *bool          `json:"approximateInd,omitempty"`
	CurrencyCode   *CurrencyCode  `json:"CurrencyCode,omitempty"`
	Base           Number         `json:"Base,omitzero"`
	Total          Number         `json:"Total,omitzero"`
	Taxes          *Taxes         `json:"Taxes,omitempty"`
	Fees           *Fees          `json:"Fees,omitempty"`
}

// Money joins the total and its currency.
func (a Amount) Money() (payment.Money, error) {
	var code string
	if a.CurrencyCode != nil {
		code = a.CurrencyCode.Value
	}
	return money(a.Total, code)
}

// Fees are fees of a payment or price. In a payment they name what is charged or forfeited in an exchange.
type Fees struct {
	Type                              string            `json:"@type,omitempty"` // Fees or FeesDetail
	TotalFees                         Number            `json:"TotalFees,omitzero"`
	Fee                               []json.RawMessage `json:"Fee,omitempty"`
	TotalAdditionalFeesPayableLocally Number            `json:"TotalAdditionalFeesPayableLocally,omitzero"`
}

// Taxes are taxes of a payment or price. In a payment they name what is charged or forfeited in an exchange.
type Taxes struct {
	Type       string    `json:"@type,omitempty"` // Taxes or TaxesDetail
	TotalTaxes Number    `json:"TotalTaxes,omitzero"`
	Tax        []Tax     `json:"Tax,omitempty"`
	TaxInfo    []TaxInfo `json:"TaxInfo,omitempty"`
}

// Tax is one tax.
type Tax struct {
	Value        Number `json:"value,omitzero"`
	CurrencyCode string `json:"currencyCode,omitempty"`
	TaxCode      string `json:"taxCode,omitempty"`
}

// TaxInfo is one tax with its breakdown, which is kept as it came.
type TaxInfo struct {
	TaxCode      string            `json:"TaxCode,omitempty"`
	Amount       Number            `json:"Amount,omitzero"`
	CurrencyCode string            `json:"CurrencyCode,omitempty"`
	TaxBreakdown []json.RawMessage `json:"TaxBreakdown,omitempty"`
}

// money joins a number and its currency.
func money(n Number, currency string) (payment.Money, error) {
	d, err := n.Decimal()
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
