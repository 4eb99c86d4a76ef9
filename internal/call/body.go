package call

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/supplierpay/supplierpay-go/payment"
)

// errTooLarge: the answer is longer than the client's limit for it.
var errTooLarge = errors.New("answer larger than the limit")

// pooledBuffer is the largest buffer that is kept for the next answer.
const pooledBuffer = 64 << 10

// buffers pools what answers are read into; nothing of it is handed out.
type buffers struct{ pool sync.Pool }

func (b *buffers) get() *bytes.Buffer {
	if buf, ok := b.pool.Get().(*bytes.Buffer); ok {
		return buf
	}
	return new(bytes.Buffer)
}

func (b *buffers) put(buf *bytes.Buffer) {
	if buf.Cap() <= pooledBuffer {
		buf.Reset()
		b.pool.Put(buf)
	}
}

// readAnswer reads resp to its end, at most limit bytes after decompression, and closes it. The answer is never nil.
func (c *Client) readAnswer(op *Operation, resp *http.Response, limit int64) (*Answer, error) {
	a := &Answer{Status: resp.StatusCode, Header: resp.Header, RequestID: c.requestID(op, resp.Header), Tries: 1}
	defer func() { _ = resp.Body.Close() }()
	if resp.ContentLength > limit {
		return a, errTooLarge
	}
	buf := c.buffers.get()
	defer c.buffers.put(buf)
	n, err := buf.ReadFrom(io.LimitReader(resp.Body, limit+1))
	if n > limit {
		return a, errTooLarge
	}
	a.Body = c.blot(op, bytes.Clone(buf.Bytes()))
	return a, err
}

// maxRequestID bounds what is kept of a provider's request id.
const maxRequestID = 128

// requestID returns the provider's id of the call, cut to something that can be logged.
func (c *Client) requestID(op *Operation, h http.Header) string {
	if c.cfg.RequestIDHeader == "" {
		return ""
	}
	id := h.Get(c.cfg.RequestIDHeader)
	if len(id) > maxRequestID {
		id = id[:maxRequestID]
	}
	id = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, id)
	return c.blotText(id, op)
}

// blotted stands in errors where a provider quoted a secret.
const blotted = "[secret]"

// minBlot is the shortest secret that is blotted out of whole bodies: a shorter one may be part of any number.
const minBlot = 8

// blot removes the secrets of the client and of the call from an answer: no body needs them, and errors quote bodies.
func (c *Client) blot(op *Operation, body []byte) []byte {
	body = blotForms(body, c.secretForms())
	if len(op.Secrets) > 0 {
		body = blotForms(body, secretForms(op.Secrets)())
	}
	return body
}

func blotForms(body []byte, forms [][]byte) []byte {
	for _, form := range forms {
		if bytes.Contains(body, form) {
			body = bytes.ReplaceAll(body, form, []byte(blotted))
		}
	}
	return body
}

// secretForms returns a function that knows how the secrets look in a body. The forms stay inside it, where no formatter
// finds them.
func secretForms(secrets []payment.Secret) func() [][]byte {
	var forms [][]byte
	for _, s := range secrets {
		v := s.Reveal()
		if len(v) < minBlot {
			continue
		}
		forms = append(forms, []byte(v))
		if quoted := strconv.Quote(v); quoted[1:len(quoted)-1] != v {
			forms = append(forms, []byte(quoted[1:len(quoted)-1]))
		}
	}
	return func() [][]byte { return forms }
}
