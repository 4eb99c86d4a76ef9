package once

import (
	"context"
	"errors"

	"github.com/supplierpay/supplierpay-go/payment"
)

// take takes the lease of a row that can still be asked about. Its errors are Unknown.
func (p *Payer) take(ctx context.Context, op string, row Row) (Row, error) {
	if row.Leased() {
		return Row{}, p.inProgress(op)
	}
	next := row.clone()
	next.Owner = p.owner
	if next.State == Started {
		next.State, next.Why = Unknown, whyLeaseOver
	}
	taken, err := p.store.Update(ctx, next, Terms{Lease: p.lease})
	switch {
	case errors.Is(err, ErrStale):
		return Row{}, p.inProgress(op)
	case err != nil:
		return Row{}, p.fault(op, payment.Unknown, nil, "the journal could not be written", err)
	}
	p.tell(ctx, row.State, taken)
	return taken, nil
}

// ask asks the provider about a row whose lease we hold, records the answer and ends the lease.
func (p *Payer) ask(ctx context.Context, op string, row Row) (Row, verdict, error) {
	pay, err := p.payer.Lookup(ctx, row.asked())
	v := p.lookedUp(op, row, pay, err)
	after, _, err := p.record(ctx, row, v, true)
	if err != nil {
		return row, v, p.notRecorded(op, v, err)
	}
	return after, v, nil
}

// Lookup asks the provider what became of an attempt, as [payment.Payer] says, and writes what it learns into the row of
// the attempt's key. It returns [payment.ErrNoPayment] only when the row could be released by it: before the quiet time
// is over the same answer is [payment.ErrInconclusive], since the payment may still be on its way. When the row knows
// more than the provider shows, the row's answer is returned.
//
// While a process is sending under a live lease the answer is [payment.ErrInProgress], and the provider is not asked: some
// can prove only once that nothing was taken, and the proof must not come before it can be believed.
//
// Of the attempt the key alone will do, as in payment.Attempt{Key: key}: the row has the rest. An attempt whose key has no
// row is asked about as it is.
func (p *Payer) Lookup(ctx context.Context, a payment.Attempt) (payment.Payment, error) {
	rows, err := p.store.Rows(ctx, p.name, a.Key)
	if err != nil {
		return payment.Payment{}, p.fault(opLookup, payment.Unknown, nil, "the journal could not be read", err)
	}
	if len(rows) == 0 {
		return p.payer.Lookup(ctx, a)
	}
	if a.Digest != "" && reusedBy(rows, a.Digest) {
		return payment.Payment{}, p.keyReused(opLookup, payment.Unknown)
	}
	row := decisive(rows)
	if row.sending() {
		return row.lastPayment(), p.inProgress(opLookup)
	}
	pay, err := p.payer.Lookup(ctx, row.asked())
	v := p.lookedUp(opLookup, row, pay, err)
	if row, _, err = p.record(ctx, row, v, false); err != nil {
		return v.payment, p.notRecorded(opLookup, v, err)
	}
	return p.replyForKey(ctx, row, v)
}
