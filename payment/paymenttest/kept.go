package paymenttest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/supplierpay/supplierpay-go/internal/faultproxy"
	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/once"
)

// This file has the cases in which a journal of package once keeps the payments of the payer.

// kept is a payer inside a journal.
type kept struct {
	*bench
	payer   payment.Payer
	journal *once.Payer
	store   *once.Memory
}

// keep puts a new payer into a new journal. It reports nil when package once does not take the
// payer.
func (b *bench) keep() *kept {
	k := &kept{bench: b, payer: b.newPayer(), store: once.NewMemory()}
	var err error
	if k.journal, err = once.New(k.payer, k.store, once.Name("paymenttest")); err != nil {
		b.errorf("package once refuses the payer: %v", err)
		return nil
	}
	return k
}

// payKept pays through the journal, with the second step if there is one.
func (k *kept) payKept(req payment.Request) (p payment.Payment, err error) {
	k.call("Pay", func() { p, err = k.journal.Pay(context.Background(), req) })
	k.heard(p, err)
	if err == nil && p.Status == payment.ActionRequired && k.h.Continue != nil {
		return k.continueKept(context.Background(), k.journal, req, p)
	}
	return p, err
}

// continueKept takes the second step, of the journal or of the payer inside it.
func (k *kept) continueKept(ctx context.Context, payer payment.Payer, req payment.Request, first payment.Payment) (p payment.Payment, err error) {
	rows := k.rows(req)
	if len(rows) == 0 {
		return p, nil
	}
	a := rows[len(rows)-1].Attempt
	k.call("Continue", func() { p, err = k.h.Continue(ctx, payer, a, first) })
	k.heard(p, err)
	return p, err
}

func (k *kept) lookupKept(req payment.Request) (p payment.Payment, err error) {
	k.call("Lookup", func() { p, err = k.journal.Lookup(context.Background(), payment.Attempt{Key: req.Key}) })
	k.heard(p, err)
	return p, err
}

func (k *kept) reconcile() {
	var err error
	k.call("Reconcile", func() { _, err = k.journal.Reconcile(context.Background()) })
	if err != nil {
		k.errorf("Reconcile: %v", err)
	}
}

func (k *kept) rows(req payment.Request) []once.Row {
	rows, err := k.journal.Get(context.Background(), req.Key)
	if err != nil || len(rows) == 0 {
		k.errorf("the journal has no row of the key: %v", err)
	}
	return rows
}

// settle lets the time pass after which a decision is no longer too early.
func (k *kept) settle() {
	t := k.journal.Timing()
	k.store.Advance(2*(t.LongestCall+t.Settling) + time.Hour)
}

// release has a person decide that nothing was taken for the key. It reports whether the key can be
// paid again.
func (k *kept) release(req payment.Request) bool {
	rows := k.rows(req)
	if len(rows) == 0 || !rows[0].State.Unresolved() {
		return len(rows) > 0 && rows[0].State == once.Released
	}
	if err := k.journal.Resolve(context.Background(), req.Key, once.DecideNotTaken, "paymenttest", "nothing was taken"); err != nil {
		k.errorf("Resolve of a row that is %s: %v", rows[0].State, err)
		return false
	}
	return true
}

// twoAttempts loses a payment on its way, has a person release the key and pays again. The key is
// paid once: whatever the payer then says of the first attempt must not make a conflict of it.
func (b *bench) twoAttempts(seq sequence) {
	k := b.keep()
	if k == nil {
		return
	}
	req := b.h.Place()
	b.onPayment(seq, faultproxy.Fault{Cut: faultproxy.BeforeActing})
	_, _ = k.payKept(req) // the row says what came of it
	b.plan(faultproxy.Plan{})
	b.drain()
	k.settle()
	if len(b.h.Taken(req.OrderID)) > 0 || !k.release(req) {
		return
	}
	p, err := k.payKept(req)
	b.drain()
	if err != nil || !p.Paid() {
		return // a provider may have closed the order when the first payment was lost
	}
	for range 2 {
		k.store.Advance(25 * time.Hour)
		k.reconcile()
		if p, err = k.lookupKept(req); err != nil || !p.Paid() {
			b.errorf("the key was paid, and the journal says %s", outcome(p, err))
		}
	}
	for _, row := range k.rows(req) {
		if row.State == once.Conflict {
			b.errorf("the key was paid once, and attempt %d of it is in conflict, with the payment %+v", row.N, row.Payment)
		}
	}
	if taken := b.h.Taken(req.OrderID); len(taken) != 1 {
		b.errorf("the journal says that the key was paid, and the ledger has %v", taken)
	}
}

