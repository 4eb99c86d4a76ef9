package musement

import (
	"encoding/json"
	"net/http"
	"regexp"

	"github.com/supplierpay/supplierpay-go/internal/call"
	"github.com/supplierpay/supplierpay-go/payment"
)

// Error is what Musement itself said of a failed call. It is the cause of the [payment.Error] that a method returns: find
// it with errors.As. What the failure means for the money is the payment.Error's to say.
type Error struct {
	// Status is the HTTP status of the answer. It says more than the code.
	Status int `json:"status,omitempty"`
	// Code is Musement's internal number as text, perhaps negative: "1400", "0", "-1". One number serves several errors.
	Code string `json:"code"`
	// Message is a short English text.
	Message string `json:"message"`
}

// The documented codes. They are for logs: decide by the sentinels of package payment.
const (
	CodeGeneral            = "0"
	CodeUnspecified        = "-1"
	CodeNotFound           = "1400"
	CodeApplicationMissing = "2271"
	CodeVoucherUnavailable = "9442"
)

// Error prints the code. The words stay in Message.
func (e *Error) Error() string { return "musement said code " + e.Code }

var codeNumber = regexp.MustCompile(`^-?[0-9]{1,18}$`)

// parseError recognises Musement's error body: an object with a number as text in code, and a text in message. A gateway's
// {"code":502,"message":"Bad Gateway"} is none.
func parseError(body []byte) (*Error, bool) {
	var w struct {
		Code    json.RawMessage `json:"code"`
		Message json.RawMessage `json:"message"`
	}
	var e Error
	if object(body, &w) != nil || isNull(w.Code) || isNull(w.Message) ||
		json.Unmarshal(w.Code, &e.Code) != nil || json.Unmarshal(w.Message, &e.Message) != nil || !codeNumber.MatchString(e.Code) {
		return nil, false
	}
	return &e, true
}

// explain is the one place that knows Musement's error body. The sentinel is left to the status and the call: one code
// serves several errors. A 401 with a code that is known to mean something else is judged by the code: no such code is
// documented for bad credentials, and every other one may be theirs.
func explain(a *call.Answer) (call.Explanation, bool) {
	e, ok := parseError(a.Body)
	if !ok {
		return call.Explanation{}, false
	}
	e.Status = a.Status
	x := call.Explanation{Code: e.Code, Message: e.Message, Err: e}
	if a.Status == http.StatusUnauthorized {
		switch e.Code {
		case CodeNotFound, CodeVoucherUnavailable: // Kind stays empty: Unknown
		default:
			x.Kind = payment.ErrUnauthenticated
		}
	}
	return x, true
}

// noPaymentMeaning is what a refusal of the no-payment flow means.
func noPaymentMeaning(e *payment.Error) {
	if e.Status == http.StatusUnprocessableEntity {
		e.Kind = payment.ErrForbidden // a price above zero, and no permission to be the merchant of record
	}
}

// splitMeaning is what a refusal of a card payment means.
func splitMeaning(e *payment.Error) {
	switch e.Status {
	case http.StatusUnprocessableEntity:
		e.Kind = payment.ErrDeclined // wrong number, wrong CVV, insufficient funds
	case http.StatusUnauthorized:
		if e.Message == "" {
			e.Message = "the token was not accepted, or the order belongs to another partner"
		}
	}
}

// againMeaning is what a refusal of a second completion means: the first one may have been taken, and that may be why.
func againMeaning(e *payment.Error) {
	splitMeaning(e)
	if e.Outcome == payment.Refused {
		e.Outcome = payment.Unknown
	}
}

// frozenMeaning is what a refusal of a change of a cart or an order means: 423 there says that an order holds the cart, not
// that something was paid.
func frozenMeaning(e *payment.Error) {
	if e.Status != http.StatusLocked {
		return
	}
	e.Kind = payment.ErrOrderNotPayable
	if _, said := e.Err.(*Error); said {
		e.Outcome = payment.Refused
	}
}
