package musement

import (
	"testing"

	"github.com/supplierpay/supplierpay-go/musement/musementtest"
	"github.com/supplierpay/supplierpay-go/payment"
)

// TestSentOnce: whatever changes something arrives once, though its connection was used before and dies, or the answer is
// one that reads are repeated after.
func TestSentOnce(t *testing.T) {
	for route, send := range map[string]func(*Client, Order, string) error{
		musementtest.NoPayment: func(c *Client, o Order, _ string) error {
			_, err := c.PayWithoutCollecting(t.Context(), o.UUID)
			return err
		},
		musementtest.StartSplit: func(c *Client, o Order, _ string) error {
			_, err := c.StartSplitPayment(t.Context(), SplitPaymentRequest{OrderUUID: o.UUID, AdyenToken: payment.NewSecret(canaryCard)})
			return err
		},
		musementtest.Complete: func(c *Client, o Order, _ string) error {
			_, err := c.Complete3DSecure(t.Context(), Complete3DSecureRequest{OrderUUID: o.UUID})
			return err
		},
		musementtest.DeleteCart: func(c *Client, _ Order, cart string) error { return c.DeleteCart(t.Context(), cart) },
		musementtest.CancelItem: func(c *Client, o Order, _ string) error {
			return c.CancelItem(t.Context(), o.UUID, o.Items[0].UUID, Cancellation{Reason: ReasonAPIIssue})
		},
		musementtest.CreateOrder: func(c *Client, _ Order, cart string) error {
			_, err := c.CreateOrder(t.Context(), CreateOrderRequest{CartUUID: cart})
			return err
		},
	} {
		for name, f := range map[string]musementtest.Fault{
			"closed": {Cut: musementtest.BeforeActing}, "reset": {Cut: musementtest.BeforeActing, Reset: true},
			"502": {Status: 502, NoAction: true}, "503": {Status: 503, NoAction: true}, "429": {Status: 429, NoAction: true},
			"307": {Status: 307, NoAction: true, Header: map[string][]string{"Location": {"/login"}}},
		} {
			srv := musementtest.NewServer()
			c, err := New(Credentials{Application: payment.NewSecret(srv.Application), ClientID: srv.ClientID,
				ClientSecret: payment.NewSecret(srv.ClientSecret)}, WithBaseURL(srv.URL)) // with retries
			if err != nil {
				t.Fatal(err)
			}
			placed := srv.AddOrder(musementtest.Order{})
			o, err := c.GetOrder(t.Context(), placed.UUID) // the connection is used from here on
			if err != nil {
				t.Fatal(err)
			}
			f.Route = route
			srv.Fail(f)
			err = send(c, o, placed.CartUUID)
			if got := judged(payment.Payment{}, err); got.Outcome != "unknown" || srv.Count(route) != 1 {
				t.Errorf("%s, %s: %v, arrived %d times", route, name, err, srv.Count(route))
			}
			c.CloseIdleConnections()
			srv.Close()
		}
	}
}
