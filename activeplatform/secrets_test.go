package activeplatform

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/supplierpay/supplierpay-go/activeplatform/activeplatformtest"
	"github.com/supplierpay/supplierpay-go/payment"
)

// canary is in no answer unless the platform quotes it. Its characters look different in a URL.
const canary = "CANARY+/&token"

// TestSecrets looks for the token in errors, log lines and the client while the platform quotes the request line and the
// header wherever it can, cuts connections and redirects.
func TestSecrets(t *testing.T) {
	escaped := url.QueryEscape(canary)
	quotes := func(status int) answer {
		return answer{status: status, header: http.Header{"Location": {"/login?api_token=" + escaped}, "X-Request-Id": {canary}},
			body: `{"errors":{"title":"` + canary + ` in /payments.json?api_token=` + escaped + `","status":"` + canary + `"},"error":"` + canary + `"}`}
	}
	for _, status := range []int{200, 302, 307, 401, 403, 404, 422, 429, 500, 503} {
		a := quotes(status)
		s := serve(t, map[string]answer{
			createV1Route: a, "GET /api/vendor/v1/payments.json": a, "GET /api/vendor/v1/payments/1.json": a,
			"POST /api/vendor/v1/payments/1/complete.json": a,
			"POST " + paymentsV3:                           a, "GET " + paymentsV3: a, "GET " + paymentsV3 + "/1": a,
			"DELETE " + paymentsV3 + "/1": a, "PATCH " + paymentsV3 + "/1": a, "GET /api/v3/resellers/1/accounts/1": a,
		})
		var logged bytes.Buffer
		for _, opts := range [][]Option{nil, {WithV3("1")}} {
			c, err := New(s.URL, canary, append(opts, WithCurrency("USD"), withoutRetries(), WithLogger(slog.New(slog.NewJSONHandler(&logged, nil))))...)
			if err != nil {
				t.Fatal(err)
			}
			for i, err := range calls(t, c) {
				if err == nil {
					t.Errorf("%d: call %d succeeded", status, i)
				}
				shows(t, fmt.Sprintf("%d: error of call %d", status, i), everything(err))
			}
			shows(t, "client", fmt.Sprintf("%v %+v %#v %v %+v %#v", c, c, c, c.V3("1"), c.V3("1"), *c.V3("1")))
			c.CloseIdleConnections()
		}
		shows(t, fmt.Sprint(status, ": log"), logged.String())
		if !strings.Contains(logged.String(), `"route":"POST /api/vendor/v1/payments.json"`) {
			t.Errorf("log: %s", logged.String())
		}
	}
}

// calls makes every call that this package has, and returns the errors.
func calls(t *testing.T, c *Client) []error {
	ctx := t.Context()
	var errs []error
	add := func(_ any, err error) { errs = append(errs, err) }
	req := topUpRequest(t, "1")
	add(c.Pay(ctx, req))
	a := attempt(t, c, req)
	add(c.Lookup(ctx, a))
	a.PaymentID = "1"
	add(c.Lookup(ctx, a))
	add(c.GetPayment(ctx, "1"))
	add(c.CompletePayment(ctx, "1", "2"))
	add(c.CreatePayment(ctx, CreatePaymentRequest{AccountID: "1", Total: usd(t, "1"), Comment: "x"}))
	for _, err := range c.ListPayments(ctx, ListPaymentsParams{}) {
		errs = append(errs, err)
	}
	v3 := c.V3("1")
	add(v3.GetPayment(ctx, "1"))
	add(v3.CancelPayment(ctx, "1"))
	add(v3.CompletePayment(ctx, "1", "2"))
	add(v3.CompletePaymentFromBalance(ctx, "1"))
	add(v3.CreatePayment(ctx, CreatePaymentV3Request{AccountID: "1", Total: usd(t, "1"), Comment: "x"}))
	add(v3.GetAccount(ctx, "1"))
	return errs
}

// everything prints an error and all that it wraps in every way.
func everything(err error) string {
	var b strings.Builder
	var walk func(error)
	walk = func(err error) {
		j, _ := json.Marshal(err)
		fmt.Fprintf(&b, "%v %+v %#v %s\n", err, err, err, j)
		switch e := err.(type) {
		case interface{ Unwrap() error }:
			if inner := e.Unwrap(); inner != nil {
				walk(inner)
			}
		case interface{ Unwrap() []error }:
			for _, inner := range e.Unwrap() {
				walk(inner)
			}
		}
	}
	walk(err)
	var said *Error
	if errors.As(err, &said) {
		fmt.Fprintf(&b, "%+v", *said)
	}
	return b.String()
}

func shows(t *testing.T, what, seen string) {
	t.Helper()
	for _, form := range []string{"CANARY", "api_token"} {
		if form == "api_token" && !strings.Contains(what, "log") {
			continue // a page may name the parameter
		}
		if i := strings.Index(seen, form); i >= 0 {
			t.Errorf("%s shows %q: ...%s", what, form, seen[max(0, i-80):min(len(seen), i+40)])
			return
		}
	}
}

