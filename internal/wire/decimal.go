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
	exponent, ok := cutMantissa(text)
	if !ok {
		return decimal.Decimal{}, ErrNotDecimal
	}
	if exponent != "" {
		n, err := strconv.Atoi(exponent[len("e"):])
		switch {
		case errors.Is(err, strconv.ErrSyntax):
			return decimal.Decimal{}, ErrNotDecimal
		case err != nil || n > maxExponent || n < -maxExponent:
			return decimal.Decimal{}, ErrTooLarge
		}
	}
	d, err := decimal.NewFromString(text)
	if err != nil {
		return decimal.Decimal{}, ErrNotDecimal
	}
	return d, nil
}

// cutMantissa returns what follows digits with at most one point between them, perhaps after a minus sign: nothing, or "e"
// and more. Leading zeros are let pass: inside a string they do no harm.
func cutMantissa(text string) (exponent string, ok bool) {
	rest := strings.TrimPrefix(text, "-")
	n := digits(rest)
	if n == 0 {
		return "", false
	}
	if rest = rest[n:]; rest != "" && rest[0] == '.' {
		if n = digits(rest[1:]); n == 0 {
			return "", false
		}
		rest = rest[1+n:]
	}
	return rest, rest == "" || rest[0] == 'e' || rest[0] == 'E'
}
