package call

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"syscall"
	"testing"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/httpcall"
)

// TestObserverKeepsTheHooks: the gate and the key are the caller's, whatever hooks an observer puts into its context.
func TestObserverKeepsTheHooks(t *testing.T) {
	over := errors.New("lease over")
	for name, hooks := range map[string]payment.Hooks{
		"none": {}, "its own": {Key: "k2", Gate: func() error { return nil }},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, false, respond("200 OK", okBody))
			var begun httpcall.Call
			c := newClient(t, s, func(cfg *Config) {
				cfg.Observers = []httpcall.Observer{func(ctx context.Context, c httpcall.Call) (context.Context, func(httpcall.Result)) {
					begun = c
					return payment.WithHooks(ctx, hooks), nil
				}}
			})
			for _, refusals := range []int{1, 2} { // before dialling, and at the first byte
				asked := 0
				ctx := payment.WithHooks(t.Context(), payment.Hooks{Key: "k1", Gate: func() error {
					if asked++; asked == refusals {
						return over
					}
					return nil
				}})
				_, err := c.Do(ctx, pay(), decodeJSON)
				checkError(t, err, payment.NotSent, nil)
				if !errors.Is(err, over) || begun.Key != "k1" {
					t.Errorf("error %v, key %q", err, begun.Key)
				}
			}
			if headers, _ := s.seen(); headers != 0 {
				t.Errorf("sent %d times", headers)
			}
		})
	}
}

// TestLogTellsKindAndKey: a line of a call that failed has the sentinel's words and the payment's key.
func TestLogTellsKindAndKey(t *testing.T) {
	for _, r := range []struct{ status, body, want string }{
		{"201 Created", okBody, "outcome=ok key=k1 status=201"},
		{"422 No", declined, `outcome=refused key=k1 kind="payment declined" status=422`},
		{"503 Busy", "", `outcome=unknown key=k1 kind="provider unavailable" status=503`},
	} {
		var out bytes.Buffer
		c := newClient(t, newServer(t, false, respond(r.status, r.body)), func(cfg *Config) {
			cfg.Logger = slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
				if a.Key == "duration" {
					return slog.Attr{}
				}
				return a
			}}))
		})
		_, _ = c.Do(payment.WithHooks(t.Context(), payment.Hooks{Key: "k1"}), pay(), decodeJSON)
		if !strings.Contains(out.String(), r.want) {
			t.Errorf("want %s in %s", r.want, out.String())
		}
	}
}

