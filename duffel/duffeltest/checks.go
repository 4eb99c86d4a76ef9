package duffeltest

import (
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/supplierpay/supplierpay-go/internal/sim"
)

func requestID(c *sim.Call) string { return fmt.Sprintf("REQ-%d", c.N) }

// checked puts what Duffel checks for every request in front of h.
func (s *Server) checked(h sim.Handler) sim.Handler {
	return func(c *sim.Call) func() sim.Answer {
		if code := s.refusal(c); code != "" {
			return refuse(c, code, "")
		}
		return h(c)
	}
}

// refusal returns the code of what is wrong with a request whatever it asks for, or "".
func (s *Server) refusal(c *sim.Call) string {
	writes := c.Method != http.MethodGet && c.Method != http.MethodHead
	auth := c.Header.Get("Authorization")
	token, bearer := strings.CutPrefix(auth, "Bearer ")
	version := c.Header.Get("Duffel-Version")
	switch {
	case auth == "":
		return "missing_authorization_header"
	case !bearer:
		return "invalid_authorization_header"
	case token != s.Token && token != s.ReadOnlyToken:
		return "access_token_not_found"
	case !s.limit.pass(s.Now()):
		return "rate_limit_exceeded"
	case version == "":
		return "missing_version_header"
	case version == "v1" || version == "beta":
		return "unsupported_version"
	case version != "v2":
		return "invalid_version_header"
	case !strings.Contains(c.Header.Get("Accept"), "application/json"):
		return "unsupported_format"
	case writes && token == s.ReadOnlyToken:
		return "insufficient_permissions"
	case len(c.Body) > 0 && c.Header.Get("Content-Type") == "":
		return "missing_content_type_header"
	}
	if media, _, _ := mime.ParseMediaType(c.Header.Get("Content-Type")); len(c.Body) > 0 && media != "application/json" {
		return "invalid_content_type_header"
	}
	return ""
}

func (s *Server) notFound(c *sim.Call) func() sim.Answer { return refuse(c, "not_found", "") }

// stamp adds the headers of every answer.
func (s *Server) stamp(c *sim.Call, h http.Header) {
	h.Set("X-Request-Id", requestID(c))
	limit, remaining, reset := s.limit.show(s.Now())
	h.Set("Ratelimit-Limit", strconv.Itoa(limit))
	h.Set("Ratelimit-Remaining", strconv.Itoa(remaining))
	h.Set("Ratelimit-Reset", reset.Format(http.TimeFormat))
}

// The documentation's example of a limit is 60 requests in 60 seconds.
const (
	shownLimit = 60
	window     = time.Minute
)

// limiter counts requests in fixed windows of a minute.
type limiter struct {
	limit int // 0: none

	mu    sync.Mutex
	used  int
	reset time.Time // when the window ends
}

func (l *limiter) pass(now time.Time) bool {
	if l.limit == 0 {
		return true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if !now.Before(l.reset) {
		l.used, l.reset = 0, now.Add(window)
	}
	if l.used == l.limit {
		return false
	}
	l.used++
	return true
}

func (l *limiter) show(now time.Time) (limit, remaining int, reset time.Time) {
	if l.limit == 0 {
		return shownLimit, shownLimit - 1, now.Add(window)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if !now.Before(l.reset) {
		return l.limit, l.limit, now.Add(window)
	}
	return l.limit, l.limit - l.used, l.reset
}
