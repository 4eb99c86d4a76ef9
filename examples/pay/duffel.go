package main

import (
	"context"
	"fmt"
	"io"

	"github.com/supplierpay/supplierpay-go/duffel"
	"github.com/supplierpay/supplierpay-go/duffel/duffeltest"
	"github.com/supplierpay/supplierpay-go/payment"
)

// showDuffel pays hold orders at a simulated Duffel and makes things go wrong.
func showDuffel(ctx context.Context, out io.Writer) error {
	srv := duffeltest.NewServer()
	defer srv.Close()
	client, err := duffel.New(srv.Token, duffel.WithBaseURL(srv.URL))
	if err != nil {
		return err
	}
	defer client.CloseIdleConnections()
	payer, err := journaled(client)
	if err != nil {
		return err
	}
	price, err := payment.ParseMoney("90.80", "GBP")
	if err != nil {
		return err
	}
	srv.AddOrder(duffeltest.Order{ID: "ord_good", Price: price})
	srv.AddOrder(duffeltest.Order{ID: "ord_dearer", Price: price, NextPrice: mustMoney("95.00", "GBP")})
	srv.AddOrder(duffeltest.Order{ID: "ord_cut", Price: price})
	orders := []string{"ord_good", "ord_dearer", "ord_cut"}

	r := &report{out: out}
	r.title("Duffel, simulated on this machine. Three hold orders of 90.80 GBP are waiting.")

	r.stepf("Pay ord_good.")
	good := payment.Request{Key: "booking-1", OrderID: "ord_good", Amount: price}
	p, err := payer.Pay(ctx, good)
	r.answer(p, err)

	r.stepf("Press pay again: same key, nothing is sent.")
	before := srv.Count(duffeltest.CreatePayment)
	p, err = payer.Pay(ctx, good)
	r.answer(p, err)
	r.linef("sent", "%d requests", srv.Count(duffeltest.CreatePayment)-before)

	r.stepf("Pay ord_dearer, whose price has changed: a clean refusal.")
	p, err = payer.Pay(ctx, payment.Request{Key: "booking-2", OrderID: "ord_dearer", Amount: price})
	r.answer(p, err)

	r.stepf("Pay ord_cut. The provider takes the money, then the connection breaks.")
	srv.Fail(duffeltest.Fault{Route: duffeltest.CreatePayment, Cut: duffeltest.BeforeAnswer})
	cut := payment.Request{Key: "booking-3", OrderID: "ord_cut", Amount: price}
	p, err = payer.Pay(ctx, cut)
	r.answer(p, err)

	r.stepf("Ask what became of it.")
	attempt, err := payer.Prepare(cut)
	if err != nil {
		return err
	}
	p, err = payer.Lookup(ctx, attempt)
	r.answer(p, err)

	r.stepf("Press pay again on ord_cut: the journal knows.")
	before = srv.Count(duffeltest.CreatePayment)
	p, err = payer.Pay(ctx, cut)
	r.answer(p, err)
	r.linef("sent", "%d requests", srv.Count(duffeltest.CreatePayment)-before)

	return ledger(out, orders, srv.Taken, map[string]int{"ord_good": 1, "ord_cut": 1})
}

func mustMoney(amount, currency string) payment.Money {
	m, err := payment.ParseMoney(amount, currency)
	if err != nil {
		panic(err)
	}
	return m
}

// ledger prints what the provider really took, and fails if that is not what it should be.
func ledger(out io.Writer, orders []string, taken func(string) []payment.Money, want map[string]int) error {
	fmt.Fprintln(out, "\nThe provider's ledger:")
	for _, id := range orders {
		got := taken(id)
		times := fmt.Sprintf("taken %d times", len(got))
		switch len(got) {
		case 0:
			times = "not taken"
		case 1:
			times = "taken once"
		}
		fmt.Fprintf(out, "   %-11s %s", id, times)
		for _, m := range got {
			fmt.Fprintf(out, "  %s", m)
		}
		fmt.Fprintln(out)
		if len(got) != want[id] {
			return fmt.Errorf("%s was taken %d times, want %d", id, len(got), want[id])
		}
	}
	return nil
}
