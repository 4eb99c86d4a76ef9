package payment

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Attempt is what a journal keeps of a [Request], so that any later process can ask about it with [Payer.Lookup]. It is
// serialisable (JSON) and holds no secret.
type Attempt struct {
	Key     string `json:"key"`
	OrderID string `json:"order_id"`
	Amount  Money  `json:"amount,omitzero"`
	Method  Method `json:"method,omitempty"`
	// Scope is what may be paid only once, usually the order; "" when payments do not exclude each other.
	Scope string `json:"scope,omitempty"`
	// Ref holds the non-secret facts of the request's details that Lookup and Continue need: a cart, an account, a marker.
	Ref map[string]string `json:"ref,omitempty"`
	// Digest is a versioned hash of the fields above; equal requests have equal digests. No secret and no free text goes
	// into it.
	Digest string `json:"digest"`
	// SentAt is when the attempt began, not later than its first byte; zero when it is not known.
	SentAt time.Time `json:"sent_at,omitzero"`
	// PaymentID is the provider's id of the payment, once known.
	PaymentID string `json:"payment_id,omitempty"`
	// Marks are the steps that the payer recorded before it took them, in order.
	Marks []Mark `json:"marks,omitempty"`
	// Failures are the errors that Pay and Continue ended with, as far as a later Lookup needs to know of them.
	Failures []Failure `json:"failures,omitempty"`
}

// Mark is a note that a payer leaves in the journal before a step after which money may move. See [RecordMark].
type Mark struct {
	Step string            `json:"step"`
	Ref  map[string]string `json:"ref,omitempty"`
	At   time.Time         `json:"at,omitzero"`
}

// Failure is what a journal keeps of an error.
type Failure struct {
	Outcome   Outcome `json:"outcome"`
	Op        string  `json:"op,omitempty"`
	Status    int     `json:"status,omitempty"`
	Code      string  `json:"code,omitempty"`
	RequestID string  `json:"request_id,omitempty"`
}

// maxKey bounds keys and order ids, so that every store can index them.
const maxKey = 200

// NewAttempt checks the fields that all providers share and returns the attempt with its digest. It is for writers of
// payers: Prepare checks what is the provider's own and calls it last, with the default method filled in.
func NewAttempt(req Request, scope string, ref map[string]string) (Attempt, error) {
	if err := checkName("Key", req.Key); err != nil {
		return Attempt{}, err
	}
	if err := checkName("OrderID", req.OrderID); err != nil {
		return Attempt{}, err
	}
	if req.Amount.IsUnset() {
		return Attempt{}, InvalidField("Amount", "missing")
	}
	a := Attempt{Key: req.Key, OrderID: req.OrderID, Amount: req.Amount, Method: req.Method, Scope: scope, Ref: maps.Clone(ref)}
	a.Digest = digest(a)
	return a, nil
}

func checkName(field, s string) error {
	switch {
	case s == "":
		return InvalidField(field, "missing")
	case len(s) > maxKey:
		return InvalidField(field, fmt.Sprintf("longer than %d bytes", maxKey))
	case !utf8.ValidString(s):
		return InvalidField(field, "not UTF-8")
	case strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }):
		return InvalidField(field, "has characters that do not print")
	case strings.TrimSpace(s) != s:
		return InvalidField(field, "begins or ends with a space")
	}
	return nil
}

// digest hashes the fields that make a request what it is. Amounts count by value: 30.2 is 30.20.
func digest(a Attempt) string {
	h := sha256.New()
	for _, s := range []string{a.Key, a.OrderID, a.Amount.Decimal().String(), a.Amount.Currency(), string(a.Method), a.Scope} {
		writePart(h, s)
	}
	for _, k := range slices.Sorted(maps.Keys(a.Ref)) {
		writePart(h, k)
		writePart(h, a.Ref[k])
	}
	return "v1:" + hex.EncodeToString(h.Sum(nil))
}

// writePart prefixes each part with its length, so that no two lists of parts have the same bytes.
func writePart(h hash.Hash, s string) {
	_, _ = h.Write([]byte(strconv.Itoa(len(s)) + ":" + s))
}

// Marked returns the first mark of the step, if there is one.
func (a Attempt) Marked(step string) (Mark, bool) {
	i := slices.IndexFunc(a.Marks, func(m Mark) bool { return m.Step == step })
	if i < 0 {
		return Mark{}, false
	}
	return a.Marks[i], true
}

// After returns the attempt with what the answer of Pay or Continue teaches a later Lookup: the payment's id, and the
// provider's status, code and request id of an error. Whoever keeps attempts calls it with every answer; package once
// does.
func (a Attempt) After(p Payment, err error) Attempt {
	if p.ID != "" {
		a.PaymentID = p.ID
	}
	e, ok := asError(err)
	if !ok {
		return a
	}
	f := Failure{Outcome: OutcomeOf(err), Op: e.Op, Status: e.Status, Code: oneLine(e.Code), RequestID: oneLine(e.RequestID)}
	if f.Status == 0 && f.Code == "" || slices.Contains(a.Failures, f) {
		return a
	}
	a.Failures = append(slices.Clone(a.Failures), f)
	return a
}
