package redact

import (
	"encoding/json"
	"html"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/payment"
)

// awkward is a secret that each way of escaping changes.
const awkward = `abcdEFGH1234/+&"<%\é 'z-_.=9`

// escapes are the ways to write a text that a provider may have used before it quoted the text.
var escapes = map[string]func(string) string{
	"as it is": func(s string) string { return s },
	"JSON":     func(s string) string { b, _ := json.Marshal(s); return string(b[1 : len(b)-1]) },
	"slashes": func(s string) string {
		return strings.ReplaceAll(strconv.Quote(s)[1:len(strconv.Quote(s))-1], "/", `\/`)
	},
	"Go":    func(s string) string { return strings.Trim(strconv.QuoteToASCII(s), `"`) },
	"query": url.QueryEscape,
	"path":  url.PathEscape,
	"HTML":  html.EscapeString,
	"all of it": func(s string) string {
		var b strings.Builder
		for _, r := range s {
			b.WriteString(`\u00` + strconv.FormatInt(int64(r)+0x100, 16)[1:])
		}
		return b.String()
	},
}

func TestText(t *testing.T) {
	secrets := []payment.Secret{payment.NewSecret("other"), {}, payment.NewSecret(awkward)}
	for how, escape := range escapes {
		for outer, again := range escapes {
			if how == "all of it" && (outer == "query" || outer == "path") {
				continue // letters that were escaped without need are searched for in JSON alone
			}
			text := again(escape(awkward))
			got := Text("before "+text+"/after "+text, secrets)
			if diff := cmp.Diff("before "+Mask+"/after "+Mask, got); diff != "" {
				t.Errorf("%s in %s (-want +got):\n%s", how, outer, diff)
			}
		}
	}
	for _, text := range []string{
		"", "abc", awkward[:9], awkward[1:], `\`, `\u00`, `\u004`, `\u0041\u0062`, `\ud83d\ude00`, "%", "%4", "&", "&#",
		"&#x61;", `\\\`, "\xff\xfe",
	} {
		if got := Text(text, secrets); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
}

// TestEscapedCharacters has secrets of which a single character is hard to read.
func TestEscapedCharacters(t *testing.T) {
	for _, r := range []struct{ secret, text, want string }{
		{"token", `id t\u006fken`, "id " + Mask},
		{"token-1", `id t\u006fken`, `id t\u006fken`},
		{"two\nlines\tand\rmore\b\f", `x two\nlines\tand\rmore\b\f y`, "x " + Mask + " y"},
		{"key-😀-key", `x key-\ud83d\ude00-key y`, "x " + Mask + " y"},
		{"a b+c", "x=a+b%2Bc", "x=" + Mask},
		{"a b+c", "x=a%20b+c", "x=" + Mask},
		{"1234", "1234 12345 1234", Mask + " " + Mask + "5 " + Mask},
		{"abab", "ababab", Mask + "ab"},
		{`\\server`, `\\server "\\\\server"`, Mask + ` "` + Mask + `"`},
	} {
		if diff := cmp.Diff(r.want, Text(r.text, []payment.Secret{payment.NewSecret(r.secret)})); diff != "" {
			t.Errorf("%q in %q (-want +got):\n%s", r.secret, r.text, diff)
		}
	}
}

// TestShort: a short secret is removed from a text. It stays in a body, where it may be part of a number.
func TestShort(t *testing.T) {
	secrets := []payment.Secret{payment.NewSecret("1234"), payment.NewSecret(`\\server`)}
	if got := Text(`code 1234, \\server`, secrets); got != "code [secret], [secret]" {
		t.Error(got)
	}
	body := []byte(`{"amount":12345,"host":"\\\\server"}`)
	if got := string(Body(body, secrets)); got != `{"amount":12345,"host":"[secret]"}` {
		t.Error(got)
	}
}

// TestUntouched: a body without a secret is the very same body, and to see that costs nothing.
func TestUntouched(t *testing.T) {
	body := []byte(`{"name":"caf\u00e9 \u0026 more","x":"\u0041bcdEFG","y":"a+b%20c&amp;d"}`)
	none := []payment.Secret{payment.NewSecret("not in it"), payment.NewSecret("1234567890/+&")}
	if n := testing.AllocsPerRun(100, func() { Body(body[:40], none) }); n > 0 {
		t.Errorf("%v allocations to find nothing", n)
	}
	if got := Body(body, []payment.Secret{payment.NewSecret(awkward), payment.NewSecret("ABCDEFGHIJ")}); &got[0] != &body[0] {
		t.Errorf("copied: %s", got)
	}
}

// TestLarge: the time to search a body grows with its length, whatever the body is made of.
func TestLarge(t *testing.T) {
	secrets := []payment.Secret{payment.NewSecret("another secret"), payment.NewSecret(awkward)}
	for _, part := range []string{`\`, `\u0041`, "%25", "&amp;", "&", escapes["query"](awkward), escapes["all of it"]("a")} {
		body := `\u0041` + strings.Repeat(part, 1<<18/len(part)) + " " + awkward
		if got := string(Body([]byte(body), secrets)); !strings.HasSuffix(got, Mask) {
			t.Errorf("%q: the end is %q", part, got[max(0, len(got)-20):])
		}
	}
}

// TestTruncated: of a secret that was cut off only a few characters remain.
func TestTruncated(t *testing.T) {
	secrets := []payment.Secret{payment.NewSecret("1234"), payment.NewSecret(awkward)}
	for how, escape := range escapes {
		whole := "before " + escape(awkward)
		few := "before " + escape(awkward[:minInBody])
		for n := range len(whole) {
			got := string(Truncated([]byte(whole[:n]), secrets))
			if got != "before "+Mask && (got != whole[:n] || n >= len(few)) {
				t.Errorf("%s: %q became %q", how, whole[:n], got)
			}
		}
		twice := `{"request":"{\"key\":\"` + escapes["JSON"](escape(awkward))
		for n := len(twice) - 12; n < len(twice); n++ {
			got := string(Truncated([]byte(twice[:n]), secrets))
			if want := `{"request":"{\"key\":\"` + Mask; got != want {
				t.Errorf("%s in JSON: %q became %q", how, twice[:n], got)
			}
		}
	}
}

// FuzzText: nothing panics, and no secret is left as it is, or as JSON or a URL have it.
func FuzzText(f *testing.F) {
	f.Add("before ", awkward, " after")
	f.Add("%", "%25%25", "%")
	f.Add(`\`, `\\\`, `\u005c`)
	f.Add("&", "&amp;", ";")
	f.Add("", "++ ++", "+")
	f.Fuzz(func(t *testing.T, before, secret, after string) {
		if secret == "" || strings.Contains(Mask, secret) {
			return
		}
		secrets := []payment.Secret{payment.NewSecret(secret)}
		got := Text(before+secret+after, secrets)
		if strings.Contains(got, secret) && !strings.Contains(Mask+after, secret) && !strings.Contains(before+Mask, secret) {
			t.Fatalf("%q in %q", secret, got)
		}
		Truncated([]byte(before+secret), secrets)
		for name, escape := range escapes {
			if name == "Go" || name == "slashes" || name == "all of it" || strings.ToValidUTF8(secret, "") != secret ||
				strings.ContainsFunc(secret, func(r rune) bool { return r < ' ' }) {
				continue
			}
			if got := Text(escape(secret), secrets); !strings.Contains(got, Mask) {
				t.Fatalf("%q is left as %s: %q", secret, name, got)
			}
		}
	})
}
