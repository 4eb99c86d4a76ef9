package etm

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/supplierpay/supplierpay-go/internal/call"
	"github.com/supplierpay/supplierpay-go/internal/redact"
	"github.com/supplierpay/supplierpay-go/internal/wire"
	"github.com/supplierpay/supplierpay-go/payment"
)

// statusOK is the only documented value of an answer's status.
const statusOK = "ok"

// Error is what ETM itself said of a failed call. It is the cause of the [payment.Error] that a method returns: find it
// with errors.As. What the failure means for the money is the payment.Error's to say.
type Error struct {
	// HTTPStatus is the status of the answer: ETM reports failures with 200 too. It is 0 when it is not known.
	HTTPStatus int `json:"http_status,omitempty"`
	// Status is the answer's member status.
	Status string `json:"status,omitempty"`
	// PaymentStatus is the payload's member status, in the answer to a payment.
	PaymentStatus string `json:"payment_status,omitempty"`
	// Message is the answer's message, or its error, in the language of the account.
	Message string `json:"message,omitempty"`
}

// maxQuoted bounds what an error quotes of one of ETM's texts.
const maxQuoted = 200

// Error puts ETM's words on one line.
func (e *Error) Error() string {
	said := []string{}
	for _, word := range []struct{ name, text string }{
		{"status", e.Status}, {"payment status", e.PaymentStatus}, {"message", e.Message},
	} {
		if text := word.text; text != "" {
			if len(text) > maxQuoted {
				text = text[:maxQuoted] + "..."
			}
			said = append(said, word.name+" "+strconv.Quote(strings.ToValidUTF8(text, "")))
		}
	}
	return "etm said " + strings.Join(said, ", ")
}

// The errors of a success that cannot be used. What they mean for the money is the call layer's to say: Unknown.
var (
	errNotObject  = errors.New("not a JSON object")
	errNoData     = errors.New("no data in the answer")
	errNoID       = errors.New("no order_id in the answer's data")
	errOtherOrder = errors.New("the answer is for another order")
)

// parseError reads what an answer says of itself: an object with a status, a message or an error. It never fails: a body
// of another kind says nothing.
func parseError(status int, body []byte) (*Error, bool) {
	e, _, ok := opened(body, &struct{}{})
	e.HTTPStatus = status
	return &e, ok && (e.Status != "" || e.Message != "")
}

// opened reads what an answer says of itself, and its data: into v, a pointer to a struct, and as it came. ok is false for a
// body that is not a JSON object, and for one with several data, since nobody knows which one counts.
func opened(body []byte, v any) (said Error, data json.RawMessage, ok bool) {
	w := struct {
		Status  Text `json:"status"`
		Message Text `json:"message"`
		Error   Text `json:"error"`
		Data    any  `json:"data"` // encoding/json fills what the pointer in it points to
	}{Data: v}
	if !wire.IsObject(body) || wire.UnmarshalLenient(body, &w) != nil {
		return Error{}, nil, false
	}
	data, repeated := wire.Member(body, "data")
	return Error{Status: string(w.Status), Message: string(cmp.Or(w.Message, w.Error))}, data, !repeated
}

// said is parseError for an answer to this client, without its secrets.
func (c *Client) said(a *call.Answer) (*Error, bool) {
	e, ok := parseError(a.Status, a.Body)
	if ok {
		c.clean(e)
	}
	return e, ok
}

// explain is the one place that knows ETM's error body. None is documented: a 403 with a JSON object counts, and the words
// that the user's contract defines.
func (c *Client) explain(a *call.Answer) (call.Explanation, bool) {
	said, ok := c.said(a)
	if ok && c.words[said.Status] {
		return call.Explanation{Code: said.Status, Kind: payment.ErrDeclined}, true
	}
	if a.Status == http.StatusUnauthorized && ok && said.Status == statusOK {
		return call.Explanation{Code: said.Status}, true // a success under a 401 is no word for bad credentials
	}
	var object map[string]json.RawMessage
	return call.Explanation{}, a.Status == http.StatusForbidden && json.Unmarshal(a.Body, &object) == nil && object != nil
}

// refusedBy is the refusal that a registered word stands for.
func refusedBy(said *Error) error {
	return &payment.Error{Outcome: payment.Refused, Kind: payment.ErrDeclined, Err: said}
}

// unreadable is a value of an answer that cannot be used. It says nothing about the money.
func unreadable(field string, cause error) error {
	return &payment.Error{Provider: provider, Outcome: payment.Unknown, Field: field,
		Message: "the answer's value cannot be read", Err: cause}
}

// minSecret is the shortest number that is looked for in an answer: a shorter one may be part of any other.
const minSecret = 8

// mask stands in answers where ETM quoted a secret.
const mask = redact.Mask

// blot removes secrets from an answer.
func (c *Client) blot(body []byte, session []payment.Secret) []byte {
	return without(without(body, session), c.known)
}

// without takes secrets out of a body. One of digits alone may also be a number there, which must stay one: it is replaced
// where it is a whole string.
func without(body []byte, secrets []payment.Secret) []byte {
	if !slices.ContainsFunc(secrets, isNumber) {
		return redact.Body(body, secrets)
	}
	for i, secret := range secrets {
		v := secret.Reveal()
		switch {
		case !isNumber(secret):
			body = redact.Body(body, secrets[i:i+1])
		case len(v) >= minSecret && bytes.Contains(body, []byte(v)):
			body = bytes.ReplaceAll(body, []byte(`"`+v+`"`), []byte(`"`+mask+`"`))
		}
	}
	return body
}

func isNumber(s payment.Secret) bool { return wire.IsDigits(s.Reveal()) }

// clean takes the authenticator's secrets out of an error, where those of any length and form are out of place.
func (c *Client) clean(e *Error) {
	for _, text := range []*string{&e.Status, &e.PaymentStatus, &e.Message} {
		*text = redact.Text(*text, c.known)
	}
}
