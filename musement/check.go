package musement

import (
	"context"
	"encoding/json"

	"github.com/supplierpay/supplierpay-go/internal/call"
	"github.com/supplierpay/supplierpay-go/internal/wire"
)

// Check asks for the list of currencies (GET /currencies), after a login unless there is a token already, and returns nil
// when both were answered. The login proves that Musement can be reached and accepts the credentials; whether Musement
// looks at the token of this call is not documented. Nothing is proven about payments: the no-payment flow and
// cancellations need permissions of their own.
//
// Credentials that are not accepted are [payment.ErrUnauthenticated], a host that cannot be reached
// [payment.ErrUnavailable].
func (c *Client) Check(ctx context.Context) error {
	if _, _, err := c.login.source.Get(ctx); err != nil {
		return call.LoginFailed(ctx, provider, err)
	}
	_, err := c.read(ctx, "Check", "/currencies", []string{"currencies"}, func(a *call.Answer) error {
		if !json.Valid(a.Body) {
			return wire.ErrNotJSON
		}
		return nil
	})
	return err
}
