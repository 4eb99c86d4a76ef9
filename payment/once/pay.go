package once

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
)

// maxRounds bounds how often a call starts over because others changed the key's rows.
const maxRounds = 20

// beginTimeout bounds Begin. It is well below the lease margin.
const beginTimeout = 10 * time.Second

// Pay pays req unless its key has been paid, or may have been. The package documentation has the table. Beside the
// payer's own errors these come from here:
//
//   - [payment.ErrInProgress], Unknown: another caller is paying under this key right now, or has begun another attempt.
//   - [payment.ErrKeyReused], NotSent: the key belongs to another request. A [payment.KeyStateError] says where it stands.
//   - [payment.ErrScopeHeld], NotSent, with a [ScopeHeldError]: another key has paid the order, or may have.
//   - [payment.ErrNotRecorded]: the answer is returned, but the store could not be told; Reconcile repairs the row.
//   - [payment.ErrNextActionLost], Unknown: the customer's next step was never stored.
//   - [payment.ErrDoublePaymentRisk], Accepted: a person must look.
//   - [payment.ErrJournal], NotSent: the store could not be asked, and this call sent nothing.
//   - [payment.ErrInconclusive], Unknown: the key belongs to another installation, see [payment.Installed].
//
// Pay may return some seconds after ctx has ended: what it writes into the journal is not cut off.
func (p *Payer) Pay(ctx context.Context, req payment.Request) (payment.Payment, error) {
	a, err := p.prepare(ctx, req)
	if err != nil {
		return payment.Payment{}, err
	}
	for range maxRounds {
		s, rows, err := p.begin(ctx, a, req.AllowAnother)
		if err != nil {
			return payment.Payment{}, err
		}
		if s != nil {
			return s.pay(ctx, rows, req)
		}
		pay, err, again := p.resume(ctx, rows)
		if !again {
			return pay, err
		}
	}
	return payment.Payment{}, p.inProgress(opPay)
}

// pay sends the attempt that has just begun. Before that it asks once about earlier attempts of the key that a person has
// released: money that has turned up for one of them is not paid again.
func (s *session) pay(ctx context.Context, rows []Row, req payment.Request) (payment.Payment, error) {
	p := s.p
	return s.run(ctx, func(ctx context.Context) (payment.Payment, error) {
		p.tell(ctx, event("", s.current()), s.current())
		asked := false
		for _, earlier := range rows {
			if earlier.standing() != decided || earlier.N == s.current().N {
				continue
			}
			asked = true
			if err := p.askAgain(ctx, earlier, s.current().Nonce); err != nil {
				return payment.Payment{}, err
			}
		}
		if asked { // the questions took time, in which a late answer or a person can have changed the rows
			if err := p.stillReleased(ctx, s.current()); err != nil {
				return payment.Payment{}, err
			}
		}
		if ctx.Err() != nil {
			return payment.Payment{}, p.fault(opPay, payment.NotSent, nil, "", context.Cause(ctx))
		}
		s.called = true
		return p.payer.Pay(ctx, req)
	})
}

// askAgain asks about an attempt that a person has released, before the next one is sent. It returns an error with outcome
// NotSent when the next one must not be sent.
func (p *Payer) askAgain(ctx context.Context, row Row, unsent string) error {
	if err := p.mine(opPay, row); err != nil {
		return p.fault(opPay, payment.NotSent, nil, "a person released an earlier attempt, which cannot be asked about; nothing was sent", err)
	}
	after, n, err := p.lookup(ctx, opPay, row, Terms{}, unsent)
	switch {
	case err != nil:
		return p.fault(opPay, payment.NotSent, payment.ErrJournal, "nothing was sent", err)
	case after.State == Released && n.raw == nil && n.evidence() != EvidenceTaken && n.finding != foundPendingOrder && n.finding != foundOther:
		return nil
	case after.State == Released && n.raw != nil && (errors.Is(n.raw, payment.ErrInconclusive) || errors.Is(n.raw, payment.ErrNoPayment)):
		return nil
	case after.State == Released && n.raw != nil:
		return p.fault(opPay, payment.NotSent, payment.ErrUnavailable, "the provider could not be asked about the attempt that a person released; nothing was sent", n.raw)
	default:
		return p.fault(opPay, payment.NotSent, nil, "the provider shows a payment for the attempt that a person released; nothing was sent", nil)
	}
}

