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
	if said := c.rate.Load(); said != nil {
		return said.parse()
	}
	return RateLimit{}, false
}

// rateHeaders are the headers of an answer that tell the rate limit. They are parsed when somebody asks.
type rateHeaders struct{ limit, remaining, reset string }

// keepRate keeps the rate limit of an answer that has one.
func (c *Client) keepRate(h http.Header) {
	said := rateHeaders{only(h["Ratelimit-Limit"]), only(h["Ratelimit-Remaining"]), only(h["Ratelimit-Reset"])}
	if count(said.limit) < 0 && count(said.remaining) < 0 {
		if _, ok := said.parse(); !ok {
			return
		}
	}
	c.rate.Store(&said)
}

// only is [http.Header.Get] for a key that needs no canonical form.
func only(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

// unpaddedDate is an HTTP date whose day has one digit: Duffel's own, which http.ParseTime refuses.
const unpaddedDate = "Mon, 2 Jan 2006 15:04:05 MST"

// parse reads what can be read. Nothing about these headers is an error.
func (said rateHeaders) parse() (RateLimit, bool) {
	r := RateLimit{Limit: count(said.limit), Remaining: count(said.remaining)}
	if t, err := http.ParseTime(said.reset); err == nil {
		r.Reset = t.UTC()
	} else if t, err := time.Parse(unpaddedDate, said.reset); err == nil {
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
