package call

import (
	"context"
	"net/http"
	"net/http/httptrace"
	"reflect"
	"sync"
	"sync/atomic"
)

// evidence collects, over all tries of one write, what is known about bytes that left.
type evidence struct {
	gate    func() error // of the caller; may be nil
	refused atomic.Pointer[gateError]

	mu       sync.Mutex
	uses     []use
	entered  int32 // round trips that reached the transport below the middleware
	before   int32 // of those, the ones of earlier tries
	inFlight int32 // of those, the ones that have not returned
	blind    int32 // connections, and round trips of a user's transport, of which bytes cannot be counted
	awaited  int32 // of the round trips in blind, the ones whose connection has not been seen
	over     bool  // the call has ended; a middleware's late try is refused

	// Of middleware, which may send by ways of its own that nobody sees:
	wrapped  bool           // there is some
	hasBody  bool           // the request has a body
	opened   atomic.Bool    // somebody above the transport has read the body
	resp     *http.Response // what the transport returned last
	err      error
	passedOn bool // in this try it has done nothing but pass the request and its failure on

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

// ask asks the gate and remembers its refusal: net/http may tell instead that it has closed the connection since.
func (e *evidence) ask() error {
	err := e.gate()
	if err != nil {
		e.refused.Store(&gateError{err})
	}
	return err
}

func (e *evidence) gotConn(info httptrace.GotConnInfo) {
	e.mu.Lock()
	defer e.mu.Unlock()
	c := unwrap(info.Conn)
	switch {
	case c != nil:
	case e.awaited > 0: // the connection of a round trip that counts already
		e.awaited--
		return
	default:
		e.blind++
		return
	}
	e.uses = append(e.uses, use{c, c.sent.Load()})
	if e.gate == nil {
		c.gate.Store(nil)
		return
	}
	ask := e.ask
	c.gate.Store(&ask)
}

// enter notes a round trip and reports whether it may begin. Of one that is blind nothing can be counted.
func (e *evidence) enter(blind bool) bool {
	e.mu.Lock()
	may := !e.over
	if may {
		e.entered++
		e.inFlight++
		if blind {
			e.blind++
			e.awaited++
		}
	}
	e.mu.Unlock()
	return may
}

func (e *evidence) leave() {
	e.mu.Lock()
	if e.inFlight--; e.inFlight == 0 {
		e.awaited = 0
	}
	e.mu.Unlock()
}

// returned notes what the transport below the middleware returns.
func (e *evidence) returned(resp *http.Response, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.resp, e.err = resp, err
}

// failed notes that a try has ended with err. Middleware has passed it on if the transport was used
// once and err is the very error that it returned: a wrapped one may have been made after a way of
// its own.
func (e *evidence) failed(err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.passedOn = e.entered == e.before+1 && reflect.ValueOf(err).Comparable() && any(err) == any(e.err)
}

// detour reports whether middleware may have sent the request by a way of its own. It cannot have when it has passed the
// request and its failure on and nobody has read the body: the request is nothing without it. One without a body proves nothing.
func (e *evidence) detour() bool {
	return e.wrapped && (!e.passedOn || !e.hasBody || e.opened.Load())
}

// close ends the call: nothing more may be sent for it. What is asked of the evidence afterwards stays true.
func (e *evidence) close() {
	e.mu.Lock()
	e.over = true
	e.mu.Unlock()
}

// begun reports whether bytes may have left, seen while the call is still running.
func (e *evidence) begun() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.blind > 0 || e.bytes() > 0
}

// proven reports whether it is proven that nothing left: this try used our own transport, which has returned, and every
// connection that the call had counts zero bytes. Call it after the round trip has failed.
func (e *evidence) proven() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.unsent()
}

func (e *evidence) unsent() bool {
	return e.entered > e.before && e.inFlight == 0 && e.blind == 0 && e.bytes() == 0 && !e.detour()
}

// again begins another try, on a connection of its own, if still nothing has left: a middleware may have sent meanwhile.
func (e *evidence) again() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.unsent() {
		return false
	}
	e.before = e.entered
	e.fresh.Store(true)
	return true
}

// several reports whether the request may have left more than once, or may still leave once more: then resp answers only one
// of them. An answer that is neither our transport's nor another's that was seen is of a request that was not. Call it after
// close.
func (e *evidence) several(resp *http.Response) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	left := int(e.blind)
	for _, u := range e.uses {
		if u.conn.sent.Load() > u.base {
			left++
		}
	}
	unseen := e.wrapped && e.blind == 0 && resp != e.resp
	return left > 1 || e.inFlight > 0 || unseen
}

// connected reports whether any try had a connection.
func (e *evidence) connected() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.blind > 0 || len(e.uses) > 0
}

func (e *evidence) bytes() int64 {
	var sum int64
	for _, u := range e.uses {
		sum += u.conn.sent.Load() - u.base
	}
	return sum
}
