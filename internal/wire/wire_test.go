package wire

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
)

func TestDecimal(t *testing.T) {
	for _, tt := range []struct {
		text string
		want string // StringFixed with the scale that was written
		err  error
	}{
		{"30.20", "30.20", nil},
		{"0.00", "0.00", nil},
		{"-1", "-1", nil},
		{"007.5", "7.5", nil},
		{"0", "0", nil},
		{"999999999999999999", "999999999999999999", nil},
		{"9999999999999999.9", "9999999999999999.9", nil},
		{"9999999999999999999", "9999999999999999999", nil},
		{"99999999999999999.99", "99999999999999999.99", nil},
		{"1e2", "100", nil},
		{"1E+2", "100", nil},
		{"1.5e-3", "0.0015", nil},
		{"221.92000000000002", "221.92000000000002", nil},
		{"1e30", "1" + strings.Repeat("0", 30), nil},
		{"1e31", "", ErrTooLarge},
		{"1e-31", "", ErrTooLarge},
		{"1e1000000000", "", ErrTooLarge},
		{"1e-1000000000", "", ErrTooLarge},
		{"1e99999999999999999999", "", ErrTooLarge},
		{strings.Repeat("9", 10_000), "", ErrTooLarge},
		{strings.Repeat("0", 65), "", ErrTooLarge},
		{"", "", ErrNotDecimal},
		{"NaN", "", ErrNotDecimal},
		{"Infinity", "", ErrNotDecimal},
		{"+1", "", ErrNotDecimal},
		{"--1", "", ErrNotDecimal},
		{"1.", "", ErrNotDecimal},
		{".5", "", ErrNotDecimal},
		{"1.2.3", "", ErrNotDecimal},
		{"12;3", "", ErrNotDecimal},
		{"1.2;", "", ErrNotDecimal},
		{"1,000.00", "", ErrNotDecimal},
		{"0x10", "", ErrNotDecimal},
		{"1_000", "", ErrNotDecimal},
		{"1e", "", ErrNotDecimal},
		{"1e+-2", "", ErrNotDecimal},
		{"1e2-", "", ErrNotDecimal},
		{"e5", "", ErrNotDecimal},
		{" 1", "", ErrNotDecimal},
		{"٣", "", ErrNotDecimal},
	} {
		d, err := Decimal(tt.text)
		if !errors.Is(err, tt.err) || (err == nil) != (tt.err == nil) {
			t.Errorf("Decimal(%.40q): error %v, want %v", tt.text, err, tt.err)
			continue
		}
		if err == nil && d.StringFixed(max(-d.Exponent(), 0)) != tt.want {
			t.Errorf("Decimal(%q) = %s, want %s", tt.text, d.StringFixed(max(-d.Exponent(), 0)), tt.want)
		}
	}
}

func TestText(t *testing.T) {
	for token, want := range map[string]string{
		`"30.20"`: "30.20", `30.20`: "30.20", `1e2`: "1e2", `null`: "", ``: "", ` "a\u00e9" `: "aé", `""`: "",
		`true`: "true", `{"a":1}`: `{"a":1}`, `[1]`: "[1]", `"cut`: `"cut`,
	} {
		if got := Text([]byte(token)); got != want {
			t.Errorf("Text(%s) = %q, want %q", token, got, want)
		}
	}
}

func TestTime(t *testing.T) {
	at := func(nanos int) time.Time { return time.Date(2020, 4, 11, 15, 48, 11, nanos, time.UTC) }
	for text, want := range map[string]time.Time{
		"2020-04-11T15:48:11Z":             at(0),
		"2020-04-11T15:48:11.642Z":         at(642e6),
		"2020-04-11T15:48:11.642000Z":      at(642e6),
		"2020-04-11T15:48:11.642000001Z":   at(642000001),
		"2020-04-11T17:48:11+02:00":        at(0),
		"2020-04-11T17:48:11.6+0200":       at(600e6),
		"2020-04-11 15:48:11.642000+00:00": at(642e6),
	} {
		got, err := Time(text)
		if err != nil || !got.Equal(want) {
			t.Errorf("Time(%q) = %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "2020-04-11", "2020-04-11T15:48:11", "soon", "1586620091", strings.Repeat("2", 5000)} {
		if got, err := Time(text); !errors.Is(err, ErrNotTime) {
			t.Errorf("Time(%.20q) = %v, %v, want ErrNotTime", text, got, err)
		}
	}
}

// FuzzDecimal: whatever is read has a bounded size, and is the number that was written.
func FuzzDecimal(f *testing.F) {
	for _, s := range []string{"30.20", "1e2", "1e1000000000", "-0", "NaN", "1.5e-30", strings.Repeat("9", 64)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := Decimal(text)
		if err != nil {
			return
		}
		if e := d.Exponent(); e > maxExponent || e < -maxExponent-maxNumberText || d.NumDigits() > maxNumberText {
			t.Fatalf("Decimal(%q): exponent %d, %d digits", text, e, d.NumDigits())
		}
		if same, err := decimal.NewFromString(text); err != nil || !same.Equal(d) || same.Exponent() != d.Exponent() {
			t.Fatalf("Decimal(%q) = %s, and package decimal reads %s, %v", text, d, same, err)
		}
		again, err := Decimal(d.StringFixed(max(-d.Exponent(), 0)))
		if err == nil && !again.Equal(d) {
			t.Fatalf("Decimal(%q) read again is %s, not %s", text, again, d)
		}
	})
}

// FuzzText: any valid JSON token but null and "" has a text.
func FuzzText(f *testing.F) {
	for _, s := range []string{`"30.20"`, `30.20`, `null`, `{"a":[]}`, `"\ud800"`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, token []byte) {
		got := Text(token)
		if json.Valid(token) && got == "" {
			var v any
			if err := json.Unmarshal(token, &v); err != nil || v != nil && v != "" {
				t.Fatalf("Text(%s) lost %v", token, v)
			}
		}
	})
}

// FuzzTime: no input panics, and what is read survives printing.
func FuzzTime(f *testing.F) {
	for _, s := range []string{"2020-04-11T15:48:11.642Z", "2020-04-11 15:48:11.642000+00:00", "soon"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := Time(text)
		if err != nil {
			return
		}
		again, err := Time(got.UTC().Format(time.RFC3339Nano))
		if y := got.UTC().Year(); y >= 0 && y <= 9999 && (err != nil || !again.Equal(got)) {
			t.Fatalf("Time(%q) = %v, read again %v, %v", text, got, again, err)
		}
	})
}