// TestMiddlewareByAWayOfItsOwn: no byte of the request leaves by our transport. That is proof only where the middleware
// cannot have sent the request by another way.
func TestMiddlewareByAWayOfItsOwn(t *testing.T) {
	post := func(url string, body io.Reader) error { // with a context of its own
		resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(mustRequest(t, url, body))
		drain(resp, err)
		return err
	}
	type rt = func(next http.RoundTripper, other string, r *http.Request) (*http.Response, error)
	for name, row := range map[string]struct {
		mw       rt
		outcome  payment.Outcome // of a payment with a body
		bodiless payment.Outcome // of one without
	}{
		"passes on": {func(next http.RoundTripper, _ string, r *http.Request) (*http.Response, error) {
			return next.RoundTrip(r)
		}, payment.NotSent, payment.Unknown},
		"adds a header to a copy": {func(next http.RoundTripper, _ string, r *http.Request) (*http.Response, error) {
			r = r.Clone(r.Context())
			r.Header.Set("Traceparent", "x")
			return next.RoundTrip(r)
		}, payment.NotSent, payment.Unknown},
		"wraps the error": {func(next http.RoundTripper, _ string, r *http.Request) (*http.Response, error) {
			resp, err := next.RoundTrip(r)
			return resp, errors.Join(err, errors.New("failed"))
		}, payment.Unknown, payment.Unknown},
		"reads the body": {func(next http.RoundTripper, _ string, r *http.Request) (*http.Response, error) {
			if r.Body != nil {
				b, _ := io.ReadAll(r.Body)
				r.Body = io.NopCloser(bytes.NewReader(b))
			}
			return next.RoundTrip(r)
		}, payment.Unknown, payment.Unknown},
		"sends before": {func(next http.RoundTripper, other string, r *http.Request) (*http.Response, error) {
			if r.Body != nil {
				b, _ := io.ReadAll(r.Body)
				_ = post(other, bytes.NewReader(b))
				r.Body = io.NopCloser(bytes.NewReader(b))
			} else {
				_ = post(other, http.NoBody)
			}
			return next.RoundTrip(r)
		}, payment.Unknown, payment.Unknown},
		"sends after and returns the first error": {func(next http.RoundTripper, other string, r *http.Request) (*http.Response, error) {
			body := r.Body
			resp, err := next.RoundTrip(r)
			if err != nil {
				_ = post(other, body)
			}
			return resp, err
		}, payment.Unknown, payment.Unknown},
		"sends after and returns another error": {func(next http.RoundTripper, other string, r *http.Request) (*http.Response, error) {
			if resp, err := next.RoundTrip(r); err == nil {
				return resp, nil
			}
			return nil, post(other, http.NoBody)
		}, payment.Unknown, payment.Unknown},
		"tries twice": {func(next http.RoundTripper, _ string, r *http.Request) (*http.Response, error) {
			_, _ = next.RoundTrip(r)
			return next.RoundTrip(r)
		}, payment.Unknown, payment.Unknown},
		"an error that cannot be compared": {func(next http.RoundTripper, _ string, r *http.Request) (*http.Response, error) {
			_, _ = next.RoundTrip(r)
			return nil, incomparable{}
		}, payment.Unknown, payment.Unknown},
	} {
		for op, want := range map[*Operation]payment.Outcome{ptr(pay()): row.outcome, ptr(confirm()): row.bodiless} {
			t.Run(name+"/"+op.Name, func(t *testing.T) {
				other := newServer(t, false, func(x *exchange) { x.read(); x.rst() })
				c, err := New(Config{
					Provider: "test", BaseURL: "http://127.0.0.1:1", Transport: &http.Transport{DialContext: noDial},
					Middleware: []middleware{func(next http.RoundTripper) http.RoundTripper {
						return roundTripper(func(r *http.Request) (*http.Response, error) { return row.mw(next, other.url(), r) })
					}},
				})
				if err != nil {
					t.Fatal(err)
				}
				a, err := c.Do(t.Context(), *op, decodeJSON)
				checkError(t, err, want, nil)
				if a != nil || want == payment.NotSent && !errors.Is(err, syscall.ECONNREFUSED) {
					t.Errorf("%+v, %v", a, err)
				}
				if _, bodies := other.seen(); bodies > 1 || want == payment.NotSent && bodies > 0 {
					t.Errorf("sent %d times", bodies)
				}
			})
		}
	}
}

// TestRefusalOfAnotherWay: a middleware whose request got no answer sends it by a way that nobody sees, and returns the
// refusal that it got there. The first request may have been taken.
func TestRefusalOfAnotherWay(t *testing.T) {
	s := newServer(t, false, reset)
	other := newServer(t, false, respond("422 No", declined))
	c := newClient(t, s, func(cfg *Config) {
		cfg.Middleware = []middleware{func(next http.RoundTripper) http.RoundTripper {
			return roundTripper(func(r *http.Request) (*http.Response, error) {
				if resp, err := next.RoundTrip(r); err == nil {
					return resp, nil
				}
				return (&http.Transport{DisableKeepAlives: true}).RoundTrip(mustRequest(t, other.url(), http.NoBody))
			})
		}}
	})
	_, err := c.Do(t.Context(), pay(), decodeJSON)
	checkError(t, err, payment.Unknown, payment.ErrDeclined)
	if !errors.Is(err, errSeveral) {
		t.Errorf("does not say why: %v", err)
	}
}

// incomparable is an error that == panics on.
type incomparable struct{ _ []int }

func (incomparable) Error() string { return "incomparable" }

func ptr(op Operation) *Operation { return &op }

func mustRequest(t *testing.T, url string, body io.Reader) *http.Request {
	r, err := http.NewRequest(http.MethodPost, url, body)
	if err != nil {
		t.Error(err)
	}
	return r
}
