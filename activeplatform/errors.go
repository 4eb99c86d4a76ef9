package activeplatform

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/supplierpay/supplierpay-go/internal/call"
	"github.com/supplierpay/supplierpay-go/internal/redact"
	"github.com/supplierpay/supplierpay-go/internal/wire"
	"github.com/supplierpay/supplierpay-go/payment"
)

// Error is what the platform itself answered to a failed call. It is the cause of the [payment.Error] that a method
// returns: find it with errors.As. What the failure means for the money is the payment.Error's to say.
type Error struct {
	// Status is the HTTP status of the answer.
	Status int `json:"status"`
	// Entries are the errors of API v3. API v1 documents no form of errors.
	Entries []ErrorEntry `json:"errors,omitempty"`
	// Body is the beginning of the answer's body, without the token: JSON, a gateway's page, or nothing. It is for people.
	Body string `json:"body,omitempty"`
}

// ErrorEntry is one of API v3's errors. There is no code to tell them apart by: only the HTTP status is one, and the
// state of the payment.
type ErrorEntry struct {
	Title  string `json:"title"`
	Status Text   `json:"status,omitempty"` // "422"
}

// Error says how much there is to read. The platform's words are in the [payment.Error] and in the fields.
func (e *Error) Error() string {
	return fmt.Sprintf("activeplatform answered with %d bytes", len(e.Body))
}

// maxKept bounds how much of a failed answer's body is kept.
const maxKept = 2 << 10

// answerError keeps what the platform said, without the secrets.
func answerError(a *call.Answer, secrets []payment.Secret) *Error {
	clean := func(s string) string { return redact.Text(s, secrets) }
	body := clean(string(a.Body)) // before it is cut, which may be in the middle of a secret
	if len(body) > maxKept {
		body = body[:maxKept]
	}
	e := &Error{Status: a.Status, Body: strings.ToValidUTF8(body, "?")}
	for _, entry := range entriesV3(a.Body) {
		e.Entries = append(e.Entries, ErrorEntry{Title: clean(entry.Title), Status: Text(clean(string(entry.Status)))})
	}
	return e
}

// entriesV3 recognises API v3's error body: an object whose errors are one object, as its pages show, or a list of them.
// An entry needs a title. A body that is something else has no entries.
func entriesV3(body []byte) []ErrorEntry {
	var w struct {
		Errors json.RawMessage `json:"errors"`
	}
	if wire.UnmarshalLenient(body, &w) != nil {
		return nil
	}
	items := []json.RawMessage{w.Errors}
	if raw := bytes.TrimSpace(w.Errors); len(raw) > 0 && raw[0] == '[' {
		if json.Unmarshal(raw, &items) != nil {
			return nil
		}
	}
	var entries []ErrorEntry
	for _, item := range items {
		var entry ErrorEntry
		if item = bytes.TrimSpace(item); len(item) == 0 || item[0] != '{' || wire.UnmarshalLenient(item, &entry) != nil || entry.Title == "" {
			continue
		}
		entries = append(entries, entry)
	}
	return entries
}

// explainV1 knows the one refusal of API v1 that its own JSON tells apart from a gateway's: 403. No other error of
// API v1 is documented, so nothing else is a refusal, but for a 401.
func explainV1(a *call.Answer) (call.Explanation, bool) {
	body := bytes.TrimSpace(a.Body)
	isJSON := len(body) > 0 && (body[0] == '{' || body[0] == '[') && json.Valid(a.Body)
	return call.Explanation{}, a.Status == http.StatusForbidden && isJSON
}

// explainV3 knows API v3's error body.
func explainV3(a *call.Answer) (call.Explanation, bool) {
	entries := entriesV3(a.Body)
	if len(entries) == 0 {
		return call.Explanation{}, false
	}
	words := entries[0].Title
	if n := len(entries) - 1; n > 0 {
		words += fmt.Sprintf(" (and %d more)", n)
	}
	x := call.Explanation{Message: words}
	if a.Status == http.StatusUnauthorized && !slices.ContainsFunc(entries, func(e ErrorEntry) bool { return e.Status != "401" }) {
		x.Kind = payment.ErrUnauthenticated // there is no other word for bad credentials
	}
	return x, true
}

// amend adds the platform's answer to the error about it.
func (c *Client) amend(_ context.Context, _ *call.Operation, a *call.Answer, e *payment.Error) {
	if a != nil && (a.Status < 200 || a.Status > 299 || errors.Is(e, errErrorsInside)) {
		e.Err = errors.Join(answerError(a, c.secrets), e.Err)
	}
}
