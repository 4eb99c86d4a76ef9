package call

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http/httptrace"
	"sync/atomic"
)

// framing is the size of net/http's read buffer on our connections. It bounds the lines between the chunks of a chunked
// answer, and its trailers.
const framing = 256

// answers is the connection that net/http reads answers from. net/http prints what it has buffered of an unasked answer to
// the process's standard logger, and takes an unasked answer for that of the next request. So answers hands out no byte
// behind the end of the answer under way, and nothing at all while no request is under way.
//
// A read of more than framing bytes goes past net/http's buffer into the body of an answer, and net/http never asks for more
// than the body has left. A shorter read fills the buffer. In a header block it gets one line, because a header block ends
// with a line; elsewhere it gets one byte.
type answers struct {
	net.Conn
	buf      *bufio.Reader
	inHeader bool
	idle     atomic.Bool // no request is under way
	begun    atomic.Bool // a request was given the connection, and nothing has been read since
}

func newAnswers(c net.Conn) *answers { return &answers{Conn: c, buf: bufio.NewReader(c)} }

// NetConn returns the connection below.
func (a *answers) NetConn() net.Conn { return a.Conn }

func (a *answers) Read(p []byte) (int, error) {
	if _, err := a.buf.Peek(1); err != nil {
		return 0, err
	}
	if a.idle.Load() {
		return 0, io.EOF // net/http closes the connection
	}
	if a.begun.Swap(false) {
		a.inHeader = true
	}
	switch {
	case len(p) > framing:
	case a.inHeader:
		line, _ := a.buf.Peek(min(len(p), a.buf.Buffered()))
		if end := bytes.IndexByte(line, '\n'); end >= 0 {
			line = line[:end+1]
		}
		a.inHeader = len(bytes.Trim(line, "\r\n")) > 0
		p = p[:len(line)]
	default:
		p = p[:1]
	}
	return a.buf.Read(p)
}

// end notes that the answer has been read to its end. It runs on net/http's reading goroutine, before that reads on. What
// has arrived behind the answer makes the connection useless.
func (a *answers) end() {
	a.idle.Store(true)
	if a.buf.Buffered() > 0 {
		_ = a.Conn.Close()
		a.buf.Reset(a.Conn) // the next request may be given the connection before net/http has noticed
	}
}

// watched is a request on a connection that may be kept.
type watched struct{ conn *answers }

// trace tells the connection when the request is given the connection and when its answer has ended.
func (w *watched) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GotConn: func(info httptrace.GotConnInfo) {
			if w.conn, _ = info.Conn.(*answers); w.conn != nil {
				w.conn.begun.Store(true)
				w.conn.idle.Store(false)
			}
		},
		PutIdleConn: func(error) {
			if w.conn != nil {
				w.conn.end()
			}
		},
	}
}
