package etm

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/h2non/gock.v1"

	"github.com/supplierpay/supplierpay-go/etm/etmtest"
	"github.com/supplierpay/supplierpay-go/payment"
)

func TestNewRefuses(t *testing.T) {
	good := B2BLogin(testLogin, testPassword)
	for name, tt := range map[string]struct {
		url   string
		auth  Authenticator
		opts  []Option
		field string
	}{
		"no base URL":           {"", good, nil, "BaseURL"},
		"userinfo":              {"https://u:p@etm.example", good, nil, "BaseURL"},
		"plain http":            {"http://etm.example", good, nil, "BaseURL"},
		"query":                 {"https://etm.example?x=1", good, nil, "BaseURL"},
		"no authenticator":      {StageURL, nil, nil, "Authenticator"},
		"typed nil":             {StageURL, (*fixed)(nil), nil, "Authenticator"},
		"no login":              {StageURL, B2BLogin("", testPassword), nil, "Login"},
		"no password":           {StageURL, B2BLogin(testLogin, ""), nil, "Password"},
		"no app id":             {StageURL, B2CLogin("", ""), nil, "AppID"},
		"path in an app id":     {StageURL, B2CLogin("../orders", ""), nil, "AppID"},
		"line break in locale":  {StageURL, B2CLogin(testAppID, "EN\r\n"), nil, "Locale"},
		"nil transport":         {StageURL, good, []Option{WithTransport(nil)}, "Transport"},
		"nil round tripper":     {StageURL, good, []Option{WithRoundTripper(nil)}, "RoundTripper"},
		"nil middleware":        {StageURL, good, []Option{WithMiddleware(nil)}, "Middleware"},
		"no timeout":            {StageURL, good, []Option{WithTimeout(0)}, "Timeout"},
		"negative read timeout": {StageURL, good, []Option{WithReadTimeout(-1)}, "ReadTimeout"},
		"no idle timeout":       {StageURL, good, []Option{WithIdleTimeout(0)}, "IdleTimeout"},
		"user agent":            {StageURL, good, []Option{WithUserAgent("x\r\ny")}, "UserAgent"},
		"nil observer":          {StageURL, good, []Option{WithObserver(nil)}, "Observer"},
		"app info":              {StageURL, good, []Option{WithAppInfo("my shop", "1")}, "AppInfo"},
		"nil zone":              {StageURL, good, []Option{WithTimeZone(nil)}, "TimeZone"},
		"ok as a refusal":       {StageURL, good, []Option{WithRefusalWords("declined", "ok")}, "RefusalWords"},
		"nothing as a refusal":  {StageURL, good, []Option{WithRefusalWords("")}, "RefusalWords"},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := New(tt.url, tt.auth, tt.opts...)
			var e *payment.Error
			if !errors.As(err, &e) || c != nil {
				t.Fatalf("New: %v, %v, want a *payment.Error and no client", c, err)
			}
			if e.Field != tt.field || e.Provider != "etm" || !errors.Is(err, payment.ErrInvalidRequest) || e.Outcome != payment.NotSent {
				t.Errorf("error %v, want NotSent for field %s", e, tt.field)
			}
		})
	}
}

func TestNewAllows(t *testing.T) {
	for name, tt := range map[string]struct {
		url  string
		opts []Option
	}{
		"stage":               {StageURL, nil},
		"loopback":            {"http://127.0.0.1:1", nil},
		"plain http by leave": {"http://etm.internal", []Option{WithPlainHTTP()}},
		"with a prefix":       {"https://portal.example/etm/", []Option{WithTransport(&http.Transport{}), WithLogger(nil), WithoutOrderCheck()}},
	} {
		if _, err := New(tt.url, B2CLogin(testAppID, "EN"), tt.opts...); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTiming(t *testing.T) {
	opts := []Option{WithTimeout(100 * time.Second), WithReadTimeout(7 * time.Second)}
	checking := newTestClient(t, StageURL, B2CLogin(testAppID, ""), opts...).Timing()
	direct := newTestClient(t, StageURL, B2CLogin(testAppID, ""), append(opts, WithoutOrderCheck())...).Timing()
	if direct.LongestCall < 100*time.Second+loginTimeout || direct.Settling <= 0 {
		t.Errorf("timing %+v has no room for a login and a payment", direct)
	}
	if got := newTestClient(t, StageURL, B2CLogin(testAppID, "")).Provider(); got != "etm" {
		t.Errorf("provider %q", got)
	}
	if got := checking.LongestCall - direct.LongestCall; got != 7*time.Second {
		t.Errorf("reading the order takes %v, want the read time-out", got)
	}
}

// TestAddress shows where the calls go.
func TestAddress(t *testing.T) {
	defer gock.Off()
	gock.New("https://stage-api.etm-system.ru").Post("/api/login").
		MatchHeader("Content-Type", "^application/x-www-form-urlencoded$").
		Reply(200).BodyString(fixture(t, "login-b2b.json"))
	gock.New("https://stage-api.etm-system.ru").Get("/api/air/orders/"+testOrder).
		MatchHeader("Accept", "^application/json$").
		Reply(200).BodyString(fixture(t, "order-created.json"))
	c := newTestClient(t, StageURL, B2BLogin(testLogin, testPassword), WithRoundTripper(gock.NewTransport()))
	if _, err := c.GetOrder(t.Context(), testOrder); err != nil {
		t.Error(err)
	}
	if gock.HasUnmatchedRequest() || !gock.IsDone() {
		t.Error("the calls went elsewhere")
	}
}

// TestHeader compares what every call carries, and in which spelling.
func TestHeader(t *testing.T) {
	s := serve(t, map[string]answer{
		"POST /api/air/orders/" + testOrder + "/payment": {body: fixture(t, "order-payment.json")},
	})
	c := s.client(t, WithUserAgent("agency/7"), WithoutOrderCheck())
	if _, err := c.Pay(t.Context(), request(t, testOrder)); err != nil {
		t.Fatal(err)
	}
	for k, want := range map[string]string{
		"Etm-Auth-Key": testKey, "Cookie": "etmsessid=" + testCookie, "Accept": "application/json",
		"Content-Type": "application/json", "Accept-Encoding": "gzip", "User-Agent": "agency/7",
	} {
		if got := s.headers[0].Get(k); got != want {
			t.Errorf("header %s is %q, want %q", k, got, want)
		}
	}
	for k := range s.headers[0] {
		if strings.Contains(k, "Idempotency") {
			t.Errorf("header %s", k)
		}
	}
}

// TestMiddleware: middleware sees the calls, the login among them.
func TestMiddleware(t *testing.T) {
	var seen []string
	watch := func(next http.RoundTripper) http.RoundTripper {
		return roundTrip(func(r *http.Request) (*http.Response, error) {
			seen = append(seen, r.Method+" "+r.URL.Path)
			return next.RoundTrip(r)
		})
	}
	srv, c := simulate(t, nil, WithMiddleware(watch), WithCurrencies(payment.ISO4217().With("EUR", 3)))
	id := srv.AddOrder(etmtest.Order{})
	req := request(t, id)
	req.Amount, _ = payment.ISO4217().With("EUR", 3).ParseMoney("221.921", "EUR")
	if _, err := c.Pay(t.Context(), req); !errors.Is(err, payment.ErrPriceChanged) {
		t.Errorf("three digits of a euro: %v", err)
	}
	if diff := cmp.Diff([]string{"POST /api/login", "GET /api/air/orders/" + id}, seen); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
