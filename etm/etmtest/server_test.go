package etmtest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/etm/etmtest"
	"github.com/supplierpay/supplierpay-go/payment"
)

// caller is a plain HTTP client of a simulator, with a session.
type caller struct {
	*etmtest.Server
	http        *http.Client
	key, cookie string
}

func newServer(t *testing.T, opts ...etmtest.Option) *caller {
	t.Helper()
	srv := etmtest.NewServer(opts...)
	tr := srv.Transport()
	t.Cleanup(func() {
		tr.CloseIdleConnections()
		srv.Close()
	})
	c := &caller{Server: srv, http: &http.Client{Transport: tr}}
	c.login(t)
	return c
}

type reply struct {
	Status int
	Body   string
	header http.Header
	err    error
}

// do calls with the session; edit may spoil it.
func (c *caller) do(ctx context.Context, t *testing.T, method, path, body string, edit ...func(h http.Header)) reply {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, method, c.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if c.key != "" {
		req.Header.Set("etm-auth-key", c.key)
		req.Header.Set("Cookie", c.cookie)
	}
	for _, e := range edit {
		e(req.Header)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return reply{err: err}
	}
	defer func() { _ = resp.Body.Close() }()
	got, err := io.ReadAll(resp.Body)
	return reply{Status: resp.StatusCode, Body: string(got), header: resp.Header, err: err}
}

type session struct {
	Key    string `json:"etm_auth_key"`
	Expiry int64  `json:"max_expiry_time"`
	Idle   int64  `json:"max_timeout"`
}

func (c *caller) login(t *testing.T) session {
	t.Helper()
	form := url.Values{"login": {c.Login}, "password": {c.Password}}.Encode()
	got := c.do(t.Context(), t, "POST", "/api/login", form, func(h http.Header) {
		h.Set("Content-Type", "application/x-www-form-urlencoded")
	})
	var s session
	if err := json.Unmarshal([]byte(got.Body), &s); err != nil || got.Status != 200 || len(s.Key) != 32 {
		t.Fatalf("login: %+v, %v", got, err)
	}
	c.key, c.cookie = s.Key, strings.Split(got.header.Get("Set-Cookie"), ";")[0]
	return s
}

func cash(amount, currency string) string {
	return fmt.Sprintf(`{"fop_type":"cash","currency":%q,"total_amount":%q}`, currency, amount)
}

func (c *caller) pay(t *testing.T, id string) reply {
	t.Helper()
	return c.do(t.Context(), t, "POST", "/api/air/orders/"+id+"/payment", cash("221.92", "EUR"))
}

func (c *caller) wantTaken(t *testing.T, id string, want ...string) {
	t.Helper()
	if err := c.WaitIdle(t.Context()); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range c.Taken(id) {
		got = append(got, m.String())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("taken (-want +got):\n%s", diff)
	}
}

type orderView struct {
	Status string `json:"status"`
	Data   struct {
		OrderID     json.Number     `json:"order_id"`
		Status      string          `json:"status"`
		Amount      json.RawMessage `json:"amount"`
		Currency    string          `json:"currency"`
		RLNumber    json.RawMessage `json:"rl_number"`
		StampTicket *string         `json:"stamp_ticket"`
		Left        struct {
			Days, Hours, Minutes, Stamp string
		} `json:"time_till_ticket"`
	} `json:"data"`
}

func (c *caller) order(t *testing.T, id string) orderView {
	t.Helper()
	got := c.do(t.Context(), t, "GET", "/api/air/orders/"+id, "")
	var v orderView
	if err := json.Unmarshal([]byte(got.Body), &v); err != nil || got.Status != 200 || v.Status != "ok" {
		t.Fatalf("order: %+v, %v", got, err)
	}
	return v
}

func fixture(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "testdata", "etm", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func asJSON(t *testing.T, body string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(body), &v); err != nil {
		t.Fatalf("%v in %q", err, body)
	}
	return v
}

