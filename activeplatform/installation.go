package activeplatform

import "github.com/supplierpay/supplierpay-go/payment"

var _ payment.Installed = (*Client)(nil)

// Installation returns the host of the platform, which every operator has for itself. A manager's token says nothing of
// its account that is not secret, and the API of [WithV3], its reseller and [WithV1Prefix] are only ways to the same
// payments: none of them is in the word. Give the journals of two accounts at one host different names.
func (c *Client) Installation() string { return c.installation }
