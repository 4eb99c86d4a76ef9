package payment

import (
	"fmt"
	"maps"
	"strings"
	"sync"
)

// Currencies tells how many digits the minor unit of each currency has. It is immutable; [Currencies.With] returns a
// changed copy. Clients take one as an option where a provider or a contract deviates from the standard.
type Currencies struct {
	digits map[string]int
}

// isoTable is built once and never written again.
var isoTable = sync.OnceValue(func() Currencies {
	table := Currencies{digits: map[string]int{}}
	for n, codes := range map[int]string{0: isoDigits0, 2: isoDigits2, 3: isoDigits3, 4: isoDigits4} {
		for code := range strings.FieldsSeq(codes) {
			table.digits[code] = n
		}
	}
	return table
})

// ISO4217 returns the currencies of the standard.
func ISO4217() Currencies { return isoTable() }

// With returns a copy in which code has n digits of minor unit. It panics unless code is three capital letters and n is
// 0 to 8: both are constants of the caller's program.
func (c Currencies) With(code string, n int) Currencies {
	if !isCode(code) || n < 0 || n > 8 {
		panic(fmt.Sprintf("payment: no currency %q with %d digits", code, n))
	}
	changed := Currencies{digits: maps.Clone(c.digits)}
	if changed.digits == nil {
		changed.digits = map[string]int{}
	}
	changed.digits[code] = n
	return changed
}

// MinorUnits returns the digits of code's minor unit: 2 for GBP, 0 for JPY, 3 for KWD.
func (c Currencies) MinorUnits(code string) (n int, ok bool) {
	n, ok = c.digits[code]
	return n, ok
}

// ParseMoney is [ParseMoney] with this table.
func (c Currencies) ParseMoney(amount, currency string) (Money, error) {
	d, problem := parsePlain(amount)
	if problem != "" {
		return Money{}, InvalidField("Amount", problem)
	}
	if field, problem := checkAmount(d, currency); field != "" {
		return Money{}, InvalidField(field, problem)
	}
	m := Money{amount: d, currency: currency}
	if err := c.Check(m); err != nil {
		return Money{}, err
	}
	return m, nil
}

// Check reports whether m can be paid: it is set, its currency is known, and no digit but zeros stands beyond the
// currency's minor unit. It is for requests: its errors have outcome NotSent.
func (c Currencies) Check(m Money) error {
	if m.IsUnset() {
		return InvalidField("Amount", "missing")
	}
	n, ok := c.MinorUnits(m.currency)
	if !ok {
		return InvalidField("Currency", fmt.Sprintf("%q is not a currency of the table", m.currency))
	}
	if !m.amount.Equal(m.amount.Truncate(int32(n))) {
		return InvalidField("Amount", fmt.Sprintf("more decimals than the %d of %s", n, m.currency))
	}
	return nil
}
