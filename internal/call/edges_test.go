package call

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/payment"
)

func TestDefaults(t *testing.T) {
	c, err := New(Config{BaseURL: "https://a.example"})
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprint(c.cfg.WriteTimeout, c.cfg.ReadTimeout, c.cfg.IdleTimeout, c.cfg.Linger, c.cfg.Grace, c.cfg.RetryWait, c.cfg.MaxRetryWait,
		c.cfg.MaxWriteBody, c.cfg.MaxReadBody, c.cfg.ReadRetries)
	if diff := cmp.Diff("2m10s 1m0s 2s 5s 30s 250ms 10s 16777216 67108864 3", got); diff != "" {
		t.Errorf("defaults (-want +got):\n%s", diff)
	}
	if got := fmt.Sprint(c.LongestWrite(), c.LongestRead()); got != "2m40s 4m30s" {
		t.Errorf("longest calls: %s", got)
	}
}

// TestExactLimit takes a body that is as long as the limit, and no byte more.
func TestExactLimit(t *testing.T) {
	s := newServer(t, false, respond("200 OK", okBody))
	for _, op := range []Operation{pay(), read()} {
		for over, want := range map[int64]payment.Outcome{0: payment.Accepted, 1: payment.Unknown} {
			limit := int64(len(okBody)) - over
			c := newClient(t, s, func(cfg *Config) { cfg.MaxWriteBody, cfg.MaxReadBody = limit, limit })
			if _, err := c.Do(t.Context(), op, decodeJSON); payment.OutcomeOf(err) != want {
				t.Errorf("%s: a limit of %d for %d bytes: %v", op.Name, limit, len(okBody), err)
			}
		}
	}
}

// TestTwoConnections lets a middleware send again when an answer was lost, and stops that on its connection before its first
// byte. The bytes on the connection before it still count.
func TestTwoConnections(t *testing.T) {
	s := newServer(t, false, func(x *exchange) { x.read(); x.fin() })
	var lost bool
	var dials atomic.Int64 // the server may not have accepted a connection on which nothing was sent
	c := newClient(t, s, func(cfg *Config) {
		cfg.Transport.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
			dials.Add(1)
			return new(net.Dialer).DialContext(ctx, network, addr)
		}
		cfg.Middleware = []func(http.RoundTripper) http.RoundTripper{func(next http.RoundTripper) http.RoundTripper {
			return roundTripper(func(r *http.Request) (*http.Response, error) {
				again := r.Clone(r.Context())
				again.Body = http.NoBody
				again.ContentLength = 0
				_, err := next.RoundTrip(r)
				lost = err != nil
				return next.RoundTrip(again)
			})
		}}
	})
	ctx := payment.WithHooks(t.Context(), payment.Hooks{Gate: func() error {
		if lost {
			return errLease
		}
		return nil
	}})
	_, err := c.Do(ctx, pay(), decodeJSON)
	checkError(t, err, payment.Unknown, nil)
	if headers, _ := s.seen(); !lost || headers != 1 || dials.Load() != 2 {
		t.Errorf("lost %v, %d requests on %d connections, want one on the first of two", lost, headers, dials.Load())
	}
}

// TestTimes has a write end when its time is over, and an answered one when its body has had its grace, whenever that began.
func TestTimes(t *testing.T) {
	const limit, grace = 130 * time.Second, 30 * time.Second
	for _, answered := range []time.Duration{0, time.Second, grace + time.Second, 3*grace + time.Second, limit - time.Second, limit} {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			want, why := limit, errTimeout
			c := &Client{cfg: Config{Linger: time.Second}}
			w := c.newWriteContext(t.Context(), &evidence{}, limit)
			defer w.close()
			if answered < limit {
				<-time.After(answered)
				w.headerArrived(grace)
				want, why = answered+grace, errSlowBody
			}
			<-w.ctx.Done()
			if took, cause := time.Since(start), context.Cause(w.ctx); took != want || !errors.Is(cause, why) {
				t.Errorf("answered after %s: over after %s with %v, want %s with %v", answered, took, cause, want, why)
			}
		})
	}
}

// TestProxySeesOneRequest gives each request a header of its own when a user's function gets to see it.
func TestProxySeesOneRequest(t *testing.T) {
	var seen [][]string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.Header["X-Seen"])
		_, _ = io.WriteString(w, okBody)
	}))
	defer srv.Close()
	c, err := New(Config{BaseURL: srv.URL, Transport: &http.Transport{Proxy: func(r *http.Request) (*url.URL, error) {
		r.Header.Add("X-Seen", "once")
		return nil, nil
	}}})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := c.Do(t.Context(), pay(), decodeJSON); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([][]string{{"once"}, {"once"}}, seen); diff != "" {
		t.Error(diff)
	}
}

