package musement

import (
	"github.com/supplierpay/supplierpay-go/internal/installation"
	"github.com/supplierpay/supplierpay-go/payment"
)

var _ payment.Installed = (*Client)(nil)

// Installation returns the host and path of the API and a short hash of the client id, which names the partner. The word
// stays the same when the client secret or the application is replaced, and in another currency, market or language.
func (c *Client) Installation() string { return c.installation }

// word is the installation of a client with these credentials.
func (cred Credentials) word(baseURL string) string {
	return installation.Word(baseURL, installation.Hash(cred.ClientID))
}
