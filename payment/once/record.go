package once

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
)

// Bounds of recording an answer. A store that is down for longer leaves the row to Reconcile.
const (
	recordTimeout = 30 * time.Second // all tries together
	tryTimeout    = 5 * time.Second  // one call of the store
	recordTries   = 4                // tries that the store may fail
	firstPause    = 100 * time.Millisecond
	maxStale      = 20 // rounds against others who write the same row
)

// record merges v into the row and writes it, as long as it takes within bounds, whatever happens to the caller's
// context: an answer of the provider must not be lost because a client hung up. It returns the row as it is in the
// store, and whether it is certain that nobody else has written it since it was read. A holder of the lease writes in any
// case, to end it.
func (p *Payer) record(ctx context.Context, row Row, v verdict, holder bool) (_ Row, alone bool, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	next, changed := merge(row, v)
	if !changed && !holder {
		return row, false, nil
	}
	alone = true
	pause, failures, doubt := firstPause, 0, false
	for range maxStale {
		stored, err := p.update(ctx, next)
		if err == nil {
			p.tell(ctx, row.State, stored)
			return stored, alone, nil
		}
		if errors.Is(err, ErrStale) {
			alone = false
			var fresh Row
			if fresh, err = p.reread(ctx, row); err == nil {
				if doubt && fresh.Version == next.Version+1 && fresh.State == next.State && fresh.Owner == p.owner {
					p.tell(ctx, row.State, fresh) // our own write, whose answer was lost
					return fresh, false, nil
				}
				row = fresh
				if next, changed = merge(row, v); !changed {
					return row, false, nil
				}
				continue
			}
		}
		doubt = true
		if failures++; failures >= recordTries || wait(ctx, pause) != nil {
			return row, false, err
		}
		pause *= 4
	}
	return row, false, ErrStale
}

// update writes the row and ends its lease.
func (p *Payer) update(ctx context.Context, row Row) (Row, error) {
	ctx, cancel := context.WithTimeout(ctx, tryTimeout)
	defer cancel()
	row.Owner = p.owner
	return p.store.Update(ctx, row, Terms{})
}

func (p *Payer) reread(ctx context.Context, row Row) (Row, error) {
	ctx, cancel := context.WithTimeout(ctx, tryTimeout)
	defer cancel()
	rows, err := p.store.Rows(ctx, p.name, row.Attempt.Key)
	if err != nil {
		return Row{}, err
	}
	for _, r := range rows {
		if r.N == row.N {
			return r, nil
		}
	}
	return Row{}, errors.New("once: the row is gone")
}

// elsewhere reports whether another attempt of the key may have been taken, or that cannot be ruled out: a later one that
// began when others had released this one, or an earlier one that late news has opened again.
func (p *Payer) elsewhere(ctx context.Context, row Row) bool {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tryTimeout)
	defer cancel()
	rows, err := p.store.Rows(ctx, p.name, row.Attempt.Key)
	return err != nil || slices.ContainsFunc(rows, func(r Row) bool { return r.N != row.N && r.State.Live() })
}

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// reply is what the caller gets for v once the row has it: the row's own word where that says more about the money.
func (p *Payer) reply(row Row, v verdict) (payment.Payment, error) {
	switch {
	case row.State == Conflict, row.Evidence.level() > v.evidence.level() && !row.State.askable():
		return p.settled(v.op, row)
	case row.Evidence.level() > v.evidence.level():
		return row.lastPayment(), p.undecided(v.op, v.err)
	default:
		return v.payment, v.err
	}
}

// replyForKey is reply to a caller who asks about the key: "not taken" is true of the row, and no answer about the key
// while another of its attempts may have been taken.
func (p *Payer) replyForKey(ctx context.Context, row Row, v verdict) (payment.Payment, error) {
	if v.evidence == EvidenceNotTaken && row.Evidence == EvidenceNotTaken && p.elsewhere(ctx, row) {
		return payment.Payment{}, p.inProgress(v.op)
	}
	return p.reply(row, v)
}

// failed is settled for a row that Lookup has just shown to have failed, to a caller who asks about the key.
func (p *Payer) failed(ctx context.Context, op string, row Row) (payment.Payment, error) {
	if p.elsewhere(ctx, row) {
		return payment.Payment{}, p.inProgress(op)
	}
	return p.settled(op, row)
}

// settled is the answer of a row that nothing more is asked about.
func (p *Payer) settled(op string, row Row) (payment.Payment, error) {
	switch {
	case row.State == Conflict:
		return row.lastPayment(), p.doublePayment(op)
	case row.Problem != nil:
		return row.lastPayment(), row.Problem.Err()
	case row.State == Failed:
		return row.lastPayment(), p.fault(op, payment.Refused, payment.ErrDeclined, "the provider shows that the payment failed", nil)
	default:
		return row.lastPayment(), nil
	}
}
