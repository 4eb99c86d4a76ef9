// Command bench measures what a payment costs through each client, against the same work written by
// hand with net/http and encoding/json, and against the same through go-retryablehttp.
//
//	go run ./internal/bench -floors
//
// prints tables in Markdown and fails when a floor is missed. docs/performance.md says how to read
// them.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"time"
)

func main() {
	server := flag.Bool("serve", false, "be the server process")
	floors := flag.Bool("floors", false, "fail when a floor is missed")
	rounds := flag.Int("rounds", 6, "rounds of measuring")
	slice := flag.Duration("slice", 500*time.Millisecond, "time of each side in a round")
	only := flag.String("only", "", "one provider")
	way := flag.String("way", "", "only the ways whose names have this in them; list and build are ways too")
	number := flag.Int64("count", 0, "make so many payments at one side, and measure nothing")
	side := flag.String("side", "ours", "that side: ours, hand or retry")
	name := flag.String("call", "Pay", "its call: Pay or typed")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var err error
	switch {
	case *server:
		err = serve(os.Stdin, os.Stdout)
	case *number > 0:
		err = count(ctx, *number, *side, *only, *name, *way)
	default:
		err = run(ctx, os.Stdout, plan{rounds: *rounds, slice: *slice}, *only, *way, *floors)
	}
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run measures and prints.
func run(ctx context.Context, w io.Writer, plan plan, only, way string, floors bool) error {
	srv, err := startServer(ctx)
	if err != nil {
		return err
	}
	defer srv.stop()
	b, err := newBackend()
	if err != nil {
		return err
	}
	var missed []string
	for _, at := range ways(srv, b) {
		if !strings.Contains(at.name, way) {
			continue
		}
		m, err := measure(ctx, at, only, plan)
		if err != nil {
			return err
		}
		m.print(w)
		missed = append(missed, m.missed()...)
	}
	if strings.Contains("list", way) {
		if err := list(ctx, w, srv, plan); err != nil {
			return err
		}
	}
	if strings.Contains("build", way) {
		if err := build(ctx, w); err != nil {
			return err
		}
	}
	for _, miss := range missed {
		_, _ = fmt.Fprintln(w, "missed:", miss)
	}
	if floors && len(missed) > 0 {
		return fmt.Errorf("%d floors missed", len(missed))
	}
	return nil
}
