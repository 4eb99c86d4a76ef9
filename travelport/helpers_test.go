package travelport

import (
	"context"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/travelport/travelporttest"
)

// The secrets of the tests: none of them may ever be printed.
const (
	testPassword = "canary-password-0123456789"
	testSecret   = "canary-client-secret-0123456789"
	testToken    = "canary-token-0123456789abcdef"
	testPAN      = "4111111111111111"
	testCVV      = "cVv7" // letters, because three digits may be part of a port
	testCAVV     = "canary-cavv-AAABBBCCC"
)

const (
	testBench   = "cfa7a3a6-fefa-47e7-87a7-5c5cbde146cf"
	testLocator = "G8A909"
)

func fixture(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "testdata", "travelport", name))
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

func ptr[T any](v T) *T { return &v }

// withClock sets the client's clock.
func withClock(now func() time.Time) Option {
	return func(s *settings) error { s.now = now; return nil }
}

// withoutRetries makes a read fail at once.
func withoutRetries() Option {
	return func(s *settings) error { s.call.ReadRetries = -1; return nil }
}

func credentials() Credentials {
	return Credentials{
		Username: "uAPI-test", Password: payment.NewSecret(testPassword), ClientID: "agency",
		ClientSecret: payment.NewSecret(testSecret), AccessGroup: "19Y88702-C27A-4E5D-829A-89D7016688B1", PCC: "79JP_1G",
	}
}

func card() *FormOfPayment {
	return &FormOfPayment{Type: FormOfPaymentPaymentCard, PaymentCard: &PaymentCard{
		ExpireDate: "0628", CardType: CardCredit, CardCode: "VI", CardHolderName: "TEST HOLDER",
		CardNumber: PlainText(testPAN), SeriesCode: PlainText(testCVV),
	}}
}

func cash() *FormOfPayment { return &FormOfPayment{Type: FormOfPaymentCash} }

// answer is what the script server says to one route.
type answer struct {
	status int // 0 is 200
	header http.Header
	body   string
}

// script is a server that gives fixed answers, logs everybody in, and remembers the requests.
type script struct {
	*httptest.Server
	answers map[string]answer // by "METHOD /path"

	mu     sync.Mutex
	got    []string // "METHOD /path?query", without logins
	bodies []string
	logins []string
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
	login := r.URL.Path == "/oauth/token"
	s.mu.Lock()
	if login {
		s.logins = append(s.logins, string(body))
	} else {
		s.got = append(s.got, r.Method+" "+r.URL.RequestURI())
		s.bodies = append(s.bodies, string(body))
		s.header = r.Header.Clone()
	}
	s.mu.Unlock()
	a, ok := s.answers[r.Method+" "+r.URL.Path]
	switch {
	case !ok && login:
		a = answer{body: `{"access_token":"` + testToken + `","token_type":"Bearer","expires_in":86400}`}
	case !ok:
		a = answer{status: http.StatusNotFound}
	}
	w.Header().Set("Transactionid", "tx-1")
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
	return slices.Clone(s.got)
}

// body returns the last body that arrived.
func (s *script) body() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bodies[len(s.bodies)-1]
}

