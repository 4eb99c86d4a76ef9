package call

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
)

// TestOutcomeTable holds one row of the promise's table each, over real sockets, plain and TLS, for a POST with a body
// and for a GET that moves money. The server counts: no row may show it the request twice.
func TestOutcomeTable(t *testing.T) {
	const ok = `{"id":"p1"}`
	const plainOK = "HTTP/1.1 201 Created\r\nContent-Length: 11\r\n\r\n" + ok
	after := func(then func(x *exchange)) func(x *exchange) {
		return func(x *exchange) {
			if x.read(); !x.done {
				then(x)
			}
		}
	}
	raw := func(s string) func(x *exchange) { return after(func(x *exchange) { x.write(s); x.fin() }) }
	rows := []struct {
		name    string
		script  func(x *exchange)
		config  func(*Config)
		ctx     func(t testing.TB) context.Context
		op      func(*Operation)
		decode  func(*Answer) error
		outcome payment.Outcome
		kind    error // errors.Is
		isNil   bool  // no error
		arrived int   // complete requests at the server
	}{
		{name: "200", script: respond("200 OK", ok), isNil: true, arrived: 1},
		{name: "201", script: raw(plainOK), isNil: true, arrived: 1},
		{name: "202 without the payment, left to decode", script: respond("202 Accepted", `{}`), decode: func(*Answer) error { return nil }, isNil: true, arrived: 1},
		{name: "204 with nothing to decode", script: raw("HTTP/1.1 204 No Content\r\n\r\n"), decode: func(*Answer) error { return nil }, isNil: true, arrived: 1},
		{name: "path segment ..", op: func(op *Operation) { op.Path = []string{"..", "x"} }, script: respond("200 OK", ok), outcome: payment.NotSent, kind: payment.ErrInvalidRequest},
		{name: "caller gone before", ctx: cancelled, script: respond("200 OK", ok), outcome: payment.NotSent, kind: context.Canceled},
		{name: "no token", config: func(c *Config) {
			c.Authorize = func(context.Context) (http.Header, error) { return nil, errors.New("login failed") }
		}, script: respond("200 OK", ok), outcome: payment.NotSent, kind: payment.ErrUnauthenticated},
		{name: "401 with any body", script: respond("401 Unauthorized", `<html>`), outcome: payment.Refused, kind: payment.ErrUnauthenticated, arrived: 1},
		{name: "401 cut", script: raw("HTTP/1.1 401 Unauthorized\r\nContent-Length: 50\r\n\r\nx"), outcome: payment.Unknown, arrived: 1},
		{name: "401 without a body", script: respond("401 Unauthorized", ""), outcome: payment.Refused, kind: payment.ErrUnauthenticated, arrived: 1},
		{name: "401 of another kind", script: respond("401 Unauthorized", `{"code":"odd"}`), outcome: payment.Unknown, arrived: 1},
		{name: "401 already paid", script: respond("401 Unauthorized", `{"code":"already_paid"}`), outcome: payment.Unknown, kind: payment.ErrAlreadyPaid, arrived: 1},
		{name: "401 broken", script: respond("401 Unauthorized", `{"code":"broken"}`), outcome: payment.Unknown, kind: payment.ErrUnavailable, arrived: 1},
		{name: "401 declined", script: respond("401 Unauthorized", `{"code":"declined"}`), outcome: payment.Refused, kind: payment.ErrDeclined, arrived: 1},
		{name: "400 explained", script: respond("400 Bad Request", `{"code":"bad"}`), outcome: payment.Refused, kind: payment.ErrInvalidRequest, arrived: 1},
		{name: "403 explained", script: respond("403 Forbidden", `{"code":"no"}`), outcome: payment.Refused, kind: payment.ErrForbidden, arrived: 1},
		{name: "404 explained", script: respond("404 Not Found", `{"code":"none"}`), outcome: payment.Refused, kind: payment.ErrOrderNotFound, arrived: 1},
		{name: "422 explained", script: respond("422 Unprocessable", `{"code":"declined"}`), outcome: payment.Refused, kind: payment.ErrDeclined, arrived: 1},
		{name: "429 explained", script: respond("429 Too Many", `{"code":"slow"}`), outcome: payment.Refused, kind: payment.ErrRateLimited, arrived: 1},
		{name: "429 already paid", script: respond("429 Too Many", `{"code":"already_paid"}`), outcome: payment.Unknown, kind: payment.ErrAlreadyPaid, arrived: 1},
		{name: "429 broken", script: respond("429 Too Many", `{"code":"broken"}`), outcome: payment.Unknown, kind: payment.ErrUnavailable, arrived: 1},
		{name: "429 unexplained", script: respond("429 Too Many", `later`), outcome: payment.Unknown, kind: payment.ErrRateLimited, arrived: 1},
		{name: "422 already paid", script: respond("422 Unprocessable", `{"code":"already_paid"}`), outcome: payment.Unknown, kind: payment.ErrAlreadyPaid, arrived: 1},
		{name: "422 broken", script: respond("422 Unprocessable", `{"code":"broken"}`), outcome: payment.Unknown, kind: payment.ErrUnavailable, arrived: 1},
		{name: "408", script: respond("408 Request Timeout", `{"code":"x"}`), outcome: payment.Unknown, kind: payment.ErrAlreadyPaid, arrived: 1},
		{name: "409", script: respond("409 Conflict", `{"code":"x"}`), outcome: payment.Unknown, kind: payment.ErrAlreadyPaid, arrived: 1},
		{name: "423", script: respond("423 Locked", `{"code":"x"}`), outcome: payment.Unknown, kind: payment.ErrAlreadyPaid, arrived: 1},
		{name: "423 with a word of its own", script: respond("423 Locked", `{"code":"declined"}`), outcome: payment.Unknown, kind: payment.ErrAlreadyPaid, arrived: 1},
		{name: "425", script: respond("425 Too Early", `{"code":"x"}`), outcome: payment.Unknown, kind: payment.ErrAlreadyPaid, arrived: 1},
		{name: "400 unexplained", script: respond("400 Bad Request", `<html>`), outcome: payment.Unknown, kind: payment.ErrInvalidRequest, arrived: 1},
		{name: "422 empty", script: respond("422 Unprocessable", ``), outcome: payment.Unknown, arrived: 1},
		{name: "422 explained but cut", script: raw("HTTP/1.1 422 Unprocessable\r\nTransfer-Encoding: chunked\r\n\r\n13\r\n{\"code\":\"declined\"}\r\n"), outcome: payment.Unknown, kind: io.ErrUnexpectedEOF, arrived: 1},
		{name: "500", script: respond("500 Internal", `{"code":"x"}`), outcome: payment.Unknown, kind: payment.ErrUnavailable, arrived: 1},
		{name: "502", script: respond("502 Bad Gateway", `<html>`), outcome: payment.Unknown, kind: payment.ErrUnavailable, arrived: 1},
		{name: "503", script: respond("503 Unavailable", `{"code":"x"}`), outcome: payment.Unknown, kind: payment.ErrUnavailable, arrived: 1},
		{name: "504", script: respond("504 Timeout", `{"code":"x"}`), outcome: payment.Unknown, kind: payment.ErrUnavailable, arrived: 1},
		{name: "302 undeclared", script: raw("HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"), outcome: payment.Unknown, arrived: 1},
		{name: "307 undeclared", script: raw("HTTP/1.1 307 Temporary\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"), outcome: payment.Unknown, arrived: 1},
		{name: "308 undeclared", script: raw("HTTP/1.1 308 Permanent\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"), outcome: payment.Unknown, arrived: 1},
		{name: "303 undeclared, with a good body", script: respond("303 See Other", ok), outcome: payment.Unknown, arrived: 1},
		{name: "302 declared", op: func(op *Operation) { op.Redirect = 302 }, decode: func(a *Answer) error {
			if a.Header.Get("Location") != "/bank" {
				return errors.New("no location")
			}
			return nil
		}, script: raw("HTTP/1.1 302 Found\r\nLocation: /bank\r\nContent-Length: 0\r\n\r\n"), isNil: true, arrived: 1},
		{name: "FIN after the request", script: after((*exchange).fin), outcome: payment.Unknown, kind: io.EOF, arrived: 1},
		{name: "RST after the request", script: after((*exchange).rst), outcome: payment.Unknown, kind: payment.ErrUnavailable, arrived: 1},
		{name: "FIN after the header block", script: func(x *exchange) { x.header(); x.fin() }, outcome: payment.Unknown},
		{name: "RST after the header block", script: func(x *exchange) { x.header(); x.rst() }, outcome: payment.Unknown},
		{name: "FIN on the first byte", script: (*exchange).fin, outcome: payment.Unknown},
		{name: "half a status line", script: raw("HTTP/1.1 20"), outcome: payment.Unknown, arrived: 1},
		{name: "half the header", script: raw("HTTP/1.1 200 OK\r\nContent-Le"), outcome: payment.Unknown, arrived: 1},
		{name: "two lengths", script: raw("HTTP/1.1 200 OK\r\nContent-Length: 11\r\nContent-Length: 12\r\n\r\n" + ok), outcome: payment.Unknown, arrived: 1},
		{name: "2xx cut by length", script: raw("HTTP/1.1 201 Created\r\nContent-Length: 50\r\n\r\n" + ok), outcome: payment.Unknown, kind: io.ErrUnexpectedEOF, arrived: 1},
		{name: "2xx last chunk missing", script: raw("HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n" + ok + "\r\n"), outcome: payment.Unknown, kind: io.ErrUnexpectedEOF, arrived: 1},
		{name: "2xx without length, cut", script: raw("HTTP/1.1 201 Created\r\nConnection: close\r\n\r\n" + ok[:6]), outcome: payment.Unknown, arrived: 1},
		{name: "2xx gzip cut", script: raw("HTTP/1.1 201 Created\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n" + gzipped(ok)[:20]), outcome: payment.Unknown, arrived: 1},
		{name: "2xx not gzip", script: raw("HTTP/1.1 201 Created\r\nContent-Encoding: gzip\r\nContent-Length: 11\r\n\r\n" + ok), outcome: payment.Unknown, arrived: 1},
		{name: "2xx gzip whole", script: raw("HTTP/1.1 201 Created\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n" + gzipped(ok)), isNil: true, arrived: 1},
		{name: "2xx too large", config: func(c *Config) { c.MaxWriteBody = 10 }, script: respond("201 Created", ok), outcome: payment.Unknown, arrived: 1},
		{name: "2xx too large once unpacked", config: func(c *Config) { c.MaxWriteBody = 1000 },
			script: raw("HTTP/1.1 201 Created\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n" + gzipped(strings.Repeat("0", 1<<20))), outcome: payment.Unknown, arrived: 1},
		{name: "2xx too large behind whole JSON", config: func(c *Config) { c.MaxWriteBody = 11 },
			script: raw("HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n" + ok + "\r\n2\r\n  \r\n0\r\n\r\n"), outcome: payment.Unknown, arrived: 1},
		{name: "2xx as large as allowed", config: func(c *Config) { c.MaxWriteBody = 11 },
			script: raw("HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n" + ok + "\r\n0\r\n\r\n"), isNil: true, arrived: 1},
		{name: "2xx not JSON", script: respond("200 OK", `<html>`), outcome: payment.Unknown, arrived: 1},
		{name: "2xx without the payment", script: respond("200 OK", `{}`), outcome: payment.Unknown, arrived: 1},
		{name: "2xx with a refusal inside", decode: func(*Answer) error {
			return &payment.Error{Outcome: payment.Refused, Kind: payment.ErrDeclined}
		}, script: respond("200 OK", ok), outcome: payment.Refused, kind: payment.ErrDeclined, arrived: 1},
		{name: "2xx that decode takes for our own mistake", decode: func(*Answer) error {
			_, err := payment.ParseMoney("1.234", "EUR")
			return err
		}, script: respond("200 OK", ok), outcome: payment.Unknown, kind: payment.ErrInvalidRequest, arrived: 1},
		{name: "2xx with another amount", decode: func(*Answer) error {
			return &payment.Error{Outcome: payment.Accepted, Kind: payment.ErrAmountMismatch}
		}, script: respond("200 OK", ok), outcome: payment.Accepted, kind: payment.ErrAmountMismatch, arrived: 1},
		{name: "no answer in time", config: func(c *Config) { c.WriteTimeout = 150 * time.Millisecond }, script: hang, outcome: payment.Unknown, kind: context.DeadlineExceeded, arrived: 1},
		{name: "body never ends", config: func(c *Config) { c.Grace = 30 * time.Millisecond },
			script: after(func(x *exchange) { x.write("HTTP/1.1 201 Created\r\nContent-Length: 11\r\n\r\n{"); hang(x) }), outcome: payment.Unknown, kind: context.DeadlineExceeded, arrived: 1},
		{name: "caller's deadline after a byte left", config: func(c *Config) { c.Linger = 10 * time.Millisecond }, ctx: func(t testing.TB) context.Context {
			ctx, cancel := context.WithTimeout(t.Context(), 150*time.Millisecond)
			t.Cleanup(cancel)
			return ctx
		}, script: hang, outcome: payment.Unknown, kind: context.DeadlineExceeded, arrived: 1},
		{name: "connection refused", config: func(c *Config) { c.BaseURL = closedPort }, script: respond("200 OK", ok), outcome: payment.NotSent, kind: syscall.ECONNREFUSED},
		{name: "no such host", config: func(c *Config) {
			c.Transport = trusting()
			c.Transport.DialContext = func(context.Context, string, string) (net.Conn, error) {
				return nil, &net.DNSError{Err: "no such host", Name: "x", IsNotFound: true}
			}
		}, script: respond("200 OK", ok), outcome: payment.NotSent, kind: payment.ErrUnavailable},
	}
	for _, r := range rows {
		for _, v := range []struct {
			name string
			tls  bool
			op   func() Operation
		}{{"POST", false, pay}, {"POST over TLS", true, pay}, {"GET", false, refund}, {"GET over TLS", true, refund}} {
			t.Run(r.name+"/"+v.name, func(t *testing.T) {
				s := newServer(t, v.tls, r.script)
				c := newClient(t, s, r.config)
				ctx := t.Context()
				if r.ctx != nil {
					ctx = r.ctx(t)
				}
				op := v.op()
				if r.op != nil {
					r.op(&op)
				}
				decode := decodeJSON
				if r.decode != nil {
					decode = r.decode
				}
				_, err := c.Do(ctx, op, decode)
				if r.isNil {
					if err != nil {
						t.Fatalf("error %v", err)
					}
				} else {
					checkError(t, err, r.outcome, r.kind)
				}
				if _, bodies := s.seen(); bodies != r.arrived {
					t.Errorf("the server saw %d complete requests, want %d", bodies, r.arrived)
				}
				if headers, _ := s.seen(); headers > 1 {
					t.Errorf("the server saw %d header blocks", headers)
				}
			})
		}
	}
}

