package duffel

import (
	"net/http"
	"strconv"
	"time"
)

// RateLimit is what Duffel's last answer said of the rate of calls. None remaining is no failure: slow down before the
// next call.
type RateLimit struct {
	Limit     int       // calls in the period, -1 when not said
	Remaining int       // calls left in the period, -1 when not said
	Reset     time.Time // when the period ends, zero when not said
}

// RateLimit returns the rate limit of the last answer that had one; false before that.
func (c *Client) RateLimit() (RateLimit, bool) {
	if limit := c.rate.Load(); limit != nil {
		return *limit, true
	}
	return RateLimit{}, false
}

// unpaddedDate is an HTTP date whose day has one digit: Duffel's own, which http.ParseTime refuses.
const unpaddedDate = "Mon, 2 Jan 2006 15:04:05 MST"

// parseRateLimit reads what can be read. Nothing about these headers is an error.
func parseRateLimit(h http.Header) (RateLimit, bool) {
	r := RateLimit{Limit: count(h.Get("Ratelimit-Limit")), Remaining: count(h.Get("Ratelimit-Remaining"))}
	reset := h.Get("Ratelimit-Reset")
	if t, err := http.ParseTime(reset); err == nil {
		r.Reset = t.UTC()
	} else if t, err := time.Parse(unpaddedDate, reset); err == nil {
		r.Reset = t.UTC()
	}
	return r, r.Limit >= 0 || r.Remaining >= 0 || !r.Reset.IsZero()
}

func count(s string) int {
	n, err := strconv.ParseUint(s, 10, 31)
	if err != nil {
		return -1
	}
	return int(n)
}
