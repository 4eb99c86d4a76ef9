package payment

import (
	"context"
	"fmt"
	"reflect"
	"time"
)

// Payer pays for orders at one provider. Every client of this module implements it, and so may you: run
// payment/paymenttest against your own.
//
// A Payer is safe for concurrent use. It sends a payment at most once per call of Pay and keeps no memory of keys:
// package payment/once adds that.
type Payer interface {
	// Provider returns the provider's name in lower case, such as "duffel".
	Provider() string

	// Prepare checks req and returns what a journal must keep of it. It does no I/O and gives the same answer for the
	// same request every time. Pay calls it first. Its errors are NotSent and name the field.
	Prepare(req Request) (Attempt, error)

	// Pay moves money at most once. Ask [OutcomeOf] what its error means, and [Payment.Paid] whether the order is paid:
	// a nil error may come with a payment that is still pending. It may return a payment and an error, for instance a
	// declined payment, or one with another amount than asked (outcome Accepted).
	Pay(ctx context.Context, req Request) (Payment, error)

	// Lookup asks the provider what became of an attempt, perhaps one made by another process days ago. It moves no
	// money; a payer may close what a dead process left open, such as a session at the provider. Its errors: [ErrNoPayment] (outcome Refused) when the provider proves that nothing was and nothing will be taken,
	// [ErrInconclusive] when what the provider shows proves neither, else whatever kept it from asking; the outcome of
	// the last two is Unknown.
	Lookup(ctx context.Context, a Attempt) (Payment, error)
}

// Continuer is implemented by payers whose payment has a second step after [ActionRequired], such as 3-D Secure.
type Continuer interface {
	// Continue takes the second step of the attempt. Its errors have outcomes like those of Pay.
	Continue(ctx context.Context, a Attempt, c Continuation) (Payment, error)
}

// Timed is implemented by payers that know their own times. A journal needs them: its lease must outlast the longest
// call, and it believes [ErrNoPayment] only after the provider has settled.
type Timed interface {
	// Timing returns the same times on every call.
	Timing() Timing
}

// Timing are the times of a payer.
type Timing struct {
	// LongestCall bounds Pay and Continue from their first byte to their return, all steps together.
	LongestCall time.Duration
	// Settling is how long after a call the provider may still take the money or first show it.
	Settling time.Duration
}

// Installed is implemented by payers that know which account at which server they speak to. A journal keeps the word in
// every row and asks no other installation about it: the absence of a payment at another account proves nothing.
type Installed interface {
	// Installation returns the same word on every call, such as "api.duffel.com/live": the host of the base URL and a
	// truncated hash of what names the account. No secret, nor anything that a secret could be guessed from, goes into it.
	Installation() string
}

// FirstMarker is implemented by payers whose Pay always records the same mark before anything else. A journal then writes
// that mark together with the row, which saves a round trip, and leaves no moment in which the row has no mark.
type FirstMarker interface {
	// FirstMark returns the mark with which Pay begins.
	FirstMark() Mark
}

// Unwrapper is implemented by payers that wrap another one, to log its calls for instance. Who looks for [Timed],
// [Installed] or [FirstMarker] looks inside too. [Continuer] must be implemented by the outer payer itself.
type Unwrapper interface {
	// Unwrap returns the payer inside.
	Unwrap() Payer
}

// Request says what to pay.
type Request struct {
	// Key is the caller's own name for this payment, unique per payment and the same on every retry of it: the primary
	// key of the caller's payment row is a good one. 1 to 200 bytes of printable text. It is not sent to providers that
	// have no use for it, and it must hold no secret.
	Key string
	// OrderID is the provider's name for what is paid: see the package of the provider.
	OrderID string
	// Amount is what the caller agreed to pay. A payer never pays another amount knowingly.
	Amount Money
	// Method is one of the provider's method constants; "" takes the provider's default.
	Method Method
	// Description is free text for providers that keep one. It is neither journaled nor part of the digest.
	Description string
	// Details carries what only one provider needs, by value; some providers need none.
	Details Details
	// AllowAnother lets this key pay an order that another key has paid or may have paid. Only package once looks at it.
	AllowAnother bool
}

// Method is a way to pay: an open set of words, each provider's package has constants for its own.
type Method string

// Details is implemented by the provider's own request struct, such as duffel.Details. Pass it by value.
type Details interface {
	// PaymentDetails returns the provider's name.
	PaymentDetails() string
}

// Continuation is implemented by the provider's own struct for the second step, such as musement.Continuation.
type Continuation interface {
	// PaymentContinuation returns the provider's name.
	PaymentContinuation() string
}

// DetailsOf returns req.Details as a T. Missing details, a pointer, and another provider's struct are errors that name
// the field and the wanted type. It is for writers of payers.
func DetailsOf[T Details](req Request) (T, error) {
	var want T
	switch d := req.Details.(type) {
	case T:
		if v := reflect.ValueOf(d); v.Kind() != reflect.Pointer || !v.IsNil() {
			return d, nil
		}
		return want, InvalidField("Details", fmt.Sprintf("want a %T, got a nil one", want))
	case nil:
		return want, InvalidField("Details", fmt.Sprintf("missing, want a %T", want))
	default:
		return want, InvalidField("Details", fmt.Sprintf("want a %T by value, got a %T", want, req.Details))
	}
}
