package duffel

import (
	"testing"

	"github.com/supplierpay/supplierpay-go/internal/call/calltest"
	"github.com/supplierpay/supplierpay-go/payment"
)

// TestUnauthorized: a 401 refuses a payment for its credentials only by a word for that, or without a word of the provider's.
func TestUnauthorized(t *testing.T) {
	calltest.Unauthorized(t, explain, map[string]calltest.Verdict{
		"no body":                {Body: "", Outcome: payment.Refused, Kind: payment.ErrUnauthenticated},
		"a gateway's page":       {Body: "<html>Unauthorized</html>", Outcome: payment.Refused, Kind: payment.ErrUnauthenticated},
		"token":                  {Body: `{"errors":[{"type":"authentication_error","code":"access_token_not_found"}]}`, Outcome: payment.Refused, Kind: payment.ErrUnauthenticated},
		"type alone":             {Body: `{"errors":[{"type":"authentication_error"}]}`, Outcome: payment.Refused, Kind: payment.ErrUnauthenticated},
		"already paid":           {Body: `{"errors":[{"type":"invalid_state_error","code":"already_paid"}]}`, Outcome: payment.Unknown, Kind: payment.ErrAlreadyPaid},
		"airline":                {Body: `{"errors":[{"type":"airline_error","code":"airline_internal"}]}`, Outcome: payment.Unknown, Kind: payment.ErrUnavailable},
		"server":                 {Body: `{"errors":[{"type":"api_error","code":"internal_server_error"}]}`, Outcome: payment.Unknown, Kind: payment.ErrUnavailable},
		"token and already paid": {Body: `{"errors":[{"code":"expired_access_token"},{"code":"already_paid"}]}`, Outcome: payment.Unknown, Kind: payment.ErrAlreadyPaid},
		"price":                  {Body: `{"errors":[{"type":"invalid_state_error","code":"price_changed"}]}`, Outcome: payment.Refused, Kind: payment.ErrPriceChanged},
		"unknown word":           {Body: `{"errors":[{"type":"new_error","code":"new_code"}]}`, Outcome: payment.Unknown, Kind: nil},
	})
}