// stillReleased returns an error with outcome NotSent unless every other attempt of the key is released.
func (p *Payer) stillReleased(ctx context.Context, current Row) error {
	rows, err := p.rows(ctx, current.Attempt.Key)
	if err != nil {
		return p.fault(opPay, payment.NotSent, payment.ErrJournal, "nothing was sent", err)
	}
	if slices.ContainsFunc(rows, func(r Row) bool { return r.N != current.N && r.State != Released }) {
		return p.fault(opPay, payment.NotSent, nil, "an earlier attempt is no longer released; nothing was sent", nil)
	}
	return nil
}

// begin opens the key's next attempt, or returns the rows that stand against it.
func (p *Payer) begin(ctx context.Context, a payment.Attempt, another bool) (*session, []Row, error) {
	if ctx.Err() != nil {
		return nil, nil, p.withKeyState(ctx, a.Key, p.fault(opPay, payment.NotSent, nil, "", context.Cause(ctx)))
	}
	row := Row{Name: p.name, Attempt: a, AllowAnother: another, Provider: p.Provider(), Installation: p.installation,
		Nonce: rand.Text(), Write: rand.Text(), Owner: p.owner, State: Started, Evidence: EvidenceUnknown, Why: whyBegin}
	if first, ok := inside[payment.FirstMarker](p.payer); ok {
		row.Attempt.Marks = []payment.Mark{first.FirstMark()}
	}
	terms := p.terms()
	terms.Event = event("", row)
	asked := p.now()
	defer func() {
		if r := recover(); r != nil {
			p.rememberUnsent(row.Nonce)
			panic(r)
		}
	}()
	begun, err := p.storeBegin(ctx, row, terms)
	if err != nil {
		mine, found := p.readBack(ctx, row)
		if !found {
			p.rememberUnsent(row.Nonce)
			return nil, nil, p.fault(opPay, payment.NotSent, payment.ErrJournal, "this call sent nothing", err)
		}
		begun = Begun{Rows: mine}
	}
	// The row itself says whether it is ours to pay with. A driver that repeats the statement on a fresh connection says
	// that a row stands against us, and it is our own; and a store that has lost rows may write ours as Unknown, to be
	// asked about first.
	i := slices.IndexFunc(begun.Rows, func(r Row) bool { return r.Nonce == row.Nonce && r.State == Started })
	switch h := begun.Holder; {
	case i >= 0:
		return p.newSession(opPay, asked, begun.Rows[i]), begun.Rows, nil
	case h != nil:
		return nil, nil, p.fault(opPay, payment.NotSent, payment.ErrScopeHeld, "nothing was sent",
			&ScopeHeldError{Scope: h.Attempt.Scope, Key: h.Attempt.Key, State: h.State})
	case reusedBy(begun.Rows, a.Digest):
		return nil, nil, p.keyReused(opPay, payment.NotSent, begun.Rows)
	case len(begun.Rows) == 0:
		return nil, nil, p.fault(opPay, payment.NotSent, payment.ErrJournal, "it neither began nor said why", nil)
	default:
		return nil, begun.Rows, nil
	}
}

// storeBegin is Begin of the store within a bound of its own. The caller's end does not cut it off: an INSERT that is given
// up may still be committed, and its row would stand in the key's way.
func (p *Payer) storeBegin(ctx context.Context, row Row, terms Terms) (Begun, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), beginTimeout)
	defer cancel()
	return p.store.Begin(ctx, row, terms)
}

// readBack settles a lost answer of Begin: the row with our nonce is there, or it is not. It returns all rows of the key.
func (p *Payer) readBack(ctx context.Context, row Row) ([]Row, bool) {
	rows, err := p.rows(ctx, row.Attempt.Key)
	found := err == nil && slices.ContainsFunc(rows, func(r Row) bool { return r.Nonce == row.Nonce })
	return rows, found
}

// resume answers for the rows that stand against a new attempt. It reports again when they no longer do.
func (p *Payer) resume(ctx context.Context, rows []Row) (pay payment.Payment, err error, again bool) {
	row := decisive(rows)
	if err := p.mine(opPay, row); err != nil {
		return payment.Payment{}, err, false
	}
	switch {
	case row.State == Released:
		return payment.Payment{}, nil, true // released between the store's look at it and ours
	case !row.State.askable():
		pay, err = p.settled(opPay, row)
		return pay, err, false
	}
	after, n, err := p.resolveByLookup(ctx, opPay, row)
	switch {
	case err != nil:
		return n.payment, err, false
	case after.State == Released:
		return payment.Payment{}, nil, true
	case after.State == Open && (row.waits() || after.waits()) && n.payment.Next == nil:
		cause := n.err
		if errors.Is(cause, payment.ErrNoPayment) {
			cause = nil
		}
		return after.lastPayment(), p.fault(opPay, payment.Unknown, payment.ErrNextActionLost, "", cause), false
	default:
		pay, err = p.replyForKey(ctx, after, n)
		return pay, err, false
	}
}

