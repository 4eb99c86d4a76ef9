package activeplatform

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/supplierpay/supplierpay-go/activeplatform/activeplatformtest"
	"github.com/supplierpay/supplierpay-go/payment"
)

const (
	testToken   = "canary+token/0123456789"
	testAccount = "2000532"
	testPayment = "2007039"
)

// fixture returns a recorded body.
func fixture(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "testdata", "activeplatform", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func usd(t testing.TB, amount string) payment.Money {
	t.Helper()
	m, err := payment.ParseMoney(amount, "USD")
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// withClock sets the client's clock.
func withClock(now func() time.Time) Option {
	return func(s *settings) error { s.now = now; return nil }
}

// withoutRetries makes a read fail at once.
func withoutRetries() Option {
	return func(s *settings) error { s.call.ReadRetries = -1; return nil }
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

	mu     sync.Mutex
	got    []string // "METHOD /path?query"
	bodies []string
	header http.Header // of the last request
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
	s.header = r.Header.Clone()
	s.mu.Unlock()
	a, ok := s.answers[r.Method+" "+r.URL.Path]
	if !ok {
		a = answer{status: http.StatusNotFound, body: `{}`}
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

func (s *script) lastBody() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.bodies) == 0 {
		return ""
	}
	return s.bodies[len(s.bodies)-1]
}

func newTestClient(t testing.TB, url string, opts ...Option) *Client {
	t.Helper()
	c, err := New(url, testToken, append([]Option{WithCurrency("USD"), withoutRetries()}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// simulator starts an installation whose token is the tests'.
func simulator(t testing.TB, opts ...activeplatformtest.Option) *activeplatformtest.Server {
	t.Helper()
	srv := activeplatformtest.NewServer(append([]activeplatformtest.Option{activeplatformtest.WithToken(testToken)}, opts...)...)
	t.Cleanup(srv.Close)
	return srv
}

// families runs a test with the payer of each API.
func families(t *testing.T, test func(t *testing.T, opts ...Option)) {
	t.Run("v1", func(t *testing.T) { test(t) })
	t.Run("v3", func(t *testing.T) { test(t, WithV3("1")) })
}

func topUpRequest(t testing.TB, account string) payment.Request {
	return payment.Request{Key: "k1", OrderID: account, Amount: usd(t, "100"), Description: "Cash"}
}

// attempt is what a journal would keep of req, sent now.
func attempt(t testing.TB, c *Client, req payment.Request) payment.Attempt {
	t.Helper()
	a, err := c.Prepare(req)
	if err != nil {
		t.Fatal(err)
	}
	a.SentAt = time.Now()
	return a
}
