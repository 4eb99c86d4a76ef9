package payment_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/payment"
)

// FuzzAttempt: what a journal gives back as an attempt is read again as it was written, or is an error; what payers ask of
// it never panics.
func FuzzAttempt(f *testing.F) {
	for _, s := range []string{
		`{"key":"k","order_id":"ord_1","amount":{"amount":"30.20","currency":"GBP"},"method":"card","scope":"ord_1","ref":{"a":"b"},"digest":"v1:00",
			"sent_at":"2026-11-21T12:00:00Z","payment_id":"pay_1","marks":[{"step":"commit","ref":{"x":"y"},"at":"2026-11-21T12:00:01Z"}],
			"failures":[{"outcome":0,"op":"POST /x","status":500,"code":"c","request_id":"r"}]}`,
		`{"amount":null,"marks":null}`, `{"amount":{"amount":"1e9","currency":"GBP"}}`, `{"failures":[{"outcome":99}]}`, `null`, `[]`, `{"sent_at":"soon"}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var a payment.Attempt
		if err := json.Unmarshal(text, &a); err != nil {
			return
		}
		written, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		var again payment.Attempt
		if err := json.Unmarshal(written, &again); err != nil {
			t.Fatalf("%s cannot be read again: %v", written, err)
		}
		if rewritten, err := json.Marshal(again); err != nil || string(rewritten) != string(written) {
			t.Fatalf("%s became %s, %v", written, rewritten, err)
		}
		for _, m := range a.Marks {
			if got, ok := a.Marked(m.Step); !ok || got.Step != m.Step {
				t.Fatalf("the mark %q is lost", m.Step)
			}
		}
		after := a.After(payment.Payment{}, &payment.Error{Outcome: payment.Unknown, Status: 500})
		if len(after.Failures) == 0 || len(after.Marks) != len(a.Marks) {
			t.Fatalf("after a failure: %+v", after)
		}
	})
}

// FuzzPayment: a payment that a journal gives back is read again as it was written, and has neither a next action nor a raw
// answer.
func FuzzPayment(f *testing.F) {
	for _, s := range []string{
		`{"provider":"duffel","id":"pay_1","order_id":"ord_1","status":"succeeded","amount":{"amount":"30.20","currency":"GBP"},"at":"2026-11-21T12:00:00Z","matched_by":"id"}`,
		`{"status":"new word","Next":{"Kind":"form"},"Raw":{"a":1}}`, `{"status":1}`, `{"amount":{}}`, `null`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var p payment.Payment
		if err := json.Unmarshal(text, &p); err != nil {
			return
		}
		if p.Next != nil || p.Raw != nil || p.Paid() != (p.Status == payment.Succeeded) {
			t.Fatalf("%s is %+v", text, p)
		}
		written, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		var again payment.Payment
		if err := json.Unmarshal(written, &again); err != nil {
			t.Fatalf("%s cannot be read again: %v", written, err)
		}
		if rewritten, err := json.Marshal(again); err != nil || string(rewritten) != string(written) {
			t.Fatalf("%s became %s, %v", written, rewritten, err)
		}
		if advice := payment.Next(p, nil); advice.String() == "" {
			t.Fatalf("%s: no advice", text)
		}
	})
}

// FuzzNewAttempt: whatever a caller asks for is refused by name, or makes an attempt that JSON gives back as it was.
func FuzzNewAttempt(f *testing.F) {
	f.Add("k1", "ord_1", "30.20", "GBP", "card", "ord_1", "cart", "c1")
	f.Add(" k", "o\x00", "1", "XTS", "m\xff", "s", "\u202e", "\n")
	f.Fuzz(func(t *testing.T, key, order, amount, currency, method, scope, name, value string) {
		m, err := payment.ParseMoney(amount, currency)
		if err != nil {
			return
		}
		req := payment.Request{Key: key, OrderID: order, Amount: m, Method: payment.Method(method)}
		a, err := payment.NewAttempt(req, scope, map[string]string{name: value})
		if err != nil {
			var e *payment.Error
			if !errors.As(err, &e) || e.Field == "" || payment.OutcomeOf(err) != payment.NotSent {
				t.Fatalf("%v", err)
			}
			return
		}
		written, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		var again payment.Attempt
		if err := json.Unmarshal(written, &again); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(a, again); diff != "" {
			t.Fatalf("read again (-want +got):\n%s", diff)
		}
	})
}
