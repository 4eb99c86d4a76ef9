package paymenttest

import (
	"context"
	"errors"
	"sync"

	"github.com/supplierpay/supplierpay-go/payment"
)

// errForbidden is what the suite's journal forbids a step with.
var errForbidden = errors.New("paymenttest: the journal forbids it")

// mostHooks bounds how often Pay is expected to ask its journal.
const mostHooks = 60

// limit is a journal that forbids all that it is asked after the first few.
type limit struct {
	b       *bench
	order   string
	allowed int

	mu    sync.Mutex
	asked int
	taken int // for the order, when it first forbade; 0 if it never allowed anything
}

func (l *limit) ask() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.asked++; l.asked <= l.allowed {
		return nil
	}
	if l.asked == l.allowed+1 && l.allowed > 0 {
		l.taken = len(l.b.h.Taken(l.order))
	}
	return errForbidden
}

// gate forbids payments at the first question of the gate, then at the second, and so on until Pay
// asks no more.
func (b *bench) gate(seq sequence) {
	asked := b.forbid(seq, "the gate", func(l *limit) payment.Hooks { return payment.Hooks{Gate: l.ask} })
	if asked == 0 {
		b.errorf("Pay moves money without asking the gate")
	}
}

// mark fails to record the first mark, then the second, and so on until Pay makes no more.
func (b *bench) mark(seq sequence) {
	b.forbid(seq, "the mark", func(l *limit) payment.Hooks {
		return payment.Hooks{Mark: func(context.Context, payment.Mark) error { return l.ask() }}
	})
}

// forbid pays under a limit of nothing, of one and so on, and returns how often a payment asks when
// it may.
func (b *bench) forbid(seq sequence, who string, hooks func(*limit) payment.Hooks) int {
	payer := b.newPayer()
	for allowed := range mostHooks {
		req := b.h.Place()
		l := &limit{b: b, order: req.OrderID, allowed: allowed}
		g := b.pay(context.Background(), payer, req, hooks(l))
		b.drain()
		b.judge(g)
		l.mu.Lock()
		asked, before := l.asked, l.taken
		l.mu.Unlock()
		if asked <= allowed {
			return asked
		}
		if allowed == 0 {
			b.demandStopped(seq, g, who)
		}
		if taken := b.h.Taken(req.OrderID); len(taken) > before {
			b.errorf("%s forbade question %d, and %v was taken all the same", who, allowed+1, taken[before:])
		}
	}
	return mostHooks
}

// demandStopped checks a payment that was forbidden from the start.
func (b *bench) demandStopped(seq sequence, g *paying, who string) {
	if g.err == nil || payment.OutcomeOf(g.err) != payment.NotSent {
		b.errorf("%s forbade the payment, and Pay said %s, want an error that is NotSent", who, outcome(g.p, g.err))
	}
	if n := len(g.requests(b)); n >= len(seq.steps) {
		b.errorf("%s forbade the payment, and %d requests were sent", who, n)
	}
}
