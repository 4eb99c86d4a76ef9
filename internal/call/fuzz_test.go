package call

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
)

// FuzzAnswerHeader: no header of an answer makes a wait endless or a request id that cannot be logged, or shows a secret.
func FuzzAnswerHeader(f *testing.F) {
	const secret = "canary-0123456789"
	for _, s := range []string{"", "0", "120", "4294967295", "4294967296", "-1", "1.5", "soon", "Sat, 21 Nov 2026 12:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT",
		strings.Repeat("x", 120) + secret, secret + secret, "a\x00b\x7fc\u202ed"} {
		f.Add(s, s)
	}
	c := &Client{cfg: Config{RequestIDHeader: "X-Request-Id", MaxRetryWait: 10 * time.Second, RetryWait: time.Second, Secrets: []payment.Secret{payment.NewSecret(secret)}}}
	f.Fuzz(func(t *testing.T, wait, id string) {
		resp := &http.Response{Header: http.Header{"Retry-After": {wait}, "X-Request-Id": {id}}}
		asked, ok := retryAfter(wait)
		if asked < 0 || !ok && asked != 0 {
			t.Fatalf("Retry-After %q: %v, %v", wait, asked, ok)
		}
		r := reading{c: c, try: 1}
		if d, again := r.pause(resp); d < 0 || again && d > c.cfg.MaxRetryWait {
			t.Fatalf("Retry-After %q: wait %v, %v", wait, d, again)
		}
		got := c.requestID(&Operation{}, resp.Header)
		if len(got) > maxRequestID || strings.Contains(got, secret) || strings.ContainsFunc(got, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Fatalf("request id %q of %q", got, id)
		}
	})
}
