//go:build live

package activeplatform_test

import (
	"testing"

	"github.com/supplierpay/supplierpay-go/activeplatform"
	"github.com/supplierpay/supplierpay-go/internal/live"
	"github.com/supplierpay/supplierpay-go/payment"
)

// liveActivePlatform has no host of its own: every operator runs an installation. Who names it must say that it is for tests.
func liveActivePlatform(t *testing.T, wants ...string) (live.Env, *activeplatform.Client, live.Contract) {
	t.Helper()
	env := live.Need(t, "activeplatform", append([]string{"URL", "CONFIRM_TEST_HOST", "TOKEN", "CURRENCY"}, wants...)...)
	gate, err := live.OpenGate(env.Get("CONFIRM_TEST_HOST"), env.Get("URL"))
	if err != nil {
		t.Fatal(err)
	}
	client := liveClient(t, env, env.Get("TOKEN"), gate)
	return env, client, live.Contract{Payer: client, Gate: gate, Log: t.Logf}
}

func liveClient(t *testing.T, env live.Env, token string, gate *live.Gate) *activeplatform.Client {
	t.Helper()
	opts := []activeplatform.Option{activeplatform.WithCurrency(env.Get("CURRENCY")), activeplatform.WithMiddleware(gate.Wrap)}
	if reseller := env.Get("V3_RESELLER"); reseller != "" {
		opts = append(opts, activeplatform.WithV3(activeplatform.ID(reseller)))
	}
	client, err := activeplatform.New(env.Get("URL"), token, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	return client
}

func TestLiveCredentials(t *testing.T) {
	env, client, contract := liveActivePlatform(t)
	madeUp := liveClient(t, env, "made-up", contract.Gate)
	if err := contract.Credentials(t.Context(), client.Check, madeUp.Check); err != nil {
		t.Error(err)
	}
}

func TestLiveLookup(t *testing.T) {
	env, _, contract := liveActivePlatform(t, "ACCOUNT")
	if err := contract.Lookup(t.Context(), liveTopUp(t, env)); err != nil {
		t.Error(err)
	}
}

// TestLivePay makes a top-up of 1, which waits for somebody unless the installation completes payments by itself.
func TestLivePay(t *testing.T) {
	env, _, contract := liveActivePlatform(t, "ACCOUNT", "PAY=yes")
	if err := contract.Pay(t.Context(), liveTopUp(t, env)); err != nil {
		t.Error(err)
	}
}

func liveTopUp(t *testing.T, env live.Env) payment.Request {
	t.Helper()
	amount, err := payment.ParseMoney("1", env.Get("CURRENCY"))
	if err != nil {
		t.Fatal(err)
	}
	return payment.Request{Key: live.NewKey(), OrderID: env.Get("ACCOUNT"), Amount: amount, Description: "live test"}
}
