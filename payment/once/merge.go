package once

import (
	"errors"
	"slices"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
)

// merge returns the row with what v adds to it, and whether that is anything. It is where "evidence only rises" is kept:
// the row may have been changed by others since the answer was asked for, and v may come late.
func merge(row Row, v verdict) (Row, bool) {
	if row.State == Started && row.Nonce != v.nonce && v.evidence != EvidenceTaken {
		return row, false // a newer call of Continue is sending; an older answer says nothing about it
	}
	next := row.clone()
	next.Attempt = learn(row, v)
	changed := next.Attempt.PaymentID != row.Attempt.PaymentID || len(next.Attempt.Failures) != len(row.Attempt.Failures)
	state, evidence := decide(row, v)
	if state == "" {
		return next, changed
	}
	next.State, next.Evidence, next.Why = state, evidence, v.why
	if row.Evidence == EvidenceNotTaken && evidence == EvidenceUnknown && !reopened(row) {
		next.Attempt.Marks = append(slices.Clip(next.Attempt.Marks), payment.Mark{Step: markReopened})
	}
	switch {
	case evidence == EvidenceTaken && row.Evidence == EvidenceTaken && v.err == nil: // what was wrong with it still is
	case state == Failed || evidence == EvidenceTaken:
		next.Problem = problemOf(v.err)
	default:
		next.Problem = nil
	}
	if sticky := row.waits() && !v.payment.Status.Final() && !v.answer; v.payment.Status != "" && !sticky {
		next.Payment = stored(v.payment)
	}
	return next, true
}

// decide returns the row's new state and evidence, or "" when v does not change them.
func decide(row Row, v verdict) (State, Evidence) {
	switch {
	case row.State == Conflict:
		return "", "" // a person's to settle

	case v.evidence == EvidenceTaken:
		switch row.Evidence {
		case EvidenceNotTaken:
			return Conflict, EvidenceTaken
		case EvidenceTaken:
			if v.state.progress() < row.State.progress() || v.state == row.State && (!v.answer || row.Why == whyAnswer) {
				return "", ""
			}
		case EvidenceUnknown:
			if reopened(row) {
				return Conflict, EvidenceTaken // others have acted on "not taken" in between
			}
		}
		return v.state, EvidenceTaken

	case row.Evidence == EvidenceTaken:
		return "", ""

	case v.evidence == EvidenceNotTaken:
		if row.Evidence == EvidenceNotTaken && !(v.answer && v.state == Failed && row.State == Released) || !believed(row, v) {
			return "", "" // of two proofs the first stands, but a refusal says more than a release: it ends the key
		}
		return v.state, EvidenceNotTaken

	case row.Evidence == EvidenceNotTaken:
		// Settled as not taken, and now somebody does not know: ask the provider again before anything is paid. A failed
		// question knows nothing new.
		if v.answer || own(v.payment, row.Attempt) {
			return v.state, EvidenceUnknown
		}
		return "", ""

	case row.State == Open && v.state == Unknown:
		return "", "" // the provider has it: that is more than not knowing

	case row.State == v.state && v.payment.Status == "":
		return "", ""

	default:
		return v.state, EvidenceUnknown
	}
}

// markReopened is the mark of a row that was settled as not taken and is in doubt again: while it was settled the key, or
// its order, could be paid again. It has no time, because it is no step of the payer's. It is stored: never change it.
const markReopened = "once: reopened"

func reopened(row Row) bool {
	_, marked := row.Attempt.Marked(markReopened)
	return marked
}

// believed reports whether v proves that nothing was taken, and will be, for a row of which nobody knows.
func believed(row Row, v verdict) bool {
	switch {
	case row.Nonce != v.nonce:
		return false // it speaks of a sender before the last
	case v.answer:
		return row.State != Open // the sender's own word, unless the payment has been seen at the provider meanwhile
	case v.state == Released:
		return !v.asked.Before(row.QuietEnd)
	default:
		return true // the attempt's own payment failed
	}
}

// progress orders the states in which money was taken: the later word stands.
func (s State) progress() int {
	switch s {
	case Partial:
		return 1
	case Paid:
		return 2
	case Reversed:
		return 3
	default:
		return 0
	}
}

// learn adds to the attempt what a later Lookup should know. The id of a payment that was matched by its order alone may
// be another client's.
func learn(row Row, v verdict) payment.Attempt {
	a := row.Attempt
	if v.answer {
		return a.After(v.payment, v.raw)
	}
	if row.Evidence == EvidenceUnknown && row.Nonce == v.nonce {
		if v.state == Released {
			return proof(a, v.raw)
		}
		if half := halfProof(v.raw); half != nil {
			return proof(a, half)
		}
	}
	if own(v.payment, a) || v.payment.MatchedBy == payment.MatchedByDocuments {
		return a.After(v.payment, nil)
	}
	return a
}

// proof keeps the code of an ErrNoPayment that may come too early to be believed, or of half of one: a payer whose proof can
// be had only once, because it ends what it was read from, finds the code when it is asked again.
func proof(a payment.Attempt, err error) payment.Attempt {
	next := a.After(payment.Payment{}, err)
	fresh := next.Failures[len(a.Failures):]
	isNew := func(f payment.Failure) bool {
		return f.Code != "" && !slices.ContainsFunc(a.Failures, func(old payment.Failure) bool { return old.Op == f.Op && old.Code == f.Code })
	}
	if !slices.ContainsFunc(fresh, isNew) {
		return a
	}
	return next
}

// halfProof returns what there is to keep of an ErrInconclusive: the payer's own code, for a proof of which it had one half
// and can have that half only once, because taking it has changed the provider. nil when there is none. Kept, it settles
// nothing: the payer is told of it at the next question, and what it makes of that is believed after the quiet time, like
// every ErrNoPayment. An error with a status is an answer of the provider's and no conclusion. Such errors, and the causes
// of this one, say why a question failed; kept, they would pass for failures of the payment, which payers judge by.
func halfProof(err error) error {
	var e *payment.Error
	if !errors.As(err, &e) || e == nil || e.Code == "" || e.Status != 0 || !errors.Is(e.Kind, payment.ErrInconclusive) {
		return nil
	}
	own := *e
	own.Err = nil
	return &own
}

// stored is the part of a payment that a row may keep.
func stored(pay payment.Payment) *payment.Payment {
	pay.Next, pay.Raw = nil, nil
	pay.Reason = clean(pay.Reason)
	// JSON has no zone of 24 hours and no year 10000: an odd date must not keep the payment from being recorded.
	if pay.At = pay.At.UTC(); pay.At.Year() < 1 || pay.At.Year() > 9999 {
		pay.At = time.Time{}
	}
	return &pay
}

// reusedBy reports whether rows of the key belong to another request.
func reusedBy(rows []Row, digest string) bool {
	return slices.ContainsFunc(rows, func(r Row) bool { return r.Attempt.Digest != digest })
}
