package duffel

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"github.com/supplierpay/supplierpay-go/internal/call"
	"github.com/supplierpay/supplierpay-go/internal/redact"
	"github.com/supplierpay/supplierpay-go/internal/wire"
	"github.com/supplierpay/supplierpay-go/payment"
)

// Error is what Duffel itself said of a failed call, with all its entries. It is the cause of the [payment.Error] that a
// method returns: find it with errors.As. What the failure means for the money is the payment.Error's to say.
type Error struct {
	// Status is the HTTP status of the answer, 0 when the errors came inside a success.
	Status int `json:"status,omitempty"`
	// RequestID is what Duffel's support asks for.
	RequestID string       `json:"request_id,omitempty"`
	Entries   []ErrorEntry `json:"errors"`
}

// ErrorEntry is one of Duffel's errors; an answer may have one for each field at fault.
type ErrorEntry struct {
	Type             ErrorType   `json:"type,omitempty"`
	Code             string      `json:"code,omitempty"`
	Title            string      `json:"title,omitempty"`
	Message          string      `json:"message,omitempty"`
	DocumentationURL string      `json:"documentation_url,omitempty"`
	Source           ErrorSource `json:"source,omitzero"`
}

// ErrorSource says where an error comes from: the field of the request, or the airline.
type ErrorSource struct {
	Field   string `json:"field,omitempty"`   // "amount"
	Pointer string `json:"pointer,omitempty"` // "/payment/amount"
	Airline string `json:"airline,omitempty"` // Duffel's short name of the airline
}

// ErrorType is Duffel's class of an error: an open set of words.
type ErrorType string

// The documented types.
const (
	ErrorAuthentication ErrorType = "authentication_error"
	ErrorAirline        ErrorType = "airline_error"
	ErrorInvalidState   ErrorType = "invalid_state_error"
	ErrorRateLimit      ErrorType = "rate_limit_error"
	ErrorValidation     ErrorType = "validation_error"
	ErrorInvalidRequest ErrorType = "invalid_request_error"
	ErrorAPI            ErrorType = "api_error"
)

// errorInvalidStateOld is the name of ErrorInvalidState in older pages.
const errorInvalidStateOld ErrorType = "invalid_state"

// The documented codes of a payment that Duffel refuses. Each of them is a sentinel of package payment too.
const (
	CodeAlreadyPaid               = "already_paid"
	CodeAlreadyCancelled          = "already_cancelled"
	CodePastPaymentRequiredByDate = "past_payment_required_by_date"
	CodeScheduleChanged           = "schedule_changed"
	CodePriceChanged              = "price_changed"
	CodeOrderTypeNotEligible      = "order_type_not_eligible_for_payment"
	CodeAmountMismatch            = "payment_amount_does_not_match_order_amount"
	CodeCurrencyMismatch          = "payment_currency_does_not_match_order_currency"
)

// Error lists the codes on one line. The words stay in Entries.
func (e *Error) Error() string {
	said := make([]string, 0, len(e.Entries))
	for _, entry := range e.Entries {
		s := entry.name()
		if at := entry.Source.where(); at != "" {
			s += " at " + at
		}
		said = append(said, strconv.Quote(s))
	}
	return "duffel said " + strings.Join(said, ", ")
}

// name is the most telling word of the entry.
func (e ErrorEntry) name() string {
	if e.Code != "" {
		return e.Code
	}
	return string(e.Type)
}

func (s ErrorSource) where() string {
	switch {
	case s.Pointer != "":
		return s.Pointer
	case s.Field != "":
		return s.Field
	default:
		return s.Airline
	}
}

// UnmarshalJSON takes Duffel's object, or its plain string that names an airline. Anything else is left out.
func (s *ErrorSource) UnmarshalJSON(raw []byte) error {
	*s = ErrorSource{}
	if len(raw) > 0 && raw[0] == '"' {
		err := wire.UnmarshalLenient(raw, &s.Airline)
		return err
	}
	type object ErrorSource // without this method
	err := wire.UnmarshalLenient(raw, (*object)(s))
	return err
}

