package call

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
)

const okBody = `{"id":"p1"}`

// deadConn is a connection that can die while it is idle without the client noticing: the kernel takes no byte then.
type deadConn struct {
	net.Conn
	dead atomic.Bool
}

// dyingDialer dials connections that can be made to die.
type dyingDialer struct {
	mu    sync.Mutex
	conns []*deadConn
}

func (d *dyingDialer) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	raw, err := (&net.Dialer{}).DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	c := &deadConn{Conn: raw}
	d.mu.Lock()
	d.conns = append(d.conns, c)
	d.mu.Unlock()
	return c, nil
}

// killLast lets the newest connection die.
func (d *dyingDialer) killLast() {
	d.mu.Lock()
	d.conns[len(d.conns)-1].dead.Store(true)
	d.mu.Unlock()
}

func (d *dyingDialer) killAll() {
	d.mu.Lock()
	for _, c := range d.conns {
		c.dead.Store(true)
	}
	d.mu.Unlock()
}

func (c *deadConn) Write(p []byte) (int, error) {
	if c.dead.Load() && !isAlert(p) {
		return 0, &net.OpError{Op: "write", Net: "tcp", Err: syscall.EPIPE}
	}
	return c.Conn.Write(p)
}

// TestIdleConnectionDied pays on a connection that the server closed while it was idle: no byte is taken, so the payment
// goes out once more on a new connection, and the caller sees no trouble.
func TestIdleConnectionDied(t *testing.T) {
	for _, withTLS := range []bool{false, true} {
		for name, op := range map[string]func() Operation{"POST": pay, "GET": refund} {
			t.Run(name, func(t *testing.T) {
				s := newServer(t, withTLS, respond("200 OK", okBody))
				d := &dyingDialer{}
				c := newClient(t, s, func(cfg *Config) { cfg.Transport.DialContext = d.dial })
				if _, err := c.Do(t.Context(), op(), decodeJSON); err != nil {
					t.Fatal(err)
				}
				d.killLast()
				a, err := c.Do(t.Context(), op(), decodeJSON)
				if err != nil {
					t.Fatalf("an idle close became %v", err)
				}
				if a.Tries != 2 {
					t.Errorf("%d tries, want 2", a.Tries)
				}
				if _, bodies := s.seen(); bodies != 2 {
					t.Errorf("the server saw %d requests, want 2", bodies)
				}
			})
		}
	}
}

// TestServerClosesIdle lets the server close each connection after its answer, seen and not seen by the client.
func TestServerClosesIdle(t *testing.T) {
	for _, end := range []func(x *exchange){(*exchange).fin, (*exchange).rst} {
		s := newServer(t, false, func(x *exchange) {
			if respond("200 OK", okBody)(x); !x.done {
				end(x)
			}
		})
		c := newClient(t, s, func(cfg *Config) { cfg.IdleTimeout = time.Nanosecond })
		for range 50 {
			if _, err := c.Do(t.Context(), pay(), decodeJSON); err != nil {
				t.Fatal(err)
			}
		}
		if _, bodies := s.seen(); bodies != 50 {
			t.Errorf("the server saw %d requests, want 50", bodies)
		}
	}
}

// TestReusedConnectionDies cuts a reused connection after the request, where net/http would send a bodiless GET again.
func TestReusedConnectionDies(t *testing.T) {
	for name, op := range map[string]func() Operation{"POST": pay, "GET": refund, "DELETE": func() Operation {
		op := refund()
		op.Method = "DELETE"
		return op
	}} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, false, func(x *exchange) {
				if x.n == 1 {
					respond("200 OK", okBody)(x)
					return
				}
				x.read()
				x.fin()
			})
			c := newClient(t, s, nil)
			if _, err := c.Do(t.Context(), op(), decodeJSON); err != nil {
				t.Fatal(err)
			}
			_, err := c.Do(t.Context(), op(), decodeJSON)
			checkError(t, err, payment.Unknown, nil)
			if _, bodies := s.seen(); bodies != 2 {
				t.Errorf("the server saw %d requests, want 2", bodies)
			}
			if s.connections() != 1 {
				t.Errorf("%d connections, want one reused", s.connections())
			}
		})
	}
}

