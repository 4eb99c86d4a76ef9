package travelport

import (
	"cmp"

	"github.com/supplierpay/supplierpay-go/internal/installation"
	"github.com/supplierpay/supplierpay-go/payment"
)

var _ payment.Installed = (*Client)(nil)

// Installation returns the host and path of the API and a short hash of the access group or, without one, of the PCC: that
// is whose bookings they are. The word stays the same when the user, the client id or a secret is replaced.
func (c *Client) Installation() string { return c.installation }

// word is the installation of a client with these credentials. Travelport goes by the access group where both are given.
func (cred Credentials) word(baseURL string) string {
	return installation.Word(baseURL, installation.Hash(cmp.Or(cred.AccessGroup, cred.PCC)))
}
