package call

import (
	"context"
	"net/http"
	"slices"
)

// header builds the request's header: the client's, the operation's, the credentials, and what the caller adds.
func (c *Client) header(ctx context.Context, op *Operation, extra http.Header) (http.Header, error) {
	h := http.Header{"User-Agent": {c.cfg.UserAgent}}
	add(h, c.cfg.Header)
	add(h, op.Header)
	if len(op.Body) > 0 && h.Get("Content-Type") == "" {
		h["Content-Type"] = []string{"application/json"}
	}
	if !c.cfg.Bearer.IsZero() {
		h["Authorization"] = []string{"Bearer " + c.cfg.Bearer.Reveal()}
	}
	if err := c.checkExtra(op, h, extra); err != nil {
		return nil, err
	}
	if c.cfg.Authorize != nil {
		credentials, err := c.cfg.Authorize(ctx)
		if err != nil {
			return nil, c.noToken(op, err)
		}
		add(h, credentials)
		op.hide(c.tokenIn(h))
		if err := c.checkExtra(op, h, extra); err != nil {
			return nil, err
		}
	}
	if c.replayed(op) && promises(h) {
		return nil, c.wrong(op, "Header", "a write without a body takes no idempotency key when a RoundTripper replaces the transport: it might be sent twice")
	}
	add(h, extra)
	return h, nil
}

// add copies fields into h. Keys are taken as they are spelled.
func add(h, fields http.Header) {
	for k, v := range fields {
		h[k] = slices.Clone(v)
	}
}
