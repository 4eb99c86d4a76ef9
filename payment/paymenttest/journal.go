package paymenttest

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/supplierpay/supplierpay-go/payment"
)

// errForbidden is what the suite's journal forbids a step with.
var errForbidden = errors.New("paymenttest: the journal forbids it")

// mostHooks bounds how often Pay is expected to ask its journal.
const mostHooks = 60

// gate forbids payments at the first question of the gate, then at the second, and so on until Pay asks no more.
func (b *bench) gate(seq sequence) {
	payer := b.newPayer()
	for allowed := range int64(mostHooks) {
		var asked atomic.Int64
		g := b.pay(context.Background(), payer, b.h.Place(), payment.Hooks{Gate: func() error {
			if asked.Add(1) > allowed {
				return errForbidden
			}
			return nil
		}})
		b.drain()
		b.judge(g)
		switch n := asked.Load(); {
		case n == 0:
			b.errorf("Pay moves money without asking the gate")
			return
		case n <= allowed:
			return
		case allowed == 0:
			b.demandStopped(seq, g, "the gate")
		}
	}
}

// mark fails to record the first mark, then the second, and so on until Pay makes no more.
func (b *bench) mark(seq sequence) {
	payer := b.newPayer()
	for allowed := range int64(mostHooks) {
		var made atomic.Int64
		g := b.pay(context.Background(), payer, b.h.Place(), payment.Hooks{Mark: func(context.Context, payment.Mark) error {
			if made.Add(1) > allowed {
				return errForbidden
			}
			return nil
		}})
		b.drain()
		b.judge(g)
		switch n := made.Load(); {
		case n <= allowed:
			return
		case allowed == 0:
			b.demandStopped(seq, g, "the mark")
		}
	}
}

// demandStopped checks a payment that was forbidden from the start.
func (b *bench) demandStopped(seq sequence, g *paying, who string) {
	if g.err == nil || payment.OutcomeOf(g.err) != payment.NotSent {
		b.errorf("%s forbade the payment, and Pay said %s, want an error that is NotSent", who, outcome(g.p, g.err))
	}
	if taken := b.h.Taken(g.req.OrderID); len(taken) > 0 {
		b.errorf("%s forbade the payment, and %v was taken", who, taken)
	}
	if n := len(g.requests(b)); n >= len(seq.steps) {
		b.errorf("%s forbade the payment, and %d requests were sent", who, n)
	}
}
