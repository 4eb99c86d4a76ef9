package payment_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/payment"
)

func request(t testing.TB) payment.Request {
	return payment.Request{Key: "row-17", OrderID: "ord_1", Amount: money(t, "30.20", "GBP"), Method: "balance"}
}

func TestNewAttempt(t *testing.T) {
	req := request(t)
	req.Description = "canary of free text"
	req.Details = secretDetails{newHolder()}
	req.AllowAnother = true
	got, err := payment.NewAttempt(req, "ord_1", map[string]string{"cart": "c1", "account": "7"})
	if err != nil {
		t.Fatal(err)
	}
	want := payment.Attempt{Key: "row-17", OrderID: "ord_1", Amount: req.Amount, Method: "balance", Scope: "ord_1",
		Ref: map[string]string{"cart": "c1", "account": "7"},
		// Written down once: an attempt of an older version must keep its digest, or its key reads as reused.
		Digest: "v1:1e2674690372ac4ec6b940301027cc26e52d97c5ef05a76c58518125969859ff"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("attempt (-want +got):\n%s", diff)
	}
	b, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	checkNoCanary(t, "JSON", string(b))
	if strings.Contains(string(b), "free text") {
		t.Error("the description is in the attempt")
	}

	plain := request(t)
	again, err := payment.NewAttempt(plain, "ord_1", map[string]string{"account": "7", "cart": "c1"})
	if err != nil || again.Digest != got.Digest {
		t.Errorf("description, details or AllowAnother changed the digest: %v", err)
	}
}

func TestNewAttemptRefuses(t *testing.T) {
	tests := []struct {
		name  string
		edit  func(*payment.Request)
		scope string
		ref   map[string]string
		field string
	}{
		{name: "no key", edit: func(r *payment.Request) { r.Key = "" }, field: "Key"},
		{name: "long key", edit: func(r *payment.Request) { r.Key = strings.Repeat("k", 201) }, field: "Key"},
		{name: "NUL in the key", edit: func(r *payment.Request) { r.Key = "a\x00b" }, field: "Key"},
		{name: "line break in the key", edit: func(r *payment.Request) { r.Key = "a\r\nb" }, field: "Key"},
		{name: "not UTF-8", edit: func(r *payment.Request) { r.Key = "a\xff" }, field: "Key"},
		{name: "leading space", edit: func(r *payment.Request) { r.Key = " a" }, field: "Key"},
		{name: "trailing space", edit: func(r *payment.Request) { r.Key = "a " }, field: "Key"},
		{name: "blank key", edit: func(r *payment.Request) { r.Key = " " }, field: "Key"},
		{name: "no-break space", edit: func(r *payment.Request) { r.Key = "a\u00a0b" }, field: "Key"},
		{name: "zero width", edit: func(r *payment.Request) { r.Key = "a\u200bb" }, field: "Key"},
		{name: "turned", edit: func(r *payment.Request) { r.Key = "a\u202eb" }, field: "Key"},
		{name: "no order", edit: func(r *payment.Request) { r.OrderID = "" }, field: "OrderID"},
		{name: "line break in the order", edit: func(r *payment.Request) { r.OrderID = "a\nb" }, field: "OrderID"},
		{name: "long order", edit: func(r *payment.Request) { r.OrderID = strings.Repeat("o", 201) }, field: "OrderID"},
		{name: "no amount", edit: func(r *payment.Request) { r.Amount = payment.Money{} }, field: "Amount"},
		{name: "odd method", edit: func(r *payment.Request) { r.Method = "a\x00" }, field: "Method"},
		{name: "long scope", scope: strings.Repeat("s", 201), field: "Scope"},
		{name: "scope not UTF-8", scope: "\xff", field: "Scope"},
		{name: "ref not UTF-8", ref: map[string]string{"cart": "\xff"}, field: "Details"},
		{name: "ref with NUL", ref: map[string]string{"cart": "a\x00"}, field: "Details"},
		{name: "ref name with NUL", ref: map[string]string{"\x00": "a"}, field: "Details"},
		{name: "long ref", ref: map[string]string{"cart": strings.Repeat("c", 5000)}, field: "Details"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			req := request(t)
			if tt.edit != nil {
				tt.edit(&req)
			}
			a, err := payment.NewAttempt(req, tt.scope, tt.ref)
			checkInvalid(t, err, payment.NotSent, tt.field)
			if diff := cmp.Diff(payment.Attempt{}, a); diff != "" {
				t.Errorf("attempt beside the error:\n%s", diff)
			}
		})
	}
	for _, key := range []string{"k", strings.Repeat("k", 200), "order 17/try 2", "\u00fcber-\u0437\u0430\u043a\u0430\u0437-\U0001f3ab", "../x?y=%20"} {
		req := request(t)
		req.Key = key
		if _, err := payment.NewAttempt(req, "", map[string]string{"name": "no\u00a0break", "empty": ""}); err != nil {
			t.Errorf("%q: %v", key, err)
		}
	}
}

