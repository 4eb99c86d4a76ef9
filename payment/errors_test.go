package payment_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/payment"
)

type providerError struct{ code string }

func (e *providerError) Error() string { return "provider says " + e.code }

func TestErrorText(t *testing.T) {
	tests := []struct {
		name string
		err  *payment.Error
		want string
	}{
		{"everything", &payment.Error{Provider: "duffel", Op: "POST /air/payments", Outcome: payment.Refused,
			Kind: payment.ErrPriceChanged, Status: 422, Code: "price_changed", Message: "The price went up.", Field: "Amount",
			RequestID: "F1x", Err: io.ErrUnexpectedEOF},
			"duffel POST /air/payments: refused: price changed: HTTP 422: price_changed: field Amount: The price went up.: " +
				"request id F1x: unexpected EOF"},
		{"nothing", &payment.Error{}, "payment: unknown"},
		{"nil", nil, "<nil>"},
		{"InvalidField", payment.InvalidField("OrderID", "missing"), "payment: not sent: invalid request: field OrderID: missing"},
		{"provider alone", &payment.Error{Provider: "etm"}, "etm: unknown"},
		{"operation alone", &payment.Error{Op: "Lookup"}, "Lookup: unknown"},
		{"cause of ours", &payment.Error{Provider: "p", Op: "Pay", Outcome: payment.Accepted, Kind: payment.ErrNotRecorded,
			Err: &payment.Error{Provider: "p", Op: "POST /x", Status: 500}},
			"p Pay: accepted: the journal could not record the answer: p POST /x: unknown: HTTP 500"},
		{"line breaks", &payment.Error{Provider: "p\r\nq", Op: "a\tb", Code: "\x00c\x1b[31m", Message: "  one\n\n two\u2028three\u0085 "},
			"p q a b: unknown: c [31m: one two three"},
		{"turned text", &payment.Error{Message: "paid \u202etoidi\u202c \ufeffnow"}, "payment: unknown: paid toidi now"},
		{"not UTF-8", &payment.Error{Message: "a\xff\xfeb"}, "payment: unknown: a\ufffdb"},
		{"long", &payment.Error{Message: strings.Repeat("x", 10_000)}, "payment: unknown: " + strings.Repeat("x", 600) + "..."},
		{"only white space", &payment.Error{Provider: " ", Message: "\n"}, "payment: unknown"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, tt.err.Error()); diff != "" {
				t.Errorf("text (-want +got):\n%s", diff)
			}
		})
	}
}

func TestErrorIsAndAs(t *testing.T) {
	cause := &providerError{"declined"}
	inner := &payment.Error{Outcome: payment.Refused, Kind: payment.ErrDeclined, Status: 422, Err: fmt.Errorf("w: %w", cause)}
	err := fmt.Errorf("order 7: %w", &payment.Error{Kind: payment.ErrNotRecorded, Err: inner})

	for _, target := range []error{payment.ErrNotRecorded, payment.ErrDeclined, inner, cause} {
		if !errors.Is(err, target) {
			t.Errorf("errors.Is misses %v", target)
		}
	}
	if errors.Is(err, payment.ErrNoPayment) || errors.Is(&payment.Error{}, payment.ErrNoPayment) {
		t.Error("errors.Is finds what is not there")
	}
	var e *payment.Error
	if !errors.As(err, &e) || e.Kind != payment.ErrNotRecorded {
		t.Errorf("errors.As finds %v", e)
	}
	var p *providerError
	if !errors.As(err, &p) || p.code != "declined" {
		t.Errorf("errors.As finds %v", p)
	}
	var none *payment.Error
	if errors.Is(none, payment.ErrDeclined) || none.Unwrap() != nil {
		t.Error("a nil error has causes")
	}
}

// Two sentinels with one text, or one that equals another, would make errors.Is say too much.
func TestSentinelsDiffer(t *testing.T) {
	all := []error{payment.ErrInvalidRequest, payment.ErrUnauthenticated, payment.ErrForbidden, payment.ErrOrderNotFound,
		payment.ErrAlreadyPaid, payment.ErrPriceChanged, payment.ErrCurrencyMismatch, payment.ErrAmountMismatch,
		payment.ErrOrderNotPayable, payment.ErrDeclined, payment.ErrRateLimited, payment.ErrUnavailable, payment.ErrNoPayment,
		payment.ErrInconclusive, payment.ErrUnsupported, payment.ErrKeyReused, payment.ErrInProgress, payment.ErrScopeHeld,
		payment.ErrNotRecorded, payment.ErrDoublePaymentRisk, payment.ErrNextActionLost}
	texts := map[string]bool{}
	for i, a := range all {
		for j, b := range all {
			if errors.Is(a, b) != (i == j) {
				t.Errorf("errors.Is(%v, %v) is wrong", a, b)
			}
		}
		if texts[a.Error()] || a.Error() == "" {
			t.Errorf("text %q is not its own", a)
		}
		texts[a.Error()] = true
	}
}

func FuzzErrorText(f *testing.F) {
	f.Add("duffel", "POST /air/payments", "code", "message", "Amount", "id", "cause")
	f.Add("", "", "", "", "", "", "")
	f.Add("a\nb", "c\rd", "\x00", "\u2028\u2029", "\x1b[0m", "\xff\xfe", strings.Repeat("\xf0\x9f\x92\xb8", 500))
	f.Add("\u202e", "\u200b", "\u0085", strings.Repeat("a\xff", 700), "\t", " ", "\v\f")
	f.Fuzz(func(t *testing.T, provider, op, code, message, field, id, cause string) {
		inner := &payment.Error{Message: message, Err: errors.New(cause)}
		e := &payment.Error{Provider: provider, Op: op, Kind: errors.New(cause), Code: code, Message: message, Field: field,
			RequestID: id, Err: fmt.Errorf("wrapped: %w", inner)}
		text := e.Error()
		if !utf8.ValidString(text) {
			t.Fatalf("not UTF-8: %q", text)
		}
		if i := strings.IndexFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }); i >= 0 {
			t.Fatalf("does not print at %d: %q", i, text)
		}
		// Nine parts of 600 bytes; an invalid byte becomes three.
		if len(text) > 9*600*3 {
			t.Fatalf("%d bytes", len(text))
		}
		if text == "" {
			t.Fatal("empty")
		}
	})
}
