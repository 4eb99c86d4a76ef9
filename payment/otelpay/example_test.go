package otelpay_test

import (
	"context"
	"fmt"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/supplierpay/supplierpay-go/duffel"
	"github.com/supplierpay/supplierpay-go/duffel/duffeltest"
	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/once"
	"github.com/supplierpay/supplierpay-go/payment/otelpay"
)

// A payment whose answer is lost on the way, and the second one with the same key, which asks
// instead of paying.
func Example() {
	spans := tracetest.NewInMemoryExporter() // any exporter will do
	tracers := sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))

	srv := duffeltest.NewServer()
	defer srv.Close()
	payer, err := watched(srv, otelpay.WithTracerProvider(tracers))
	if err != nil {
		fmt.Println(err)
		return
	}
	amount, err := payment.ParseMoney("30.20", "GBP")
	if err != nil {
		fmt.Println(err)
		return
	}
	req := payment.Request{Key: "booking-17", OrderID: srv.AddOrder(duffeltest.Order{Price: amount}), Amount: amount}
	srv.Fail(duffeltest.Fault{Route: duffeltest.CreatePayment, Cut: duffeltest.BeforeAnswer})
	for range 2 {
		p, err := payer.Pay(context.Background(), req)
		fmt.Println(payment.Next(p, err).Action)
	}

	for _, span := range spans.GetSpans() {
		fmt.Println(span.Name)
		for _, a := range span.Attributes {
			switch a.Key {
			case "supplierpay.outcome", "supplierpay.payment.status", "error.type", "url.template":
				fmt.Printf("  %s=%s\n", a.Key, a.Value.String())
			}
		}
	}
	// Output:
	// lookup
	// done
	// duffel CreatePayment
	//   url.template=/air/payments
	//   supplierpay.outcome=unknown
	//   error.type=unavailable
	// duffel pay
	//   supplierpay.outcome=unknown
	//   error.type=unavailable
	// duffel GetOrder
	//   url.template=/air/orders/{id}
	//   supplierpay.outcome=ok
	// duffel ListPayments
	//   url.template=/air/payments
	//   supplierpay.outcome=ok
	// duffel lookup
	//   supplierpay.outcome=ok
	//   supplierpay.payment.status=succeeded
}

// watched returns a payer that pays once per key, with its client and its payments watched.
func watched(srv *duffeltest.Server, options ...otelpay.Option) (payment.Payer, error) {
	observer, err := otelpay.NewObserver(options...)
	if err != nil {
		return nil, err
	}
	client, err := duffel.New(srv.Token, duffel.WithBaseURL(srv.URL), duffel.WithObserver(observer))
	if err != nil {
		return nil, err
	}
	payer, err := otelpay.NewPayer(client, options...)
	if err != nil {
		return nil, err
	}
	return once.New(payer, once.NewMemory(), once.Name("duffel-test"))
}
