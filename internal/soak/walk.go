package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
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
	// later is longer than any lease and quiet time.
	later = 24 * time.Hour
	// walks bounds the walks of Reconcile.
	walks = 8
)

// soak pays n orders at p through package once while everything fails by chance, then reconciles until nothing changes,
// and compares the journal with the ledger.
func soak(ctx context.Context, p provider, n int, seed uint64, rough int) (result, error) {
	r := result{provider: p.name, seed: seed, payments: n}
	s := p.open()
	defer s.close()
	w := newWeather(seed, rough)
	proxy, err := faultproxy.Start(s.handler, false)
	if err != nil {
		return r, err
	}
	defer proxy.Close()
	proxy.Set(w.plan())

	store := &journal{Store: once.NewMemory(), chance: rand.New(rand.NewPCG(seed, 2)), rough: true}
	payers, err := replicated(s, proxy, store, seed)
	if err != nil {
		return r, err
	}
	reqs := make([]payment.Request, n)
	for i := range reqs {
		reqs[i] = s.place(i, rand.New(rand.NewPCG(seed, uint64(i)+10)))
	}
	calls := payAll(ctx, payers, reqs, seed)

	w.clear()
	proxy.Set(faultproxy.Plan{})
	store.calm(later)
	if err := proxy.Drain(ctx); err != nil {
		return r, err
	}
	if r.why, err = settle(ctx, s, payers[0], reqs, seed); err != nil {
		return r, err
	}
	r.calls, r.faults = calls, w.count()+store.faults
	return r, r.compare(ctx, s, payers[0], reqs)
}

// replicated returns the payers of several processes that share the journal.
func replicated(s *site, proxy *faultproxy.Proxy, store once.Store, seed uint64) ([]*once.Payer, error) {
	var payers []*once.Payer
	for i := range replicas {
		inner, err := s.payer(proxy.URL, proxy.Transport())
		if err != nil {
			return nil, err
		}
		m := mortal{inner, new(sync.Mutex), rand.New(rand.NewPCG(seed, uint64(3+i)))}
		var timed payment.Payer = m
		if t, ok := inner.(payment.Timed); ok {
			timed = mortalTimed{m, t}
		}
		p, err := once.New(timed, store, once.Name("soak"), once.WithOwner(fmt.Sprintf("replica-%d", i)))
		if err != nil {
			return nil, err
		}
		payers = append(payers, p)
	}
	return payers, nil
}

// mortalTimed keeps the times of the payer inside.
type mortalTimed struct {
	mortal
	payment.Timed
}

// payAll pays all orders, and returns how often Pay was called.
func payAll(ctx context.Context, payers []*once.Payer, reqs []payment.Request, seed uint64) int {
	var wg sync.WaitGroup
	var mu sync.Mutex
	total := 0
	next := make(chan int)
	for range workers {
		wg.Go(func() {
			for i := range next {
				calls := press(ctx, payers, reqs[i], rand.New(rand.NewPCG(seed+1, uint64(i))))
				mu.Lock()
				total += calls
				mu.Unlock()
			}
		})
	}
	for i := range reqs {
		next <- i
	}
	close(next)
	wg.Wait()
	return total
}

// press pays one order as an impatient caller does: up to three times, now and then twice at once, from any replica, and
// sometimes leaving in the middle.
func press(ctx context.Context, payers []*once.Payer, req payment.Request, chance *rand.Rand) int {
	calls := 0
	for range 3 {
		hands := 1
		if chance.IntN(10) == 0 {
			hands = 2
		}
		var wg sync.WaitGroup
		done := make([]bool, hands)
		for i := range hands {
			payer := payers[chance.IntN(len(payers))]
			patience := time.Minute
			if chance.IntN(10) == 0 {
				patience = time.Duration(chance.IntN(3000)) * time.Microsecond
			}
			wg.Go(func() { done[i] = payOnce(ctx, payer, req, patience) })
		}
		wg.Wait()
		calls += hands
		for _, d := range done {
			if d {
				return calls
			}
		}
	}
	return calls
}

// payOnce reports whether the caller has nothing more to do.
func payOnce(ctx context.Context, payer *once.Payer, req payment.Request, patience time.Duration) (done bool) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	defer func() {
		if died := recover(); died != nil {
			if err, ok := died.(error); !ok || !errors.Is(err, errDied) {
				panic(died)
			}
		}
	}()
	p, err := payer.Pay(ctx, req)
	action := payment.Next(p, err).Action
	return action == payment.NextDone || action == payment.NextNewRequest || action == payment.NextCallHuman
}
