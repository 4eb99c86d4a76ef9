package call

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
)

// scripted answers reads from a list; the last entry repeats.
type scripted struct {
	answers []answer
	calls   int
}

type answer struct {
	status int
	header http.Header
	body   string
	err    error
}

func (s *scripted) RoundTrip(*http.Request) (*http.Response, error) {
	a := s.answers[min(s.calls, len(s.answers)-1)]
	s.calls++
	if a.err != nil {
		return nil, a.err
	}
	h := a.header
	if h == nil {
		h = http.Header{}
	}
	return &http.Response{StatusCode: a.status, Header: h, Body: io.NopCloser(strings.NewReader(a.body)), ContentLength: int64(len(a.body))}, nil
}

func readingClient(t *testing.T, s *scripted, change func(*Config)) *Client {
	t.Helper()
	cfg := Config{Provider: "test", BaseURL: "https://api.example.com", RoundTripper: s, Explain: explainTest}
	if change != nil {
		change(&cfg)
	}
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestReads(t *testing.T) {
	ok := answer{status: 200, body: okBody}
	down := answer{status: 503, body: `{"code":"down"}`}
	asks := func(v string) answer {
		return answer{status: 429, header: http.Header{"Retry-After": {v}}, body: `{"code":"slow"}`}
	}
	reset := answer{err: errors.New("connection reset")}
	rows := []struct {
		name    string
		answers []answer
		config  func(*Config)
		limit   time.Duration // the caller's deadline
		cancel  time.Duration // when the caller leaves
		calls   int
		status  int
		kind    error
		least   time.Duration // time that passes, at least
		most    time.Duration
	}{
		{name: "503 twice, then 200", answers: []answer{down, down, ok}, calls: 3, status: 200, least: 300 * time.Millisecond, most: time.Second},
		{name: "connection errors, then 200", answers: []answer{reset, reset, ok}, calls: 3, status: 200, most: time.Second},
		{name: "502, 504, then 200", answers: []answer{{status: 502}, {status: 504}, ok}, calls: 3, status: 200, most: time.Second},
		{name: "503 for ever", answers: []answer{down}, calls: 4, status: 503, kind: payment.ErrUnavailable, most: 5 * time.Second},
		{name: "no retries wanted", answers: []answer{down}, config: func(c *Config) { c.ReadRetries = -1 }, calls: 1, status: 503, kind: payment.ErrUnavailable},
		{name: "500 is not asked again", answers: []answer{{status: 500}}, calls: 1, status: 500, kind: payment.ErrUnavailable},
		{name: "404 is not asked again", answers: []answer{{status: 404}}, calls: 1, status: 404, kind: payment.ErrOrderNotFound},
		{name: "redirect is not followed", answers: []answer{{status: 307, header: http.Header{"Location": {"https://evil.example/"}}}}, calls: 1, status: 307},
		{name: "Retry-After obeyed", answers: []answer{asks("1"), ok}, calls: 2, status: 200, least: time.Second, most: 1100 * time.Millisecond},
		{name: "Retry-After as a date", answers: []answer{asks(time.Date(2000, 1, 1, 0, 0, 3, 0, time.UTC).Format(http.TimeFormat)), ok}, calls: 2, status: 200, least: 3 * time.Second, most: 4 * time.Second},
		{name: "Retry-After beyond the cap", answers: []answer{asks("3600")}, calls: 1, status: 429, kind: payment.ErrRateLimited},
		{name: "Retry-After beyond the deadline", answers: []answer{asks("5")}, limit: time.Second, calls: 1, status: 429, kind: payment.ErrRateLimited},
		{name: "caller leaves in the pause", answers: []answer{asks("5"), ok}, cancel: time.Second, calls: 1, status: 429, kind: context.Canceled, least: time.Second, most: time.Second},
		{name: "connection errors for ever", answers: []answer{reset}, calls: 4, kind: payment.ErrUnavailable, most: 5 * time.Second},
		{name: "not what was asked", answers: []answer{{status: 200, body: "<html>"}}, calls: 1, status: 200},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &scripted{answers: r.answers}
				c := readingClient(t, s, r.config)
				ctx := t.Context()
				if r.limit > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, r.limit)
					defer cancel()
				}
				if r.cancel > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithCancel(ctx)
					time.AfterFunc(r.cancel, cancel)
				}
				start := time.Now()
				a, err := c.Do(ctx, read(), decodeJSON)
				took := time.Since(start)
				if s.calls != r.calls {
					t.Errorf("%d calls, want %d", s.calls, r.calls)
				}
				if took < r.least || took > r.most {
					t.Errorf("took %v, want %v to %v", took, r.least, r.most)
				}
				switch {
				case r.status == 0 && a != nil:
					t.Errorf("an answer out of nothing: %+v", a)
				case r.status != 0 && (a == nil || a.Status != r.status):
					t.Errorf("answer %+v, want status %d", a, r.status)
				}
				if r.status == 200 && r.answers[len(r.answers)-1].body == okBody {
					if err != nil {
						t.Fatal(err)
					}
					if int(a.Tries) != r.calls {
						t.Errorf("says %d tries, want %d", a.Tries, r.calls)
					}
					return
				}
				checkError(t, err, payment.Unknown, r.kind)
				if a != nil && len(r.answers[0].body) > 0 && len(a.Body) == 0 {
					t.Error("the last answer lost its body")
				}
			})
		})
	}
}

