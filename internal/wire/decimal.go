package wire

import (
	"errors"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"
)

// Bounds of an amount in an answer. A decimal library expands 1e1000000000 without a question.
const (
	maxNumberText = 64 // characters
	maxExponent   = 30 // size of the exponent, up or down
)

// The errors of [Decimal]. They do not quote the text.
var (
	ErrNotDecimal = errors.New("not a decimal number")
	ErrTooLarge   = errors.New("a number of absurd size")
)

// Decimal reads a number in the grammar of JSON ("30.20", "-1", "1e2"), exactly and with the scale that it was written
// in.
func Decimal(text string) (decimal.Decimal, error) {
	if len(text) > maxNumberText {
		return decimal.Decimal{}, ErrTooLarge
	}
	mantissa, exponent, hasExponent := cutExponent(text)
	if !isMantissa(mantissa) {
		return decimal.Decimal{}, ErrNotDecimal
	}
	if hasExponent {
		if !isDigits(unsigned(exponent)) {
			return decimal.Decimal{}, ErrNotDecimal
		}
		if n, err := strconv.Atoi(exponent); err != nil || n > maxExponent || n < -maxExponent {
			return decimal.Decimal{}, ErrTooLarge
		}
	}
	d, err := decimal.NewFromString(text)
	if err != nil {
		return decimal.Decimal{}, ErrNotDecimal
	}
	return d, nil
}

func cutExponent(text string) (mantissa, exponent string, found bool) {
	i := strings.IndexAny(text, "eE")
	if i < 0 {
		return text, "", false
	}
	return text[:i], text[i+1:], true
}

// isMantissa reports whether s is digits with at most one point between them, perhaps after a minus sign. Leading zeros
// are let pass: inside a string they do no harm.
func isMantissa(s string) bool {
	whole, fraction, point := strings.Cut(strings.TrimPrefix(s, "-"), ".")
	return isDigits(whole) && (!point || isDigits(fraction))
}

// unsigned drops one sign.
func unsigned(s string) string {
	if s != "" && (s[0] == '+' || s[0] == '-') {
		return s[1:]
	}
	return s
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
