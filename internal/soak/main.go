// Command soak pays thousands of orders at the simulators through package once, while connections,
// answers, processes and the journal fail by chance, then reconciles and compares the journal with
// the simulators' ledgers:
//
//	go run ./internal/soak -n 10000 -seed 1,2,3
//
// It ends with status 1 when an order was paid twice, when money was taken that the journal does
// not know of, or when the journal says paid and the ledger does not. The columns "their double"
// and "their lost" show the same orders sent through go-retryablehttp with its defaults.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		stop()
		os.Exit(1)
	}
}

// errBad ends a run whose table shows what must not be.
var errBad = errors.New("money was taken twice, lost or made up")

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("soak", flag.ContinueOnError)
	n := flags.Int("n", 10000, "orders per provider and seed")
	seedList := flags.String("seed", "1", "seeds, separated by commas")
	rough := flags.Int("faults", 40, "faults in a hundred requests that may move money")
	only := flags.String("providers", "", "providers, separated by commas; all when empty")
	if err := flags.Parse(args); err != nil {
		return err
	}
	seeds, err := parseSeeds(*seedList)
	if err != nil {
		return err
	}
	chosen := slices.DeleteFunc(providers(), func(p provider) bool {
		return *only != "" && !slices.Contains(strings.Split(*only, ","), p.name)
	})
	if len(chosen) == 0 {
		return fmt.Errorf("no provider is called %q", *only)
	}
	fmt.Fprintf(out, line, "provider", "seed", "orders", "calls", "faults", "taken", "double", "lost", "made up", "not taken",
		"unknown", "their double", "their lost", "time")
	bad := false
	why := map[string]map[string]int{}
	for _, p := range chosen {
		for _, seed := range seeds {
			began := time.Now()
			r, err := soak(ctx, p, *n, seed, *rough)
			if err == nil {
				err = r.compareNaive(ctx, p, seed, *rough)
			}
			if err != nil {
				return fmt.Errorf("%s, seed %d: %w", p.name, seed, err)
			}
			r.print(out, time.Since(began))
			bad = bad || r.bad()
			if why[p.name] == nil {
				why[p.name] = map[string]int{}
			}
			for reason, n := range r.why {
				why[p.name][reason] += n
			}
		}
	}
	fmt.Fprintln(out, "\nWhat is left, and why Lookup cannot tell:")
	for _, p := range chosen {
		for _, reason := range slices.Sorted(maps.Keys(why[p.name])) {
			fmt.Fprintf(out, "%6d  %s: %s\n", why[p.name][reason], p.name, reason)
		}
	}
	if bad {
		return errBad
	}
	return nil
}

// line is the format of the table: each line comes when it is known.
const line = "%-22v %4v %6v %6v %6v %6v %6v %6v %7v %9v %7v | %12v %10v | %6v\n"

func (r *result) print(out io.Writer, took time.Duration) {
	var double, lost any = "-", "-"
	if r.naive {
		double, lost = r.naiveDouble, r.naiveLost
	}
	fmt.Fprintf(out, line, r.provider, r.seed, r.payments, r.calls, r.faults, r.taken, r.double, r.lost, r.falsePaid,
		r.released, r.unknown, double, lost, took.Round(time.Second))
	for _, problem := range r.problems {
		fmt.Fprintln(out, problem)
	}
}

func parseSeeds(list string) ([]uint64, error) {
	var seeds []uint64
	for word := range strings.SplitSeq(list, ",") {
		seed, err := strconv.ParseUint(word, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("seed %q: want a number", word)
		}
		seeds = append(seeds, seed)
	}
	return seeds, nil
}
