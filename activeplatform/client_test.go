package activeplatform

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/h2non/gock.v1"

	"github.com/supplierpay/supplierpay-go/payment"
)

func TestNewRefuses(t *testing.T) {
	const base = "https://billing.example"
	ok := WithCurrency("USD")
	for name, tt := range map[string]struct {
		base, token string
		opts        []Option
		field       string
	}{
		"no token":              {base, "", []Option{ok}, "Token"},
		"line break in a token": {base, "secret-x\r\nX-Evil: 1", []Option{ok}, "Token"},
		"space in a token":      {base, "secret x", []Option{ok}, "Token"},
		"token outside ASCII":   {base, "sécret", []Option{ok}, "Token"},
		"no base URL":           {"", testToken, []Option{ok}, "BaseURL"},
		"plain http":            {"http://billing.example:80", testToken, []Option{ok}, "BaseURL"},
		"token in the URL":      {base + "/?api_token=x", testToken, []Option{ok}, "BaseURL"},
		"no currency":           {base, testToken, nil, "Currency"},
		"unknown currency":      {base, testToken, []Option{WithCurrency("XYZ")}, "Currency"},
		"reseller":              {base, testToken, []Option{ok, WithV3("../2")}, "ResellerID"},
		"prefix with dots":      {base, testToken, []Option{ok, WithV1Prefix("/api/../v1")}, "V1Prefix"},
		"prefix with a query":   {base, testToken, []Option{ok, WithV1Prefix("/api?x")}, "V1Prefix"},
		"empty prefix":          {base, testToken, []Option{ok, WithV1Prefix("/")}, "V1Prefix"},
		"no absence":            {base, testToken, []Option{ok, WithAbsenceProof(0)}, "AbsenceProof"},
		"nil transport":         {base, testToken, []Option{ok, WithTransport(nil)}, "Transport"},
		"nil round tripper":     {base, testToken, []Option{ok, WithRoundTripper(nil)}, "RoundTripper"},
		"nil middleware":        {base, testToken, []Option{ok, WithMiddleware(nil)}, "Middleware"},
		"no timeout":            {base, testToken, []Option{ok, WithTimeout(0)}, "Timeout"},
		"negative read timeout": {base, testToken, []Option{ok, WithReadTimeout(-1)}, "ReadTimeout"},
		"no idle timeout":       {base, testToken, []Option{ok, WithIdleTimeout(0)}, "IdleTimeout"},
		"user agent":            {base, testToken, []Option{ok, WithUserAgent("x\r\ny")}, "UserAgent"},
		"nil observer":          {base, testToken, []Option{ok, WithObserver(nil)}, "Observer"},
		"app info":              {base, testToken, []Option{ok, WithAppInfo("my shop", "1")}, "AppInfo"},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := New(tt.base, tt.token, tt.opts...)
			var e *payment.Error
			if !errors.As(err, &e) || c != nil {
				t.Fatalf("New: %v, %v, want a *payment.Error and no client", c, err)
			}
			if e.Field != tt.field || e.Provider != "activeplatform" || !errors.Is(err, payment.ErrInvalidRequest) || e.Outcome != payment.NotSent {
				t.Errorf("error %+v, want NotSent for field %s", e, tt.field)
			}
			if tt.token != "" && strings.Contains(err.Error(), tt.token) {
				t.Errorf("%q shows the token", err)
			}
		})
	}
}