func TestDigest(t *testing.T) {
	digest := func(edit func(*payment.Request), scope string, ref map[string]string) string {
		req := request(t)
		if edit != nil {
			edit(&req)
		}
		a, err := payment.NewAttempt(req, scope, ref)
		if err != nil {
			t.Fatal(err)
		}
		return a.Digest
	}
	ref := map[string]string{"a": "b"}
	base := digest(nil, "s", ref)
	for text, amount := range map[string]string{"30.2": "GBP", "30.20": "GBP", "30.200000": "GBP", "030.20": "GBP"} {
		if got := digest(func(r *payment.Request) { r.Amount = money(t, text, amount) }, "s", ref); got != base {
			t.Errorf("%s has another digest", text)
		}
	}
	seen := map[string]string{"base": base}
	for name, got := range map[string]string{
		"key":           digest(func(r *payment.Request) { r.Key = "row-18" }, "s", ref),
		"order":         digest(func(r *payment.Request) { r.OrderID = "ord_2" }, "s", ref),
		"amount":        digest(func(r *payment.Request) { r.Amount = money(t, "30.21", "GBP") }, "s", ref),
		"times ten":     digest(func(r *payment.Request) { r.Amount = money(t, "302", "GBP") }, "s", ref),
		"times hundred": digest(func(r *payment.Request) { r.Amount = money(t, "3020", "GBP") }, "s", ref),
		"currency":      digest(func(r *payment.Request) { r.Amount = money(t, "30.20", "EUR") }, "s", ref),
		"method":        digest(func(r *payment.Request) { r.Method = "card" }, "s", ref),
		"no method":     digest(func(r *payment.Request) { r.Method = "" }, "s", ref),
		"scope":         digest(nil, "t", ref),
		"no scope":      digest(nil, "", ref),
		"ref value":     digest(nil, "s", map[string]string{"a": "c"}),
		"ref name":      digest(nil, "s", map[string]string{"b": "b"}),
		"no ref":        digest(nil, "s", nil),
		"more ref":      digest(nil, "s", map[string]string{"a": "b", "c": ""}),
		// The same bytes, cut elsewhere.
		"moved border":     digest(func(r *payment.Request) { r.Key, r.OrderID = "row-17o", "rd_1" }, "s", ref),
		"moved ref border": digest(nil, "s", map[string]string{"ab": ""}),
		"scope into ref":   digest(nil, "", map[string]string{"s1:a": "b"}),
	} {
		for other, d := range seen {
			if d == got {
				t.Errorf("%s and %s have one digest", name, other)
			}
		}
		seen[name] = got
	}
	for n, m := range map[string]payment.Money{"zero": money(t, "0", "GBP"), "zeros": money(t, "0.00", "GBP")} {
		if got := digest(func(r *payment.Request) { r.Amount = m }, "s", ref); got != digest(func(r *payment.Request) { r.Amount = money(t, "0", "GBP") }, "s", ref) {
			t.Errorf("%s has another digest", n)
		}
	}
}

func TestAttemptDoesNotAlias(t *testing.T) {
	ref := map[string]string{"cart": "c1"}
	a, err := payment.NewAttempt(request(t), "", ref)
	if err != nil {
		t.Fatal(err)
	}
	ref["cart"] = "changed"
	if a.Ref["cart"] != "c1" {
		t.Error("the attempt shares the caller's map")
	}

	a.Failures = make([]payment.Failure, 0, 8) // room to append in place
	e500 := &payment.Error{Status: 500}
	e502 := &payment.Error{Status: 502}
	one, two := a.After(payment.Payment{}, e500), a.After(payment.Payment{}, e502)
	if len(a.Failures) != 0 || one.Failures[0].Status != 500 || two.Failures[0].Status != 502 {
		t.Errorf("attempts share their failures: %v %v %v", a.Failures, one.Failures, two.Failures)
	}
}

