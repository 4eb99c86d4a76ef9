package travelport

import (
	"testing"

	"github.com/supplierpay/supplierpay-go/internal/call/calltest"
	"github.com/supplierpay/supplierpay-go/payment"
)

// TestUnauthorized: a 401 refuses a payment for its credentials only by a word for that, or without a word of the provider's.
func TestUnauthorized(t *testing.T) {
	calltest.Unauthorized(t, explain, map[string]calltest.Verdict{
		"no body":                    {"", payment.Refused, payment.ErrUnauthenticated},
		"a gateway's page":           {"<html>Unauthorized</html>", payment.Refused, payment.ErrUnauthenticated},
		"credentials":                {`{"ErrorResponse":{"Result":{"Error":[{"SourceCode":"1012100","Message":"m"}]}}}`, payment.Refused, payment.ErrUnauthenticated},
		"access group":               {`{"ErrorResponse":{"Result":{"Error":[{"SourceCode":"9003","Message":"m"}]}}}`, payment.Refused, payment.ErrForbidden},
		"connection":                 {`{"ErrorResponse":{"Result":{"Error":[{"SourceCode":"9005","Message":"m"}]}}}`, payment.Unknown, payment.ErrUnavailable},
		"credentials and connection": {`{"ErrorResponse":{"Result":{"Error":[{"SourceCode":"1012100","Message":"m"},{"SourceCode":"9005","Message":"m"}]}}}`, payment.Unknown, payment.ErrUnavailable},
		"unknown code":               {`{"ErrorResponse":{"Result":{"Error":[{"SourceCode":"7","Message":"m"}]}}}`, payment.Unknown, nil},
	})
}