func money(t *testing.T, amount, currency string) payment.Money {
	t.Helper()
	m, err := payment.ParseMoney(amount, currency)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestSession: a call needs key and cookie of one session that is neither over nor stale.
func TestSession(t *testing.T) {
	for _, status := range []int{403, 401} {
		c := newServer(t, etmtest.WithExpiredStatus(status), etmtest.WithSessionLimits(2*time.Hour, time.Hour))
		id := c.AddOrder(etmtest.Order{})
		read := func(edit ...func(http.Header)) int {
			return c.do(t.Context(), t, "GET", "/api/air/orders/"+id, "", edit...).Status
		}
		firstCookie := c.cookie
		c.login(t)
		for name, edit := range map[string]func(h http.Header){
			"no key":         func(h http.Header) { h.Del("etm-auth-key") },
			"no cookie":      func(h http.Header) { h.Del("Cookie") },
			"another key":    func(h http.Header) { h.Set("etm-auth-key", strings.Repeat("0", 32)) },
			"another cookie": func(h http.Header) { h.Set("Cookie", firstCookie) },
		} {
			if got := read(edit); got != status {
				t.Errorf("%s: %d, want %d", name, got, status)
			}
		}
		want := func(when string, good bool) {
			t.Helper()
			if got := read(); (got == 200) != good || !good && got != status {
				t.Errorf("%s: %d", when, got)
			}
		}
		want("at first", true)
		c.Advance(59 * time.Minute)
		want("used within the hour", true)
		c.Advance(time.Hour)
		want("unused for an hour", false)
		s := c.login(t)
		if s.Idle != 3600 || s.Expiry != c.Now().Add(2*time.Hour).Unix() {
			t.Errorf("login %+v", s)
		}
		for range 3 {
			c.Advance(39 * time.Minute)
			want("used often", true)
		}
		c.Advance(4 * time.Minute)
		want("at its end", false)
		c.login(t)
		c.ExpireSessions()
		want("ended", false)
	}
}

func TestLoginRefuses(t *testing.T) {
	c := newServer(t, etmtest.WithCredentials("A", "B"), etmtest.WithAppID("abcdef0123"))
	form := func(h http.Header) { h.Set("Content-Type", "application/x-www-form-urlencoded") }
	for name, tt := range map[string]struct {
		method, path, body string
		form               bool
		want               int
	}{
		"good":             {"POST", "/api/login", "login=A&password=B", true, 200},
		"wrong password":   {"POST", "/api/login", "login=A&password=x", true, 401},
		"wrong login":      {"POST", "/api/login", "login=x&password=B", true, 401},
		"in the query":     {"POST", "/api/login?login=A&password=B", "", true, 401},
		"as JSON":          {"POST", "/api/login", `{"login":"A","password":"B"}`, false, 400},
		"app":              {"GET", "/api/login/abcdef0123?locale=EN", "", false, 200},
		"app, no locale":   {"GET", "/api/login/abcdef0123", "", false, 200},
		"unknown app":      {"GET", "/api/login/0000000000", "", false, 401},
		"no such page":     {"GET", "/api/nowhere", "", false, 404},
		"unknown order":    {"GET", "/api/air/orders/1", "", false, 404},
		"unknown services": {"GET", "/api/air/offers/x/additional-services?segment=1", "", false, 404},
	} {
		var edit []func(http.Header)
		if tt.form {
			edit = append(edit, form)
		}
		if got := c.do(t.Context(), t, tt.method, tt.path, tt.body, edit...); got.Status != tt.want {
			t.Errorf("%s: %+v, want %d", name, got, tt.want)
		}
	}
}

// TestRecorded: the simulator's answers are the documents'.
func TestRecorded(t *testing.T) {
	c := newServer(t)
	c.do(t.Context(), t, "POST", "/api/air/search", fixture(t, "search-request.json"))
	for path, name := range map[string]string{
		"/api/air/offers/1/availability":                      "availability.json",
		"/api/air/offers/1/smart_ff":                          "smart-offers.json",
		"/api/air/offers/sim-1/additional-services?segment=1": "additional-services.json",
		"/api/air/offers?request_id=sim-1":                    "offers.json",
	} {
		got := c.do(t.Context(), t, "GET", path, "")
		if diff := cmp.Diff(asJSON(t, fixture(t, name)), asJSON(t, got.Body)); diff != "" || got.Status != 200 {
			t.Errorf("%s (-recorded +simulated):\n%s", path, diff)
		}
	}
	got := c.pay(t, c.AddOrder(etmtest.Order{}))
	if diff := cmp.Diff(asJSON(t, fixture(t, "order-payment.json")), asJSON(t, got.Body)); diff != "" {
		t.Errorf("payment (-recorded +simulated):\n%s", diff)
	}
}

func TestOfferPolls(t *testing.T) {
	c := newServer(t, etmtest.WithOfferPolls(2))
	c.do(t.Context(), t, "POST", "/api/air/search", fixture(t, "search-request.json"))
	var got []string
	for range 3 {
		var v struct{ Status string }
		if err := json.Unmarshal([]byte(c.do(t.Context(), t, "GET", "/api/air/offers?request_id=sim-1", "").Body), &v); err != nil {
			t.Fatal(err)
		}
		got = append(got, v.Status)
	}
	if diff := cmp.Diff([]string{"InProcess", "InProcess", "Ready"}, got); diff != "" {
		t.Errorf("polls (-want +got):\n%s", diff)
	}
	first := c.do(t.Context(), t, "GET", "/api/air/offers/1/availability", "")
	second := c.do(t.Context(), t, "GET", "/api/air/offers/1/availability", "")
	if first.Status != 200 || second.Status != 404 || !strings.Contains(second.Body, "already allocated") {
		t.Errorf("availability %+v, then %+v", first, second)
	}
}

func TestTLS(t *testing.T) {
	c := newServer(t, etmtest.WithTLS())
	if !strings.HasPrefix(c.URL, "https://127.0.0.1:") {
		t.Errorf("URL %s", c.URL)
	}
	if got := c.pay(t, c.AddOrder(etmtest.Order{})); got.Status != 200 {
		t.Errorf("%+v", got)
	}
}

func TestWithoutListener(t *testing.T) {
	srv := etmtest.NewServer(etmtest.WithoutListener())
	defer srv.Close()
	if srv.URL != "" || srv.Transport() != nil || srv.Handler() == nil {
		t.Errorf("%+v", srv.URL)
	}
}
