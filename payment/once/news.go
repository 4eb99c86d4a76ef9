package once

import (
	"errors"
	"slices"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
)

// news is one statement about the payment of one attempt: an answer of the payer, or a person's decision.
type news struct {
	op      string
	finding finding
	source  source
	why     string
	// payment and err are what the caller gets, raw is the error that the payer returned.
	payment  payment.Payment
	err, raw error
	// panicked is true when the payer panicked: the call may have sent, and its answer is not known.
	panicked bool
	// nonce names the call that an answer comes from, or the last call before a question to Lookup.
	nonce string
	// asked is the store's time before Lookup was called, and version the row's version at that time.
	asked   time.Time
	version int64
	// again is true when another attempt of the key has been paid, with another payment.
	again bool
	// unsent is the nonce of an attempt that has begun and has certainly not sent anything yet.
	unsent string
}

// evidence is what the news says about the money.
func (n news) evidence() Evidence {
	switch n.finding {
	case foundPaid, foundPartial, foundReversed:
		return EvidenceTaken
	case foundRefused, foundAbsent:
		return EvidenceNotTaken
	default:
		return EvidenceUnknown
	}
}

// isAnswer reports whether the news is the answer of Pay or Continue.
func (n news) isAnswer() bool { return n.source == byCall || n.source == byEarlierCall }

// isLookup reports whether the news is the answer of Lookup.
func (n news) isLookup() bool { return n.source == byLookup || n.source == byEarlyLookup }

// answered makes news of the answer of Pay, or of Continue, which cannot release what its first step began.
func (p *Payer) answered(op, nonce string, pay payment.Payment, err error) news {
	n := news{op: op, payment: pay, err: err, raw: err, why: whyAnswer, source: byCall, nonce: nonce}
	n.finding = byStatus(pay.Status)
	if err == nil {
		if n.finding == foundRefused {
			n.err = p.fault(op, payment.Refused, payment.ErrDeclined, "the payment is "+string(pay.Status), nil)
		}
		return n
	}
	outcome := payment.OutcomeOf(err)
	noPayment := pay.Status == "" || n.finding == foundRefused // the payment does not contradict "nothing was taken"
	switch {
	case outcome == payment.Accepted:
		if !n.finding.taken() {
			n.finding = foundPaid
		}
	case outcome == payment.Unknown:
		n.finding = foundUnclear
	case !noPayment:
		n.finding = foundUnclear
		n.err = p.fault(op, payment.Unknown, nil, "the payer returned a refusal together with a payment that is "+string(pay.Status), err)
	case op == opContinue && (outcome == payment.NotSent || pay.Status == "" && !errors.Is(err, payment.ErrDeclined)):
		n.finding = foundPending // the first step's payment is as open as before
	case outcome == payment.NotSent || op == opPay && passing(err):
		n.finding = foundAbsent
	default:
		n.finding = foundRefused
	}
	return n
}

// lookedUp makes news of the answer of Lookup to a question about row.
func (p *Payer) lookedUp(op string, row Row, pay payment.Payment, err error) news {
	n := news{op: op, payment: pay, err: err, raw: err, why: whyLookup, source: byLookup,
		nonce: row.Nonce, asked: row.Now, version: row.Version}
	n.finding = byStatus(pay.Status)
	mine := own(pay, row.Attempt)
	// The marker is the key's: what bears it may be an earlier attempt's payment, while ours is still on its way.
	earlier := row.N > 1 && pay.MatchedBy == payment.MatchedByMarker && row.Now.Before(row.QuietEnd) &&
		(pay.ID == "" || pay.ID != row.Attempt.PaymentID)
	switch {
	case err == nil && n.finding == foundRefused && (!mine || earlier):
		// Somebody else's payment of this order may have failed while ours is still on its way.
		n.finding, n.payment, n.err = foundUnclear, payment.Payment{}, p.undecided(op, nil)
	case err == nil && n.finding == foundPending && !mine:
		n.finding = foundPendingOrder
	case err == nil:
	case errors.Is(err, payment.ErrNoPayment) && payment.OutcomeOf(err) == payment.Refused:
		n.finding, n.payment = foundAbsent, payment.Payment{}
		if op == opAbandon {
			n.why = whyAbandon
		}
	case payment.OutcomeOf(err) == payment.Accepted && n.finding.taken():
	default:
		n.finding, n.payment = foundUnclear, payment.Payment{}
		if errors.Is(err, payment.ErrNoPayment) {
			n.err = p.undecided(op, err)
		}
	}
	return n
}

