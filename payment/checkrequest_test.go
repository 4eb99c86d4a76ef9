package payment

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestCheckRequest demands the verdict of NewAttempt, word by word.
func TestCheckRequest(t *testing.T) {
	amount, err := ParseMoney("30.20", "GBP")
	if err != nil {
		t.Fatal(err)
	}
	good := Request{Key: "k1", OrderID: "o1", Amount: amount, Method: "balance"}
	refused := 0
	for name, tt := range map[string]struct {
		change func(*Request)
		scope  string
		ref    map[string]string
	}{
		"good":           {func(*Request) {}, "o1", map[string]string{"a": "1", "b": "2"}},
		"no ref":         {func(*Request) {}, "", nil},
		"no key":         {func(r *Request) { r.Key = "" }, "o1", nil},
		"space in front": {func(r *Request) { r.Key = " k" }, "o1", nil},
		"no order":       {func(r *Request) { r.OrderID = "" }, "o1", nil},
		"no amount":      {func(r *Request) { r.Amount = Money{} }, "o1", nil},
		"odd method":     {func(r *Request) { r.Method = "a\nb" }, "o1", nil},
		"odd scope":      {func(*Request) {}, strings.Repeat("x", maxKey+1), nil},
		"odd ref key":    {func(*Request) {}, "o1", map[string]string{"a\x00": "1"}},
		"long ref":       {func(*Request) {}, "o1", map[string]string{"a": strings.Repeat("x", maxRef+1)}},
		"two odd refs":   {func(*Request) {}, "o1", map[string]string{"b": "\xff", "a": "\n"}},
	} {
		req := good
		tt.change(&req)
		_, want := NewAttempt(req, tt.scope, tt.ref)
		got := CheckRequest(req, tt.scope, tt.ref)
		if want != nil {
			refused++
		}
		if diff := cmp.Diff(text(want), text(got)); diff != "" || OutcomeOf(want) != OutcomeOf(got) {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if refused != 9 {
		t.Errorf("%d requests refused, want 9", refused)
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
