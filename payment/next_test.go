package payment_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/supplierpay/supplierpay-go/payment"
)

func TestNextByStatus(t *testing.T) {
	tests := []struct {
		status payment.Status
		want   payment.Action
	}{
		{payment.Succeeded, payment.NextDone},
		{payment.Pending, payment.NextWait},
		{payment.ActionRequired, payment.NextShowCustomer},
		{payment.Partial, payment.NextCallHuman},
		{payment.Reversed, payment.NextCallHuman},
		{payment.Failed, payment.NextNewRequest},
		{payment.Cancelled, payment.NextNewRequest},
		{"", payment.NextWait},
		{"a word of tomorrow", payment.NextWait},
	}
	for _, tt := range tests {
		t.Run(string(tt.status), func(t *testing.T) {
			checkStep(t, payment.Next(payment.Payment{Status: tt.status}, nil), tt.want, "")
		})
	}
}

// stands is an error with a journal's word on where the key stands.
func stands(o payment.Outcome, kind error, state string, mayBePaid bool) error {
	return &payment.Error{Outcome: o, Kind: kind, Err: &payment.KeyStateError{Key: "k", State: state, MayBePaid: mayBePaid}}
}

func TestNextByError(t *testing.T) {
	fail := func(o payment.Outcome, kind error) error {
		return &payment.Error{Provider: "p", Op: "Pay", Outcome: o, Kind: kind}
	}
	tests := []struct {
		name   string
		status payment.Status
		err    error
		want   payment.Action
		text   string // part of the sentence
	}{
		{"double risk accepted", payment.Succeeded, fail(payment.Accepted, payment.ErrDoublePaymentRisk), payment.NextCallHuman, "twice"},
		{"double risk not sent", "", fail(payment.NotSent, payment.ErrDoublePaymentRisk), payment.NextCallHuman, "twice"},
		{"double risk deep in a join", "", errors.Join(fail(payment.Refused, payment.ErrDeclined),
			fmt.Errorf("x: %w", fail(payment.Unknown, payment.ErrDoublePaymentRisk))), payment.NextCallHuman, "twice"},

		{"wrong amount taken", payment.Succeeded, fail(payment.Accepted, payment.ErrAmountMismatch), payment.NextCallHuman, "never pay again"},
		{"accepted for another reason", payment.Succeeded, fail(payment.Accepted, nil), payment.NextCallHuman, "never pay again"},
		{"paid, not recorded", payment.Succeeded, fail(payment.Accepted, payment.ErrNotRecorded), payment.NextDone, "Reconcile"},
		{"partial, not recorded", payment.Partial, fail(payment.Accepted, payment.ErrNotRecorded), payment.NextCallHuman, "part"},
		{"reversed, not recorded", payment.Reversed, fail(payment.Accepted, payment.ErrNotRecorded), payment.NextCallHuman, "given back"},
		{"pending, not recorded", payment.Pending, fail(payment.Accepted, payment.ErrNotRecorded), payment.NextLookup, "journal"},
		{"wrong amount, not recorded", payment.Succeeded, &payment.Error{Outcome: payment.Accepted, Kind: payment.ErrNotRecorded,
			Err: fail(payment.Accepted, payment.ErrAmountMismatch)}, payment.NextCallHuman, "never pay again"},
		{"pending, not recorded, unknown", payment.Pending, fail(payment.Unknown, payment.ErrNotRecorded), payment.NextLookup, "never pay again"},
		{"refused, not recorded", "", fail(payment.Refused, payment.ErrNotRecorded), payment.NextNewRequest, "refused"},

		{"in progress", "", fail(payment.Unknown, payment.ErrInProgress), payment.NextWait, "wait"},
		{"next action lost", payment.ActionRequired, fail(payment.Unknown, payment.ErrNextActionLost), payment.NextLookup, "abandon"},
		{"scope held", "", fail(payment.NotSent, payment.ErrScopeHeld), payment.NextLookup, "key that the error names"},
		{"already paid", "", fail(payment.Unknown, payment.ErrAlreadyPaid), payment.NextLookup, "do not pay again"},
		{"already paid, seen before sending", "", fail(payment.NotSent, payment.ErrAlreadyPaid), payment.NextLookup, "do not pay again"},
		{"key reused, nobody says where it stands", "", fail(payment.NotSent, payment.ErrKeyReused), payment.NextLookup, "never pay again"},
		{"key reused, may be paid", "", stands(payment.NotSent, payment.ErrKeyReused, "unknown", true), payment.NextLookup, "never pay again"},
		{"key reused, nothing taken", "", stands(payment.NotSent, payment.ErrKeyReused, "failed", false), payment.NextNewRequest, "new key"},
		{"invalid, may be paid", "", stands(payment.NotSent, payment.ErrInvalidRequest, "unknown", true), payment.NextLookup, "under way"},
		{"refused, may be paid", "", stands(payment.Refused, payment.ErrRateLimited, "open", true), payment.NextLookup, "under way"},
		{"invalid, nothing taken", "", stands(payment.NotSent, payment.ErrInvalidRequest, "released", false), payment.NextNewRequest, "correct"},
		{"journal away", "", fail(payment.NotSent, payment.ErrJournal), payment.NextWait, "same key"},
		{"no such key", "", fail(payment.Unknown, payment.ErrNoSuchKey), payment.NextCallHuman, "row is lost"},
		{"too early", "", fail(payment.Unknown, payment.ErrTooEarly), payment.NextWait, "too early"},
		{"key reused beside an unknown", "", errors.Join(fail(payment.NotSent, payment.ErrKeyReused), fail(payment.Unknown, nil)),
			payment.NextLookup, "never pay again"},

		{"unknown", "", fail(payment.Unknown, nil), payment.NextLookup, "never pay again"},
		{"inconclusive", "", fail(payment.Unknown, payment.ErrInconclusive), payment.NextLookup, "never pay again"},
		{"failed lookup", "", fail(payment.Unknown, payment.ErrUnavailable), payment.NextLookup, "never pay again"},
		{"unknown with a harmless sentinel", "", fail(payment.Unknown, payment.ErrInvalidRequest), payment.NextLookup, "never pay again"},
		{"bare sentinel", "", payment.ErrNoPayment, payment.NextLookup, "never pay again"},
		{"cancelled", "", context.Canceled, payment.NextLookup, "never pay again"},

		{"not sent: invalid request", "", payment.InvalidField("Amount", "missing"), payment.NextNewRequest, "correct"},
		{"not sent: price changed", "", fail(payment.NotSent, payment.ErrPriceChanged), payment.NextNewRequest, "correct"},
		{"not sent: unsupported", "", fail(payment.NotSent, payment.ErrUnsupported), payment.NextNewRequest, "correct"},
		{"not sent: currency mismatch", "", fail(payment.NotSent, payment.ErrCurrencyMismatch), payment.NextNewRequest, "correct"},
		{"not sent: amount mismatch", "", fail(payment.NotSent, payment.ErrAmountMismatch), payment.NextNewRequest, "correct"},
		{"not sent: order not payable", "", fail(payment.NotSent, payment.ErrOrderNotPayable), payment.NextNewRequest, "correct"},
		{"not sent: order not found", "", fail(payment.NotSent, payment.ErrOrderNotFound), payment.NextNewRequest, "correct"},
		{"not sent: declined", "", fail(payment.NotSent, payment.ErrDeclined), payment.NextNewRequest, "correct"},
		{"not sent: no connection", "", fail(payment.NotSent, payment.ErrUnavailable), payment.NextRetry, "same key"},
		{"not sent: no token", "", fail(payment.NotSent, payment.ErrUnauthenticated), payment.NextRetry, "same key"},
		{"not sent: nothing else known", "", fail(payment.NotSent, nil), payment.NextRetry, "Nothing was sent"},

		{"refused: rate limited", "", fail(payment.Refused, payment.ErrRateLimited), payment.NextRetry, "once the cause"},
		{"refused: unauthenticated", "", fail(payment.Refused, payment.ErrUnauthenticated), payment.NextRetry, "once the cause"},
		{"refused: unavailable", "", fail(payment.Refused, payment.ErrUnavailable), payment.NextRetry, "once the cause"},
		{"refused: no payment", "", fail(payment.Refused, payment.ErrNoPayment), payment.NextRetry, "nothing will be"},
		{"refused: declined", payment.Failed, fail(payment.Refused, payment.ErrDeclined), payment.NextNewRequest, "new key"},
		{"refused: cancelled", payment.Cancelled, fail(payment.Refused, payment.ErrDeclined), payment.NextNewRequest, "new key"},
		{"refused: forbidden", "", fail(payment.Refused, payment.ErrForbidden), payment.NextNewRequest, "new key"},
		{"refused: order not found", "", fail(payment.Refused, payment.ErrOrderNotFound), payment.NextNewRequest, "new key"},
		{"refused: nothing else known", "", fail(payment.Refused, nil), payment.NextNewRequest, "new key"},

		{"refused, and yet paid", payment.Succeeded, fail(payment.Refused, payment.ErrDeclined), payment.NextLookup, "otherwise"},
		{"not sent, and yet pending", payment.Pending, fail(payment.NotSent, nil), payment.NextLookup, "otherwise"},
		{"no payment, and yet partial", payment.Partial, fail(payment.Refused, payment.ErrNoPayment), payment.NextLookup, "otherwise"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := payment.Payment{Status: tt.status}
			checkStep(t, payment.Next(p, tt.err), tt.want, tt.text)
			checkStep(t, payment.Next(p, fmt.Errorf("wrapped: %w", tt.err)), tt.want, tt.text)
		})
	}
}

