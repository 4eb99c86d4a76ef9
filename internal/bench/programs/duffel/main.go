// Command duffel pays an order at Duffel with the SDK: what a program costs to build with one
// provider.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/supplierpay/supplierpay-go/duffel"
	"github.com/supplierpay/supplierpay-go/payment"
)

func main() {
	if err := pay(os.Args[1:]); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func pay(args []string) error {
	if len(args) != 3 {
		return fmt.Errorf("usage: duffel BASE-URL ORDER AMOUNT")
	}
	amount, err := payment.ParseMoney(args[2], "GBP")
	if err != nil {
		return err
	}
	client, err := duffel.New(os.Getenv("DUFFEL_TOKEN"), duffel.WithBaseURL(args[0]))
	if err != nil {
		return err
	}
	paid, err := client.Pay(context.Background(), payment.Request{Key: args[1], OrderID: args[1], Amount: amount})
	if err != nil {
		return err
	}
	fmt.Println(paid.Status)
	return nil
}
