package musement

import (
	"testing"

	"github.com/supplierpay/supplierpay-go/internal/call/calltest"
	"github.com/supplierpay/supplierpay-go/payment"
)

// TestUnauthorized: a 401 refuses a payment for its credentials only by a word for that, or without a word of the provider's.
func TestUnauthorized(t *testing.T) {
	calltest.Unauthorized(t, explain, map[string]calltest.Verdict{
		"no body":                 {Body: "", Outcome: payment.Refused, Kind: payment.ErrUnauthenticated},
		"a gateway's page":        {Body: "<html>Unauthorized</html>", Outcome: payment.Refused, Kind: payment.ErrUnauthenticated},
		"not fully authenticated": {Body: `{"code":"1401","message":"m"}`, Outcome: payment.Refused, Kind: payment.ErrUnauthenticated},
		"general":                 {Body: `{"code":"0","message":"m"}`, Outcome: payment.Refused, Kind: payment.ErrUnauthenticated},
		"not found":               {Body: `{"code":"1400","message":"m"}`, Outcome: payment.Unknown, Kind: nil},
		"voucher":                 {Body: `{"code":"9442","message":"m"}`, Outcome: payment.Unknown, Kind: nil},
	})
}
