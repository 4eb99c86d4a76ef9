package activeplatform

import (
	"testing"

	"github.com/supplierpay/supplierpay-go/internal/call/calltest"
	"github.com/supplierpay/supplierpay-go/payment"
)

// TestUnauthorized: a 401 refuses a payment for its credentials only by a word for that, or without a word of the provider's.
func TestUnauthorized(t *testing.T) {
	calltest.Unauthorized(t, explainV3, map[string]calltest.Verdict{
		"no body":          {"", payment.Refused, payment.ErrUnauthenticated},
		"a gateway's page": {"<html>Unauthorized</html>", payment.Refused, payment.ErrUnauthenticated},
		"own status":       {`{"errors":[{"title":"Unauthorized","status":"401"}]}`, payment.Refused, payment.ErrUnauthenticated},
		"another status":   {`{"errors":[{"title":"Done","status":"422"}]}`, payment.Unknown, nil},
		"no status":        {`{"errors":{"title":"Done"}}`, payment.Unknown, nil},
	})
	calltest.Unauthorized(t, explainV1, map[string]calltest.Verdict{
		"v1, no body": {"", payment.Refused, payment.ErrUnauthenticated},
		"v1, JSON":    {`{"error":"m"}`, payment.Refused, payment.ErrUnauthenticated},
	})
}
