package call

import (
	"context"
	"net/http/httptrace"
	"sync"
	"time"
)

// writeContext is the context of a write. The caller's cancel does not reach it by itself:
//
//   - Before the first byte of the request, the caller's end cancels the write.
//   - After the first byte, the caller's end starts the linger timer: the answer may still come in that time.
//   - Once the header of the answer has arrived, the caller's end does nothing. The body is read to its end, within the grace time.
//
// The time limit of the write holds until the header has arrived, whatever the caller does.
type writeContext struct {
	ctx        context.Context
	cancel     context.CancelCauseFunc
	stopCaller func() bool // stops watching the caller

	mu       sync.Mutex
	detached bool        // the caller's end does nothing any more
	limit    *time.Timer // the time limit, then the grace time
	linger   *time.Timer // runs while the caller has ended and no header has arrived
}

func (c *Client) newWriteContext(caller context.Context, e *evidence, limit time.Duration) *writeContext {
	w := &writeContext{}
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(caller))
	w.cancel = cancel
	w.ctx = httptrace.WithClientTrace(context.WithValue(ctx, evidenceKey{}, e), &httptrace.ClientTrace{GotConn: e.gotConn})
	w.limit = time.AfterFunc(limit, func() { cancel(errTimeout) })
	w.stopCaller = context.AfterFunc(caller, func() { w.callerEnded(explainContext(caller), e, c.cfg.Linger) })
	return w
}

func (w *writeContext) callerEnded(why error, e *evidence, linger time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.detached:
	case !e.begun():
		w.cancel(why)
	default:
		w.linger = time.AfterFunc(linger, func() { w.lingerEnded(why) })
	}
}

func (w *writeContext) lingerEnded(why error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.detached {
		w.cancel(why)
	}
}

// headerArrived detaches the write from its caller. From here on the grace time bounds the body.
func (w *writeContext) headerArrived(grace time.Duration) {
	w.detach()
	w.limit = time.AfterFunc(grace, func() { w.cancel(errSlowBody) })
}

func (w *writeContext) detach() {
	w.stopCaller()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.detached = true
	w.limit.Stop()
	if w.linger != nil {
		w.linger.Stop()
	}
}

// close frees everything. The request must have ended.
func (w *writeContext) close() {
	w.detach()
	w.cancel(context.Canceled)
}
