package travelport

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/supplierpay/supplierpay-go/internal/call"
	"github.com/supplierpay/supplierpay-go/internal/redact"
	"github.com/supplierpay/supplierpay-go/internal/wire"
	"github.com/supplierpay/supplierpay-go/payment"
)

// ErrWorkbenchGone is in the tree of an error by which Travelport says that a workbench is closed: committed, discarded,
// or expired.
var ErrWorkbenchGone = errors.New("the workbench is closed")

// errUnreadableErrors: the answer says that there are errors, and they cannot be read.
var errUnreadableErrors = errors.New("unreadable errors in a successful answer")

// Error is what Travelport itself said of a failed call, with all its entries. It is the cause of the [payment.Error] that
// a method returns: find it with errors.As. What the failure means for the money is the payment.Error's to say.
type Error struct {
	// Status is the HTTP status of the answer, 200 when the errors came inside a success.
	Status int `json:"status,omitempty"`
	// RequestID is what Travelport's support asks for.
	RequestID string       `json:"request_id,omitempty"`
	Entries   []ErrorEntry `json:"errors"`
}

// ErrorEntry is one of Travelport's errors or warnings.
type ErrorEntry struct {
	Type string `json:"@type,omitempty"` // Error, ErrorDetail, Warning or WarningDetail
	// StatusCode is a number like an HTTP status. It may be 200 in an error.
	StatusCode    Number          `json:"StatusCode,omitzero"`
	Message       string          `json:"Message,omitempty"`
	NameValuePair []NameValuePair `json:"NameValuePair,omitempty"`
	// SourceID is where it comes from: "API", "1G" for the GDS, or the code of an NDC carrier.
	SourceID string `json:"SourceID,omitempty"`
	// SourceCode is numeric text: 4000 to 4999 are AirReservation's.
	SourceCode        Code   `json:"SourceCode,omitempty"`
	SourceDescription string `json:"SourceDescription,omitempty"`
	Category          string `json:"category,omitempty"`
}

// NameValuePair is a fact that comes with an error.
type NameValuePair struct {
	Name  string `json:"name,omitempty"`
	Value string `json:"value,omitempty"`
	ID    string `json:"id,omitempty"`
}

// Code is a short text that may come as a JSON number.
type Code string

// UnmarshalJSON takes a string or a number.
func (c *Code) UnmarshalJSON(token []byte) error {
	*c = Code(wire.Text(token))
	return nil
}

// The codes that are known. Travelport's full list is not public.
const (
	CodeInvalidFormat  Code = "1586" // INVALID INPUT FORMAT
	CodeFOPMismatch    Code = "4178" // FOP ID/IDENTIFIER VALUES MUST MATCH WITH THE RESERVATION WORKBENCH ...
	CodeOpenWorkbench  Code = "4350" // COMMIT OR IGNORE RESERVATION WORKBENCH
	CodeNotAssociated  Code = "9003" // Access Group is not associated with the OAuth2 token.
	CodeInvalidGroup   Code = "9004" // Invalid Access Group.
	CodeConnection     Code = "9005" // Connection error occurred.
	CodeMissingGroup   Code = "9006" // Missing header XAUTH_TRAVELPORT_ACCESSGROUP.
	codeOwnCredentials Code = "1012100"
)

// Texts that Travelport is known by where a code is not.
const (
	textSessionInvalid = "SESSION IDENTIFIER IS INVALID"
	textOfferMismatch  = "OFFER ID/IDENTIFIER VALUES MUST MATCH"
	textReprice        = "OVERRIDE OR DELETE AND REPRICE"
	textCommission     = "COMMISSION PERCENTAGE MUST BE ENTERED"
	textNoFare         = "NO FARE FOUND"
	textRefundDiffers  = "REFUND AMOUNT DOES NOT EQUAL OFFER PRICE"
)

