package once

import (
	"context"
	"crypto/rand"
	"errors"

	"github.com/supplierpay/supplierpay-go/payment"
)

// Continue takes the second step of the payment that is open under the attempt's key: of the attempt only the key is needed,
// since the customer comes back in another request and perhaps to another process. Nobody else can take it at the same
// time. When the row is not open, Continue sends nothing: it answers like Pay, except that it never begins an attempt.
//
// A second step that was not sent, or that the provider turned away without declining the payment, leaves the row open.
func (p *Payer) Continue(ctx context.Context, a payment.Attempt, c payment.Continuation) (payment.Payment, error) {
	inner, ok := p.payer.(payment.Continuer)
	if !ok {
		return payment.Payment{}, p.fault(opContinue, payment.NotSent, payment.ErrUnsupported, "", nil)
	}
	rows, err := p.store.Rows(ctx, p.name, a.Key)
	switch {
	case err != nil:
		return payment.Payment{}, p.fault(opContinue, payment.NotSent, nil, "the journal could not be read, and nothing was sent", err)
	case a.Digest != "" && reusedBy(rows, a.Digest):
		return payment.Payment{}, p.keyReused(opContinue, payment.NotSent)
	case len(rows) == 0:
		return payment.Payment{}, p.nothingOpen(opContinue)
	}
	row := decisive(rows)
	switch {
	case row.State == Released:
		return payment.Payment{}, p.nothingOpen(opContinue)
	case !row.State.askable():
		return p.settled(opContinue, row)
	case row.State != Open:
		return p.settleFor(ctx, row)
	}

	// A lease on an open row is that of somebody who only asks. The second step does not wait for him.
	next := row.clone()
	next.State, next.Why, next.Nonce, next.Owner = Started, whyContinue, rand.Text(), p.owner
	asked := p.now()
	started, err := p.store.Update(ctx, next, p.terms())
	if err != nil {
		// A stale row may be our own write too, repeated by the driver.
		mine, found := p.readBack(ctx, next)
		switch {
		case found && mine.State == Started:
			started = mine
		case errors.Is(err, ErrStale):
			return row.lastPayment(), p.inProgress(opContinue)
		default:
			return row.lastPayment(), p.fault(opContinue, payment.NotSent, nil, "the journal could not be written, and nothing was sent", err)
		}
	}
	p.tell(ctx, row.State, started)
	return p.newSession(opContinue, asked, started).run(ctx, func(ctx context.Context) (payment.Payment, error) {
		return inner.Continue(ctx, started.asked(), c)
	})
}

// settleFor asks the provider about a row that Continue cannot continue.
func (p *Payer) settleFor(ctx context.Context, row Row) (payment.Payment, error) {
	taken, err := p.take(ctx, opContinue, row)
	if err != nil {
		return row.lastPayment(), err
	}
	after, v, err := p.ask(ctx, opContinue, taken)
	switch {
	case err != nil:
		return v.payment, err
	case after.State == Released:
		return payment.Payment{}, p.nothingOpen(opContinue)
	case after.State == Failed:
		return p.failed(ctx, opContinue, after)
	default:
		return p.reply(after, v)
	}
}

func (p *Payer) nothingOpen(op string) error {
	return p.fault(op, payment.NotSent, payment.ErrInvalidRequest, "no payment of this key is open", nil)
}
