package payment_test

import (
	"encoding/json"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/supplierpay/supplierpay-go/payment"
)

func TestParseMoney(t *testing.T) {
	tests := []struct {
		amount, currency string
		text             string // of String
		json             string
	}{
		{"30.20", "GBP", "30.20 GBP", `{"amount":"30.20","currency":"GBP"}`},
		{"30.2", "GBP", "30.20 GBP", `{"amount":"30.2","currency":"GBP"}`},
		{"30", "GBP", "30.00 GBP", `{"amount":"30","currency":"GBP"}`},
		{"30.2000", "GBP", "30.2000 GBP", `{"amount":"30.2000","currency":"GBP"}`},
		{"0", "GBP", "0.00 GBP", `{"amount":"0","currency":"GBP"}`},
		{"0.00", "GBP", "0.00 GBP", `{"amount":"0.00","currency":"GBP"}`},
		{"0.01", "GBP", "0.01 GBP", `{"amount":"0.01","currency":"GBP"}`},
		{"007.50", "GBP", "7.50 GBP", `{"amount":"7.50","currency":"GBP"}`},
		{"132933.7", "RUB", "132933.70 RUB", `{"amount":"132933.7","currency":"RUB"}`},
		{"500", "JPY", "500 JPY", `{"amount":"500","currency":"JPY"}`},
		{"500.00", "JPY", "500.00 JPY", `{"amount":"500.00","currency":"JPY"}`},
		{"1.234", "KWD", "1.234 KWD", `{"amount":"1.234","currency":"KWD"}`},
		{"1.2", "KWD", "1.200 KWD", `{"amount":"1.2","currency":"KWD"}`},
		{"1.2345", "CLF", "1.2345 CLF", `{"amount":"1.2345","currency":"CLF"}`},
		{"9999999999999999999999999999.99", "IDR", "9999999999999999999999999999.99 IDR",
			`{"amount":"9999999999999999999999999999.99","currency":"IDR"}`},
		{"12345678901234567890123456789012345678.90", "IDR", "12345678901234567890123456789012345678.90 IDR",
			`{"amount":"12345678901234567890123456789012345678.90","currency":"IDR"}`},
	}
	for _, tt := range tests {
		t.Run(tt.amount+" "+tt.currency, func(t *testing.T) {
			m, err := payment.ParseMoney(tt.amount, tt.currency)
			if err != nil {
				t.Fatal(err)
			}
			text, err := m.MarshalText()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{tt.text, tt.text, tt.currency}, []string{m.String(), string(text), m.Currency()}); diff != "" {
				t.Errorf("text (-want +got):\n%s", diff)
			}
			if m.Amount()+" "+m.Currency() != tt.text {
				t.Errorf("Amount() = %q", m.Amount())
			}
			if m.IsUnset() || m.IsZero() {
				t.Error("an amount, even of nothing, is not unset")
			}
			b, err := json.Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.json, string(b)); diff != "" {
				t.Errorf("JSON (-want +got):\n%s", diff)
			}
			checkRoundTrip(t, m)
		})
	}
}

// checkRoundTrip marshals m, reads it back, and wants the same digits.
func checkRoundTrip(t *testing.T, m payment.Money) {
	t.Helper()
	first, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	var back payment.Money
	if err := json.Unmarshal(first, &back); err != nil {
		t.Fatalf("cannot read %s back: %v", first, err)
	}
	if !back.Equal(m) || back.String() != m.String() {
		t.Errorf("read back %v, want %v", back, m)
	}
	second, err := json.Marshal(back)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(first), string(second)); diff != "" {
		t.Errorf("second JSON (-first +second):\n%s", diff)
	}
}

