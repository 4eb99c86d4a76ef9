package sim

import (
	"sync"
	"time"
)

// Clock is the provider's clock. The zero Clock goes with the real one until somebody sets it.
type Clock struct {
	mu     sync.Mutex
	ahead  time.Duration // of the real clock, while it runs
	stands time.Time     // where Set stopped it; zero while it runs
}

// Now returns the provider's time, in UTC.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.stands.IsZero() {
		return c.stands
	}
	return time.Now().Add(c.ahead).Round(0).UTC()
}

// Set stops the clock at t.
func (c *Clock) Set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stands = t.Round(0).UTC()
}

// Advance moves the clock by d, whether it runs or stands.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.stands.IsZero() {
		c.stands = c.stands.Add(d)
		return
	}
	c.ahead += d
}
