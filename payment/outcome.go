package payment

// Outcome says what an error from [Payer.Pay] means for the money. The zero value is Unknown: what nobody has placed
// may have been taken.
type Outcome int

const (
	// Unknown: the money may have been taken. Never pay again; ask [Payer.Lookup].
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

// maxErrorDepth bounds the walk through wrapped errors, so that a chain that contains itself ends as Unknown.
const maxErrorDepth = 64

// OutcomeOf tells what err, an error from [Payer.Pay] or [Continuer.Continue], means for the money.
//
// The rules: nil is Accepted. The outcome of an [*Error] is its own, whatever it wraps. A wrapping error has the outcome
// of what it wraps. In a join the worst branch wins, in the order Unknown, Accepted, Refused, NotSent. Everything else,
// a bare sentinel and context.Canceled included, is Unknown.
func OutcomeOf(err error) Outcome {
	if err == nil {
		return Accepted
	}
	return outcomeOf(err, 0)
}

func outcomeOf(err error, depth int) Outcome {
	if depth > maxErrorDepth {
		return Unknown
	}
	switch e := err.(type) {
	case *Error:
		if e == nil {
			return Unknown
		}
		return e.Outcome.known()
	case interface{ Unwrap() error }:
		if inner := e.Unwrap(); inner != nil {
			return outcomeOf(inner, depth+1)
		}
	case interface{ Unwrap() []error }:
		return worst(e.Unwrap(), depth+1)
	}
	return Unknown
}

func worst(branches []error, depth int) Outcome {
	found := false
	result := NotSent
	for _, b := range branches {
		if b == nil {
			continue
		}
		found = true
		if o := outcomeOf(b, depth); o.badness() > result.badness() {
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
