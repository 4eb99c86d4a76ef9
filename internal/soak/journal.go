package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/supplierpay/supplierpay-go/payment/once"
)

// journal is a store that fails by chance, after it has done its work or instead of it.
type journal struct {
	*once.Memory
	mu     sync.Mutex
	chance *rand.Rand
	rough  bool
	gone   time.Duration
	faults int
}

var errDown = errors.New("the journal is down")

// fails throws the dice: one call in two hundred fails, and half of them when the work is done.
func (j *journal) fails() (before, after bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if !j.rough || j.chance.IntN(200) > 0 {
		return false, false
	}
	j.faults++
	before = j.chance.IntN(2) == 0
	return before, !before
}

func (j *journal) Begin(ctx context.Context, row once.Row, terms once.Terms) (once.Begun, error) {
	before, after := j.fails()
	if before {
		return once.Begun{}, errDown
	}
	begun, err := j.Memory.Begin(ctx, row, terms)
	if after {
		return once.Begun{}, errDown
	}
	return begun, err
}

func (j *journal) Update(ctx context.Context, row once.Row, terms once.Terms) (once.Row, error) {
	before, after := j.fails()
	if before {
		return once.Row{}, errDown
	}
	stored, err := j.Memory.Update(ctx, row, terms)
	if after {
		return once.Row{}, errDown
	}
	return stored, err
}

// calm ends the faults.
func (j *journal) calm() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.rough = false
}

// pass lets time pass.
func (j *journal) pass(d time.Duration) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.gone += d
	j.Advance(d)
}

// passed is how much time has passed beside the real one.
func (j *journal) passed() time.Duration {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.gone
}
