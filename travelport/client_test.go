package travelport

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/h2non/gock.v1"

	"github.com/supplierpay/supplierpay-go/payment"
)

func TestNewRefuses(t *testing.T) {
	with := func(change func(*Credentials)) Credentials {
		c := credentials()
		change(&c)
		return c
	}
	ok := credentials()
	base, token := WithBaseURL("https://gateway.example/11"), WithTokenURL("https://gateway.example/token")
	for name, tt := range map[string]struct {
		cred  Credentials
		opts  []Option
		field string
	}{
		"no user":            {with(func(c *Credentials) { c.Username = "" }), nil, "Username"},
		"no password":        {with(func(c *Credentials) { c.Password = payment.Secret{} }), nil, "Password"},
		"no client":          {with(func(c *Credentials) { c.ClientID = "" }), nil, "ClientID"},
		"no client secret":   {with(func(c *Credentials) { c.ClientSecret = payment.Secret{} }), []Option{WithGrant(GrantClientCredentials)}, "ClientSecret"},
		"no group, no PCC":   {with(func(c *Credentials) { c.AccessGroup, c.PCC = "", "" }), nil, "AccessGroup"},
		"line break":         {with(func(c *Credentials) { c.AccessGroup = "x\r\nX-Evil: 1" }), nil, "AccessGroup"},
		"space in the PCC":   {with(func(c *Credentials) { c.PCC = "79JP 1G" }), nil, "PCC"},
		"base URL alone":     {ok, []Option{base}, "BaseURL"},
		"token URL alone":    {ok, []Option{token}, "BaseURL"},
		"two environments":   {ok, []Option{base, token, WithPreProduction()}, "BaseURL"},
		"plain http":         {ok, []Option{WithBaseURL("http://gateway.example/11"), token}, "BaseURL"},
		"plain http token":   {ok, []Option{base, WithTokenURL("http://gateway.example/token")}, "TokenURL"},
		"empty base URL":     {ok, []Option{WithBaseURL("")}, "BaseURL"},
		"empty token URL":    {ok, []Option{WithTokenURL("")}, "TokenURL"},
		"grant":              {ok, []Option{WithGrant("implicit")}, "Grant"},
		"flat":               {ok, []Option{WithFlat("Offer")}, "Flat"},
		"nil transport":      {ok, []Option{WithTransport(nil)}, "Transport"},
		"no compression":     {ok, []Option{WithTransport(&http.Transport{DisableCompression: true})}, "Transport"},
		"nil round tripper":  {ok, []Option{WithRoundTripper(nil)}, "RoundTripper"},
		"nil middleware":     {ok, []Option{WithMiddleware(nil)}, "Middleware"},
		"no timeout":         {ok, []Option{WithTimeout(0)}, "Timeout"},
		"no read timeout":    {ok, []Option{WithReadTimeout(-1)}, "ReadTimeout"},
		"no idle timeout":    {ok, []Option{WithIdleTimeout(0)}, "IdleTimeout"},
		"no setup timeout":   {ok, []Option{WithSetupTimeout(0)}, "SetupTimeout"},
		"long setup timeout": {ok, []Option{WithSetupTimeout(time.Hour)}, "SetupTimeout"},
		"user agent":         {ok, []Option{WithUserAgent("x\r\ny")}, "UserAgent"},
		"nil observer":       {ok, []Option{WithObserver(nil)}, "Observer"},
		"app info":           {ok, []Option{WithAppInfo("my shop", "1")}, "AppInfo"},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := New(tt.cred, tt.opts...)
			var e *payment.Error
			if !errors.As(err, &e) || c != nil || e.Field != tt.field || e.Provider != "travelport" || e.Outcome != payment.NotSent {
				t.Errorf("New: %v, %+v, want NotSent for field %s", c, err, tt.field)
			}
		})
	}
}

