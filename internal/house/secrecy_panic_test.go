package house

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/supplierpay/supplierpay-go/duffel"
	"github.com/supplierpay/supplierpay-go/payment"
)

// panicking is how a child process learns what to panic with: the subject's name and its secrets.
const panicking = "SUPPLIERPAY_HOUSE_PANIC"

type panicOrder struct {
	Subject string
	Secrets map[string]string
}

// TestSecrecyPanic lets a process die of an error of each client, and looks for secrets in what the
// runtime prints.
func TestSecrecyPanic(t *testing.T) {
	if order := os.Getenv(panicking); order != "" {
		die(t, order)
	}
	for _, s := range subjects() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			canaries := s.canaries()
			order := panicOrder{Subject: s.name, Secrets: map[string]string{}}
			for _, c := range canaries {
				order.Secrets[c.name] = c.value
			}
			text, err := json.Marshal(order)
			if err != nil {
				t.Fatal(err)
			}
			child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestSecrecyPanic$")
			child.Env = append(os.Environ(), panicking+"="+string(text))
			out, err := child.CombinedOutput()
			if err == nil || !strings.Contains(string(out), "panic: ") || !strings.Contains(string(out), "HTTP 422") || !strings.Contains(string(out), "goroutine ") {
				t.Fatalf("%v: %s", err, out)
			}
			strong := slices.DeleteFunc(canaries, func(c canary) bool { return c.weak }) // the stacks are full of digits
			if found := newSearcher(strong).find(string(out)); len(found) > 0 {
				t.Errorf("%v in %s", found, out)
			}
		})
	}
}

// die panics with the error of a payment that the provider refused and quoted.
func die(t *testing.T, text string) {
	var order panicOrder
	if err := json.Unmarshal([]byte(text), &order); err != nil {
		t.Fatal(err)
	}
	all := subjects()
	s := all[slices.IndexFunc(all, func(s *subject) bool { return s.name == order.Subject })]
	var canaries []canary
	for name, value := range order.Secrets {
		canaries = append(canaries, canary{name: name, value: value})
	}
	panic(s.run(t, faulty(422, "", ""), canaries, nil).failed["Client.Pay"])
}

// TestSecrecyTypes: a type whose methods make calls is one of those that TestSecrecy drives.
func TestSecrecyTypes(t *testing.T) {
	driven := map[string]bool{
		"duffel.WebhookHandler": true, // by TestSecrecyWebhook
		"duffel.MemorySeen":     true, // makes no call
	}
	for _, s := range subjects() {
		for _, typ := range s.types {
			driven[typ.Elem().String()] = true
		}
	}
	for _, provider := range []string{"duffel", "etm", "travelport", "musement", "activeplatform"} {
		found := 0
		for _, file := range parseDir(t, token.NewFileSet(), filepath.Join(root, provider)) {
			for _, decl := range file.Decls {
				f, ok := decl.(*ast.FuncDecl)
				if !ok || f.Recv == nil || !f.Name.IsExported() || len(f.Type.Params.List) == 0 || strings.HasSuffix(file.Name.Name, "_test") {
					continue
				}
				first, ok := f.Type.Params.List[0].Type.(*ast.SelectorExpr)
				name := receiver(f)
				if !ok || first.Sel.Name != "Context" || !ast.IsExported(name) {
					continue
				}
				found++
				if !driven[provider+"."+name] {
					t.Errorf("no test of secrecy drives %s.%s, which has %s", provider, name, f.Name.Name)
				}
			}
		}
		if found == 0 {
			t.Errorf("found no method of %s", provider)
		}
	}
}

func receiver(f *ast.FuncDecl) string {
	typ := f.Recv.List[0].Type
	if star, ok := typ.(*ast.StarExpr); ok {
		typ = star.X
	}
	if id, ok := typ.(*ast.Ident); ok {
		return id.Name
	}
	return ""
}

// TestSecrecyWebhook: neither a receiver of webhooks nor an error of one shows what the webhooks
// are signed with.
func TestSecrecyWebhook(t *testing.T) {
	secret, older := awkward("secret"), awkward("older secret")
	s := newSearcher([]canary{secret, older})
	conf := duffel.WebhookConfig{Secrets: []payment.Secret{payment.NewSecret(secret.value), payment.NewSecret(older.value)}}
	var told []error
	conf.OnError = func(_ context.Context, err error) { told = append(told, err) }
	h := must(duffel.NewWebhookHandler(conf, func(context.Context, duffel.Event) error { return errors.New("no") }))
	for _, header := range []string{"", "t=1", "t=1,v1=00", "t=x,v1=" + secret.value, secret.value} {
		for _, body := range []string{"", `{"type":"ping.triggered"}`, secret.value} {
			told = append(told, h.Receive(t.Context(), header, []byte(body)))
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(body))
			r.Header.Set("X-Duffel-Signature", header)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if found := s.find(fmt.Sprint(w.Code, w.Header(), w.Body)); len(found) > 0 {
				t.Errorf("the answer shows %v", found)
			}
		}
	}
	values := []any{conf, &conf, h, reflect.ValueOf(h).Elem().Interface()}
	for _, err := range told {
		values = append(values, branches(err)...)
	}
	for _, v := range values {
		if found := s.find(printed(v, content(v))); len(found) > 0 {
			t.Errorf("%T shows %v", v, found)
		}
	}
}
