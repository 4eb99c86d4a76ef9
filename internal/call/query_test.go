package call

import (
	"bytes"
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

const queryToken = "CANARY+/&token"

func queryAuth(cfg *Config) {
	cfg.Secrets = []payment.Secret{payment.NewSecret(queryToken), payment.NewSecret(url.QueryEscape(queryToken))}
	cfg.QueryTokenName, cfg.QueryToken = "api_token", payment.NewSecret(queryToken)
}

// TestQueryCredentials compares what reaches the provider; the operation's own query is left as it was.
func TestQueryCredentials(t *testing.T) {
	var got []string
	c, err := New(Config{BaseURL: "https://a.example", ReadRetries: -1,
		RoundTripper: roundTripper(func(r *http.Request) (*http.Response, error) {
			got = append(got, r.URL.String())
			return nil, errors.New("enough")
		}),
		QueryTokenName: "api_token", QueryToken: payment.NewSecret(queryToken),
	})
	if err != nil {
		t.Fatal(err)
	}
	query := url.Values{"page": {"1"}}
	for _, op := range []Operation{
		{Kind: Read, Method: "GET", Path: []string{"x"}, Query: query},
		{Kind: Write, Method: "POST", Path: []string{"x"}},
	} {
		if _, err := c.Do(t.Context(), op, nil); err == nil {
			t.Error("want an error")
		}
	}
	want := []string{"https://a.example/x?api_token=CANARY%2B%2F%26token&page=1", "https://a.example/x?api_token=CANARY%2B%2F%26token"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if diff := cmp.Diff(url.Values{"page": {"1"}}, query); diff != "" {
		t.Errorf("the operation's query (-want +got):\n%s", diff)
	}
}

// TestQueryCredentialsStayHidden looks for a token of the query in errors, log lines and the client, whatever the network
// does and while the provider quotes the request line.
func TestQueryCredentialsStayHidden(t *testing.T) {
	quoting := `{"code":"x","message":"no route ` + url.QueryEscape(queryToken) + ` ` + queryToken + `"}`
	respond := func(status string) func(x *exchange) {
		return func(x *exchange) {
			x.read()
			x.write("HTTP/1.1 " + status + "\r\nLocation: /y?api_token=" + url.QueryEscape(queryToken) +
				"\r\nContent-Length: " + itoa(len(quoting)) + "\r\n\r\n" + quoting)
		}
	}
	for name, script := range map[string]func(x *exchange){
		"200": respond("200 OK"), "302": respond("302 Found"), "307": respond("307 Temporary Redirect"),
		"403": respond("403 Forbidden"), "500": respond("500 Internal"), "503": respond("503 Unavailable"),
		"closed":    func(x *exchange) { x.read(); x.fin() },
		"reset":     func(x *exchange) { x.header(); x.rst() },
		"malformed": func(x *exchange) { x.read(); x.write("HTTP/1.1 CANARY+/&token\r\n\r\n"); x.fin() },
	} {
		for _, op := range []Operation{read(), refund(), pay()} {
			t.Run(name+" "+op.Method, func(t *testing.T) {
				s := newServer(t, false, script)
				var logged bytes.Buffer
				c := newClient(t, s, func(cfg *Config) {
					queryAuth(cfg)
					cfg.ReadRetries = -1
					cfg.Logger = slog.New(slog.NewJSONHandler(&logged, nil))
				})
				_, err := c.Do(t.Context(), op, func(a *Answer) error { return fmt.Errorf("odd body %s", a.Body) })
				var e *payment.Error
				if !errors.As(err, &e) {
					t.Fatalf("got %v, want a *payment.Error", err)
				}
				seen := fmt.Sprintf("%v %+v %#v %+v %#v %s", err, *e, e, c, c, logged.String())
				for cause := error(e); cause != nil; cause = errors.Unwrap(cause) {
					seen += fmt.Sprintf(" %v %+v", cause, cause)
				}
				if i := strings.Index(seen, "CANARY"); i >= 0 {
					t.Errorf("the token shows: %s", seen[max(0, i-60):min(len(seen), i+60)])
				}
				if strings.Contains(seen, "api_token=") {
					t.Error("a query shows")
				}
			})
		}
	}
}
