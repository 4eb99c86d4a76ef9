package once

import "slices"

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
	// Partial: part of it was done and paid. A person must decide about the rest.
	Partial State = "partial"
	// Reversed: the money was taken and given back.
	Reversed State = "reversed"
	// Failed: the provider refused the payment, or it did not stand. Another try needs another key.
	Failed State = "failed"
	// Released: proven or decided not taken. The key may be paid again, as the next attempt.
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

// isPaid reports whether the state says that money was taken, and no more than that.
func (s State) isPaid() bool { return s == Paid || s == Partial || s == Reversed }

// Evidence is how sure a row is that the money moved. It only rises, unless a person decides otherwise.
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

// evidence is what a row in this state says about the money.
func (s State) evidence() Evidence {
	switch {
	case s.isPaid(), s == Conflict:
		return EvidenceTaken
	case s == Failed, s == Released:
		return EvidenceNotTaken
	default:
		return EvidenceUnknown
	}
}

// standing is the state of a row as the table sees it. Five standings say more than the state:
//
//   - reopened is Unknown or Open, of a row that was Failed or Released before. While it was, others may have acted on it.
//   - shown is Paid, Partial or Reversed by the provider's own word.
//   - asserted is Paid by the word of a person alone.
//   - decided is Released by the word of a person alone.
//   - claimed is Conflict by the word of a person alone.
type standing string

const (
	started  standing = "started"
	unknown  standing = "unknown"
	open     standing = "open"
	reopened standing = "reopened"
	shown    standing = "shown"
	asserted standing = "asserted"
	failed   standing = "failed"
	released standing = "released"
	decided  standing = "decided"
	conflict standing = "conflict"
	claimed  standing = "claimed"
)

// finding is what a piece of news says about the payment of one attempt.
type finding string

const (
	foundPaid     finding = "paid"
	foundPartial  finding = "partial"
	foundReversed finding = "reversed"
	// foundPending: the provider has this attempt's payment, and it is not final.
	foundPending finding = "pending"
	// foundPendingOrder: the provider has a payment of the order that is not final. It may be somebody else's.
	foundPendingOrder finding = "pending order"
	// foundOther: the payment that was found is known to be that of another attempt of the key.
	foundOther finding = "other attempt"
	// foundSecond: a person says that this attempt was paid although another attempt of the key is paid.
	foundSecond finding = "second"
	// foundUnclear: nobody knows.
	foundUnclear finding = "unclear"
	// foundRefused: this attempt's payment was refused, or it failed. Another try needs another key.
	foundRefused finding = "refused"
	// foundAbsent: nothing was taken and nothing will be. The key may be paid again.
	foundAbsent finding = "absent"
)

// taken reports whether the finding says that this attempt took money.
func (f finding) taken() bool { return f == foundPaid || f == foundPartial || f == foundReversed }

// source is who brings the news.
type source string

const (
	// byCall: the answer of Pay or Continue, of the call that the row's nonce names.
	byCall source = "call"
	// byEarlierCall: the answer of a call before that one.
	byEarlierCall source = "earlier call"
	// byLookup: the answer of Lookup, asked after the quiet time about the row as it still is.
	byLookup source = "lookup"
	// byEarlyLookup: the answer of Lookup, asked before the end of the quiet time, or about a row that has changed since.
	byEarlyLookup source = "early lookup"
	// byPerson: a decision after the quiet time, or one that states why it comes before.
	byPerson source = "person"
	// byEarlyPerson: a decision before the end of the quiet time.
	byEarlyPerson source = "early person"
	// byRevocation: a person takes a person's decision back.
	byRevocation source = "revocation"
	// byClock: the lease is over, and its owner has not answered.
	byClock source = "clock"
	// byContinue: the second step is about to be sent.
	byContinue source = "continue"
)

// The special results of a rule. Every other result is the new state of the row.
const (
	// keep: the state stays. What the news adds besides, such as its reason, is written all the same.
	keep State = ""
	// later: of two words that say that money was taken, the one that comes later in partial, paid, reversed stands.
	later State = "(later)"
	// tooEarly: the decision is refused until the quiet time is over.
	tooEarly State = "(too early)"
	// refuse: the decision contradicts what the provider has shown, or the row is no matter for it.
	refuse State = "(refuse)"
)

// rule is one line of the table. An empty list stands for every value.
type rule struct {
	standings []standing
	findings  []finding
	sources   []source
	result    State
}

