package travelport_test

import (
	"context"
	"fmt"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/once"
	"github.com/supplierpay/supplierpay-go/travelport"
	"github.com/supplierpay/supplierpay-go/travelport/travelporttest"
)

// The request of the commit is lost, and nobody knows. The journal has the marks by which Lookup proves that nothing was
// issued, once Pay cannot be running any more: the workbench is still open with the payment in it.
func ExampleClient_Pay_marks() {
	srv := travelporttest.NewServer()
	defer srv.Close()
	locator, price := hold(srv)
	client, err := newClient(srv)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.CloseIdleConnections()
	payer, err := once.New(client, once.NewMemory(), once.Name("travelport-test"))
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	srv.Fail(travelporttest.Fault{Route: travelporttest.Commit, Cut: travelporttest.BeforeActing})

	cash := &travelport.FormOfPayment{Type: travelport.FormOfPaymentCash}
	req := payment.Request{Key: "booking-4711", OrderID: locator, Amount: price,
		Details: travelport.Details{Parts: []travelport.Part{{FormOfPayment: cash}}}}
	_, err = payer.Pay(ctx, req)
	fmt.Println(payment.OutcomeOf(err))

	rows, err := payer.Get(ctx, req.Key)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, m := range rows[0].Attempt.Marks {
		fmt.Println("mark:", m.Step)
	}
	fmt.Println("tickets:", len(srv.Documents(locator)), "workbenches open:", srv.OpenWorkbenches(locator))
	// Output:
	// unknown
	// mark: begin
	// mark: workbench
	// mark: commit
	// tickets: 0 workbenches open: 1
}

// Void the tickets of a booking on the day of their issue.
func ExampleClient_VoidDocuments() {
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
	cash := &travelport.FormOfPayment{Type: travelport.FormOfPaymentCash}
	if _, err := client.Pay(ctx, payment.Request{Key: "booking-4711", OrderID: locator, Amount: price,
		Details: travelport.Details{Parts: []travelport.Part{{FormOfPayment: cash}}}}); err != nil {
		fmt.Println(err)
		return
	}

	answer, err := client.VoidDocuments(ctx, locator, travelport.DocumentVoid{DocumentType: "Ticket", Number: srv.Documents(locator)})
	for _, d := range answer.DocumentStatus {
		fmt.Println(d.DocumentType, d.Status)
	}
	fmt.Println(payment.OutcomeOf(err))
	// Output:
	// Ticket VOID
	// Ticket VOID
	// accepted
}
