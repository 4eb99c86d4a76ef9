// Command recover shows what a crash in the middle of a payment leaves behind, and how it is
// settled:
//
//	go run .
//
// It starts a simulated Duffel and, as processes of their own, a service that pays through a
// journal in a SQLite file. The first process is killed while the provider takes the money. The
// second finds the row, asks the provider, and never pays again.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"

	"github.com/supplierpay/supplierpay-go/duffel/duffeltest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "recover:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer, args []string) error {
	var s service
	fs := flag.NewFlagSet("recover", flag.ContinueOnError)
	step := fs.String("service", "", "run as the service: pay, or restart")
	fs.StringVar(&s.file, "db", "", "the service's database")
	fs.StringVar(&s.url, "url", "", "the provider's address")
	fs.StringVar(&s.token, "token", "", "its token")
	if err := fs.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		return err
	}
	switch *step {
	case "":
		return show(ctx, out)
	case "pay":
		return s.pay(ctx, out)
	case "restart":
		return s.restart(ctx, out)
	default:
		return fmt.Errorf("no step %q", *step)
	}
}

// show plays the provider and the machine on which the service crashes.
func show(ctx context.Context, out io.Writer) (err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	dir, err := os.MkdirTemp("", "recover")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	srv := duffeltest.NewServer()
	defer srv.Close()
	srv.AddOrder(duffeltest.Order{ID: orderID})

	process := func(step string) (*exec.Cmd, error) {
		self, err := os.Executable()
		if err != nil {
			return nil, err
		}
		cmd := exec.CommandContext(ctx, self, "-service", step, "-db", filepath.Join(dir, "payments.db"), "-url", srv.URL, "-token", srv.Token)
		cmd.Stdout, cmd.Stderr = out, out
		return cmd, nil
	}

	fmt.Fprintln(out, "1. The service pays", orderID+". It is killed while the provider has its request.")
	paying, err := process("pay")
	if err != nil {
		return err
	}
	arrived, hold := make(chan struct{}), make(chan struct{})
	srv.Fail(duffeltest.Fault{Route: duffeltest.CreatePayment, Arrived: func() { close(arrived) }, Hold: hold})
	if err := paying.Start(); err != nil {
		return err
	}
	go func() {
		select {
		case <-arrived:
			_ = paying.Process.Kill()
		case <-ctx.Done(): // which kills it too
		}
	}()
	if err := paying.Wait(); err == nil {
		return errors.New("the payment came to its end before it could be killed")
	}
	close(hold) // the provider goes on and takes the money
	if err := srv.WaitIdle(ctx); err != nil {
		return err
	}
	fmt.Fprintf(out, "   provider  money taken, %d time, and nobody heard the answer\n", len(srv.Taken(orderID)))

	fmt.Fprintln(out, "\n2. The service starts again.")
	restarted, err := process("restart")
	if err != nil {
		return err
	}
	if err := restarted.Run(); err != nil {
		return err
	}
	taken := srv.Taken(orderID)
	fmt.Fprintf(out, "\nThe provider's ledger: %s taken %d time, %v, with %d payment request.\n", orderID, len(taken), taken,
		srv.Count(duffeltest.CreatePayment))
	if len(taken) != 1 || srv.Count(duffeltest.CreatePayment) != 1 {
		return errors.New("want it taken once")
	}
	return nil
}
