package blot

import (
	"encoding/json"
	"html"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/supplierpay/supplierpay-go/payment"
)

const awkward = `abcdEFGH1234/+&"<%\é 'z-_.=9`

// encodings are the ways to write a text that a provider may have used before it quoted it.
var encodings = map[string]func(string) string{
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
	check := func(how, text string) {
		t.Helper()
		got := Text("before "+text+"/after "+text, secrets)
		if want := "before " + Mask + "/after " + Mask; got != want {
			t.Errorf("%s: %q out of %q", how, got, text)
		}
	}
	for how, encode := range encodings {
		check(how, encode(awkward))
	}
	for _, how := range []string{"JSON", "query", "path", "slashes"} {
		check("JSON of "+how, encodings["JSON"](encodings[how](awkward)))
	}
	check("query of query", strings.ReplaceAll(encodings["query"](encodings["query"](awkward)), "%2B", "+"))
	for _, text := range []string{"", "abc", awkward[:9], awkward[1:], `\`, `\u00`, `\u004`, "%", "%4", "&", "&#", "&#x61;", "\\\\\\", "\xff\xfe"} {
		if got := Text(text, secrets); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
}

// TestLongRuns: a run of backslashes is gone through once, not once from each of them.
func TestLongRuns(t *testing.T) {
	body := `\u0041` + strings.Repeat(`\`, 1<<21) + awkward
	if got := string(Body([]byte(body), []payment.Secret{payment.NewSecret("another secret"), payment.NewSecret(awkward)})); !strings.HasSuffix(got, Mask) {
		t.Errorf("the end is %q", got[len(got)-20:])
	}
}

// TestManyWays: escapes that can be read in two ways each do not add up to hours.
func TestManyWays(t *testing.T) {
	for _, part := range []string{`\"`, "%", "%25"} {
		secret := strings.Repeat(part, 200) + "x"
		for how, encode := range encodings {
			text := encode(strings.Repeat(part, 200)) + "y"
			if got := Text(text+" "+strings.Repeat("z", len(secret)), []payment.Secret{payment.NewSecret(secret)}); !strings.HasPrefix(got, text) {
				t.Errorf("%s: %q became %q", how, text, got)
			}
			if cut := string(Tail([]byte(text[:len(text)-1]), []payment.Secret{payment.NewSecret(secret)})); how != "all of it" && cut != Mask {
				t.Errorf("%s: of %q is left %q", how, text, cut)
			}
		}
	}
}

// TestShort: a short secret goes from a text and stays in a body, where it may be part of a number.
func TestShort(t *testing.T) {
	secrets := []payment.Secret{payment.NewSecret("1234"), payment.NewSecret(`\\server`)}
	if got := Text(`code 1234, \\server and "\\\\server"`, secrets); got != `code [secret], [secret] and "[secret]"` {
		t.Error(got)
	}
	body := []byte(`{"amount":12345,"host":"\\\\server"}`)
	if got := string(Body(body, secrets)); got != `{"amount":12345,"host":"[secret]"}` {
		t.Error(got)
	}
}

// TestUntouched: a body without a secret is the very same body.
func TestUntouched(t *testing.T) {
	body := []byte(`{"name":"caf\u00e9 \u0026 more","x":"\u0041bcdEFG","y":"a+b%20c&amp;d"}`)
	none := []payment.Secret{payment.NewSecret("not in it"), payment.NewSecret("1234567890/+&")}
	if n := testing.AllocsPerRun(100, func() { Body(body, none) }); n > 0 {
		t.Errorf("%v allocations to find nothing", n)
	}
	if got := Body(body, []payment.Secret{payment.NewSecret(awkward), payment.NewSecret("ABCDEFGHIJ")}); &got[0] != &body[0] {
		t.Errorf("copied: %s", got)
	}
}

// TestTail: of a secret that was cut off no more than a few letters stay.
func TestTail(t *testing.T) {
	secrets := []payment.Secret{payment.NewSecret("1234"), payment.NewSecret(awkward)}
	for how, encode := range encodings {
		whole := "before " + encode(awkward)
		for n := range len(whole) {
			got := string(Tail([]byte(whole[:n]), secrets))
			if kept := len("before ") + shortest; got != "before "+Mask && (got != whole[:n] || n >= kept && how != "all of it") {
				t.Errorf("%s: %q became %q", how, whole[:n], got)
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
		if got := Text(before+secret+after, secrets); strings.Contains(got, secret) && !strings.Contains(Mask+after, secret) && !strings.Contains(before+Mask, secret) {
			t.Fatalf("%q in %q", secret, got)
		}
		for name, encode := range encodings {
			if name == "Go" || name == "slashes" || name == "all of it" || strings.ToValidUTF8(secret, "") != secret || strings.ContainsFunc(secret, func(r rune) bool { return r < ' ' }) {
				continue
			}
			if got := Text(encode(secret), secrets); !strings.Contains(got, Mask) {
				t.Fatalf("%q is left as %s: %q", secret, name, got)
			}
		}
	})
}
