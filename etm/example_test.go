package etm_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"

	"github.com/supplierpay/supplierpay-go/etm"
	"github.com/supplierpay/supplierpay-go/etm/etmtest"
	"github.com/supplierpay/supplierpay-go/payment"
)

// Pay for an order, and ask about it afterwards.
func ExampleClient_Pay() {
	srv := etmtest.NewServer() // stands in for ETM
	defer srv.Close()
	id := srv.AddOrder(etmtest.Order{})

	client, err := etm.New(srv.URL, etm.B2BLogin(srv.Login, srv.Password))
	if err != nil {
		log.Fatal(err)
	}
	defer client.CloseIdleConnections()
	ctx := context.Background()

	order, err := client.GetOrder(ctx, id)
	if err != nil {
		log.Fatal(err)
	}
	total, err := order.Total()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("ETM says", order.Amount, "which is", total)

	req := payment.Request{Key: "booking-4711", OrderID: id, Amount: total}
	p, err := client.Pay(ctx, req)
	fmt.Println(p.Status, payment.Next(p, err).Action)

	_, err = client.Pay(ctx, req)
	fmt.Println(payment.OutcomeOf(err), errors.Is(err, payment.ErrAlreadyPaid))
	fmt.Println("taken:", srv.Taken(id))
	// Output:
	// ETM says 221.92000000000002 which is 221.92 EUR
	// succeeded done
	// not sent true
	// taken: [221.92 EUR]
}

// The answer of a payment is lost after the money was taken. Nobody may pay again; Lookup finds out.
func ExampleClient_Lookup() {
	srv := etmtest.NewServer()
	defer srv.Close()
	id := srv.AddOrder(etmtest.Order{})
	client, err := etm.New(srv.URL, etm.B2CLogin(srv.AppID, "EN"))
	if err != nil {
		log.Fatal(err)
	}
	defer client.CloseIdleConnections()
	ctx := context.Background()
	amount, err := payment.ParseMoney("221.92", "EUR")
	if err != nil {
		log.Fatal(err)
	}
	req := payment.Request{Key: "booking-4711", OrderID: id, Amount: amount}

	srv.Fail(etmtest.Fault{Route: etmtest.OrderPayment, Cut: etmtest.BeforeAnswer})
	p, err := client.Pay(ctx, req)
	fmt.Println(payment.OutcomeOf(err), payment.Next(p, err).Action)

	attempt, err := client.Prepare(req)
	if err != nil {
		log.Fatal(err)
	}
	p, err = client.Lookup(ctx, attempt)
	fmt.Println(p.Status, payment.Next(p, err).Action)
	// Output:
	// unknown lookup
	// succeeded done
}

// A call that no public document shows, with the path of your own papers. It is sent once although it is a GET.
func ExampleClient_Do() {
	const refund = "GET /api/air/orders/{order_id}/refund"
	srv := etmtest.NewServer(etmtest.WithRoute(refund, http.StatusOK, `{"status":"ok"}`))
	defer srv.Close()
	client, err := etm.New(srv.URL, etm.B2BLogin(srv.Login, srv.Password))
	if err != nil {
		log.Fatal(err)
	}
	defer client.CloseIdleConnections()

	resp, err := client.Do(context.Background(), etm.Operation{
		Name: "RefundOrder", Method: http.MethodGet, Path: []string{"api", "air", "orders", "1053715", "refund"},
	})
	fmt.Println(resp.Status, string(resp.Body), payment.OutcomeOf(err), srv.Count(refund))
	// Output: 200 {"status":"ok"} accepted 1
}