func TestWireBytes(t *testing.T) {
	header := make(chan http.Header, 1)
	te := make(chan []string, 1)
	s := newServer(t, false, func(x *exchange) {
		respond("200 OK", okBody)(x)
		header <- x.req.Header
		te <- x.req.TransferEncoding
	})
	c := newClient(t, s, nil)
	for _, op := range []Operation{refund(), {Kind: Write, Method: "POST", Route: "/x", Path: []string{"x"}}, pay()} {
		op.Header = http.Header{"XAUTH_TRAVELPORT_ACCESSGROUP": {"g"}}
		if _, err := c.Do(t.Context(), op, decodeJSON); err != nil {
			t.Fatal(err)
		}
		h, encoding := <-header, <-te
		if len(encoding) != 0 {
			t.Errorf("%s: transfer encoding %v", op.Method, encoding)
		}
		if h.Get("Accept-Encoding") != "gzip" {
			t.Errorf("Accept-Encoding %q, want what net/http sends and undoes", h.Get("Accept-Encoding"))
		}
	}
}

var errLease = errors.New("the lease is over")

// TestGate lets a lease end between the connection and the first byte: the server sees nothing.
func TestGate(t *testing.T) {
	for _, withTLS := range []bool{false, true} {
		for _, reused := range []bool{false, true} {
			s := newServer(t, withTLS, respond("200 OK", okBody))
			c := newClient(t, s, nil)
			want := 0
			if reused {
				if _, err := c.Do(t.Context(), pay(), decodeJSON); err != nil {
					t.Fatal(err)
				}
				want = 1
			}
			var asked atomic.Int32
			ctx := payment.WithHooks(t.Context(), payment.Hooks{Gate: func() error {
				if asked.Add(1) > 1 { // open before dialling, closed at the first byte
					return errLease
				}
				return nil
			}})
			_, err := c.Do(ctx, pay(), decodeJSON)
			checkError(t, err, payment.NotSent, errLease)
			if asked.Load() != 2 {
				t.Errorf("the gate was asked %d times, want 2", asked.Load())
			}
			if headers, _ := s.seen(); headers != want {
				t.Errorf("TLS %v, reused %v: the server saw %d requests, want %d", withTLS, reused, headers, want)
			}
		}
	}
}

func TestGateBeforeDialling(t *testing.T) {
	s := newServer(t, false, respond("200 OK", okBody))
	c := newClient(t, s, nil)
	ctx := payment.WithHooks(t.Context(), payment.Hooks{Gate: func() error { return errLease }})
	_, err := c.Do(ctx, pay(), decodeJSON)
	checkError(t, err, payment.NotSent, errLease)
	if s.connections() != 0 {
		t.Error("dialled through a closed gate")
	}
	if _, err := c.Do(ctx, read(), decodeJSON); err != nil {
		t.Errorf("a read was stopped by the gate: %v", err)
	}
}

// TestCancelKeepsTheAnswer cancels while the provider works, and between the header and the body.
func TestCancelKeepsTheAnswer(t *testing.T) {
	for _, split := range []int{0, 20, len("HTTP/1.1 201 Created\r\nContent-Length: 60000\r\n\r\n") + 5000} {
		ctx, cancel := context.WithCancel(t.Context())
		answer := "HTTP/1.1 201 Created\r\nContent-Length: 60000\r\n\r\n" + okBody + string(make([]byte, 60000-len(okBody)))
		s := newServer(t, false, func(x *exchange) {
			if x.read(); x.done {
				return
			}
			x.write(answer[:split])
			cancel()
			x.write(answer[split:])
		})
		c := newClient(t, s, nil)
		a, err := c.Do(ctx, pay(), nil)
		if err != nil || len(a.Body) != 60000 {
			t.Errorf("split at %d: an answer was lost: %v", split, err)
		}
		cancel()
	}
}

