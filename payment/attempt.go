package payment

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
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
//
// An Attempt is for one Pay: its marks and failures speak of that one. A journal that pays again, because nothing was taken,
// makes a new Attempt for it.
type Attempt struct {
	// Key, OrderID, Amount and Method are those of the request; Method is never empty where the provider has a default.
	Key     string `json:"key"`
	OrderID string `json:"order_id"`
	Amount  Money  `json:"amount,omitzero"`
	Method  Method `json:"method,omitempty"`
	// Scope is what may be paid only once, usually the order; "" when payments do not exclude each other.
	Scope string `json:"scope,omitempty"`
	// Ref holds the non-secret facts of the request's details that Lookup and Continue need: a cart, an account, a marker.
	Ref map[string]string `json:"ref,omitempty"`
	// Digest is a versioned hash of the fields above, of Ref as far as it says what is paid; equal requests have equal
	// digests. No secret, no free text and nothing of how the client is configured goes into it.
	Digest string `json:"digest"`
	// SentAt is when the attempt began, not later than its first byte; zero when it is not known.
	SentAt time.Time `json:"sent_at,omitzero"`
	// PaymentID is the provider's id of the payment, once known.
	PaymentID string `json:"payment_id,omitempty"`
	// Marks are the steps that the payer recorded before it took them, in order.
	Marks []Mark `json:"marks,omitempty"`
	// Failures are the errors that Pay and Continue ended with, as far as a later Lookup needs to know of them. The list is
	// bounded, see [Attempt.After].
	Failures []Failure `json:"failures,omitempty"`
	// Answered is true when the answer of the last call of Pay or Continue is known and is in the fields above. False is
	// the zero value: a process may have died with the answer unread. See [Attempt.AnswersKnown].
	Answered bool `json:"answered,omitempty"`
	// Incomplete is true when marks or answers of this attempt may be missing, because the journal's database was restored
	// or has failed over since they were written. A missing mark then proves nothing.
	Incomplete bool `json:"incomplete,omitempty"`
}

// AnswersKnown reports whether the provider's answer to every request that this attempt sent is known. When it is false,
// an answer of 5xx may have been lost. A payer must then treat the attempt as one that was answered with a 5xx: what is
// missing at the provider is no proof.
func (a Attempt) AnswersKnown() bool {
	lost := func(f Failure) bool { return f.Outcome == Unknown && f.Status == 0 }
	return a.Answered && !a.Incomplete && !slices.ContainsFunc(a.Failures, lost)
}

// Mark is a note that a payer leaves in the journal before a step after which money may move. See [RecordMark].
type Mark struct {
	// Step is the payer's own name of the step, such as "commit".
	Step string `json:"step"`
	// Ref holds the non-secret facts of the step that only Pay learned: a session's id, the documents to expect.
	Ref map[string]string `json:"ref,omitempty"`
	// At is when the journal recorded it.
	At time.Time `json:"at,omitzero"`
}

// Failure is what a journal keeps of a provider's answer that ended in an error.
type Failure struct {
	// Outcome is that of the whole call of Pay, Continue or Lookup.
	Outcome   Outcome `json:"outcome"`
	Op        string  `json:"op,omitempty"`
	Status    int     `json:"status,omitempty"`
	Code      string  `json:"code,omitempty"`
	RequestID string  `json:"request_id,omitempty"`
}

const (
	maxKey = 200     // bytes of keys, order ids and scopes, so that every store can index them
	maxRef = 4 << 10 // bytes of one entry of Ref
)

// NewAttempt checks the fields that all providers share and returns the attempt with its digest: key, order and amount
// are there, and everything is text of bounded length that a journal can keep. It is for writers of
// payers: Prepare checks what is the provider's own, the amount with [Currencies.Check] among it, and calls NewAttempt
// last, with the default method filled in.
//
// The digest is made of ref too, so ref holds only what the request says. What Lookup has to know of the client's
// configuration, such as the version of the API, Prepare adds to the attempt's Ref after NewAttempt. Otherwise a service
// that is deployed with another configuration would refuse to retry a payment, as if its key had been used for another.
func NewAttempt(req Request, scope string, ref map[string]string) (Attempt, error) {
	keys := slices.Sorted(maps.Keys(ref))
	if err := check(&req, scope, ref, keys); err != nil {
		return Attempt{}, err
	}
	a := Attempt{Key: req.Key, OrderID: req.OrderID, Amount: req.Amount, Method: req.Method, Scope: scope, Ref: maps.Clone(ref)}
	a.Digest = digest(&a, keys)
	return a, nil
}

func check(req *Request, scope string, ref map[string]string, keys []string) error {
	if err := checkName("Key", req.Key); err != nil {
		return err
	}
	if err := checkName("OrderID", req.OrderID); err != nil {
		return err
	}
	if req.Amount.IsUnset() {
		return InvalidField("Amount", "missing")
	}
	if err := checkText("Method", string(req.Method), maxKey); err != nil {
		return err
	}
	if err := checkText("Scope", scope, maxKey); err != nil {
		return err
	}
	for _, k := range keys {
		if err := checkText("Details", k, maxRef); err != nil {
			return err
		}
		if err := checkText("Details", ref[k], maxRef); err != nil {
			return err
		}
	}
	return nil
}

