package call

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/httpcall"
)

func withHeader(ctx context.Context, h http.Header) context.Context {
	return httpcall.With(ctx, httpcall.Options{Header: h})
}

// confirm is a write without a body, by POST.
func confirm() Operation {
	return Operation{Kind: Write, Name: "Confirm", Method: "POST", Route: "/confirm", Path: []string{"confirm"}}
}

// TestExtraHeaderRefused: what a caller may not add is refused before a byte is sent, and no value is shown.
func TestExtraHeaderRefused(t *testing.T) {
	s := newServer(t, false, respond("200 OK", okBody))
	c := newClient(t, s, func(cfg *Config) {
		cfg.Header = http.Header{"X-Version": {"v2"}, "XAUTH_GROUP": {"g"}}
		cfg.Authorize = always(http.Header{"X-Api-Token": {"t"}})
	})
	const value = "CANARY-value"
	var refused []http.Header
	for _, key := range append([]string{
		"X-Version", "XAUTH_GROUP", "XAUTH-GROUP", "X-Api-Token", "X-Op", // the client's, the credentials', the operation's
		"", "X Y", "X:Y", "X\r\nY", "X\x00", "Ünicode", "X\tY",
	}, reserved...) {
		for _, spelled := range []string{key, strings.ToLower(key), strings.ToUpper(key), strings.ReplaceAll(key, "-", "_")} {
			refused = append(refused, http.Header{spelled: {value}})
		}
	}
	for _, v := range []string{value + "\r\nX-Other: y", value + "\n", value + "\x00", "\x7f" + value} {
		refused = append(refused, http.Header{"X-Fine": {"fine", v}})
	}
	for _, op := range []Operation{pay(), refund(), confirm(), read()} {
		op.Header = http.Header{"x-op": {"1"}}
		want := payment.NotSent
		if op.Kind == Read {
			want = payment.Unknown
		}
		for _, h := range refused {
			a, err := c.Do(withHeader(t.Context(), h), op, nil)
			var e *payment.Error
			if a != nil || !errors.As(err, &e) || e.Field != "Header" || !errors.Is(err, payment.ErrInvalidRequest) || e.Outcome != want {
				t.Errorf("%s with %q: %v", op.Name, h, err)
			}
			if err != nil && (strings.Contains(err.Error(), value) || strings.ContainsAny(err.Error(), "\r\n")) {
				t.Errorf("the error shows the value: %q", err)
			}
		}
	}
	if headers, _ := s.seen(); headers != 0 {
		t.Errorf("the server saw %d requests", headers)
	}
}

// TestExtraHeader: what a caller may add is sent as it is spelled, and stays the caller's.
func TestExtraHeader(t *testing.T) {
	var got []http.Header
	s := newServer(t, false, respond("200 OK", okBody))
	c := newClient(t, s, func(cfg *Config) {
		cfg.Middleware = []func(http.RoundTripper) http.RoundTripper{func(next http.RoundTripper) http.RoundTripper {
			return roundTripper(func(r *http.Request) (*http.Response, error) {
				got = append(got, r.Header.Clone())
				for k := range r.Header {
					r.Header[k][0] = "changed"
				}
				return next.RoundTrip(r)
			})
		}}
	})
	extra := http.Header{"X-Trace": {"a", "b"}, "x-RAW": {"c"}}
	ctx := withHeader(withHeader(t.Context(), http.Header{"X-Trace": {"a"}}), http.Header{"X-Trace": {"b"}, "x-RAW": {"c"}})
	for _, op := range []Operation{pay(), refund(), confirm(), read()} {
		if _, err := c.Do(ctx, op, nil); err != nil {
			t.Fatal(err)
		}
		h, raw := got[len(got)-1], "x-RAW"
		if diff := cmp.Diff(extra, http.Header{"X-Trace": h["X-Trace"], raw: h[raw]}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", op.Name, diff)
		}
	}
	if diff := cmp.Diff(http.Header{"X-Trace": {"a", "b"}, "x-RAW": {"c"}}, httpcall.From(ctx).Header); diff != "" {
		t.Errorf("a middleware changed the caller's header:\n%s", diff)
	}
}

