package duffel_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/supplierpay/supplierpay-go/duffel"
	"github.com/supplierpay/supplierpay-go/duffel/duffeltest"
	"github.com/supplierpay/supplierpay-go/payment"
)

// Pay a hold order at its current price, and find the payment again as a later process would.
func Example() {
	srv := duffeltest.NewServer() // in place of Duffel
	defer srv.Close()
	orderID := srv.AddOrder(duffeltest.Order{})

	client, err := duffel.New(srv.Token, duffel.WithBaseURL(srv.URL))
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()

	order, err := client.GetOrder(ctx, orderID)
	if err != nil {
		fmt.Println(err)
		return
	}
	total, err := order.Total()
	if err != nil {
		fmt.Println(err)
		return
	}
	req := payment.Request{Key: "booking-4711", OrderID: order.ID, Amount: total}
	attempt, err := client.Prepare(req) // keep this before paying
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := client.Pay(ctx, req)
	fmt.Println(p.Amount, p.Status)
	fmt.Println(payment.Next(p, err))

	found, err := client.Lookup(ctx, attempt)
	fmt.Println(found.ID == p.ID, found.Status, err)

	// Output:
	// 30.20 GBP succeeded
	// The order is paid.
	// true succeeded <nil>
}

// Read what an order costs, until when it can be paid, and whether it has been.
func ExampleClient_GetOrder() {
	srv := duffeltest.NewServer()
	defer srv.Close()
	orderID := srv.AddOrder(duffeltest.Order{})
	client, err := duffel.New(srv.Token, duffel.WithBaseURL(srv.URL))
	if err != nil {
		fmt.Println(err)
		return
	}

	order, err := client.GetOrder(context.Background(), orderID)
	if err != nil {
		fmt.Println(err)
		return
	}
	total, err := order.Total()
	fmt.Println(order.Type, total, err)
	fmt.Println("awaiting payment:", order.PaymentStatus.AwaitingPayment)
	fmt.Println("paid:", order.PaymentStatus.PaidAt != nil)
	if by := order.PaymentStatus.PaymentRequiredBy; by != nil {
		_, err := by.Time()
		fmt.Println("has a deadline:", err == nil)
	}

	// Output:
	// hold 30.20 GBP <nil>
	// awaiting payment: true
	// paid: false
	// has a deadline: true
}

// List the payments of an order; pages are fetched as the loop goes on.
func ExampleClient_ListPayments() {
	srv := duffeltest.NewServer()
	defer srv.Close()
	orderID := srv.AddOrder(duffeltest.Order{})
	client, err := duffel.New(srv.Token, duffel.WithBaseURL(srv.URL))
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	amount, err := payment.ParseMoney("30.20", "GBP")
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := client.Pay(ctx, payment.Request{Key: "booking-1", OrderID: orderID, Amount: amount}); err != nil {
		fmt.Println(err)
		return
	}

	for p, err := range client.ListPayments(ctx, duffel.ListPaymentsParams{OrderID: orderID}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(p.Type, p.Status, p.Amount, p.CreatedAt != "")
	}

	// Output:
	// balance succeeded 30.20 true
}

// A refusal tells what Duffel said, and that nothing was taken.
func ExampleError() {
	srv := duffeltest.NewServer()
	defer srv.Close()
	orderID := srv.AddOrder(duffeltest.Order{ScheduleChanged: true})
	client, err := duffel.New(srv.Token, duffel.WithBaseURL(srv.URL))
	if err != nil {
		fmt.Println(err)
		return
	}
	amount, err := payment.ParseMoney("30.20", "GBP")
	if err != nil {
		fmt.Println(err)
		return
	}

	_, err = client.Pay(context.Background(), payment.Request{Key: "booking-2", OrderID: orderID, Amount: amount})
	fmt.Println(payment.OutcomeOf(err), errors.Is(err, payment.ErrOrderNotPayable))
	var said *duffel.Error
	if errors.As(err, &said) {
		fmt.Println(said.Status, said.Entries[0].Code)
	}

	// Output:
	// refused true
	// 422 schedule_changed
}
