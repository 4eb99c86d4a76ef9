package once

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

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

// ErrFourEyes is returned by [Payer.Resolve] when the payer was made with [WithFourEyes]: propose and confirm instead.
// [Payer.Confirm] returns it when the person who confirms is the one who proposed.
var ErrFourEyes = errors.New("once: a decision needs two persons")

// TooEarlyError is the cause of an error of kind [payment.ErrTooEarly].
type TooEarlyError struct {
	// Until is when the quiet time of the row ends, by the store's clock.
	Until time.Time
}

// Error names the time.
func (e *TooEarlyError) Error() string {
	return "the payment may still be on its way until " + e.Until.UTC().Format(time.RFC3339)
}

// ResolveOption changes one decision.
type ResolveOption func(*decision) error

// Early lets a decision that nothing was taken come before the quiet time is over. The reason is required and is kept.
// Money that was on its way can then be taken after the decision, and the key can be paid twice.
func Early(reason string) ResolveOption {
	return func(d *decision) error {
		d.early = reason
		return checkNote("reason", reason)
	}
}

// decision is a person's word with all that belongs to it.
type decision struct {
	op              string
	what            Decision
	by, note, early string
}

func (p *Payer) newDecision(op string, what Decision, by, note string, options []ResolveOption) (decision, error) {
	d := decision{op: op, what: what, by: by, note: note}
	if what != DecidePaid && what != DecideNotTaken {
		return d, payment.InvalidField("decision", fmt.Sprintf("want %q or %q", DecidePaid, DecideNotTaken))
	}
	for _, option := range options {
		if err := option(&d); err != nil {
			return d, err
		}
	}
	return d, checkPerson(by, note)
}

func checkPerson(by, note string) error {
	if err := checkText("by", by); err != nil {
		return err
	}
	return checkNote("note", note)
}

// maxNote bounds a person's note, in bytes.
const maxNote = 2000

// checkNote checks a text of several lines.
func checkNote(field, s string) error {
	switch odd := func(r rune) bool { return !unicode.IsPrint(r) && r != '\n' && r != '\t' }; {
	case s == "":
		return payment.InvalidField(field, "missing")
	case len(s) > maxNote:
		return payment.InvalidField(field, fmt.Sprintf("longer than %d bytes", maxNote))
	case !utf8.ValidString(s) || strings.ContainsFunc(s, odd):
		return payment.InvalidField(field, "has characters that do not print")
	}
	return nil
}

// Get returns all attempts of the key in their order; none is no error.
func (p *Payer) Get(ctx context.Context, key string) ([]Row, error) {
	rows, err := p.store.Rows(ctx, p.name, key)
	if err != nil {
		return nil, p.fault("Get", payment.Unknown, payment.ErrJournal, "", err)
	}
	return rows, nil
}

// Resolve settles the key by the word of a person who has asked the provider's support or looked at the accounts: the one
// way that lowers evidence. by and note are required and kept: who, and why; put no secret there. The same decision twice
// is no error.
//
// DecideNotTaken releases the key. Before the end of the quiet time it is refused with [payment.ErrTooEarly] and a
// [TooEarlyError], unless [Early] gives a reason. The row stays watched: Reconcile goes on asking about it for 30 days, and
// money that turns up makes it a Conflict. Before the key is paid again, Pay asks the provider once more.
//
// DecidePaid without a payment that the provider has shown is an assertion. The key answers with a payment that is matched
// by person, and the row is watched until the provider shows the payment. Until then DecideNotTaken takes the assertion
// back. When that comes before the end of the quiet time, the row is Unknown again and the error is ErrTooEarly. DecidePaid
// of a Conflict whose payment the provider has shown settles it as what the provider shows: Paid, Partial or Reversed.
//
// A row whose owner may be sending right now cannot be resolved ([payment.ErrInProgress]). A payment that the provider has
// shown cannot be resolved as not taken.
//
// The word is about the attempt that speaks for the key. When that one is paid, it is about the latest other attempt that
// is still unresolved, such as one whose owner answered, and did not know, after the key had been paid again: not taken
// ends it, and paid makes it a Conflict, since the key was paid twice.
func (p *Payer) Resolve(ctx context.Context, key string, what Decision, by, note string, options ...ResolveOption) error {
	d, err := p.newDecision(opResolve, what, by, note, options)
	switch {
	case err != nil:
		return unread(key, err)
	case p.fourEyes:
		return p.fault(opResolve, payment.Unknown, nil, "use Propose and Confirm", ErrFourEyes)
	}
	return p.change(ctx, opResolve, key, func(rows []Row) (Row, *Event, error) { return p.resolved(rows, d) })
}

