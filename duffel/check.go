package duffel

import "context"

// Check makes one call that moves nothing, for the first page of one order (GET /air/orders?limit=1), and returns nil when
// it was answered. That proves that Duffel can be reached and accepts the token. It does not prove that the token may
// write, as payments must, or that there is money to pay with; the token also decides between test and live mode.
//
// A token that is not accepted is [payment.ErrUnauthenticated], a host that cannot be reached [payment.ErrUnavailable].
func (c *Client) Check(ctx context.Context) error {
	for _, err := range c.ListOrders(ctx, ListOrdersParams{Limit: 1}) {
		return err
	}
	return nil
}