// TestCancelBeforeAByte cancels while the connection is being made.
func TestCancelBeforeAByte(t *testing.T) {
	s := newServer(t, false, respond("200 OK", okBody))
	ctx, cancel := context.WithCancel(t.Context())
	c := newClient(t, s, func(cfg *Config) {
		cfg.Linger = time.Hour // not for a call of which nothing has left
		cfg.WriteTimeout = time.Hour
		cfg.Transport.DialContext = func(dialCtx context.Context, _, _ string) (net.Conn, error) {
			cancel()
			<-dialCtx.Done()
			return nil, dialCtx.Err()
		}
	})
	_, err := c.Do(ctx, pay(), decodeJSON)
	checkError(t, err, payment.NotSent, context.Canceled)
	if headers, _ := s.seen(); headers != 0 {
		t.Error("sent after the caller had gone")
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestForeignRoundTripperProvesNothing(t *testing.T) {
	for name, rt := range map[string]roundTripper{
		"error":   func(*http.Request) (*http.Response, error) { return nil, errors.New("secret detail") },
		"silence": func(*http.Request) (*http.Response, error) { return nil, nil },
		"refused": func(*http.Request) (*http.Response, error) {
			return nil, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
		},
	} {
		t.Run(name, func(t *testing.T) {
			calls := 0
			c, err := New(Config{Provider: "test", BaseURL: "https://api.example.com", RoundTripper: roundTripper(func(r *http.Request) (*http.Response, error) {
				calls++
				return rt(r)
			})})
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.Do(t.Context(), pay(), decodeJSON)
			checkError(t, err, payment.Unknown, nil)
			if calls != 1 {
				t.Errorf("%d calls, want 1", calls)
			}
		})
	}
}

func TestMiddleware(t *testing.T) {
	rows := []struct {
		name    string
		mw      func(http.RoundTripper) http.RoundTripper
		script  func(x *exchange)
		outcome payment.Outcome
		arrived int
	}{
		{"refuses without sending", func(http.RoundTripper) http.RoundTripper {
			return roundTripper(func(*http.Request) (*http.Response, error) { return nil, errors.New("breaker open") })
		}, respond("200 OK", okBody), payment.Unknown, 0},
		{"drops the context", func(next http.RoundTripper) http.RoundTripper {
			return roundTripper(func(r *http.Request) (*http.Response, error) {
				return next.RoundTrip(r.WithContext(context.Background()))
			})
		}, respond("200 OK", okBody), payment.Unknown, 0},
		{"fails after a lost answer", func(next http.RoundTripper) http.RoundTripper {
			return roundTripper(func(r *http.Request) (*http.Response, error) {
				_, _ = next.RoundTrip(r)
				dead := r.Clone(r.Context())
				dead.URL.Host = closedPort[len("http://"):]
				dead.Body = nil
				return next.RoundTrip(dead) // no connection, but bytes of this call have left before
			})
		}, func(x *exchange) { x.read(); x.fin() }, payment.Unknown, 1},
		{"passes through", func(next http.RoundTripper) http.RoundTripper {
			return roundTripper(func(r *http.Request) (*http.Response, error) {
				r = r.WithContext(context.WithValue(r.Context(), http.ServerContextKey, nil))
				return next.RoundTrip(r)
			})
		}, func(x *exchange) { x.read(); x.rst() }, payment.Unknown, 1},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			s := newServer(t, false, r.script)
			c := newClient(t, s, func(cfg *Config) {
				cfg.Middleware = []func(http.RoundTripper) http.RoundTripper{r.mw}
				cfg.WriteTimeout = 5 * time.Second
			})
			_, err := c.Do(t.Context(), pay(), decodeJSON)
			checkError(t, err, r.outcome, nil)
			if _, bodies := s.seen(); r.arrived >= 0 && bodies != r.arrived {
				t.Errorf("the server saw %d requests, want %d", bodies, r.arrived)
			}
		})
	}
}

// TestMiddlewareAfterTheCall lets a middleware send when the call has ended: it is refused.
func TestMiddlewareAfterTheCall(t *testing.T) {
	s := newServer(t, false, respond("200 OK", okBody))
	late := make(chan func() error, 1)
	c := newClient(t, s, func(cfg *Config) {
		cfg.Middleware = []func(http.RoundTripper) http.RoundTripper{func(next http.RoundTripper) http.RoundTripper {
			return roundTripper(func(r *http.Request) (*http.Response, error) {
				if r.Method == "POST" {
					late <- func() error {
						_, err := next.RoundTrip(r.WithContext(context.WithoutCancel(r.Context())))
						return err
					}
				}
				return nil, errors.New("later")
			})
		}}
	})
	_, err := c.Do(t.Context(), pay(), decodeJSON)
	checkError(t, err, payment.Unknown, nil)
	if err := (<-late)(); !errors.Is(err, errCallOver) {
		t.Errorf("got %v, want %v", err, errCallOver)
	}
	if headers, _ := s.seen(); headers != 0 {
		t.Error("sent after the call")
	}
}