func TestAfter(t *testing.T) {
	call := &payment.Error{Provider: "p", Op: "POST /pay", Outcome: payment.Unknown, Status: 500, Code: "oops\n", RequestID: "r1"}
	var typedNil *payment.Error
	lost := []payment.Failure{{}}
	tests := []struct {
		name string
		p    payment.Payment
		err  error
		id   string
		want []payment.Failure
	}{
		{name: "paid", p: payment.Payment{ID: "pay_1"}, id: "pay_1"},
		{name: "nothing known", id: "before"},
		{name: "call", err: call, id: "before",
			want: []payment.Failure{{Op: "POST /pay", Status: 500, Code: "oops", RequestID: "r1"}}},
		{name: "payment and error", p: payment.Payment{ID: "pay_1"}, err: &payment.Error{Op: "Pay", Outcome: payment.Refused, Status: 201, Code: "failed"},
			id: "pay_1", want: []payment.Failure{{Outcome: payment.Refused, Op: "Pay", Status: 201, Code: "failed"}}},
		{name: "wrapped by a journal", err: fmt.Errorf("x: %w", &payment.Error{Op: "Pay", Kind: payment.ErrNotRecorded, Err: call}), id: "before",
			want: []payment.Failure{{Op: "POST /pay", Status: 500, Code: "oops", RequestID: "r1"}}},
		{name: "two answers", err: errors.Join(&payment.Error{Op: "a", Outcome: payment.Refused, Status: 422}, call), id: "before",
			want: []payment.Failure{{Op: "a", Status: 422}, {Op: "POST /pay", Status: 500, Code: "oops", RequestID: "r1"}}},
		{name: "one answer twice", err: errors.Join(call, call), id: "before",
			want: []payment.Failure{{Op: "POST /pay", Status: 500, Code: "oops", RequestID: "r1"}}},
		{name: "no answer", err: &payment.Error{Op: "POST /pay", Err: io.EOF}, id: "before", want: lost},
		{name: "no answer with a code", err: &payment.Error{Op: "POST /pay", Code: "c"}, id: "before",
			want: []payment.Failure{{Op: "POST /pay", Code: "c"}, {}}},
		{name: "not ours", err: io.EOF, id: "before", want: lost},
		{name: "not ours, wrapped", err: fmt.Errorf("x: %w", io.EOF), id: "before", want: lost},
		{name: "a refusal and one that is not ours", err: errors.Join(&payment.Error{Op: "a", Outcome: payment.Refused, Status: 422}, io.EOF),
			id: "before", want: []payment.Failure{{Op: "a", Status: 422}, {}}},
		{name: "an answer and a read without one", err: &payment.Error{Op: "Pay", Err: errors.Join(call, &payment.Error{Op: "GET /x", Err: io.EOF})},
			id: "before", want: []payment.Failure{{Op: "POST /pay", Status: 500, Code: "oops", RequestID: "r1"}, {}}},
		{name: "not sent", err: &payment.Error{Op: "Pay", Outcome: payment.NotSent, Err: &payment.Error{Op: "GET /x", Err: io.EOF}}, id: "before"},
		{name: "typed nil", err: typedNil, id: "before", want: lost},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := payment.Attempt{PaymentID: "before"}.After(tt.p, tt.err)
			if got.PaymentID != tt.id {
				t.Errorf("payment id %q, want %q", got.PaymentID, tt.id)
			}
			if diff := cmp.Diff(tt.want, got.Failures); diff != "" {
				t.Errorf("failures (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(got, got.After(tt.p, tt.err)); diff != "" {
				t.Errorf("the same answer twice (-once +twice):\n%s", diff)
			}
		})
	}
	endless := &wrapMany{}
	endless.inner = []error{call, endless, endless}
	if got := (payment.Attempt{}).After(payment.Payment{}, endless); len(got.Failures) != 2 || got.AnswersKnown() {
		t.Errorf("endless error gives %v", got.Failures)
	}
}

func TestAnswersKnown(t *testing.T) {
	after := func(err error) payment.Attempt { return payment.Attempt{}.After(payment.Payment{}, err) }
	incomplete := after(nil)
	incomplete.Incomplete = true
	tests := map[string]struct {
		attempt payment.Attempt
		want    bool
	}{
		"zero value":                    {payment.Attempt{}, false},
		"paid":                          {after(nil), true},
		"refused":                       {after(&payment.Error{Outcome: payment.Refused, Status: 422}), true},
		"not sent":                      {after(&payment.Error{Outcome: payment.NotSent}), true},
		"unknown with a status":         {after(&payment.Error{Status: 500}), true},
		"unknown without a status":      {after(&payment.Error{Err: io.EOF}), false},
		"lost, then refused":            {after(io.EOF).After(payment.Payment{}, &payment.Error{Outcome: payment.Refused, Status: 422}), false},
		"lost, then paid":               {after(io.EOF).After(payment.Payment{ID: "p"}, nil), false},
		"ended without a result":        {payment.Attempt{}.Unanswered(), false},
		"a second one without a result": {after(nil).Unanswered(), false},
		"after a restored database":     {incomplete, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := tt.attempt.AnswersKnown(); got != tt.want {
				t.Errorf("AnswersKnown of %+v is %v", tt.attempt, got)
			}
		})
	}
}

