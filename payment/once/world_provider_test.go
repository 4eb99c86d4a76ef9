package once

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
)

// worldPayment is a payment at the provider. It is shown once it has arrived, which is when its status is not "".
type worldPayment struct {
	id, key string
	status  payment.Status
	fate    payment.Status // what becomes of a pending payment
	taken   int            // how often money was taken for it
}

// worldFlight is a request on its way to the provider, or in its queues.
type worldFlight struct {
	payment *worldPayment
	call    *worldCall
	to      payment.Status // what the request makes of the payment
	until   time.Duration  // it arrives no later
	late    bool           // it may arrive days later, because its answer is a 5xx or is not known
}

// worldAnswer is an answer of the provider to Pay or Continue, as far as the journal must not forget it.
type worldAnswer struct {
	id, code string
}

// land lets a request arrive.
func (w *randomWorld) land(f *worldFlight) {
	w.flights = slices.DeleteFunc(w.flights, func(o *worldFlight) bool { return o == f })
	p := f.payment
	if p.status == payment.Cancelled || p.status == payment.Failed {
		w.log("%s is %s, the request does nothing", p.id, p.status)
		return
	}
	if p.status == payment.Succeeded {
		return // a second step that is sent again takes the same payment, once
	}
	p.status = f.to
	if f.to == payment.Succeeded {
		w.take(p)
	}
	w.log("%s of %s is %s", p.id, p.key, p.status)
}

// take is the one place where money is taken.
func (w *randomWorld) take(p *worldPayment) {
	p.taken++
	w.truth.tookMoney(w, p)
}

// provide lets something happen at the provider.
func (w *randomWorld) provide() {
	var acts []func()
	for _, f := range w.flights {
		acts = append(acts, func() { w.land(f) })
	}
	for _, p := range w.payments {
		switch {
		case p.status == payment.Pending:
			acts = append(acts, func() { w.decidePending(p) })
		case p.status == payment.ActionRequired && !w.continued(p):
			acts = append(acts, func() {
				p.status = payment.Cancelled
				w.log("%s of %s has expired", p.id, p.key)
			})
		}
	}
	if len(acts) > 0 {
		acts[w.rng.IntN(len(acts))]()
	}
}

func (w *randomWorld) decidePending(p *worldPayment) {
	if p.status = p.fate; p.status == payment.Succeeded {
		w.take(p)
	}
	w.log("%s of %s is %s", p.id, p.key, p.status)
}

// continued reports whether a request about the payment is under way.
func (w *randomWorld) continued(p *worldPayment) bool {
	return slices.ContainsFunc(w.flights, func(f *worldFlight) bool { return f.payment == p })
}

// willTake reports whether money was taken for the payment or will be.
func (w *randomWorld) willTake(p *worldPayment) bool {
	return p.taken > 0 || p.status == payment.Pending && p.fate == payment.Succeeded ||
		slices.ContainsFunc(w.flights, func(f *worldFlight) bool {
			pending := f.to == payment.Pending && p.fate == payment.Succeeded
			return f.payment == p && p.status != payment.Cancelled && p.status != payment.Failed && (f.to == payment.Succeeded || pending)
		})
}

// worldPayer is the client of the provider.
type worldPayer struct{ w *randomWorld }

// worldMarkedPayer is one whose first mark the journal writes.
type worldMarkedPayer struct{ worldPayer }

func (*worldMarkedPayer) FirstMark() payment.Mark { return payment.Mark{Step: "open"} }

func (*worldPayer) Provider() string     { return "world" }
func (*worldPayer) Installation() string { return "world.test/1" }

func (*worldPayer) Timing() payment.Timing {
	return payment.Timing{LongestCall: worldLongest, Settling: worldSettling}
}

func (*worldPayer) Prepare(req payment.Request) (payment.Attempt, error) {
	return payment.NewAttempt(req, req.OrderID, nil)
}

func (p *worldPayer) Pay(ctx context.Context, req payment.Request) (payment.Payment, error) {
	return p.w.send(ctx, "Pay", req.Key, nil)
}