// Propose notes a decision that waits for the confirmation of another person, with the rules of [Payer.Resolve]. A new
// proposal replaces the one before. A row that moves meanwhile loses its proposal. Proposing what stands already does
// nothing.
func (p *Payer) Propose(ctx context.Context, key string, what Decision, by, note string, options ...ResolveOption) error {
	d, err := p.newDecision(opPropose, what, by, note, options)
	if err != nil {
		return unread(key, err)
	}
	return p.change(ctx, opPropose, key, func(rows []Row) (Row, *Event, error) {
		_, e, err := p.resolved(rows, d)
		if err != nil && !errors.Is(err, payment.ErrTooEarly) || err == nil && e == nil {
			return Row{}, nil, err
		}
		row, _ := subject(rows)
		next := row.clone()
		next.Proposal = &Proposal{Decision: what, By: by, Note: note, At: row.Now, Early: d.early}
		return next, personEvent(row, next, whyPropose, by, note), nil
	})
}

// Confirm carries out the decision that another person has proposed for the key. by must be another name than that of the
// proposal; case and runs of spaces make no other name. The names of both are kept.
func (p *Payer) Confirm(ctx context.Context, key, by string) error {
	if err := checkText("by", by); err != nil {
		return unread(key, err)
	}
	return p.change(ctx, opConfirm, key, func(rows []Row) (Row, *Event, error) {
		row, _ := subject(rows)
		switch {
		case row.Proposal == nil:
			return Row{}, nil, payment.InvalidField("key", "no decision is proposed")
		case samePerson(row.Proposal.By, by):
			return Row{}, nil, p.fault(opConfirm, payment.Unknown, nil, "", ErrFourEyes)
		}
		return p.resolved(rows, decision{op: opConfirm, what: row.Proposal.Decision, note: row.Proposal.Note, early: row.Proposal.Early,
			by: row.Proposal.By + ", confirmed by " + by})
	})
}

// samePerson compares names without case and runs of spaces.
func samePerson(a, b string) bool {
	return strings.EqualFold(strings.Join(strings.Fields(a), " "), strings.Join(strings.Fields(b), " "))
}

// Revoke takes a person's word back: a proposal, or else a decision that the provider has not confirmed. The row is Unknown
// again, and the provider decides.
func (p *Payer) Revoke(ctx context.Context, key, by, note string) error {
	if err := checkPerson(by, note); err != nil {
		return unread(key, err)
	}
	return p.change(ctx, opRevoke, key, func(rows []Row) (Row, *Event, error) {
		row := revocable(rows)
		next := row.clone()
		if row.Proposal != nil {
			next.Proposal = nil
			return next, personEvent(row, next, whyRevoke, by, note), nil
		}
		to := decide(row.standing(), foundUnclear, byRevocation)
		if to == refuse {
			return Row{}, nil, payment.InvalidField("key", "no person's decision stands: it is "+string(row.State))
		}
		news{finding: foundUnclear, why: whyRevoke}.move(&next, row, to)
		next.withoutAssertion()
		next.By, next.Note = by, note
		return next, personEvent(row, next, whyRevoke, by, note), nil
	})
}

// personEvent is the event of a person's word.
func personEvent(row, next Row, why, by, note string) *Event {
	e := event(row.State, next)
	e.Why, e.By, e.Note = why, by, note
	return e
}

// change carries out what a person wants of a key. wanted returns the row as it should be and the event of that, nil for no
// change. An error beside a change is returned when the change is written.
func (p *Payer) change(ctx context.Context, op, key string, wanted func([]Row) (Row, *Event, error)) error {
	for range maxRounds {
		rows, err := p.Get(ctx, key)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			return p.noSuchKey(op, payment.Unknown)
		}
		if row, _ := subject(rows); p.neverSent(row) {
			if _, _, err := p.settleUnsent(ctx, op, row); err != nil {
				return err
			}
			continue
		}
		next, e, said := wanted(rows)
		if e == nil {
			return withRows(rows, said)
		}
		row := rows[slices.IndexFunc(rows, func(r Row) bool { return r.N == next.N })]
		switch _, err := p.writeOnce(ctx, row, next, Terms{Event: e}); {
		case errors.Is(err, ErrStale):
			continue
		case err != nil:
			return p.fault(op, payment.Unknown, payment.ErrNotRecorded, "", err)
		}
		return said
	}
	return p.inProgress(op)
}

