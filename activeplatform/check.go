package activeplatform

import (
	"context"
	"net/url"
)

// Check makes one call that moves nothing, for the first page of one payment: GET /payments.json of API v1 or, with
// [WithV3], GET /payments of API v3 as that reseller. It returns nil when the call was answered. That proves that the
// installation can be reached and accepts the token, and nothing about the other API. It does not prove that the manager
// may make payments, or that [WithCurrency] names the right currency.
//
// A token that is not accepted is [payment.ErrUnauthenticated], a host that cannot be reached [payment.ErrUnavailable].
func (c *Client) Check(ctx context.Context) error {
	if c.reseller != "" {
		_, _, err := c.V3(c.reseller).paymentsPage(ctx, url.Values{"page[size]": {"1"}, "page[number]": {"1"}})
		return err
	}
	_, _, err := c.paymentsPage(ctx, url.Values{"per_page": {"1"}, "page": {"1"}})
	return err
}
