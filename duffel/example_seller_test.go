package duffel_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"

	"github.com/supplierpay/supplierpay-go/duffel"
	"github.com/supplierpay/supplierpay-go/duffel/duffeltest"
	"github.com/supplierpay/supplierpay-go/payment"
)

// Make a hold order. Its answer is lost, and the order found again by its offer.
func ExampleClient_CreateOrder() {
	srv := duffeltest.NewServer()
	defer srv.Close()
	offerID := srv.AddOffer(duffeltest.Offer{})
	srv.Fail(duffeltest.Fault{Route: duffeltest.CreateOrder, Cut: duffeltest.BeforeAnswer})
	client, err := duffel.New(srv.Token, duffel.WithBaseURL(srv.URL))
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()

	result, err := client.CreateOrder(ctx, duffel.CreateOrderRequest{
		Type: duffel.OrderHold, OfferID: offerID,
		Passengers: []duffel.NewPassenger{{
			ID: "pas_00009hj8USM7Ncg31cBCLL", Title: "mr", Gender: "m", GivenName: "Tony", FamilyName: "Stark",
			BornOn: "1980-07-24", Email: "tony@example.com", PhoneNumber: "+442080160508",
		}},
	})
	if payment.OutcomeOf(err) == payment.Unknown {
		fmt.Println("lost: looking for it, never making it again")
		for order, err := range client.ListOrders(ctx, duffel.ListOrdersParams{OfferID: offerID}) {
			fmt.Println("found:", order.Type, order.OfferID == offerID, err)
		}
		return
	}
	switch r := result.(type) {
	case duffel.CreatedOrder:
		fmt.Println("made", r.Order.ID)
	case duffel.BookedOrder:
		fmt.Println("made, to be seen later")
	case duffel.AcceptedOrder:
		fmt.Println("nobody knows yet; a webhook will tell")
	default:
		fmt.Println(err)
	}

	// Output:
	// lost: looking for it, never making it again
	// found: hold true <nil>
}

// Ask for the price of a cancellation, and confirm it.
func ExampleClient_ConfirmOrderCancellation() {
	srv := duffeltest.NewServer()
	defer srv.Close()
	orderID := srv.AddOrder(duffeltest.Order{})
	client, err := duffel.New(srv.Token, duffel.WithBaseURL(srv.URL))
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()

	quote, err := client.CreateOrderCancellation(ctx, orderID)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("refund", quote.RefundAmount, "to", quote.RefundTo)
	done, err := client.ConfirmOrderCancellation(ctx, quote.ID)
	if payment.OutcomeOf(err) == payment.Unknown {
		done, err = client.GetOrderCancellation(ctx, quote.ID)
	}
	fmt.Println("cancelled:", done.Confirmed(), err)

	// Output:
	// refund 0.00 to awaiting_payment
	// cancelled: true <nil>
}

// Receive webhooks: take each for a hint, and read the payment again.
func ExampleNewWebhookHandler() {
	const secret = "QKfUULLQh+8SegYmIsF6kA=="
	srv := duffeltest.NewServer()
	defer srv.Close()
	orderID := srv.AddOrder(duffeltest.Order{Mode: duffeltest.Pend})
	client, err := duffel.New(srv.Token, duffel.WithBaseURL(srv.URL))
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()

	handler, err := duffel.NewWebhookHandler(duffel.WebhookConfig{
		Secrets: []payment.Secret{payment.NewSecret(secret)},
		OnError: func(_ context.Context, err error) { fmt.Println("again:", errors.Is(err, duffel.ErrWebhookReplayed)) },
	}, func(ctx context.Context, e duffel.Event) error {
		p, err := client.GetPayment(ctx, e.PaymentID())
		if err != nil {
			return err // it comes again
		}
		fmt.Println(e.Type, "- the payment is", p.Status)
		return nil
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	receiver := httptest.NewServer(handler)
	defer receiver.Close()

	amount, err := payment.ParseMoney("30.20", "GBP")
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := client.Pay(ctx, payment.Request{Key: "booking-3", OrderID: orderID, Amount: amount}); err != nil {
		fmt.Println(err)
		return
	}
	if err := srv.Settle(orderID, "succeeded", ""); err != nil {
		fmt.Println(err)
		return
	}
	// The simulator delivers the newest event first.
	if _, err := srv.Deliver(ctx, duffeltest.Delivery{URL: receiver.URL, Secret: secret, Reverse: true}); err != nil {
		fmt.Println(err)
		return
	}
	_, err = srv.Deliver(ctx, duffeltest.Delivery{URL: receiver.URL, Secret: secret, Again: true})
	fmt.Println(err)

	// Output:
	// air.payment.succeeded - the payment is succeeded
	// air.payment.pending - the payment is succeeded
	// payment.created - the payment is succeeded
	// again: true
	// again: true
	// again: true
	// <nil>
}
