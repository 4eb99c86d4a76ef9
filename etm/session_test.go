package etm

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/etm/etmtest"
	"github.com/supplierpay/supplierpay-go/payment"
)

// TestLoginOnTheWire compares what a login sends.
func TestLoginOnTheWire(t *testing.T) {
	for _, tt := range []struct {
		name       string
		auth       Authenticator
		route      string
		path, body string
		fixture    string
		want       Session
	}{
		{
			"B2B", B2BLogin(testLogin, testPassword), "POST /api/login", "POST /api/login",
			"login=CANARY_LOGIN_API&password=canary-pass%2Fw%26rd%3D1", "login-b2b.json",
			Session{Locale: "RU", Currency: "EUR", MaxIdle: 6 * time.Hour, Expires: time.Unix(1732025832, 0)},
		},
		{
			"B2C", B2CLogin(testAppID, "EN"), "GET /api/login/" + testAppID, "GET /api/login/" + testAppID + "?locale=EN",
			"", "login-b2c.json",
			Session{Locale: "EN", Currency: "EUR", MaxIdle: 6 * time.Hour, Expires: time.Unix(1734107412, 0), Site: []byte("{}"), Agent: []byte("{}")},
		},
		{
			"B2C, own locale", B2CLogin(testAppID, ""), "GET /api/login/" + testAppID, "GET /api/login/" + testAppID,
			"", "login-b2c.json",
			Session{Locale: "EN", Currency: "EUR", MaxIdle: 6 * time.Hour, Expires: time.Unix(1734107412, 0), Site: []byte("{}"), Agent: []byte("{}")},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, map[string]answer{tt.route: {body: fixture(t, tt.fixture), header: http.Header{"Set-Cookie": {
				"etmsessid=" + testCookie + "; Path=/; HttpOnly", "gone=; Max-Age=0", "other=x; Domain=evil.example", "XSRF-TOKEN=abc; Path=/",
			}, "Date": {"removed below"}}}})
			a := s.answers[tt.route]
			a.header["Date"] = nil
			c := newTestClient(t, s.URL, tt.auth)
			got, err := c.Login(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if s.got[0] != tt.path || s.bodies[0] != tt.body {
				t.Errorf("sent %q with %q", s.got[0], s.bodies[0])
			}
			if s.headers[0].Get("Etm-Auth-Key") != "" || s.headers[0].Get("Cookie") != "" {
				t.Error("a login has a session already")
			}
			if len(got.Key.Reveal()) != 32 {
				t.Errorf("key of %d characters", len(got.Key.Reveal()))
			}
			var cookies []string
			for _, k := range got.Cookies {
				cookies = append(cookies, k.Name+"="+k.Value.Reveal())
			}
			if diff := cmp.Diff([]string{"etmsessid=" + testCookie, "XSRF-TOKEN=abc"}, cookies); diff != "" {
				t.Errorf("cookies (-want +got):\n%s", diff)
			}
			got.Key, got.Cookies = payment.Secret{}, nil
			if diff := cmp.Diff(tt.want, got, cmp.Comparer(func(a, b payment.Secret) bool { return a.Equal(b) })); diff != "" {
				t.Errorf("session (-want +got):\n%s", diff)
			}
		})
	}
}

