package once

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
)

// take takes the lease of a row that is to be asked about. Its errors are Unknown.
func (p *Payer) take(ctx context.Context, op string, row Row) (Row, error) {
	switch {
	case p.isInside(row) || row.Leased():
		return Row{}, p.inProgress(op)
	case ctx.Err() != nil:
		return Row{}, p.fault(op, payment.Unknown, nil, "", context.Cause(ctx))
	}
	next, terms := row.clone(), Terms{Lease: p.lease}
	next.Owner = p.owner
	if row.State == Started {
		next.State, next.Why, next.Proposal = decide(started, foundUnclear, byClock), whyLeaseOver, nil
		if !next.Attempt.Answered {
			next.Attempt = next.Attempt.Unanswered()
		}
	}
	if next.State != row.State {
		terms.Event = event(row.State, next)
	}
	taken, err := p.writeOnce(ctx, row, next, terms)
	switch {
	case errors.Is(err, ErrStale):
		return Row{}, p.inProgress(op)
	case err != nil:
		return Row{}, p.fault(op, payment.Unknown, payment.ErrJournal, "", err)
	case p.isInside(row): // a call for it has begun meanwhile
		return Row{}, p.inProgress(op)
	}
	return taken, nil
}

// resolveByLookup asks the provider about a row that is started with its lease over, unknown or open, and records the
// answer. No money moves.
func (p *Payer) resolveByLookup(ctx context.Context, op string, row Row) (Row, news, error) {
	if p.neverSent(row) {
		return p.settleUnsent(ctx, op, row)
	}
	taken, err := p.take(ctx, op, row)
	if err != nil {
		return row, news{op: op, payment: row.lastPayment()}, err
	}
	return p.lookup(ctx, op, taken, Terms{Lease: p.lease}, "")
}

// settleUnsent settles a row of which this process knows that nothing was sent for it.
func (p *Payer) settleUnsent(ctx context.Context, op string, row Row) (Row, news, error) {
	n := p.answered(op, row.Nonce, payment.Payment{}, p.fault(op, payment.NotSent, nil, "the call was given up before anything was sent", nil))
	n.why = whyNeverSent
	if row.Why == whyContinue {
		n.finding, n.err = foundPending, p.undecided(op, nil) // what the first step began may be taken
	}
	after, n, err := p.record(ctx, row, n, true)
	if err != nil {
		return row, n, p.notRecorded(op, n, err)
	}
	return after, n, nil
}

// lookup asks the provider about the row and records the answer. With the terms of a lease that the caller holds, lookup
// ends that lease. unsent is the nonce of an attempt that waits for the answer, or "".
//
// The question is bounded below the lease: what it finds after that, others may have found, and acted on, before.
func (p *Payer) lookup(ctx context.Context, op string, row Row, held Terms, unsent string) (after Row, n news, err error) {
	s := &asking{p: p, op: op, keep: held, row: row}
	holder, returned := held.Lease > 0, false
	defer func() {
		if r := recover(); r != nil {
			if !returned {
				n = p.lookedUp(op, s.current(), payment.Payment{}, p.fault(op, payment.Unknown, nil, "panic", nil))
			}
			p.quietly(func() { _, _, _ = p.record(ctx, s.current(), n, holder) })
			panic(r)
		}
	}()
	asked, cancel := context.WithTimeout(ctx, p.lease-leaseMargin/2)
	defer cancel()
	pay, lookupErr := p.payer.Lookup(s.hooks(asked), row.asked())
	n = p.lookedUp(op, row, pay, lookupErr)
	n.version, n.unsent = s.current().Version, unsent
	returned = true
	after, n, err = p.record(ctx, s.current(), n, holder)
	if err != nil {
		return row, n, p.notRecorded(op, n, err)
	}
	return after, n, nil
}

// mine returns an error when the row is not one that this payer may ask about or act on: it belongs to another provider
// or installation, or the store cannot read it.
func (p *Payer) mine(op string, row Row) error {
	switch {
	case row.Damage != "":
		return p.fault(op, payment.Unknown, payment.ErrInconclusive, "the row cannot be read, a person must settle it: "+row.Damage, nil)
	case row.Provider != p.Provider() || row.Installation != p.installation && !slices.Contains(p.formerly, row.Installation):
		return p.fault(op, payment.Unknown, payment.ErrInconclusive, fmt.Sprintf("the row belongs to another installation, %s at %q", row.Provider, row.Installation), nil)
	}
	return nil
}

