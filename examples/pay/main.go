// Command pay shows how orders are paid safely.
//
// Without arguments it starts simulators on this machine, pays, and makes things go wrong:
//
//	go run ./examples/pay
//
// With -live it pays a real order with real money. The token is taken from the environment:
//
//	DUFFEL_TOKEN=... go run ./examples/pay -provider duffel -order ord_... -amount 30.20 -currency GBP -live
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/once"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, os.Args[1:], os.Getenv); err != nil {
		fmt.Fprintln(os.Stderr, "pay:", err)
		stop()
		os.Exit(1)
	}
}

// flags are the arguments of the program.
type flags struct {
	provider, order, amount, currency, key string
	live                                   bool
}

func run(ctx context.Context, out io.Writer, args []string, env func(string) string) error {
	var f flags
	fs := flag.NewFlagSet("pay", flag.ContinueOnError)
	fs.StringVar(&f.provider, "provider", "", "show this provider alone, or pay there with -live: duffel")
	fs.StringVar(&f.order, "order", "", "order to pay, with -live")
	fs.StringVar(&f.amount, "amount", "", "amount that you agreed to, with -live: 30.20")
	fs.StringVar(&f.currency, "currency", "", "its currency, with -live: GBP")
	fs.StringVar(&f.key, "key", "", "your own name for this payment, with -live; the order by default")
	fs.BoolVar(&f.live, "live", false, "pay a real order at the real provider")
	if err := fs.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		return err
	}
	if f.live {
		return payLive(ctx, out, f, env)
	}
	if f.order != "" || f.amount != "" || f.currency != "" || f.key != "" {
		return errors.New("-order, -amount, -currency and -key are for a real payment: add -live, or leave them out")
	}
	if f.provider != "" && f.provider != "duffel" {
		return fmt.Errorf("no provider %q here", f.provider)
	}
	return showDuffel(ctx, out)
}

// report prints what happened in a few aligned lines.
type report struct {
	out  io.Writer
	step int
}

func (r *report) title(s string) { fmt.Fprintf(r.out, "%s\n", s) }

func (r *report) stepf(format string, args ...any) {
	r.step++
	fmt.Fprintf(r.out, "\n%d. %s\n", r.step, fmt.Sprintf(format, args...))
}

func (r *report) linef(label, format string, args ...any) {
	fmt.Fprintf(r.out, "   %-9s %s\n", label, fmt.Sprintf(format, args...))
}

// answer prints what a payer answered, and what it means.
func (r *report) answer(p payment.Payment, err error) {
	if p.Status != "" {
		r.linef("payment", "%s %s, %s", p.ID, p.Amount, p.Status)
	}
	if err != nil {
		r.linef("error", "%v", err)
		r.linef("outcome", "%s", payment.OutcomeOf(err))
	}
	r.linef("next", "%s", payment.Next(p, err))
}

// journaled puts the journal around a payer. A service keeps its journal in a database; this program forgets.
func journaled(p payment.Payer) (*once.Payer, error) {
	return once.New(p, once.NewMemory(), once.Name(p.Provider()+"-example"))
}