func TestNewAllows(t *testing.T) {
	for name, tt := range map[string]struct {
		base string
		opts []Option
	}{
		"https":                {"https://billing.example", nil},
		"loopback":             {"http://127.0.0.1:1", nil},
		"plain http by leave":  {"http://billing.example:80", []Option{WithPlainHTTP()}},
		"everything":           {"https://billing.example/x/", []Option{WithTransport(&http.Transport{}), WithLogger(nil), WithUserAgent("x/1"), WithTimeout(time.Second), WithIdleTimeout(time.Second), WithV3("7"), WithAbsenceProof(time.Hour), WithV1Prefix("api/v1/reseller")}},
		"a currency of theirs": {"https://billing.example", []Option{WithCurrency("XYZ"), WithCurrencies(payment.ISO4217().With("XYZ", 2))}},
	} {
		opts := append([]Option{WithCurrency("USD")}, tt.opts...)
		if _, err := New(tt.base, "654321", opts...); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTiming(t *testing.T) {
	plain := newTestClient(t, "https://billing.example", WithTimeout(100*time.Second)).Timing()
	if plain.LongestCall < 100*time.Second || plain.LongestCall > 200*time.Second || plain.Settling != time.Hour {
		t.Errorf("timing %+v does not fit a time-out of 100 s", plain)
	}
	stated := newTestClient(t, "https://billing.example", WithAbsenceProof(5*time.Minute)).Timing()
	if stated.Settling != 5*time.Minute {
		t.Errorf("settling %v, want what was stated", stated.Settling)
	}
	if c := newTestClient(t, "https://billing.example"); c.Provider() != "activeplatform" {
		t.Errorf("provider %q", c.Provider())
	}
}

// TestHeader compares what every call carries, and where the token is.
func TestHeader(t *testing.T) {
	s := serve(t, map[string]answer{
		"GET /api/vendor/v1/payments/" + testPayment + ".json": {body: fixture(t, "v1-get.json")},
		"POST /api/vendor/v1/payments.json":                    {body: fixture(t, "v1-create.json")},
		"GET /api/v3/resellers/1/payments/6476":                {body: fixture(t, "v3-cancel.json")},
		"DELETE /api/v3/resellers/1/payments/6476":             {body: fixture(t, "v3-cancel.json")},
	})
	c := newTestClient(t, s.URL, WithUserAgent("agency/7"))
	const jsonapi = "application/vnd.api+json"
	for name, tt := range map[string]struct {
		do   func() error
		want map[string]string
		url  string
	}{
		"v1 read": {func() error { _, err := c.GetPayment(t.Context(), testPayment); return err },
			map[string]string{"Accept": "application/json", "X-Api-Token": "", "Content-Type": ""},
			"GET /api/vendor/v1/payments/2007039.json?api_token=canary%2Btoken%2F0123456789"},
		"v1 write": {func() error {
			_, err := c.CreatePayment(t.Context(), CreatePaymentRequest{AccountID: testAccount, Total: usd(t, "100"), Comment: "Cash"})
			return err
		},
			map[string]string{"Accept": "application/json", "X-Api-Token": "", "Content-Type": "application/json"},
			"POST /api/vendor/v1/payments.json?api_token=canary%2Btoken%2F0123456789"},
		"v3 read": {func() error { _, err := c.V3("1").GetPayment(t.Context(), "6476"); return err },
			map[string]string{"Accept": jsonapi, "X-Api-Token": testToken, "Content-Type": jsonapi},
			"GET /api/v3/resellers/1/payments/6476"},
		"v3 write without a body": {func() error { _, err := c.V3("1").CancelPayment(t.Context(), "6476"); return err },
			map[string]string{"Accept": jsonapi, "X-Api-Token": testToken, "Content-Type": jsonapi},
			"DELETE /api/v3/resellers/1/payments/6476"},
	} {
		if err := tt.do(); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		tt.want["User-Agent"], tt.want["Idempotency-Key"] = "agency/7", ""
		for k, v := range tt.want {
			if got := s.header.Get(k); got != v {
				t.Errorf("%s: header %s is %q, want %q", name, k, got, v)
			}
		}
		got := s.requests()
		if diff := cmp.Diff(tt.url, got[len(got)-1]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestAddress shows where the calls go, with a prefix in the base URL and with the newer prefix of API v1.
func TestAddress(t *testing.T) {
	defer gock.Off()
	for _, tt := range []struct {
		base, method, path string
		opts               []Option
		do                 func(*Client) error
	}{
		{"https://billing.example", "GET", "/api/vendor/v1/payments/2007039.json", nil,
			func(c *Client) error { _, err := c.GetPayment(t.Context(), testPayment); return err }},
		{"https://billing.example", "GET", "/api/v1/reseller/payments/2007039.json", []Option{WithV1Prefix("/api/v1/reseller")},
			func(c *Client) error { _, err := c.GetPayment(t.Context(), testPayment); return err }},
		{"https://gate.example/ap/", "GET", "/ap/api/vendor/v1/payments/2007039.json", nil,
			func(c *Client) error { _, err := c.GetPayment(t.Context(), testPayment); return err }},
	} {
		u, _, _ := strings.Cut(strings.TrimPrefix(tt.base, "https://"), "/")
		mock := gock.New("https://"+u).MatchParam("api_token", "^canary.token/0123456789$").Get(tt.path)
		mock.Method = tt.method
		mock.Reply(200).BodyString(fixture(t, "v1-get.json"))
		c := newTestClient(t, tt.base, append(tt.opts, WithRoundTripper(gock.NewTransport()))...)
		if err := tt.do(c); err != nil {
			t.Errorf("%s%s: %v", tt.base, tt.path, err)
		}
	}
}
