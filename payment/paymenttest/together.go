package paymenttest

import (
	"bytes"
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/supplierpay/supplierpay-go/internal/faultproxy"
	"github.com/supplierpay/supplierpay-go/payment"
)

// callers is how many payments are made at once.
const callers = 12

// concurrent makes payments at once, with all their first requests under way at the same time.
func (b *bench) concurrent(seq sequence) {
	payer := b.newPayer()
	b.together(callers)
	paid := b.payAll(payer, callers)
	b.plan(faultproxy.Plan{})
	b.drain()
	ids := map[string]string{}
	for _, g := range paid {
		if g.err != nil {
			b.errorf("one of %d payments at once failed: %v", callers, g.err)
		}
		b.judge(g)
		if other, twice := ids[g.p.ID]; twice && g.p.ID != "" {
			b.errorf("orders %q and %q have one payment id %q", other, g.req.OrderID, g.p.ID)
		}
		ids[g.p.ID] = g.req.OrderID
		q := b.lookup("after payments at once", payer, g.attempt, seq)
		taken := len(b.h.Taken(g.req.OrderID)) > 0
		b.judgeLookup(q, taken)
		if taken {
			b.demandFound(q)
		}
		if q.p.OrderID != "" && q.p.OrderID != g.req.OrderID {
			b.errorf("Lookup of order %q returned order %q", g.req.OrderID, q.p.OrderID)
		}
	}
}

// together holds requests until n are there, or no more seem to come.
func (b *bench) together(n int64) {
	var there atomic.Int64
	all := make(chan struct{})
	b.plan(faultproxy.Plan{Request: func(*http.Request) faultproxy.Fault {
		return faultproxy.Fault{Hold: func(gone <-chan struct{}) {
			if there.Add(1) == n {
				close(all)
			}
			wait(gone, all, hangUp)
		}}
	}})
}

// payAll pays n orders at once.
func (b *bench) payAll(payer payment.Payer, n int) []*paying {
	reqs := make([]payment.Request, n)
	for i := range reqs {
		reqs[i] = b.h.Place()
	}
	paid := make([]*paying, n)
	var wg sync.WaitGroup
	for i := range reqs {
		wg.Go(func() { paid[i] = b.pay(context.Background(), payer, reqs[i], payment.Hooks{}) })
	}
	wg.Wait()
	return paid
}

// accounts pays with two accounts at once: neither may use what belongs to the other.
func (b *bench) accounts() {
	o := newBench(b.tb, b.newHarness, b.label+" (second account)", false, b.timeout)
	mine, other := b.newPayer(), o.newPayer()
	var wg sync.WaitGroup
	for _, side := range []struct {
		b     *bench
		payer payment.Payer
	}{{b, mine}, {o, other}} {
		wg.Go(func() {
			for _, g := range side.b.payAll(side.payer, callers/2) {
				side.b.drain()
				if g.err != nil {
					b.errorf("one of two accounts could not pay: %v", g.err)
				}
				side.b.judge(g)
			}
		})
	}
	wg.Wait()
	b.foreign(o)
	o.foreign(b)
	o.close()
	for _, p := range o.problems {
		b.errorf("the second account: %s", p)
	}
}

// foreign complains about another account's secrets in the requests that arrived here.
func (b *bench) foreign(o *bench) {
	for _, s := range o.h.Secrets {
		if len(s) < minSecret || slices.Contains(b.h.Secrets, s) {
			continue
		}
		for _, r := range b.since(0) {
			var header strings.Builder
			_ = r.header.Write(&header) // a strings.Builder takes everything
			if strings.Contains(r.uri+header.String(), s) || bytes.Contains(r.body, []byte(s)) {
				b.errorf("%s %s carried a secret of another account", r.method, r.uri)
			}
		}
	}
}
