package etm

import (
	"testing"

	"github.com/supplierpay/supplierpay-go/internal/call/calltest"
	"github.com/supplierpay/supplierpay-go/payment"
)

// TestUnauthorized: a 401 refuses a payment for its credentials only by a word for that, or without a word of the provider's.
func TestUnauthorized(t *testing.T) {
	calltest.Unauthorized(t, (&Client{words: map[string]bool{"declined": true}}).explain, map[string]calltest.Verdict{
		"no body":                {"", payment.Refused, payment.ErrUnauthenticated},
		"a gateway's page":       {"<html>Unauthorized</html>", payment.Refused, payment.ErrUnauthenticated},
		"an error":               {`{"status":"error","message":"m"}`, payment.Refused, payment.ErrUnauthenticated},
		"a success":              {`{"status":"ok","data":{}}`, payment.Unknown, nil},
		"a word of the contract": {`{"status":"declined"}`, payment.Refused, payment.ErrDeclined},
	})
}
