package duffeltest_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/supplierpay/supplierpay-go/duffel"
	"github.com/supplierpay/supplierpay-go/duffel/duffeltest"
	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/once"
)

// request is a payment of an order that costs 30.20 GBP.
func request(orderID string) payment.Request {
	amount, err := payment.ParseMoney("30.20", "GBP")
	if err != nil {
		log.Fatal(err)
	}
	return payment.Request{Key: "booking-4711", OrderID: orderID, Amount: amount}
}

// newPayer returns what a service has: a client behind a journal.
func newPayer(srv *duffeltest.Server, opts ...duffel.Option) *once.Payer {
	client, err := duffel.New(srv.Token, append([]duffel.Option{duffel.WithBaseURL(srv.URL)}, opts...)...)
	if err != nil {
		log.Fatal(err)
	}
	payer, err := once.New(client, once.NewMemory(), once.Name("duffel-test"))
	if err != nil {
		log.Fatal(err)
	}
	return payer
}

// The answer is lost after the money was taken. The second call with the same key asks, and does
// not pay.
func ExampleServer_Fail() {
	srv := duffeltest.NewServer()
	defer srv.Close()
	payer := newPayer(srv)
	ctx := context.Background()

	orderID := srv.AddOrder(duffeltest.Order{}) // 30.20 GBP
	srv.Fail(duffeltest.Fault{Route: duffeltest.CreatePayment, Cut: duffeltest.BeforeAnswer})

	_, err := payer.Pay(ctx, request(orderID))
	fmt.Println("first:", payment.OutcomeOf(err))
	p, err := payer.Pay(ctx, request(orderID))
	fmt.Println("second:", p.Status, err)

	fmt.Println("payments that arrived:", srv.Count(duffeltest.CreatePayment))
	fmt.Println("taken:", srv.Taken(orderID))
	// Output:
	// first: unknown
	// second: succeeded <nil>
	// payments that arrived: 1
	// taken: [30.20 GBP]
}

// The money is taken only after the caller has given up.
func ExampleFault_late() {
	srv := duffeltest.NewServer()
	defer srv.Close()
	payer := newPayer(srv, duffel.WithTimeout(100*time.Millisecond))
	ctx := context.Background()
	orderID := srv.AddOrder(duffeltest.Order{})

	hold := make(chan struct{})
	srv.Fail(duffeltest.Fault{Route: duffeltest.CreatePayment, Hold: hold})
	_, err := payer.Pay(ctx, request(orderID))
	fmt.Println("gave up:", payment.OutcomeOf(err), srv.Taken(orderID))

	close(hold)
	if err := srv.WaitIdle(ctx); err != nil {
		log.Fatal(err)
	}
	p, err := payer.Pay(ctx, request(orderID))
	fmt.Println("again:", p.Status, err)
	fmt.Println("taken:", srv.Taken(orderID))
	// Output:
	// gave up: unknown []
	// again: succeeded <nil>
	// taken: [30.20 GBP]
}

// The payment is made and reads do not show it yet.
func ExampleFault_hidden() {
	srv := duffeltest.NewServer()
	defer srv.Close()
	payer := newPayer(srv)
	ctx := context.Background()
	orderID := srv.AddOrder(duffeltest.Order{})

	srv.SetTime(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)) // the server's clock stands still
	srv.Fail(duffeltest.Fault{Route: duffeltest.CreatePayment, Cut: duffeltest.BeforeAnswer, HideFor: time.Minute})
	_, err := payer.Pay(ctx, request(orderID))
	fmt.Println("at once:", payment.OutcomeOf(err))
	p, err := payer.Pay(ctx, request(orderID))
	fmt.Println("soon:", payment.Next(p, err).Action)

	srv.Advance(time.Minute)
	p, err = payer.Pay(ctx, request(orderID))
	fmt.Println("later:", payment.Next(p, err).Action)
	fmt.Println("taken:", srv.Taken(orderID))
	// Output:
	// at once: unknown
	// soon: lookup
	// later: done
	// taken: [30.20 GBP]
}

// The provider decides later; Reconcile hears of it.
func ExampleServer_Settle() {
	srv := duffeltest.NewServer()
	defer srv.Close()
	payer := newPayer(srv)
	ctx := context.Background()

	orderID := srv.AddOrder(duffeltest.Order{Mode: duffeltest.Pend})
	p, err := payer.Pay(ctx, request(orderID))
	fmt.Println(p.Status, err)

	if err := srv.Settle(orderID, "succeeded", ""); err != nil {
		log.Fatal(err)
	}
	report, err := payer.Reconcile(ctx)
	fmt.Println("settled:", report.Settled, "left:", len(report.Left), err)
	// Output:
	// pending <nil>
	// settled: 1 left: 0 <nil>
}
