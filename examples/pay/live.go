package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/supplierpay/supplierpay-go/duffel"
	"github.com/supplierpay/supplierpay-go/payment"
)

// payLive pays one real order. The journal lives in memory, so after a crash ask the provider before starting again.
func payLive(ctx context.Context, out io.Writer, f flags, env func(string) string) error {
	if f.provider != "duffel" {
		return fmt.Errorf("-live needs -provider duffel, got %q", f.provider)
	}
	token := env("DUFFEL_TOKEN")
	if token == "" {
		return errors.New("put the access token into DUFFEL_TOKEN")
	}
	client, err := duffel.New(token, duffel.WithVerifyOrder())
	if err != nil {
		return err
	}
	defer client.CloseIdleConnections()
	amount, err := agreed(ctx, client, f)
	if err != nil {
		return err
	}
	payer, err := journaled(client)
	if err != nil {
		return err
	}
	if f.key == "" {
		f.key = f.order
	}
	r := &report{out: out}
	r.title("Paying " + amount.String() + " for " + f.order + " at " + f.provider + ", for real.")
	p, err := payer.Pay(ctx, payment.Request{Key: f.key, OrderID: f.order, Amount: amount})
	r.answer(p, err)
	if err == nil {
		return nil
	}
	return errors.New("not done: follow the line above")
}

// agreed is the amount that the caller named, or else the order's price as Duffel shows it now.
func agreed(ctx context.Context, client *duffel.Client, f flags) (payment.Money, error) {
	if f.amount != "" || f.currency != "" {
		return payment.ParseMoney(f.amount, f.currency)
	}
	order, err := client.GetOrder(ctx, f.order)
	if err != nil {
		return payment.Money{}, err
	}
	return order.Total()
}
