package duffel

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"gopkg.in/h2non/gock.v1"

	"github.com/supplierpay/supplierpay-go/payment"
)

func TestNewRefuses(t *testing.T) {
	for name, tt := range map[string]struct {
		token string
		opts  []Option
		field string
	}{
		"no token":              {"", nil, "Token"},
		"line break in a token": {"duffel_test_x\r\nX-Evil: 1", nil, "Token"},
		"newline at the end":    {"duffel_test_x\n", nil, "Token"},
		"space in a token":      {"duffel test", nil, "Token"},
		"token outside ASCII":   {"duffel_tést", nil, "Token"},
		"control in a token":    {"duffel\x00", nil, "Token"},
		"empty base URL":        {testToken, []Option{WithBaseURL("")}, "BaseURL"},
		"userinfo":              {testToken, []Option{WithBaseURL("https://u:p@api.duffel.com")}, "BaseURL"},
		"plain http":            {testToken, []Option{WithBaseURL("http://api.duffel.com")}, "BaseURL"},
		"other scheme":          {testToken, []Option{WithBaseURL("ftp://api.duffel.com")}, "BaseURL"},
		"nil transport":         {testToken, []Option{WithTransport(nil)}, "Transport"},
		"nil round tripper":     {testToken, []Option{WithRoundTripper(nil)}, "RoundTripper"},
		"nil middleware":        {testToken, []Option{WithMiddleware(nil)}, "Middleware"},
		"both transports":       {testToken, []Option{WithTransport(&http.Transport{}), WithRoundTripper(&http.Transport{})}, "Transport"},
		"no timeout":            {testToken, []Option{WithTimeout(0)}, "Timeout"},
		"negative read timeout": {testToken, []Option{WithReadTimeout(-1)}, "ReadTimeout"},
		"no idle timeout":       {testToken, []Option{WithIdleTimeout(0)}, "IdleTimeout"},
		"user agent":            {testToken, []Option{WithUserAgent("x\r\ny")}, "UserAgent"},
		"nil observer":          {testToken, []Option{WithObserver(nil)}, "Observer"},
		"app info":              {testToken, []Option{WithAppInfo("my shop", "1")}, "AppInfo"},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := New(tt.token, tt.opts...)
			var e *payment.Error
			if !errors.As(err, &e) || c != nil {
				t.Fatalf("New: %v, %v, want a *payment.Error and no client", c, err)
			}
			if e.Field != tt.field || e.Provider != "duffel" || !errors.Is(err, payment.ErrInvalidRequest) || e.Outcome != payment.NotSent {
				t.Errorf("error %+v, want NotSent for field %s", e, tt.field)
			}
			if tt.token != "" && strings.Contains(err.Error(), strings.TrimSpace(tt.token)) {
				t.Errorf("%q shows the token", err)
			}
		})
	}
}

func TestNewAllows(t *testing.T) {
	for name, opts := range map[string][]Option{
		"defaults":               nil,
		"loopback":               {WithBaseURL("http://127.0.0.1:1")},
		"plain http by leave":    {WithBaseURL("http://duffel.internal"), WithPlainHTTP()},
		"everything":             {WithTransport(&http.Transport{}), WithLogger(nil), WithUserAgent("x/1"), WithTimeout(time.Second), WithVerifyOrder()},
		"base URL with a prefix": {WithBaseURL("https://gateway.example/duffel/")},
	} {
		if _, err := New(testToken, opts...); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTiming(t *testing.T) {
	plain, err := New(testToken, WithTimeout(100*time.Second), WithReadTimeout(7*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	verifying, err := New(testToken, WithTimeout(100*time.Second), WithReadTimeout(7*time.Second), WithVerifyOrder())
	if err != nil {
		t.Fatal(err)
	}
	base := plain.Timing()
	if base.LongestCall < 100*time.Second || base.LongestCall > 200*time.Second || base.Settling < 2*time.Minute {
		t.Errorf("timing %+v does not fit a time-out of 100 s", base)
	}
	if got := verifying.Timing().LongestCall - base.LongestCall; got != 7*time.Second {
		t.Errorf("verifying takes %v longer, want the read time-out", got)
	}
	if plain.Provider() != "duffel" {
		t.Errorf("provider %q", plain.Provider())
	}
}

// TestHeader compares what every call carries.
func TestHeader(t *testing.T) {
	s := serve(t, map[string]answer{
		"POST /air/payments":               {body: fixture(t, "payment.json")},
		"GET /air/payments/" + testPayment: {body: fixture(t, "payment.json")},
	})
	c := s.client(t, WithUserAgent("agency/7"))
	want := map[string]string{
		"Authorization": "Bearer " + testToken, "Duffel-Version": "v2", "Accept": "application/json",
		"Accept-Encoding": "gzip", "User-Agent": "agency/7",
	}
	check := func(call string) {
		for k, v := range want {
			if got := s.header.Get(k); got != v {
				t.Errorf("%s: header %s is %q, want %q", call, k, got, v)
			}
		}
		for k := range s.header {
			if strings.HasPrefix(k, "Idempotency") {
				t.Errorf("%s: header %s", call, k)
			}
		}
	}
	if _, err := c.GetPayment(t.Context(), testPayment); err != nil {
		t.Fatal(err)
	}
	check("GetPayment")
	if _, err := c.Pay(t.Context(), balanceRequest(t)); err != nil {
		t.Fatal(err)
	}
	want["Content-Type"] = "application/json"
	check("Pay")
}

// TestAddress shows where the calls go when nobody sets a base URL.
func TestAddress(t *testing.T) {
	defer gock.Off()
	for _, call := range []struct {
		method, path, body string
		do                 func(*Client) error
	}{
		{"POST", "/air/payments", "payment.json", func(c *Client) error {
			_, err := c.Pay(t.Context(), balanceRequest(t))
			return err
		}},
		{"GET", "/air/payments/" + testPayment, "payment.json", func(c *Client) error {
			_, err := c.GetPayment(t.Context(), testPayment)
			return err
		}},
		{"GET", "/air/orders/" + testOrder, "order-hold-awaiting-payment.json", func(c *Client) error {
			_, err := c.GetOrder(t.Context(), testOrder)
			return err
		}},
	} {
		mock := gock.New("https://api.duffel.com").MatchHeader("Duffel-Version", "^v2$").
			MatchHeader("Authorization", "^Bearer "+testToken+"$")
		if call.method == http.MethodPost {
			mock.Post(call.path)
		} else {
			mock.Get(call.path)
		}
		mock.Reply(200).BodyString(fixture(t, call.body))
		c, err := New(testToken, WithRoundTripper(gock.NewTransport()), withoutRetries())
		if err != nil {
			t.Fatal(err)
		}
		if err := call.do(c); err != nil {
			t.Errorf("%s %s: %v", call.method, call.path, err)
		}
	}
}
