package call

import (
	"context"
	"net/http"
	"slices"
	"sync/atomic"
)

// header builds the request's header: the client's, the operation's, the credentials, and what the caller adds. The map is
// the request's own, or one that many share; the values are shared, and closed so that nobody appends to them.
func (c *Client) header(ctx context.Context, op *Operation, extra http.Header) (http.Header, error) {
	if s := c.sharedBy(op); s != nil && len(extra) == 0 {
		return c.fromShared(ctx, op, s.slot(len(op.Body) > 0))
	}
	h := c.own(op, len(extra))
	if err := c.checkExtra(op, h, extra); err != nil {
		return nil, err
	}
	cr, err := c.authorize(ctx, op)
	if err != nil {
		return nil, err
	}
	if cr != nil {
		cr.addTo(h)
		op.hide(c.tokenIn(h))
		if err := c.checkExtra(op, h, extra); err != nil {
			return nil, err
		}
	}
	if c.replayed(op) && promises(h) {
		return nil, c.wrong(op, "Header", "a write without a body takes no idempotency key when a RoundTripper replaces the transport: it might be sent twice")
	}
	for k, v := range extra {
		h[k] = slices.Clone(v)
	}
	return h, nil
}

// sharedBy is what op shares its header by; nil when its request needs one of its own.
func (c *Client) sharedBy(op *Operation) *Shared {
	switch {
	case !c.shares || len(op.Header) > 0 || op.Method == http.MethodHead: // which asks for no gzip
		return nil
	case op.Shared != nil:
		return op.Shared
	default:
		return &c.shared
	}
}

func (c *Client) fromShared(ctx context.Context, op *Operation, slot *atomic.Pointer[shared]) (http.Header, error) {
	cr, err := c.authorize(ctx, op)
	if err != nil {
		return nil, err
	}
	s := slot.Load()
	if s == nil || s.client != c || s.with != cr {
		s = &shared{client: c, with: cr, header: c.own(op, 0)}
		if cr != nil {
			cr.addTo(s.header)
			s.token = c.tokenIn(s.header)
		}
		slot.Store(s)
	}
	op.hide(s.token)
	return s.header, nil
}

// authorize returns the credentials of a call; nil when it has none.
func (c *Client) authorize(ctx context.Context, op *Operation) (*Credentials, error) {
	if c.cfg.Authorize == nil {
		return nil, nil
	}
	cr, err := c.cfg.Authorize(ctx)
	if err != nil {
		return nil, c.noToken(op, err)
	}
	return cr, nil
}

// own is a new header with the client's fields and the operation's, and room for more.
func (c *Client) own(op *Operation, more int) http.Header {
	const usual = 4 // User-Agent, Accept-Encoding, Content-Type, Authorization
	var shared http.Header
	if op.Shared != nil {
		shared = op.Shared.header
	}
	h := make(http.Header, len(c.fields)+len(shared)+len(op.Header)+usual+more)
	for _, f := range c.fields {
		h[f.key] = f.values
	}
	for _, fields := range []http.Header{shared, op.Header} {
		for k, v := range fields {
			h[k] = v[:len(v):len(v)]
		}
	}
	h["User-Agent"] = c.userAgent
	if c.gzip != nil && op.Method != http.MethodHead && h.Get("Range") == "" { // as net/http: a part of it cannot be undone
		h["Accept-Encoding"] = c.gzip
	}
	if len(op.Body) > 0 && h.Get("Content-Type") == "" {
		h["Content-Type"] = c.contentType
	}
	if c.bearer != nil {
		h["Authorization"] = c.bearer()
	}
	return h
}