// replayed is a header that makes net/http send a request again when its body allows it.
var replayed = http.Header{"Idempotency-Key": {"k"}, "X-Idempotency-Key": {"k"}}

// TestExtraHeaderIsNotReplayed adds that header to writes on a connection that was used before and dies under them. The
// bodiless POST is the dangerous one: nothing but this header keeps net/http from sending it again.
func TestExtraHeaderIsNotReplayed(t *testing.T) {
	for _, end := range []func(*exchange){(*exchange).fin, (*exchange).rst} {
		for _, op := range []Operation{pay(), refund(), confirm()} {
			s := newServer(t, false, func(x *exchange) {
				if x.read(); x.done {
					return
				}
				if x.n == 1 {
					x.write("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n" + okBody)
					return
				}
				end(x)
			})
			c := newClient(t, s, nil)
			if _, err := c.Do(t.Context(), pay(), decodeJSON); err != nil { // the connection is now in the pool
				t.Fatal(err)
			}
			_, err := c.Do(withHeader(t.Context(), replayed), op, decodeJSON)
			checkError(t, err, payment.Unknown, nil)
			if _, bodies := s.seen(); bodies != 2 {
				t.Errorf("%s %s: the server saw %d requests, want 2", op.Method, op.Name, bodies)
			}
		}
	}
}

// TestExtraHeaderWithForeignTransport: below a round tripper of the user's nothing keeps a bodiless POST from being sent
// again, so it takes no header. With a body, and by methods that have a guard, nothing is lost.
func TestExtraHeaderWithForeignTransport(t *testing.T) {
	s := newServer(t, false, func(x *exchange) {
		if x.read(); x.done {
			return
		}
		if x.n%2 == 1 {
			x.write("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n" + okBody)
			return
		}
		x.fin()
	})
	own := &http.Transport{}
	t.Cleanup(own.CloseIdleConnections)
	c := newClient(t, s, func(cfg *Config) { cfg.Transport, cfg.RoundTripper = nil, own })
	_, err := c.Do(withHeader(t.Context(), replayed), confirm(), decodeJSON)
	checkError(t, err, payment.NotSent, payment.ErrInvalidRequest)
	for n, op := range []Operation{pay(), refund()} {
		if _, err := c.Do(t.Context(), pay(), decodeJSON); err != nil {
			t.Fatal(err)
		}
		_, err := c.Do(withHeader(t.Context(), replayed), op, decodeJSON)
		checkError(t, err, payment.Unknown, nil)
		if _, bodies := s.seen(); bodies != 2*n+2 {
			t.Errorf("%s: the server saw %d requests, want %d", op.Name, bodies, 2*n+2)
		}
	}
}

// TestOwnHeaderWithForeignTransport: nor does such a write take that header from its operation, the client or the credentials.
func TestOwnHeaderWithForeignTransport(t *testing.T) {
	for key, values := range replayed {
		own := http.Header{key: values}
		for name, give := range map[string]func(*Operation, *Config){
			"operation": func(op *Operation, _ *Config) { op.Header = own },
			"client":    func(_ *Operation, cfg *Config) { cfg.Header = own },
			"credentials": func(_ *Operation, cfg *Config) {
				cfg.Authorize = always(own)
			},
		} {
			for _, kind := range []func() Operation{confirm, pay, refund, read} {
				calls := 0
				cfg := Config{Provider: "test", BaseURL: "https://a.example", RoundTripper: roundTripper(func(*http.Request) (*http.Response, error) {
					calls++
					return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(okBody))}, nil
				})}
				op := kind()
				give(&op, &cfg)
				c, err := New(cfg)
				if err != nil {
					t.Fatal(err)
				}
				_, err = c.Do(t.Context(), op, decodeJSON)
				if op.Name != "Confirm" {
					if err != nil || calls != 1 {
						t.Errorf("%s, %s of the %s: %d calls, %v", op.Name, key, name, calls, err)
					}
					continue
				}
				var e *payment.Error
				if !errors.As(err, &e) || e.Field != "Header" || !errors.Is(err, payment.ErrInvalidRequest) || e.Outcome != payment.NotSent || calls != 0 {
					t.Errorf("%s of the %s: %d calls, %v", key, name, calls, err)
				}
			}
		}
	}
}

