package musement

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/h2non/gock.v1"

	"github.com/supplierpay/supplierpay-go/payment"
)

func TestNewRefuses(t *testing.T) {
	good := testCredentials()
	with := func(change func(*Credentials)) Credentials {
		c := good
		change(&c)
		return c
	}
	for name, tt := range map[string]struct {
		cred  Credentials
		opts  []Option
		field string
	}{
		"no credentials":        {Credentials{}, nil, "Application"},
		"no client id":          {with(func(c *Credentials) { c.ClientID = "" }), nil, "ClientID"},
		"no secret":             {with(func(c *Credentials) { c.ClientSecret = payment.Secret{} }), nil, "ClientSecret"},
		"line break":            {with(func(c *Credentials) { c.Application = payment.NewSecret(canaryApplication + "\r\nX: 1") }), nil, "Application"},
		"empty base URL":        {good, []Option{WithBaseURL("")}, "BaseURL"},
		"plain http":            {good, []Option{WithBaseURL("http://api.musement.com/api/v3")}, "BaseURL"},
		"userinfo":              {good, []Option{WithBaseURL("https://u:p@api.musement.com")}, "BaseURL"},
		"version":               {good, []Option{WithVersion("3.4")}, "Version"},
		"currency":              {good, []Option{WithCurrency("")}, "Currency"},
		"market":                {good, []Option{WithMarket("us\r\n")}, "Market"},
		"language":              {good, []Option{WithLanguage("en US")}, "Language"},
		"nil transport":         {good, []Option{WithTransport(nil)}, "Transport"},
		"nil round tripper":     {good, []Option{WithRoundTripper(nil)}, "RoundTripper"},
		"nil middleware":        {good, []Option{WithMiddleware(nil)}, "Middleware"},
		"both transports":       {good, []Option{WithTransport(&http.Transport{}), WithRoundTripper(&http.Transport{})}, "Transport"},
		"no timeout":            {good, []Option{WithTimeout(0)}, "Timeout"},
		"negative read timeout": {good, []Option{WithReadTimeout(-1)}, "ReadTimeout"},
		"no idle timeout":       {good, []Option{WithIdleTimeout(0)}, "IdleTimeout"},
		"no settling":           {good, []Option{WithSettling(0)}, "Settling"},
		"user agent":            {good, []Option{WithUserAgent("x\r\ny")}, "UserAgent"},
		"nil observer":          {good, []Option{WithObserver(nil)}, "Observer"},
		"app info":              {good, []Option{WithAppInfo("my shop", "1")}, "AppInfo"},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := New(tt.cred, tt.opts...)
			var e *payment.Error
			if !errors.As(err, &e) || c != nil {
				t.Fatalf("New: %v, %v, want a *payment.Error and no client", c, err)
			}
			if e.Field != tt.field || e.Provider != "musement" || !errors.Is(err, payment.ErrInvalidRequest) || e.Outcome != payment.NotSent {
				t.Errorf("error %+v, want NotSent for field %s", e, tt.field)
			}
			if strings.Contains(err.Error(), "canary") {
				t.Errorf("%q shows a credential", err)
			}
		})
	}
}

func TestTiming(t *testing.T) {
	c, err := New(testCredentials(), WithTimeout(100*time.Second), WithReadTimeout(7*time.Second), WithSettling(3*time.Hour), WithLogger(nil), WithPlainHTTP())
	if err != nil {
		t.Fatal(err)
	}
	// Two reads of 7 s, a login, the write and the body of its answer.
	if got := c.Timing(); got.LongestCall < 144*time.Second || got.LongestCall > 200*time.Second || got.Settling != 3*time.Hour {
		t.Errorf("timing %+v", got)
	}
	if c.Provider() != "musement" {
		t.Errorf("provider %q", c.Provider())
	}
}

// TestHeader compares what every call carries.
func TestHeader(t *testing.T) {
	s := serve(t, map[string]answer{
		"POST /payments/no/payment":  {body: fixture(t, "order.json")},
		"GET /orders/" + testOrder:   {body: fixture(t, "order.json")},
		"DELETE /carts/" + testCart:  {body: "true"},
		"PATCH /orders/" + testOrder: {body: fixture(t, "order.json")},
	})
	c := s.client(t, WithUserAgent("agency/7"), WithCurrency("EUR"), WithMarket("tui-it"), WithLanguage("it"))
	want := map[string]string{
		"Authorization": "Bearer " + canaryToken, "X-Musement-Application": canaryApplication, "X-Musement-Version": "3.4.0",
		"X-Musement-Currency": "EUR", "X-Musement-Market": "tui-it", "Accept-Language": "it", "User-Agent": "agency/7",
	}
	check := func(name, contentType string, err error) {
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for k := range want {
			got[k] = s.header.Get(k)
		}
		if diff := cmp.Diff(want, got); diff != "" || s.header.Get("Content-Type") != contentType {
			t.Errorf("%s: content type %q, header (-want +got):\n%s", name, s.header.Get("Content-Type"), diff)
		}
		for k := range s.header {
			if strings.HasPrefix(k, "Idempotency") {
				t.Errorf("%s: header %s", name, k)
			}
		}
	}
	_, err := c.GetOrder(t.Context(), testOrder)
	check("GetOrder", "", err)
	_, err = c.PayWithoutCollecting(t.Context(), testOrder)
	check("PayWithoutCollecting", "application/json", err)
	check("DeleteCart", "", c.DeleteCart(t.Context(), testCart))
	_, err = c.SetExtraData(t.Context(), testOrder, `{"a":1}`)
	check("SetExtraData", "application/json", err)

	bare := s.client(t, WithVersion("3.5.0"))
	if _, err := bare.GetOrder(t.Context(), testOrder); err != nil {
		t.Fatal(err)
	}
	for _, k := range []string{"X-Musement-Currency", "X-Musement-Market", "Accept-Language"} {
		if s.header.Values(k) != nil {
			t.Errorf("%s sent although nobody set it", k)
		}
	}
	if got := s.header.Get("X-Musement-Version"); got != "3.5.0" {
		t.Errorf("version %q", got)
	}
}