// TestSecretsOfBrokenConnections does the same for connections that break, and with what net/http itself logs.
func TestSecretsOfBrokenConnections(t *testing.T) {
	var printed bytes.Buffer
	defer log.SetOutput(log.Writer())
	log.SetOutput(&printed)
	for name, f := range map[string]activeplatformtest.Fault{
		"closed": {Cut: activeplatformtest.BeforeAnswer}, "reset": {Cut: activeplatformtest.BeforeActing, Reset: true},
		"cut": {Cut: activeplatformtest.InBody}, "gzip": {Damage: activeplatformtest.TruncatedGzip},
	} {
		srv := activeplatformtest.NewServer(activeplatformtest.WithToken(canary))
		srv.AddAccount(activeplatformtest.Account{ID: "1"})
		f.Times = -1
		srv.Fail(f)
		c, err := New(srv.URL, canary, WithCurrency("USD"), withoutRetries())
		if err != nil {
			t.Fatal(err)
		}
		for _, err := range calls(t, c)[:5] {
			shows(t, name, everything(err))
		}
		c.CloseIdleConnections()
		srv.Close()
	}
	shows(t, "log of net/http", printed.String())
}

// TestPublicValuesHoldNoToken marshals what the client gives out.
func TestPublicValuesHoldNoToken(t *testing.T) {
	srv := activeplatformtest.NewServer(activeplatformtest.WithToken(canary))
	defer srv.Close()
	account := srv.AddAccount(activeplatformtest.Account{})
	for _, opts := range [][]Option{nil, {WithV3("1")}} {
		c, err := New(srv.URL, canary, append(opts, WithCurrency("USD"))...)
		if err != nil {
			t.Fatal(err)
		}
		req := topUpRequest(t, account)
		a := attempt(t, c, req)
		p, err := c.Pay(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range []any{req, a, p, p.Raw, payment.Next(p, err)} {
			j, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			shows(t, fmt.Sprintf("%T", v), string(j)+fmt.Sprintf("%v %+v %#v", v, v, v))
		}
		c.CloseIdleConnections()
	}
}

// TestRedirectsAreNotFollowed: neither token nor body goes to another place.
func TestRedirectsAreNotFollowed(t *testing.T) {
	elsewhere := serve(t, nil)
	for _, status := range []int{301, 302, 303, 307, 308} {
		a := answer{status: status, header: http.Header{"Location": {elsewhere.URL + "/x"}}}
		s := serve(t, map[string]answer{
			createV1Route: a, "GET /api/vendor/v1/payments/1.json": a, "GET " + paymentsV3 + "/1": a, "DELETE " + paymentsV3 + "/1": a,
		})
		c := newTestClient(t, s.URL)
		if _, err := c.Pay(t.Context(), topUpRequest(t, "1")); payment.OutcomeOf(err) != payment.Unknown {
			t.Errorf("%d: %v", status, err)
		}
		_, _ = c.GetPayment(t.Context(), "1")
		_, _ = c.V3("1").GetPayment(t.Context(), "1")
		_, _ = c.V3("1").CancelPayment(t.Context(), "1")
		if n := len(s.requests()); n != 4 {
			t.Errorf("%d: %d requests, want 4", status, n)
		}
	}
	if got := elsewhere.requests(); len(got) != 0 {
		t.Errorf("followed: %v", got)
	}
}

// TestSentOnce: no call that changes something is sent again over a reused connection that dies, with a body or without.
func TestSentOnce(t *testing.T) {
	for route, do := range map[string]func(c *Client, id ID) error{
		activeplatformtest.CancelPaymentV3: func(c *Client, id ID) error {
			_, err := c.V3("1").CancelPayment(t.Context(), id)
			return err
		},
		activeplatformtest.CompletePaymentV3: func(c *Client, id ID) error {
			_, err := c.V3("1").CompletePayment(t.Context(), id, "2")
			return err
		},
		activeplatformtest.CompletePayment: func(c *Client, id ID) error {
			_, err := c.CompletePayment(t.Context(), id, "2")
			return err
		},
	} {
		for _, f := range []activeplatformtest.Fault{
			{Cut: activeplatformtest.BeforeActing}, {Cut: activeplatformtest.BeforeAnswer, Reset: true},
		} {
			srv := simulator(t)
			account := srv.AddAccount(activeplatformtest.Account{})
			id := ID(srv.AddPayment(activeplatformtest.Payment{AccountID: account, Total: usd(t, "5"), Comment: "x"}))
			// With retries, so that a call that was declared a read by mistake would be seen twice.
			c, err := New(srv.URL, testToken, WithCurrency("USD"), func(s *settings) error { s.call.RetryWait = 1; return nil })
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(c.CloseIdleConnections)
			if _, err := c.GetPayment(t.Context(), id); err != nil { // leaves a connection to be reused
				t.Fatal(err)
			}
			if _, err := c.V3("1").GetPayment(t.Context(), id); err != nil {
				t.Fatal(err)
			}
			f.Route = route
			srv.Fail(f)
			if err := do(c, id); payment.OutcomeOf(err) != payment.Unknown {
				t.Errorf("%s: %v, want Unknown", route, err)
			}
			if n := srv.Count(route); n != 1 {
				t.Errorf("%s: arrived %d times", route, n)
			}
		}
	}
}
