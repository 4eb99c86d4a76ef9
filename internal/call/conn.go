package call

import (
	"encoding/binary"
	"net"
	"sync/atomic"
)

// conn counts the bytes that the kernel accepted. On HTTP/1.1 every error of a round trip waits for the writing
// goroutine, so the count, compared before and after, tells whether anything of a request left.
type conn struct {
	net.Conn
	sent atomic.Int64
	// gate is armed when a request is given the connection, and asked at the request's first byte.
	gate atomic.Pointer[func() error]
}

// gateError marks what a gate said, so that it is told from an error of the network.
type gateError struct{ err error }

func (e *gateError) Error() string { return e.err.Error() }
func (e *gateError) Unwrap() error { return e.err }

func (c *conn) Write(p []byte) (int, error) {
	if isAlert(p) {
		return c.Conn.Write(p)
	}
	if gate := c.gate.Swap(nil); gate != nil {
		if err := (*gate)(); err != nil {
			return 0, &gateError{err}
		}
	}
	// Counted before the write and corrected after it: a concurrent look sees too much, never too little.
	c.sent.Add(int64(len(p)))
	n, err := c.Conn.Write(p)
	if n != len(p) {
		c.sent.Add(int64(n - len(p)))
	}
	return n, err
}

const (
	recordAlert       = 21
	recordApplication = 23
	recordHeader      = 5
	// alertTLS13 is an encrypted alert of TLS 1.3: two bytes, the inner type, the tag. No request is two bytes long.
	alertTLS13 = 2 + 1 + 16
)

// isAlert reports whether p is one TLS alert, such as the close_notify of closing: no part of a request.
func isAlert(p []byte) bool {
	if len(p) <= recordHeader || p[1] != 3 || len(p) != recordHeader+int(binary.BigEndian.Uint16(p[3:])) {
		return false
	}
	return p[0] == recordAlert || p[0] == recordApplication && len(p) == recordHeader+alertTLS13
}

// unwrap finds our connection under TLS; nil when there is none to be found.
func unwrap(c net.Conn) *conn {
	for c != nil {
		switch t := c.(type) {
		case *conn:
			return t
		case interface{ NetConn() net.Conn }:
			c = t.NetConn()
		default:
			return nil
		}
	}
	return nil
}