// TestReadBudget asks a provider that is down 200 times: the retries are bounded over all calls.
func TestReadBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &scripted{answers: []answer{{status: 503}}}
		c := readingClient(t, s, nil)
		for range 200 {
			_, err := c.Do(t.Context(), read(), nil)
			checkError(t, err, payment.Unknown, payment.ErrUnavailable)
		}
		if s.calls != 210 {
			t.Errorf("%d requests for 200 reads, want 210", s.calls)
		}
		s.answers = []answer{{status: 200, body: okBody}}
		for range 10 {
			if _, err := c.Do(t.Context(), read(), nil); err != nil {
				t.Fatal(err)
			}
		}
		before := s.calls
		s.answers = []answer{{status: 503}}
		_, _ = c.Do(t.Context(), read(), nil)
		if n := s.calls - before; n != 2 {
			t.Errorf("%d requests after ten successes, want 2", n)
		}
	})
}

// TestReadErrorsAreUnknown: whatever happens to a read, it proves nothing about a payment.
func TestReadErrorsAreUnknown(t *testing.T) {
	for _, status := range []int{400, 401, 403, 404, 409, 422, 423, 429} {
		s := &scripted{answers: []answer{{status: status, body: `{"code":"declined"}`}}}
		c := readingClient(t, s, func(cfg *Config) { cfg.ReadRetries = -1 })
		_, err := c.Do(t.Context(), read(), nil)
		checkError(t, err, payment.Unknown, nil)
	}
	c := readingClient(t, &scripted{}, func(cfg *Config) {
		cfg.Authorize = func(context.Context) (http.Header, error) { return nil, errors.New("no login") }
	})
	_, err := c.Do(t.Context(), read(), nil)
	checkError(t, err, payment.Unknown, payment.ErrUnauthenticated)
	c = readingClient(t, &scripted{answers: []answer{{status: 200, body: okBody}}}, nil)
	_, err = c.Do(t.Context(), read(), func(*Answer) error { return &payment.Error{Outcome: payment.Refused} })
	checkError(t, err, payment.Unknown, nil)
}

// TestReadSaysNothingOfPayments: what a write would take for "done or under way" is of a read no more than the provider's
// own word, or trouble. Payers hand the sentinel of a read before the payment on.
func TestReadSaysNothingOfPayments(t *testing.T) {
	for _, status := range []int{408, 409, 423, 425} {
		for body, want := range map[string]error{
			"": payment.ErrUnavailable, "<html>": payment.ErrUnavailable, `{"code":"new_word"}`: payment.ErrUnavailable,
			`{"code":"declined"}`: payment.ErrDeclined, `{"code":"already_paid"}`: payment.ErrAlreadyPaid,
		} {
			_, err := readingClient(t, &scripted{answers: []answer{{status: status, body: body}}}, nil).Do(t.Context(), read(), nil)
			checkError(t, err, payment.Unknown, want)
			if errors.Is(err, payment.ErrAlreadyPaid) != errors.Is(want, payment.ErrAlreadyPaid) {
				t.Errorf("%d %s: %v", status, body, err)
			}
		}
	}
}

// closer counts how often the pool below it is emptied.
type closer struct {
	http.RoundTripper
	closed *int
}

func (c closer) CloseIdleConnections() { *c.closed++ }

// TestReadKeepsThePool lets a read fail for good: the connections of other calls stay.
func TestReadKeepsThePool(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		closed := 0
		c := readingClient(t, &scripted{answers: []answer{{err: errors.New("reset")}}}, func(cfg *Config) {
			cfg.Middleware = []func(http.RoundTripper) http.RoundTripper{func(next http.RoundTripper) http.RoundTripper {
				return closer{next, &closed}
			}}
		})
		_, err := c.Do(t.Context(), read(), decodeJSON)
		checkError(t, err, payment.Unknown, payment.ErrUnavailable)
		if closed != 0 {
			t.Errorf("a failed read emptied the pool %d times", closed)
		}
	})
}

// TestRenewal answers 401 once: a read goes out again with new credentials, a write does not.
func TestRenewal(t *testing.T) {
	for _, op := range []Operation{read(), pay()} {
		s := &scripted{answers: []answer{{status: 401}, {status: 200, body: okBody}}}
		login := 1
		var sent []string
		c := readingClient(t, s, func(cfg *Config) {
			cfg.Authorize = func(context.Context) (http.Header, error) {
				return http.Header{"Authorization": {itoa(login)}}, nil
			}
			cfg.Unauthorized = func(_ int, h http.Header) bool {
				sent = append(sent, h.Get("Authorization"))
				login++
				return true
			}
		})
		_, err := c.Do(t.Context(), op, decodeJSON)
		if op.Kind == Read && (err != nil || s.calls != 2) {
			t.Errorf("a read: %d calls, %v", s.calls, err)
		}
		if op.Kind == Write && s.calls != 1 {
			t.Errorf("a write was sent %d times", s.calls)
		}
		if op.Kind == Write {
			checkError(t, err, payment.Refused, payment.ErrUnauthenticated)
		}
		if len(sent) != 1 || sent[0] != "1" {
			t.Errorf("told of %v", sent)
		}
	}
}