func TestParseMoneyRefuses(t *testing.T) {
	tests := []struct {
		name, amount, currency, field string
	}{
		{"empty", "", "GBP", "Amount"},
		{"blank", " ", "GBP", "Amount"},
		{"leading space", " 1", "GBP", "Amount"},
		{"trailing space", "1 ", "GBP", "Amount"},
		{"line break", "1\n", "GBP", "Amount"},
		{"plus", "+1", "GBP", "Amount"},
		{"minus", "-1", "GBP", "Amount"},
		{"minus zero", "-0.00", "GBP", "Amount"},
		{"unicode minus", "\u22121", "GBP", "Amount"},
		{"no whole part", ".5", "GBP", "Amount"},
		{"no fraction", "5.", "GBP", "Amount"},
		{"point alone", ".", "GBP", "Amount"},
		{"two points", "1.2.3", "GBP", "Amount"},
		{"comma", "1,5", "GBP", "Amount"},
		{"thousands", "1,000.00", "GBP", "Amount"},
		{"underscore", "1_000", "GBP", "Amount"},
		{"hexadecimal", "0x10", "GBP", "Amount"},
		{"other digits", "\u0661", "GBP", "Amount"},
		{"not a number", "NaN", "GBP", "Amount"},
		{"infinity", "Inf", "GBP", "Amount"},
		{"negative infinity", "-Infinity", "GBP", "Amount"},
		{"small exponent", "1e2", "GBP", "Amount"},
		{"huge exponent", "1e1000000000", "GBP", "Amount"},
		{"huge negative exponent", "1e-1000000000", "GBP", "Amount"},
		{"10,000 digits", strings.Repeat("9", 10_000), "GBP", "Amount"},
		{"10,000 decimals", "1." + strings.Repeat("0", 10_000), "GBP", "Amount"},
		{"41 digits", strings.Repeat("9", 41), "GBP", "Amount"},
		{"31 decimals", "1." + strings.Repeat("0", 31), "GBP", "Amount"},
		{"3 decimals of 2", "30.201", "GBP", "Amount"},
		{"1 decimal of 0", "500.5", "JPY", "Amount"},
		{"4 decimals of 3", "1.2345", "KWD", "Amount"},
		{"5 decimals of 4", "1.23456", "CLF", "Amount"},
		{"binary noise", "221.92000000000002", "EUR", "Amount"},
		{"no currency", "1", "", "Currency"},
		{"lower case", "1", "gbp", "Currency"},
		{"symbol", "1", "\u20ac", "Currency"},
		{"four letters", "1", "GBPX", "Currency"},
		{"unknown code", "1", "QQQ", "Currency"},
		{"gold has no minor unit", "1", "XAU", "Currency"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, err := payment.ParseMoney(tt.amount, tt.currency)
			checkInvalid(t, err, payment.NotSent, tt.field)
			if !m.IsUnset() {
				t.Errorf("got %v beside the error", m)
			}
		})
	}
}

// checkInvalid wants an *Error of ErrInvalidRequest that names the field in one short line.
func checkInvalid(t *testing.T, err error, outcome payment.Outcome, field string) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	var e *payment.Error
	if !errors.As(err, &e) || !errors.Is(err, payment.ErrInvalidRequest) {
		t.Fatalf("want an *Error of ErrInvalidRequest, got %T: %v", err, err)
	}
	if e.Field != field {
		t.Errorf("field %q, want %q: %v", e.Field, field, err)
	}
	if got := payment.OutcomeOf(err); got != outcome {
		t.Errorf("outcome %v, want %v: %v", got, outcome, err)
	}
	if len(err.Error()) > 200 || strings.ContainsAny(err.Error(), "\r\n") {
		t.Errorf("want one short line, got %d bytes", len(err.Error()))
	}
}

func TestMoneyFromDecimal(t *testing.T) {
	forty, _ := new(big.Int).SetString(strings.Repeat("9", 40), 10)
	tests := []struct {
		name     string
		amount   decimal.Decimal
		currency string
		text     string
	}{
		{"digits kept", decimal.New(3020, -2), "GBP", "30.20 GBP"},
		{"binary noise kept", decimal.RequireFromString("221.92000000000002"), "EUR", "221.92000000000002 EUR"},
		{"exponent", decimal.New(3, 2), "GBP", "300.00 GBP"},
		{"currency outside the table", decimal.New(15, -1), "QQQ", "1.5 QQQ"},
		{"no scale outside the table", decimal.New(15, 1), "QQQ", "150 QQQ"},
		{"zero value", decimal.Decimal{}, "GBP", "0.00 GBP"},
		{"zero with a scale", decimal.New(0, -3), "GBP", "0.000 GBP"},
		{"zero with an exponent", decimal.New(0, 30), "GBP", "0.00 GBP"},
		{"1e30", decimal.New(1, 30), "JPY", "1" + strings.Repeat("0", 30) + " JPY"},
		{"1e-30", decimal.New(1, -30), "GBP", "0." + strings.Repeat("0", 29) + "1 GBP"},
		{"40 digits", decimal.NewFromBigInt(forty, -30), "GBP", strings.Repeat("9", 10) + "." + strings.Repeat("9", 30) + " GBP"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, err := payment.MoneyFromDecimal(tt.amount, tt.currency)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.text, m.String()); diff != "" {
				t.Errorf("text (-want +got):\n%s", diff)
			}
			if !m.Decimal().Equal(tt.amount) {
				t.Errorf("Decimal() = %v", m.Decimal())
			}
			checkRoundTrip(t, m)
		})
	}
}