func TestUnanswered(t *testing.T) {
	before := payment.Attempt{Failures: make([]payment.Failure, 0, 8)}.After(payment.Payment{ID: "p"}, nil)
	got := before.Unanswered()
	want := payment.Attempt{PaymentID: "p", Answered: true, Failures: []payment.Failure{{}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(got, got.Unanswered()); diff != "" {
		t.Errorf("twice (-once +twice):\n%s", diff)
	}
	if len(before.Failures) != 0 {
		t.Errorf("the attempt before has changed: %+v", before)
	}
}

// TestFailuresAreBounded: any number of answers leaves a short list, and no answer that speaks against an absence is
// forgotten without a trace.
func TestFailuresAreBounded(t *testing.T) {
	const most = 32
	answer := func(outcome payment.Outcome, i int) error {
		return &payment.Error{Op: "POST /pay", Outcome: outcome, Status: 500, Code: fmt.Sprint(i)}
	}
	holds := func(a payment.Attempt, f payment.Failure) bool { return slices.Contains(a.Failures, f) }

	var a payment.Attempt
	a = a.After(payment.Payment{}, answer(payment.Unknown, 0))
	for i := range 5 * most {
		a = a.After(payment.Payment{}, answer(payment.Refused, i))
	}
	if len(a.Failures) != most || !holds(a, payment.Failure{Op: "POST /pay", Status: 500, Code: "0"}) || !a.AnswersKnown() {
		t.Errorf("after many refusals: %d failures, %+v", len(a.Failures), a.Failures[0])
	}
	for i := range 5 * most {
		a = a.After(payment.Payment{}, answer(payment.Unknown, i))
		if forgotten := i >= most; len(a.Failures) > most || a.AnswersKnown() == forgotten {
			t.Fatalf("after %d unknown answers: %d failures, answers known %v", i+1, len(a.Failures), a.AnswersKnown())
		}
	}
	if !holds(a, payment.Failure{Op: "POST /pay", Status: 500, Code: fmt.Sprint(5*most - 1)}) {
		t.Error("the last answer is not kept")
	}
}

func TestMarked(t *testing.T) {
	first := payment.Mark{Step: "commit", Ref: map[string]string{"workbench": "w1"}}
	a := payment.Attempt{Marks: []payment.Mark{{Step: "begin"}, first, {Step: "commit", Ref: map[string]string{"workbench": "w2"}}}}
	got, ok := a.Marked("commit")
	if diff := cmp.Diff(first, got); !ok || diff != "" {
		t.Errorf("Marked = %v (-want +got):\n%s", ok, diff)
	}
	if begin, ok := a.Marked("begin"); !ok || begin.Step != "begin" {
		t.Errorf("the first mark is not found: %+v, %v", begin, ok)
	}
	if _, ok := a.Marked("complete"); ok {
		t.Error("found a mark that is not there")
	}
	if _, ok := (payment.Attempt{}).Marked(""); ok {
		t.Error("found a mark in an attempt without any")
	}
}

func TestAttemptJSON(t *testing.T) {
	at := time.Date(2026, 11, 21, 10, 30, 0, 123456789, time.UTC)
	a, err := payment.NewAttempt(request(t), "ord_1", map[string]string{"cart": "c1"})
	if err != nil {
		t.Fatal(err)
	}
	a.Digest, a.SentAt, a.PaymentID = "v1:x", at, "pay_1"
	a.Marks = []payment.Mark{{Step: "commit", Ref: map[string]string{"w": "1"}, At: at}}
	a = a.After(payment.Payment{}, &payment.Error{Op: "POST /pay", Outcome: payment.Refused, Status: 422, Code: "c", RequestID: "r"})

	b, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"key":"row-17","order_id":"ord_1","amount":{"amount":"30.20","currency":"GBP"},"method":"balance","scope":"ord_1",` +
		`"ref":{"cart":"c1"},"digest":"v1:x","sent_at":"2026-11-21T10:30:00.123456789Z","payment_id":"pay_1",` +
		`"marks":[{"step":"commit","ref":{"w":"1"},"at":"2026-11-21T10:30:00.123456789Z"}],` +
		`"failures":[{"outcome":2,"op":"POST /pay","status":422,"code":"c","request_id":"r"}],"answered":true}`
	if diff := cmp.Diff(want, string(b)); diff != "" {
		t.Errorf("JSON (-want +got):\n%s", diff)
	}
	var back payment.Attempt
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(a, back); diff != "" {
		t.Errorf("read back (-want +got):\n%s", diff)
	}
	if b, err = json.Marshal(payment.Attempt{Key: "k", OrderID: "o", Digest: "d"}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(`{"key":"k","order_id":"o","digest":"d"}`, string(b)); diff != "" {
		t.Errorf("JSON of little (-want +got):\n%s", diff)
	}
}
