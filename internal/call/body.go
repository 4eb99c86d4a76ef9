package call

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/supplierpay/supplierpay-go/internal/redact"
	"github.com/supplierpay/supplierpay-go/payment"
)

// errTooLarge: the answer is longer than the client's limit for it.
var errTooLarge = errors.New("answer larger than the limit")

// readAnswer reads resp to its end, at most limit bytes after decompression, and closes it. The answer is never nil. The
// secrets of the client and of the call are removed from it: no answer needs them, but for a Handover, and errors quote it.
func (c *Client) readAnswer(op *Operation, resp *http.Response, limit int64) (*Answer, error) {
	a := &Answer{Status: resp.StatusCode, Header: resp.Header, RequestID: c.requestID(op, resp.Header), Tries: 1}
	defer func() { _ = resp.Body.Close() }()
	if resp.ContentLength > limit {
		return a, errTooLarge
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
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
	id = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, id)
	if id = c.blotText(id, op); len(id) > maxRequestID {
		id = id[:maxRequestID]
	}
	return id
}

// tokenIn returns the bearer token of a header, unless it is none or a secret of the client already.
func (c *Client) tokenIn(h http.Header) []payment.Secret {
	token, ok := strings.CutPrefix(h.Get("Authorization"), "Bearer ")
	if !ok || slices.ContainsFunc(c.cfg.Secrets, func(s payment.Secret) bool { return s.Reveal() == token }) {
		return nil
	}
	return []payment.Secret{payment.NewSecret(token)}
}
