package duffel

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
)

const (
	testToken   = "duffel_test_canary-0123456789abcdef"
	testSession = "3ds_0000AWr2XsTRIF1Vp34gh5"
	testOrder   = "ord_00009hthhsUZ8W4LxQgkjo"
	testPayment = "pay_00009hthhsUZ8W4LxQgkjo"
)

// fixture returns a recorded body.
func fixture(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "testdata", "duffel", name))
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
		a = answer{status: http.StatusNotFound, body: `{"errors":[{"type":"invalid_request_error","code":"not_found"}]}`}
	}
	w.Header().Set("X-Request-Id", "REQ-H")
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

func (s *script) client(t testing.TB, opts ...Option) *Client {
	t.Helper()
	return newTestClient(t, s.URL, opts...)
}

func newTestClient(t testing.TB, url string, opts ...Option) *Client {
	t.Helper()
	c, err := New(testToken, append([]Option{WithBaseURL(url), withoutRetries()}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// ptr returns a pointer to v.
func ptr[T any](v T) *T { return &v }

func balanceRequest(t testing.TB) payment.Request {
	return payment.Request{Key: "k1", OrderID: testOrder, Amount: mustMoney(t, "30.20", "GBP")}
}

// roundTripper answers every request with a 200 and the body that it returns.
type roundTripper func(*http.Request) string

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusOK, Status: "200 OK", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{}, Body: io.NopCloser(strings.NewReader(f(r))), ContentLength: -1, Request: r,
	}, nil
}
