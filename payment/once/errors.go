package once

import (
	"errors"
	"fmt"
	"slices"

	"github.com/supplierpay/supplierpay-go/payment"
)

// ScopeHeldError is the cause of an error of kind [payment.ErrScopeHeld]: find it with errors.As to learn which key to
// ask about.
type ScopeHeldError struct {
	Scope string // what may be paid only once, usually the order
	Key   string // the key that holds it
	State State  // and where that key stands
}

// Error names the scope, the key and its state.
func (e *ScopeHeldError) Error() string {
	return fmt.Sprintf("%q is held by key %q, which is %s", e.Scope, e.Key, e.State)
}

// PanicError is a panic of the payer, of a store or of a user's function that was contained, because it came in a call of
// Reconcile about one of many rows. Its text does not show the value, which may hold a secret.
type PanicError struct {
	Value any // what the code panicked with
}

// Error names the type of the value.
func (e *PanicError) Error() string { return fmt.Sprintf("panic with a value of type %T", e.Value) }

// The operations that errors name.
const (
	opPay       = "Pay"
	opContinue  = "Continue"
	opLookup    = "Lookup"
	opReconcile = "Reconcile"
	opResolve   = "Resolve"
	opPropose   = "Propose"
	opConfirm   = "Confirm"
	opRevoke    = "Revoke"
	opAbandon   = "Abandon"
	opEvents    = "Events"
	opHistory   = "History"
)

// fault builds an error of this package.
func (p *Payer) fault(op string, o payment.Outcome, kind error, message string, cause error) *payment.Error {
	return &payment.Error{Provider: p.payer.Provider(), Op: op, Outcome: o, Kind: kind, Message: message, Err: cause}
}

func (p *Payer) inProgress(op string) error {
	return p.fault(op, payment.Unknown, payment.ErrInProgress, "", nil)
}

func (p *Payer) keyReused(op string, o payment.Outcome, rows []Row) error {
	return p.fault(op, o, payment.ErrKeyReused, "nothing was sent", keyState(rows))
}

// withRows adds to an error which says that this call sent nothing where the key stands, if it may have been paid.
func withRows(rows []Row, err error) error {
	if payment.OutcomeOf(err) != payment.NotSent || !slices.ContainsFunc(rows, Row.mayBePaid) {
		return err
	}
	return withCause(err, keyState(rows))
}

// unread adds to an error which came before the journal was asked that the key may have been paid.
func unread(key string, err error) error {
	return withCause(err, &payment.KeyStateError{Key: key, State: "not known", MayBePaid: true})
}

// withCause adds a cause to an error of this module.
func withCause(err, cause error) error {
	e, ok := err.(*payment.Error)
	if !ok {
		return err
	}
	with := *e
	with.Err = errors.Join(e.Err, cause)
	return &with
}

func (p *Payer) noSuchKey(op string, o payment.Outcome) error {
	return p.fault(op, o, payment.ErrNoSuchKey, "", nil)
}

func (p *Payer) doublePayment(op string) error {
	return p.fault(op, payment.Accepted, payment.ErrDoublePaymentRisk, "a person must look at this key", nil)
}

// undecided says that the key may have been paid. The cause is left out when it is ErrNoPayment: whoever tests for that
// sentinel must not find it before the quiet time is over.
func (p *Payer) undecided(op string, cause error) error {
	kind, message := error(nil), ""
	if errors.Is(cause, payment.ErrNoPayment) {
		kind, message, cause = payment.ErrInconclusive, "the provider shows no payment, which proves nothing yet", nil
	} else if cause == nil {
		kind = payment.ErrInconclusive
	}
	return p.fault(op, payment.Unknown, kind, message, cause)
}

// notRecorded wraps an answer that the journal could not be told. Its outcome is that of the answer.
func (p *Payer) notRecorded(op string, n news, cause error) error {
	outcome := payment.Unknown
	switch {
	case n.evidence() == EvidenceTaken:
		outcome = payment.Accepted
	case n.isAnswer() && n.err != nil:
		outcome = payment.OutcomeOf(n.err)
	}
	if errors.Is(n.err, payment.ErrNoPayment) {
		n.err = nil
	}
	return p.fault(op, outcome, payment.ErrNotRecorded, "", errors.Join(n.err, cause))
}
