package main

import (
	"context"
	"fmt"
	"strings"
)

// count makes payments at one side and measures nothing, for tools that count what a processor
// does. Take the difference of two runs, which leaves out what it takes to begin:
//
//	go build -tags valgrind -o bench ./internal/bench
//	GOMAXPROCS=1 valgrind --tool=cachegrind --cache-sim=no ./bench -count 2000 -side ours -only duffel -call Pay -way '64 callers'
func count(ctx context.Context, n int64, side, only, call, way string) error {
	srv, err := startServer(ctx)
	if err != nil {
		return err
	}
	defer srv.stop()
	b, err := newBackend()
	if err != nil {
		return err
	}
	for _, at := range ways(srv, b) {
		for _, p := range providers() {
			if !strings.Contains(at.name, way) || p.name != only {
				continue
			}
			c, err := p.at(side, at.target(&dialed{}))
			if err != nil {
				return err
			}
			s := &subject{name: side, work: c.pick(call)}
			return s.spread(ctx, n, at.parallel)
		}
	}
	return fmt.Errorf("no provider %q on a way %q", only, way)
}

// at is one side of a comparison.
func (p provider) at(side string, to target) (peer, error) {
	switch side {
	case "ours":
		return p.ours(to)
	case "hand":
		return p.hand(newHand(to)), nil
	case "retry":
		return p.hand(newRetrying(to)), nil
	default:
		return peer{}, fmt.Errorf("no side %q: ours, hand or retry", side)
	}
}

// pick is the call of this name.
func (c peer) pick(name string) call {
	if name == "Pay" {
		return c.pay
	}
	return c.typed
}
