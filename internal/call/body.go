package call

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/supplierpay/supplierpay-go/internal/redact"
	"github.com/supplierpay/supplierpay-go/payment"
)

// errTooLarge: the answer is longer than the client's limit for it.
var errTooLarge = errors.New("answer larger than the limit")

// pooledBuffer is the largest buffer that is kept for the next answer.
const pooledBuffer = 64 << 10

// buffers pools what answers are read into; nothing of it is handed out.
type buffers struct{ pool sync.Pool }

// buffer is what an answer is read into, and what it is read through.
type buffer struct {
	bytes.Buffer
	limited io.LimitedReader
	zip     unzipping
}

func (b *buffers) get() *buffer {
	if buf, ok := b.pool.Get().(*buffer); ok {
		return buf
	}
	return new(buffer)
}

func (b *buffers) put(buf *buffer) {
	if buf.Cap() <= pooledBuffer {
		buf.Reset()
		buf.limited = io.LimitedReader{}
		buf.zip.letGo()
		b.pool.Put(buf)
	}
}

// readAnswer reads resp to its end, at most limit bytes after decompression, and closes it. The answer is never nil. The
// secrets of the client and of the call are removed from it: no answer needs them, but for a Handover, and errors quote it.
func (c *Client) readAnswer(op *Operation, resp *http.Response, limit int64) (*Answer, error) {
	a := &Answer{Status: resp.StatusCode, Header: resp.Header, RequestID: c.requestID(op, resp.Header), Tries: 1}
	defer func() { _ = resp.Body.Close() }()
	zipped := c.zipped(resp)
	if resp.ContentLength > limit && !zipped {
		return a, errTooLarge
	}
	body, err := c.receive(resp, zipped, limit)
	if int64(len(body)) > limit {
		return a, errTooLarge
	}
	a.Body = redact.Body(redact.Body(body, c.cfg.Secrets), op.Secrets)
	if err != nil || !op.good(a.Status) {
		a.Body = redact.Body(a.Body, op.Handover)
	}
	if err != nil {
		a.Body = redact.Truncated(redact.Truncated(redact.Truncated(a.Body, c.cfg.Secrets), op.Secrets), op.Handover)
	}
	return a, err
}

// receive reads the body of resp to its end, or to more than limit bytes. One of a length that was announced needs no buffer.
func (c *Client) receive(resp *http.Response, zipped bool, limit int64) ([]byte, error) {
	if n := resp.ContentLength; n > 0 && n <= pooledBuffer && !zipped {
		return exactly(resp.Body, n, limit)
	}
	buf := c.buffers.get()
	defer c.buffers.put(buf)
	buf.limited = io.LimitedReader{R: resp.Body, N: limit + 1}
	if zipped {
		buf.limited.R = buf.zip.of(resp.Body)
	}
	_, err := buf.ReadFrom(&buf.limited)
	return bytes.Clone(buf.Bytes()), err
}

// zipped reports whether the body is compressed because we asked for it, and if so makes the header tell of the body as it is
// handed out, as net/http does.
func (c *Client) zipped(resp *http.Response) bool {
	if c.gzip == nil || resp.ContentLength == 0 || !strings.EqualFold(resp.Header.Get("Content-Encoding"), "gzip") ||
		resp.Request == nil || resp.Request.Header.Get("Accept-Encoding") == "" {
		return false
	}
	resp.Header.Del("Content-Encoding")
	resp.Header.Del("Content-Length")
	return true
}

// exactly reads a body that should have n bytes, and what more it has: a user's round tripper may have changed it.
func exactly(r io.Reader, n, limit int64) ([]byte, error) {
	body := make([]byte, n+1) // one byte more, to see the end
	for got := 0; ; {
		m, err := r.Read(body[got:])
		got += m
		switch {
		case err == io.EOF: //nolint:errorlint // as io.ReadAll: what wraps it is no end but a failure
			return body[:got:got], nil
		case err != nil:
			return body[:got:got], err
		case got == len(body):
			rest, err := io.ReadAll(io.LimitReader(r, limit+1-int64(got)))
			return append(body, rest...), err
		}
	}
}

// maxRequestID bounds what is kept of a provider's request id.
const maxRequestID = 128

// requestID returns the provider's id of the call, cut to something that can be logged. Secrets go after what does not
// print, which may be in the middle of one, and before the cut, which may be too.
func (c *Client) requestID(op *Operation, h http.Header) string {
	if c.cfg.RequestIDHeader == "" {
		return ""
	}
	id := h.Get(c.cfg.RequestIDHeader)
	if id == "" && c.cfg.OtherRequestIDHeader != "" {
		id = h.Get(c.cfg.OtherRequestIDHeader)
	}
	if !printable(id) {
		id = strings.Map(func(r rune) rune {
			if r < ' ' || r > '~' {
				return -1
			}
			return r
		}, id)
	}
	if id = c.blotText(id, op); len(id) > maxRequestID {
		id = id[:maxRequestID]
	}
	return id
}

func printable(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// tokenIn returns the bearer token of a header, unless it is none or a secret of the client already.
func (c *Client) tokenIn(h http.Header) []payment.Secret {
	token, ok := strings.CutPrefix(h.Get("Authorization"), "Bearer ")
	if !ok || slices.ContainsFunc(c.cfg.Secrets, func(s payment.Secret) bool { return s.Reveal() == token }) {
		return nil
	}
	return []payment.Secret{payment.NewSecret(token)}
}
