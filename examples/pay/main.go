// Command pay shows how orders are paid safely.
//
// Without arguments it starts simulators on this machine, pays, and makes things go wrong:
//
//	go run ./examples/pay
//
// With -live it pays an order at Duffel's own test system. The token is taken from the environment:
//
//	DUFFEL_TOKEN=duffel_test_... go run ./examples/pay -provider duffel -order ord_... -live
//
// Its journal ends with the program, so a second run could pay a second time: it takes test tokens
// alone, and after a run whose end is not known, ask what became of the payment. This pays nothing,
// with -live beside it too:
//
//	DUFFEL_TOKEN=duffel_test_... go run ./examples/pay -provider duffel -order ord_... -lookup
//
// To pay real money keep the journal in a database, as examples/service does.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"

	"github.com/supplierpay/supplierpay-go/duffel"
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
	provider, order, amount, currency string
	live, lookup                      bool
}

// run is the program. The options are for the client that -live and -lookup use.
func run(ctx context.Context, out io.Writer, args []string, env func(string) string, opts ...duffel.Option) error {
	var f flags
	fs := flag.NewFlagSet("pay", flag.ContinueOnError)
	fs.StringVar(&f.provider, "provider", "", "show this provider alone: duffel, etm, travelport, activeplatform or musement; with -live or -lookup: duffel")
	fs.StringVar(&f.order, "order", "", "order to pay or to ask about, with -live or -lookup")
	fs.StringVar(&f.amount, "amount", "", "amount that you agreed to, with -live or -lookup: 30.20; without it, the order's price")
	fs.StringVar(&f.currency, "currency", "", "its currency, with -live or -lookup: GBP")
	fs.BoolVar(&f.live, "live", false, "pay an order at Duffel's test system; run it once, and after that with -lookup")
	fs.BoolVar(&f.lookup, "lookup", false, "ask what became of the payment, and pay nothing")
	if err := fs.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		return err
	}
	if f.live || f.lookup {
		return atDuffel(ctx, out, f, env, opts)
	}
	if f.order != "" || f.amount != "" || f.currency != "" {
		return errors.New("-order, -amount and -currency are for an order at Duffel: add -live or -lookup, or leave them out")
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
