package redact

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/payment"
)

// TestBodyStaysJSON: an answer that quotes a secret can still be read, whatever the secret is made of.
func TestBodyStaysJSON(t *testing.T) {
	for _, r := range []struct{ secret, body, want string }{
		{`hunter22\`, `{"message":"hunter22\\"}`, `{"message":"[secret]"}`},
		{`hunter22\`, `{"message":"key \"hunter22\\\" seen","id":1}`, `{"message":"key \"[secret]\" seen","id":1}`},
		{`hunter22\`, `["hunter22\\x","not hunter22/","hunter22\\"]`, `["[secret]x","not hunter22/","[secret]"]`},
		{`hunter22\`, `{"hunter22\\":["hunter22"]}`, `{"[secret]":["hunter22"]}`},
		{`20251231`, `{"trace":120251231,"id":"p 20251231"}`, `{"trace":"[secret]","id":"p [secret]"}`},
		{`20251231`, `[-20251231.5e1,20251231,{"20251231":true}]`, `["[secret]","[secret]",{"[secret]":true}]`},
		{`20251231`, ` 20251231 `, ` "[secret]" `},
		// The quotes and commas between strings are no part of what a provider quotes.
		{`hunter22"`, `{"user":"hunter22","id":1}`, `{"user":"hunter22","id":1}`},
		{`hunter22","x`, `["hunter22","x1","hunter22\",\"x"]`, `["hunter22","x1","[secret]"]`},
		// JSON that is quoted in JSON.
		{`hunter22/`, `{"request":"{\"key\":\"hunter22\\/\"}"}`, `{"request":"{\"key\":\"[secret]\"}"}`},
		{awkward, `{"a":"` + escapes["JSON"](escapes["JSON"](escapes["query"](awkward))) + `"}`, `{"a":"[secret]"}`},
		{awkward, `{"a":"` + escapes["JSON"](escapes["JSON"](escapes["JSON"](awkward))) + ` caf\u00e9"}`, `{"a":"[secret] caf\u00e9"}`},
		{`         `, "{\n         \"a\":\"b          c\"}", "{\n         \"a\":\"b[secret] c\"}"}, // an indent is no secret
		{`hunter22\`, `hunter22\ {"a":`, `[secret] {"a":`},                                         // no JSON, no care
		{awkward, `{"a":"x abcdEFGH1234/+&\"<%\\é 'z-_.=9 y"}`, `{"a":"x [secret] y"}`},
	} {
		if diff := cmp.Diff(r.want, string(Body([]byte(r.body), []payment.Secret{payment.NewSecret(r.secret)}))); diff != "" {
			t.Errorf("%s in %s (-want +got):\n%s", r.secret, r.body, diff)
		}
	}
	several := []payment.Secret{payment.NewSecret("not in it"), payment.NewSecret(`hunter22\`), payment.NewSecret("20251231")}
	if diff := cmp.Diff(`{"a":"[secret]","b":"[secret]"}`, string(Body([]byte(`{"a":"hunter22\\","b":20251231}`), several))); diff != "" {
		t.Errorf("several secrets (-want +got):\n%s", diff)
	}
}

// shape is JSON without the values of its scalars.
func shape(t *testing.T, text []byte) string {
	t.Helper()
	var b strings.Builder
	for d := json.NewDecoder(bytes.NewReader(text)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return b.String()
		}
		if err != nil {
			t.Fatalf("%v in %s", err, text)
		}
		if delim, ok := token.(json.Delim); ok {
			b.WriteString(delim.String())
		} else {
			b.WriteString(" scalar ")
		}
	}
}

// FuzzBody: what is JSON stays JSON of the same shape, and the secret is in none of it.
func FuzzBody(f *testing.F) {
	f.Add(`{"message":"`, `hunter22\`, `\"}`)
	f.Add(`{"message":"key \"`, `hunter22\`, `\\\" seen"}`)
	f.Add(`{"trace":1`, "20251231", `.5,"a":[null]}`)
	f.Add(`["`, `hunter22","x`, `y"]`)
	f.Add(`[tru`, `e,false,n`, `ull]`)
	f.Add("{\n", "         ", `"a":1}`)
	f.Add(`{"a":"`, awkward, `"}`)
	f.Fuzz(func(t *testing.T, before, secret, after string) {
		secrets := []payment.Secret{payment.NewSecret(secret)}
		check := func(body []byte) []byte {
			t.Helper()
			got := Body(body, secrets)
			if !json.Valid(body) {
				return got
			}
			if !json.Valid(got) {
				t.Fatalf("%q in %s: no JSON any more: %s", secret, body, got)
			}
			if diff := cmp.Diff(shape(t, body), shape(t, got)); diff != "" {
				t.Fatalf("%q in %s: another shape: %s", secret, body, got)
			}
			return got
		}
		hidden := check([]byte(before + secret + after))
		told := len(secret) >= minInBody && utf8.ValidString(before+secret+after) &&
			!strings.ContainsAny(secret, "[]") // the mask has them too
		if !json.Valid(hidden) && told && bytes.Contains(hidden, []byte(secret)) {
			t.Fatalf("%q in %s", secret, hidden)
		}
		body, err := json.Marshal(map[string]string{"a": before + secret + after})
		if err != nil {
			t.Fatal(err)
		}
		var said map[string]string
		if err := json.Unmarshal(check(body), &said); err != nil {
			t.Fatal(err)
		}
		for key, value := range said {
			if told && strings.Contains(key+value, secret) {
				t.Fatalf("%q in %s of %s", secret, value, body)
			}
		}
	})
}
