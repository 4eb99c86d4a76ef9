// Package plain writes decimals in plain digits, as amounts are written: never with an exponent.
package plain

import (
	"strconv"

	"github.com/shopspring/decimal"
)

const (
	// mostDigits surely fit an int64.
	mostDigits = 18
	// mostPlaces bounds what is written without the help of package decimal.
	mostPlaces = 30
)

// Text writes d with all digits that it was given, those of zero too, and at least so many behind the point. Its form depends
// on no package variable, as that of decimal's String does.
func Text(d decimal.Decimal, least int32) string {
	given := -d.Exponent()
	places := max(given, least, 0)
	if given < 0 || places > mostPlaces || d.NumDigits() > mostDigits {
		return d.StringFixed(places)
	}
	var room [2 * (mostDigits + mostPlaces)]byte
	number := d.CoefficientInt64()
	text := room[:0]
	if number < 0 {
		text, number = append(text, '-'), -number
	}
	for range given + 1 - int32(d.NumDigits()) { // what a number below one begins with
		text = append(text, '0')
	}
	text = strconv.AppendInt(text, number, 10)
	for range places - given {
		text = append(text, '0')
	}
	if places == 0 {
		return string(text)
	}
	point := len(text) - int(places)
	text = append(text, '.')
	copy(text[point+1:], text[point:])
	text[point] = '.'
	return string(text)
}
