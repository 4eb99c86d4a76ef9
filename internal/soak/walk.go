package main

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/supplierpay/supplierpay-go/internal/faultproxy"
	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/once"
)

// result is a line of the table.
type result struct {
	provider  string
	seed      uint64
	payments  int // orders, each under a key of its own
	calls     int // of Pay
	faults    int
	taken     int            // orders with money in the ledger
	double    int            // orders with more than one entry
	lost      int            // money taken, and the journal says failed or released, or has no row
	falsePaid int            // the journal says paid, and the ledger has nothing
	unknown   int            // orders that the journal still cannot tell
	released  int            // orders proven not taken, or refused
	why       map[string]int // of what is left

	naive       bool
	naiveDouble int
	naiveLost   int // money taken, and the caller was told of an error
	problems    []string
}

func (r *result) bad() bool {
	return r.double > 0 || r.lost > 0 || r.falsePaid > 0 || len(r.problems) > 0
}

const (
	workers  = 64
	replicas = 3
	// soon is when every lease is over and a workbench of Travelport's still lives; later is longer
	// than any quiet time.
	soon  = 20 * time.Minute
	later = 24 * time.Hour
	// walks bounds the walks of Reconcile.
	walks = 8
)

// soak pays n orders at p through package once while everything fails by chance, then reconciles
// until nothing changes, and compares the journal with the ledger.
func soak(ctx context.Context, p provider, n int, seed uint64, rough int) (result, error) {
	r := result{provider: p.name, seed: seed, payments: n}
	s := p.open()
	defer s.close()
	w := newWeather(seed, rough, s)
	proxy, err := faultproxy.Start(s.handler, false)
	if err != nil {
		return r, err
	}
	defer proxy.Close()
	proxy.Set(w.plan())

	store := &journal{Memory: once.NewMemory(), chance: rand.New(rand.NewPCG(seed, 2)), rough: true}
	payers, err := replicated(s, proxy, store, seed)
	if err != nil {
		return r, err
	}
	reqs := place(s, n, seed)
	r.calls = (&shop{payers, s.customer}).payAll(ctx, reqs, seed)

	store.calm()
	if err := endOfStorm(ctx, s, store, payers, w, proxy); err != nil {
		return r, err
	}
	if r.why, err = settle(ctx, s, store, payers, reqs, seed); err != nil {
		return r, err
	}
	r.faults = w.count() + store.faults
	return r, r.compare(ctx, s, payers[0], reqs)
}

// place makes n orders.
func place(s *site, n int, seed uint64) []payment.Request {
	reqs := make([]payment.Request, n)
	for i := range reqs {
		reqs[i] = s.place(i, rand.New(rand.NewPCG(seed, uint64(i)+10)))
	}
	return reqs
}

// endOfStorm lets the leases end and walks once while everything still fails, and while requests
// that nobody waits for any more are still on their way. Then they arrive, and all is quiet.
func endOfStorm(ctx context.Context, s *site, store *journal, payers []*once.Payer, w *weather, proxy *faultproxy.Proxy) error {
	store.pass(soon)
	s.advance(soon)
	if _, err := walk(ctx, payers); err != nil {
		return err
	}
	w.clear()
	proxy.Set(faultproxy.Plan{})
	return proxy.Drain(ctx)
}
