package plain_test

import (
	"math"
	"math/big"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/supplierpay/supplierpay-go/internal/plain"
)

func TestText(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		number string
		least  int32
		want   string
	}{
		{"30.20", 2, "30.20"},
		{"30.2", 2, "30.20"},
		{"30.2", 0, "30.2"},
		{"30", 2, "30.00"},
		{"500", 0, "500"},
		{"500", -3, "500"},
		{"132933.7", 0, "132933.7"},
		{"0", 0, "0"},
		{"0", 3, "0.000"},
		{"0.00", 0, "0.00"},
		{"0.05", 0, "0.05"},
		{"0.5", 2, "0.50"},
		{"-0.05", 3, "-0.050"},
		{"-12", 1, "-12.0"},
		{"1e3", 0, "1000"},
		{"1e3", 2, "1000.00"},
		{"0e5", 0, "0"},
		{"999999999999999999", 2, "999999999999999999.00"},
		{"9223372036854775808", 0, "9223372036854775808"},
		{"-9223372036854775808", 1, "-9223372036854775808.0"},
		{"12345678901234567890.1234", 0, "12345678901234567890.1234"},
		{"1e-30", 0, "0.000000000000000000000000000001"},
		{"1e-31", 0, "0.0000000000000000000000000000001"},
		{"123456789012345678e-30", 0, "0.000000000000123456789012345678"},
		{"123456789012345678", 30, "123456789012345678.000000000000000000000000000000"},
		{"-123456789012345678", 30, "-123456789012345678.000000000000000000000000000000"},
	} {
		if got := plain.Text(decimal.RequireFromString(tc.number), tc.least); got != tc.want {
			t.Errorf("Text(%s, %d) = %s, want %s", tc.number, tc.least, got, tc.want)
		}
	}
	if got := plain.Text(decimal.Decimal{}, 2); got != "0.00" {
		t.Errorf("the zero Decimal: %s", got)
	}
}

func FuzzText(f *testing.F) {
	for _, seed := range []struct {
		coefficient    int64
		exponent, more int32
	}{{3020, -2, 2}, {302, -1, 2}, {5, 3, 2}, {0, -2, 0}, {-5, -4, 6}, {math.MinInt64, -30, 1}, {1e18, -31, 40}, {1e18 - 1, 0, 30}} {
		f.Add(seed.coefficient, uint8(1), seed.exponent, seed.more)
	}
	f.Fuzz(func(t *testing.T, coefficient int64, power uint8, exponent, least int32) {
		exponent, least = exponent%64, least%64
		number := new(big.Int).Exp(big.NewInt(coefficient), big.NewInt(int64(power%4)), nil)
		d := decimal.NewFromBigInt(number, exponent)
		if got, want := plain.Text(d, least), d.StringFixed(max(-exponent, least, 0)); got != want {
			t.Errorf("Text of %s with exponent %d, at least %d places: %s, want %s", number, exponent, least, got, want)
		}
	})
}
