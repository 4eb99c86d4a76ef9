package httpcall_test

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/supplierpay/supplierpay-go/duffel"
	"github.com/supplierpay/supplierpay-go/duffel/duffeltest"
	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/httpcall"
)

// One payment with options of its own: every call below Pay takes them.
func ExampleWith() {
	srv := duffeltest.NewServer()
	defer srv.Close()
	client, err := duffel.New(srv.Token, duffel.WithBaseURL(srv.URL), duffel.WithVerifyOrder())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.CloseIdleConnections()

	amount, err := payment.ParseMoney("30.20", "GBP")
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := httpcall.With(context.Background(), httpcall.Options{
		Timeout: 20 * time.Second,
		Header:  http.Header{"X-Correlation-Id": {"row-17"}},
		OnResult: func(r httpcall.Result) {
			fmt.Println(r.Operation, r.Method, r.Route, r.Status, r.Outcome(), "id:", r.RequestID != "", "body:", len(r.Body()) > 0)
		},
	})
	paid, err := client.Pay(ctx, payment.Request{Key: "row-17", OrderID: srv.AddOrder(duffeltest.Order{}), Amount: amount})
	fmt.Println(paid.Paid(), err)
	// Output:
	// GetOrder GET /air/orders/{id} 200 accepted id: true body: true
	// CreatePayment POST /air/payments 201 accepted id: true body: true
	// true <nil>
}

// An observer sees every call of a client: here the answer that did not come.
func ExampleObserver() {
	srv := duffeltest.NewServer()
	defer srv.Close()
	client, err := duffel.New(srv.Token, duffel.WithBaseURL(srv.URL), duffel.WithObserver(
		func(ctx context.Context, c httpcall.Call) (context.Context, func(httpcall.Result)) {
			fmt.Println("begin", c.Operation, "write:", c.Write)
			return ctx, func(r httpcall.Result) { fmt.Println("end", r.Operation, r.Outcome(), r.Tries) }
		}))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.CloseIdleConnections()

	if err := client.Check(context.Background()); err != nil {
		fmt.Println(err)
	}
	srv.Close() // nobody listens from here on
	client.CloseIdleConnections()
	amount, err := payment.ParseMoney("30.20", "GBP")
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = client.Pay(context.Background(), payment.Request{Key: "row-18", OrderID: "ord_1", Amount: amount})
	fmt.Println(err)
	// Output:
	// begin ListOrders write: false
	// end ListOrders accepted 1
	// begin CreatePayment write: true
	// end CreatePayment not sent 3
	// duffel POST /air/payments: not sent: provider unavailable: connection refused
}