// byStatus tells what a payment says when no error speaks against it. A word nobody knows is pending.
func byStatus(s payment.Status) finding {
	switch s {
	case payment.Succeeded:
		return foundPaid
	case payment.Partial:
		return foundPartial
	case payment.Reversed:
		return foundReversed
	case payment.Failed, payment.Cancelled:
		return foundRefused
	default:
		return foundPending
	}
}

// own reports whether a payment found by Lookup is the attempt's, and not merely one of the same order.
func own(pay payment.Payment, a payment.Attempt) bool {
	switch pay.MatchedBy {
	case payment.MatchedByAnswer, payment.MatchedByID, payment.MatchedByMarker:
		return true
	default:
		return pay.ID != "" && pay.ID == a.PaymentID
	}
}

// passing reports whether a refusal is about the moment and not about the payment.
func passing(err error) bool {
	return errors.Is(err, payment.ErrRateLimited) || errors.Is(err, payment.ErrUnauthenticated) ||
		errors.Is(err, payment.ErrUnavailable)
}

// compare sets the news against the other rows of the key. A payment belongs to one attempt: what another attempt holds is
// no news about this one. It reports watch when the other attempt is not settled yet, so that nobody can say whose payment
// was found: the row must be asked about again.
func (n news) compare(row Row, rows []Row) (_ news, watch bool) {
	known := n.payment.ID != "" && n.payment.ID == row.Attempt.PaymentID
	failed := n.finding == foundRefused
	if !n.finding.taken() && n.finding != foundPending && (!failed || known) {
		return n, false
	}
	settled := row.State.evidence() == EvidenceNotTaken
	if n.isAnswer() && !settled && row.standing() != reopened {
		return n, false // the sender's own answer, to a row that waits for it
	}
	for _, other := range rows {
		switch {
		case other.N == row.N || n.unsent != "" && other.Nonce == n.unsent:
			continue
		case holds(other, row, n.payment), failed && n.payment.ID != "" && n.payment.ID == other.Attempt.PaymentID:
			n.finding = foundOther
			return n, false
		case n.isLookup() && !known && !failed && other.State.askable() && !hasOther(other, n.payment) &&
			(settled || row.standing() == reopened && other.standing() != reopened):
			n.finding, watch = foundOther, settled
		}
	}
	return n, watch
}

// holds reports whether other holds a payment that was found for row. The id of row's own attempt is held by nobody but an
// attempt with the same id. Of two attempts that wait for the payment of one id it is the later one's, and an attempt that
// is settled as not taken holds nothing: each would else leave the payment to the other one. A payment without an id is the
// order's: it is that of the attempt which is paid.
func holds(other, row Row, pay payment.Payment) bool {
	same := pay.ID != "" && pay.ID == other.Attempt.PaymentID
	known := pay.ID != "" && pay.ID == row.Attempt.PaymentID
	switch paid := other.State.evidence() == EvidenceTaken; {
	case same && other.State.askable():
		return !row.State.askable() || other.N > row.N
	case !paid || same:
		return paid
	case other.Payment == nil:
		return false
	case known:
		return pay.ID == other.Payment.ID
	default:
		return pay.ID == "" || other.Payment.ID == "" || pay.ID == other.Payment.ID
	}
}

