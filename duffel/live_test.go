//go:build live

package duffel_test

import (
	"testing"

	"github.com/supplierpay/supplierpay-go/duffel"
	"github.com/supplierpay/supplierpay-go/internal/live"
	"github.com/supplierpay/supplierpay-go/payment"
)

// testPrefix begins every token of Duffel's test mode.
const testPrefix = "duffel_test_"

func liveDuffel(t *testing.T) (*duffel.Client, string, live.Contract) {
	t.Helper()
	token := live.Need(t, "duffel", "TOKEN").Get("TOKEN")
	if err := live.CheckToken(token, testPrefix); err != nil {
		t.Fatal(err)
	}
	gate, err := live.OpenGate("", live.DuffelURL)
	if err != nil {
		t.Fatal(err)
	}
	client := liveClient(t, token, gate)
	return client, token, live.Contract{Payer: client, Gate: gate, Log: t.Logf}
}

func liveClient(t *testing.T, token string, gate *live.Gate) *duffel.Client {
	t.Helper()
	client, err := duffel.New(token, duffel.WithBaseURL(live.DuffelURL), duffel.WithMiddleware(gate.Wrap), duffel.WithVerifyOrder())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	return client
}

func TestLiveCredentials(t *testing.T) {
	client, _, contract := liveDuffel(t)
	madeUp := liveClient(t, testPrefix+"made_up", contract.Gate)
	if err := contract.Credentials(t.Context(), client.Check, madeUp.Check); err != nil {
		t.Error(err)
	}
}

// TestLivePay holds an order and pays it from the balance of the test mode, which has no end.
func TestLivePay(t *testing.T) {
	client, token, contract := liveDuffel(t)
	req := liveOrder(t, client, token, contract.Gate)
	if err := contract.Lookup(t.Context(), req); err != nil {
		t.Error(err)
	}
	if err := contract.Pay(t.Context(), req); err != nil {
		t.Error(err)
	}
}

func TestLivePayUnheard(t *testing.T) {
	client, token, contract := liveDuffel(t)
	if err := contract.PayUnheard(t.Context(), liveOrder(t, client, token, contract.Gate)); err != nil {
		t.Error(err)
	}
}

// liveOrder holds an offer of Duffel Airways.
func liveOrder(t *testing.T, client *duffel.Client, token string, gate *live.Gate) payment.Request {
	t.Helper()
	offer, err := live.DuffelOffer(t.Context(), gate, live.DuffelURL, token)
	if err != nil {
		t.Fatal(err)
	}
	result, err := client.CreateOrder(t.Context(), duffel.CreateOrderRequest{
		Type: duffel.OrderHold, OfferID: offer.ID,
		Passengers: []duffel.NewPassenger{{
			ID: offer.PassengerID, Title: "mr", Gender: "m", GivenName: "Tony", FamilyName: "Stark", BornOn: "1980-07-24",
			Email: "tony@example.com", PhoneNumber: "+442080160508",
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	created, ok := result.(duffel.CreatedOrder)
	if !ok {
		t.Fatalf("Duffel has not made the order yet: %T", result)
	}
	if created.Order.LiveMode {
		t.Fatal("refused: the order is one of the live mode")
	}
	total, err := created.Order.Total()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("order %s, %v", created.Order.ID, total)
	return payment.Request{Key: live.NewKey(), OrderID: created.Order.ID, Amount: total}
}
