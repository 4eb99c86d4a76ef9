package main

import (
	"context"
	"io"

	"github.com/supplierpay/supplierpay-go/musement"
	"github.com/supplierpay/supplierpay-go/musement/musementtest"
	"github.com/supplierpay/supplierpay-go/payment"
)

// showMusement pays an order with a 3-D Secure round, the simulator playing the bank and the
// customer.
func showMusement(ctx context.Context, out io.Writer) error {
	srv := musementtest.NewServer()
	defer srv.Close()
	client, err := musement.New(musement.Credentials{
		Application:  payment.NewSecret(srv.Application),
		ClientID:     srv.ClientID,
		ClientSecret: payment.NewSecret(srv.ClientSecret),
	}, musement.WithBaseURL(srv.URL))
	if err != nil {
		return err
	}
	defer client.CloseIdleConnections()
	sent := func() int {
		return srv.Count(musementtest.NoPayment) + srv.Count(musementtest.StartSplit) + srv.Count(musementtest.Complete)
	}
	s, err := newStory(out, client, sent)
	if err != nil {
		return err
	}
	merchant := srv.AddOrder(musementtest.Order{Price: mustMoney("10.00", "USD")})
	byCard := srv.AddOrder(musementtest.Order{Price: mustMoney("36.00", "EUR")})

	s.title("Musement, simulated on this machine. One order for a merchant of record, one to be paid by card.")

	s.stepf("Confirm the merchant's order; Musement collects nothing from a card.")
	first := payment.Request{Key: "tour-1", OrderID: merchant.UUID, Amount: merchant.Price, Details: musement.Details{CartUUID: merchant.CartUUID}}
	s.pay(ctx, first)

	s.stepf("Start the card payment: the bank wants to see the customer.")
	card := payment.Request{
		Key: "tour-2", OrderID: byCard.UUID, Amount: byCard.Price, Method: musement.MethodSplit,
		Details: musement.Details{
			CartUUID: byCard.CartUUID, AdyenToken: payment.NewSecret("made by the gateway's script in the browser"),
			CardBrand: "visa", CardCountry: "FR", ClientIP: payment.NewSecret("203.0.113.7"),
			RedirectURL: "https://shop.example/3ds/return",
		},
	}
	s.pay(ctx, card)

	s.stepf("The customer passes the bank's challenge. Complete it: the money is taken, and the answer is lost.")
	srv.PassChallenge(byCard.UUID)
	srv.Fail(musementtest.Fault{Route: musementtest.Complete, Cut: musementtest.BeforeAnswer})
	attempt, err := s.payer.Prepare(card)
	if err != nil {
		return err
	}
	p, err := s.payer.Continue(ctx, attempt, musement.Continuation{})
	s.answer(p, err)

	s.stepf("Press pay again: order-info tells, nothing is sent.")
	s.again(ctx, card)

	return ledger(out, []string{merchant.UUID, byCard.UUID}, srv.Taken, map[string]int{merchant.UUID: 1, byCard.UUID: 1})
}
