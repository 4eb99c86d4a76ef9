package once

import (
	"cmp"
	"context"
	"errors"
	"iter"

	"github.com/supplierpay/supplierpay-go/payment"
)

// Report is what one walk of [Payer.Reconcile] did.
type Report struct {
	// Settled counts the rows that reached a state in which nothing more is asked.
	Settled int
	// Busy counts the rows that another process works on, or has just changed.
	Busy int
	// Left are the rows that were asked about and are still unresolved. Conflict rows, which only a person can settle, are
	// listed without being asked about.
	Left []Left
}

// Left is a row that stays unresolved.
type Left struct {
	// Key and N identify the row, State is where it stands.
	Key   string
	N     int
	State State
	// Err is why: Lookup's error, or that of recording its answer; nil for a payment that the provider has not decided.
	Err error
}

// pageSize is how many rows Reconcile and Unresolved read at once.
const pageSize = 100

// Reconcile asks the provider about every row that is started with its lease over, unknown or open, and settles what can
// be settled. It pays nothing. Run it every few minutes in every replica: each row is asked about by one of them. A walk
// that ctx cuts off is taken up by the next one of the same Payer, so that under a deadline too every row has its turn.
//
// Its error is the store's or the context's; the report then holds what was done until there. What one row's Lookup
// fails with is in the report, and so is an answer that could not be recorded: the walk goes on, and returns the first
// such error, [payment.ErrNotRecorded], at its end.
func (p *Payer) Reconcile(ctx context.Context) (Report, error) {
	var report Report
	var unrecorded error
	for row, err := range p.walk(ctx) {
		if err != nil {
			if ctx.Err() == nil {
				p.setWalked(Position{}) // or rows that cannot be read would be all that later walks get to
			}
			return report, err
		}
		if err := ctx.Err(); err != nil {
			return report, err
		}
		p.setWalked(position(row)) // before it is asked about: a question that takes all the time must not be the next walk's first
		err := p.reconcile(ctx, row, &report)
		switch {
		case errors.Is(err, payment.ErrNotRecorded):
			unrecorded = cmp.Or(unrecorded, err)
		case err != nil:
			return report, err
		}
	}
	p.setWalked(Position{})
	return report, unrecorded
}

// walk lists the unresolved rows behind the place where the last walk was cut off, and then those before.
func (p *Payer) walk(ctx context.Context) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		p.walking.Lock()
		from := p.walked
		p.walking.Unlock()
		for row, err := range p.unresolved(ctx, from) {
			if !yield(row, err) {
				return
			}
		}
		if from == (Position{}) {
			return
		}
		for row, err := range p.unresolved(ctx, Position{}) {
			if err == nil && position(row).compare(from) > 0 || !yield(row, err) {
				return
			}
		}
	}
}

func (p *Payer) setWalked(at Position) {
	p.walking.Lock()
	defer p.walking.Unlock()
	p.walked = at
}

func (p *Payer) reconcile(ctx context.Context, row Row, report *Report) error {
	left := func(r Row, err error) {
		report.Left = append(report.Left, Left{Key: r.Attempt.Key, N: r.N, State: r.State, Err: err})
	}
	if row.State == Conflict {
		left(row, p.doublePayment("Reconcile"))
		return nil
	}
	taken, err := p.take(ctx, "Reconcile", row)
	if isInProgress(err) {
		report.Busy++
		return nil
	}
	if err != nil {
		return err
	}
	after, v, err := p.ask(ctx, "Reconcile", taken)
	switch {
	case err != nil:
		left(after, err)
		return err
	case after.State.Unresolved():
		_, err = p.reply(after, v)
		left(after, err)
	default:
		report.Settled++
	}
	return nil
}

// Unresolved lists the rows that are started, unknown, open or in conflict, in the order of their keys: an operator's
// list of work. It stops at the first error of the store.
func (p *Payer) Unresolved(ctx context.Context) iter.Seq2[Row, error] {
	return p.unresolved(ctx, Position{})
}

// unresolved lists them from behind a position on.
func (p *Payer) unresolved(ctx context.Context, after Position) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		for after := after; ; {
			rows, err := p.store.Unresolved(ctx, p.name, after, pageSize)
			if err != nil {
				yield(Row{}, p.fault("Unresolved", payment.Unknown, nil, "the journal could not be read", err))
				return
			}
			for _, row := range rows {
				if !yield(row, nil) {
					return
				}
				after = position(row)
			}
			if len(rows) < pageSize {
				return
			}
		}
	}
}
