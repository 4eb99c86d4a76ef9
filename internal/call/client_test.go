package call

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/payment"
)

func TestNewRefuses(t *testing.T) {
	nilMiddleware := []func(http.RoundTripper) http.RoundTripper{nil}
	rows := []struct {
		name  string
		cfg   Config
		field string
	}{
		{"no base", Config{}, "BaseURL"},
		{"not a URL", Config{BaseURL: "https://a b"}, "BaseURL"},
		{"no scheme", Config{BaseURL: "api.example.com"}, "BaseURL"},
		{"other scheme", Config{BaseURL: "ftp://api.example.com"}, "BaseURL"},
		{"plain http", Config{BaseURL: "http://api.example.com"}, "BaseURL"},
		{"loopback look-alike", Config{BaseURL: "http://localhost.example.com"}, "BaseURL"},
		{"user", Config{BaseURL: "https://u:p@api.example.com"}, "BaseURL"},
		{"query", Config{BaseURL: "https://api.example.com?x=1"}, "BaseURL"},
		{"fragment", Config{BaseURL: "https://api.example.com#x"}, "BaseURL"},
		{"dots", Config{BaseURL: "https://api.example.com/a/../b"}, "BaseURL"},
		{"no host", Config{BaseURL: "https:///x"}, "BaseURL"},
		{"negative time-out", Config{BaseURL: "https://a.example", WriteTimeout: -1}, "WriteTimeout"},
		{"negative limit", Config{BaseURL: "https://a.example", MaxReadBody: -1}, "MaxReadBody"},
		{"header", Config{BaseURL: "https://a.example", Header: http.Header{"A": {"x\r\nB: y"}}}, "Header"},
		{"user agent", Config{BaseURL: "https://a.example", UserAgent: "a\nb"}, "UserAgent"},
		{"both bottoms", Config{BaseURL: "https://a.example", RoundTripper: roundTripper(nil), Transport: &http.Transport{}}, "Transport"},
		{"old TLS", Config{BaseURL: "https://a.example", Transport: &http.Transport{TLSClientConfig: &tls.Config{MaxVersion: tls.VersionTLS11}}}, "Transport"}, //nolint:gosec // refused
		{"nil middleware", Config{BaseURL: "https://a.example", Middleware: nilMiddleware}, "Middleware"},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			_, err := New(r.cfg)
			var e *payment.Error
			if !errors.As(err, &e) || e.Field != r.field || !errors.Is(err, payment.ErrInvalidRequest) || e.Outcome != payment.NotSent {
				t.Errorf("got %v, want an error about %s", err, r.field)
			}
			if err != nil && strings.Contains(err.Error(), "u:p") {
				t.Error("shows the credentials")
			}
		})
	}
	for _, base := range []string{"https://api.example.com", "http://127.0.0.1:80/x/", "http://[::1]:80", "http://localhost"} {
		if _, err := New(Config{BaseURL: base}); err != nil {
			t.Errorf("%s: %v", base, err)
		}
	}
	if _, err := New(Config{BaseURL: "http://api.example.com", AllowPlainHTTP: true}); err != nil {
		t.Error(err)
	}
}

func TestResolve(t *testing.T) {
	rows := []struct {
		base string
		path []string
		q    url.Values
		want string
	}{
		{"https://a.example", []string{"air", "payments"}, nil, "https://a.example/air/payments"},
		{"https://a.example/base/", []string{"x"}, nil, "https://a.example/base/x"},
		{"https://a.example/b%2Fc/", []string{"x y"}, nil, "https://a.example/b%2Fc/x%20y"},
		{"https://a.example", []string{"//evil.example/x"}, nil, "https://a.example/%2F%2Fevil.example%2Fx"},
		{"https://a.example", []string{"a?b", "c#d", "e f", "%2e%2e"}, nil, "https://a.example/a%3Fb/c%23d/e%20f/%252e%252e"},
		{"https://a.example", []string{"x"}, url.Values{"a[b]": {"c&d"}}, "https://a.example/x?a%5Bb%5D=c%26d"},
		{"https://a.example", nil, nil, "https://a.example"},
	}
	for _, r := range rows {
		c, err := New(Config{BaseURL: r.base})
		if err != nil {
			t.Fatal(err)
		}
		u, err := c.resolve(&Operation{Path: r.path, Query: r.q})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(r.want, u.String()); diff != "" {
			t.Error(diff)
		}
	}
	c, err := New(Config{BaseURL: "https://a.example"})
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"", ".", ".."} {
		_, err := c.Do(t.Context(), Operation{Kind: Write, Method: "GET", Path: []string{"x", bad}}, nil)
		checkError(t, err, payment.NotSent, payment.ErrInvalidRequest)
		_, err = c.Do(t.Context(), Operation{Kind: Read, Method: "GET", Path: []string{"x", bad}}, nil)
		checkError(t, err, payment.Unknown, payment.ErrInvalidRequest)
	}
}

// TestSecrets looks for the token and a per-call secret in errors, logs and the client itself, while the provider quotes
// both wherever it can.
func TestSecrets(t *testing.T) {
	const token, session = "tok_CANARY/\"quoted", "3ds_CANARY"
	quoting := `{"code":"bad_` + session + `","message":"token tok_CANARY/\"quoted session ` + session + `"}`
	for _, status := range []string{"200 OK", "401 Unauthorized", "422 Unprocessable", "500 Internal"} {
		s := newServer(t, false, func(x *exchange) {
			x.read()
			x.write("HTTP/1.1 " + status + "\r\nX-Request-Id: " + session + token + "\r\nContent-Length: " + itoa(len(quoting)) + "\r\n\r\n" + quoting)
		})
		var logged bytes.Buffer
		c := newClient(t, s, func(cfg *Config) {
			cfg.Secrets = []payment.Secret{payment.NewSecret(token)}
			cfg.Authorize = always(http.Header{"Authorization": {"Bearer " + token}})
			cfg.Logger = slog.New(slog.NewJSONHandler(&logged, nil))
		})
		op := pay()
		op.Path = []string{"orders", "ord_CANARY"}
		op.Query = url.Values{"q": {"CANARY"}}
		op.Secrets = []payment.Secret{payment.NewSecret(session)}
		a, err := c.Do(t.Context(), op, func(*Answer) error {
			return &payment.Error{Outcome: payment.Refused, Code: session, Message: token}
		})
		if err == nil || a == nil {
			t.Fatal("want an error and an answer")
		}
		var e *payment.Error
		errors.As(err, &e)
		seen := fmt.Sprintf("%v %+v %#v %+v %#v %s %s", err, *e, err, c, c, logged.String(), a.Body)
		for _, secret := range []string{"tok_CANARY", session} {
			if i := strings.Index(seen, secret); i >= 0 {
				t.Errorf("%s: a secret shows: %s", status, seen[max(0, i-60):min(len(seen), i+60)])
			}
		}
		if strings.Contains(logged.String(), "ord_CANARY") || !strings.Contains(logged.String(), `"route":"POST /payments"`) {
			t.Errorf("log line: %s", logged.String())
		}
	}
}