func (p *worldPayer) Continue(ctx context.Context, a payment.Attempt, _ payment.Continuation) (payment.Payment, error) {
	for _, pay := range p.w.payments {
		if pay.key == a.Key && pay.status == payment.ActionRequired {
			return p.w.send(ctx, "Continue", a.Key, pay)
		}
	}
	return payment.Payment{}, &payment.Error{Op: "Continue", Outcome: payment.Refused, Kind: payment.ErrOrderNotPayable, Status: 422}
}

// maybePanic panics as a faulty client or driver would.
func (w *randomWorld) maybePanic() {
	if !w.calm && w.chance(w.rules.panics, 1000) {
		if w.running != nil {
			w.running.failed = true
		}
		panic(worldPanic{})
	}
}

// send is a request that moves money. p is the payment that it continues, or nil.
func (w *randomWorld) send(ctx context.Context, op, key string, p *worldPayment) (payment.Payment, error) {
	w.alive()
	c := w.running
	c.entered, c.paying = true, w.spawned
	defer func() { c.paying = 0 }()
	w.maybePanic()
	if w.rules.marks {
		steps := []string{"open", "commit"}
		if op == "Continue" {
			steps = []string{"commit again"}
		}
		for _, step := range steps {
			if err := payment.RecordMark(ctx, payment.Mark{Step: step}); err != nil {
				return payment.Payment{}, err
			}
		}
	}
	w.pause()
	if err := payment.CheckGate(ctx); err != nil {
		w.log("the gate is shut")
		return payment.Payment{}, err
	}
	if p != nil && (p.status == payment.Cancelled || p.status == payment.Failed) {
		return payment.Payment{}, &payment.Error{Op: op, Outcome: payment.Refused, Kind: payment.ErrOrderNotPayable, Status: 422}
	}
	w.sent++
	id := fmt.Sprintf("pay_%d", w.sent)
	if p == nil {
		p = &worldPayment{id: id, key: key}
		w.payments = append(w.payments, p)
	}
	w.truth.sends(w, c, p)
	c.sends, c.inside = append(c.sends, p), true
	pay, err := w.treat(ctx, c, op, p, "e_"+id)
	w.pause()
	w.settleAfterStep(c)
	c.inside = false
	w.maybePanic()
	answer := &worldAnswer{id: pay.ID}
	if e, ok := err.(*payment.Error); ok && err != nil {
		answer.code = e.Code
	}
	c.answer = answer
	w.log("answers %q, %v", pay.Status, err)
	return pay, err
}

// treat decides what becomes of a request, and what its sender is told.
func (w *randomWorld) treat(_ context.Context, c *worldCall, op string, p *worldPayment, code string) (payment.Payment, error) {
	fail := func(o payment.Outcome, kind error, status int) *payment.Error {
		e := &payment.Error{Op: op, Outcome: o, Kind: kind, Status: status}
		if status != 0 {
			e.Code = code
		}
		return e
	}
	fly := func(to payment.Status, lost bool) {
		f := &worldFlight{payment: p, call: c, to: to, until: w.clock + time.Duration(w.rng.Int64N(int64(worldHeld)))}
		if lost && w.rules.lateLost && w.chance(50, 100) {
			f.late, f.until = true, w.clock+time.Duration(w.rng.Int64N(int64(5*24*time.Hour)))
		}
		w.flights = append(w.flights, f)
		if w.chance(50, 100) && !f.late {
			w.land(f)
		}
	}
	p.fate = payment.Succeeded
	if w.chance(50, 100) {
		p.fate = payment.Failed
	}
	answer := payment.Payment{Provider: "world", ID: p.id, OrderID: "ord_1", MatchedBy: payment.MatchedByAnswer}
	if w.rules.noIDs {
		answer.ID = ""
	}
	to := []payment.Status{payment.Succeeded, payment.Succeeded, payment.Pending, payment.ActionRequired}[w.rng.IntN(4)]
	if op == "Continue" && to == payment.ActionRequired {
		to = payment.Succeeded
	}
	n := w.rng.IntN(12)
	w.log("sends %s for %s: %d, %s", p.id, p.key, n, to)
	switch n {
	case 0, 1:
		f := &worldFlight{payment: p, call: c, to: to}
		w.flights = append(w.flights, f)
		w.land(f)
		answer.Status = to
		if to == payment.Succeeded && w.chance(10, 100) {
			return answer, fail(payment.Accepted, payment.ErrAmountMismatch, 200)
		}
		return answer, nil
	case 2, 3, 4:
		fly(to, true)
		return payment.Payment{}, fail(payment.Unknown, nil, 0)
	case 5, 6:
		fly(to, true)
		return payment.Payment{}, fail(payment.Unknown, nil, 503)
	case 7:
		return payment.Payment{}, fail(payment.Unknown, nil, []int{0, 500}[w.rng.IntN(2)]) // the request was lost
	case 8:
		if w.chance(50, 100) && op == "Pay" {
			p.status = payment.Failed // the provider shows the payment that it declined
		}
		if op == "Continue" {
			p.status = payment.Failed
		}
		return payment.Payment{}, fail(payment.Refused, payment.ErrDeclined, 402)
	case 9:
		return payment.Payment{}, fail(payment.Refused, payment.ErrRateLimited, 429)
	case 10:
		return payment.Payment{}, fail(payment.Refused, payment.ErrOrderNotPayable, 422)
	default:
		return payment.Payment{}, fail(payment.NotSent, nil, 0)
	}
}

