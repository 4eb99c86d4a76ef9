package call

import (
	"fmt"

	"github.com/supplierpay/supplierpay-go/payment"
)

// CheckID refuses what cannot be an id of a provider whose ids are letters, digits, _ and -, of this many bytes at most. Such
// an id can stand in a path as it is.
func CheckID(field, id string, most int) error {
	switch {
	case id == "":
		return payment.InvalidField(field, "missing")
	case len(id) > most:
		return payment.InvalidField(field, fmt.Sprintf("longer than %d bytes", most))
	}
	for i := range len(id) {
		c := id[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' && c != '-' {
			return payment.InvalidField(field, "an id has letters, digits, _ and -")
		}
	}
	return nil
}