// TestAddress shows where the calls go, and what a login sends.
func TestAddress(t *testing.T) {
	for name, opts := range map[string][]Option{
		"https://api.musement.com":     nil,
		"https://sandbox.musement.com": {WithBaseURL(SandboxURL)},
	} {
		t.Run(name, func(t *testing.T) {
			defer gock.Off()
			gock.New(name).Post("/api/v3/login").MatchHeader("X-Musement-Application", "^"+canaryApplication+"$").
				MatchHeader("X-Musement-Version", `^3\.4\.0$`).BodyString("^" + fixture(t, "login-request.json") + "$").
				Reply(200).BodyString(fixture(t, "login.json"))
			gock.New(name).Get("/api/v3/orders/"+testOrder).MatchHeader("Authorization", "^Bearer "+canaryToken+"$").
				Reply(200).BodyString(fixture(t, "order.json"))
			c, err := New(testCredentials(), append(opts, WithRoundTripper(gock.NewTransport()), withoutRetries())...)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := c.GetOrder(t.Context(), testOrder); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestLogin(t *testing.T) {
	srv, c := simulate(t)
	o := srv.AddOrder(orderOf(t))
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if _, err := c.GetOrder(t.Context(), o.UUID); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := srv.Count("POST /login"); n != 1 {
		t.Errorf("%d logins for 20 callers", n)
	}
	// A read that meets an expired token logs in again and is sent once more.
	srv.RevokeTokens()
	if _, err := c.GetOrder(t.Context(), o.UUID); err != nil || srv.Count("POST /login") != 2 {
		t.Errorf("after a revoked token: %v, %d logins", err, srv.Count("POST /login"))
	}
	// A payment is not sent once more, and the next call has a new token.
	srv.RevokeTokens()
	_, err := c.PayWithoutCollecting(t.Context(), o.UUID)
	wantVerdict(t, payment.Payment{}, err, verdict{Outcome: "refused", Kind: payment.ErrUnauthenticated})
	if n := srv.Count("POST /payments/no/payment"); n != 1 {
		t.Errorf("sent %d times", n)
	}
	if _, err := c.PayWithoutCollecting(t.Context(), o.UUID); err != nil || srv.Count("POST /login") != 3 {
		t.Errorf("the call after a 401: %v, %d logins", err, srv.Count("POST /login"))
	}
	wantTaken(t, srv, o.UUID, "10.00 USD")
}

func TestLoginRefused(t *testing.T) {
	for name, login := range map[string]answer{
		"401":          {status: 401, body: `{"code":"0","message":"Invalid client credentials"}`},
		"no token":     {body: `{"expires_in":3600}`},
		"not JSON":     {body: `<html>`},
		"a line break": {body: `{"access_token":"a\r\nX-Evil: 1"}`},
		"empty":        {},
		"too long":     {body: strings.Repeat(" ", maxLoginBody) + `{"access_token":"t"}`},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, map[string]answer{"POST /login": login})
			c := s.client(t)
			_, err := c.PayWithoutCollecting(t.Context(), testOrder)
			wantVerdict(t, payment.Payment{}, err, verdict{Outcome: "not sent", Kind: payment.ErrUnauthenticated})
			_, err = c.GetOrder(t.Context(), testOrder)
			wantVerdict(t, payment.Payment{}, err, verdict{Outcome: "unknown", Kind: payment.ErrUnauthenticated})
			if got := s.requests(); len(got) != 0 {
				t.Errorf("sent without a token: %v", got)
			}
		})
	}
}

func TestLifetime(t *testing.T) {
	for body, want := range map[string]time.Duration{
		`{"access_token":"t","expires_in":3600}`:                      time.Hour,
		`{"access_token":"t","expires_in":"60"}`:                      time.Minute,
		`{"access_token":"t"}`:                                        0, // the source's default
		`{"access_token":"t","expires_in":-5}`:                        0,
		`{"access_token":"t","expires_in":[]}`:                        0,
		`{"access_token":"t","expires_in":99999999999999999999}`:      0,
		`{"access_token":"t","expires_in":9000000000000000000,"x":1}`: maxLifetime,
	} {
		g, err := decodeLogin([]byte(body))
		if err != nil || g.Lifetime != want {
			t.Errorf("%s: %v, %v, want %v", body, g.Lifetime, err, want)
		}
	}
}
