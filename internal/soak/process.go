package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/supplierpay/supplierpay-go/internal/faultproxy"
	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/once"
)

// replicated returns the payers of several processes that share the journal.
func replicated(s *site, proxy *faultproxy.Proxy, store *journal, seed uint64) ([]*once.Payer, error) {
	var payers []*once.Payer
	for i := range replicas {
		inner, err := s.payer(proxy.URL, proxy.Transport())
		if err != nil {
			return nil, err
		}
		m := &mortal{timedPayer: inner, chance: rand.New(rand.NewPCG(seed, uint64(3+i))), passed: store.passed}
		var p payment.Payer = m
		if c, ok := inner.(payment.Continuer); ok {
			p = continuing{m, c}
		}
		replica, err := once.New(p, store, once.Name("soak"), once.WithOwner(fmt.Sprintf("replica-%d", i)))
		if err != nil {
			return nil, err
		}
		payers = append(payers, replica)
	}
	return payers, nil
}

// mortal is a payer whose process dies by chance once the answer is there: nobody records it.
type mortal struct {
	timedPayer
	mu     sync.Mutex
	chance *rand.Rand
	passed func() time.Duration
}

// Unwrap implements payment.Unwrapper.
func (m *mortal) Unwrap() payment.Payer { return m.timedPayer }

// errDied is what a process dies of.
var errDied = errors.New("the process died")

// live kills the process now and then.
func (m *mortal) live() {
	m.mu.Lock()
	dies := m.chance.IntN(100) == 0
	m.mu.Unlock()
	if dies {
		panic(errDied)
	}
}

func (m *mortal) Pay(ctx context.Context, req payment.Request) (payment.Payment, error) {
	p, err := m.timedPayer.Pay(ctx, req)
	m.live()
	return p, err
}

// Lookup asks about an attempt as old as the journal takes it for: clients judge by the machine's
// clock, which the soak cannot move.
func (m *mortal) Lookup(ctx context.Context, a payment.Attempt) (payment.Payment, error) {
	d := m.passed()
	a.SentAt = earlier(a.SentAt, d)
	a.Marks = slices.Clone(a.Marks)
	for i := range a.Marks {
		a.Marks[i].At = earlier(a.Marks[i].At, d)
	}
	return m.timedPayer.Lookup(ctx, a)
}

func earlier(t time.Time, d time.Duration) time.Time {
	if t.IsZero() {
		return t
	}
	return t.Add(-d)
}

// continuing is a mortal whose payments have a second step.
type continuing struct {
	*mortal
	continuer payment.Continuer
}

func (c continuing) Continue(ctx context.Context, a payment.Attempt, second payment.Continuation) (payment.Payment, error) {
	p, err := c.continuer.Continue(ctx, a, second)
	c.live()
	return p, err
}