// TestTimeoutOption: it shortens the client's limits and never lengthens them.
func TestTimeoutOption(t *testing.T) {
	const own = 20 * time.Second
	for _, op := range []Operation{pay(), read()} {
		for option, want := range map[time.Duration]time.Duration{0: own, time.Second: time.Second, own: own, time.Hour: own} {
			synctest.Test(t, func(t *testing.T) {
				c, err := New(Config{
					Provider: "test", BaseURL: "https://api.example.com", WriteTimeout: own, ReadTimeout: own, ReadRetries: -1,
					RoundTripper: roundTripper(func(r *http.Request) (*http.Response, error) {
						<-r.Context().Done()
						return nil, r.Context().Err()
					}),
				})
				if err != nil {
					t.Fatal(err)
				}
				start := time.Now()
				_, err = c.Do(httpcall.With(t.Context(), httpcall.Options{Timeout: option}), op, nil)
				checkError(t, err, payment.Unknown, payment.ErrUnavailable)
				if took := time.Since(start); took != want {
					t.Errorf("%s with %v took %v, want %v", op.Name, option, took, want)
				}
				if c.LongestWrite() != own+30*time.Second {
					t.Errorf("LongestWrite is %v", c.LongestWrite())
				}
			})
		}
	}
}

// TestTimeoutOptionOfEachTry: a read has the time anew for each try.
func TestTimeoutOptionOfEachTry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		c, err := New(Config{
			Provider: "test", BaseURL: "https://api.example.com", RetryWait: time.Millisecond,
			RoundTripper: roundTripper(func(r *http.Request) (*http.Response, error) {
				if calls++; calls < 3 {
					<-r.Context().Done()
					return nil, r.Context().Err()
				}
				return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(okBody))}, nil
			}),
		})
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		a, err := c.Do(httpcall.With(t.Context(), httpcall.Options{Timeout: time.Second}), read(), decodeJSON)
		if took := time.Since(start); err != nil || a.Tries != 3 || took < 2*time.Second || took > 3*time.Second {
			t.Errorf("%+v after %v: %v", a, took, err)
		}
	})
}

func TestNegativeTimeoutOption(t *testing.T) {
	s := newServer(t, false, respond("200 OK", okBody))
	c := newClient(t, s, nil)
	ctx := httpcall.With(httpcall.With(t.Context(), httpcall.Options{Timeout: -1}), httpcall.Options{Timeout: time.Second})
	for op, want := range map[*Operation]payment.Outcome{{Kind: Write, Method: "POST"}: payment.NotSent, {Kind: Read, Method: "GET"}: payment.Unknown} {
		_, err := c.Do(ctx, *op, nil)
		var e *payment.Error
		if !errors.As(err, &e) || e.Field != "Timeout" || e.Outcome != want || !errors.Is(err, payment.ErrInvalidRequest) {
			t.Errorf("got %v", err)
		}
	}
	if headers, _ := s.seen(); headers != 0 {
		t.Errorf("the server saw %d requests", headers)
	}
}

// TestShortWriteIsNotSent: a time-out that passes before there is a connection leaves the write not sent.
func TestShortWriteIsNotSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		defer close(release)
		c, err := New(Config{Provider: "test", BaseURL: "https://192.0.2.1", Transport: &http.Transport{
			DialContext: func(context.Context, string, string) (net.Conn, error) {
				<-release
				return nil, net.ErrClosed
			},
		}})
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		_, err = c.Do(httpcall.With(t.Context(), httpcall.Options{Timeout: time.Second}), pay(), nil)
		checkError(t, err, payment.NotSent, context.DeadlineExceeded)
		if took := time.Since(start); took != time.Second {
			t.Errorf("took %v", took)
		}
	})
}
