package duffel_test

import (
	"context"
	"fmt"
	"log"

	"github.com/supplierpay/supplierpay-go/duffel"
	"github.com/supplierpay/supplierpay-go/duffel/duffeltest"
	"github.com/supplierpay/supplierpay-go/payment"
)

// testCard is a customer's card. A shop that may not handle card numbers lets Duffel's component in the browser make it.
func testCard() duffel.CreateCardRequest {
	return duffel.CreateCardRequest{
		Number: payment.NewSecret("4242424242424242"), CVC: payment.NewSecret("123"), ExpiryMonth: "03", ExpiryYear: "30",
		Name: "Tony Stark", AddressLine1: "10880 Malibu Point", AddressCity: "Malibu", AddressRegion: "CA",
		AddressPostalCode: "90265", AddressCountryCode: "US",
	}
}

// Pay by card: price the order for it, authenticate the customer, and pay what the pricing said.
func ExampleClient_PriceOrder() {
	surcharge, err := payment.ParseMoney("1.20", "GBP")
	if err != nil {
		log.Fatal(err)
	}
	srv := duffeltest.NewServer()
	defer srv.Close()
	orderID := srv.AddOrder(duffeltest.Order{CardSurcharge: surcharge})
	client, err := duffel.New(srv.Token, duffel.WithBaseURL(srv.URL), duffel.WithCardsBaseURL(srv.CardsURL))
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()

	card, err := client.CreateCard(ctx, testCard())
	if err != nil {
		log.Fatal(err)
	}
	priced, err := client.PriceOrder(ctx, orderID, duffel.IntendedMethod{Type: duffel.MethodCard, CardID: card.ID})
	if err != nil {
		log.Fatal(err)
	}
	amount, err := priced.Charges()
	if err != nil {
		log.Fatal(err)
	}
	session, err := client.CreateThreeDSecureSession(ctx, duffel.ThreeDSecureSessionRequest{CardID: card.ID, ResourceID: orderID})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("to pay:", amount, "ready:", session.ReadyForPayment())
	p, err := client.Pay(ctx, payment.Request{
		Key: "booking-4711", OrderID: orderID, Amount: amount, Method: duffel.MethodCard,
		Details: duffel.Details{ThreeDSecureSessionID: session.ID},
	})
	fmt.Println(p.Status, err)
	fmt.Println("taken:", srv.Taken(orderID))
	// Output:
	// to pay: 31.40 GBP ready: true
	// succeeded <nil>
	// taken: [31.40 GBP]
}

// An airline credit pays a part, and the card the rest. Duffel does not say what it answers to that: Lookup tells.
func ExampleDetails() {
	const creditID = "acd_00009hthhsUZ8W4LxQgkjo"
	credit, err := payment.ParseMoney("10.00", "GBP")
	if err != nil {
		log.Fatal(err)
	}
	srv := duffeltest.NewServer()
	defer srv.Close()
	orderID := srv.AddOrder(duffeltest.Order{AirlineCredits: map[string]payment.Money{creditID: credit}})
	client, err := duffel.New(srv.Token, duffel.WithBaseURL(srv.URL), duffel.WithCardsBaseURL(srv.CardsURL))
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()

	card, err := client.CreateCard(ctx, testCard())
	if err != nil {
		log.Fatal(err)
	}
	priced, err := client.PriceOrder(ctx, orderID, duffel.IntendedMethod{Type: duffel.MethodCard, CardID: card.ID},
		duffel.IntendedMethod{Type: duffel.MethodAirlineCredit, AirlineCreditID: creditID})
	if err != nil {
		log.Fatal(err)
	}
	amount, err := priced.Charges()
	if err != nil {
		log.Fatal(err)
	}
	var credits []duffel.CreditPart
	for _, p := range priced.IntendedPaymentMethods {
		charge, err := p.Charge()
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(p.Type, charge)
		if p.Type == duffel.MethodAirlineCredit {
			credits = append(credits, duffel.CreditPart{ID: p.AirlineCreditID, Amount: charge})
		}
	}
	session, err := client.CreateThreeDSecureSession(ctx, duffel.ThreeDSecureSessionRequest{CardID: card.ID, ResourceID: orderID})
	if err != nil {
		log.Fatal(err)
	}

	req := payment.Request{
		Key: "booking-4711", OrderID: orderID, Amount: amount, Method: duffel.MethodCard,
		Details: duffel.Details{ThreeDSecureSessionID: session.ID, AirlineCredits: credits},
	}
	attempt, err := client.Prepare(req)
	if err != nil {
		log.Fatal(err)
	}
	p, err := client.Pay(ctx, req)
	fmt.Println(p.Status, err)
	p, err = client.Lookup(ctx, attempt.After(p, err))
	fmt.Println(p.Status, err)
	// Output:
	// card 20.20 GBP
	// airline_credit 10.00 GBP
	// pending <nil>
	// succeeded <nil>
}
