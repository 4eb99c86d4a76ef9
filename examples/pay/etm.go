package main

import (
	"context"
	"io"
	"time"

	"github.com/supplierpay/supplierpay-go/etm"
	"github.com/supplierpay/supplierpay-go/etm/etmtest"
	"github.com/supplierpay/supplierpay-go/payment"
)

// showETM pays air orders at a provider that documents no refusal and proves no absence.
func showETM(ctx context.Context, out io.Writer) error {
	srv := etmtest.NewServer()
	defer srv.Close()
	client, err := etm.New(srv.URL, etm.B2BLogin(srv.Login, srv.Password))
	if err != nil {
		return err
	}
	defer client.CloseIdleConnections()
	s, err := newStory(out, client, func() int { return srv.Count(etmtest.OrderPayment) })
	if err != nil {
		return err
	}
	price := mustMoney("221.92", "EUR")
	srv.AddOrder(etmtest.Order{ID: "1001", Price: price})
	srv.AddOrder(etmtest.Order{ID: "1002", Price: price})
	srv.AddOrder(etmtest.Order{ID: "1003", Price: price, TicketDelay: time.Hour})

	s.title("ETM, simulated on this machine. Three air orders of 221.92 EUR are booked.")

	s.stepf("Pay order 1001. The client reads the order first, then pays.")
	good := payment.Request{Key: "trip-1", OrderID: "1001", Amount: price}
	s.pay(ctx, good)

	s.stepf("Pay order 1002 with another amount: stopped before anything is sent.")
	s.again(ctx, payment.Request{Key: "trip-2", OrderID: "1002", Amount: mustMoney("200.00", "EUR")})

	s.stepf("Pay order 1003. The money is taken, the answer is lost, and the tickets take an hour.")
	srv.Fail(etmtest.Fault{Route: etmtest.OrderPayment, Cut: etmtest.BeforeAnswer})
	cut := payment.Request{Key: "trip-3", OrderID: "1003", Amount: price}
	s.pay(ctx, cut)

	s.stepf("Press pay again. The order still looks unpaid, which proves nothing: nothing is sent.")
	s.again(ctx, cut)

	s.stepf("An hour later the tickets are there.")
	srv.Advance(time.Hour)
	s.again(ctx, cut)

	return ledger(out, []string{"1001", "1002", "1003"}, srv.Taken, map[string]int{"1001": 1, "1003": 1})
}
