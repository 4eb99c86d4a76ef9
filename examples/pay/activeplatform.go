package main

import (
	"context"
	"io"

	"github.com/supplierpay/supplierpay-go/activeplatform"
	"github.com/supplierpay/supplierpay-go/activeplatform/activeplatformtest"
	"github.com/supplierpay/supplierpay-go/payment"
)

// showActivePlatform tops up accounts, where each key is a payment of its own and a marker finds it
// again.
func showActivePlatform(ctx context.Context, out io.Writer) error {
	srv := activeplatformtest.NewServer()
	defer srv.Close()
	client, err := activeplatform.New(srv.URL, srv.Token, activeplatform.WithCurrency("USD"))
	if err != nil {
		return err
	}
	s, err := newStory(out, client, func() int { return srv.Count(activeplatformtest.CreatePayment) })
	if err != nil {
		return err
	}
	amount := mustMoney("199.99", "USD")
	waiting := srv.AddAccount(activeplatformtest.Account{ID: "2000532"})
	auto := srv.AddAccount(activeplatformtest.Account{ID: "2000533", AutoComplete: true})

	s.title("ActivePlatform, simulated on this machine. Two accounts want 199.99 USD.")

	s.stepf("Top up account 2000532: the payment waits for the operator.")
	first := payment.Request{Key: "march-1", OrderID: waiting, Amount: amount, Description: "March"}
	p, err := s.payer.Pay(ctx, first)
	s.answer(p, err)

	s.stepf("The operator completes it. Press pay again: nothing is sent, and now it is paid.")
	if err := srv.Complete(p.ID); err != nil {
		return err
	}
	s.again(ctx, first)

	s.stepf("Top up account 2000533. The answer is lost, and no order would tell.")
	srv.Fail(activeplatformtest.Fault{Route: activeplatformtest.CreatePayment, Cut: activeplatformtest.BeforeAnswer})
	cut := payment.Request{Key: "march-2", OrderID: auto, Amount: amount, Description: "March"}
	s.pay(ctx, cut)

	s.stepf("Press pay again: the marker in its comment finds the payment.")
	s.again(ctx, cut)

	return ledger(out, []string{waiting, auto}, srv.Taken, map[string]int{waiting: 1, auto: 1})
}
