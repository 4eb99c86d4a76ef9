package once

import (
	"maps"
	"slices"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
)

// State is where a row stands. The package documentation tells what Pay does in each.
type State string

// The states.
const (
	// Started: a process may be sending, for as long as its lease lives.
	Started State = "started"
	// Unknown: the money may have been taken. Lookup decides.
	Unknown State = "unknown"
	// Open: the provider has the payment and it is not final: pending, or waiting for the customer.
	Open State = "open"
	// Paid: the money was taken.
	Paid State = "paid"
	// Partial: part of it was done and paid; a person decides about the rest.
	Partial State = "partial"
	// Reversed: the money was taken and given back.
	Reversed State = "reversed"
	// Failed: the provider refused the payment, or it did not stand. Another try needs another key.
	Failed State = "failed"
	// Released: proven not taken. The key may be paid again, as the next attempt.
	Released State = "released"
	// Conflict: money was taken for an attempt that had been settled as not taken. A person must look.
	Conflict State = "conflict"
)

// Live reports whether a row in this state holds its scope against other keys: everything but Failed and Released.
func (s State) Live() bool { return s != Failed && s != Released }

// Unresolved reports whether the row still needs somebody: Started, Unknown and Open are Reconcile's work, Conflict is a
// person's.
func (s State) Unresolved() bool { return s.askable() || s == Conflict }

// askable reports whether the provider's answer to Lookup can still settle the row.
func (s State) askable() bool { return s == Started || s == Unknown || s == Open }

// Evidence is how sure a row is that the money moved. It only rises, unless a person decides otherwise with
// [Payer.Resolve].
type Evidence string

// The levels of evidence, from the lowest.
const (
	EvidenceNotTaken Evidence = "not_taken"
	EvidenceUnknown  Evidence = "unknown"
	EvidenceTaken    Evidence = "taken"
)

func (e Evidence) level() int {
	switch e {
	case EvidenceNotTaken:
		return 0
	case EvidenceTaken:
		return 2
	default:
		return 1
	}
}

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
	// "abandon".
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

// Leased reports whether a process works on the row, by the store's clock at the time of the read.
func (r Row) Leased() bool { return r.Now.Before(r.LeaseEnd) }

// sending reports whether a process may be moving money for the row right now.
func (r Row) sending() bool { return r.State == Started && r.Leased() }

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
		if d := a.State.weight() - b.State.weight(); d != 0 {
			return d
		}
		return a.N - b.N
	})
}

func (s State) weight() int {
	switch s {
	case Conflict:
		return 5
	case Paid, Partial, Reversed:
		return 4
	case Started:
		return 3
	case Failed:
		return 1
	case Released:
		return 0
	default:
		return 2
	}
}
