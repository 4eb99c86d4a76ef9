package main

import (
	"context"
	"fmt"

	"github.com/supplierpay/supplierpay-go/duffel"
	"github.com/supplierpay/supplierpay-go/duffel/duffeltest"
	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/once"
)

// The sample in README.md, against the simulator.
func Example() {
	srv := duffeltest.NewServer()
	defer srv.Close()
	srv.AddOrder(duffeltest.Order{ID: "ord_00003x8pVDGcS8y2AWCoWv"})
	token, baseURL := srv.Token, srv.URL
	ctx := context.Background()
	client, err := duffel.New(token, duffel.WithBaseURL(baseURL))
	if err != nil {
		panic(err)
	}
	payer, err := once.New(client, once.NewMemory(), once.Name("duffel-test"))
	if err != nil {
		panic(err)
	}
	amount, err := payment.ParseMoney("30.20", "GBP")
	if err != nil {
		panic(err)
	}
	p, err := payer.Pay(ctx, payment.Request{
		Key:     "booking-4711", // the same on every retry
		OrderID: "ord_00003x8pVDGcS8y2AWCoWv",
		Amount:  amount,
	})
	switch next := payment.Next(p, err); next.Action {
	case payment.NextDone:
		fmt.Println("paid", p.Amount)
	case payment.NextWait, payment.NextLookup:
		fmt.Println("ask again later:", next)
	default:
		fmt.Println(next, err)
	}
	client.CloseIdleConnections()

	// Output: paid 30.20 GBP
}