// Continue takes the second step of the payment that is open under the attempt's key: of the attempt only the key is needed,
// since the customer comes back in another request and perhaps to another process. Nobody else can take it at the same
// time. A second step whose answer was lost may still be on its way: until the quiet time is over another one is
// [payment.ErrInProgress]. When the row is not open, Continue sends nothing: it answers like Pay, except that it never begins an attempt.
//
// A second step that was not sent, or that the provider turned away without declining the payment, leaves the row open: the
// error then has a [payment.KeyStateError] as a cause.
func (p *Payer) Continue(ctx context.Context, a payment.Attempt, c payment.Continuation) (payment.Payment, error) {
	inner, ok := p.payer.(payment.Continuer)
	if !ok {
		return payment.Payment{}, unread(a.Key, p.fault(opContinue, payment.NotSent, payment.ErrUnsupported, "", nil))
	}
	rows, err := p.rows(ctx, a.Key)
	switch {
	case err != nil:
		return payment.Payment{}, p.fault(opContinue, payment.NotSent, payment.ErrJournal, "this call sent nothing", err)
	case len(rows) == 0:
		return payment.Payment{}, p.noSuchKey(opContinue, payment.NotSent)
	case a.Digest != "" && reusedBy(rows, a.Digest):
		return payment.Payment{}, p.keyReused(opContinue, payment.NotSent, rows)
	}
	row := decisive(rows)
	if err := p.mine(opContinue, row); err != nil {
		return payment.Payment{}, err
	}
	to := decide(row.standing(), foundPending, byContinue)
	switch {
	case row.State == Released:
		return payment.Payment{}, p.nothingOpen(opContinue)
	case !row.State.askable():
		return p.settled(opContinue, row)
	case to != Started:
		return p.settleFor(ctx, row)
	case ctx.Err() != nil:
		return row.lastPayment(), p.fault(opContinue, payment.NotSent, nil, "", errors.Join(context.Cause(ctx), keyState(rows)))
	case p.isInside(row) || row.mayBeContinuing():
		return row.lastPayment(), p.inProgress(opContinue)
	}
	// A lease on an open row is that of somebody who only asks. The second step does not wait for that one.
	next := row.clone()
	next.State, next.Evidence, next.Why, next.Nonce, next.Proposal = Started, EvidenceUnknown, whyContinue, rand.Text(), nil
	if !next.Attempt.Answered {
		next.Attempt = next.Attempt.Unanswered() // the first step's answer was lost, and stays so
	}
	next.Attempt.Answered = false
	if _, again := next.Attempt.Marked(markContinued); !again {
		next.Attempt.Marks = append(next.Attempt.Marks, payment.Mark{Step: markContinued})
	}
	next.Owner = p.owner
	terms := p.terms()
	terms.Event = event(row.State, next)
	asked := p.now()
	begun, err := p.writeOnce(ctx, row, next, terms)
	switch {
	case errors.Is(err, ErrStale):
		return row.lastPayment(), p.inProgress(opContinue)
	case err != nil:
		p.rememberUnsent(next.Nonce)
		return row.lastPayment(), p.fault(opContinue, payment.NotSent, payment.ErrJournal, "this call sent nothing", errors.Join(err, keyState(rows)))
	}
	s := p.newSession(opContinue, asked, begun)
	pay, err := s.run(ctx, func(ctx context.Context) (payment.Payment, error) {
		s.called = true
		return inner.Continue(ctx, begun.asked(), c)
	})
	if o := payment.OutcomeOf(err); o == payment.NotSent || o == payment.Refused && !errors.Is(err, payment.ErrDeclined) {
		err = p.fault(opContinue, o, nil, "the payment is as open as before", errors.Join(err, keyState([]Row{begun})))
	}
	return pay, err
}

// settleFor asks the provider about a row that Continue cannot continue.
func (p *Payer) settleFor(ctx context.Context, row Row) (payment.Payment, error) {
	after, n, err := p.resolveByLookup(ctx, opContinue, row)
	switch {
	case err != nil:
		return n.payment, err
	case after.State == Released:
		return payment.Payment{}, p.nothingOpen(opContinue)
	default:
		return p.replyForKey(ctx, after, n)
	}
}

func (p *Payer) nothingOpen(op string) error {
	return p.fault(op, payment.NotSent, payment.ErrInvalidRequest, "no payment of this key is open", nil)
}
