package call

import (
	"context"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// budget bounds the retries of a client against a provider that is down: a retry costs ten, a success gives one back.
type budget struct{ left atomic.Int64 }

const (
	budgetFull  = 100
	budgetRetry = 10
)

func newBudget() *budget {
	b := &budget{}
	b.left.Store(budgetFull)
	return b
}

func (b *budget) take() bool {
	for {
		n := b.left.Load()
		if n < budgetRetry {
			return false
		}
		if b.left.CompareAndSwap(n, n-budgetRetry) {
			return true
		}
	}
}

func (b *budget) give() {
	for {
		n := b.left.Load()
		if n >= budgetFull || b.left.CompareAndSwap(n, n+1) {
			return
		}
	}
}

// reading is one read with its tries. go-retryablehttp's hooks get neither the number of the try nor the context, so they
// are methods of the call's own state.
type reading struct {
	c    *Client
	ctx  context.Context
	op   *Operation
	try  int32
	wait time.Duration
	last *Answer // the last answer that was worth another try
}

// read sends op, and again as the policy allows. The answer may come with an error of reading its body.
func (c *Client) read(ctx context.Context, op *Operation, u *url.URL, header http.Header, limit time.Duration) (*Answer, error) {
	r := &reading{c: c, ctx: ctx, op: op}
	resp, err := r.send(c.request(ctx, op, u, header), limit)
	if err != nil {
		if resp != nil && resp.Body != nil {
			_ = resp.Body.Close()
		}
		if r.last != nil {
			r.last.Tries = r.try
			return r.last, faultOf(ctx, err)
		}
		return &Answer{Tries: r.try}, c.notAsked(op, faultOf(ctx, err))
	}
	a, err := c.readAnswer(op, resp, c.cfg.MaxReadBody)
	a.Tries = r.try
	if err != nil {
		return a, faultOf(ctx, err)
	}
	if a.Status < http.StatusInternalServerError {
		c.budget.give()
	}
	return a, nil
}

// send sends req, and again as check allows.
func (r *reading) send(req *http.Request, limit time.Duration) (*http.Response, error) {
	retryable, err := retryablehttp.FromRequest(req)
	if err == nil && len(r.op.Body) > 0 {
		err = retryable.SetBody(r.op.Body)
	}
	if err != nil {
		return nil, err
	}
	client := retryablehttp.Client{
		HTTPClient:   &http.Client{Transport: limited{r.c.reads, limit}, CheckRedirect: keepRedirect},
		RetryMax:     r.c.cfg.ReadRetries,
		CheckRetry:   r.check,
		Backoff:      r.backoff,
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
	}
	return client.Do(retryable)
}

// limited bounds one try, from the dial to the end of the body. The Timeout of an http.Client does the same, but with a
// goroutine and a timer of its own above any transport that is not net/http's.
type limited struct {
	rt    http.RoundTripper
	limit time.Duration
}

func (l limited) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(req.Context(), l.limit)
	resp, err := l.rt.RoundTrip(req.WithContext(ctx))
	if err == nil && resp == nil {
		err = errNothing
	}
	if err == nil {
		err = final(resp)
	}
	if err != nil {
		cancel()
		return nil, err
	}
	resp.Body = &limitedBody{resp.Body, cancel}
	return resp, nil
}

// limitedBody lets go of the limit when the body is closed.
type limitedBody struct {
	io.ReadCloser
	cancel context.CancelFunc
}

func (b *limitedBody) Close() error {
	defer b.cancel()
	return b.ReadCloser.Close()
}

func keepRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// check decides whether the read is worth another try, and keeps the answer in case the next one brings none. It never
// returns an error, which would replace the answer.
func (r *reading) check(_ context.Context, resp *http.Response, err error) (bool, error) {
	r.try++
	if r.ctx.Err() != nil || err == nil && !passing(resp.StatusCode) || int(r.try) > r.c.cfg.ReadRetries {
		return false, nil
	}
	wait, ok := r.pause(resp)
	if !ok {
		return false, nil
	}
	if deadline, has := r.ctx.Deadline(); has && time.Until(deadline) <= wait {
		return false, nil
	}
	if !r.c.budget.take() {
		return false, nil
	}
	r.wait = wait
	r.last = nil
	if err == nil {
		r.last, _ = r.c.readAnswer(r.op, resp, keptBody)
		r.last.Tries = r.try
	}
	return true, nil
}

// keptBody bounds what is kept of an answer that is tried again.
const keptBody = 64 << 10

// passing reports whether a status tells of a trouble that may pass.
func passing(status int) bool {
	switch status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	default:
		return false
	}
}

// pause returns how long to wait: half of the step fixed and half by chance, and at least what the provider asks for.
// A provider that asks for more than the limit is not asked again.
func (r *reading) pause(resp *http.Response) (time.Duration, bool) {
	step, first := r.c.cfg.MaxRetryWait, r.c.cfg.RetryWait
	if shift := r.try - 1; first <= step>>shift {
		step = first << shift
	}
	wait := step/2 + rand.N(step/2+1)
	if resp == nil {
		return wait, true
	}
	asked, ok := retryAfter(resp.Header.Get("Retry-After"))
	if !ok {
		return wait, true
	}
	return max(wait, asked), asked <= r.c.cfg.MaxRetryWait
}

// retryAfter reads seconds or an HTTP date.
func retryAfter(v string) (time.Duration, bool) {
	if v == "" {
		return 0, false
	}
	if n, err := strconv.ParseUint(v, 10, 32); err == nil {
		return time.Duration(n) * time.Second, true
	}
	if t, err := http.ParseTime(v); err == nil {
		return max(time.Until(t), 0), true
	}
	return 0, false
}

func (r *reading) backoff(time.Duration, time.Duration, int, *http.Response) time.Duration {
	return r.wait
}
