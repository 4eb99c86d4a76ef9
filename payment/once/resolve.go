package once

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/supplierpay/supplierpay-go/payment"
)

// Decision is a person's word on a payment that the provider's answers do not settle.
type Decision string

// The decisions.
const (
	// DecidePaid: the money was taken. The key answers with the payment from now on.
	DecidePaid Decision = "paid"
	// DecideNotTaken: nothing was taken and nothing will be. The key can be paid again.
	DecideNotTaken Decision = "not_taken"
)

// Get returns all attempts of the key in their order; none is no error.
func (p *Payer) Get(ctx context.Context, key string) ([]Row, error) {
	rows, err := p.store.Rows(ctx, p.name, key)
	if err != nil {
		return nil, p.fault("Get", payment.Unknown, nil, "the journal could not be read", err)
	}
	return rows, nil
}

// Resolve settles the key by the word of a person who has asked the provider's support or looked at the accounts: the one
// way that lowers evidence. by and note are required and kept in the row: who, and why; put no secret there.
//
// A row whose owner may be sending right now cannot be resolved ([payment.ErrInProgress]). A paid row cannot be resolved
// as not taken. If money turns up later for a row resolved as not taken, the row becomes a Conflict.
//
// The word is about the attempt that speaks for the key. When that one is paid, it is about the latest other attempt that
// is still unresolved, such as one whose owner answered, and did not know, after the key had been paid again: not taken
// ends it, and paid makes it a Conflict, since the key was paid twice.
func (p *Payer) Resolve(ctx context.Context, key string, d Decision, by, note string) error {
	if by == "" || clean(by) != by {
		return payment.InvalidField("by", fmt.Sprintf("want 1 to %d bytes of printable text", maxText))
	}
	if note == "" {
		return payment.InvalidField("note", "missing")
	}
	if d != DecidePaid && d != DecideNotTaken {
		return payment.InvalidField("decision", fmt.Sprintf("want %q or %q", DecidePaid, DecideNotTaken))
	}
	for range maxRounds {
		rows, err := p.Get(ctx, key)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			return payment.InvalidField("key", "no payment has this key")
		}
		row, twice := decisive(rows), false
		if took(row.State) {
			if i := lastUnresolved(rows); i >= 0 {
				row, twice = rows[i], d == DecidePaid
			}
		}
		next, err := p.resolved(row, d)
		if err != nil {
			return err
		}
		if twice {
			next.State = Conflict
		}
		next.By, next.Note, next.Owner, next.Why = by, note, p.owner, whyResolve
		stored, err := p.store.Update(ctx, next, Terms{})
		if errors.Is(err, ErrStale) {
			continue
		}
		if err != nil {
			return p.fault(opResolve, payment.Unknown, payment.ErrNotRecorded, "", err)
		}
		p.tell(ctx, row.State, stored)
		return nil
	}
	return p.inProgress(opResolve)
}

// resolved applies the decision to the row.
func (p *Payer) resolved(row Row, d Decision) (Row, error) {
	next := row.clone()
	next.Problem = nil
	switch {
	case row.sending():
		return Row{}, p.inProgress(opResolve)
	case d == DecidePaid && !took(row.State):
		pay := payment.Payment{Provider: p.payer.Provider(), ID: row.Attempt.PaymentID, OrderID: row.Attempt.OrderID}
		if row.Payment != nil {
			pay = *row.Payment
		}
		pay.Status, pay.Reason = payment.Succeeded, ""
		next.State, next.Evidence, next.Payment = Paid, EvidenceTaken, &pay
	case d == DecideNotTaken && row.State.Unresolved():
		next.State, next.Evidence = Released, EvidenceNotTaken
	default:
		return Row{}, payment.InvalidField("key", "already settled as "+string(row.State))
	}
	return next, nil
}

// lastUnresolved is the index of the latest row that still needs somebody, -1 if there is none.
func lastUnresolved(rows []Row) int {
	for i, r := range slices.Backward(rows) {
		if r.State.Unresolved() {
			return i
		}
	}
	return -1
}

// took reports whether the state says that money was taken, and no more than that.
func took(s State) bool { return s == Paid || s == Partial || s == Reversed }

// Abandon ends a payment that waits for a customer who will not come back, and returns nil when it has ended with nothing
// taken. It asks the provider, and releases the key only if the quiet time is over and the provider proves that nothing
// was taken and nothing will be; a payment that the provider shows as failed leaves the key Failed. What it learns
// otherwise is recorded as by Lookup, and the error says what stands: a payment that was made after all is
// [payment.ErrAlreadyPaid], outcome Accepted.
func (p *Payer) Abandon(ctx context.Context, key string) error {
	rows, err := p.Get(ctx, key)
	if err != nil {
		return err
	}
	if len(rows) == 0 || !decisive(rows).waits() {
		return p.nothingOpen(opAbandon)
	}
	row, err := p.take(ctx, opAbandon, decisive(rows))
	if err != nil {
		return err
	}
	pay, err := p.payer.Lookup(ctx, row.asked())
	v := p.lookedUp(opAbandon, row, pay, err)
	if v.state == Released {
		v.why = whyAbandon
	}
	after, _, err := p.record(ctx, row, v, true)
	if err != nil {
		return p.notRecorded(opAbandon, v, err)
	}
	switch _, err = p.reply(after, v); {
	case after.Evidence == EvidenceNotTaken && p.elsewhere(ctx, after):
		return p.inProgress(opAbandon)
	case after.Evidence == EvidenceNotTaken:
		return nil
	case took(after.State):
		return p.fault(opAbandon, payment.Accepted, payment.ErrAlreadyPaid, "", err)
	case err != nil:
		return err
	default:
		return p.undecided(opAbandon, nil)
	}
}

func isInProgress(err error) bool { return errors.Is(err, payment.ErrInProgress) }
