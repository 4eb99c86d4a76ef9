package etm

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/supplierpay/supplierpay-go/internal/wire"
	"github.com/supplierpay/supplierpay-go/payment"
)

// Text is what ETM writes now as a string and now as a number: ids, counts, times left. It keeps the characters; "" stands
// for null or nothing.
type Text string

// UnmarshalJSON takes any value; of an object or a list it keeps the JSON.
func (t *Text) UnmarshalJSON(token []byte) error {
	*t = Text(wire.Text(token))
	return nil
}

// Int returns the whole number that the text is.
func (t Text) Int() (int64, error) {
	n, err := strconv.ParseInt(string(t), 10, 64)
	if err != nil {
		return 0, unreadable("Text", errNotInt)
	}
	return n, nil
}

// Amount is an amount of money as ETM wrote it, a string or a number, without its currency; "" when it sent none. ETM's
// numbers are printed binary floats: 221.92000000000002 is kept as it stands, and [Order.Total] knows what it means.
type Amount string

// UnmarshalJSON takes a string or a number.
func (a *Amount) UnmarshalJSON(token []byte) error {
	*a = Amount(wire.Text(token))
	return nil
}

// Decimal returns the amount exactly, noise included. Text that is no decimal number, and numbers of absurd size, are
// errors.
func (a Amount) Decimal() (decimal.Decimal, error) {
	d, err := wire.Decimal(string(a))
	if err != nil {
		return decimal.Decimal{}, unreadable("Amount", err)
	}
	return d, nil
}

// noise is how far, relative to the amount, a printed binary float may be from the number that it stands for: a float has
// nearly 16 digits, and sums of many lose some.
var noise = decimal.New(1, -12)

// snapped returns what the amount stands for: the nearest amount with the currency's minor units if it is no further away
// than noise, else the amount itself.
func (a Amount) snapped(table payment.Currencies, currency string) (decimal.Decimal, error) {
	d, err := a.Decimal()
	if err != nil {
		return decimal.Decimal{}, err
	}
	if n, ok := table.MinorUnits(currency); ok {
		if near := d.Round(int32(n)); near.Sub(d).Abs().LessThanOrEqual(d.Abs().Mul(noise)) {
			return near, nil
		}
	}
	return d, nil
}

// money joins an amount and its currency, without noise.
func (a Amount) money(table payment.Currencies, currency string) (payment.Money, error) {
	d, err := a.snapped(table, currency)
	if err != nil {
		return payment.Money{}, err
	}
	m, err := payment.MoneyFromDecimal(d, currency)
	if err != nil {
		return payment.Money{}, unreadable("Amount", err)
	}
	return m, nil
}

// Stamp is a time as ETM wrote it, "2024-11-21 06:16:00", in a zone that it does not tell; "" when it sent none.
type Stamp string

// stampForm is the form of all of ETM's stamps.
const stampForm = "2006-01-02 15:04:05"

var (
	errNotStamp = errors.New("not a stamp such as 2024-11-21 06:16:00")
	errNotInt   = errors.New("not a whole number")
)

// UnmarshalJSON takes a string; of anything else it keeps the JSON.
func (s *Stamp) UnmarshalJSON(token []byte) error {
	*s = Stamp(wire.Text(token))
	return nil
}

// In returns the instant, if the stamp was written in the zone loc. Text of another form, and PHP's date of zeros, are
// errors.
func (s Stamp) In(loc *time.Location) (time.Time, error) {
	// The time package takes more than the form, such as a second space for the hour's first digit. UTC has every hour,
	// so that there an instant in the form says again what was written.
	if at, err := time.Parse(stampForm, string(s)); loc == nil || err != nil || at.Format(stampForm) != string(s) {
		return time.Time{}, unreadable("Stamp", errNotStamp)
	}
	at, err := time.ParseInLocation(stampForm, string(s), loc)
	if err != nil {
		return time.Time{}, unreadable("Stamp", errNotStamp)
	}
	return at, nil
}

// Locators are booking references by carrier. ETM writes an empty map as a list.
type Locators map[string]Text

// UnmarshalJSON takes an object or a list; a list's keys are "0", "1", ... Anything else is left out.
func (l *Locators) UnmarshalJSON(token []byte) error {
	*l = Locators{}
	if wire.IsObject(token) {
		type plain Locators // without this method
		return json.Unmarshal(token, (*plain)(l))
	}
	for _, e := range entriesOf(token) {
		var text Text
		_ = text.UnmarshalJSON(e.value) // never fails
		(*l)[e.key] = text
	}
	return nil
}

// entry is a member of what ETM writes as an object or as a list.
type entry struct {
	key   string
	value json.RawMessage
}

// entriesOf reads an object or a list, which must be valid JSON, in the order of its keys: numbers by their value, then words.
func entriesOf(token []byte) []entry {
	var entries []entry
	switch token = bytes.TrimSpace(token); {
	case len(token) > 0 && token[0] == '[':
		var list []json.RawMessage
		if json.Unmarshal(token, &list) != nil {
			return nil
		}
		for i, v := range list {
			entries = append(entries, entry{strconv.Itoa(i), v})
		}
	case len(token) > 0 && token[0] == '{':
		var members map[string]json.RawMessage
		if json.Unmarshal(token, &members) != nil {
			return nil
		}
		for key, value := range members {
			entries = append(entries, entry{key, value})
		}
		slices.SortFunc(entries, func(a, b entry) int { return byNumber(a.key, b.key) })
	}
	return entries
}

func byNumber(a, b string) int {
	n, errA := strconv.Atoi(a)
	m, errB := strconv.Atoi(b)
	switch {
	case errA == nil && errB == nil && n != m:
		return n - m
	case errA == nil && errB != nil:
		return -1
	case errA != nil && errB == nil:
		return 1
	default:
		return strings.Compare(a, b)
	}
}
