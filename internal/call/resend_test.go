package call

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
)

// pipes dials in-memory connections to a server that answers everything with okBody, and counts what it was asked.
type pipes struct{ asked atomic.Int32 }

func (p *pipes) dial(context.Context, string, string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	go func() {
		defer func() { _ = theirs.Close() }()
		for br := bufio.NewReader(theirs); ; {
			req, err := http.ReadRequest(br)
			if err != nil {
				return
			}
			if _, err := io.Copy(io.Discard, req.Body); err != nil {
				return
			}
			p.asked.Add(1)
			if _, err := io.WriteString(theirs, "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n"+okBody); err != nil {
				return
			}
		}
	}()
	return ours, nil
}

func pipeClient(t *testing.T, dial dialFunc, middleware ...func(http.RoundTripper) http.RoundTripper) *Client {
	t.Helper()
	c, err := New(Config{Provider: "test", BaseURL: "http://localhost", Transport: &http.Transport{DialContext: dial}, Middleware: middleware})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// leavingConn takes no byte, and its caller leaves while it is written to.
type leavingConn struct {
	net.Conn
	leave func()
}

func (c *leavingConn) Write([]byte) (int, error) {
	c.leave()
	synctest.Wait() // until everybody has heard of it
	return 0, &net.OpError{Op: "write", Net: "tcp", Err: syscall.EPIPE}
}

// TestCallerLeavesDuringTheFirstWrite: of a write that is under way bytes may have left, so the caller's end does not stop
// it. When none had left the payment is not sent for a caller who is gone.
func TestCallerLeavesDuringTheFirstWrite(t *testing.T) {
	for _, op := range []Operation{pay(), refund(), confirm()} {
		synctest.Test(t, func(t *testing.T) {
			left := errors.New("the shop closed")
			ctx, cancel := context.WithCancelCause(t.Context())
			var p pipes
			dials := 0
			c := pipeClient(t, func(ctx context.Context, network, addr string) (net.Conn, error) {
				raw, err := p.dial(ctx, network, addr)
				if dials++; dials == 1 {
					return &leavingConn{raw, func() { cancel(left) }}, err
				}
				return raw, err
			})
			_, err := c.Do(ctx, op, decodeJSON)
			checkError(t, err, payment.NotSent, context.Canceled)
			if n := p.asked.Load(); n != 0 || !errors.Is(err, left) {
				t.Errorf("%s was sent %d times: %v", op.Name, n, err)
			}
			c.CloseIdleConnections()
		})
	}
}

// TestMiddlewareSendsDuringThePause lets a middleware send on its own what it has reported as failed, while the call waits
// to try again, and while it waits and its caller leaves. The call neither sends it too nor says that it was not sent.
func TestMiddlewareSendsDuringThePause(t *testing.T) {
	for _, stays := range []time.Duration{time.Hour, firstDialWait - 1} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), stays)
			defer cancel()
			var p pipes
			dials, tries := 0, 0
			late := make(chan error, 1)
			c := pipeClient(t, func(ctx context.Context, network, addr string) (net.Conn, error) {
				if dials++; dials == 1 {
					return nil, syscall.ECONNREFUSED
				}
				return p.dial(ctx, network, addr)
			}, func(next http.RoundTripper) http.RoundTripper {
				return roundTripper(func(r *http.Request) (*http.Response, error) {
					if tries++; tries > 1 {
						return next.RoundTrip(r)
					}
					again, err := http.NewRequestWithContext(context.WithoutCancel(r.Context()), r.Method, r.URL.String(), http.NoBody)
					if err != nil {
						return nil, err
					}
					go func() {
						<-time.After(firstDialWait / 2)
						resp, err := next.RoundTrip(again)
						if err == nil {
							_, _ = io.Copy(io.Discard, resp.Body)
							err = resp.Body.Close()
						}
						late <- err
					}()
					return next.RoundTrip(r)
				})
			})
			_, err := c.Do(ctx, pay(), decodeJSON)
			checkError(t, err, payment.Unknown, nil)
			if err := <-late; err != nil {
				t.Fatal(err)
			}
			if n := p.asked.Load(); n != 1 || tries != 1 {
				t.Errorf("sent %d times in %d tries", n, tries)
			}
			c.CloseIdleConnections()
		})
	}
}

// TestSecondTryElsewhere lets a middleware take the second try another way than through the transport: what became of it
// there nobody has proven, whatever is known of the first.
func TestSecondTryElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tries := 0
		c := pipeClient(t, func(context.Context, string, string) (net.Conn, error) { return nil, syscall.ECONNREFUSED },
			func(next http.RoundTripper) http.RoundTripper {
				return roundTripper(func(r *http.Request) (*http.Response, error) {
					if tries++; tries > 1 {
						return nil, errors.New("lost on another way")
					}
					return next.RoundTrip(r)
				})
			})
		_, err := c.Do(t.Context(), pay(), decodeJSON)
		checkError(t, err, payment.Unknown, nil)
		if tries != 2 {
			t.Errorf("%d tries, want 2", tries)
		}
	})
}

// TestMiddlewareIsStillConnecting lets a middleware pass a failure on, and send again by itself while the call waits to try
// again. When the caller leaves, that request has no connection yet: it may still be sent, so nothing is proven.
func TestMiddlewareIsStillConnecting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), firstDialWait-1)
		defer cancel()
		dials := 0
		release, ended := make(chan struct{}), make(chan struct{})
		c := pipeClient(t, func(context.Context, string, string) (net.Conn, error) {
			if dials++; dials > 1 {
				<-release
			}
			return nil, syscall.ECONNREFUSED
		}, func(next http.RoundTripper) http.RoundTripper {
			return roundTripper(func(r *http.Request) (*http.Response, error) {
				again := r.Clone(context.WithoutCancel(r.Context()))
				again.Body = http.NoBody
				again.ContentLength = 0
				go func() {
					defer close(ended)
					<-time.After(firstDialWait / 2)
					drain(next.RoundTrip(again))
				}()
				return next.RoundTrip(r)
			})
		})
		_, err := c.Do(ctx, pay(), decodeJSON)
		checkError(t, err, payment.Unknown, nil)
		close(release)
		<-ended
		c.CloseIdleConnections()
	})
}
