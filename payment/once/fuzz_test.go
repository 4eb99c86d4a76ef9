package once

import (
	"encoding/json"
	"errors"
	"testing"
	"unicode/utf8"

	"github.com/supplierpay/supplierpay-go/payment"
)

// FuzzRow: a row that a store gives back is read again as it was written, its states have an answer to everything, and its
// problem is an error with the outcome that was kept.
func FuzzRow(f *testing.F) {
	for _, s := range []string{
		`{"name":"n","n":1,"version":2,"state":"failed","evidence":"not_taken","attempt":{"key":"k","order_id":"o","amount":{"amount":"1.00","currency":"EUR"},"digest":"v1:0"},
			"nonce":"x","owner":"y","payment":{"order_id":"o","status":"failed"},"problem":{"outcome":2,"kinds":["declined","rate_limited"],"status":422,"code":"c"},"why":"answer"}`,
		`{"state":"open","payment":{"status":"action_required"}}`, `{"state":"new","evidence":"new","problem":{"outcome":77,"kinds":["new","declined","declined"]}}`, `{}`, `null`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var r Row
		if json.Unmarshal(text, &r) != nil {
			return
		}
		written, err := json.Marshal(r)
		if err != nil {
			return // a time that RFC 3339 cannot have
		}
		var again Row
		if err := json.Unmarshal(written, &again); err != nil {
			t.Fatalf("%s cannot be read again: %v", written, err)
		}
		if rewritten, err := json.Marshal(again.clone()); err != nil || string(rewritten) != string(written) {
			t.Fatalf("%s became %s, %v", written, rewritten, err)
		}
		if !r.State.Live() && r.State.Unresolved() {
			t.Fatalf("%q holds nothing and waits for somebody", r.State)
		}
		_, _, _ = r.standing(), r.waits(), decisive([]Row{r, again})
		if r.Problem == nil {
			return
		}
		err = r.Problem.Err()
		if want := payment.OutcomeOf(&payment.Error{Outcome: r.Problem.Outcome}); payment.OutcomeOf(err) != want {
			t.Fatalf("%s: %v, want %v", text, err, want)
		}
		kept := problemOf(err)
		for _, k := range kinds() {
			if errors.Is(err, k.sentinel) != errors.Is(kept.Err(), k.sentinel) {
				t.Fatalf("%q is lost: %v, %v", k.name, err, kept.Err())
			}
		}
	})
}

// FuzzClean: what a provider says fits into a database column.
func FuzzClean(f *testing.F) {
	for _, s := range []string{"", "declined", "a\x00b", "\xff\xfe", "\u202eabc", "日本語日本語"} {
		f.Add(s, 1)
		f.Add(s, 100)
	}
	f.Fuzz(func(t *testing.T, s string, times int) {
		long := s
		for len(long) < 2*maxText && len(s) > 0 && times > 1 {
			long += s
		}
		got := clean(long)
		if len(got) > maxText || !utf8.ValidString(got) || clean(got) != got {
			t.Fatalf("%q of %q", got, long)
		}
	})
}
