package musement

import (
	"testing"

	"github.com/supplierpay/supplierpay-go/internal/call/calltest"
	"github.com/supplierpay/supplierpay-go/payment"
)

// TestUnauthorized: a 401 refuses a payment for its credentials only by a word for that, or without a word of the provider's.
func TestUnauthorized(t *testing.T) {
	calltest.Unauthorized(t, explain, map[string]calltest.Verdict{
		"no body":                 {"", payment.Refused, payment.ErrUnauthenticated},
		"a gateway's page":        {"<html>Unauthorized</html>", payment.Refused, payment.ErrUnauthenticated},
		"not fully authenticated": {`{"code":"1401","message":"m"}`, payment.Refused, payment.ErrUnauthenticated},
		"general":                 {`{"code":"0","message":"m"}`, payment.Refused, payment.ErrUnauthenticated},
		"not found":               {`{"code":"1400","message":"m"}`, payment.Unknown, nil},
		"voucher":                 {`{"code":"9442","message":"m"}`, payment.Unknown, nil},
	})
}
