package musement

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/musement/musementtest"
	"github.com/supplierpay/supplierpay-go/payment"
)

const (
	canaryApplication = "application-canary-0123"
	canarySecret      = "client-secret-canary"
	canaryToken       = "OGYzMGM5YjEyZjkz" // of login.json
	canaryCard        = "adyen-token-canary-1"
	canaryIP          = "203.0.113.7"

	testOrder = "8bd6f4a4-ece7-4cf6-a1c4-2455b6f5f514" // of order.json
	testCart  = "cc6fcf36-2ec6-41b8-b715-1072d4e441e4" // of cart-empty.json
	testItem  = "dd0a0840-f09d-4406-b02a-f672dbf4b172" // of cart-item.json
	seedOrder = "e56795c7-0bc3-4742-a52f-988d2af8608f" // of the seed's card payment
)

func testCredentials() Credentials {
	return Credentials{Application: payment.NewSecret(canaryApplication), ClientID: "client-id-1", ClientSecret: payment.NewSecret(canarySecret)}
}

// fixture returns a recorded body.
func fixture(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "testdata", "musement", name))
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

// withoutRetries makes a read fail at once.
func withoutRetries() Option {
	return func(s *settings) error { s.call.ReadRetries = -1; return nil }
}

// answer is what the script server says to one route.
type answer struct {
	status int // 0 is 200
	header http.Header
	body   string
	// echo answers with an error body that quotes the whole request, body and credentials.
	echo bool
}

// script is a server that gives fixed answers and remembers the requests. It logs everybody in.
type script struct {
	*httptest.Server
	answers map[string]answer // by "METHOD /path"

	mu     sync.Mutex
	got    []string // "METHOD /path", without logins
	bodies []string
	header http.Header // of the last request
}

func serve(t testing.TB, answers map[string]answer) *script {
	t.Helper()
	s := &script{answers: answers}
	if _, ok := answers["POST /login"]; !ok {
		answers["POST /login"] = answer{body: fixture(t, "login.json")}
	}
	s.Server = httptest.NewServer(http.HandlerFunc(s.handle))
	t.Cleanup(s.Close)
	return s
}

func (s *script) handle(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	route := r.Method + " " + r.URL.EscapedPath()
	s.mu.Lock()
	if route != "POST /login" {
		s.got = append(s.got, route)
		s.bodies = append(s.bodies, string(body))
		s.header = r.Header.Clone()
	}
	s.mu.Unlock()
	a, ok := s.answers[route]
	if !ok {
		a = answer{status: http.StatusNotFound, body: `{"code":"1400","message":"Resource does not exist"}`}
	}
	for k, v := range a.header {
		w.Header()[k] = v
	}
	if a.status == 0 {
		a.status = http.StatusOK
	}
	if a.echo {
		quoted, _ := json.Marshal(r.Header.Get("Authorization") + r.Header.Get("X-Musement-Application") + string(body))
		a.body += `{"code":"0","message":` + string(quoted) + `}`
	}
	w.WriteHeader(a.status)
	_, _ = io.WriteString(w, a.body)
}

// requests returns what arrived so far, without logins.
func (s *script) requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.got...)
}

// lastBody returns the body of the last request.
func (s *script) lastBody() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bodies[len(s.bodies)-1]
}

func (s *script) client(t testing.TB, opts ...Option) *Client {
	t.Helper()
	c, err := New(testCredentials(), append([]Option{WithBaseURL(s.URL), withoutRetries()}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// simulate starts a simulator and a client of it.
func simulate(t testing.TB, opts ...Option) (*musementtest.Server, *Client) {
	t.Helper()
	srv := musementtest.NewServer()
	t.Cleanup(srv.Close)
	return srv, clientOf(t, srv, srv.URL, opts...)
}

func clientOf(t testing.TB, srv *musementtest.Server, url string, opts ...Option) *Client {
	t.Helper()
	c, err := New(Credentials{Application: payment.NewSecret(srv.Application), ClientID: srv.ClientID,
		ClientSecret: payment.NewSecret(srv.ClientSecret)}, append([]Option{WithBaseURL(url), withoutRetries()}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// wantTaken compares the ledger, after everything under way has ended.
func wantTaken(t testing.TB, srv *musementtest.Server, orderUUID string, want ...string) {
	t.Helper()
	if err := srv.WaitIdle(t.Context()); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range srv.Taken(orderUUID) {
		got = append(got, m.String())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("taken (-want +got):\n%s", diff)
	}
}

// verdict is what a payer's answer says, in a form to compare.
type verdict struct {
	Status  payment.Status
	Outcome string // "" without an error
	Kind    error
}

func judged(p payment.Payment, err error) verdict {
	v := verdict{Status: p.Status}
	if err == nil {
		return v
	}
	v.Outcome = payment.OutcomeOf(err).String()
	var e *payment.Error
	if errors.As(err, &e) {
		v.Kind = e.Kind
	}
	return v
}

func wantVerdict(t testing.TB, p payment.Payment, err error, want verdict) {
	t.Helper()
	got := judged(p, err)
	if got.Status != want.Status || got.Outcome != want.Outcome || !errors.Is(got.Kind, want.Kind) || !errors.Is(want.Kind, got.Kind) {
		t.Errorf("got %+v, want %+v (%+v, %v)", got, want, p, err)
	}
}

func noPaymentRequest(key string, o musementtest.Order) payment.Request {
	return payment.Request{Key: key, OrderID: o.UUID, Amount: o.Price, Details: Details{CartUUID: o.CartUUID}}
}

func splitRequest(key string, o musementtest.Order) payment.Request {
	return payment.Request{Key: key, OrderID: o.UUID, Amount: o.Price, Method: MethodSplit, Details: Details{
		CartUUID: o.CartUUID, AdyenToken: payment.NewSecret(canaryCard), CardBrand: "visa", CardCountry: "FR",
		ClientIP: payment.NewSecret(canaryIP), RedirectURL: "https://partner.example/3ds/return",
	}}
}

// asJSON parses text with its numbers as they are written.
func asJSON(t testing.TB, text string) any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v in %q", err, text)
	}
	return v
}

func ptr[T any](v T) *T { return &v }