func (s *script) client(t testing.TB, opts ...Option) *Client {
	t.Helper()
	c, err := New(credentials(), append([]Option{
		WithBaseURL(s.URL + "/11"), WithTokenURL(s.URL + "/oauth/token"), withoutRetries(),
	}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// journal keeps the marks of a payment, like package once does.
type journal struct {
	mu    sync.Mutex
	marks []payment.Mark
	now   func() time.Time
	fail  string // the step whose mark cannot be recorded
	gate  func() error
	// before is called before a step is recorded.
	before func(step string)
}

func (j *journal) context(ctx context.Context) context.Context {
	return payment.WithHooks(ctx, payment.Hooks{
		Gate: func() error {
			if j.gate != nil {
				return j.gate()
			}
			return nil
		},
		Mark: func(_ context.Context, m payment.Mark) error {
			if j.before != nil {
				j.before(m.Step)
			}
			j.mu.Lock()
			defer j.mu.Unlock()
			if m.Step == j.fail {
				return io.ErrClosedPipe
			}
			j.marks = slices.DeleteFunc(j.marks, func(old payment.Mark) bool { return old.Step == m.Step && maps.Equal(old.Ref, m.Ref) })
			m.At = time.Now()
			if j.now != nil {
				m.At = j.now()
			}
			j.marks = append(j.marks, m)
			return nil
		},
	})
}

// attempt returns what the journal knows of req.
func (j *journal) attempt(t testing.TB, c *Client, req payment.Request) payment.Attempt {
	t.Helper()
	a, err := c.Prepare(req)
	if err != nil {
		t.Fatal(err)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	a.Marks = slices.Clone(j.marks)
	return a
}

// steps returns the recorded steps in order.
func (j *journal) steps() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	var steps []string
	for _, m := range j.marks {
		steps = append(steps, m.Step)
	}
	return steps
}

// bench returns the workbench that the n-th recorded step names, counted from 0.
func (j *journal) bench(n int) string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.marks[n].Ref[refWorkbench]
}

// simulated is a client of a simulator with a held booking of two travelers and two offers, 300.01 USD together.
type simulated struct {
	*travelporttest.Server
	client  *Client
	locator string
	journal journal
}

func simulate(t testing.TB, r travelporttest.Reservation, opts ...travelporttest.Option) *simulated {
	t.Helper()
	s := &simulated{Server: travelporttest.NewServer(opts...)}
	t.Cleanup(s.Close)
	if len(r.Offers) == 0 {
		r.Offers = []travelporttest.Offer{{Price: mustMoney(t, "250.01", "USD")}, {ID: "an_o1", Parent: "offer_1", Price: mustMoney(t, "50", "USD")}}
		r.Travelers = 2
	}
	s.locator = s.AddReservation(r)
	s.client = s.newClient(t)
	s.journal.now = s.Now
	return s
}

func (s *simulated) newClient(t testing.TB, opts ...Option) *Client {
	t.Helper()
	c, err := New(Credentials{
		Username: s.Username, Password: payment.NewSecret(s.Password), ClientID: s.ClientID,
		ClientSecret: payment.NewSecret(s.ClientSecret), AccessGroup: s.AccessGroup, PCC: s.PCC,
	}, append([]Option{
		WithBaseURL(s.BaseURL), WithTokenURL(s.TokenURL), WithTransport(s.Transport()), withoutRetries(), withClock(s.Now),
	}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// request pays everything by card.
func (s *simulated) request(t testing.TB) payment.Request {
	return payment.Request{Key: "k1", OrderID: s.locator, Amount: mustMoney(t, "300.01", "USD"),
		Details: Details{Parts: []Part{{FormOfPayment: card()}}}}
}

// pay pays with the journal watching.
func (s *simulated) pay(t testing.TB, req payment.Request) (payment.Payment, error) {
	t.Helper()
	return s.client.Pay(s.journal.context(t.Context()), req)
}

// lookup asks with the journal watching, as a process would that knows only what the journal has.
func (s *simulated) lookup(t testing.TB, req payment.Request) (payment.Payment, error) {
	t.Helper()
	return s.client.Lookup(s.journal.context(t.Context()), s.journal.attempt(t, s.client, req))
}

// wantTaken compares the ledger once everything has come to rest.
func (s *simulated) wantTaken(t testing.TB, want ...string) {
	t.Helper()
	if err := s.WaitIdle(t.Context()); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range s.Taken(s.locator) {
		got = append(got, m.String())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("taken (-want +got):\n%s", diff)
	}
}

// respond builds an answer in memory.
func respond(req *http.Request, status int, body string) *http.Response {
	return &http.Response{StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{},
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Request: req}
}