func TestContentType(t *testing.T) {
	var got []string
	rt := roundTripper(func(r *http.Request) (*http.Response, error) {
		got = r.Header["Content-Type"]
		return nil, context.Canceled
	})
	c, err := New(Config{BaseURL: "https://a.example", RoundTripper: rt})
	if err != nil {
		t.Fatal(err)
	}
	form := pay()
	form.Header = http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	blank := pay()
	blank.Header = http.Header{"Content-Type": {""}}
	for _, r := range []struct {
		op   Operation
		want []string
	}{{pay(), []string{"application/json"}}, {form, form.Header["Content-Type"]}, {blank, []string{"application/json"}}, {refund(), nil}} {
		_, _ = c.Do(t.Context(), r.op, nil)
		if diff := cmp.Diff(r.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", r.op.Name, diff)
		}
	}
}

func TestRequestIDHeaders(t *testing.T) {
	for header, want := range map[string]string{
		"X-Request-Id: r1":                "r1",
		"X-Trace: t1":                     "t1",
		"X-Request-Id: r1\r\nX-Trace: t1": "r1",
		"X-Other: o1":                     "",
	} {
		s := newServer(t, false, func(x *exchange) {
			x.read()
			x.write("HTTP/1.1 200 OK\r\n" + header + "\r\nContent-Length: 2\r\n\r\n{}")
		})
		c := newClient(t, s, func(cfg *Config) { cfg.OtherRequestIDHeader = "X-Trace" })
		a, err := c.Do(t.Context(), pay(), nil)
		if err != nil || a.RequestID != want {
			t.Errorf("%q: %+v, %v, want %q", header, a, err, want)
		}
	}
}

// TestCutSecret cuts an answer in the middle of a secret: what is left of it is not shown.
func TestCutSecret(t *testing.T) {
	const secret = "canary-2b7e151628aed2a6"
	s := newServer(t, false, func(x *exchange) {
		x.read()
		x.write("HTTP/1.1 422 Unprocessable\r\nContent-Length: 500\r\n\r\n{\"message\":\"" + secret[:14])
		x.fin()
	})
	c := newClient(t, s, func(cfg *Config) { cfg.Secrets = []payment.Secret{payment.NewSecret(secret)} })
	a, err := c.Do(t.Context(), pay(), nil)
	checkError(t, err, payment.Unknown, nil)
	if a == nil || !strings.Contains(string(a.Body), "message") || strings.Contains(string(a.Body), secret[:14]) {
		t.Errorf("the answer is %+v", a)
	}
}