// TestUsedTransport hands in a clone of a transport that has spoken HTTP/2, as http.DefaultTransport has in most
// programs: the client must still speak HTTP/1.1, and leave the user's transport as it was.
func TestUsedTransport(t *testing.T) {
	protos := make(chan string, 10)
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		protos <- r.Proto
		_, _ = io.WriteString(w, okBody)
	}))
	srv.EnableHTTP2 = true
	srv.StartTLS()
	defer srv.Close()
	used := srv.Client().Transport.(*http.Transport)
	resp, err := (&http.Client{Transport: used}).Get(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if p := <-protos; p != "HTTP/2.0" {
		t.Fatalf("the user's transport spoke %s", p)
	}
	for range 2 { // the second client clones a transport that was cloned before
		c, err := New(Config{Provider: "test", BaseURL: srv.URL, Transport: used.Clone()})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if _, err := c.Do(t.Context(), pay(), decodeJSON); err != nil {
				t.Fatal(err)
			}
			if p := <-protos; p != "HTTP/1.1" {
				t.Errorf("spoke %s", p)
			}
		}
		c.CloseIdleConnections()
	}
	resp, err = (&http.Client{Transport: used}).Get(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if p := <-protos; p != "HTTP/2.0" {
		t.Errorf("the user's transport was changed: %s", p)
	}
	used.CloseIdleConnections()
}

// TestMiddlewareMakesReplayable lets a middleware mark requests as safe to repeat, and make bodies replayable, on a reused
// connection that dies: net/http would send them twice.
func TestMiddlewareMakesReplayable(t *testing.T) {
	bodiless := func() Operation {
		return Operation{Kind: Write, Method: "POST", Route: "/confirm", Path: []string{"confirm"}}
	}
	for name, op := range map[string]func() Operation{"no body": bodiless, "body": pay, "GET": refund} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, false, func(x *exchange) {
				if x.n == 1 {
					respond("200 OK", okBody)(x)
					return
				}
				x.read()
				x.fin()
			})
			c := newClient(t, s, func(cfg *Config) {
				cfg.Middleware = []func(http.RoundTripper) http.RoundTripper{func(next http.RoundTripper) http.RoundTripper {
					return roundTripper(func(r *http.Request) (*http.Response, error) {
						var body io.Reader
						if r.ContentLength > 0 {
							b, err := io.ReadAll(r.Body)
							if err != nil {
								return nil, err
							}
							body = strings.NewReader(string(b))
						}
						again, err := http.NewRequestWithContext(r.Context(), r.Method, r.URL.String(), body)
						if err != nil {
							return nil, err
						}
						again.Header.Set("Idempotency-Key", "k")
						return next.RoundTrip(again)
					})
				}}
			})
			if _, err := c.Do(t.Context(), pay(), decodeJSON); err != nil {
				t.Fatal(err)
			}
			_, err := c.Do(t.Context(), op(), decodeJSON)
			checkError(t, err, payment.Unknown, nil)
			if _, bodies := s.seen(); bodies != 2 {
				t.Errorf("the server saw %d requests, want 2", bodies)
			}
		})
	}
}

// TestMiddlewareLeavesEarly returns while its own request is still connecting: nothing has left yet, and that proves
// nothing.
func TestMiddlewareLeavesEarly(t *testing.T) {
	s := newServer(t, false, respond("200 OK", okBody))
	dialling, release, ended := make(chan struct{}), make(chan struct{}), make(chan struct{})
	c := newClient(t, s, func(cfg *Config) {
		cfg.Transport.DialContext = func(context.Context, string, string) (net.Conn, error) {
			close(dialling)
			<-release
			return nil, errors.New("no connection")
		}
		cfg.Middleware = []func(http.RoundTripper) http.RoundTripper{func(next http.RoundTripper) http.RoundTripper {
			return roundTripper(func(r *http.Request) (*http.Response, error) {
				go func() {
					defer close(ended)
					_, _ = next.RoundTrip(r.WithContext(context.WithoutCancel(r.Context())))
				}()
				<-dialling
				return nil, errors.New("impatient")
			})
		}}
	})
	_, err := c.Do(t.Context(), pay(), decodeJSON)
	checkError(t, err, payment.Unknown, nil)
	close(release)
	<-ended
}

