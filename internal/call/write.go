package call

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
)

const (
	// maxTries bounds how often a write is tried: once, and twice more while nothing is proven to have left.
	maxTries = 3
	// firstDialWait is the pause after a failed connection, doubled each time.
	firstDialWait = 100 * time.Millisecond
)

// errNothing and errNotFinal are what a foreign round tripper, or the server, did wrong.
var (
	errNothing  = errors.New("neither answer nor error")
	errNotFinal = errors.New("an answer without a final HTTP status")
)

// errTimeout and errSlowBody are what the call's own limits cancel it with.
var (
	errTimeout  = &fault{text: "no answer within the time limit", causes: []error{context.DeadlineExceeded}}
	errSlowBody = &fault{text: "the answer's body did not end within the time limit", causes: []error{context.DeadlineExceeded}}
)

// write sends op once. It returns the answer, or an error already placed. An answer may come with an error of reading
// its body.
func (c *Client) write(ctx context.Context, op *Operation, u *url.URL, header http.Header, limit time.Duration) (*Answer, error) {
	if ctx.Err() != nil {
		return nil, c.notSent(op, explainContext(ctx))
	}
	if op.hooks.Gate != nil {
		if err := op.hooks.Gate(); err != nil {
			return nil, c.notSent(op, err)
		}
	}
	e := &evidence{gate: op.hooks.Gate, wrapped: len(c.cfg.Middleware) > 0, hasBody: len(op.Body) > 0}
	defer e.close()
	w := c.newWriteContext(ctx, e, limit)
	defer w.close()

	var err error
	wait, tries := firstDialWait, int32(0)
	for {
		tries++
		var resp *http.Response
		resp, err = c.writes.RoundTrip(c.writeRequest(w.ctx, e, op, u, header))
		if resp != nil && err == nil {
			if err = final(resp); err != nil { // an answer all the same: it proves that something left
				return &Answer{Tries: tries}, c.transportError(op, payment.Unknown, faultOf(w.ctx, err))
			}
			w.headerArrived(c.cfg.Grace)
			a, readErr := c.readAnswer(op, resp, c.cfg.MaxWriteBody)
			a.Tries = tries
			e.close()
			a.Several = e.several(resp)
			if readErr != nil {
				return a, faultOf(w.ctx, readErr)
			}
			return a, nil
		}
		if err == nil {
			err = errNothing
		}
		e.failed(err)
		if refused := e.refused.Load(); refused != nil {
			err = refused
		}
		if !e.proven() {
			return &Answer{Tries: tries}, c.transportError(op, payment.Unknown, faultOf(w.ctx, err))
		}
		// The write may still wait for an answer for a caller who left while a write was tried: there is none to wait for.
		if tries == maxTries || ctx.Err() != nil || w.ctx.Err() != nil || !mayHelp(err) {
			break
		}
		if !e.connected() {
			if !pause(w.ctx, ctx, wait) {
				break
			}
			wait *= 2
		}
		if !e.again() {
			break
		}
	}
	outcome := payment.NotSent
	if e.close(); !e.proven() { // a middleware has sent since
		outcome = payment.Unknown
	}
	return &Answer{Tries: tries}, c.transportError(op, outcome, unsentFault(ctx, w.ctx, err))
}

// unsentFault is the fault of a write of which nothing has left. That the caller is gone says more than what the network did
// meanwhile.
func unsentFault(caller, ctx context.Context, err error) *fault {
	if caller.Err() != nil && mayHelp(err) {
		return explainContext(caller)
	}
	return faultOf(ctx, err)
}

// final makes sure that resp can be read, or closes it. Behind a status below 200 there is no answer to be had: net/http
// lets 000 through, which is "no answer" here, and the body of a 101 is the connection itself, which ends with no context.
func final(resp *http.Response) error {
	if resp.Body == nil {
		resp.Body = http.NoBody // a foreign round tripper's
	}
	if resp.StatusCode >= http.StatusOK {
		return nil
	}
	_ = resp.Body.Close()
	return errNotFinal
}

// mayHelp reports whether trying again can change anything.
func mayHelp(err error) bool {
	var gate *gateError
	return !errors.As(err, &gate)
}

// pause waits for d unless one of the contexts ends first.
func pause(a, b context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-a.Done():
	case <-b.Done():
	}
	return false
}

// writeRequest is one try of a write. net/http cannot replay it: GetBody stays nil, and a request without a body gets a guard
// that changes no byte on the wire but is no body that net/http would dare to send again. POST, PUT and PATCH need no guard,
// and with one they would be sent chunked. Middleware gets a body that tells when it is read.
func (c *Client) writeRequest(ctx context.Context, e *evidence, op *Operation, u *url.URL, header http.Header) *http.Request {
	req := c.request(ctx, op, u, header)
	switch {
	case len(op.Body) > 0:
		req.ContentLength = int64(len(op.Body))
		if req.Body = inMemory(op.Body); e.wrapped {
			req.Body = &sealed{ReadCloser: req.Body, content: op.Body, evidence: e}
		}
	case guarded(op.Method):
		req.Body = io.NopCloser(strings.NewReader(""))
	}
	return req
}

// inMemory is a body that net/http knows to be in memory: it sends the body in one packet with the header.
func inMemory(content []byte) io.ReadCloser { return io.NopCloser(bytes.NewReader(content)) }

// sealed is the body of a write on its way through middleware. Whoever reads it there could send it by another way.
type sealed struct {
	io.ReadCloser
	content  []byte
	evidence *evidence
}

func (s *sealed) Read(p []byte) (int, error) {
	s.evidence.opened.Store(true)
	return s.ReadCloser.Read(p)
}

// unsealed returns req with the body that net/http is to read, unless a middleware has replaced it.
func unsealed(req *http.Request) *http.Request {
	s, ok := req.Body.(*sealed)
	if !ok {
		return req
	}
	req = req.WithContext(req.Context())
	req.Body = inMemory(s.content)
	return req
}

// request is the request of an operation without its body.
func (c *Client) request(ctx context.Context, op *Operation, u *url.URL, header http.Header) *http.Request {
	req := &http.Request{Method: op.Method, URL: u, Host: u.Host, Header: header.Clone(), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}
	return req.WithContext(ctx)
}

// guarded reports whether a request of this method without a body gets a guard.
func guarded(method string) bool {
	return method != http.MethodPost && method != http.MethodPut && method != http.MethodPatch
}
