//go:build live

package etm_test

import (
	"testing"

	"github.com/supplierpay/supplierpay-go/etm"
	"github.com/supplierpay/supplierpay-go/internal/live"
	"github.com/supplierpay/supplierpay-go/payment"
)

func liveETM(t *testing.T, wants ...string) (live.Env, *etm.Client, live.Contract) {
	t.Helper()
	env := live.Need(t, "etm", append([]string{"LOGIN", "PASSWORD"}, wants...)...)
	gate, err := live.OpenGate(env.Get("CONFIRM_TEST_HOST"), liveBase(env))
	if err != nil {
		t.Fatal(err)
	}
	client := liveClient(t, env, etm.B2BLogin(env.Get("LOGIN"), env.Get("PASSWORD")), gate)
	return env, client, live.Contract{Payer: client, Gate: gate, Log: t.Logf}
}

// liveBase is ETM's stage unless the environment names another one.
func liveBase(env live.Env) string {
	if u := env.Get("URL"); u != "" {
		return u
	}
	return etm.StageURL
}

func liveClient(t *testing.T, env live.Env, auth etm.Authenticator, gate *live.Gate) *etm.Client {
	t.Helper()
	client, err := etm.New(liveBase(env), auth, etm.WithMiddleware(gate.Wrap))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	return client
}

func TestLiveCredentials(t *testing.T) {
	env, client, contract := liveETM(t)
	madeUp := liveClient(t, env, etm.B2BLogin("nobody@example.com", "made up"), contract.Gate)
	if err := contract.Credentials(t.Context(), client.Check, madeUp.Check); err != nil {
		t.Error(err)
	}
}

func TestLiveLookup(t *testing.T) {
	env, client, contract := liveETM(t, "ORDER")
	if err := contract.Lookup(t.Context(), liveOrder(t, env, client)); err != nil {
		t.Error(err)
	}
}

// TestLivePay pays an order that is booked and has no tickets.
func TestLivePay(t *testing.T) {
	env, client, contract := liveETM(t, "ORDER", "PAY=yes")
	if err := contract.Pay(t.Context(), liveOrder(t, env, client)); err != nil {
		t.Error(err)
	}
}

func liveOrder(t *testing.T, env live.Env, client *etm.Client) payment.Request {
	t.Helper()
	order, err := client.GetOrder(t.Context(), env.Get("ORDER"))
	if err != nil {
		t.Fatal(err)
	}
	total, err := order.Total()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("order %s, %v", env.Get("ORDER"), total)
	return payment.Request{Key: live.NewKey(), OrderID: env.Get("ORDER"), Amount: total}
}