// Lookup is honest: it shows what has arrived, and says that there is no payment only when it would be right if the
// journal asks after the quiet time.
func (p *worldPayer) Lookup(ctx context.Context, a payment.Attempt) (payment.Payment, error) {
	w := p.w
	w.alive()
	w.pause()
	w.maybePanic()
	c := w.running
	w.truth.asks(a)
	if !w.calm && w.chance(w.rules.unclear, 100) {
		if c != nil {
			c.unclear = true
		}
		errs := []error{
			&payment.Error{Op: "Lookup", Kind: payment.ErrInconclusive, Status: 200},
			&payment.Error{Op: "Lookup", Status: 502},
			&payment.Error{Op: "Lookup", Kind: payment.ErrRateLimited, Status: 429},
			&payment.Error{Op: "Lookup"},
		}
		err := errs[w.rng.IntN(len(errs))]
		w.log("looks up: %v", err)
		return payment.Payment{}, err
	}
	if w.rules.marks && !w.calm && w.chance(20, 100) {
		if err := payment.RecordMark(ctx, payment.Mark{Step: "asked"}); err != nil {
			if c != nil {
				c.unclear = true
			}
			return payment.Payment{}, &payment.Error{Op: "Lookup", Err: err}
		}
	}
	pay, err := w.show(a)
	w.log("looks up: %q %s, %v", pay.Status, pay.ID, err)
	w.pause() // the answer is on its way
	return pay, err
}

// show is what the provider says about an attempt now.
func (w *randomWorld) show(a payment.Attempt) (payment.Payment, error) {
	pay := payment.Payment{Provider: "world", OrderID: "ord_1", MatchedBy: payment.MatchedByMarker}
	if w.rules.byOrder {
		pay.MatchedBy = payment.MatchedByOrder
	}
	best, rank := (*worldPayment)(nil), 0
	for _, p := range w.payments {
		if a.PaymentID == p.id && p.status != "" {
			pay.MatchedBy = payment.MatchedByID
			best = p
			break
		}
		r := 0
		switch {
		case p.key != a.Key && !w.rules.byOrder:
		case p.taken > 0:
			r = 3
		case p.status == payment.Pending || p.status == payment.ActionRequired:
			r = 2
		case p.status == payment.Failed || p.status == payment.Cancelled:
			r = 1
		}
		if r > rank {
			best, rank = p, r
		}
	}
	if best != nil {
		pay.ID, pay.Status = best.id, best.status
		if w.rules.noIDs {
			pay.ID = ""
		}
		return pay, nil
	}
	marked := func(step string) bool { _, ok := a.Marked(step); return ok }
	unsent := w.rules.marks && marked("open") && !marked("commit") && !a.Incomplete
	lost := !a.AnswersKnown() || slices.ContainsFunc(a.Failures, func(f payment.Failure) bool { return f.Status >= 500 })
	if w.rules.lateLost && lost && !unsent {
		return payment.Payment{}, &payment.Error{Op: "Lookup", Kind: payment.ErrInconclusive, Status: 200}
	}
	return payment.Payment{}, &payment.Error{Op: "Lookup", Outcome: payment.Refused, Kind: payment.ErrNoPayment, Status: 404}
}
