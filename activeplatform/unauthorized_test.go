package activeplatform

import (
	"testing"

	"github.com/supplierpay/supplierpay-go/internal/call/calltest"
	"github.com/supplierpay/supplierpay-go/payment"
)

// TestUnauthorized: a 401 refuses a payment for its credentials only by a word for that, or without a word of the provider's.
func TestUnauthorized(t *testing.T) {
	calltest.Unauthorized(t, explainV3, map[string]calltest.Verdict{
		"no body":          {Body: "", Outcome: payment.Refused, Kind: payment.ErrUnauthenticated},
		"a gateway's page": {Body: "<html>Unauthorized</html>", Outcome: payment.Refused, Kind: payment.ErrUnauthenticated},
		"own status":       {Body: `{"errors":[{"title":"Unauthorized","status":"401"}]}`, Outcome: payment.Refused, Kind: payment.ErrUnauthenticated},
		"another status":   {Body: `{"errors":[{"title":"Done","status":"422"}]}`, Outcome: payment.Unknown, Kind: nil},
		"no status":        {Body: `{"errors":{"title":"Done"}}`, Outcome: payment.Unknown, Kind: nil},
	})
	calltest.Unauthorized(t, explainV1, map[string]calltest.Verdict{
		"v1, no body": {Body: "", Outcome: payment.Refused, Kind: payment.ErrUnauthenticated},
		"v1, JSON":    {Body: `{"error":"m"}`, Outcome: payment.Refused, Kind: payment.ErrUnauthenticated},
	})
}
