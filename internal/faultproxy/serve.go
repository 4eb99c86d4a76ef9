package faultproxy

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
)

// serving is the proxy's end of one connection.
type serving struct {
	p    *Proxy
	link *link
	raw  net.Conn
	conn net.Conn // raw, or TLS on it
	br   *bufio.Reader
}

func (s *serving) run() {
	greeting := Welcome
	if plan := s.p.planned(); plan.Accept != nil {
		greeting = plan.Accept()
	}
	switch greeting {
	case Welcome:
	case CloseHandshake:
		_, _ = s.raw.Read(make([]byte, 64))
		end(s.raw, false)
		return
	default:
		end(s.raw, greeting == ResetUnread)
		return
	}
	if s.p.tls != nil {
		t := tls.Server(s.raw, s.p.tls)
		if t.HandshakeContext(s.p.ctx) != nil {
			return
		}
		s.conn = t
	}
	s.br = bufio.NewReader(s.conn)
	for s.next() {
	}
}

// next serves one request and reports whether the connection goes on.
func (s *serving) next() bool {
	s.p.change(func() { s.link.idle = true })
	_, err := s.br.Peek(1)
	s.p.change(func() { s.link.idle = false })
	if err != nil {
		return false
	}
	r, err := http.ReadRequest(s.br)
	if err != nil {
		return false
	}
	f := Fault{}
	plan := s.p.planned()
	if plan.Request != nil {
		f = plan.Request(r)
	}
	if f.Cut == InRequest {
		end(s.raw, f.Reset)
		return false
	}
	if strings.EqualFold(r.Header.Get("Expect"), "100-continue") {
		s.write("HTTP/1.1 100 Continue\r\n\r\n")
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return false
	}
	s.p.change(func() { s.p.acting++ })
	defer s.p.change(func() { s.p.acting-- })
	if plan.Arrived != nil {
		plan.Arrived(r, body)
	}
	return s.exchange(r, body, f)
}

// exchange does what f says with a request that is there in full.
func (s *serving) exchange(r *http.Request, body []byte, f Fault) bool {
	if f.Hold != nil {
		s.hold(f.Hold)
	}
	if f.Late != nil {
		s.end(f.Reset)
		select {
		case <-f.Late:
			s.act(r, body)
		case <-s.p.ctx.Done():
		}
		return false
	}
	if f.Cut == BeforeActing {
		s.end(f.Reset)
		return false
	}
	a := Answer{Status: http.StatusInternalServerError, Header: http.Header{}}
	ok := true
	if !f.Skip {
		a, ok = s.act(r, body)
		if f.Twice {
			a, ok = s.act(r, body)
		}
	}
	if !ok || f.Cut == BeforeAnswer {
		s.end(f.Reset)
		return false
	}
	if f.Answer != nil {
		a = f.Answer(a)
	}
	return s.answer(r, f, a)
}

// hold calls f with a channel that is closed when the client hangs up.
func (s *serving) hold(f func(gone <-chan struct{})) {
	gone, watched := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(watched)
		if _, err := s.br.Peek(1); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			close(gone)
		}
	}()
	f(gone)
	_ = s.conn.SetReadDeadline(time.Unix(1, 0))
	<-watched
	_ = s.conn.SetReadDeadline(time.Time{})
}

// act hands the request to the provider. It reports false when the provider broke off.
func (s *serving) act(r *http.Request, body []byte) (a Answer, ok bool) {
	r = r.Clone(s.p.ctx)
	r.Body = io.NopCloser(bytes.NewReader(body))
	r.ContentLength = int64(len(body))
	r.RemoteAddr = s.raw.RemoteAddr().String()
	if t, isTLS := s.conn.(*tls.Conn); isTLS {
		state := t.ConnectionState()
		r.TLS = &state
	}
	w := &recorder{header: http.Header{}}
	defer func() {
		if e := recover(); e != nil {
			if err, isErr := e.(error); !isErr || !errors.Is(err, http.ErrAbortHandler) {
				panic(e)
			}
			a, ok = Answer{}, false
		}
	}()
	s.p.handler.ServeHTTP(w, r)
	return w.answer(), true
}

// end closes the connection, with TLS in good order unless reset.
func (s *serving) end(reset bool) {
	if reset {
		end(s.raw, true)
		return
	}
	_ = s.conn.Close()
}

func (s *serving) write(text string) bool {
	_, err := io.WriteString(s.conn, text)
	return err == nil
}

// recorder is the ResponseWriter of the handler.
type recorder struct {
	header http.Header
	sent   http.Header // the header at the time of WriteHeader
	status int
	body   bytes.Buffer
}

func (w *recorder) Header() http.Header { return w.header }

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 && status >= 200 {
		w.status, w.sent = status, w.header.Clone()
	}
}

func (w *recorder) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(b)
}

func (w *recorder) answer() Answer {
	w.WriteHeader(http.StatusOK)
	return Answer{Status: w.status, Header: w.sent, Body: w.body.Bytes()}
}
