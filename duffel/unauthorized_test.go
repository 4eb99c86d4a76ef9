package duffel

import (
	"testing"

	"github.com/supplierpay/supplierpay-go/internal/call/calltest"
	"github.com/supplierpay/supplierpay-go/payment"
)

// TestUnauthorized: a 401 refuses a payment for its credentials only by a word for that, or without a word of the provider's.
func TestUnauthorized(t *testing.T) {
	calltest.Unauthorized(t, explain, map[string]calltest.Verdict{
		"no body":                {"", payment.Refused, payment.ErrUnauthenticated},
		"a gateway's page":       {"<html>Unauthorized</html>", payment.Refused, payment.ErrUnauthenticated},
		"token":                  {`{"errors":[{"type":"authentication_error","code":"access_token_not_found"}]}`, payment.Refused, payment.ErrUnauthenticated},
		"type alone":             {`{"errors":[{"type":"authentication_error"}]}`, payment.Refused, payment.ErrUnauthenticated},
		"already paid":           {`{"errors":[{"type":"invalid_state_error","code":"already_paid"}]}`, payment.Unknown, payment.ErrAlreadyPaid},
		"airline":                {`{"errors":[{"type":"airline_error","code":"airline_internal"}]}`, payment.Unknown, payment.ErrUnavailable},
		"server":                 {`{"errors":[{"type":"api_error","code":"internal_server_error"}]}`, payment.Unknown, payment.ErrUnavailable},
		"token and already paid": {`{"errors":[{"code":"expired_access_token"},{"code":"already_paid"}]}`, payment.Unknown, payment.ErrAlreadyPaid},
		"price":                  {`{"errors":[{"type":"invalid_state_error","code":"price_changed"}]}`, payment.Refused, payment.ErrPriceChanged},
		"unknown word":           {`{"errors":[{"type":"new_error","code":"new_code"}]}`, payment.Unknown, nil},
	})
}
