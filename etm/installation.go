package etm

import (
	"github.com/supplierpay/supplierpay-go/internal/installation"
	"github.com/supplierpay/supplierpay-go/payment"
)

var _ payment.Installed = (*Client)(nil)

// Installation returns the host of the API and, with [B2BLogin], a short hash of the login, which is a name and no secret
// by itself: the word stays the same when the password changes. An app id is a credential and goes into no word, and nothing is
// known of an [Authenticator] of your own: their clients have the host alone. Give the journals of two such accounts
// different names.
func (c *Client) Installation() string { return c.installation }

// word is the client's installation.
func word(baseURL string, auth Authenticator) string {
	account := ""
	if b, ok := auth.(b2b); ok {
		account = installation.Hash(b.login.Reveal())
	}
	return installation.Word(baseURL, account)
}
