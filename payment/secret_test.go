package payment_test

import (
	"bytes"
	"encoding/base64"
	"encoding/gob"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	htmltemplate "html/template"
	"log"
	"log/slog"
	"strings"
	"testing"
	"text/template"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/payment"
)

const canary = "tok_live_c4n4ry"

// checkNoCanary looks for the canary as it is and in the forms that encoders and verbs give a string.
func checkNoCanary(t *testing.T, where, text string) {
	t.Helper()
	for _, form := range []string{
		canary,
		hex.EncodeToString([]byte(canary)),
		base64.StdEncoding.EncodeToString([]byte(canary))[:16],
		fmt.Sprintf("%d", []byte(canary))[1:20],
		fmt.Sprintf("% x", canary),
	} {
		if strings.Contains(strings.ToLower(text), strings.ToLower(form)) {
			t.Errorf("%s shows the secret: %s", where, text)
		}
	}
}

type secretHolder struct {
	Exported   payment.Secret
	unexported payment.Secret
	Pointer    *payment.Secret
	pointer    *payment.Secret
	Map        map[string]payment.Secret
	list       []payment.Secret
	Any        any
	any        any
}

func newHolder() secretHolder {
	s := payment.NewSecret(canary)
	return secretHolder{Exported: s, unexported: s, Pointer: &s, pointer: &s, Map: map[string]payment.Secret{"token": s},
		list: []payment.Secret{s}, Any: s, any: &s}
}

func TestSecretFormats(t *testing.T) {
	s := payment.NewSecret(canary)
	holder := newHolder()
	cause := fmt.Errorf("login with %v: %w", s, errors.New("no"))
	values := map[string]any{
		"value": s, "pointer": &s, "struct": holder, "struct pointer": &holder, "list": []any{s, &s},
		"map": map[string]any{"s": s}, "next action": payment.NextAction{URL: s, Fields: holder.Map, ClientSecret: s},
		"payment": payment.Payment{Raw: holder, Next: &payment.NextAction{URL: s}},
		"error":   &payment.Error{Provider: "p", Message: s.String(), Err: cause},
		"request": payment.Request{Key: "k", Details: secretDetails{holder}},
	}
	verbs := []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "% x", "%d", "%o", "%b", "%c", "%U", "%t", "%e", "%g", "%p",
		"%10.3s", "%-20v", "%+q", "%#q", "%z"}
	for name, v := range values {
		t.Run(name, func(t *testing.T) {
			for _, verb := range verbs {
				checkNoCanary(t, verb, fmt.Sprintf(verb, v))
			}
			checkNoCanary(t, "Sprint", fmt.Sprint(v))
			checkNoCanary(t, "Sprintln", fmt.Sprintln(v, v))
			checkNoCanary(t, "Errorf", fmt.Errorf("%v %+v %w", v, v, cause).Error())

			var out bytes.Buffer
			log.New(&out, "", 0).Print(v)
			options := &slog.HandlerOptions{Level: slog.LevelDebug}
			for _, logger := range []*slog.Logger{slog.New(slog.NewTextHandler(&out, options)), slog.New(slog.NewJSONHandler(&out, options))} {
				logger.Info("x", "v", v)
				logger.With("v", v).WithGroup("g").Debug("x", slog.Any("v", v), slog.Group("h", "v", v))
			}
			checkNoCanary(t, "log", out.String())

			if b, err := json.Marshal(v); err == nil {
				checkNoCanary(t, "JSON", string(b))
			} else {
				checkNoCanary(t, "JSON error", err.Error())
			}
			out.Reset()
			if err := template.Must(template.New("").Parse("{{.}} {{printf \"%q\" .}}")).Execute(&out, v); err != nil {
				t.Error(err)
			}
			if err := htmltemplate.Must(htmltemplate.New("").Parse("<p a={{.}}>{{.}}<script>x = {{.}}</script>")).Execute(&out, v); err != nil {
				checkNoCanary(t, "template error", err.Error())
			}
			checkNoCanary(t, "template", out.String())
		})
	}
	// Direct printing gives the mask, whatever the verb.
	for _, verb := range verbs {
		if got := fmt.Sprintf(verb, s); got != "[secret]" && verb != "%p" {
			t.Errorf("%s prints %q", verb, got)
		}
	}
}

func TestSecretEncodings(t *testing.T) {
	s := payment.NewSecret(canary)

	type wire struct {
		Token payment.Secret            `json:"token" xml:"token"`
		Attr  payment.Secret            `json:"-" xml:"attr,attr"`
		None  payment.Secret            `json:"none,omitzero" xml:"-"`
		Map   map[string]payment.Secret `json:"map" xml:"-"`
	}
	w := wire{Token: s, Attr: s, Map: map[string]payment.Secret{"a": s}}
	b, err := json.Marshal(w)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(`{"token":"[secret]","map":{"a":"[secret]"}}`, string(b)); diff != "" {
		t.Errorf("JSON (-want +got):\n%s", diff)
	}
	if b, err = xml.Marshal(w); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(`<wire attr="[secret]"><token>[secret]</token></wire>`, string(b)); diff != "" {
		t.Errorf("XML (-want +got):\n%s", diff)
	}

	var out bytes.Buffer
	if err := gob.NewEncoder(&out).Encode(struct{ Token payment.Secret }{s}); err != nil {
		t.Fatal(err)
	}
	checkNoCanary(t, "gob", out.String())
	var back struct{ Token payment.Secret }
	if err := gob.NewDecoder(&out).Decode(&back); err != nil {
		t.Fatal(err)
	}
	if !back.Token.IsZero() {
		t.Errorf("gob brought back %q", back.Token.Reveal())
	}

	text, err := s.MarshalText()
	if err != nil || string(text) != "[secret]" {
		t.Errorf("MarshalText gives %q, %v", text, err)
	}
	// Decoding is refused, and the refusal does not quote the value.
	err = json.Unmarshal([]byte(`{"token":"`+canary+`"}`), &w)
	if err == nil {
		t.Error("a secret was read from JSON")
	} else {
		checkNoCanary(t, "JSON error", err.Error())
	}
	checkNoCanary(t, "cmp.Diff", cmp.Diff(s, payment.NewSecret("other")))
}

func TestSecretValue(t *testing.T) {
	s, same, other := payment.NewSecret(canary), payment.NewSecret(canary), payment.NewSecret("other")
	var zero payment.Secret
	if s.Reveal() != canary || s.IsZero() {
		t.Error("the value is lost")
	}
	if !s.Equal(same) || s.Equal(other) || s.Equal(zero) || zero.Equal(s) || !zero.Equal(payment.NewSecret("")) {
		t.Error("Equal is wrong")
	}
	if zero.Reveal() != "" || !zero.IsZero() || zero.String() != "" || fmt.Sprintf("%v|%#v", zero, zero) != "|" {
		t.Errorf("the zero secret is not empty: %v", zero)
	}
	if s.String() != "[secret]" || s.GoString() != "[secret]" || s.LogValue().String() != "[secret]" {
		t.Errorf("masks: %q %q %q", s.String(), s.GoString(), s.LogValue())
	}
}

// secretDetails is the details struct of a provider that takes cards.
type secretDetails struct{ holder secretHolder }

func (secretDetails) PaymentDetails() string { return "test" }