// Whatever the sentinel, the status and the outcome are: another payment is allowed only where nothing was taken.
func TestNextNeverAllowsASecondPayment(t *testing.T) {
	kinds := []error{nil, payment.ErrInvalidRequest, payment.ErrUnauthenticated, payment.ErrForbidden, payment.ErrOrderNotFound,
		payment.ErrAlreadyPaid, payment.ErrPriceChanged, payment.ErrCurrencyMismatch, payment.ErrAmountMismatch,
		payment.ErrOrderNotPayable, payment.ErrDeclined, payment.ErrRateLimited, payment.ErrUnavailable, payment.ErrNoPayment,
		payment.ErrInconclusive, payment.ErrUnsupported, payment.ErrKeyReused, payment.ErrInProgress, payment.ErrScopeHeld,
		payment.ErrNotRecorded, payment.ErrDoublePaymentRisk, payment.ErrNextActionLost}
	statuses := []payment.Status{"", payment.Succeeded, payment.Pending, payment.ActionRequired, payment.Partial, payment.Failed,
		payment.Cancelled, payment.Reversed, "new"}
	allowed := 0
	for _, o := range []payment.Outcome{payment.Unknown, payment.NotSent, payment.Refused, payment.Accepted, 9} {
		for _, kind := range kinds {
			for _, status := range statuses {
				step := payment.Next(payment.Payment{Status: status}, &payment.Error{Outcome: o, Kind: kind})
				if step.Action != payment.NextRetry && step.Action != payment.NextNewRequest {
					continue
				}
				allowed++
				untaken := status == "" || status == payment.Failed || status == payment.Cancelled
				if (o != payment.NotSent && o != payment.Refused) || !untaken {
					t.Errorf("outcome %v, sentinel %v, status %q: %s", o, kind, status, step.Action)
				}
			}
		}
	}
	if allowed == 0 {
		t.Error("no case allows another payment: the test sees nothing")
	}
}

func checkStep(t *testing.T, got payment.NextStep, want payment.Action, text string) {
	t.Helper()
	if got.Action != want {
		t.Errorf("action %q, want %q (%s)", got.Action, want, got)
	}
	if got.String() != got.Text || !strings.Contains(got.Text, text) {
		t.Errorf("text %q lacks %q", got, text)
	}
	if strings.Count(got.Text, ".") != 1 || !strings.HasSuffix(got.Text, ".") {
		t.Errorf("want one plain sentence, got %q", got.Text)
	}
}