// Lookup asks the provider what became of an attempt, as [payment.Payer] says, and writes what it learns into the row of
// the attempt's key. It returns [payment.ErrNoPayment] only when the row is released, or could be released by it: before
// the quiet time is over the same answer is [payment.ErrInconclusive], since the payment may still be on its way. When the
// row knows more than the provider shows, the row's answer is returned. A row that a person has released answers with
// ErrNoPayment as long as the provider shows no payment.
//
// While a process is sending under a live lease the answer is [payment.ErrInProgress], and the provider is not asked: some
// can prove only once that nothing was taken, and the proof must not come before it can be believed.
//
// Of the attempt the key alone will do, as in payment.Attempt{Key: key}: the row has the rest. A key that has no row is
// [payment.ErrNoSuchKey], unless the attempt is a whole one of [Payer.Prepare]: then it is asked about as it is.
func (p *Payer) Lookup(ctx context.Context, a payment.Attempt) (payment.Payment, error) {
	rows, err := p.rows(ctx, a.Key)
	if err != nil {
		return payment.Payment{}, p.fault(opLookup, payment.Unknown, payment.ErrJournal, "", err)
	}
	if len(rows) == 0 && (a.OrderID == "" || a.Digest == "") {
		return payment.Payment{}, p.noSuchKey(opLookup, payment.Unknown)
	}
	if len(rows) == 0 {
		return p.payer.Lookup(ctx, a)
	}
	if a.Digest != "" && reusedBy(rows, a.Digest) {
		return payment.Payment{}, p.keyReused(opLookup, payment.Unknown, rows)
	}
	row := decisive(rows)
	if err := p.mine(opLookup, row); err != nil {
		return row.lastPayment(), err
	}
	var n news
	switch {
	case p.sending(row):
		return row.lastPayment(), p.inProgress(opLookup)
	case p.neverSent(row):
		row, n, err = p.settleUnsent(ctx, opLookup, row)
	default:
		row, n, err = p.lookup(ctx, opLookup, row, Terms{}, "")
	}
	if err != nil {
		return n.payment, err
	}
	return p.replyForKey(ctx, row, n)
}

// Report is what one walk of [Payer.Reconcile] did.
type Report struct {
	// Settled counts the rows that reached a state in which nothing more is asked.
	Settled int
	// Busy counts the rows that another process works on, or has just changed.
	Busy int
	// Left are the rows that are still unresolved. Some were not asked about: rows whose time for the next question has not
	// come, conflict rows, which only a person can settle, rows of another installation, and rows that the store cannot
	// read.
	Left []Left
	// Paused is why the walk stopped asking, nil if it did not: the provider limited the rate, or did not accept the
	// credentials. The next walk of the same Payer begins with the rows behind that point.
	Paused error
}

// Left is a row that stays unresolved.
type Left struct {
	// Key and N identify the row, State is where it stands.
	Key   string
	N     int
	State State
	// Err is why: Lookup's error, that of recording its answer, or a [PanicError]; nil for a payment that the provider has
	// not decided. For a row that was not due it is what the last question ended with.
	Err error
}

// pageSize is how many rows or events are read at once.
const pageSize = 100

// Reconcile asks the provider about the rows that are started with their lease over, unknown or open, and settles what can
// be settled. It also asks about rows that a person has settled and that are still watched. It pays nothing. Run it every
// minute or so in every replica: each row is asked about by one of them. A walk that ctx cuts off is taken up by the next
// one of the same Payer, so that under a deadline too every row has its turn.
//
// A row is due for a question as soon as its lease is over, then each time its age has doubled, at the end of its quiet
// time, and once a day at the least. Pay, Lookup and Abandon ask at any time. After an answer of kind
// [payment.ErrRateLimited], [payment.ErrUnauthenticated] or [payment.ErrForbidden] a walk asks nothing more.
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
		if report.Paused == nil {
			p.setWalked(position(row)) // before the question: one that takes all the time must not be the next walk's first
		}
		err := p.reconcile(ctx, row, &report)
		switch {
		case errors.Is(err, payment.ErrNotRecorded):
			unrecorded = cmp.Or(unrecorded, err)
		case err != nil:
			return report, err
		}
	}
	if report.Paused == nil { // else the next walk begins behind the row whose answer was the reason
		p.setWalked(Position{})
	}
	return report, unrecorded
}