func checkError(t *testing.T, err error, outcome payment.Outcome, kind error) {
	t.Helper()
	var e *payment.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want a *payment.Error", err)
	}
	if got := payment.OutcomeOf(err); got != outcome {
		t.Errorf("outcome %v, want %v (%v)", got, outcome, err)
	}
	if kind != nil && !errors.Is(err, kind) {
		t.Errorf("%v is no %v", err, kind)
	}
	if strings.ContainsAny(err.Error(), "\r\n") || strings.Contains(err.Error(), "127.0.0.1") {
		t.Errorf("error text shows too much: %q", err)
	}
}

// hang reads what has not been read and waits for the client to go.
func hang(x *exchange) {
	if x.req == nil {
		x.read()
	}
	_, _ = io.Copy(io.Discard, x.br)
	x.done = true
}

func gzipped(s string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = io.WriteString(w, s)
	_ = w.Close()
	return b.String()
}

// closedPort is where nobody listens. A port that a test has had before may be another's by now.
const closedPort = "http://127.0.0.1:1"

func TestTLSFailureIsNotSent(t *testing.T) {
	s := newServer(t, true, respond("200 OK", `{"id":"p"}`))
	c := newClient(t, s, func(c *Config) { c.Transport = &http.Transport{} })
	_, err := c.Do(t.Context(), pay(), decodeJSON)
	checkError(t, err, payment.NotSent, payment.ErrUnavailable)
	if headers, _ := s.seen(); headers != 0 {
		t.Errorf("the server saw %d requests through a failed handshake", headers)
	}
}
