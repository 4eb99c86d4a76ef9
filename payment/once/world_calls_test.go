package once

import (
	"context"
	"errors"

	"github.com/supplierpay/supplierpay-go/payment"
)

// call starts a random call of a random process.
func (w *randomWorld) call() {
	live := w.living()
	proc := live[w.rng.IntN(len(live))]
	key := w.rules.keys[w.rng.IntN(len(w.rules.keys))]
	if w.chance(w.rules.persons, 100) {
		w.personCall(proc, key)
		return
	}
	switch n := w.rng.IntN(100); {
	case n < 40:
		another := w.rules.another && w.chance(50, 100)
		w.spawn(proc, "Pay", key, func(ctx context.Context, c *worldCall) {
			req := modelRequest(key)
			req.AllowAnother = another
			pay, err := proc.payer.Pay(ctx, req)
			w.told(c, pay, err)
		})
	case n < 52:
		w.spawn(proc, "Continue", key, func(ctx context.Context, c *worldCall) {
			pay, err := proc.payer.Continue(ctx, payment.Attempt{Key: key}, nil)
			w.told(c, pay, err)
		})
	case n < 70:
		w.spawn(proc, "Lookup", key, func(ctx context.Context, c *worldCall) {
			before := w.rowsOf(key)
			pay, err := proc.payer.Lookup(ctx, payment.Attempt{Key: key})
			w.told(c, pay, err)
			w.toldOfDecision(c, before, pay, err)
		})
	case n < 95:
		w.spawn(proc, "Reconcile", "", func(ctx context.Context, c *worldCall) {
			w.reconcile(ctx, c)
		})
	default:
		w.spawn(proc, "Abandon", key, func(ctx context.Context, c *worldCall) {
			err := proc.payer.Abandon(ctx, key)
			w.log("returns %v", err)
			if err == nil && w.truth.mayTake(w, key, c.began) && !w.truth.excused[key] {
				w.violation("%s is abandoned, and money was or will be taken", key)
			}
		})
	}
}

func (w *randomWorld) reconcile(ctx context.Context, c *worldCall) {
	report, err := c.process.payer.Reconcile(ctx)
	w.log("returns %+v, %v", report, err)
	if w.calm && err != nil && ctx.Err() == nil && !c.failed {
		w.violation("reconcile: %v", err)
	}
}

// personCall starts a decision. Persons look at the provider's books: they see what has arrived, and take what they do not
// see for what will not be. Some are wrong.
func (w *randomWorld) personCall(proc *worldProcess, key string) {
	what := DecideNotTaken
	if w.truth.taken(w, key) > 0 != w.chance(25, 100) {
		what = DecidePaid
	}
	var options []ResolveOption
	if w.chance(30, 100) {
		options = append(options, Early("the order must be settled today"))
	}
	by := []string{"ann", "bob"}[w.rng.IntN(2)]
	p := proc.payer
	calls := map[string]func(context.Context) error{
		"Resolve": func(ctx context.Context) error { return p.Resolve(ctx, key, what, by, "books", options...) },
		"Propose": func(ctx context.Context) error { return p.Propose(ctx, key, what, by, "books", options...) },
		"Confirm": func(ctx context.Context) error { return p.Confirm(ctx, key, by) },
		"Revoke":  func(ctx context.Context) error { return p.Revoke(ctx, key, by, "wrong books") },
	}
	ops := []string{"Resolve", "Resolve", "Resolve", "Revoke", "Propose", "Confirm"}
	if w.rules.fourEyes {
		ops = []string{"Propose", "Confirm", "Propose", "Confirm", "Revoke", "Resolve"}
	}
	op := ops[w.rng.IntN(len(ops))]
	w.spawn(proc, op, key, func(ctx context.Context, c *worldCall) {
		w.log("%s by %s, early %v", what, by, len(options) > 0)
		err := calls[op](ctx)
		w.log("returns %v", err)
		if op == "Resolve" && w.rules.fourEyes && !errors.Is(err, ErrFourEyes) {
			w.violation("one person has decided: %v", err)
		}
	})
}

// told checks what a call of Pay, Continue or Lookup tells its caller.
func (w *randomWorld) told(c *worldCall, pay payment.Payment, err error) {
	w.log("returns %q %s, %v", pay.Status, pay.ID, err)
	t := &w.truth
	if c.nonce != "" && !c.entered && errors.Is(err, payment.ErrJournal) {
		c.process.unsent[c.nonce] = w.spawned
	}
	if c.answer != nil && !errors.Is(err, payment.ErrNotRecorded) {
		t.recorded(w, c)
	}
	if refused(err) {
		for _, p := range c.sends {
			if w.willTake(p) && c.op == "Pay" {
				w.violation("%s: told %v, and this call has taken money", c.op, err)
			}
		}
	}
	paid := err == nil && pay.Paid() || err != nil && payment.OutcomeOf(err) == payment.Accepted
	if paid && t.truthfullyTaken(w, c.key) == 0 && !t.asserted[c.key] {
		w.violation("%s: told paid (%q, %v), and nothing was taken", c.op, pay.Status, err)
	}
	switch next := payment.Next(pay, err); next.Action {
	case payment.NextRetry, payment.NextNewRequest:
		if t.mayTake(w, c.key, c.began) && !t.excused[c.key] {
			w.violation("%s: told to pay again (%s: %v), and money was or will be taken", c.op, next.Action, err)
		}
	}
}

// toldOfDecision checks that Lookup answers by a person's decision when the provider proves nothing.
func (w *randomWorld) toldOfDecision(c *worldCall, before []Row, pay payment.Payment, err error) {
	after := w.rowsOf(c.key)
	if c.failed || len(before) != 1 || len(after) != 1 || !w.truth.decided[c.key] {
		return
	}
	row := after[0]
	if before[0].standing() != decided || row.standing() != decided || before[0].BeganAt != row.BeganAt {
		return
	}
	asked := errors.Is(err, payment.ErrRateLimited) || payment.OutcomeOf(err) == payment.Unknown && !errors.Is(err, payment.ErrInconclusive)
	failed := byStatus(pay.Status) == foundRefused
	if !asked && !failed && !errors.Is(err, payment.ErrNoPayment) {
		w.violation("%s: a person has decided that nothing was taken, and the answer is %v", c.op, err)
	}
}
