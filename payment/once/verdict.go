package once

import (
	"errors"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
)

// verdict is what one answer of the payer says about an attempt.
type verdict struct {
	op       string
	state    State
	evidence Evidence
	payment  payment.Payment
	err      error // what the caller gets, nil or not
	raw      error // what the payer returned
	why      string
	// answer is true for the answer of Pay or Continue, false for one of Lookup.
	answer bool
	// nonce names the sender that the verdict speaks of.
	nonce string
	// asked is the store's time before Lookup was called.
	asked time.Time
}

// answered judges the answer of Pay, or of Continue, which cannot release what its first step began.
func (p *Payer) answered(op, nonce string, pay payment.Payment, err error) verdict {
	v := verdict{op: op, payment: pay, err: err, raw: err, why: whyAnswer, answer: true, nonce: nonce}
	v.state, v.evidence = byStatus(pay.Status)
	if err == nil {
		if v.evidence == EvidenceNotTaken {
			v.err = p.fault(op, payment.Refused, payment.ErrDeclined, "the payment is "+string(pay.Status), nil)
		}
		return v
	}
	silent := pay.Status == "" || v.evidence == EvidenceNotTaken
	switch outcome := payment.OutcomeOf(err); {
	case outcome == payment.Accepted:
		if v.evidence = EvidenceTaken; silent {
			v.state = Paid
		}
	case outcome == payment.Unknown:
		v.state, v.evidence = Unknown, EvidenceUnknown
	case !silent:
		v.state, v.evidence = Unknown, EvidenceUnknown
		v.err = p.fault(op, payment.Unknown, nil, "the payer returned a refusal together with a payment that is "+string(pay.Status), err)
	case op == opContinue && (outcome == payment.NotSent || pay.Status == "" && !errors.Is(err, payment.ErrDeclined)):
		v.state, v.evidence = Open, EvidenceUnknown
	case outcome == payment.NotSent || op == opPay && passing(err):
		v.state, v.evidence = Released, EvidenceNotTaken
	default:
		v.state, v.evidence = Failed, EvidenceNotTaken
	}
	return v
}

// lookedUp judges the answer of Lookup to a question about row.
func (p *Payer) lookedUp(op string, row Row, pay payment.Payment, err error) verdict {
	v := verdict{op: op, payment: pay, err: err, raw: err, why: whyLookup, nonce: row.Nonce, asked: row.Now}
	v.state, v.evidence = byStatus(pay.Status)
	switch {
	case err == nil && v.evidence == EvidenceNotTaken && !own(pay, row.Attempt):
		// Somebody else's payment of this order may have failed while ours is still on its way.
		v.state, v.evidence, v.payment, v.err = Unknown, EvidenceUnknown, payment.Payment{}, p.undecided(op, nil)
	case err == nil:
	case errors.Is(err, payment.ErrNoPayment) && payment.OutcomeOf(err) == payment.Refused:
		v.state, v.evidence, v.payment = Released, EvidenceNotTaken, payment.Payment{}
	case payment.OutcomeOf(err) == payment.Accepted && v.evidence == EvidenceTaken:
	default:
		v.state, v.evidence, v.payment = Unknown, EvidenceUnknown, payment.Payment{}
		if errors.Is(err, payment.ErrNoPayment) {
			v.err = p.undecided(op, err)
		}
	}
	return v
}

// byStatus tells what a payment says when no error speaks against it. A word nobody knows is pending.
func byStatus(s payment.Status) (State, Evidence) {
	switch s {
	case payment.Succeeded:
		return Paid, EvidenceTaken
	case payment.Partial:
		return Partial, EvidenceTaken
	case payment.Reversed:
		return Reversed, EvidenceTaken
	case payment.Failed, payment.Cancelled:
		return Failed, EvidenceNotTaken
	default:
		return Open, EvidenceUnknown
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