func TestTiming(t *testing.T) {
	c, err := New(credentials(), WithTimeout(100*time.Second), WithReadTimeout(10*time.Second), WithSetupTimeout(time.Minute),
		WithUserAgent("x/1"), WithIdleTimeout(time.Second), WithLogger(nil), WithCurrencies(payment.ISO4217()), WithPlainHTTP())
	if err != nil {
		t.Fatal(err)
	}
	longer, err := New(credentials(), WithTimeout(100*time.Second), WithReadTimeout(10*time.Second), WithSetupTimeout(2*time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	if d := longer.Timing().LongestCall - c.Timing().LongestCall; d != time.Minute {
		t.Errorf("a minute more of set-up makes Pay %v longer", d)
	}
	// One minute of set-up, a login, the commit with its answer's grace, two reads' time for the discard and for the read-back.
	least := time.Minute + 30*time.Second + 100*time.Second + 2*20*time.Second
	got := c.Timing()
	if got.LongestCall < least || got.LongestCall > 2*least || got.Settling < 30*time.Minute || c.Provider() != "travelport" {
		t.Errorf("timing %+v, want at least %v", got, least)
	}
}

// TestAddress shows where the calls go when nobody sets a base URL.
func TestAddress(t *testing.T) {
	defer gock.Off()
	for name, tt := range map[string]struct {
		opts       []Option
		api, login string
	}{
		"production":     {nil, "https://api.travelport.net", "https://auth.travelport.net"},
		"pre-production": {[]Option{WithPreProduction()}, "https://api.pp.travelport.net", "https://auth.pp.travelport.net"},
	} {
		gock.New(tt.login).Post("/oauth/token").Reply(200).BodyString(`{"access_token":"` + testToken + `"}`)
		gock.New(tt.api).Get("/11/air/book/reservation/reservations/"+testLocator).
			MatchHeader("Authorization", "^Bearer "+testToken+"$").Reply(200).BodyString(fixture(t, "commit-issued.json"))
		c, err := New(credentials(), append(tt.opts, WithRoundTripper(gock.NewTransport()), withoutRetries())...)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.GetReservation(t.Context(), testLocator, nil); err != nil || !gock.IsDone() {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestLoginForm(t *testing.T) {
	full := url.Values{"grant_type": {"password"}, "username": {"uAPI-test"}, "password": {testPassword}, "client_id": {"agency"},
		"client_secret": {testSecret}}
	scoped := url.Values{"grant_type": {"client_credentials"}, "client_id": {"agency"}, "client_secret": {testSecret}, "scope": {"openid"}}
	for name, tt := range map[string]struct {
		opts []Option
		want url.Values
	}{
		"password":           {nil, full},
		"client credentials": {[]Option{WithGrant(GrantClientCredentials), WithScope("openid")}, scoped},
	} {
		s := serve(t, map[string]answer{"DELETE /11/air/book/session/reservationworkbench/" + testBench: {status: 204}})
		if err := s.client(t, tt.opts...).Workbench(testBench, "").Discard(t.Context()); err != nil {
			t.Fatal(err)
		}
		got, err := url.ParseQuery(s.logins[0])
		if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
	}
}

func TestOneLoginForAll(t *testing.T) {
	s := serve(t, map[string]answer{"DELETE /11/air/book/session/reservationworkbench/" + testBench: {status: 204}})
	w := s.client(t).Workbench(testBench, "t")
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			if err := w.Discard(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := len(s.logins); n != 1 {
		t.Errorf("%d logins", n)
	}
}

func TestLoginFails(t *testing.T) {
	for name, a := range map[string]answer{
		"refused":     {status: 400, body: `{"error":"invalid_grant","error_description":"bad ` + testPassword + `"}`},
		"no JSON":     {body: "<html>" + testSecret},
		"no token":    {body: `{"token_type":"Bearer"}`},
		"other type":  {body: `{"access_token":"` + testToken + `","token_type":"mac"}`},
		"line break":  {body: `{"access_token":"x\r\ny"}`},
		"unavailable": {status: 503},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, map[string]answer{"POST /oauth/token": a})
			ctx, opts, outcomes := watched(t, "AddPayment")
			c := s.client(t, opts...)
			_, err := c.Workbench(testBench, "t").AddPayment(ctx, seedSingle())
			want := payment.NotSent.String()
			if diff := cmp.Diff([]string{want, want, want}, outcomes()); diff != "" {
				t.Errorf("told (-want +got):\n%s", diff)
			}
			if payment.OutcomeOf(err) != payment.NotSent || !errors.Is(err, payment.ErrUnauthenticated) || len(s.requests()) > 0 {
				t.Errorf("write: %v", err)
			}
			_, err = c.GetReservation(t.Context(), testLocator, nil)
			if payment.OutcomeOf(err) != payment.Unknown || !errors.Is(err, payment.ErrUnauthenticated) {
				t.Errorf("read: %v", err)
			}
			for _, secret := range []string{testPassword, testSecret} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("%v shows a secret", err)
				}
			}
		})
	}
}

// TestTokenRenewal: a 401 drops the token. A read is sent again with a new one, a write is not.
func TestTokenRenewal(t *testing.T) {
	s := serve(t, map[string]answer{"GET /11/air/book/reservation/reservations/" + testLocator: {status: 401}, "POST " + paymentsPath: {status: 401}})
	c := s.client(t)
	if _, err := c.GetReservation(t.Context(), testLocator, nil); !errors.Is(err, payment.ErrUnauthenticated) {
		t.Error(err)
	}
	if reads, logins := len(s.requests()), len(s.logins); reads != 2 || logins != 2 {
		t.Errorf("%d reads, %d logins, want 2 and 2", reads, logins)
	}
	_, err := c.Workbench(testBench, "t").AddPayment(t.Context(), seedSingle())
	if payment.OutcomeOf(err) != payment.Refused || len(s.requests()) != 3 {
		t.Errorf("%v after %v", err, s.requests())
	}
	if _, err := c.Workbench(testBench, "t").AddPayment(t.Context(), seedSingle()); err == nil || len(s.logins) != 4 {
		t.Errorf("%d logins after the next write, want 4", len(s.logins))
	}
}

func TestDecodeToken(t *testing.T) {
	for body, want := range map[string]time.Duration{
		`{"access_token":"x","expires_in":86400}`:                 24 * time.Hour,
		`{"access_token":"x","expires_in":"3600"}`:                time.Hour,
		`{"access_token":"x","expires_in":1e99}`:                  0,
		`{"access_token":"x","expires_in":-1}`:                    0,
		`{"access_token":"x","expires_in":99999999999}`:           0,
		`{"access_token":"x","token_type":"bearer","scope":null}`: 0,
	} {
		g, err := decodeToken([]byte(body))
		if err != nil || g.Lifetime != want || g.Value.Reveal() != "x" {
			t.Errorf("%s: %v, %v", body, g.Lifetime, err)
		}
	}
}

// recorded keeps the bytes that go out.
type recorded struct {
	net.Conn
	mu  *sync.Mutex
	out *bytes.Buffer
}

func (r recorded) Write(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.out.Write(b)
	return r.Conn.Write(b)
}

// TestRawHeader looks at the spelling on the wire, which net/http would change for whoever reads it with its server.
func TestRawHeader(t *testing.T) {
	s := serve(t, map[string]answer{
		"POST /11/air/book/session/reservationworkbench/buildfromlocator": {body: fixture(t, "workbench-new.json")},
		"GET /11/air/book/session/reservationworkbench/" + testBench:      {body: fixture(t, "workbench-new.json")},
		"POST " + paymentsPath: {body: fixture(t, "payment-response.json")},
	})
	var mu sync.Mutex
	var out bytes.Buffer
	tr := &http.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, addr)
		return recorded{conn, &mu, &out}, err
	}}
	c := s.client(t, WithTransport(tr))
	take := func() string {
		mu.Lock()
		defer mu.Unlock()
		text := out.String()
		out.Reset()
		return text
	}
	w, _, err := c.WorkbenchFromLocator(t.Context(), testLocator, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, raw, _ := strings.Cut(take(), "POST /11/air/")
	if strings.Contains(raw, "Content-Type") || !strings.Contains(raw, "Content-Length: 0\r\n") {
		t.Errorf("the workbench from a locator must have no content type:\n%s", raw)
	}
	common := []string{"XAUTH_TRAVELPORT_ACCESSGROUP: 19Y88702-C27A-4E5D-829A-89D7016688B1\r\n", "TVP-PCC-CORE: 79JP_1G\r\n",
		"Accept-Encoding: gzip\r\n", "Accept: application/json\r\n", "Content-Version: 11\r\n", "Accept-Version: 11\r\n",
		"Cache-Control: no-cache\r\n", "Authorization: Bearer " + testToken + "\r\n", "TraceId: " + w.TraceID + "\r\n"}
	check := func(name, raw string) {
		t.Helper()
		for _, line := range common {
			if strings.Count(raw, line) != 1 {
				t.Errorf("%s: want once %q in\n%s", name, line, raw)
			}
		}
		if strings.Contains(strings.ToLower(raw), "e2etracking") || strings.Contains(raw, "Xauth") {
			t.Errorf("%s:\n%s", name, raw)
		}
	}
	check("from locator", raw)
	if _, err := w.Retrieve(t.Context()); err != nil {
		t.Fatal(err)
	}
	check("retrieve", take())
	if _, err := w.AddPayment(t.Context(), seedSingle()); err != nil {
		t.Fatal(err)
	}
	raw = take()
	check("add payment", raw)
	if !strings.Contains(raw, "Content-Type: application/json\r\n") {
		t.Errorf("no content type:\n%s", raw)
	}
}
