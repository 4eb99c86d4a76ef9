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

// journal is a store that fails by chance, after it has done its work or instead of it, and whose clock can be moved on.
type journal struct {
	once.Store
	mu     sync.Mutex
	chance *rand.Rand
	rough  bool
	ahead  time.Duration
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
	begun, err := j.Store.Begin(ctx, row, terms)
	if after {
		return once.Begun{}, errDown
	}
	j.stamp(begun.Rows)
	if begun.Holder != nil {
		holder := []once.Row{*begun.Holder}
		j.stamp(holder)
		begun.Holder = &holder[0]
	}
	return begun, err
}

func (j *journal) Update(ctx context.Context, row once.Row, terms once.Terms) (once.Row, error) {
	before, after := j.fails()
	if before {
		return once.Row{}, errDown
	}
	stored, err := j.Store.Update(ctx, row, terms)
	if after {
		return once.Row{}, errDown
	}
	rows := []once.Row{stored}
	j.stamp(rows)
	return rows[0], err
}

func (j *journal) Rows(ctx context.Context, name, key string) ([]once.Row, error) {
	rows, err := j.Store.Rows(ctx, name, key)
	j.stamp(rows)
	return rows, err
}

func (j *journal) Unresolved(ctx context.Context, name string, after once.Position, limit int) ([]once.Row, error) {
	rows, err := j.Store.Unresolved(ctx, name, after, limit)
	j.stamp(rows)
	return rows, err
}

// stamp shows rows at the moved time: leases and quiet times then end early.
func (j *journal) stamp(rows []once.Row) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for i := range rows {
		rows[i].Now = rows[i].Now.Add(j.ahead)
	}
}

// calm ends the faults and moves the clock on.
func (j *journal) calm(d time.Duration) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.rough = false
	j.ahead += d
}

// mortal is a payer whose process dies by chance once the answer is there: nobody records it.
type mortal struct {
	payment.Payer
	mu     *sync.Mutex
	chance *rand.Rand
}

// errDied is what a process dies of.
var errDied = errors.New("the process died")

func (m mortal) Pay(ctx context.Context, req payment.Request) (payment.Payment, error) {
	p, err := m.Payer.Pay(ctx, req)
	m.mu.Lock()
	dies := m.chance.IntN(100) == 0
	m.mu.Unlock()
	if dies {
		panic(errDied)
	}
	return p, err
}