// The errors must come at once: expanding any of these would take seconds or all the memory there is. Their outcome is
// Unknown, since an amount of an answer cannot tell that nothing was sent.
func TestMoneyFromDecimalRefuses(t *testing.T) {
	long := new(big.Int).Lsh(big.NewInt(1), 34_000_000) // about 10,000,000 digits: seconds to count
	fortyOne, _ := new(big.Int).SetString("1"+strings.Repeat("0", 40), 10)
	tests := []struct {
		name     string
		amount   decimal.Decimal
		currency string
		field    string
	}{
		{"huge exponent", decimal.New(1, 1_000_000_000), "GBP", "Amount"},
		{"huge negative exponent", decimal.New(1, -1_000_000_000), "GBP", "Amount"},
		{"zero with a huge exponent", decimal.New(0, 1_000_000_000), "GBP", "Amount"},
		{"ten million digits", decimal.NewFromBigInt(long, 0), "GBP", "Amount"},
		{"ten million negative digits", decimal.NewFromBigInt(long, 0).Neg(), "GBP", "Amount"},
		{"41 digits", decimal.NewFromBigInt(fortyOne, 0), "GBP", "Amount"},
		{"41 digits with the exponent", decimal.New(12345678901, 30), "GBP", "Amount"},
		{"31 up", decimal.New(1, 31), "GBP", "Amount"},
		{"31 down", decimal.New(1, -31), "GBP", "Amount"},
		{"negative", decimal.New(-1, 0), "GBP", "Amount"},
		{"no currency", decimal.New(1, 0), "", "Currency"},
		{"lower case", decimal.New(1, 0), "eur", "Currency"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			begin := time.Now()
			m, err := payment.MoneyFromDecimal(tt.amount, tt.currency)
			if took := time.Since(begin); took > time.Second {
				t.Errorf("took %v", took)
			}
			checkInvalid(t, err, payment.Unknown, tt.field)
			if !m.IsUnset() {
				t.Error("got money beside the error")
			}
		})
	}
}

