package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/once"
)

// shop is the program that pays: an impatient one, in several processes.
type shop struct {
	payers   []*once.Payer
	customer func(orderID string, chance *rand.Rand) (payment.Continuation, bool)
}

// payAll pays all orders, and returns how often Pay was called.
func (s *shop) payAll(ctx context.Context, reqs []payment.Request, seed uint64) int {
	var wg sync.WaitGroup
	var mu sync.Mutex
	total := 0
	next := make(chan int)
	for range workers {
		wg.Go(func() {
			for i := range next {
				calls := s.press(ctx, reqs[i], rand.New(rand.NewPCG(seed+1, uint64(i))))
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

// press pays one order as an impatient caller does: up to three times, now and then twice at once,
// from any replica, and sometimes leaving in the middle.
func (s *shop) press(ctx context.Context, req payment.Request, chance *rand.Rand) int {
	calls := 0
	for range 3 {
		hands := 1
		if chance.IntN(10) == 0 {
			hands = 2
		}
		var wg sync.WaitGroup
		done := make([]bool, hands)
		for i := range hands {
			payer := s.payers[chance.IntN(len(s.payers))]
			patience := time.Minute
			if chance.IntN(10) == 0 {
				patience = time.Duration(chance.IntN(3000)) * time.Microsecond
			}
			second := rand.New(rand.NewPCG(chance.Uint64(), 0))
			wg.Go(func() { done[i] = s.payOnce(ctx, payer, req, patience, second) })
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
func (s *shop) payOnce(ctx context.Context, payer *once.Payer, req payment.Request, patience time.Duration, chance *rand.Rand) (done bool) {
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
	for range 3 { // rounds that a provider may ask for
		if action := payment.Next(p, err).Action; s.customer == nil || action != payment.NextShowCustomer && !errors.Is(err, payment.ErrNextActionLost) {
			return action == payment.NextDone || action == payment.NextNewRequest || action == payment.NextCallHuman
		}
		second, comes := s.customer(req.OrderID, chance)
		if !comes {
			return true
		}
		a, prepareErr := payer.Prepare(req)
		if prepareErr != nil {
			return false
		}
		p, err = payer.Continue(ctx, a, second)
	}
	return false
}
