package call

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
)

// reserved are the headers that net/http or this package sets, or that would change how a request or its answer travels.
// A caller's header must not name them, nor any that the client, the operation or the credentials set.
var reserved = []string{
	"Accept", "Accept-Encoding", "Authorization", "Connection", "Content-Encoding", "Content-Length", "Content-Type", "Cookie",
	"Expect", "Host", "Keep-Alive", "Proxy-Authorization", "Proxy-Connection", "Range", "Te", "Trailer", "Transfer-Encoding",
	"Upgrade", "User-Agent",
}

// checkExtra refuses a caller's header that cannot be sent beside h.
func (c *Client) checkExtra(op *Operation, h, extra http.Header) error {
	if len(extra) == 0 {
		return nil
	}
	if c.replayed(op) {
		return c.wrong(op, "Header", "a write without a body takes none when a RoundTripper replaces the transport")
	}
	for key, values := range extra {
		switch {
		case !IsToken(key):
			return c.wrong(op, "Header", "a key is no header name")
		case has(reserved, key) || hasKey(h, key):
			return c.wrong(op, "Header", fmt.Sprintf("%q is not the caller's to set", key))
		}
		for _, v := range values {
			if bad(v) {
				return c.wrong(op, "Header", fmt.Sprintf("the value of %q has control characters", key))
			}
		}
	}
	return nil
}

// replayed reports whether a header can make net/http send the write again on its own. Our own transport is safe from that;
// one of the user's may be net/http's.
func (c *Client) replayed(op *Operation) bool {
	return c.cfg.RoundTripper != nil && op.Kind == Write && len(op.Body) == 0 && !guarded(op.Method)
}

func has(keys []string, key string) bool {
	for _, k := range keys {
		if sameKey(k, key) {
			return true
		}
	}
	return false
}

func hasKey(h http.Header, key string) bool {
	for k := range h {
		if sameKey(k, key) {
			return true
		}
	}
	return false
}

// sameKey compares as servers do that make no difference between cases, and those that make none between - and _.
func sameKey(a, b string) bool {
	return len(a) == len(b) && strings.EqualFold(strings.ReplaceAll(a, "_", "-"), strings.ReplaceAll(b, "_", "-"))
}

// IsToken reports whether s is a token of HTTP, as header names and products of a User-Agent are.
func IsToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return r <= ' ' || r > '~' || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
	})
}

// wrong is a call that was not made because of a field of its operation, or of the options in its context.
func (c *Client) wrong(op *Operation, field, problem string) error {
	e := payment.InvalidField(field, problem)
	e.Provider, e.Op = c.cfg.Provider, op.name()
	if op.Kind == Read {
		e.Outcome = payment.Unknown
	}
	return e
}

// shorter is the limit of a call: the client's, or less when the caller wants less.
func shorter(limit, wanted time.Duration) time.Duration {
	if wanted > 0 {
		return min(limit, wanted)
	}
	return limit
}