// rules is the table of states of this package: every change of a row's state is a line of it. The first line that
// matches decides. The news is about one payment of one attempt, see [Payer.record] for how it is made.
func rules() []rule {
	type (
		ss = []standing
		ff = []finding
		by = []source
	)
	undecided := ss{started, unknown, open, reopened}
	settled := ss{failed, released, decided}
	taken := ff{foundPaid, foundPartial, foundReversed}
	answers := by{byCall, byEarlierCall}
	lookups := by{byLookup, byEarlyLookup}
	persons := by{byPerson, byEarlyPerson}
	return []rule{
		// The lease is over and nobody knows whether its owner has sent.
		{ss{started}, nil, by{byClock}, Unknown},
		// The second step begins.
		{ss{open}, nil, by{byContinue}, Started},
		{nil, nil, by{byClock, byContinue}, refuse},

		// A person vouches that the money was taken.
		// Of a conflict that means that the person has dealt with it. The row then says what the
		// provider has shown.
		{ss{conflict}, ff{foundPaid, foundSecond}, persons, Paid},
		{ss{conflict}, ff{foundPartial}, persons, Partial},
		{ss{conflict}, ff{foundReversed}, persons, Reversed},
		{ss{shown, asserted, claimed}, ff{foundPaid, foundSecond}, persons, keep},
		{nil, ff{foundPaid}, persons, Paid},
		{nil, ff{foundSecond}, persons, Conflict},
		// A person says that nothing was taken. What the provider has shown cannot be taken back.
		{ss{released, decided}, ff{foundAbsent}, persons, keep},
		{ss{conflict, shown, failed}, ff{foundAbsent}, persons, refuse},
		{ss{started, unknown, open, reopened, asserted, claimed}, ff{foundAbsent}, by{byPerson}, Released},
		{ss{asserted, claimed}, ff{foundAbsent}, by{byEarlyPerson}, Unknown}, // nobody vouches for the payment any more
		{ss{started, unknown, open, reopened}, ff{foundAbsent}, by{byEarlyPerson}, tooEarly},
		// A person's word is taken back: the provider decides again.
		{ss{asserted, decided, claimed}, nil, by{byRevocation}, Unknown},
		{nil, nil, by{byRevocation}, refuse},

		// The provider shows the payment of a conflict for which only a person had vouched.
		{ss{claimed}, taken, nil, Conflict},
		// A conflict is a person's to settle.
		{ss{conflict, claimed}, nil, nil, keep},

		// The money was taken, whoever says so. For a row that had been settled as not taken that is a conflict.
		{ss{started, unknown, open, asserted}, ff{foundPaid}, nil, Paid},
		{ss{started, unknown, open, asserted}, ff{foundPartial}, nil, Partial},
		{ss{started, unknown, open, asserted}, ff{foundReversed}, nil, Reversed},
		{ss{failed, released, decided, reopened}, taken, nil, Conflict},
		{ss{shown}, taken, nil, later},
		// Evidence only rises: nothing else is news for a row that is paid.
		{ss{shown, asserted}, nil, nil, keep},

		// A payment of another attempt says nothing about this one.
		{ss{started}, ff{foundOther}, lookups, Unknown},
		{nil, ff{foundOther}, nil, keep},

		// A call of Continue is sending. The answer of an earlier call says nothing about it.
		{ss{started}, nil, by{byEarlierCall}, keep},

		// The provider has the payment.
		{undecided, ff{foundPending, foundPendingOrder}, nil, Open},
		{settled, ff{foundPending}, nil, Open},
		{settled, ff{foundPendingOrder}, answers, Open},

		// Nobody knows. That opens a row which was settled as not taken only when the sender says so.
		{ss{started}, ff{foundUnclear}, nil, Unknown},
		{settled, ff{foundUnclear}, answers, Unknown},

		// The payment was refused or has failed. The sender's word does not count once the provider has shown the payment.
		{ss{started, unknown, reopened}, ff{foundRefused}, by{byCall}, Failed},
		{undecided, ff{foundRefused}, lookups, Failed},
		{ss{released}, ff{foundRefused}, by{byCall}, Failed}, // a refusal ends the key, which a release does not

		// Nothing was taken and nothing will be.
		{ss{started, unknown, reopened}, ff{foundAbsent}, by{byCall}, Released},
		{undecided, ff{foundAbsent}, by{byLookup}, Released},
		{ss{started}, ff{foundAbsent}, by{byEarlyLookup}, Unknown},

		{nil, nil, nil, keep},
	}
}

// decide looks the news up in the table.
func decide(s standing, f finding, by source) State {
	for _, r := range rules() {
		if matches(r.standings, s) && matches(r.findings, f) && matches(r.sources, by) {
			return r.result
		}
	}
	return keep
}

func matches[T comparable](list []T, v T) bool { return len(list) == 0 || slices.Contains(list, v) }

// progress orders the states in which money was taken, for the rule "later".
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

// precedence orders the rows of a key: the row with the highest speaks for the key.
func (s State) precedence() int {
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
