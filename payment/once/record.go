package once

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
)

// Bounds of writing an answer. A store that is down for longer leaves the row to Reconcile.
const (
	recordTimeout = 30 * time.Second // all tries together
	tryTimeout    = 5 * time.Second  // one call of the store
	recordTries   = 4                // tries that the store may fail
	firstPause    = 100 * time.Millisecond
	maxStale      = 20 // rounds against others who write the same row
)

// record applies the news to the row and writes the result. It does not end with the caller's context, because an answer
// of the provider must not be lost when a client hangs up; it has bounds of its own. It returns the row as it is in the
// store, and the news as it stands against the other rows of the key. A holder of the row's lease writes in any case, to
// end the lease.
func (p *Payer) record(ctx context.Context, row Row, n news, holder bool) (Row, news, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	pause, failures := firstPause, 0
	given := n
	for range maxStale {
		next, moved, changed, now, err := p.applied(ctx, row, given)
		n = now
		var terms Terms
		if moved && (next.State != row.State || next.Asserted != row.Asserted) {
			terms.Event = event(row.State, next)
		}
		if err == nil {
			if !changed && !holder {
				p.noteQuestion(ctx, row, next, n)
				return row, n, nil
			}
			var stored Row
			if stored, err = p.write(ctx, next, terms); err == nil {
				return stored, n, nil
			}
		}
		fresh, mine, readErr := p.reread(ctx, row, next.Write)
		switch {
		case readErr == nil && mine:
			p.tell(ctx, terms.Event, fresh)
			return fresh, n, nil
		case readErr == nil && fresh.Version != row.Version:
			row, holder = fresh, false
			continue
		}
		if failures++; failures >= recordTries || wait(ctx, pause) != nil {
			return row, n, err
		}
		pause *= 4
	}
	return row, n, ErrStale
}

// applied is applyTo with the other rows of the key in view, where they matter.
func (p *Payer) applied(ctx context.Context, row Row, n news) (next Row, moved, changed bool, _ news, err error) {
	watch := false
	first := row.N == 1 && n.isAnswer() && row.State == Started // no other attempt can have begun
	if (n.finding.taken() && n.isAnswer() || n.isLookup() && n.payment.Status != "") && !first {
		rows, err := p.rows(ctx, row.Attempt.Key)
		if err != nil {
			return Row{}, false, false, n, err // and no name of a write, which the row as it stands would have
		}
		n, watch = n.compare(row, rows)
		n.again = n.finding.taken() && slices.ContainsFunc(rows, func(other Row) bool {
			same := n.payment.ID != "" && (n.payment.ID == other.Attempt.PaymentID || n.payment.ID == other.lastPayment().ID)
			return other.N != row.N && other.State.isPaid() && !same
		})
		if n.finding == foundOther && n.isLookup() {
			n.payment, n.err = payment.Payment{}, p.fault(n.op, payment.Unknown, payment.ErrInconclusive,
				"the payment that the provider shows is that of another attempt of the key", nil)
		}
	}
	next, moved, changed = n.applyTo(row)
	if watch {
		next.WatchUntil, changed = row.Now.Add(p.watch), true
	}
	next.Write, next.Owner = rand.Text(), p.owner
	return next, moved, changed, n, nil
}

// noteQuestion writes that the provider was asked and what kept the answer from settling the row. It is no part of any
// proof: a failure to write it is no failure.
func (p *Payer) noteQuestion(ctx context.Context, row, next Row, n news) {
	if n.isLookup() && n.nonce == row.Nonce && (row.State.askable() || row.watched()) && !row.Leased() {
		_, _ = p.write(ctx, next, Terms{})
	}
}

// write writes the row with its event, if it has one. It ends with ctx.
func (p *Payer) write(ctx context.Context, row Row, terms Terms) (Row, error) {
	ctx, cancel := context.WithTimeout(ctx, tryTimeout)
	defer cancel()
	row.Owner = p.owner
	stored, err := p.store.Update(ctx, row, terms)
	if err != nil {
		return Row{}, err
	}
	p.tell(ctx, terms.Event, stored)
	return stored, nil
}

