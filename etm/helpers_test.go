package etm

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/etm/etmtest"
	"github.com/supplierpay/supplierpay-go/payment"
)

const (
	testLogin    = "CANARY_LOGIN_API"
	testPassword = "canary-pass/w&rd=1"
	testAppID    = "c0ffee1234"
	testKey      = "64a29a428a4edd87447ada97971be867"
	testCookie   = "8Pwz9vY4oXUDj7ojfR5u1VdXsMW6xOVYosNxo08d"
	testOrder    = "1053715"
)

// fixture returns a recorded body.
func fixture(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "testdata", "etm", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func mustMoney(t testing.TB, amount, currency string) payment.Money {
	t.Helper()
	m, err := payment.ParseMoney(amount, currency)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// withClock sets the client's clock.
func withClock(now time.Time) Option {
	return func(s *settings) error { s.now = func() time.Time { return now }; return nil }
}

// withoutRetries makes a read fail at once.
func withoutRetries() Option {
	return func(s *settings) error { s.call.ReadRetries = -1; return nil }
}

// fixed is an authenticator that needs no server.
type fixed struct{ session Session }

func (f fixed) Login(context.Context, func(context.Context, Operation) (Response, error)) (Session, error) {
	return f.session, nil
}

func testSession() Session {
	return Session{
		Key:     payment.NewSecret(testKey),
		Cookies: []Cookie{{Name: "etmsessid", Value: payment.NewSecret(testCookie)}},
	}
}

// answer is what the script server says to one route.
type answer struct {
	status int // 0 is 200
	header http.Header
	body   string
}

// script is a server that gives fixed answers and remembers the requests.
type script struct {
	*httptest.Server
	answers map[string]answer // by "METHOD /path"

	mu      sync.Mutex
	got     []string // "METHOD /path?query"
	bodies  []string
	headers []http.Header
}

func serve(t testing.TB, answers map[string]answer) *script {
	t.Helper()
	s := &script{answers: answers}
	s.Server = httptest.NewServer(http.HandlerFunc(s.handle))
	t.Cleanup(s.Close)
	return s
}

func (s *script) handle(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	s.got = append(s.got, r.Method+" "+r.URL.RequestURI())
	s.bodies = append(s.bodies, string(body))
	s.headers = append(s.headers, r.Header.Clone())
	s.mu.Unlock()
	a, ok := s.answers[r.Method+" "+r.URL.EscapedPath()]
	if !ok {
		a = answer{status: http.StatusNotFound, body: `{"status":"error","message":"no such page"}`}
	}
	for k, v := range a.header {
		w.Header()[k] = v
	}
	if a.status == 0 {
		a.status = http.StatusOK
	}
	w.WriteHeader(a.status)
	_, _ = io.WriteString(w, a.body)
}

// requests returns what arrived so far.
func (s *script) requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.got...)
}

// client has a session from the start.
func (s *script) client(t testing.TB, opts ...Option) *Client {
	t.Helper()
	return newTestClient(t, s.URL, fixed{testSession()}, opts...)
}

func newTestClient(t testing.TB, url string, auth Authenticator, opts ...Option) *Client {
	t.Helper()
	c, err := New(url, auth, append([]Option{withoutRetries()}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// simulate starts a simulator and a client of it.
func simulate(t testing.TB, conf []etmtest.Option, opts ...Option) (*etmtest.Server, *Client) {
	t.Helper()
	srv := etmtest.NewServer(append([]etmtest.Option{
		etmtest.WithCredentials(testLogin, testPassword), etmtest.WithAppID(testAppID),
	}, conf...)...)
	t.Cleanup(srv.Close)
	return srv, newTestClient(t, srv.URL, B2BLogin(testLogin, testPassword), opts...)
}

func request(t testing.TB, orderID string) payment.Request {
	return payment.Request{Key: "k1", OrderID: orderID, Amount: mustMoney(t, "221.92", "EUR")}
}

// wantTaken compares the ledger after everything in flight has ended.
func wantTaken(t testing.TB, srv *etmtest.Server, orderID string, want ...string) {
	t.Helper()
	if err := srv.WaitIdle(t.Context()); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range srv.Taken(orderID) {
		got = append(got, m.String())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("taken (-want +got):\n%s", diff)
	}
}

func itoa(n int) string { return strconv.Itoa(n) }

func unix(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }
