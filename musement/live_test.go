//go:build live

package musement_test

import (
	"testing"

	"github.com/supplierpay/supplierpay-go/internal/live"
	"github.com/supplierpay/supplierpay-go/musement"
	"github.com/supplierpay/supplierpay-go/payment"
)

func liveMusement(t *testing.T, wants ...string) (live.Env, *musement.Client, live.Contract) {
	t.Helper()
	env := live.Need(t, "musement", append([]string{"APPLICATION", "CLIENT_ID", "CLIENT_SECRET"}, wants...)...)
	gate, err := live.OpenGate("", musement.SandboxURL)
	if err != nil {
		t.Fatal(err)
	}
	client := liveClient(t, env, musement.Credentials{
		Application: payment.NewSecret(env.Get("APPLICATION")), ClientID: env.Get("CLIENT_ID"),
		ClientSecret: payment.NewSecret(env.Get("CLIENT_SECRET")),
	}, gate)
	return env, client, live.Contract{Payer: client, Gate: gate, Log: t.Logf}
}

func liveClient(t *testing.T, env live.Env, cred musement.Credentials, gate *live.Gate) *musement.Client {
	t.Helper()
	opts := []musement.Option{musement.WithBaseURL(musement.SandboxURL), musement.WithMiddleware(gate.Wrap)}
	if market := env.Get("MARKET"); market != "" {
		opts = append(opts, musement.WithMarket(market))
	}
	client, err := musement.New(cred, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	return client
}

func TestLiveCredentials(t *testing.T) {
	env, client, contract := liveMusement(t)
	madeUp := liveClient(t, env, musement.Credentials{
		Application: payment.NewSecret(env.Get("APPLICATION")), ClientID: "nobody", ClientSecret: payment.NewSecret("made-up"),
	}, contract.Gate)
	if err := contract.Credentials(t.Context(), client.Check, madeUp.Check); err != nil {
		t.Error(err)
	}
}

// TestLivePay puts a product into a cart, makes an order of it and pays it by the no-payment flow.
func TestLivePay(t *testing.T) {
	env, client, contract := liveMusement(t, "PRODUCT")
	req := liveOrder(t, client, env.Get("PRODUCT"))
	if err := contract.Lookup(t.Context(), req); err != nil {
		t.Error(err)
	}
	if err := contract.Pay(t.Context(), req); err != nil {
		t.Error(err)
	}
}

func liveOrder(t *testing.T, client *musement.Client, product string) payment.Request {
	t.Helper()
	ctx := t.Context()
	cart, err := client.CreateCart(ctx, musement.CreateCartRequest{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.AddCartItems(ctx, cart.UUID, []musement.NewCartItem{
		{Type: musement.ProductStandard, ProductIdentifier: product, Quantity: 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.SetCustomer(ctx, cart.UUID, musement.NewCustomer{
		Firstname: "John", Lastname: "Smith", Email: "john@example.com", MusementNewsletter: musement.No,
		AllowProfiling: musement.No, ThirdpartyNewsletter: musement.No, EventsRelatedNewsletter: musement.No,
	})
	if err != nil {
		t.Fatal(err)
	}
	order, err := client.CreateOrder(ctx, musement.CreateOrderRequest{CartUUID: cart.UUID, EmailNotification: musement.MailNone})
	if err != nil {
		t.Fatal(err)
	}
	total, err := order.Total()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("order %s, cart %s, %v", order.UUID, cart.UUID, total)
	return payment.Request{
		Key: live.NewKey(), OrderID: order.UUID, Amount: total, Details: musement.Details{CartUUID: cart.UUID},
	}
}
