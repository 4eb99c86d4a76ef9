package once

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
)

// Row is one attempt to pay one key. It is serialisable (JSON) and holds no secret, no free text of the request and no
// body of an answer.
type Row struct {
	// Name is the credential set, see [Name]. Name, Attempt.Key and N identify the row.
	Name string `json:"name"`
	// N counts the attempts of the key from 1.
	N int `json:"n"`
	// Version goes up by one with every write; a write names the version that it has seen.
	Version  int64    `json:"version"`
	State    State    `json:"state"`
	Evidence Evidence `json:"evidence"`
	// Attempt is what Lookup needs. Its SentAt is the time of BeganAt whenever a payer gets it.
	Attempt payment.Attempt `json:"attempt"`
	// AllowAnother repeats the request's permission to begin although another key holds the scope.
	AllowAnother bool `json:"allow_another,omitempty"`
	// Provider and Installation say who was asked to pay, see [payment.Installed]. No other installation is asked about
	// the row.
	Provider     string `json:"provider"`
	Installation string `json:"installation,omitempty"`
	// Nonce names the call of Pay or Continue that may send. It settles a lost answer of Begin, and keeps the answer of
	// an older call from speaking for a newer one.
	Nonce string `json:"nonce"`
	// Write names the last write of the row: a new random text for each. It settles a lost answer of Update.
	Write string `json:"write"`
	// Owner is the process that wrote the row last.
	Owner string `json:"owner"`
	// Payment is the last payment seen, without its next action and raw answer; nil before the first.
	Payment *payment.Payment `json:"payment,omitempty"`
	// Problem is the refusal of a failed row, or what is wrong with the payment of a paid one.
	Problem *Problem `json:"problem,omitempty"`
	// Why says what brought the row into its state: "begin", "continue", "answer", "lookup", "lease over", "resolve",
	// "revoke", "abandon", "never sent".
	Why string `json:"why"`
	// By and Note are the person and the reason of the last decision, see [Payer.Resolve].
	By   string `json:"by,omitempty"`
	Note string `json:"note,omitempty"`
	// Asserted is true when a person vouched for the payment and the provider has not shown it yet.
	Asserted bool `json:"asserted,omitempty"`
	// Proposal is a decision that waits for a second person, see [WithFourEyes].
	Proposal *Proposal `json:"proposal,omitempty"`

	// Asks counts the questions to the provider, AskedAt is the time of the last one, and Reason is what kept its answer
	// from settling the row; nil when the answer was a payment.
	Asks    int       `json:"asks,omitempty"`
	AskedAt time.Time `json:"asked_at,omitzero"`
	Reason  *Problem  `json:"reason,omitempty"`

	// Damage says why the store could not read the row; "" for a row that is whole. It is never stored.
	Damage string `json:"-"`

	// The times are the store's.
	BeganAt   time.Time `json:"began_at"`
	UpdatedAt time.Time `json:"updated_at"`
	// LeaseEnd: until then one process works on the row.
	LeaseEnd time.Time `json:"lease_end"`
	// QuietEnd: from then on [payment.ErrNoPayment] is believed.
	QuietEnd time.Time `json:"quiet_end"`
	// WatchUntil: until then the provider is asked about a row although a person has settled it; zero for other rows.
	WatchUntil time.Time `json:"watch_until,omitzero"`
	// Now is the store's clock at the moment when it read or wrote the row.
	Now time.Time `json:"-"`
}

// Leased reports whether a process works on the row, by the store's clock at the time of the read. A lease that the last
// write has ended stays ended when the clock is set back.
func (r Row) Leased() bool { return r.Now.Before(r.LeaseEnd) && r.LeaseEnd.After(r.UpdatedAt) }

// asked is the attempt as payers get it.
func (r Row) asked() payment.Attempt {
	a := r.Attempt
	a.SentAt = r.BeganAt
	return a
}

// waits reports whether the customer's next step is what the row waits for.
func (r Row) waits() bool {
	return r.State == Open && r.Payment != nil && r.Payment.Status == payment.ActionRequired
}

