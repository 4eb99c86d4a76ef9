package main

import (
	"context"
	"io"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/travelport"
	"github.com/supplierpay/supplierpay-go/travelport/travelporttest"
)

// showTravelport tickets held bookings, where the documents decide and not the answers.
func showTravelport(ctx context.Context, out io.Writer) error {
	srv := travelporttest.NewServer()
	defer srv.Close()
	client, err := travelport.New(travelport.Credentials{
		Username: srv.Username, Password: payment.NewSecret(srv.Password),
		ClientID: srv.ClientID, ClientSecret: payment.NewSecret(srv.ClientSecret),
		AccessGroup: srv.AccessGroup,
	}, travelport.WithBaseURL(srv.BaseURL), travelport.WithTokenURL(srv.TokenURL))
	if err != nil {
		return err
	}
	defer client.CloseIdleConnections()
	s, err := newStory(out, client, func() int { return srv.Count(travelporttest.Commit) })
	if err != nil {
		return err
	}
	price := mustMoney("2773.50", "USD")
	flight := []travelporttest.Offer{{Price: price}}
	for _, locator := range []string{"G8A909", "H7B810", "J6C711"} {
		srv.AddReservation(travelporttest.Reservation{Locator: locator, Travelers: 2, Offers: flight})
	}
	cash := travelport.Details{Parts: []travelport.Part{{FormOfPayment: &travelport.FormOfPayment{Type: travelport.FormOfPaymentCash}}}}

	s.title("Travelport, simulated on this machine. Three bookings of 2773.50 USD are held, two travelers each.")

	s.stepf("Ticket G8A909: workbench, form of payment, payment, commit, documents.")
	first := payment.Request{Key: "ticket-1", OrderID: "G8A909", Amount: price, Details: cash}
	s.pay(ctx, first)

	s.stepf("Press pay again: the tickets are there, nothing is committed.")
	s.again(ctx, first)

	s.stepf("Ticket H7B810. The answer to Add Payment is lost: the workbench is discarded, nothing was committed.")
	srv.Fail(travelporttest.Fault{Route: travelporttest.AddPayment, Cut: travelporttest.BeforeAnswer})
	s.again(ctx, payment.Request{Key: "ticket-2", OrderID: "H7B810", Amount: price, Details: cash})

	s.stepf("Ticket J6C711. The answer to the commit is lost: the documents tell.")
	srv.Fail(travelporttest.Fault{Route: travelporttest.Commit, Cut: travelporttest.BeforeAnswer})
	s.again(ctx, payment.Request{Key: "ticket-3", OrderID: "J6C711", Amount: price, Details: cash})

	return ledger(out, []string{"G8A909", "H7B810", "J6C711"}, srv.Taken, map[string]int{"G8A909": 1, "J6C711": 1})
}