// TestMaskKeepsTheAnswer lets answers quote secrets where the mask could break them: none is lost.
func TestMaskKeepsTheAnswer(t *testing.T) {
	for _, r := range []struct {
		status, body, want string
		outcome            payment.Outcome
	}{
		{"201 Created", `{"id":"p1","trace":120251231}`, `{"id":"p1","trace":"[secret]"}`, payment.Accepted},
		{"201 Created", `{"id":"p1","echo":"key \"hunter22\\\" seen"}`, `{"id":"p1","echo":"key \"[secret]\" seen"}`, payment.Accepted},
		{"422 No", `{"code":"declined","message":"hunter22\\"}`, `{"code":"declined","message":"[secret]"}`, payment.Refused},
	} {
		c := newClient(t, newServer(t, false, respond(r.status, r.body)), func(cfg *Config) {
			cfg.Secrets = []payment.Secret{payment.NewSecret("20251231")}
		})
		op := pay()
		op.Secrets = []payment.Secret{payment.NewSecret(`hunter22\`)}
		a, err := c.Do(t.Context(), op, decodeJSON)
		if payment.OutcomeOf(err) != r.outcome || a == nil {
			t.Fatalf("%s: %v", r.body, err)
		}
		if diff := cmp.Diff(r.want, string(a.Body)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

// TestBearerIsASecret lets a provider quote the token of a call that nobody declared a secret.
func TestBearerIsASecret(t *testing.T) {
	const token = "canary-9f8e7d6c5b4a"
	s := newServer(t, false, respond("422 Unprocessable", `{"code":"declined","message":"not with `+token+`"}`))
	c := newClient(t, s, func(cfg *Config) {
		cfg.Secrets = []payment.Secret{payment.NewSecret("another-one")}
		cfg.Authorize = always(http.Header{"Authorization": {"Bearer " + token}})
	})
	_, err := c.Do(t.Context(), pay(), nil)
	checkError(t, err, payment.Refused, payment.ErrDeclined)
	if strings.Contains(fmt.Sprintf("%+v", err), token) {
		t.Errorf("the token is shown: %v", err)
	}
}

// TestLogLine: a good call is information, a failed one a warning, and both say what there is to say.
func TestLogLine(t *testing.T) {
	var lines bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&lines, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey || a.Key == "duration" {
			return slog.Attr{}
		}
		return a
	}}))
	s := newServer(t, false, respond("200 OK", okBody))
	c := newClient(t, s, func(cfg *Config) { cfg.Logger = logger })
	if _, err := c.Do(t.Context(), pay(), decodeJSON); err != nil {
		t.Fatal(err)
	}
	dead, err := New(Config{Provider: "test", BaseURL: closedPort, Logger: logger})
	if err != nil {
		t.Fatal(err)
	}
	_, err = dead.Do(payment.WithHooks(t.Context(), payment.Hooks{Gate: func() error { return errLease }}), pay(), nil)
	checkError(t, err, payment.NotSent, errLease)
	want := `level=INFO msg="provider call" provider=test operation=Pay route="POST /payments" outcome=ok status=200 tries=1 request_id=req-1
level=WARN msg="provider call" provider=test operation=Pay route="POST /payments" outcome="not sent"
`
	if diff := cmp.Diff(want, lines.String()); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
}

// TestReadWithBody sends a read's body with each of its tries, and completes the error of a decoder.
func TestReadWithBody(t *testing.T) {
	op := Operation{Kind: Read, Name: "Search", Method: "POST", Route: "/search", Path: []string{"search"}, Body: []byte(`{"q":1}`)}
	var bodies []string
	rt := roundTripper(func(r *http.Request) (*http.Response, error) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.ContentLength != int64(len(body)) {
			t.Errorf("body %q of length %d: %v", body, r.ContentLength, err)
		}
		bodies = append(bodies, string(body))
		status := http.StatusServiceUnavailable
		if len(bodies) == 3 {
			status = http.StatusOK
		}
		return &http.Response{StatusCode: status, Header: http.Header{"X-Request-Id": {"r1"}}, Body: io.NopCloser(strings.NewReader(okBody))}, nil
	})
	c, err := New(Config{Provider: "test", BaseURL: "https://a.example", RoundTripper: rt, RetryWait: time.Nanosecond, RequestIDHeader: "X-Request-Id"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Do(t.Context(), op, func(*Answer) error { return &payment.Error{Outcome: payment.Refused, Kind: payment.ErrNoPayment} })
	if diff := cmp.Diff([]string{`{"q":1}`, `{"q":1}`, `{"q":1}`}, bodies); diff != "" {
		t.Errorf("bodies (-want +got):\n%s", diff)
	}
	var e *payment.Error
	if !errors.As(err, &e) || e.Provider != "test" || e.Op != "POST /search" || e.Status != 200 || e.RequestID != "r1" || e.Outcome != payment.Unknown {
		t.Errorf("the decoder's error is %+v", e)
	}
	bodies = bodies[:2]
	own := payment.Error{Provider: "p", Op: "o", Status: 201, RequestID: "r2"}
	_, err = c.Do(t.Context(), op, func(*Answer) error { return &own })
	if !errors.As(err, &e) || e.Provider != "p" || e.Op != "o" || e.Status != 201 || e.RequestID != "r2" {
		t.Errorf("what the decoder said is replaced: %+v", e)
	}
}

// TestTransport: what a user's transport says is kept, what it does not say has a limit.
func TestTransport(t *testing.T) {
	pool := func(tr *http.Transport) *http.Transport {
		c, err := New(Config{BaseURL: "https://a.example", Transport: tr})
		if err != nil {
			t.Fatal(err)
		}
		pool, ok := c.idle[0].(*http.Transport)
		if !ok {
			t.Fatalf("the pool is %T", c.idle[0])
		}
		return pool
	}
	own := pool(nil)
	got := fmt.Sprint(own.IdleConnTimeout, own.TLSHandshakeTimeout, own.MaxIdleConns, own.MaxIdleConnsPerHost == perHost, own.MaxConnsPerHost == perHost)
	if want := "2s 10s 0 true true"; got != want {
		t.Errorf("our own transport: %s, want %s", got, want)
	}
	theirs := pool(&http.Transport{
		IdleConnTimeout: time.Hour, MaxIdleConns: 1, MaxIdleConnsPerHost: 3, MaxConnsPerHost: 4, TLSClientConfig: &tls.Config{MaxVersion: tls.VersionTLS12},
	})
	got = fmt.Sprint(theirs.IdleConnTimeout, theirs.MaxIdleConns, theirs.MaxIdleConnsPerHost, theirs.MaxConnsPerHost)
	if want := "2s 0 3 4"; got != want {
		t.Errorf("a user's transport: %s, want %s", got, want)
	}
}

// TestEdgesOfClasses: 300 is no success, and 499 may be a refusal.
func TestEdgesOfClasses(t *testing.T) {
	for _, r := range []struct {
		status, body string
		outcome      payment.Outcome
	}{
		{"299 Odd", okBody, payment.Accepted}, {"300 Multiple Choices", okBody, payment.Unknown},
		{"499 Odd", `{"code":"declined"}`, payment.Refused}, {"500 Error", `{"code":"declined"}`, payment.Unknown},
	} {
		c := newClient(t, newServer(t, false, respond(r.status, r.body)), nil)
		if _, err := c.Do(t.Context(), pay(), decodeJSON); payment.OutcomeOf(err) != r.outcome {
			t.Errorf("%s: %v, want %v", r.status, err, r.outcome)
		}
	}
}
