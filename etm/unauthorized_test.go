package etm

import (
	"testing"

	"github.com/supplierpay/supplierpay-go/internal/call/calltest"
	"github.com/supplierpay/supplierpay-go/payment"
)

// TestUnauthorized: a 401 refuses a payment for its credentials only by a word for that, or without a word of the provider's.
func TestUnauthorized(t *testing.T) {
	calltest.Unauthorized(t, (&Client{words: map[string]bool{"declined": true}}).explain, map[string]calltest.Verdict{
		"no body":                {Body: "", Outcome: payment.Refused, Kind: payment.ErrUnauthenticated},
		"a gateway's page":       {Body: "<html>Unauthorized</html>", Outcome: payment.Refused, Kind: payment.ErrUnauthenticated},
		"an error":               {Body: `{"status":"error","message":"m"}`, Outcome: payment.Refused, Kind: payment.ErrUnauthenticated},
		"a success":              {Body: `{"status":"ok","data":{}}`, Outcome: payment.Unknown, Kind: nil},
		"a word of the contract": {Body: `{"status":"declined"}`, Outcome: payment.Refused, Kind: payment.ErrDeclined},
	})
}
