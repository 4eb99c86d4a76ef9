package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// where is the way to the backend.
type where struct {
	name     string
	target   func(*dialed) target
	parallel int
	floor    floor
	calls    []string // "Pay", "typed"
	sets     int      // how many sets of clients a round takes: with all processors busy, single ones scatter more
}

// floor is what our side may take at most, in thousandths of the hand-written one; 0 is no floor.
type floor struct {
	time, cpu, bytes, allocs int64
	dials                    bool // never more connections than callers, and hardly any new one once all have theirs
}

// steadyDials is how many payments one new connection may serve at least. net/http drops a
// connection now and then when an answer overtakes the end of its request on a busy machine.
const steadyDials = 200

// ways are the scenarios, in the order of the tables.
func ways(srv *server, b *backend) []where {
	over := func(base string, parallel int) func(*dialed) target {
		return func(d *dialed) target { return target{base: base, transport: tuned(srv.roots, d, parallel)} }
	}
	both := []string{"Pay", "typed"}
	return []where{
		{"in memory, serial", func(*dialed) target { return target{base: "https://provider.example", stub: http.RoundTripper(b)} }, 1,
			floor{cpu: 1300, bytes: 1100, allocs: 1250}, both, 1},
		{"loopback, serial", over(srv.Plain, 1), 1, floor{time: 1100, bytes: 1100, allocs: 1250, dials: true}, both, 1},
		{"loopback with TLS, serial", over(srv.TLS, 1), 1, floor{time: 1100, dials: true}, []string{"Pay"}, 1},
		{"loopback, 64 callers", over(srv.Plain, 64), 64, floor{time: 1000, dials: true}, both, 4},
		{"loopback, 256 callers", over(srv.Plain, callers), callers, floor{dials: true}, []string{"Pay"}, 1},
	}
}

// row is one line of a table.
type row struct {
	provider, call    string
	hand, retry, ours *subject
}

// measured is one table.
type measured struct {
	where where
	rows  []row
}

// measure fills one table.
func measure(ctx context.Context, w where, only string, plan plan) (measured, error) {
	m := measured{where: w}
	for _, p := range providers() {
		if only != "" && only != p.name {
			continue
		}
		for _, name := range w.calls {
			r := row{provider: p.name, call: name, hand: &subject{}, retry: &subject{}, ours: &subject{}}
			for round := range plan.rounds {
				if err := r.round(ctx, w, p, plan.slice, round%2 == 1); err != nil {
					return m, fmt.Errorf("%s, %s, %s: %w", w.name, p.name, name, err)
				}
			}
			m.rows = append(m.rows, r)
		}
	}
	return m, nil
}

// round measures all sides once more, with sets of new clients and connections: where these happen
// to lie in memory makes a difference of some parts in a hundred for as long as they last. The
// sides are in the order of the columns, or the other way round, in turn.
func (r *row) round(ctx context.Context, w where, p provider, slice time.Duration, backwards bool) error {
	sides := []*subject{r.hand, r.retry, r.ours}
	took := make([]sample, len(sides))
	for range w.sets {
		fresh, err := r.set(w, p)
		if err != nil {
			return err
		}
		order := slices.Clone(fresh)
		if backwards {
			slices.Reverse(order)
		}
		backwards = !backwards
		if err := compare(ctx, order, plan{rounds: 1, slice: slice}, w.parallel); err != nil {
			return err
		}
		for i, s := range fresh {
			took[i] = took[i].plus(s.samples[0])
			sides[i].add(s)
			s.dials.close()
		}
	}
	for i, s := range sides {
		s.samples = append(s.samples, took[i].per(int64(w.sets)))
	}
	return nil
}

// set makes new clients, in the order of the columns.
func (r *row) set(w where, p provider) ([]*subject, error) {
	hand, retry, ours := &dialed{}, &dialed{}, &dialed{}
	c, err := p.ours(w.target(ours))
	if err != nil {
		return nil, err
	}
	set := []*subject{
		{name: "by hand", work: p.hand(newHand(w.target(hand))).pick(r.call), dials: hand},
		{name: "go-retryablehttp", work: p.hand(newRetrying(w.target(retry))).pick(r.call), dials: retry},
		{name: "ours", work: c.pick(r.call), dials: ours},
	}
	if p.login {
		set[2].logins = 1
	}
	return set, nil
}

// missed names the floors that a row does not hold.
func (m measured) missed() []string {
	var all []string
	for _, r := range m.rows {
		for _, f := range []struct {
			what   string
			limit  int64
			figure func(sample) int64
		}{{"time", m.where.floor.time, ns}, {"CPU time", m.where.floor.cpu, cpu}, {"bytes", m.where.floor.bytes, space}, {"allocations", m.where.floor.allocs, allocs}} {
			if got := r.ours.against(r.hand, f.figure); f.limit > 0 && got > f.limit {
				all = append(all, fmt.Sprintf("%s, %s %s: %s %s, floor %s", m.where.name, r.provider, r.call, f.what, times(got), times(f.limit)))
			}
		}
		if m.where.floor.dials && (r.ours.peak > int64(m.where.parallel) || r.ours.steady*steadyDials > r.ours.paid) {
			all = append(all, fmt.Sprintf("%s, %s %s: %d connections at once, %d new ones for %d payments",
				m.where.name, r.provider, r.call, r.ours.peak, r.ours.steady, r.ours.paid))
		}
	}
	return all
}