// parseError recognises Duffel's error body: an object whose errors are a list with at least one entry that has a type or
// a code. It never fails: a body that is not Duffel's explains nothing.
func parseError(body []byte) (*Error, bool) {
	var w struct {
		Errors []json.RawMessage `json:"errors"`
		Meta   json.RawMessage   `json:"meta"`
	}
	if wire.UnmarshalLenient(body, &w) != nil {
		return nil, false
	}
	e := &Error{}
	for _, raw := range w.Errors {
		var entry ErrorEntry
		if raw = bytes.TrimSpace(raw); len(raw) == 0 || raw[0] != '{' || wire.UnmarshalLenient(raw, &entry) != nil || entry.name() == "" {
			continue
		}
		e.Entries = append(e.Entries, entry)
	}
	var meta struct {
		RequestID string `json:"request_id"`
	}
	if len(w.Meta) > 0 && wire.UnmarshalLenient(w.Meta, &meta) == nil {
		e.RequestID = meta.RequestID
	}
	return e, len(e.Entries) > 0
}

// explain is the one place that knows Duffel's error body.
func explain(a *call.Answer) (call.Explanation, bool) {
	e, ok := parseError(a.Body)
	if !ok {
		return call.Explanation{}, false
	}
	return e.explanation(a), true
}

func (e *Error) explanation(a *call.Answer) call.Explanation {
	e.Status = a.Status
	if e.RequestID == "" {
		e.RequestID = a.RequestID
	}
	entry, kind := e.deciding()
	return call.Explanation{
		Code: entry.name(), Message: e.words(entry), Field: requestField(entry.Source.Field),
		Kind: kind, RequestID: e.RequestID, Err: e,
	}
}

// explainWordless is explain without the free text: the vault's could quote a CVC, which is too short to be found in it.
func explainWordless(a *call.Answer) (call.Explanation, bool) {
	e, ok := parseError(a.Body)
	if !ok {
		return call.Explanation{}, false
	}
	e.silence()
	return e.explanation(a), true
}

// silence drops the free text.
func (e *Error) silence() {
	for i := range e.Entries {
		e.Entries[i].Title, e.Entries[i].Message = "", ""
	}
}

// amend takes the secrets of a call out of everything that Duffel said, short ones too.
func amend(_ context.Context, op *call.Operation, _ *call.Answer, e *payment.Error) {
	var said *Error
	if len(op.Secrets) == 0 || !errors.As(e, &said) {
		return
	}
	clean := func(s *string) { *s = redact.Text(*s, op.Secrets) }
	clean(&said.RequestID)
	for i := range said.Entries {
		x := &said.Entries[i]
		for _, s := range []*string{
			(*string)(&x.Type), &x.Code, &x.Title, &x.Message, &x.DocumentationURL, &x.Source.Field, &x.Source.Pointer, &x.Source.Airline,
		} {
			clean(s)
		}
	}
}

// words are Duffel's words of one entry, and how many more there are.
func (e *Error) words(entry ErrorEntry) string {
	words := entry.Title
	if entry.Message != "" {
		words = strings.TrimPrefix(words+": "+entry.Message, ": ")
	}
	if n := len(e.Entries) - 1; n > 0 {
		words += " (and " + strconv.Itoa(n) + " more)"
	}
	return words
}

// deciding returns the entry that is the worst for the money, and its sentinel: one that may speak of a payment that was
// made, then one after which nobody knows, then the first.
func (e *Error) deciding() (ErrorEntry, error) {
	worst, worstKind := e.Entries[0], kindOf(e.Entries[0])
	for _, entry := range e.Entries[1:] {
		if kind := kindOf(entry); badness(kind) > badness(worstKind) {
			worst, worstKind = entry, kind
		}
	}
	return worst, worstKind
}

func badness(kind error) int {
	switch {
	case errors.Is(kind, payment.ErrAlreadyPaid):
		return 2
	case errors.Is(kind, payment.ErrUnavailable):
		return 1
	default:
		return 0
	}
}

// requestField turns Duffel's name of a field into the name that it has in this package.
func requestField(field string) string {
	switch field {
	case "order_id":
		return "OrderID"
	case "selected_offers":
		return "OfferID"
	case "card_id":
		return "CardID"
	case "amount":
		return "Amount"
	case "currency":
		return "Currency"
	case "type":
		return "Method"
	case "three_d_secure_session_id":
		return "ThreeDSecureSessionID"
	case "airline_credit_id":
		return "AirlineCreditID"
	default:
		return field
	}
}
