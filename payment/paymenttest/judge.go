package paymenttest

import (
	"context"
	"errors"

	"github.com/supplierpay/supplierpay-go/payment"
)

// judge compares what Pay said with the ledger, which must stand still.
func (b *bench) judge(g *paying) {
	taken := b.h.Taken(g.req.OrderID)
	said := outcome(g.p, g.err)
	if len(taken) > 1 {
		b.errorf("the money was taken %d times: %v; Pay said %s", len(taken), taken, said)
	}
	for _, m := range taken {
		if !m.Equal(g.req.Amount) {
			b.errorf("%v was taken, and %v asked for", m, g.req.Amount)
		}
	}
	b.judgeOne(g, len(taken) > 0)
}

// judgeOne compares what Pay said with whether the ledger has the money.
func (b *bench) judgeOne(g *paying, taken bool) {
	switch said := outcome(g.p, g.err); verdictOf(g.p, g.err) {
	case mustHave:
		if !taken {
			b.errorf("Pay said %s, and nothing was taken", said)
		}
	case mustNotHave:
		if taken {
			b.errorf("Pay said %s, and the money was taken", said)
		}
	}
	if g.p.OrderID != "" && g.p.OrderID != g.req.OrderID {
		b.errorf("Pay for order %q returned a payment of order %q", g.req.OrderID, g.p.OrderID)
	}
	b.checkError("Pay", g.err)
}

// verdict is what a ledger must have for an answer to be true.
type verdict int

const (
	mayHave verdict = iota
	mustHave
	mustNotHave
)

func verdictOf(p payment.Payment, err error) verdict {
	if err != nil {
		switch payment.OutcomeOf(err) {
		case payment.NotSent, payment.Refused:
			return mustNotHave
		case payment.Accepted:
			return mustHave
		default:
			return mayHave
		}
	}
	switch p.Status {
	case payment.Succeeded, payment.Partial, payment.Reversed:
		return mustHave
	case payment.Failed, payment.Cancelled:
		return mustNotHave
	default:
		return mayHave
	}
}

// checkError demands what every error must be.
func (b *bench) checkError(op string, err error) {
	if err == nil {
		return
	}
	var e *payment.Error
	if !errors.As(err, &e) && payment.OutcomeOf(err) != payment.Unknown {
		b.errorf("%s: no *payment.Error in %v", op, err)
	}
	if hasBreak(err.Error()) {
		b.errorf("%s: the error has more than one line: %q", op, err.Error())
	}
}

// asked is one answer of Lookup.
type asked struct {
	when string
	p    payment.Payment
	err  error
}

// lookup asks the payer about the attempt, which must send no payment.
func (b *bench) lookup(when string, payer payment.Payer, a payment.Attempt, seq sequence) asked {
	first := b.arrived()
	q := asked{when: when}
	b.call("Lookup", func() { q.p, q.err = payer.Lookup(context.Background(), a) })
	b.heard(q.p, q.err)
	b.checkError("Lookup", q.err)
	for _, r := range seq.paying(b.since(first)) {
		b.errorf("Lookup %s sent %s %s, which moves money", when, r.method, r.uri)
	}
	return q
}

// judgeLookup compares what Lookup said with what the ledger has in the end.
func (b *bench) judgeLookup(q asked, taken bool) {
	said := outcome(q.p, q.err)
	noPayment := errors.Is(q.err, payment.ErrNoPayment)
	switch outcome := payment.OutcomeOf(q.err); {
	case noPayment && taken:
		b.errorf("Lookup %s said that no payment was or will be taken, and it was: %v", q.when, q.err)
	case noPayment && outcome != payment.Refused:
		b.errorf("Lookup %s: ErrNoPayment with outcome %v, want refused", q.when, outcome)
	case q.err != nil && !noPayment && outcome != payment.Unknown && outcome != payment.Accepted:
		b.errorf("Lookup %s: outcome %v, want unknown: %v", q.when, outcome, q.err)
	case verdictOf(q.p, q.err) == mustHave && !taken:
		b.errorf("Lookup %s said %s, and nothing was taken", q.when, said)
	case q.err == nil && verdictOf(q.p, nil) == mustNotHave && taken:
		b.errorf("Lookup %s said %s, and the money was taken", q.when, said)
	}
}

// demandFound complains unless Lookup found the payment that the ledger has.
func (b *bench) demandFound(q asked) {
	if b.h.can(FindPayment) && (q.err != nil || !q.p.Paid()) {
		b.errorf("Lookup %s: %s, and the ledger has the money", q.when, outcome(q.p, q.err))
	}
}
