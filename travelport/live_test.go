//go:build live

package travelport_test

import (
	"testing"

	"github.com/supplierpay/supplierpay-go/internal/live"
	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/travelport"
)

func liveTravelport(t *testing.T, wants ...string) (live.Env, *travelport.Client, live.Contract) {
	t.Helper()
	env := live.Need(t, "travelport", append([]string{"USERNAME", "PASSWORD", "CLIENT_ID", "CLIENT_SECRET", "ACCESS_GROUP|PCC"}, wants...)...)
	gate, err := live.OpenGate("", "https://api.pp.travelport.net", "https://auth.pp.travelport.net")
	if err != nil {
		t.Fatal(err)
	}
	client := liveClient(t, travelport.Credentials{
		Username: env.Get("USERNAME"), Password: payment.NewSecret(env.Get("PASSWORD")),
		ClientID: env.Get("CLIENT_ID"), ClientSecret: payment.NewSecret(env.Get("CLIENT_SECRET")),
		AccessGroup: env.Get("ACCESS_GROUP"), PCC: env.Get("PCC"),
	}, gate)
	return env, client, live.Contract{Payer: client, Gate: gate, Log: t.Logf}
}

func liveClient(t *testing.T, cred travelport.Credentials, gate *live.Gate) *travelport.Client {
	t.Helper()
	client, err := travelport.New(cred, travelport.WithPreProduction(), travelport.WithMiddleware(gate.Wrap))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	return client
}

func TestLiveCredentials(t *testing.T) {
	env, client, contract := liveTravelport(t)
	madeUp := liveClient(t, travelport.Credentials{
		Username: "nobody", Password: payment.NewSecret("made up"), ClientID: "nobody", ClientSecret: payment.NewSecret("made up"),
		AccessGroup: env.Get("ACCESS_GROUP"), PCC: env.Get("PCC"),
	}, contract.Gate)
	if err := contract.Credentials(t.Context(), client.Check, madeUp.Check); err != nil {
		t.Error(err)
	}
}

func TestLiveLookup(t *testing.T) {
	env, client, contract := liveTravelport(t, "LOCATOR")
	if err := contract.Lookup(t.Context(), liveBooking(t, env, client)); err != nil {
		t.Error(err)
	}
}

// TestLivePay tickets a held booking, paid in cash.
func TestLivePay(t *testing.T) {
	env, client, contract := liveTravelport(t, "LOCATOR", "PAY=yes")
	if err := contract.Pay(t.Context(), liveBooking(t, env, client)); err != nil {
		t.Error(err)
	}
}

func liveBooking(t *testing.T, env live.Env, client *travelport.Client) payment.Request {
	t.Helper()
	locator := env.Get("LOCATOR")
	read, err := client.GetReservation(t.Context(), locator, nil)
	if err != nil {
		t.Fatal(err)
	}
	if read.Reservation == nil || len(read.Reservation.Offer) != 1 || read.Reservation.Offer[0].Price == nil {
		t.Fatalf("%s is not a booking with one offer and its price", locator)
	}
	total, err := read.Reservation.Offer[0].Price.Total()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("booking %s, %v", locator, total)
	cash := travelport.Part{FormOfPayment: &travelport.FormOfPayment{Type: travelport.FormOfPaymentCash}}
	return payment.Request{
		Key: live.NewKey(), OrderID: locator, Amount: total, Details: travelport.Details{Parts: []travelport.Part{cash}},
	}
}
