package travelport

import (
	"context"

	"github.com/supplierpay/supplierpay-go/internal/call"
)

// Check logs in and returns nil when that gave a token. That proves that the token endpoint can be reached and accepts user
// name, password and client. Every documented read of the API itself needs a locator or an id, so nothing is proven about
// the API's host, the access group or PCC, or about what the account may do.
//
// The new token takes the place of the client's old one, which stays good. Tokens live for a day, and Travelport asks not to
// fetch them often: use Check at the start of a program and not all the time.
//
// Credentials that are not accepted are [payment.ErrUnauthenticated], a host that cannot be reached
// [payment.ErrUnavailable].
func (c *Client) Check(ctx context.Context) error {
	if _, _, err := c.login.source.Renew(ctx); err != nil {
		return call.LoginFailed(ctx, provider, err)
	}
	return nil
}
