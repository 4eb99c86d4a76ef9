package payment

import (
	"errors"
	"slices"
)

// Action is what to do next, in one word. See [Next].
type Action string

// The actions.
const (
	NextDone         Action = "done"          // the order is paid
	NextWait         Action = "wait"          // undecided, or in other hands: ask again later
	NextShowCustomer Action = "show_customer" // bring the customer to [Payment.Next]
	NextRetry        Action = "retry"         // nothing was taken: the same request with the same key may be paid again
	NextLookup       Action = "lookup"        // ask [Payer.Lookup]; do not pay again
	NextNewRequest   Action = "new_request"   // nothing was taken: correct the request and pay it under a new key
	NextCallHuman    Action = "call_human"    // a person has to look
)

// NextStep is an action and the sentence that explains it.
type NextStep struct {
	// Action is for programs, Text for people.
	Action Action
	Text   string
}

// String returns the sentence.
func (s NextStep) String() string { return s.Text }

// Next tells what to do with the answer of [Payer.Pay], [Payer.Lookup] or [Continuer.Continue]. It allows another
// payment, as NextRetry or NextNewRequest, only where the payment and the outcome of the error agree that nothing was
// taken.
func Next(p Payment, err error) NextStep {
	if err == nil {
		return nextByStatus(p)
	}
	is := func(kind error) bool { return errors.Is(err, kind) }
	outcome := OutcomeOf(err)
	switch {
	case is(ErrDoublePaymentRisk):
		return NextStep{NextCallHuman, "The order may have been paid twice: stop, and have a person compare the provider's " +
			"books with yours."}
	case outcome == Accepted:
		return nextAccepted(p, err)
	case is(ErrInProgress):
		return NextStep{NextWait, "Someone else is paying with this key right now: wait, then ask again with the same key."}
	case is(ErrNoSuchKey):
		return NextStep{NextCallHuman, "The journal has no payment with this key: a person must find out whether the key is wrong " +
			"or a row is lost."}
	case is(ErrKeyReused):
		return nextReused(err)
	case is(ErrJournal):
		return NextStep{NextWait, "The journal cannot be reached, so it is not known whether this key has been paid: try the " +
			"same request with the same key again later."}
	case is(ErrTooEarly):
		return NextStep{NextWait, "It is too early to decide: wait until the time that the error names."}
	case is(ErrNextActionLost):
		return NextStep{NextLookup, "The customer's next step is lost: ask Lookup, abandon the payment when the quiet time " +
			"has passed, and only then pay with a new key."}
	case is(ErrScopeHeld):
		return NextStep{NextLookup, "Another key has paid this order or may have paid it: ask Lookup about an Attempt with " +
			"the key that the error names."}
	case is(ErrAlreadyPaid):
		return NextStep{NextLookup, "The provider says that the order is paid or being paid: ask Lookup by whom, and do not " +
			"pay again."}
	case mayBePaid(err):
		return NextStep{NextLookup, "This call took nothing, but the payment with this key may be under way or made: ask Lookup " +
			"with the same key."}
	case outcome == Unknown:
		return NextStep{NextLookup, "The money may have been taken: never pay again, ask Lookup until it gives a final answer."}
	case !unpaid(p.Status):
		return NextStep{NextLookup, "The error says that nothing was taken and the payment says otherwise: do not pay again, " +
			"ask Lookup."}
	}
	return nextUnpaid(outcome, is)
}

func nextByStatus(p Payment) NextStep {
	switch p.Status {
	case Succeeded:
		return NextStep{NextDone, "The order is paid."}
	case ActionRequired:
		return NextStep{NextShowCustomer, "The customer has to act first: bring them to the payment's next action, then " +
			"continue."}
	case Partial:
		return NextStep{NextCallHuman, "Only a part was done and paid: a person must decide about the rest."}
	case Reversed:
		return NextStep{NextCallHuman, "The money was taken and given back: a person must decide what becomes of the order."}
	case Failed, Cancelled:
		return NextStep{NextNewRequest, "The payment did not stand and nothing was kept: pay with a new request and a new key."}
	default:
		return NextStep{NextWait, "The provider has not decided yet: ask Lookup again later."}
	}
}

// nextReused is for a key that belongs to another request. Only a journal that says that nothing was taken under the key
// allows another payment: the two requests may be the same purchase, prepared by two configurations.
func nextReused(err error) NextStep {
	var k *KeyStateError
	if errors.As(err, &k) && k != nil && !k.MayBePaid {
		return NextStep{NextNewRequest, "The key belongs to another request, under which nothing was taken: pay this one with a " +
			"new key."}
	}
	return NextStep{NextLookup, "The key belongs to another request, which may have been paid: ask Lookup about an Attempt with " +
		"the key alone, and never pay again under a new key before you know."}
}

// mayBePaid reports whether a journal says that the key of the error may have been paid.
func mayBePaid(err error) bool {
	var k *KeyStateError
	return errors.As(err, &k) && k != nil && k.MayBePaid
}

// nextAccepted is for errors that came although the money moved.
func nextAccepted(p Payment, err error) NextStep {
	if !errors.Is(err, ErrNotRecorded) || errors.Is(err, ErrAmountMismatch) {
		return NextStep{NextCallHuman, "The money was taken but something is wrong: never pay again, have a person read the " +
			"error."}
	}
	switch p.Status {
	case Succeeded:
		return NextStep{NextDone, "The order is paid, but the journal does not know it yet: let Reconcile repair it."}
	case Partial, Reversed:
		return nextByStatus(p)
	default:
		return NextStep{NextLookup, "The money moved and the journal does not know it: ask Lookup, and do not pay again."}
	}
}

// nextUnpaid is for errors after which nothing was taken.
func nextUnpaid(outcome Outcome, is func(error) bool) NextStep {
	passing := []error{ErrRateLimited, ErrUnauthenticated, ErrUnavailable}
	lasting := []error{ErrInvalidRequest, ErrPriceChanged, ErrUnsupported, ErrCurrencyMismatch, ErrAmountMismatch,
		ErrOrderNotPayable, ErrOrderNotFound, ErrDeclined}
	switch {
	case slices.ContainsFunc(lasting, is):
		return NextStep{NextNewRequest, "Nothing was taken: correct what the error names, then pay with a new request and a " +
			"new key."}
	case is(ErrNoPayment):
		return NextStep{NextRetry, "Nothing was taken and nothing will be: the payment may be tried again with the same key."}
	case slices.ContainsFunc(passing, is):
		return NextStep{NextRetry, "Nothing was taken: try again with the same key once the cause that the error names is over."}
	case outcome == NotSent:
		return NextStep{NextRetry, "Nothing was sent: the payment may be tried again with the same key."}
	default:
		return NextStep{NextNewRequest, "The provider refused and took nothing: read why, then pay with a new request and a " +
			"new key."}
	}
}

// unpaid reports whether a payment with this status goes together with an error that says that nothing was taken.
func unpaid(s Status) bool { return s == "" || s == Failed || s == Cancelled }
