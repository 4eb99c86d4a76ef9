package call

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/supplierpay/supplierpay-go/payment"
)

// logged collects what the process's standard logger prints.
type logged struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func standardLog(t *testing.T) *logged {
	l := &logged{}
	log.SetOutput(l)
	t.Cleanup(func() { log.SetOutput(os.Stderr) })
	return l
}

const canary = "CANARY-0123456789"

// TestNothingReachesTheStandardLogger: a server sends more than the answer, in the same packet or later. None of it is
// printed, and none of it is taken for the answer to the next request.
func TestNothingReachesTheStandardLogger(t *testing.T) {
	padded := func(id, padding string) string {
		body := fmt.Sprintf(`{"id":%q,`+"\n"+`"token":%q}`, id, canary) + padding
		return fmt.Sprintf("HTTP/1.1 200 OK\r\nSet-Cookie: s=%s\r\nContent-Length: %d\r\n\r\n%s", canary, len(body), body)
	}
	answer := func(id string) string { return padded(id, "") }
	long := strings.Repeat(" ", 2*framing)
	for name, row := range map[string]struct {
		first string // the answer to the first request
		more  string // what follows it
	}{
		"two answers":        {answer("a"), answer("stale")},
		"a long answer":      {padded("a", long), answer("stale")},
		"length too small":   {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{\"id\":\"a\"}", canary + "\n" + canary},
		"no body":            {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", answer("stale")},
		"no content":         {"HTTP/1.1 204 No\r\n\r\n", canary},
		"chunked":            {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na;x=y\r\n{\"id\":\"a\"}\r\n0\r\nX-T: t\r\n\r\n", answer("stale")},
		"bare line feeds":    {"HTTP/1.1 200 OK\nContent-Length: 10\n\n{\"id\":\"a\"}", canary},
		"a refusal":          {"HTTP/1.1 401 No\r\nContent-Length: 2\r\n\r\n{}", answer("stale")},
		"behind an interim":  {"HTTP/1.1 103 Early\r\nLink: x\r\n\r\n" + answer("a"), canary},
		"without a new line": {answer("a"), canary},
		"a long header": {strings.Replace(answer("a"), "Set-Cookie", "X-Long: "+long+"\r\nSet-Cookie", 1),
			answer("stale")},
	} {
		for _, withTLS := range []bool{false, true} {
			for _, later := range []bool{false, true} {
				for _, op := range []Operation{pay(), read()} {
					t.Run(fmt.Sprintf("%s/TLS=%t/later=%t/%s", name, withTLS, later, op.Name), func(t *testing.T) {
						std := standardLog(t)
						read, closed := make(chan struct{}), make(chan struct{})
						s := newServer(t, withTLS, func(x *exchange) {
							if x.read(); x.done {
								return
							}
							if x.n > 1 {
								x.write(answer("b"))
								return
							}
							if later {
								x.write(row.first)
								<-read
								x.write(row.more)
							} else {
								x.write(row.first + row.more)
							}
							_, _ = io.Copy(io.Discard, x.br) // until the client closes
							x.fin()
							close(closed)
						})
						c := newClient(t, s, nil)
						a, err := c.Do(t.Context(), op, nil)
						close(read)
						if a == nil || err != nil && payment.OutcomeOf(err) != payment.Refused && op.Kind == Write {
							t.Fatal(a, err)
						}
						<-closed
						a, err = c.Do(t.Context(), op, nil)
						if err != nil || !strings.Contains(string(a.Body), `"b"`) {
							t.Errorf("the second call: %v, %v", a, err)
						}
						if got := std.String(); got != "" {
							t.Errorf("printed: %s", got)
						}
					})
				}
			}
		}
	}
}

// TestUnaskedAnswerIsNotTaken sends the next request at once: an answer that had come behind the one before is not its own.
func TestUnaskedAnswerIsNotTaken(t *testing.T) {
	for range 50 {
		s := newServer(t, false, func(x *exchange) {
			if x.read(); !x.done {
				one := "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{\"id\":\"" + itoa(x.n) + "\"}"
				x.write(one + one)
			}
		})
		c := newClient(t, s, nil)
		for n := range 3 {
			a, err := c.Do(t.Context(), pay(), nil)
			if err != nil || string(a.Body) != `{"id":"`+itoa(n+1)+`"}` {
				t.Fatalf("call %d: %v, %v", n+1, a, err)
			}
		}
	}
}

// TestConnectionWithMoreIsClosed: the next request may be given the connection before it is read again.
func TestConnectionWithMoreIsClosed(t *testing.T) {
	near, far := net.Pipe()
	go func() { _, _ = io.WriteString(far, "answer\nmore") }()
	a := newAnswers(near)
	w := watched{}
	trace := w.trace()
	trace.GotConn(httptrace.GotConnInfo{Conn: a})
	if n, err := a.Read(make([]byte, framing)); n != len("answer\n") || err != nil {
		t.Fatal(n, err)
	}
	trace.PutIdleConn(nil)
	trace.GotConn(httptrace.GotConnInfo{Conn: a})
	if n, err := a.Read(make([]byte, framing)); n != 0 || err == nil {
		t.Fatalf("read %d bytes of the answer before: %v", n, err)
	}
	if _, err := a.Write([]byte("request")); err == nil {
		t.Error("the connection takes a request")
	}
}

// TestTunnel: net/http's own TLS through a proxy is above our connection, which is therefore not kept.
func TestTunnel(t *testing.T) {
	std := standardLog(t)
	target := newServer(t, true, func(x *exchange) {
		if x.read(); !x.done {
			one := "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{\"id\":\"a\"}"
			x.write(one + one + canary)
		}
	})
	proxy := newServer(t, false, func(x *exchange) {
		if x.header(); x.done {
			return
		}
		up, err := net.Dial("tcp", x.req.Host)
		if err != nil {
			x.fin()
			return
		}
		x.write("HTTP/1.1 200 OK\r\n\r\n")
		go func() {
			_, _ = io.Copy(x.conn, up)
			_ = x.conn.Close()
		}()
		_, _ = io.Copy(up, x.br)
		_ = up.Close()
		x.done = true
	})
	at, err := url.Parse(proxy.url())
	if err != nil {
		t.Fatal(err)
	}
	c := newClient(t, target, func(cfg *Config) { cfg.Transport.Proxy = http.ProxyURL(at) })
	for _, op := range []Operation{pay(), read()} {
		for range 2 {
			if _, err := c.Do(t.Context(), op, decodeJSON); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got := std.String(); got != "" || target.connections() != 4 {
		t.Errorf("%d connections, printed: %s", target.connections(), got)
	}
}