// TestSessionOnEveryCall: both kinds of login give a session that the simulator takes, which wants key and cookie.
func TestSessionOnEveryCall(t *testing.T) {
	for name, auth := range map[string]Authenticator{
		"B2B": B2BLogin(testLogin, testPassword), "B2C": B2CLogin(testAppID, "EN"), "own": tokenLogin{token: "partner-token"},
	} {
		srv, _ := simulate(t, []etmtest.Option{etmtest.WithRoute("POST /api/token", 200, `{}`)})
		id := srv.AddOrder(etmtest.Order{})
		c := newTestClient(t, srv.URL, auth)
		for range 3 {
			if _, err := c.GetOrder(t.Context(), id); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if n := srv.Count(etmtest.Login) + srv.Count(etmtest.LoginB2C); n != 1 {
			t.Errorf("%s: %d logins", name, n)
		}
	}
}

// cookieLogin keeps of another login's session the cookie alone.
type cookieLogin struct{ Authenticator }

func (l cookieLogin) Login(ctx context.Context, send func(context.Context, Operation) (Response, error)) (Session, error) {
	s, err := l.Authenticator.Login(ctx, send)
	s.Key = payment.Secret{}
	return s, err
}

// TestCookieAlone: ETM's own sample of a payment has the session's cookie and no key.
func TestCookieAlone(t *testing.T) {
	for _, enough := range []bool{true, false} {
		var opts []etmtest.Option
		if enough {
			opts = append(opts, etmtest.WithCookieAlone())
		}
		srv, _ := simulate(t, opts)
		id := srv.AddOrder(etmtest.Order{})
		c := newTestClient(t, srv.URL, cookieLogin{B2BLogin(testLogin, testPassword)})
		if p, err := c.Pay(t.Context(), request(t, id)); p.Paid() != enough || (err == nil) != enough {
			t.Errorf("the cookie is enough: %v; %+v, %v", enough, p, err)
		}
	}
}

// tokenLogin is what a user may write for the login by token: a call with a header of its own, here to the simulator's
// other login.
type tokenLogin struct {
	token  string
	writes bool
}

func (l tokenLogin) Login(ctx context.Context, send func(context.Context, Operation) (Response, error)) (Session, error) {
	resp, err := send(ctx, Operation{
		Name: "LoginToken", Method: http.MethodPost, Path: []string{"api", "login"}, ReadsOnly: !l.writes,
		Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Authorization": {"Bearer " + l.token}},
		Body:   []byte(url.Values{"login": {testLogin}, "password": {testPassword}}.Encode()),
	})
	if err != nil {
		return Session{}, err
	}
	return ParseSession(resp)
}

// TestRenewal: a read that is not let in is sent once more with a new session, a payment never.
func TestRenewal(t *testing.T) {
	for _, status := range []int{401, 403} {
		srv, c := simulate(t, []etmtest.Option{etmtest.WithExpiredStatus(status)}, WithoutOrderCheck())
		id := srv.AddOrder(etmtest.Order{})
		if _, err := c.GetOrder(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		srv.ExpireSessions()
		if _, err := c.GetOrder(t.Context(), id); err != nil {
			t.Errorf("%d: a read after the session: %v", status, err)
		}
		if n, logins := srv.Count(etmtest.GetOrder), srv.Count(etmtest.Login); n != 3 || logins != 2 {
			t.Errorf("%d: %d reads and %d logins, want 3 and 2", status, n, logins)
		}
		srv.ExpireSessions()
		if _, err := c.Pay(t.Context(), request(t, id)); payment.OutcomeOf(err) != payment.Refused || !errors.Is(err, payment.ErrUnauthenticated) {
			t.Errorf("%d: a payment after the session: %v, want Refused and ErrUnauthenticated", status, err)
		}
		if n := srv.Count(etmtest.OrderPayment); n != 1 {
			t.Errorf("%d: sent %d times", status, n)
		}
		wantTaken(t, srv, id)
		if p, err := c.Pay(t.Context(), request(t, id)); err != nil || !p.Paid() {
			t.Errorf("%d: the next payment: %v", status, err)
		}
		if logins := srv.Count(etmtest.Login); logins != 3 {
			t.Errorf("%d: %d logins, want 3", status, logins)
		}
	}
}

// TestOneLogin: many callers at once, one login.
func TestOneLogin(t *testing.T) {
	srv, c := simulate(t, nil)
	id := srv.AddOrder(etmtest.Order{})
	const callers = 20
	all := func() (failed int) {
		var wg sync.WaitGroup
		var mu sync.Mutex
		for range callers {
			wg.Go(func() {
				if _, err := c.GetOrder(t.Context(), id); err != nil {
					mu.Lock()
					failed++
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		return failed
	}
	if n := all(); n != 0 || srv.Count(etmtest.Login) != 1 {
		t.Errorf("%d of %d failed, %d logins", n, callers, srv.Count(etmtest.Login))
	}
}

func TestLoginFails(t *testing.T) {
	for name, tt := range map[string]answer{
		"401":        {status: 401, body: `{"status":"error","message":"wrong ` + testPassword + `"}`},
		"200 error":  {body: `{"status":"error","message":"wrong ` + testPassword + `"}`},
		"no key":     {body: `{"locale":"RU"}`},
		"null key":   {body: `{"etm_auth_key":null}`},
		"odd key":    {body: `{"etm_auth_key":"a\r\nX-Evil: 1"}`},
		"spaced key": {body: `{"etm_auth_key":"a b"}`},
		"HTML":       {body: `<html>`},
		"redirect":   {status: 302, header: http.Header{"Location": {"/elsewhere"}}},
	} {
		s := serve(t, map[string]answer{"POST /api/login": tt})
		c := newTestClient(t, s.URL, B2BLogin(testLogin, testPassword))
		_, read := c.GetOrder(t.Context(), testOrder)
		_, pay := c.CreatePayment(t.Context(), CreatePaymentRequest{OrderID: testOrder, FOPType: MethodCash, Amount: mustMoney(t, "1", "EUR")})
		_, login := c.Login(t.Context())
		for what, err := range map[string]error{"read": read, "payment": pay, "login": login} {
			if !errors.Is(err, payment.ErrUnauthenticated) || strings.Contains(err.Error(), testPassword) {
				t.Errorf("%s: %s: %v", name, what, err)
			}
		}
		if payment.OutcomeOf(pay) != payment.NotSent || payment.OutcomeOf(read) != payment.Unknown {
			t.Errorf("%s: outcomes %v and %v", name, payment.OutcomeOf(pay), payment.OutcomeOf(read))
		}
		for _, got := range s.requests() {
			if got != "POST /api/login" {
				t.Errorf("%s: sent %s", name, got)
			}
		}
	}
}

// TestLoginRepeated: a login moves nothing, so it is tried again when ETM is down for a moment.
func TestLoginRepeated(t *testing.T) {
	srv, _ := simulate(t, nil)
	id := srv.AddOrder(etmtest.Order{})
	for route, auth := range map[string]Authenticator{
		etmtest.Login: B2BLogin(testLogin, testPassword), etmtest.LoginB2C: B2CLogin(testAppID, ""),
	} {
		c := newTestClient(t, srv.URL, auth, func(s *settings) error {
			s.call.ReadRetries, s.call.RetryWait = 2, time.Millisecond
			return nil
		})
		srv.Fail(etmtest.Fault{Route: route, NoAction: true, Status: 503})
		if _, err := c.GetOrder(t.Context(), id); err != nil || srv.Count(route) != 2 {
			t.Errorf("%s: %v after %d logins", route, err, srv.Count(route))
		}
	}
}

// TestOddSessions: a session of the user's own that no header can carry is refused before anything is sent.
func TestOddSessions(t *testing.T) {
	cookie := func(name, value string) Session {
		return Session{Cookies: []Cookie{{Name: name, Value: payment.NewSecret(value)}}}
	}
	for name, tt := range map[string]struct {
		session Session
		good    bool
	}{
		"nothing":         {Session{}, false},
		"key alone":       {Session{Key: payment.NewSecret("abc")}, true},
		"cookie alone":    {cookie("a", "b"), true},
		"break in a key":  {Session{Key: payment.NewSecret("a\r\nb")}, false},
		"two cookies":     {cookie("a", "b; c=d"), false},
		"name of cookie":  {cookie("a=b;", "c"), false},
		"cookie unnamed":  {cookie("", "c"), false},
		"break in cookie": {cookie("a", "b\r\nX: y"), false},
	} {
		s := serve(t, map[string]answer{"GET /api/x": {status: 401}})
		c := newTestClient(t, s.URL, fixed{tt.session})
		_, err := c.Do(t.Context(), Operation{Method: "GET", Path: []string{"api", "x"}})
		if sent := len(s.requests()) > 0; sent != tt.good || !errors.Is(err, payment.ErrUnauthenticated) {
			t.Errorf("%s: sent %t, %v", name, sent, err)
		}
	}
}

// TestSessionStaysHome: a redirect, whoever sends it, takes neither the session nor the payment to another host.
func TestSessionStaysHome(t *testing.T) {
	var elsewhere []string
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		elsewhere = append(elsewhere, r.Method+" "+r.URL.Path)
	}))
	defer other.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		srv, c := simulate(t, nil, WithoutOrderCheck())
		id := srv.AddOrder(etmtest.Order{})
		away := etmtest.Fault{Status: status, Header: http.Header{"Location": {other.URL + "/evil"}, "Set-Cookie": {"a=b"}}}
		for _, route := range []string{etmtest.Login, etmtest.GetOrder, etmtest.OrderPayment} {
			away.Route = route
			srv.Fail(away)
		}
		_, _ = c.Login(t.Context())
		_, _ = c.GetOrder(t.Context(), id)
		if _, err := c.Pay(t.Context(), request(t, id)); payment.OutcomeOf(err) != payment.Unknown {
			t.Errorf("%d: %v", status, err)
		}
	}
	if len(elsewhere) != 0 {
		t.Errorf("the other host saw %v", elsewhere)
	}
}

// loginOnly answers logins in memory, so that a test can run on fake time, and counts them.
type loginOnly struct {
	mu     sync.Mutex
	logins int
	body   func(n int) string
}

func (l *loginOnly) RoundTrip(r *http.Request) (*http.Response, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	body := `{"status":"ok","data":[]}`
	if r.URL.Path == "/api/login" {
		l.logins++
		body = l.body(l.logins)
	}
	return &http.Response{
		StatusCode: 200, Header: http.Header{"Date": {time.Now().UTC().Format(http.TimeFormat)}}, Body: io.NopCloser(strings.NewReader(body)), Request: r,
	}, nil
}

// TestSessionTimes: a session is renewed before it expires and before it has been idle for too long, on fake time.
func TestSessionTimes(t *testing.T) {
	for _, tt := range []struct {
		name   string
		expiry time.Duration // of the session; 0 tells none
		idle   int           // seconds
		pauses []time.Duration
		logins int
	}{
		{"in use", 12 * time.Hour, 21600, []time.Duration{time.Hour, time.Hour, time.Hour}, 1},
		{"idle", 12 * time.Hour, 21600, []time.Duration{5*time.Hour + 59*time.Minute + time.Second}, 2},
		{"almost idle", 12 * time.Hour, 21600, []time.Duration{5*time.Hour + 58*time.Minute}, 1},
		{"use keeps it", 24 * time.Hour, 3600, []time.Duration{50 * time.Minute, 50 * time.Minute, 50 * time.Minute}, 1},
		{"about to expire", 2 * time.Hour, 21600, []time.Duration{time.Hour, 59*time.Minute + time.Second}, 2},
		{"short life", 10 * time.Second, 0, []time.Duration{7 * time.Second, time.Second + time.Millisecond}, 2},
		{"no times", 0, 0, []time.Duration{20 * time.Minute, 10 * time.Minute}, 2},
		{"expired at once", -time.Hour, 0, []time.Duration{time.Minute}, 1},
		{"a century", 1 << 62, 0, []time.Duration{20 * time.Hour, 4 * time.Hour}, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				rt := &loginOnly{body: func(int) string {
					end := ""
					switch {
					case tt.expiry == 1<<62:
						end = `,"max_expiry_time":253402300798`
					case tt.expiry != 0:
						end = `,"max_expiry_time":"` + unix(time.Now().Add(tt.expiry)) + `"`
					}
					return `{"etm_auth_key":"` + testKey + `","max_timeout":` + itoa(tt.idle) + end + `}`
				}}
				c := newTestClient(t, StageURL, B2BLogin(testLogin, testPassword), WithRoundTripper(rt))
				for _, pause := range append([]time.Duration{0}, tt.pauses...) {
					<-time.After(pause)
					if _, err := c.ListOrders(t.Context(), nil); err != nil {
						t.Fatal(err)
					}
				}
				if rt.logins != tt.logins {
					t.Errorf("%d logins, want %d", rt.logins, tt.logins)
				}
			})
		})
	}
}

// TestClocksApart: a session's end is judged by ETM's own clock.
func TestClocksApart(t *testing.T) {
	srv, c := simulate(t, []etmtest.Option{etmtest.WithSessionLimits(2*time.Hour, time.Hour)})
	srv.SetTime(time.Date(2019, 1, 1, 0, 0, 0, 0, time.UTC))
	got, err := c.Login(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if left := time.Until(got.Expires); left < 2*time.Hour-time.Minute || left > 2*time.Hour+time.Minute {
		t.Errorf("the session has %v left, want 2 h", left)
	}
}