// Error lists the codes on one line. The words stay in Entries.
func (e *Error) Error() string {
	said := make([]string, 0, len(e.Entries))
	for _, entry := range e.Entries {
		said = append(said, strconv.Quote(entry.name()))
	}
	return "travelport said " + strings.Join(said, ", ")
}

// Is makes errors.Is find [ErrWorkbenchGone].
func (e *Error) Is(target error) bool {
	if target != ErrWorkbenchGone {
		return false
	}
	for _, entry := range e.Entries {
		if entry.says(textSessionInvalid) {
			return true
		}
	}
	return false
}

// name is the most telling word of the entry.
func (e ErrorEntry) name() string {
	switch {
	case e.SourceCode != "":
		return string(e.SourceCode)
	case e.Message != "":
		return e.Message
	default:
		return e.SourceDescription
	}
}

func (e ErrorEntry) says(text string) bool {
	return strings.Contains(strings.ToUpper(e.Message), text) || strings.Contains(strings.ToUpper(e.SourceDescription), text)
}

// parseError looks for Result.Error in the objects of the answer's top level and in the top level itself, since errors
// come in ErrorResponse as well as in an operation's own envelope. found is true when there are errors, readable or not.
func parseError(body []byte) (e *Error, found bool) {
	sections, ok := sectionsIn(body)
	if !ok {
		return nil, false
	}
	return errorsIn(body, sections)
}

// section is what one object of an answer's top level says of errors.
type section struct {
	TransactionID string `json:"transactionId"`
	Result        struct {
		Error json.RawMessage `json:"Error"`
	} `json:"Result"`
	// Error has the errors when the object is the Result of the top level itself.
	Error       json.RawMessage `json:"Error"`
	Reservation occurrences     `json:"Reservation"`
}

// occurrences counts how often a member is there. Its value is not looked at.
type occurrences int

// UnmarshalJSON is called once for each member of the name.
func (n *occurrences) UnmarshalJSON([]byte) error {
	*n++
	return nil
}

// sectionsIn returns the members of an answer's top level by name. ok is false for a body that is not a JSON object.
func sectionsIn(body []byte) (sections map[string]section, ok bool) {
	ok = wire.IsObject(body) && wire.UnmarshalLenient(body, &sections) == nil
	return sections, ok
}

// errorsIn collects the errors of an answer, those of the top level first. Without errors it returns no Error. Errors are
// unreadable where the answer can be read in more than one way: they refuse nothing, and prove nothing of a workbench.
func errorsIn(body []byte, sections map[string]section) (e *Error, found bool) {
	var own, inner []ErrorEntry
	id := ""
	for _, name := range slices.Sorted(maps.Keys(sections)) {
		p := sections[name]
		if strings.EqualFold(name, "Result") && !wire.IsEmpty(p.Error) {
			found, own = true, append(own, entries(p.Error)...)
		}
		if !wire.IsEmpty(p.Result.Error) {
			found, id, inner = true, p.TransactionID, append(inner, entries(p.Result.Error)...)
		}
	}
	if !found {
		return nil, false
	}
	if wire.Unique(body) != nil {
		return &Error{}, true
	}
	if len(inner) == 0 && id == "" {
		var top section
		_ = wire.UnmarshalLenient(body, &top) // an answer without an id has none
		id = top.TransactionID
	}
	return &Error{RequestID: id, Entries: append(own, inner...)}, true
}

// entries reads a list of errors, or one that stands alone. What has neither code nor words is left out.
func entries(raw json.RawMessage) []ErrorEntry {
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		list = []json.RawMessage{raw}
	}
	var read []ErrorEntry
	for _, one := range list {
		var entry ErrorEntry
		if one = bytes.TrimSpace(one); len(one) > 0 && one[0] == '{' && wire.UnmarshalLenient(one, &entry) == nil && entry.name() != "" {
			read = append(read, entry)
		}
	}
	return read
}

