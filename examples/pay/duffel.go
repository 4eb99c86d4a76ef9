package main

import (
	"context"
	"io"

	"github.com/supplierpay/supplierpay-go/duffel"
	"github.com/supplierpay/supplierpay-go/duffel/duffeltest"
	"github.com/supplierpay/supplierpay-go/payment"
)

// showDuffel pays hold orders.
func showDuffel(ctx context.Context, out io.Writer) error {
	srv := duffeltest.NewServer()
	defer srv.Close()
	client, err := duffel.New(srv.Token, duffel.WithBaseURL(srv.URL))
	if err != nil {
		return err
	}
	defer client.CloseIdleConnections()
	s, err := newStory(out, client, func() int { return srv.Count(duffeltest.CreatePayment) })
	if err != nil {
		return err
	}
	price := mustMoney("90.80", "GBP")
	srv.AddOrder(duffeltest.Order{ID: "ord_good", Price: price})
	srv.AddOrder(duffeltest.Order{ID: "ord_dearer", Price: price, NextPrice: mustMoney("95.00", "GBP")})
	srv.AddOrder(duffeltest.Order{ID: "ord_cut", Price: price})

	s.title("Duffel, simulated on this machine. Three hold orders of 90.80 GBP are waiting.")

	s.stepf("Pay ord_good.")
	good := payment.Request{Key: "booking-1", OrderID: "ord_good", Amount: price}
	s.pay(ctx, good)

	s.stepf("Press pay again: same key, nothing is sent.")
	s.again(ctx, good)

	s.stepf("Pay ord_dearer, whose price has changed: a clean refusal.")
	s.pay(ctx, payment.Request{Key: "booking-2", OrderID: "ord_dearer", Amount: price})

	s.stepf("Pay ord_cut. The provider takes the money, then the connection breaks.")
	srv.Fail(duffeltest.Fault{Route: duffeltest.CreatePayment, Cut: duffeltest.BeforeAnswer})
	cut := payment.Request{Key: "booking-3", OrderID: "ord_cut", Amount: price}
	s.pay(ctx, cut)

	s.stepf("Ask what became of it.")
	if err := s.lookup(ctx, cut); err != nil {
		return err
	}

	s.stepf("Press pay again on ord_cut: the journal knows.")
	s.again(ctx, cut)

	return ledger(out, []string{"ord_good", "ord_dearer", "ord_cut"}, srv.Taken, map[string]int{"ord_good": 1, "ord_cut": 1})
}
