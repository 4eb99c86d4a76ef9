package call

import (
	"context"
	"net/http/httptrace"
	"sync"
	"time"
)

// deadline is the context of a write and what ends it: before the first byte the caller's end; after it the caller's end
// and a short linger, or the time limit; once the header of the answer is here only the time limit of its body.
type deadline struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	stop   func() bool // stops watching the caller

	mu       sync.Mutex
	answered bool
	limit    *time.Timer
	linger   *time.Timer // runs while the caller is gone and the answer is not here
}

func (c *Client) newDeadline(caller context.Context, e *evidence, limit time.Duration) *deadline {
	d := &deadline{}
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(caller))
	d.cancel = cancel
	d.ctx = httptrace.WithClientTrace(context.WithValue(ctx, evidenceKey{}, e), &httptrace.ClientTrace{GotConn: e.gotConn})
	d.limit = time.AfterFunc(limit, func() { cancel(errTimeout) })
	d.stop = context.AfterFunc(caller, func() {
		why := explainContext(caller)
		d.mu.Lock()
		defer d.mu.Unlock()
		switch {
		case d.answered:
		case !e.begun():
			cancel(why)
		default:
			d.linger = time.AfterFunc(c.cfg.Linger, func() { d.expire(why) })
		}
	})
	return d
}

// expire ends the write unless it has been answered.
func (d *deadline) expire(why error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.answered {
		d.cancel(why)
	}
}

// answer lets go of the caller: the header is here, and the body has grace to end.
func (d *deadline) answer(grace time.Duration) {
	d.release()
	d.limit = time.AfterFunc(grace, func() { d.cancel(errSlowBody) })
}

func (d *deadline) release() {
	d.stop()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.answered = true
	d.limit.Stop()
	if d.linger != nil {
		d.linger.Stop()
	}
}

// close frees everything; the request must have ended.
func (d *deadline) close() {
	d.release()
	d.cancel(context.Canceled)
}
