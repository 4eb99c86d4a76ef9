package once

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"

	"github.com/supplierpay/supplierpay-go/payment"
)

// maxRounds bounds how often a call starts over because others changed the key's rows.
const maxRounds = 20

// Pay pays req unless its key has been paid, or may have been. The package documentation has the table. Beside the
// payer's own errors these come from here:
//
//   - [payment.ErrInProgress], Unknown: another caller is paying under this key right now, or has begun another attempt.
//   - [payment.ErrKeyReused], NotSent: the key belongs to another request.
//   - [payment.ErrScopeHeld], NotSent, with a [ScopeHeldError]: another key has paid the order, or may have.
//   - [payment.ErrNotRecorded]: the answer is returned, but the store could not be told; Reconcile repairs the row.
//   - [payment.ErrNextActionLost], Unknown: the customer's next step was never stored.
//   - [payment.ErrDoublePaymentRisk], Accepted: a person must look.
//   - the store's error, NotSent: it could not be read, and nothing was sent.
func (p *Payer) Pay(ctx context.Context, req payment.Request) (payment.Payment, error) {
	a, err := p.prepare(req)
	if err != nil {
		return payment.Payment{}, err
	}
	for range maxRounds {
		s, rows, err := p.begin(ctx, a, req.AllowAnother)
		if err != nil {
			return payment.Payment{}, err
		}
		if s != nil {
			return s.run(ctx, func(ctx context.Context) (payment.Payment, error) { return p.payer.Pay(ctx, req) })
		}
		pay, err, released := p.resume(ctx, decisive(rows))
		if !released {
			return pay, err
		}
	}
	return payment.Payment{}, p.inProgress(opPay)
}

// begin opens the key's next attempt, or returns the rows that stand against it.
func (p *Payer) begin(ctx context.Context, a payment.Attempt, another bool) (*session, []Row, error) {
	row := Row{Name: p.name, Attempt: a, AllowAnother: another, Nonce: rand.Text(), Owner: p.owner}
	asked := p.now()
	begun, err := p.store.Begin(ctx, row, p.terms())
	if err != nil {
		mine, found := p.readBack(ctx, row)
		if !found {
			return nil, nil, p.fault(opPay, payment.NotSent, nil, "the journal could not be asked, and nothing was sent", err)
		}
		begun = Begun{Rows: []Row{mine}}
	}
	// The row itself says whether it is ours to pay with. A driver that repeats the statement on a fresh connection says
	// that a row stands against us, and it is our own; and a store that has lost rows may write ours as Unknown, to be
	// asked about first.
	started := slices.IndexFunc(begun.Rows, func(r Row) bool { return r.Nonce == row.Nonce && r.State == Started })
	switch h := begun.Holder; {
	case started >= 0:
		p.tell(ctx, "", begun.Rows[started])
		return p.newSession(opPay, asked, begun.Rows[started]), nil, nil
	case h != nil:
		return nil, nil, p.fault(opPay, payment.NotSent, payment.ErrScopeHeld, "nothing was sent",
			&ScopeHeldError{Scope: h.Attempt.Scope, Key: h.Attempt.Key, State: h.State})
	case reusedBy(begun.Rows, a.Digest):
		return nil, nil, p.keyReused(opPay, payment.NotSent)
	case len(begun.Rows) == 0:
		return nil, nil, p.fault(opPay, payment.NotSent, nil, "the journal neither began nor said why", nil)
	default:
		return nil, begun.Rows, nil
	}
}

// readBack settles a lost answer of Begin, or of the write that begins Continue: the row with our nonce is there, or it
// is not. It does not end with the caller's context, because a row that is there and not known stands in the key's way.
func (p *Payer) readBack(ctx context.Context, row Row) (Row, bool) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tryTimeout)
	defer cancel()
	rows, err := p.store.Rows(ctx, p.name, row.Attempt.Key)
	i := slices.IndexFunc(rows, func(r Row) bool { return r.Nonce == row.Nonce })
	if err != nil || i < 0 {
		return Row{}, false
	}
	return rows[i], true
}

// resume answers for a row that stands against a new attempt. It reports released when the row no longer does.
func (p *Payer) resume(ctx context.Context, row Row) (pay payment.Payment, err error, released bool) {
	if row.State == Released {
		return payment.Payment{}, nil, true // released between the store's look at it and ours
	}
	if !row.State.askable() {
		pay, err = p.settled(opPay, row)
		return pay, err, false
	}
	taken, err := p.take(ctx, opPay, row)
	if err != nil {
		return row.lastPayment(), err, false
	}
	waited := taken.waits()
	after, v, err := p.ask(ctx, opPay, taken)
	switch {
	case err != nil:
		return v.payment, err, false
	case after.State == Released:
		return payment.Payment{}, nil, true
	case after.State == Failed:
		pay, err = p.failed(ctx, opPay, after)
		return pay, err, false
	case after.State == Open && (waited || after.waits()) && v.payment.Next == nil:
		cause := v.err
		if errors.Is(cause, payment.ErrNoPayment) {
			cause = nil
		}
		return after.lastPayment(), p.fault(opPay, payment.Unknown, payment.ErrNextActionLost, "", cause), false
	default:
		pay, err = p.reply(after, v)
		return pay, err, false
	}
}
