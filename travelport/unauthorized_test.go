package travelport

import (
	"testing"

	"github.com/supplierpay/supplierpay-go/internal/call/calltest"
	"github.com/supplierpay/supplierpay-go/payment"
)

// TestUnauthorized: a 401 refuses a payment for its credentials only by a word for that, or without a word of the provider's.
func TestUnauthorized(t *testing.T) {
	calltest.Unauthorized(t, explain, map[string]calltest.Verdict{
		"no body":                    {Body: "", Outcome: payment.Refused, Kind: payment.ErrUnauthenticated},
		"a gateway's page":           {Body: "<html>Unauthorized</html>", Outcome: payment.Refused, Kind: payment.ErrUnauthenticated},
		"credentials":                {Body: `{"ErrorResponse":{"Result":{"Error":[{"SourceCode":"1012100","Message":"m"}]}}}`, Outcome: payment.Refused, Kind: payment.ErrUnauthenticated},
		"access group":               {Body: `{"ErrorResponse":{"Result":{"Error":[{"SourceCode":"9003","Message":"m"}]}}}`, Outcome: payment.Refused, Kind: payment.ErrForbidden},
		"connection":                 {Body: `{"ErrorResponse":{"Result":{"Error":[{"SourceCode":"9005","Message":"m"}]}}}`, Outcome: payment.Unknown, Kind: payment.ErrUnavailable},
		"credentials and connection": {Body: `{"ErrorResponse":{"Result":{"Error":[{"SourceCode":"1012100","Message":"m"},{"SourceCode":"9005","Message":"m"}]}}}`, Outcome: payment.Unknown, Kind: payment.ErrUnavailable},
		"unknown code":               {Body: `{"ErrorResponse":{"Result":{"Error":[{"SourceCode":"7","Message":"m"}]}}}`, Outcome: payment.Unknown, Kind: nil},
	})
}
