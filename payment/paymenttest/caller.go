package paymenttest

import (
	"context"
	"sync"
	"time"
)

// caller is a context that ends when the suite says so, and with the error that it says: a deadline
// can pass at the very moment when a request has arrived.
type caller struct {
	once sync.Once
	done chan struct{}
	mu   sync.Mutex
	err  error
}

func newCaller() *caller { return &caller{done: make(chan struct{})} }

func (c *caller) end(err error) {
	c.once.Do(func() {
		c.mu.Lock()
		c.err = err
		c.mu.Unlock()
		close(c.done)
	})
}

func (c *caller) Deadline() (time.Time, bool) { return time.Time{}, false }
func (c *caller) Done() <-chan struct{}       { return c.done }
func (c *caller) Value(any) any               { return nil }

func (c *caller) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

var _ context.Context = (*caller)(nil)
