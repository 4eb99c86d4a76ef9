package call

import (
	"context"
	"errors"
	"sync"
	"time"
)

// leash ties a request to its caller loosely: before the first byte the caller's end stops it; after it the request has
// a bounded time more to be answered; once it is answered only the body's own limit counts.
//
// It is also the context of the request. One of context.WithCancelCause would do, but keeps a map for the one context that
// net/http makes of it, which is what most of it costs. Where a middleware adds a value to it, package context takes a
// goroutine for that, until the request has ended.
type leash struct {
	context.Context // for its values: the evidence, as the transport reports to it
	caller          context.Context
	stop            func() bool
	done            chan struct{}

	mu      sync.Mutex
	cause   error  // why the request has ended; nil while it has not
	then    *after // what to do at its end
	loose   bool   // answered or released: the caller's end no longer matters
	over    bool   // released
	timer   *time.Timer
	until   time.Time // when the time is over
	grace   time.Duration
	late    error // what that means
	linger  time.Duration
	leaving *time.Timer // runs while the caller is gone and the request is not
}

// after is what is to be done when the request has ended.
type after struct {
	call func()
	next *after
}

// tie begins; e is the evidence of the same write. The timer goes off at least as often as grace, in time for the earliest
// limit that there may be: nearly every answer comes before it does, and to set it back for each wakes the runtime's poller.
func (l *leash) tie(e *evidence, linger, limit, grace time.Duration) {
	l.Context, l.caller, l.done = e.attach(), e.caller, make(chan struct{})
	l.mu.Lock()
	l.until, l.late, l.grace, l.linger = time.Now().Add(limit), errTimeout, grace, linger
	l.timer = time.AfterFunc(min(limit, grace), l.expire)
	l.mu.Unlock()
	l.stop = context.AfterFunc(l.caller, l.left)
}

// Done, Err and AfterFunc tell of the request's end, to whoever has its context. The caller's end and deadline are not its own.
func (l *leash) Done() <-chan struct{} { return l.done }

// Err returns context.DeadlineExceeded when it was time that ended the request, and context.Canceled otherwise. See why for more.
func (l *leash) Err() error {
	switch why := l.why(); {
	case why == nil:
		return nil
	case errors.Is(why, context.DeadlineExceeded):
		return context.DeadlineExceeded
	default:
		return context.Canceled
	}
}

// String is for whoever prints the context: what is in it changes meanwhile.
func (l *leash) String() string { return "call.leash" }

// why returns what has ended the request.
func (l *leash) why() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.cause
}

// AfterFunc is what package context asks a context for that is not its own, see [context.AfterFunc].
func (l *leash) AfterFunc(call func()) (stop func() bool) {
	a := &after{call: call}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cause != nil {
		go call()
	} else {
		a.next, l.then = l.then, a
	}
	return func() bool { return l.forget(a) }
}

// forget takes a out of what is to be done, and reports whether it was still there.
func (l *leash) forget(a *after) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for at := &l.then; *at != nil; at = &(*at).next {
		if *at == a {
			*at = a.next
			return true
		}
	}
	return false
}

// end ends the request. It is called with the lock.
func (l *leash) end(cause error) {
	if l.cause != nil {
		return
	}
	l.cause = cause
	close(l.done)
	for a := l.then; a != nil; a = a.next {
		go a.call()
	}
	l.then = nil
}

// left is called when the caller has ended.
func (l *leash) left() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.loose {
		return
	}
	why := explainContext(l.caller)
	if !evidenceOf(l).begun() {
		l.end(why)
		return
	}
	l.leaving = time.AfterFunc(l.linger, func() { l.leave(why) })
}

// leave ends a request that has lingered for its caller, unless it was answered just now.
func (l *leash) leave(why error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.loose {
		l.end(why)
	}
}

// expire ends the request if its time is over.
func (l *leash) expire() {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch left := time.Until(l.until); {
	case l.over:
	case left > 0:
		l.timer.Reset(min(left, l.grace)) // an answer may come meanwhile
	default:
		l.end(l.late)
	}
}

// answered lets go of the caller: the header is here, and the body has grace to end.
func (l *leash) answered() {
	l.stop()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.letGo()
	l.until, l.late = time.Now().Add(l.grace), errSlowBody
}

// release frees everything; the request must have ended.
func (l *leash) release() {
	if !l.loose { // no lock: nothing but answered and release sets it
		l.stop()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.letGo()
	l.over = true
	l.timer.Stop()
	l.end(context.Canceled)
}

func (l *leash) letGo() {
	l.loose = true
	if l.leaving != nil {
		l.leaving.Stop()
	}
}
