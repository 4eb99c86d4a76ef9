package call

import "github.com/supplierpay/supplierpay-go/payment"

// Visible reports whether s can be a word in a header: no spaces, no line breaks, nothing outside ASCII.
func Visible(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// CheckVisible refuses a value that is empty or not [Visible]. It never quotes the value.
func CheckVisible(field, value string) error {
	if value == "" {
		return payment.InvalidField(field, "missing")
	}
	if !Visible(value) {
		return payment.InvalidField(field, "has spaces, line breaks or characters outside ASCII")
	}
	return nil
}
