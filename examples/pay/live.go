package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/supplierpay/supplierpay-go/duffel"
	"github.com/supplierpay/supplierpay-go/payment"
)

// testPrefix begins the tokens with which Duffel moves no real money.
const testPrefix = "duffel_test_"

// atDuffel pays one order at Duffel, or asks about it.
func atDuffel(ctx context.Context, out io.Writer, f flags, env func(string) string, opts []duffel.Option) error {
	if f.provider != "duffel" {
		return fmt.Errorf("-live and -lookup need -provider duffel, got %q", f.provider)
	}
	token := env("DUFFEL_TOKEN")
	switch {
	case token == "":
		return errors.New("put the access token into DUFFEL_TOKEN")
	case !f.lookup && !strings.HasPrefix(token, testPrefix):
		// The journal ends with the program: run again after a lost answer, it would pay a second time.
		return errors.New("-live takes tokens that begin with " + testPrefix + " alone: to pay real money keep the journal in a database, " +
			"as examples/service does")
	}
	client, err := duffel.New(token, append([]duffel.Option{duffel.WithVerifyOrder()}, opts...)...)
	if err != nil {
		return err
	}
	defer client.CloseIdleConnections()
	amount, err := agreed(ctx, client, f)
	if err != nil {
		return err
	}
	req := payment.Request{Key: f.order, OrderID: f.order, Amount: amount}
	r := &report{out: out}
	if f.lookup {
		return askLive(ctx, r, client, req)
	}
	return payLive(ctx, r, client, req)
}

func payLive(ctx context.Context, r *report, client *duffel.Client, req payment.Request) error {
	payer, err := journaled(client)
	if err != nil {
		return err
	}
	r.title("Paying " + req.Amount.String() + " for " + req.OrderID + " at Duffel's test system.")
	p, err := payer.Pay(ctx, req)
	r.answer(p, err)
	if outcome := payment.OutcomeOf(err); outcome == payment.Unknown || outcome == payment.Accepted && !p.Paid() {
		r.linef("beware", "do not run this again; run it with -lookup")
	}
	return done(err)
}

// askLive asks the provider and not the journal, which is not that of the run before and knows nothing. It moves nothing.
// Since the answer of the run before is not kept, it finds a payment but never proves that there is none.
func askLive(ctx context.Context, r *report, client *duffel.Client, req payment.Request) error {
	attempt, err := client.Prepare(req)
	if err != nil {
		return err
	}
	attempt.SentAt = time.Now() // when it was is not known: not later than now
	r.title("Asking what became of " + req.Amount.String() + " for " + req.OrderID + " at Duffel. Nothing is paid.")
	p, err := client.Lookup(ctx, attempt)
	r.answer(p, err)
	return done(err)
}

func done(err error) error {
	if err != nil {
		return errors.New("not done: follow the lines above")
	}
	return nil
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
