// Command pay shows how orders are paid safely.
//
// Without arguments it starts simulators on this machine, pays, and makes things go wrong:
//
//	go run ./examples/pay
//
// With -live it pays a real order with real money. The token is taken from the environment:
//
//	DUFFEL_TOKEN=... go run ./examples/pay -provider duffel -order ord_... -live
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
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
	fs.StringVar(&f.provider, "provider", "", "show this provider alone: duffel, etm, travelport, activeplatform or musement; with -live, pay there: duffel")
	fs.StringVar(&f.order, "order", "", "order to pay, with -live")
	fs.StringVar(&f.amount, "amount", "", "amount that you agreed to, with -live: 30.20; without it, the order's price")
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
	return showAll(ctx, out, f.provider)
}

// show pays at one provider's simulator and makes things go wrong.
type show struct {
	provider string
	run      func(ctx context.Context, out io.Writer) error
}

// showAll runs the shows, or one of them.
func showAll(ctx context.Context, out io.Writer, provider string) error {
	shows := []show{{"duffel", showDuffel}, {"etm", showETM}, {"travelport", showTravelport}, {"activeplatform", showActivePlatform}, {"musement", showMusement}}
	ran := 0
	for _, s := range shows {
		if provider != "" && provider != s.provider {
			continue
		}
		if ran > 0 {
			fmt.Fprintln(out)
		}
		if err := s.run(ctx, out); err != nil {
			return fmt.Errorf("%s: %w", s.provider, err)
		}
		ran++
	}
	if ran == 0 {
		return fmt.Errorf("no provider %q here", provider)
	}
	return nil
}