// writeOnce writes next over row, outside of record: detached from the caller's context, and with one look at the row when
// the answer is lost. Its error is ErrStale when somebody else wrote the row first.
func (p *Payer) writeOnce(ctx context.Context, row, next Row, terms Terms) (Row, error) {
	ctx = context.WithoutCancel(ctx)
	next.Write = rand.Text()
	stored, err := p.write(ctx, next, terms)
	if err == nil {
		return stored, nil
	}
	fresh, mine, readErr := p.reread(ctx, row, next.Write)
	switch {
	case readErr == nil && mine:
		p.tell(ctx, terms.Event, fresh)
		return fresh, nil
	case readErr == nil && fresh.Version != row.Version:
		return Row{}, ErrStale
	default:
		return Row{}, err
	}
}

// reread reads the row again after a write whose answer was lost or that came too late. It reports whether the row as it
// is now is what the named write has written: nothing less shows that a write is one's own.
func (p *Payer) reread(ctx context.Context, row Row, write string) (_ Row, mine bool, err error) {
	rows, err := p.rows(ctx, row.Attempt.Key)
	if err != nil {
		return Row{}, false, err
	}
	for _, r := range rows {
		if r.N == row.N {
			return r, write != "" && r.Write == write, nil
		}
	}
	return Row{}, false, errors.New("once: the row is gone")
}

// rows reads the rows of a key within a bound, whatever happens to the caller.
func (p *Payer) rows(ctx context.Context, key string) ([]Row, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tryTimeout)
	defer cancel()
	return p.store.Rows(ctx, p.name, key)
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

// reply is what a caller who asks about one row gets for the news once the row has it: the row's own word where that says
// more about the money.
func (p *Payer) reply(row Row, n news) (payment.Payment, error) {
	switch said := n.evidence().level(); {
	case row.State == Conflict, row.Evidence.level() > said && !row.State.askable():
		return p.settled(n.op, row)
	case row.Evidence.level() > said:
		return row.lastPayment(), p.undecided(n.op, n.err)
	case row.State == Failed && n.isLookup() && n.op != opLookup:
		return p.settled(n.op, row)
	case row.Evidence == EvidenceNotTaken && n.isLookup() && said > 0:
		return p.standsBy(n.op, row, n)
	default:
		return n.payment, n.err
	}
}

// standsBy answers for a row that is settled as not taken, although Lookup proves nothing. A question that could not be
// asked is returned as such.
func (p *Payer) standsBy(op string, row Row, n news) (payment.Payment, error) {
	switch {
	case n.raw != nil && !errors.Is(n.raw, payment.ErrInconclusive) && !errors.Is(n.raw, payment.ErrNoPayment):
		return n.payment, n.err
	case row.State == Failed:
		return p.settled(op, row)
	case row.Why == whyResolve && n.finding == foundPendingOrder:
		return n.payment, n.err // the provider shows a payment of the order: the person may have been wrong
	case row.Why == whyResolve:
		return payment.Payment{}, p.fault(op, payment.Refused, payment.ErrNoPayment, "a person has decided so, and the provider shows no payment", nil)
	default:
		return payment.Payment{}, p.fault(op, payment.Refused, payment.ErrNoPayment, "the journal has the proof", nil)
	}
}

// replyForKey is reply to a caller who asks about the key: another attempt of the key may say more about the money.
func (p *Payer) replyForKey(ctx context.Context, row Row, n news) (payment.Payment, error) {
	rows, err := p.rows(ctx, row.Attempt.Key)
	if err != nil {
		if n.evidence() == EvidenceNotTaken && row.Evidence == EvidenceNotTaken {
			return payment.Payment{}, p.inProgress(n.op) // what other attempts did is not known
		}
		return p.reply(row, n)
	}
	speaker := decisive(rows)
	if speaker.N == row.N || speaker.State.precedence() <= row.State.precedence() {
		return p.reply(row, n)
	}
	if speaker.State.askable() {
		return speaker.lastPayment(), p.inProgress(n.op)
	}
	return p.settled(n.op, speaker)
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
