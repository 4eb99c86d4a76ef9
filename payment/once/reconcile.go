package once

import (
	"context"
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
	// Err is why: Lookup's error, or nil for a payment that the provider has not decided.
	Err error
}

// pageSize is how many rows Reconcile and Unresolved read at once.
const pageSize = 100

// Reconcile asks the provider about every row that is started with its lease over, unknown or open, and settles what can
// be settled. It pays nothing. Run it every few minutes in every replica: each row is asked about by one of them.
//
// Its error is the store's or the context's; the report then holds what was done until there. What one row's Lookup
// fails with is in the report.
func (p *Payer) Reconcile(ctx context.Context) (Report, error) {
	var report Report
	for row, err := range p.Unresolved(ctx) {
		if err != nil {
			return report, err
		}
		if err := ctx.Err(); err != nil {
			return report, err
		}
		if err := p.reconcile(ctx, row, &report); err != nil {
			return report, err
		}
	}
	return report, nil
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
	return func(yield func(Row, error) bool) {
		for after := (Position{}); ; {
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