// hasOther reports whether the row's payment is known, and another one than pay.
func hasOther(row Row, pay payment.Payment) bool {
	return pay.ID != "" && row.Attempt.PaymentID != "" && pay.ID != row.Attempt.PaymentID
}

// sourceFor places the source against the row as it is now.
func (n news) sourceFor(row Row) source {
	switch {
	case n.source == byCall && n.nonce != row.Nonce:
		return byEarlierCall
	case n.source == byLookup && (n.nonce != row.Nonce || n.version != row.Version || n.asked.Before(row.QuietEnd)):
		return byEarlyLookup
	default:
		return n.source
	}
}

// applyTo returns the row with what the news adds to it, and whether the state has changed and whether anything has. It is
// where "evidence only rises" is kept: the row may have been written by others since the payer was asked.
func (n news) applyTo(row Row) (next Row, moved, changed bool) {
	if n.isLookup() && n.nonce != row.Nonce && !n.finding.taken() {
		return row, false, false // the question was asked before the call that the row now speaks of
	}
	by := n.sourceFor(row)
	next = row.clone()
	n.learn(&next, by)
	from := row.standing()
	if n.again && !slices.Contains([]standing{shown, conflict, claimed}, from) {
		from = reopened // the key is paid: another payment is a second one
	}
	to := decide(from, n.finding, by)
	if to == later {
		to = n.later(&next, row)
	}
	if to == keep {
		return next, false, n.isAnswer() || next.Attempt.PaymentID != row.Attempt.PaymentID
	}
	n.move(&next, row, to)
	return next, to != row.State || row.Asserted, true
}

// learn adds to the row what a later question should know, and how this one ended.
func (n news) learn(next *Row, by source) {
	a := &next.Attempt
	switch {
	case n.panicked:
		*a = a.Unanswered()
	case n.isAnswer():
		answered := a.Answered
		*a = a.After(n.payment, n.raw)
		if by == byEarlierCall {
			a.Answered = answered // a later call is still out
		}
	case n.isLookup():
		// The id of a payment that was matched by its order alone may be another client's.
		if pay := n.payment; pay.ID != "" && n.finding != foundOther && (own(pay, *a) || pay.MatchedBy == payment.MatchedByDocuments) {
			a.PaymentID = pay.ID
		}
		next.Asks++
		next.AskedAt, next.Reason = n.asked, problemOf(n.raw)
	}
}

// later applies the rule of the same name: it returns the state in which money was taken that comes later.
func (n news) later(next *Row, row Row) State {
	to := stateOf(n.finding)
	switch {
	case to.progress() > row.State.progress():
		return to
	case to == row.State && n.isAnswer() && row.Why != whyAnswer:
		next.Payment = stored(n.payment) // the sender's own answer says more than what Lookup found
	}
	return keep
}

func stateOf(f finding) State {
	switch f {
	case foundPartial:
		return Partial
	case foundReversed:
		return Reversed
	default:
		return Paid
	}
}

// move puts the row into a new state.
func (n news) move(next *Row, row Row, to State) {
	if row.State.evidence() == EvidenceNotTaken && to.askable() {
		// Not withMark: a full list must not keep this mark out.
		next.Attempt.Marks = append(next.Attempt.Marks, payment.Mark{Step: markReopened})
	}
	shownBefore := row.standing() == shown
	if to != row.State || row.Asserted {
		next.Why, next.Proposal = n.why, nil
	}
	next.State, next.Evidence = to, to.evidence()
	switch {
	case to.evidence() == EvidenceTaken && shownBefore && n.err == nil: // what was wrong with the payment still is
	case to == Failed || to.evidence() == EvidenceTaken:
		next.Problem = problemOf(n.err)
	default:
		next.Problem = nil
	}
	waiting := row.waits() && !n.payment.Status.Final() && n.isLookup() // the row keeps what the customer must do
	if n.payment.Status != "" && n.finding != foundOther && !waiting {
		next.Payment = stored(n.payment)
	}
	next.Asserted, next.WatchUntil = false, time.Time{}
}