// walk lists the unresolved and watched rows behind the place where the last walk was cut off, and then those before.
func (p *Payer) walk(ctx context.Context) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		p.mu.Lock()
		from := p.walked
		p.mu.Unlock()
		for row, err := range p.listed(ctx, from) {
			if !yield(row, err) {
				return
			}
		}
		if from == (Position{}) {
			return
		}
		for row, err := range p.listed(ctx, Position{}) {
			if err == nil && position(row).compare(from) > 0 || !yield(row, err) {
				return
			}
		}
	}
}

func (p *Payer) setWalked(at Position) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.walked = at
}

// reconcile asks about one row. A panic of the payer or of the audit function is reported for that row alone.
func (p *Payer) reconcile(ctx context.Context, row Row, report *Report) (err error) {
	left := func(r Row, err error) {
		report.Left = append(report.Left, Left{Key: r.Attempt.Key, N: r.N, State: r.State, Err: err})
	}
	defer func() {
		if r := recover(); r != nil {
			left(row, p.fault(opReconcile, payment.Unknown, nil, "", &PanicError{Value: r}))
			err = nil
		}
	}()
	if err := p.mine(opReconcile, row); err != nil {
		left(row, err)
		return nil
	}
	if row.State == Conflict {
		left(row, p.doublePayment(opReconcile))
		return nil
	}
	watched := !row.State.askable()
	switch {
	case watched && (report.Paused != nil || !row.due()):
		return nil
	case p.sending(row):
		report.Busy++
		return nil
	case report.Paused != nil && !p.neverSent(row):
		left(row, report.Paused)
		return nil
	case !watched && !row.due():
		left(row, row.lastReason())
		return nil
	}
	after, n, err := p.resolveByLookup(ctx, opReconcile, row)
	if passing(n.raw) || errors.Is(n.raw, payment.ErrForbidden) {
		if !errors.Is(n.raw, payment.ErrUnavailable) {
			report.Paused = n.raw
		}
	}
	switch {
	case errors.Is(err, payment.ErrInProgress):
		report.Busy++
		return nil
	case err != nil:
		if errors.Is(err, payment.ErrNotRecorded) {
			left(after, err)
		}
		return err
	case after.State.Unresolved():
		_, err = p.reply(after, n)
		left(after, err)
	case !watched:
		report.Settled++
	}
	return nil
}

// The shortest and the longest time between two questions of Reconcile about a row.
const (
	shortestPause = time.Minute
	longestPause  = 24 * time.Hour
)

// due reports whether Reconcile should ask about the row now: when its age has doubled since the last question, but not
// more often than once a minute nor more rarely than once a day. A row that was asked about before the end of its quiet
// time is due then, because absence is believed from then on.
func (r Row) due() bool {
	if r.AskedAt.IsZero() || r.State == Started || r.Now.Before(r.AskedAt) {
		return true // never asked; nor since its lease has ended; or the store's clock was set back
	}
	pause := min(max(r.AskedAt.Sub(r.BeganAt), shortestPause), longestPause)
	quiet := r.AskedAt.Before(r.QuietEnd) && !r.Now.Before(r.QuietEnd)
	back := r.Now.Before(r.AskedAt) // the store's clock was set back: how long ago the question was is not known
	return quiet || back || r.Now.Sub(r.AskedAt) >= pause
}

// lastReason is the error that the last question about the row ended with, nil if that was a payment.
func (r Row) lastReason() error {
	if r.Reason == nil {
		return nil
	}
	return r.Reason.Err()
}

// Unresolved lists the rows that are started, unknown, open or in conflict, in the order of their keys: an operator's
// list of work. It stops at the first error of the store. A row that the store cannot read is listed with Damage set.
func (p *Payer) Unresolved(ctx context.Context) iter.Seq2[Row, error] {
	return p.filtered(ctx, func(r Row) bool { return r.State.Unresolved() })
}

// Watched lists the rows that a person has settled and that the provider is still asked about.
func (p *Payer) Watched(ctx context.Context) iter.Seq2[Row, error] {
	return p.filtered(ctx, func(r Row) bool { return !r.State.Unresolved() })
}

func (p *Payer) filtered(ctx context.Context, wanted func(Row) bool) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		for row, err := range p.listed(ctx, Position{}) {
			if (err != nil || wanted(row)) && !yield(row, err) {
				return
			}
		}
	}
}

// listed lists the unresolved and the watched rows from behind a position on.
func (p *Payer) listed(ctx context.Context, after Position) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		for after := after; ; {
			rows, err := p.store.Unresolved(ctx, p.name, after, pageSize)
			if err != nil {
				yield(Row{}, p.fault("Unresolved", payment.Unknown, payment.ErrJournal, "", err))
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