// takenLater has a person release the key of a payment that arrives after that. The payer's Lookup
// must show it, so that the journal sees the conflict.
func (b *bench) takenLater(seq sequence) {
	k := b.keep()
	if k == nil {
		return
	}
	req := b.h.Place()
	arrive := make(chan struct{})
	b.onPayment(seq, faultproxy.Fault{Late: arrive})
	_, _ = k.payKept(req) // the row says what came of it
	b.plan(faultproxy.Plan{})
	k.settle()
	if released := k.release(req); released {
		p, err := k.lookupKept(req)
		if next := payment.Next(p, err).Action; !errors.Is(err, payment.ErrNoPayment) || next != payment.NextRetry {
			b.errorf("a person released the key, and Lookup says %s, which means %s", outcome(p, err), next)
		}
	}
	close(arrive)
	b.drain()
	if len(b.h.Taken(req.OrderID)) == 0 || !b.h.can(FindPayment) {
		return
	}
	k.store.Advance(48 * time.Hour)
	k.reconcile()
	if rows := k.rows(req); len(rows) > 0 && rows[0].State != once.Conflict {
		b.errorf("money was taken for a key that a person had released, and Reconcile left the row %s", rows[0].State)
	}
	p, err := k.lookupKept(req)
	if next := payment.Next(p, err).Action; !errors.Is(err, payment.ErrDoublePaymentRisk) || next != payment.NextCallHuman {
		b.errorf("money was taken for a key that a person had released, and the journal says %s, which means %s", outcome(p, err), next)
	}
	_, _ = k.payKept(req) // the ledger says what came of it
	b.drain()
	if taken := b.h.Taken(req.OrderID); len(taken) != 1 {
		b.errorf("a key in conflict was paid again: %v", taken)
	}
}

// secondStep breaks the second step of a payment. The first step stands, and the customer can come
// back: as long as the payment can be completed, nothing may allow another one.
func (b *bench) secondStep(seq sequence) {
	b.stepForbidden(seq)
	for _, status := range []int{400, 403, 404, 409, 422, 429, 500, 503} {
		b.stepBroken(seq, fmt.Sprintf("a gateway answered %d", status), faultproxy.Fault{Skip: true, Answer: faultproxy.Page(status)})
	}
	b.stepBroken(seq, "the connection was closed", faultproxy.Fault{Cut: faultproxy.BeforeActing})
}

// firstStep pays an order in a new journal, up to the point where the customer has to act.
func (b *bench) firstStep() (*kept, payment.Request, payment.Payment) {
	k := b.keep()
	if k == nil {
		return nil, payment.Request{}, payment.Payment{}
	}
	req := b.h.Place()
	var first payment.Payment
	var err error
	k.call("Pay", func() { first, err = k.journal.Pay(context.Background(), req) })
	k.heard(first, err)
	if err != nil || first.Status != payment.ActionRequired {
		return nil, req, first
	}
	return k, req, first
}

// stepForbidden forbids the second step, and takes it again.
func (b *bench) stepForbidden(seq sequence) {
	k, req, first := b.firstStep()
	if k == nil {
		return
	}
	forbidden := payment.WithHooks(context.Background(), payment.Hooks{Gate: func() error { return errForbidden }})
	p, err := k.continueKept(forbidden, k.journal, req, first)
	b.adviseStep("it was forbidden", payment.Next(p, err))
	p, err = k.continueKept(context.Background(), k.journal, req, first)
	b.drain()
	if err != nil || p.Status != seq.p.Status {
		b.errorf("a second step that was forbidden was taken again: %s, want %s", outcome(p, err), outcome(seq.p, nil))
	}
	if taken := b.h.Taken(req.OrderID); len(taken) > 1 {
		b.errorf("the money was taken %d times: %v", len(taken), taken)
	}
}

// stepBroken breaks the second step, and takes it again without the journal.
func (b *bench) stepBroken(seq sequence, why string, do faultproxy.Fault) {
	k, req, first := b.firstStep()
	if k == nil {
		return
	}
	b.onPayment(seq, do)
	p, err := k.continueKept(context.Background(), k.journal, req, first)
	b.plan(faultproxy.Plan{})
	b.drain()
	q, lookupErr := k.lookupKept(req)
	if len(b.h.Taken(req.OrderID)) == 0 {
		// The ledger says what came of it.
		_, _ = k.continueKept(context.Background(), k.payer, req, first)
		b.drain()
	}
	if len(b.h.Taken(req.OrderID)) > 0 {
		b.adviseStep(why, payment.Next(p, err))
		b.adviseStep(why+", and Lookup was asked", payment.Next(q, lookupErr))
	}
}

// adviseStep complains about the advice to pay anew after a second step that could be taken again.
func (b *bench) adviseStep(why string, next payment.NextStep) {
	if next.Action == payment.NextRetry || next.Action == payment.NextNewRequest {
		b.errorf("the second step: %s, which led to %q, and the payment could still be completed", why, next.Action)
	}
}
