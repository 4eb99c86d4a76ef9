package payment

import (
	"errors"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Sentinels: what went wrong, whoever the provider is. Test for them with errors.Is; what they mean for the money is
// [OutcomeOf]'s to say, never the sentinel's.
var (
	// ErrInvalidRequest: a field of the request or of the configuration is missing or wrong. [Error.Field] names it.
	ErrInvalidRequest = errors.New("invalid request")
	// ErrUnauthenticated: the provider did not accept the credentials, or no token could be had.
	ErrUnauthenticated = errors.New("not authenticated")
	// ErrForbidden: the credentials are known but may not do this.
	ErrForbidden = errors.New("forbidden")
	// ErrOrderNotFound: the provider does not know the order.
	ErrOrderNotFound = errors.New("order not found")
	// ErrAlreadyPaid: the order is paid, or a payment of it is under way. As the provider's answer to Pay its outcome is
	// Unknown, since this very call may have paid it; found by reading the order before anything was sent, NotSent.
	ErrAlreadyPaid = errors.New("already paid or being paid")
	// ErrPriceChanged: the order's price is no longer the amount asked for. Read the order, and pay with a new key.
	ErrPriceChanged = errors.New("price changed")
	// ErrCurrencyMismatch: the order, or another amount, has another currency.
	ErrCurrencyMismatch = errors.New("currency mismatch")
	// ErrAmountMismatch: the amount is not the order's; with outcome Accepted, another amount than asked was taken.
	ErrAmountMismatch = errors.New("amount mismatch")
	// ErrOrderNotPayable: the order's state does not allow a payment (cancelled, lapsed, changed, of the wrong type).
	ErrOrderNotPayable = errors.New("order not payable")
	// ErrDeclined: the payment was tried and failed: declined card, insufficient balance, failed or cancelled status.
	ErrDeclined = errors.New("payment declined")
	// ErrRateLimited: the provider turned the call away for its rate.
	ErrRateLimited = errors.New("rate limited")
	// ErrUnavailable: the provider could not be reached or said that it cannot serve now.
	ErrUnavailable = errors.New("provider unavailable")
	// ErrNoPayment: from Lookup alone. The provider proves that nothing was taken for the attempt and nothing will be.
	ErrNoPayment = errors.New("no payment was or will be taken")
	// ErrInconclusive: from Lookup. What the provider shows proves neither payment nor its absence. Ask again later.
	ErrInconclusive = errors.New("the provider's answer proves nothing")
	// ErrUnsupported: the provider's API cannot do this.
	ErrUnsupported = errors.New("not supported by this provider")

	// ErrNoSuchKey: the journal has no row for the key. It may be a wrong key, or the row of another name.
	ErrNoSuchKey = errors.New("no payment has this key")
	// ErrTooEarly: a person's decision that nothing was taken came before the provider can be expected to show the payment.
	ErrTooEarly = errors.New("too early to decide that nothing was taken")
	// ErrJournal: the journal could not be read or written, so where the key stands is not known. The outcome says what
	// this call did, and nothing about earlier calls with the same key.
	ErrJournal = errors.New("the journal cannot be reached")
	// ErrKeyReused: the key was used before for another request (order, amount, method or details differ).
	ErrKeyReused = errors.New("key reused for another request")
	// ErrInProgress: another caller, perhaps in another process, is paying under this key right now.
	ErrInProgress = errors.New("payment with this key is in progress")
	// ErrScopeHeld: the order is paid, or may be, under another key; the error names that key.
	ErrScopeHeld = errors.New("order is held by another key")
	// ErrNotRecorded: the provider answered, but the journal could not be told. The answer is returned with the error.
	ErrNotRecorded = errors.New("the journal could not record the answer")
	// ErrDoublePaymentRisk: money was taken for an attempt that had been settled as not taken. A person must look.
	ErrDoublePaymentRisk = errors.New("risk of a double payment")
	// ErrNextActionLost: the customer's next step was never stored, and the process that had it is gone.
	ErrNextActionLost = errors.New("the next action is lost")
)

// KeyStateError says where the key stands that an error is about. A journal adds it as a cause where it knows more than
// the call: a call may have sent nothing although an earlier call with the same key may have paid. [Next] reads it.
type KeyStateError struct {
	Key   string // the request's
	State string // the journal's word for the state of the key, such as "unknown"
	// MayBePaid is false only when every attempt of the key is known to have taken nothing.
	MayBePaid bool
}

// Error names the key and its state.
func (e *KeyStateError) Error() string { return "key " + strconv.Quote(e.Key) + " is " + e.State }

// Error is what every payer and client of this module returns. It prints as one line and holds no secret.
type Error struct {
	Provider string  // "duffel"; "" before a provider is involved
	Op       string  // method and route template, "POST /air/payments", or a method name such as "Pay"
	Outcome  Outcome // what it means for the money
	Kind     error   // one of the sentinels of this package, or nil
	Status   int     // HTTP status, 0 without an answer
	Code     string  // the provider's own code
	Message  string  // the provider's words, or ours where there are none
	Field    string  // the request field at fault: "OrderID", "Amount"
	// RequestID is the provider's identifier of the call: quote it to the provider's support.
	RequestID string
	Err       error // cause, or nil
}

// Error prints one line: provider, operation, outcome, sentinel, status, code, field, message, request id, cause.
func (e *Error) Error() string {
	if e == nil {
		return "<nil>"
	}
	var parts []string
	add := func(p string) {
		if p = oneLine(p); p != "" {
			parts = append(parts, p)
		}
	}
	add(e.Outcome.String())
	if e.Kind != nil {
		add(e.Kind.Error())
	}
	if e.Status != 0 {
		add("HTTP " + strconv.Itoa(e.Status))
	}
	add(e.Code)
	if e.Field != "" {
		add("field " + e.Field)
	}
	add(e.Message)
	if e.RequestID != "" {
		add("request id " + e.RequestID)
	}
	if e.Err != nil {
		add(e.Err.Error())
	}
	head := oneLine(strings.TrimSpace(e.Provider + " " + e.Op))
	if head == "" {
		head = "payment"
	}
	return head + ": " + strings.Join(parts, ": ")
}

// Unwrap gives errors.Is and errors.As the sentinel and the cause.
func (e *Error) Unwrap() []error {
	if e == nil {
		return nil
	}
	var inner []error
	if e.Kind != nil {
		inner = append(inner, e.Kind)
	}
	if e.Err != nil {
		inner = append(inner, e.Err)
	}
	return inner
}

// errorsIn returns the [*Error]s of err's tree, outermost first.
func errorsIn(err error) []*Error {
	var found []*Error
	left := maxErrors
	var walk func(error)
	walk = func(err error) {
		if left--; left < 0 || isNil(err) {
			return
		}
		if e, ok := err.(*Error); ok {
			found = append(found, e)
		}
		switch e := err.(type) {
		case interface{ Unwrap() error }:
			walk(e.Unwrap())
		case interface{ Unwrap() []error }:
			for _, branch := range e.Unwrap() {
				walk(branch)
			}
		}
	}
	walk(err)
	return found
}

// InvalidField builds the error for a request or configuration field that cannot be used. Nothing was sent.
func InvalidField(field, problem string) *Error {
	return &Error{Outcome: NotSent, Kind: ErrInvalidRequest, Field: field, Message: problem}
}

// maxErrorPart bounds one part of an error's text: providers have answered with whole pages.
const maxErrorPart = 600

// oneLine cuts long text and turns whatever does not print into spaces: line breaks, control characters, and those that
// change the direction of what follows.
func oneLine(s string) string {
	cut := false
	if len(s) > maxErrorPart {
		s, cut = s[:maxErrorPart], true
	}
	s = strings.ToValidUTF8(s, string(utf8.RuneError))
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, s)
	if cut {
		s += "..."
	}
	return strings.Join(strings.Fields(s), " ")
}