// TestFreshIsNeverReused sends two payments again after their connections died: each on a connection of its own.
func TestFreshIsNeverReused(t *testing.T) {
	s := newServer(t, false, respond("200 OK", okBody))
	d := &dyingDialer{}
	c := newClient(t, s, func(cfg *Config) { cfg.Transport.DialContext = d.dial })
	for n := range 4 { // on a new connection, on its dead rest and a fresh one, and both once more
		if _, err := c.Do(t.Context(), pay(), decodeJSON); err != nil {
			t.Fatal(err)
		}
		if n%2 == 0 {
			d.killLast()
		}
	}
	if n := s.connections(); n != 4 {
		t.Errorf("%d connections, want 4", n)
	}
}

// TestPoolOfDeadConnections pays when every idle connection has died: the second try does not take another of them.
func TestPoolOfDeadConnections(t *testing.T) {
	const idle = 4
	var together sync.WaitGroup
	together.Add(idle)
	s := newServer(t, false, func(x *exchange) {
		if x.read(); x.done {
			return
		}
		if x.req.Header.Get("X-Id") == "together" {
			together.Done()
			together.Wait()
		}
		x.write("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n" + okBody)
	})
	d := &dyingDialer{}
	c := newClient(t, s, func(cfg *Config) { cfg.Transport.DialContext = d.dial })
	var wg sync.WaitGroup
	for range idle {
		wg.Go(func() {
			op := pay()
			op.Header = http.Header{"X-Id": {"together"}}
			if _, err := c.Do(t.Context(), op, decodeJSON); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	d.killAll()
	a, err := c.Do(t.Context(), pay(), decodeJSON)
	if err != nil || a.Tries != 2 {
		t.Errorf("answer %+v, error %v; want an answer on the second try", a, err)
	}
}

// TestCallerGoneBefore pays for callers that have left, on a warm connection: nothing is ever sent.
func TestCallerGoneBefore(t *testing.T) {
	s := newServer(t, false, respond("200 OK", okBody))
	c := newClient(t, s, nil)
	if _, err := c.Do(t.Context(), pay(), decodeJSON); err != nil {
		t.Fatal(err)
	}
	for range 200 {
		_, err := c.Do(cancelled(t), pay(), decodeJSON)
		checkError(t, err, payment.NotSent, context.Canceled)
	}
	if headers, _ := s.seen(); headers != 1 {
		t.Errorf("the server saw %d requests, want 1", headers)
	}
}

// TestOwnTLSDialer uses a transport whose connections are not ours to count: their failure proves nothing.
func TestOwnTLSDialer(t *testing.T) {
	s := newServer(t, true, respond("200 OK", okBody))
	c := newClient(t, s, func(cfg *Config) {
		_, roots := testCert()
		cfg.Transport.DialTLSContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
			raw, err := (&tls.Dialer{Config: &tls.Config{RootCAs: roots}}).DialContext(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			d := &deadConn{Conn: raw}
			d.dead.Store(true)
			return d, nil
		}
	})
	_, err := c.Do(t.Context(), pay(), decodeJSON)
	checkError(t, err, payment.Unknown, nil)
	// net/http closes the connection after the failed write, and tells of what it notices first.
	if !errors.Is(err, syscall.EPIPE) && !errors.Is(err, net.ErrClosed) {
		t.Errorf("error %v, want that of the connection", err)
	}
}

func TestOldTLSIsRefused(t *testing.T) {
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, okBody) }))
	srv.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11} //nolint:gosec // refused
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.StartTLS()
	defer srv.Close()
	old := srv.Client().Transport.(*http.Transport).Clone()
	old.TLSClientConfig.MinVersion = tls.VersionTLS10
	c, err := New(Config{Provider: "test", BaseURL: srv.URL, Transport: old})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Do(t.Context(), pay(), decodeJSON)
	checkError(t, err, payment.NotSent, nil)
}

// TestCancelWithForeignRoundTripper cancels while a foreign round tripper works: its answer is waited for.
func TestCancelWithForeignRoundTripper(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		c, err := New(Config{Provider: "test", BaseURL: "https://api.example.com", RoundTripper: roundTripper(func(r *http.Request) (*http.Response, error) {
			cancel()
			select {
			case <-r.Context().Done():
				return nil, r.Context().Err()
			case <-time.After(time.Second):
			}
			return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(okBody))}, nil
		})})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Do(ctx, pay(), decodeJSON); err != nil {
			t.Errorf("an answer was lost: %v", err)
		}
	})
}