// revocable is the row of the key whose decision can be taken back: the one that a person's word is about, or, when that
// one is released because nothing was sent, the latest that a person has decided.
func revocable(rows []Row) Row {
	row, _ := subject(rows)
	if row.State != Released || row.Proposal != nil {
		return row
	}
	for _, r := range slices.Backward(rows) {
		if decide(r.standing(), foundUnclear, byRevocation) != refuse {
			return r
		}
	}
	return row
}

// subject is the row of the key that a person's word is about, and whether the key is paid besides.
func subject(rows []Row) (_ Row, paid bool) {
	row := decisive(rows)
	if row.State.isPaid() {
		for _, r := range slices.Backward(rows) {
			if r.State.Unresolved() {
				return r, true
			}
		}
	}
	return row, false
}

// resolved applies the decision to the key.
func (p *Payer) resolved(rows []Row, d decision) (Row, *Event, error) {
	row, paid := subject(rows)
	if p.sending(row) {
		return Row{}, nil, p.inProgress(d.op)
	}
	f, by := foundPaid, byPerson
	switch {
	case d.what == DecideNotTaken:
		f = foundAbsent
	case paid:
		f = foundSecond
	case row.standing() == conflict && byStatus(row.lastPayment().Status).taken():
		f = byStatus(row.lastPayment().Status)
	}
	early := row.Now.Before(row.QuietEnd)
	if early && d.early == "" {
		by = byEarlyPerson
	}
	tooEarlyErr := p.fault(d.op, payment.Unknown, payment.ErrTooEarly, "", &TooEarlyError{Until: row.QuietEnd})
	to := decide(row.standing(), f, by)
	switch {
	case to == keep && d.what == DecidePaid && (row.State == Partial || row.State == Reversed):
		return Row{}, nil, payment.InvalidField("key", "the provider has shown it as "+string(row.State))
	case to == keep:
		return Row{}, nil, nil
	case to == refuse:
		return Row{}, nil, payment.InvalidField("key", "already settled as "+string(row.State))
	case to == tooEarly:
		return Row{}, nil, tooEarlyErr
	}
	next := row.clone()
	news{finding: f, source: by, why: whyResolve}.move(&next, row, to)
	next.By, next.Note = d.by, d.note
	if early && d.early != "" {
		next.Note += "\nBefore the end of the quiet time, because: " + d.early
	}
	switch {
	case to == Conflict:
		next.vouched(row, p.Provider())
	case to.isPaid():
		next.vouched(row, p.Provider())
		next.WatchUntil = time.Time{}
		if next.Asserted {
			next.WatchUntil = row.Now.Add(p.watch)
		}
	default:
		next.withoutAssertion()
	}
	if to == Released {
		next.WatchUntil = row.Now.Add(p.watch)
	}
	e := personEvent(row, next, whyResolve, d.by, next.Note)
	if to == Unknown {
		return next, e, tooEarlyErr
	}
	return next, e, nil
}

// vouched makes the row's payment one for which a person vouches, unless the provider has shown it: then the row says what
// the provider says, which may be Partial or Reversed.
func (r *Row) vouched(before Row, provider string) {
	pay := payment.Payment{Provider: provider, ID: before.Attempt.PaymentID, OrderID: before.Attempt.OrderID}
	if before.Payment != nil {
		pay = *before.Payment
	}
	if before.standing() == conflict && byStatus(pay.Status).taken() {
		return
	}
	r.Asserted, pay.MatchedBy = true, payment.MatchedByPerson
	pay.Status, pay.Reason = payment.Succeeded, ""
	r.Payment = &pay
}

// withoutAssertion takes a payment out of the row that only a person has vouched for.
func (r *Row) withoutAssertion() {
	r.Asserted = false
	if r.Payment != nil && r.Payment.MatchedBy == payment.MatchedByPerson {
		r.Payment = nil
	}
}

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
	if len(rows) == 0 {
		return p.noSuchKey(opAbandon, payment.Unknown)
	}
	row := decisive(rows)
	if err := p.mine(opAbandon, row); err != nil {
		return err
	}
	if !row.waits() {
		return withRows(rows, p.nothingOpen(opAbandon))
	}
	after, n, err := p.resolveByLookup(ctx, opAbandon, row)
	if err != nil {
		return err
	}
	pay, err := p.replyForKey(ctx, after, n)
	switch {
	case errors.Is(err, payment.ErrInProgress):
		return err
	case byStatus(pay.Status).taken() || err != nil && payment.OutcomeOf(err) == payment.Accepted:
		return p.fault(opAbandon, payment.Accepted, payment.ErrAlreadyPaid, "", err)
	case after.Evidence == EvidenceNotTaken:
		return nil
	case err != nil:
		return err
	default:
		return p.undecided(opAbandon, nil)
	}
}
