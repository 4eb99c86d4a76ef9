package duffel

import (
	"strings"

	"github.com/supplierpay/supplierpay-go/internal/installation"
	"github.com/supplierpay/supplierpay-go/payment"
)

var _ payment.Installed = (*Client)(nil)

// Installation returns the host of the API and the mode of the token, such as "api.duffel.com/live": it stays the same when
// the token is replaced. Nothing else that is known of a token names the organisation, so two organisations have the same
// word: give their journals different names.
func (c *Client) Installation() string { return c.installation }

// mode tells from the documented beginning of a token, which is no secret, in which mode it is.
func mode(token string) string {
	for _, mode := range [...]string{"test", "live"} {
		if strings.HasPrefix(token, "duffel_"+mode+"_") {
			return mode
		}
	}
	return "unknown"
}

// word is the client's installation.
func word(baseURL, token string) string { return installation.Word(baseURL, mode(token)) }