// explain is the one place that knows Travelport's error body.
func explain(a *call.Answer) (call.Explanation, bool) {
	e, _ := parseError(a.Body)
	if e == nil || len(e.Entries) == 0 {
		return call.Explanation{}, false
	}
	e.Status = a.Status
	if e.RequestID == "" {
		e.RequestID = requestID(a)
	}
	entry := e.Entries[0]
	if a.Status == http.StatusUnauthorized { // an entry that is not about the credentials goes before one that is
		for _, other := range e.Entries {
			if !errors.Is(kindOf(other), payment.ErrUnauthenticated) {
				entry = other
				break
			}
		}
	}
	kind := kindOf(entry)
	if kind == nil && a.Status == http.StatusPaymentRequired {
		kind = payment.ErrDeclined
	}
	return call.Explanation{
		Code: string(entry.SourceCode), Message: e.words(), Field: field(entry), Kind: kind, RequestID: e.RequestID, Err: e,
	}, true
}

// inside is the error of errors that came with a successful status. What it means for the money is the operation's to say.
func (e *Error) inside(a *call.Answer, outcome payment.Outcome) *payment.Error {
	e.Status = a.Status
	if e.RequestID == "" {
		e.RequestID = requestID(a)
	}
	entry := e.Entries[0]
	kind := kindOf(entry)
	if kind == nil {
		kind = payment.ErrInvalidRequest
	}
	return &payment.Error{
		Provider: provider, Outcome: outcome, Kind: kind, Code: string(entry.SourceCode), Message: e.words(),
		Field: field(entry), RequestID: e.RequestID, Err: e,
	}
}

// words are Travelport's words of the first entry, and how many more there are.
func (e *Error) words() string {
	words := e.Entries[0].Message
	if words == "" {
		words = e.Entries[0].SourceDescription
	}
	if n := len(e.Entries) - 1; n > 0 {
		words += " (and " + strconv.Itoa(n) + " more)"
	}
	return words
}

// kindOf maps an entry to a sentinel; nil leaves it to the status.
func kindOf(e ErrorEntry) error {
	switch e.SourceCode {
	case codeOwnCredentials:
		return payment.ErrUnauthenticated
	case CodeNotAssociated, CodeInvalidGroup:
		return payment.ErrForbidden
	case CodeInvalidFormat, CodeFOPMismatch, CodeMissingGroup:
		return payment.ErrInvalidRequest
	case CodeOpenWorkbench, CodeConnection:
		return payment.ErrUnavailable
	}
	switch {
	case e.says(textReprice), e.says(textRefundDiffers):
		return payment.ErrPriceChanged
	case e.says(textOfferMismatch):
		return payment.ErrInvalidRequest
	case e.says(textCommission), e.says(textNoFare), e.says(textSessionInvalid):
		return payment.ErrOrderNotPayable
	}
	return nil
}

// field names what of the request an entry is about, as far as the codes tell.
func field(e ErrorEntry) string {
	switch {
	case e.SourceCode == CodeFOPMismatch:
		return "FormOfPaymentIdentifier"
	case e.says(textOfferMismatch):
		return "OfferIdentifier"
	case e.SourceCode == CodeMissingGroup, e.SourceCode == CodeInvalidGroup:
		return "AccessGroup"
	default:
		return ""
	}
}

// blot removes secrets from everything that Travelport said, short ones such as a CVV too.
func (e *Error) blot(secrets []payment.Secret) {
	clean := func(s *string) { *s = redact.Text(*s, secrets) }
	clean(&e.RequestID)
	for i := range e.Entries {
		x := &e.Entries[i]
		for _, s := range []*string{&x.Type, (*string)(&x.StatusCode), &x.Message, &x.SourceID, (*string)(&x.SourceCode), &x.SourceDescription, &x.Category} {
			clean(s)
		}
		for j := range x.NameValuePair {
			p := &x.NameValuePair[j]
			clean(&p.Name)
			clean(&p.Value)
			clean(&p.ID)
		}
	}
}
