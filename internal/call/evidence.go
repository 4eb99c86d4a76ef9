package call

import (
	"context"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
	"time"
)

// evidence collects, over all tries of one write, what is known about bytes that left. It is also the context that the
// write's own contexts are made of: it has the caller's values, itself among them, and not the caller's end.
type evidence struct {
	caller context.Context
	gate   func() error
	trace  httptrace.ClientTrace

	mu       sync.Mutex
	first    [1]use // backs uses without an allocation in the usual case
	uses     []use
	blind    bool // a connection was had on which bytes cannot be counted
	entered  int  // round trips that reached our transport
	inFlight int  // of those, not returned yet
	over     bool // the call has ended; a middleware's late try is refused

	fresh atomic.Bool // what follows goes out on a connection of its own
}

// use is one connection given to the call, with the connection's count at that moment.
type use struct {
	conn *conn
	base int64
}

type evidenceKey struct{}

func evidenceOf(ctx context.Context) *evidence {
	e, _ := ctx.Value(evidenceKey{}).(*evidence)
	return e
}

// Deadline, Done and Err say that e never ends; Value gives the caller's values.
func (e *evidence) Deadline() (time.Time, bool) { return time.Time{}, false }
func (e *evidence) Done() <-chan struct{}       { return nil }
func (e *evidence) Err() error                  { return nil }
func (e *evidence) Value(key any) any {
	if _, ok := key.(evidenceKey); ok {
		return e
	}
	return e.caller.Value(key)
}

// attach returns a context made of e's, in which the transport reports to e.
func (e *evidence) attach(ctx context.Context) context.Context {
	e.trace.GotConn = e.gotConn
	return httptrace.WithClientTrace(ctx, &e.trace)
}

func (e *evidence) gotConn(info httptrace.GotConnInfo) {
	e.mu.Lock()
	defer e.mu.Unlock()
	c := unwrap(info.Conn)
	if c == nil {
		e.blind = true
		return
	}
	if e.uses == nil {
		e.uses = e.first[:0]
	}
	e.uses = append(e.uses, use{c, c.sent.Load()})
	if e.gate == nil {
		c.gate.Store(nil)
		return
	}
	c.gate.Store(&e.gate)
}

// enter notes a round trip of our transport and reports whether it may begin.
func (e *evidence) enter() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.over {
		return false
	}
	e.entered++
	e.inFlight++
	return true
}

func (e *evidence) leave() {
	e.mu.Lock()
	e.inFlight--
	e.mu.Unlock()
}

// close ends the call: nothing more may be sent for it.
func (e *evidence) close() {
	e.mu.Lock()
	e.over = true
	e.mu.Unlock()
}

// begun reports whether bytes may have left, seen while the call is still running.
func (e *evidence) begun() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.blind || e.bytes() > 0
}

// proven reports whether it is proven that nothing left: our own transport was used, has returned, and every connection
// that it had counts zero bytes. Call it after the round trip has failed.
func (e *evidence) proven() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.entered > 0 && e.inFlight == 0 && !e.blind && e.bytes() == 0
}

// connected reports whether any try had a connection.
func (e *evidence) connected() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.blind || len(e.uses) > 0
}

func (e *evidence) bytes() int64 {
	var sum int64
	for _, u := range e.uses {
		sum += u.conn.sent.Load() - u.base
	}
	return sum
}
