package etm

import (
	"context"

	"github.com/supplierpay/supplierpay-go/internal/call"
)

// Check logs in and returns nil when that gave a session. That proves that ETM can be reached and accepts the login. No
// small call is documented that needs a session, so nothing shows that the session is good for anything, payments least of
// all.
//
// The new session takes the place of the client's old one, which calls under way keep. Whether ETM ends the old one is not
// documented: use Check at the start of a program and not all the time.
//
// A login that is not accepted is [payment.ErrUnauthenticated], a host that cannot be reached [payment.ErrUnavailable].
func (c *Client) Check(ctx context.Context) error {
	if _, _, err := c.sessions.Renew(ctx); err != nil {
		return call.LoginFailed(ctx, provider, err)
	}
	return nil
}
