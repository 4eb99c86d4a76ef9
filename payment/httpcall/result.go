package httpcall

import (
	"context"
	"net/http"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
)

// Call is one call of a provider's API. Of the request's values it has the payment's
// key alone: no id, no query, no credential.
type Call struct {
	// Provider is the payer's name, "duffel".
	Provider string
	// Operation is the client's word for the call, after its typed method: "CreatePayment".
	Operation string
	// Method and Route are the HTTP method and the template of the path: "POST", "/air/payments".
	Method string
	Route  string
	// Write is true for calls that move money or change state, whatever their method. They are sent once.
	Write bool
	// Key is the key of the payment that the call is part of, "" when it is part of none.
	Key string
}

// Result is what became of a call. Printed or encoded it shows neither headers nor body. It may be kept.
type Result struct {
	Call
	// Status is the HTTP status, 0 when no answer came.
	Status int
	// RequestID is the provider's id of the call, "" when it gave none.
	RequestID string
	// Tries counts how often it was tried, 0 when it was given up before.
	Tries int
	// Duration is the time of the call with all its tries.
	Duration time.Duration
	// Err is the error of the call, nil when its answer was good. It never has a secret.
	Err error

	answer func() (http.Header, []byte)
}

// NewResult returns a result whose Header and Body come from answer, which may be nil. Writers of payers and tests use it.
func NewResult(c Call, answer func() (http.Header, []byte)) Result {
	return Result{Call: c, answer: answer}
}

// Outcome is the outcome of Err: Accepted when there is none.
func (r Result) Outcome() payment.Outcome { return payment.OutcomeOf(r.Err) }

// Header returns the header of the answer, nil when none came or when the call was a login. It may have secrets, such as
// cookies. It must not be changed.
func (r Result) Header() http.Header {
	if r.answer == nil {
		return nil
	}
	h, _ := r.answer()
	return h
}

// Body returns the body of the answer, decompressed, as far as it was read, nil when none came or when the call was a login.
// What it quotes of the client's own credentials may be masked; it may have other secrets and personal data. It must not be
// changed.
func (r Result) Body() []byte {
	if r.answer == nil {
		return nil
	}
	_, b := r.answer()
	return b
}

// Observer watches the calls of a client. It is called before each, and its second result, if not nil, after it. The call
// goes on with the values of the context that it returns; one that does not come from the context it got is not used. Only
// the caller's context ends a call: a deadline or a cancellation that an observer adds or takes away does not count. Neither
// function may block or panic; both are called by as many goroutines at once as use the client.
//
// A login is observed once, as part of the call that began it, whoever else waits for it. A panic during a login reaches
// none of them: it fails the login with [payment.ErrUnauthenticated], and its text is not shown.
type Observer func(ctx context.Context, c Call) (context.Context, func(Result))
