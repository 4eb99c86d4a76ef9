package payment

import "reflect"

// Outcome says what an error from [Payer.Pay] means for the money. The zero value is Unknown: what nobody has placed
// may have been taken.
type Outcome int

const (
	// Unknown: the money may have been taken. Never pay again; ask [Payer.Lookup].
	//
	// Journals keep the numbers of outcomes: they must never change.
	Unknown Outcome = iota
	// NotSent: no byte of the request reached the provider. The payment may be tried again.
	NotSent
	// Refused: the provider said no. This call took nothing.
	Refused
	// Accepted: the money moved and something else is wrong. Never pay again; read the error.
	Accepted
)

// String returns the outcome's name in lower case: "unknown", "not sent", "refused" or "accepted".
func (o Outcome) String() string {
	switch o {
	case NotSent:
		return "not sent"
	case Refused:
		return "refused"
	case Accepted:
		return "accepted"
	default:
		return "unknown"
	}
}

// badness orders outcomes for joined errors: the worst branch decides.
func (o Outcome) badness() int {
	switch o {
	case NotSent:
		return 0
	case Refused:
		return 1
	case Accepted:
		return 2
	default:
		return 3
	}
}

// maxErrors bounds how many errors of a tree are looked at: one that contains itself, or repeats its branches without
// end, is Unknown.
const maxErrors = 1000

// OutcomeOf tells what err, an error from [Payer.Pay] or [Continuer.Continue], means for the money.
//
// The rules: nil is Accepted. The outcome of an [*Error] is its own, whatever it wraps. A wrapping error has the outcome
// of what it wraps. In a join the worst branch wins, in the order Unknown, Accepted, Refused, NotSent. Everything else,
// a bare sentinel and context.Canceled included, is Unknown.
func OutcomeOf(err error) Outcome {
	if err == nil {
		return Accepted
	}
	left := maxErrors
	return outcomeOf(err, &left)
}

func outcomeOf(err error, left *int) Outcome {
	if *left--; *left < 0 || isNil(err) {
		return Unknown
	}
	switch e := err.(type) {
	case *Error:
		return e.Outcome.known()
	case interface{ Unwrap() error }:
		if inner := e.Unwrap(); inner != nil {
			return outcomeOf(inner, left)
		}
	case interface{ Unwrap() []error }:
		return worst(e.Unwrap(), left)
	}
	return Unknown
}

// isNil reports whether err is nil or a nil pointer, whose methods may panic.
func isNil(err error) bool {
	v := reflect.ValueOf(err)
	return !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil()
}

func worst(branches []error, left *int) Outcome {
	found := false
	result := NotSent
	for _, b := range branches {
		if b == nil {
			continue
		}
		found = true
		if o := outcomeOf(b, left); o.badness() > result.badness() {
			result = o
		}
		if result == Unknown {
			break
		}
	}
	if !found {
		return Unknown
	}
	return result
}

// known maps a number that is no outcome to Unknown.
func (o Outcome) known() Outcome {
	switch o {
	case NotSent, Refused, Accepted:
		return o
	default:
		return Unknown
	}
}