func TestMoneyUnset(t *testing.T) {
	var m payment.Money
	if !m.IsUnset() || !m.IsZero() || m.String() != "" || m.Currency() != "" {
		t.Errorf("the zero Money is not unset: %q", m)
	}
	b, err := json.Marshal(struct {
		Plain   payment.Money `json:"plain"`
		Omitted payment.Money `json:"omitted,omitzero"`
	}{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(`{"plain":null}`, string(b)); diff != "" {
		t.Errorf("JSON (-want +got):\n%s", diff)
	}
	m = money(t, "1", "GBP")
	if err := json.Unmarshal([]byte(" null "), &m); err != nil || !m.IsUnset() {
		t.Errorf("null gives %v, %v", m, err)
	}
	checkInvalid(t, payment.ISO4217().Check(payment.Money{}), payment.NotSent, "Amount")
}

func TestMoneyCompare(t *testing.T) {
	a, b := money(t, "30.2", "GBP"), money(t, "30.20", "GBP")
	if !a.Equal(b) {
		t.Error("30.2 and 30.20 differ")
	}
	if a.Equal(money(t, "30.20", "EUR")) || a.Equal(money(t, "30.21", "GBP")) {
		t.Error("other amounts and currencies are equal")
	}
	for _, tt := range []struct {
		other string
		want  int
	}{{"30.19", 1}, {"30.20", 0}, {"30.21", -1}} {
		got, err := a.Cmp(money(t, tt.other, "GBP"))
		if err != nil || got != tt.want {
			t.Errorf("Cmp with %s = %d, %v", tt.other, got, err)
		}
	}
	_, err := a.Cmp(money(t, "30.20", "EUR"))
	if !errors.Is(err, payment.ErrCurrencyMismatch) {
		t.Errorf("want ErrCurrencyMismatch, got %v", err)
	}
	// A payer may compare after paying: this error must not read as "nothing was sent".
	if got := payment.OutcomeOf(err); got != payment.Unknown {
		t.Errorf("outcome %v", got)
	}
}

func TestMoneyUnmarshalJSONRefuses(t *testing.T) {
	for _, in := range []string{
		`{}`, `[]`, `"30.20 GBP"`, `30.20`, `true`,
		`{"amount":30.20,"currency":"GBP"}`,
		`{"amount":"30.20"}`,
		`{"currency":"GBP"}`,
		`{"amount":"30.20","currency":"gbp"}`,
		`{"amount":"-1","currency":"GBP"}`,
		`{"amount":"1e2","currency":"GBP"}`,
		`{"amount":"1e1000000000","currency":"GBP"}`,
		`{"amount":"` + strings.Repeat("9", 10_000) + `","currency":"GBP"}`,
		`{"amount":"NaN","currency":"GBP"}`,
	} {
		m := money(t, "1", "GBP")
		err := json.Unmarshal([]byte(in), &m)
		if !errors.Is(err, payment.ErrInvalidRequest) || payment.OutcomeOf(err) != payment.Unknown {
			t.Errorf("%.60s: got %v", in, err)
		}
		if m.String() != "1.00 GBP" {
			t.Errorf("%.60s: changed the value to %v", in, m)
		}
	}
}

// decimal has package variables that change its text; nothing of ours may follow them.
func TestMoneyIgnoresDecimalSettings(t *testing.T) {
	a := money(t, "1500.50", "GBP")
	big, err := payment.MoneyFromDecimal(decimal.New(15, 2), "JPY")
	if err != nil {
		t.Fatal(err)
	}
	render := func() []string {
		var all []string
		for _, m := range []payment.Money{a, big} {
			b, err := json.Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			attempt, err := payment.NewAttempt(payment.Request{Key: "k", OrderID: "o", Amount: m}, "", nil)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, m.String(), string(b), attempt.Digest)
		}
		return all
	}
	want := render()
	trim, scientific := decimal.TrimTrailingZeros, decimal.UseScientificNotation
	defer func() { decimal.TrimTrailingZeros, decimal.UseScientificNotation = trim, scientific }()
	decimal.TrimTrailingZeros, decimal.UseScientificNotation = !trim, !scientific
	if diff := cmp.Diff(want, render()); diff != "" {
		t.Errorf("with other settings (-default +other):\n%s", diff)
	}
}

func FuzzParseMoney(f *testing.F) {
	for _, s := range []string{"30.20", "500", "1.234", "0", "-1", "+1", ".5", "5.", "1e9", "1e1000000000", "NaN", "1,5", " 1",
		"00.10", "9999999999999999999999999999999999999999", "1.0000000000000000000000000000000"} {
		for _, c := range []string{"GBP", "JPY", "KWD", "CLF", "XAU", "gbp"} {
			f.Add(s, c)
		}
	}
	f.Fuzz(func(t *testing.T, amount, currency string) {
		m, err := payment.ParseMoney(amount, currency)
		if err != nil {
			checkInvalid(t, err, payment.NotSent, fieldOf(err))
			return
		}
		want, ok := new(big.Rat).SetString(amount)
		if !ok || m.Decimal().Rat().Cmp(want) != 0 {
			t.Fatalf("%q became %v", amount, m)
		}
		if strings.Trim(m.Amount(), "0123456789.") != "" {
			t.Fatalf("%q prints as %q", amount, m.Amount())
		}
		// At the limit of 40 digits the padding to the minor unit makes a longer text than ParseMoney takes.
		if len(amount) <= 36 {
			again, err := payment.ParseMoney(m.Amount(), m.Currency())
			if err != nil || !again.Equal(m) || again.String() != m.String() {
				t.Fatalf("%q: %v does not parse to itself: %v, %v", amount, m, again, err)
			}
		}
		checkRoundTrip(t, m)
	})
}

func FuzzMoneyUnmarshalJSON(f *testing.F) {
	for _, s := range []string{`{"amount":"30.20","currency":"GBP"}`, `null`, `{}`, `{"amount":30.20,"currency":"GBP"}`,
		`{"amount":"1e1000000000","currency":"GBP"}`, `{"Amount":"1","CURRENCY":"GBP"}`, `{"amount":"5.","currency":"GBP"}`,
		`{"amount":"0.000000000000000000000000000001","currency":"QQQ"}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		var m payment.Money
		if err := json.Unmarshal(in, &m); err != nil {
			if !m.IsUnset() {
				t.Fatalf("got %v beside %v", m, err)
			}
			return
		}
		checkRoundTrip(t, m)
	})
}

func fieldOf(err error) string {
	var e *payment.Error
	if errors.As(err, &e) {
		return e.Field
	}
	return ""
}

// money parses a constant of a test.
func money(t testing.TB, amount, currency string) payment.Money {
	t.Helper()
	m, err := payment.ParseMoney(amount, currency)
	if err != nil {
		t.Fatal(err)
	}
	return m
}