// lastPayment is the payment kept in the row, or the zero one.
func (r Row) lastPayment() payment.Payment {
	if r.Payment == nil {
		return payment.Payment{}
	}
	return *r.Payment
}

// clone copies everything that a holder of the row could change.
func (r Row) clone() Row {
	r.Attempt.Ref = maps.Clone(r.Attempt.Ref)
	r.Attempt.Marks = slices.Clone(r.Attempt.Marks)
	for i := range r.Attempt.Marks {
		r.Attempt.Marks[i].Ref = maps.Clone(r.Attempt.Marks[i].Ref)
	}
	r.Attempt.Failures = slices.Clone(r.Attempt.Failures)
	if r.Payment != nil {
		p := *r.Payment
		r.Payment = &p
	}
	r.Problem, r.Reason = r.Problem.clone(), r.Reason.clone()
	if r.Proposal != nil {
		p := *r.Proposal
		r.Proposal = &p
	}
	return r
}

// decisive returns the row that speaks for its key: the one that says most about the money, the latest of equals. Later
// attempts begin only when all earlier ones are released, but late evidence may raise an earlier one again.
func decisive(rows []Row) Row {
	return slices.MaxFunc(rows, func(a, b Row) int {
		return cmp.Or(a.State.precedence()-b.State.precedence(), a.N-b.N)
	})
}

// markReopened is the mark of a row that was settled as not taken and is in doubt again. While it was settled, the key or
// its order could be paid again. The mark has no time, because it is no step of the payer. It is stored: never change it.
const markReopened = "once: reopened"

// markContinued is the mark of a row whose second step has begun. It has no time either. It is stored: never change it.
const markContinued = "once: continued"

// mayBeContinuing reports whether a second step may still be on its way whose answer is not known, although the provider
// shows the payment as open: an answer of the step itself would have opened the row.
func (r Row) mayBeContinuing() bool {
	_, continued := r.Attempt.Marked(markContinued)
	return continued && r.State == Open && r.Why == whyLookup && r.Now.Before(r.QuietEnd)
}

// standing is the row's line in the table of states.
func (r Row) standing() standing {
	_, again := r.Attempt.Marked(markReopened)
	switch {
	case r.State == Started:
		return started
	case r.State.askable() && again:
		return reopened
	case r.State == Open:
		return open
	case r.State.isPaid() && r.Asserted:
		return asserted
	case r.State.isPaid():
		return shown
	case r.State == Failed:
		return failed
	case r.State == Released && r.Why == whyResolve:
		return decided
	case r.State == Released:
		return released
	case r.State == Conflict && r.Asserted:
		return claimed
	case r.State == Conflict:
		return conflict
	default:
		return unknown
	}
}

// watched reports whether the provider is still asked about the row although a person has settled it.
func (r Row) watched() bool { return r.Now.Before(r.WatchUntil) }

// mayBePaid reports whether the row does not rule out that money was taken. A decision of a person does not rule it out.
func (r Row) mayBePaid() bool { return r.State.Live() }

// keyState says where the key stands, for an error that is about it.
func keyState(rows []Row) error {
	row := decisive(rows)
	return &payment.KeyStateError{Key: row.Attempt.Key, State: string(row.State), MayBePaid: slices.ContainsFunc(rows, Row.mayBePaid)}
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

// maxMarks bounds the marks of a row.
const maxMarks = 64

// withMark returns the attempt with the mark behind its other marks. A mark of the same step with the same facts moves
// there with its new time: a step that is tried again and again does not make the row grow.
func withMark(a payment.Attempt, m payment.Mark) (payment.Attempt, bool) {
	marks := slices.DeleteFunc(slices.Clone(a.Marks), func(old payment.Mark) bool { return sameMark(old, m) })
	if len(marks) >= maxMarks {
		return a, false
	}
	a.Marks = append(marks, m)
	return a, true
}

func sameMark(a, b payment.Mark) bool { return a.Step == b.Step && maps.Equal(a.Ref, b.Ref) }
