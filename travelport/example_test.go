package travelport_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/travelport"
	"github.com/supplierpay/supplierpay-go/travelport/travelporttest"
)

// newClient returns a client of a simulator. Against Travelport itself, leave the addresses out.
func newClient(srv *travelporttest.Server) (*travelport.Client, error) {
	return travelport.New(travelport.Credentials{
		Username: srv.Username, Password: payment.NewSecret(srv.Password),
		ClientID: srv.ClientID, ClientSecret: payment.NewSecret(srv.ClientSecret),
		AccessGroup: srv.AccessGroup,
	}, travelport.WithBaseURL(srv.BaseURL), travelport.WithTokenURL(srv.TokenURL))
}

// hold adds a held booking for two travelers to the simulator.
func hold(srv *travelporttest.Server) (locator string, price payment.Money) {
	price, err := payment.ParseMoney("2773.50", "USD")
	if err != nil {
		panic(err)
	}
	return srv.AddReservation(travelporttest.Reservation{
		Locator: "G8A909", Travelers: 2, Offers: []travelporttest.Offer{{Price: price}},
	}), price
}

// Ticket a held booking, and pay by card.
func Example() {
	srv := travelporttest.NewServer()
	defer srv.Close()
	locator, price := hold(srv)
	client, err := newClient(srv)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.CloseIdleConnections()

	p, err := client.Pay(context.Background(), payment.Request{
		Key: "booking-4711", OrderID: locator, Amount: price,
		Details: travelport.Details{Parts: []travelport.Part{{
			FormOfPayment: &travelport.FormOfPayment{
				Type: travelport.FormOfPaymentPaymentCard,
				PaymentCard: &travelport.PaymentCard{
					CardType: travelport.CardCredit, CardCode: "VI", ExpireDate: "0628", CardHolderName: "TEST HOLDER",
					CardNumber: travelport.PlainText("4111111111111111"), SeriesCode: travelport.PlainText("123"),
				},
			},
		}}},
	})
	fmt.Println(payment.Next(p, err))
	fmt.Println(p.Status, p.Amount, len(srv.Documents(locator)), "tickets")
	// Output:
	// The order is paid.
	// succeeded 2773.50 USD 2 tickets
}

// A commit whose answer is lost: the documents tell what happened.
func ExampleClient_Pay_lostAnswer() {
	srv := travelporttest.NewServer()
	defer srv.Close()
	locator, price := hold(srv)
	client, err := newClient(srv)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.CloseIdleConnections()
	srv.Fail(travelporttest.Fault{Route: travelporttest.Commit, Cut: travelporttest.BeforeAnswer})

	cash := &travelport.FormOfPayment{Type: travelport.FormOfPaymentCash}
	p, err := client.Pay(context.Background(), payment.Request{Key: "booking-4711", OrderID: locator, Amount: price,
		Details: travelport.Details{Parts: []travelport.Part{{FormOfPayment: cash}}}})
	fmt.Println(p.Status, err)
	fmt.Println("commits:", srv.Count(travelporttest.Commit))
	// Output:
	// succeeded <nil>
	// commits: 1
}

// Queue a payment step by step, and throw the workbench away.
func ExampleWorkbench_AddPayment() {
	srv := travelporttest.NewServer()
	defer srv.Close()
	locator, price := hold(srv)
	client, err := newClient(srv)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.CloseIdleConnections()
	ctx := context.Background()

	bench, opened, err := client.WorkbenchFromLocator(ctx, locator, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	form := travelport.FormOfPayment{Type: travelport.FormOfPaymentCash, ID: "formOfPayment_1"}
	if _, err := bench.AddFormOfPayment(ctx, form, nil); err != nil {
		fmt.Println(err)
		return
	}
	stored, err := bench.Retrieve(ctx) // for the identifiers that Travelport stored
	if err != nil {
		fmt.Println(err)
		return
	}
	offer := opened.Reservation.Offer[0]
	queued, err := bench.AddPayment(ctx, travelport.Payment{
		ID:     "payment_1",
		Amount: travelport.AmountOf(price),
		FormOfPaymentIdentifier: &travelport.FormOfPaymentIdentifier{
			ID: form.ID, Identifier: stored.Reservation.FormOfPayment[0].Identifier,
		},
		OfferIdentifier: []travelport.OfferIdentifier{{ID: offer.ID, OfferRef: offer.ID, Identifier: offer.Identifier}},
	})
	fmt.Println("queued:", queued.Payment != nil, err)
	fmt.Println("discarded:", bench.Discard(ctx) == nil)
	_, err = bench.Retrieve(ctx)
	fmt.Println("gone:", errors.Is(err, travelport.ErrWorkbenchGone))
	fmt.Println("taken:", srv.Taken(locator))
	// Output:
	// queued: true <nil>
	// discarded: true
	// gone: true
	// taken: []
}