// checkName refuses what cannot name a payment or an order.
func checkName(field, s string) error {
	switch {
	case s == "":
		return InvalidField(field, "missing")
	case strings.TrimSpace(s) != s:
		return InvalidField(field, "begins or ends with a space")
	case strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }):
		return InvalidField(field, "has characters that do not print")
	}
	return checkText(field, s, maxKey)
}

// checkText refuses what a store or JSON would not give back as it was.
func checkText(field, s string, limit int) error {
	switch {
	case len(s) > limit:
		return InvalidField(field, fmt.Sprintf("longer than %d bytes", limit))
	case !utf8.ValidString(s):
		return InvalidField(field, "not UTF-8")
	case strings.ContainsFunc(s, unicode.IsControl):
		return InvalidField(field, "has control characters")
	}
	return nil
}

// digest hashes the fields that make a request what it is, and the entries of Ref in the order of keys. Amounts count
// by value: 30.2 is 30.20.
func digest(a *Attempt, keys []string) string {
	amount := a.Amount.asGiven()
	if strings.Contains(amount, ".") {
		amount = strings.TrimRight(strings.TrimRight(amount, "0"), ".")
	}
	text := make([]byte, 0, 512)
	for _, s := range []string{a.Key, a.OrderID, amount, a.Amount.Currency(), string(a.Method), a.Scope} {
		text = appendPart(text, s)
	}
	for _, k := range keys {
		text = appendPart(appendPart(text, k), a.Ref[k])
	}
	sum := sha256.Sum256(text)
	return "v1:" + hex.EncodeToString(sum[:])
}

// appendPart prefixes each part with its length, so that no two lists of parts have the same bytes.
func appendPart(text []byte, s string) []byte {
	text = append(strconv.AppendInt(text, int64(len(s)), 10), ':')
	return append(text, s...)
}

// Marked returns the first mark of the step, if there is one.
//
// A missing mark alone proves nothing. An attempt that no journal kept has no marks, and an attempt with Incomplete may
// have lost some. A payer for which a missing mark is a proof must record another mark first, at the very beginning of
// Pay. It may rely on the absence of the later mark only where it finds the first one and Incomplete is false.
func (a Attempt) Marked(step string) (Mark, bool) {
	i := slices.IndexFunc(a.Marks, func(m Mark) bool { return m.Step == step })
	if i < 0 {
		return Mark{}, false
	}
	return a.Marks[i], true
}

// maxFailures bounds Failures: a second step can be refused any number of times.
const maxFailures = 32

// After returns the attempt with the result of Pay or Continue: the payment's id, one [Failure] for every *Error in the
// error's tree that has a status or a code, and Answered. An error with outcome Unknown of which a cause has no status adds
// a Failure without a status: a request was sent, and its answer is not known. Call After with every result of Pay and
// Continue, and with no result of Lookup. Package once does so.
//
// A Failure that differs from an earlier one in nothing but its request id replaces that one. At most 32 are kept; those
// with outcome Unknown are the last to go, and leave a Failure without a status.
func (a Attempt) After(p Payment, err error) Attempt {
	if p.ID != "" {
		a.PaymentID = p.ID
	}
	a.Answered = true
	a.Failures = slices.Clone(a.Failures)
	outcome, left := OutcomeOf(err), maxErrors
	lost := foreign(err, &left)
	for _, e := range errorsIn(err) {
		lost = lost || e.Status == 0 && e.Outcome == Unknown && len(errorsIn(e.Err)) == 0
		if e.Status != 0 || e.Code != "" {
			a.Failures = addFailure(a.Failures, Failure{Outcome: outcome, Op: oneLine(e.Op), Status: e.Status,
				Code: oneLine(e.Code), RequestID: oneLine(e.RequestID)})
		}
	}
	if err != nil && outcome == Unknown && lost {
		a.Failures = addFailure(a.Failures, Failure{Outcome: Unknown})
	}
	return a
}

// Unanswered returns the attempt with the fact that a call of Pay or Continue ended without a result, for instance because
// its process died: a Failure without a status, as After adds it for a lost answer. A journal calls it.
func (a Attempt) Unanswered() Attempt {
	a.Answered = true
	a.Failures = addFailure(slices.Clone(a.Failures), Failure{Outcome: Unknown})
	return a
}

// foreign reports whether a branch of err ends in an error that is not ours: nothing says then what was answered.
func foreign(err error, left *int) bool {
	if *left--; *left < 0 || isNil(err) {
		return true
	}
	switch e := err.(type) {
	case *Error:
		return false
	case interface{ Unwrap() error }:
		return foreign(e.Unwrap(), left)
	case interface{ Unwrap() []error }:
		return slices.ContainsFunc(e.Unwrap(), func(branch error) bool { return branch != nil && foreign(branch, left) })
	}
	return true
}

// addFailure adds f. What has to go is at first one that is not Unknown. Where all are, the oldest goes, and a failure
// without a status takes its place for good: an answer that nobody remembers is one that is not known.
func addFailure(list []Failure, f Failure) []Failure {
	same := func(old Failure) bool {
		old.RequestID = f.RequestID
		return old == f
	}
	list = append(slices.DeleteFunc(list, same), f)
	if len(list) <= maxFailures {
		return list
	}
	if i := slices.IndexFunc(list, func(f Failure) bool { return f.Outcome != Unknown }); i >= 0 {
		return slices.Delete(list, i, i+1)
	}
	lost := Failure{Outcome: Unknown}
	list = append(slices.DeleteFunc(list, func(f Failure) bool { return f == lost }), lost)
	return list[len(list)-maxFailures:]
}
