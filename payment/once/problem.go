package once

import (
	"errors"
	"slices"
	"strings"
	"unicode"

	"github.com/supplierpay/supplierpay-go/payment"
)

// Problem is what a row keeps of an error: enough to return the same refusal again, and none of the provider's prose,
// which may quote the request.
type Problem struct {
	// Outcome is that of the error.
	Outcome payment.Outcome `json:"outcome"`
	// Kinds name the sentinels of package payment that errors.Is found, in lower case: "declined".
	Kinds     []string `json:"kinds,omitempty"`
	Provider  string   `json:"provider,omitempty"`
	Op        string   `json:"op,omitempty"`
	Status    int      `json:"status,omitempty"`
	Code      string   `json:"code,omitempty"`
	Field     string   `json:"field,omitempty"`
	RequestID string   `json:"request_id,omitempty"`
}

type kind struct {
	name     string
	sentinel error
}

// kinds are the sentinels that a row can name. The names are stored: never change one.
func kinds() []kind {
	return []kind{
		{"invalid_request", payment.ErrInvalidRequest},
		{"unauthenticated", payment.ErrUnauthenticated},
		{"forbidden", payment.ErrForbidden},
		{"order_not_found", payment.ErrOrderNotFound},
		{"already_paid", payment.ErrAlreadyPaid},
		{"price_changed", payment.ErrPriceChanged},
		{"currency_mismatch", payment.ErrCurrencyMismatch},
		{"amount_mismatch", payment.ErrAmountMismatch},
		{"order_not_payable", payment.ErrOrderNotPayable},
		{"declined", payment.ErrDeclined},
		{"rate_limited", payment.ErrRateLimited},
		{"unavailable", payment.ErrUnavailable},
		{"no_payment", payment.ErrNoPayment},
		{"inconclusive", payment.ErrInconclusive},
		{"unsupported", payment.ErrUnsupported},
		{"no_such_key", payment.ErrNoSuchKey},
		{"too_early", payment.ErrTooEarly},
		{"journal", payment.ErrJournal},
		{"key_reused", payment.ErrKeyReused},
		{"in_progress", payment.ErrInProgress},
		{"scope_held", payment.ErrScopeHeld},
		{"not_recorded", payment.ErrNotRecorded},
		{"double_payment_risk", payment.ErrDoublePaymentRisk},
		{"next_action_lost", payment.ErrNextActionLost},
	}
}

// problemOf keeps err; nil for nil.
func problemOf(err error) *Problem {
	if err == nil {
		return nil
	}
	p := &Problem{Outcome: payment.OutcomeOf(err)}
	for _, k := range kinds() {
		if errors.Is(err, k.sentinel) {
			p.Kinds = append(p.Kinds, k.name)
		}
	}
	var e *payment.Error
	if errors.As(err, &e) && e != nil {
		p.Provider, p.Op, p.Status = clean(e.Provider), clean(e.Op), e.Status
		p.Code, p.Field, p.RequestID = clean(e.Code), clean(e.Field), clean(e.RequestID)
	}
	return p
}

// Err rebuilds the error: a *payment.Error with the same outcome for which errors.Is finds the same sentinels.
func (p *Problem) Err() error {
	e := &payment.Error{Provider: p.Provider, Op: p.Op, Outcome: p.Outcome, Status: p.Status, Code: p.Code, Field: p.Field,
		RequestID: p.RequestID, Message: "as answered to an earlier call with this key"}
	var rest []error
	for _, k := range kinds() {
		for _, name := range p.Kinds {
			switch {
			case name != k.name:
			case e.Kind == nil:
				e.Kind = k.sentinel
			default:
				rest = append(rest, k.sentinel)
			}
		}
	}
	e.Err = errors.Join(rest...)
	return e
}

func (p *Problem) clone() *Problem {
	if p == nil {
		return nil
	}
	c := *p
	c.Kinds = slices.Clone(c.Kinds)
	return &c
}

// maxText bounds what a provider's answer can put into a column of a row.
const maxText = 200

// clean makes a provider's text fit for a database column: valid, printable, short.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == unicode.ReplacementChar || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, s)
	if len(s) > maxText {
		s = strings.ToValidUTF8(s[:maxText], "")
	}
	return s
}
