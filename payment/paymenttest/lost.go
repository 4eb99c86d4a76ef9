package paymenttest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/supplierpay/supplierpay-go/internal/faultproxy"
	"github.com/supplierpay/supplierpay-go/payment"
)

// This file has the cases about attempts of which the journal does not know everything.

// unread returns the attempt as it is in the journal of a process that died before it had the
// answer.
func unread(a payment.Attempt) payment.Attempt {
	a.Answered, a.Failures, a.PaymentID = false, nil, ""
	return a
}

// age is how long ago a payment is in a question that comes late.
const age = 30 * 24 * time.Hour

// aged returns the attempt as one of some weeks ago: no payment of it is on its way any more.
func aged(a payment.Attempt) payment.Attempt {
	a.SentAt = a.SentAt.Add(-age)
	a.Marks = slices.Clone(a.Marks)
	for i := range a.Marks {
		a.Marks[i].At = a.Marks[i].At.Add(-age)
	}
	return a
}

// unreadAnswer asks about payments of which nobody knows what the provider answered. It may have
// been any of some bad answers, so what does not prove the absence of a payment after each of them
// does not prove it here either.
func (b *bench) unreadAnswer(seq sequence) {
	payer := b.newPayer()
	// Each question is about another order: a payer may close what it finds open, so that a second
	// question sees less.
	ask := func(when string, status int, keep func(payment.Attempt) payment.Attempt) (noPayment bool) {
		b.onPayment(seq, faultproxy.Fault{Skip: true, Answer: faultproxy.Page(status)})
		g := b.pay(context.Background(), payer, b.h.Place(), payment.Hooks{})
		b.plan(faultproxy.Plan{})
		b.drain()
		b.judge(g)
		if b.h.End != nil {
			b.h.End(g.req.OrderID)
		}
		q := b.lookup(when, payer, aged(keep(g.attempt)), seq)
		b.judgeLookup(q, len(b.h.Taken(g.req.OrderID)) > 0)
		return errors.Is(q.err, payment.ErrNoPayment)
	}
	known := func(a payment.Attempt) payment.Attempt { return a }
	for _, status := range []int{http.StatusInternalServerError, http.StatusServiceUnavailable, http.StatusConflict, http.StatusLocked} {
		after := fmt.Sprintf("after an answer of %d", status)
		if ask(after, status, known) {
			continue
		}
		for when, keep := range map[string]func(payment.Attempt) payment.Attempt{
			"of a process that died before it had the answer": unread,
			"after a call that ended without a result":        func(a payment.Attempt) payment.Attempt { return unread(a).Unanswered() },
			"of a row whose answers may be missing": func(a payment.Attempt) payment.Attempt {
				a = unread(a)
				a.Answered, a.Incomplete = true, true
				return a
			},
		} {
			if ask(when, status, keep) {
				b.errorf("Lookup %s said that no payment was or will be taken, and does not say so %s", when, after)
			}
		}
	}

	req := b.h.Place()
	before := b.snapshot(req)
	b.onPayment(seq, faultproxy.Fault{Cut: faultproxy.BeforeAnswer})
	g := b.pay(context.Background(), payer, req, payment.Hooks{})
	b.drain()
	b.judge(g)
	taken := len(b.h.Taken(req.OrderID)) > 0
	b.freeze(before)
	b.judgeLookup(b.lookup("of a process that died, while the provider's reads lag,", payer, unread(g.attempt), seq), taken)
	b.plan(faultproxy.Plan{})
	q := b.lookup("of a process that died", payer, unread(g.attempt), seq)
	b.judgeLookup(q, taken)
	if len(b.h.Taken(req.OrderID)) == 1 {
		b.demandFound(q)
	}
}

// marksMissing asks about payments whose last marks and answers are lost, as after a fail-over of
// the journal's database: about some that were taken and some that are still under way.
func (b *bench) marksMissing(seq sequence) {
	payer := b.newPayer()
	for kept := 0; ; kept++ {
		b.markMissing(payer, seq, kept, false)
		if made := b.markMissing(payer, seq, kept, true); kept >= made {
			return
		}
	}
}

// markMissing asks about a payment of which the first marks are kept, and returns how many it had.
func (b *bench) markMissing(payer payment.Payer, seq sequence, kept int, late bool) (made int) {
	req := b.h.Place()
	before := b.snapshot(req)
	arrive := make(chan struct{})
	do := faultproxy.Fault{Cut: faultproxy.BeforeAnswer}
	if late {
		do = faultproxy.Fault{Late: arrive}
	}
	b.onPayment(seq, do)
	g := b.pay(context.Background(), payer, req, payment.Hooks{})
	made = len(g.attempt.Marks)
	a := unread(g.attempt)
	a.Marks, a.Incomplete = a.Marks[:min(kept, made)], true
	when := fmt.Sprintf("with %d of %d marks", len(a.Marks), made)
	var questions []asked
	if late {
		b.plan(faultproxy.Plan{})
		questions = append(questions, b.lookup(when+", while the payment was under way,", payer, a, seq))
	}
	close(arrive)
	b.drain()
	b.freeze(before)
	questions = append(questions, b.lookup(when+", while the provider's reads lag,", payer, aged(a), seq))
	b.plan(faultproxy.Plan{})
	questions = append(questions, b.lookup(when, payer, aged(a), seq))
	b.judge(g)
	for _, q := range questions {
		b.judgeLookup(q, len(b.h.Taken(req.OrderID)) > 0)
	}
	return made
}

// earlierAttempt loses a payment on its way, pays again with the same key, and asks about both
// attempts. Lookup may find the second payment for the first attempt, since some providers show no
// more than the order. It must not give that payment another id: a journal would take it for
// another payment.
func (b *bench) earlierAttempt(seq sequence) {
	payer := b.newPayer()
	req := b.h.Place()
	b.onPayment(seq, faultproxy.Fault{Cut: faultproxy.BeforeActing})
	first := b.pay(context.Background(), payer, req, payment.Hooks{})
	b.plan(faultproxy.Plan{})
	b.drain()
	b.judge(first)
	if len(b.h.Taken(req.OrderID)) > 0 {
		return // it had been paid before the request that was lost
	}
	second := b.pay(context.Background(), payer, req, payment.Hooks{})
	b.drain()
	b.judge(second)
	if second.err != nil || !second.p.Paid() || second.p.ID == "" {
		return
	}
	unnamed := second.attempt
	unnamed.PaymentID = ""
	for when, a := range map[string]payment.Attempt{
		"of an earlier attempt": first.attempt, "of the paid attempt": second.attempt, "of the paid attempt without its id": unnamed,
	} {
		q := b.lookup(when, payer, a, seq)
		b.judgeLookup(q, true)
		if q.err == nil && q.p.Paid() && q.p.ID != "" && q.p.ID != second.p.ID {
			b.errorf("Lookup %s found the payment %q and named it %q", when, second.p.ID, q.p.ID)
		}
	}
}
