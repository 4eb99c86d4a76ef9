package call

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
)

// tied returns the leash of a request that has begun, and what its caller leaves by. The times are an hour each but for linger.
func tied(t *testing.T, linger time.Duration) (*leash, context.CancelCauseFunc) {
	caller, cancel := context.WithCancelCause(t.Context())
	s := &sending{evidence: evidence{caller: caller}}
	s.evidence.enter(true)
	s.leash.tie(&s.evidence, linger, time.Hour, time.Hour)
	t.Cleanup(s.leash.release)
	return &s.leash, cancel
}

// TestLeashIsAContext has contexts made of a request's context, as net/http and middleware make them, end with it and let go of it.
func TestLeashIsAContext(t *testing.T) {
	type key struct{}
	synctest.Test(t, func(t *testing.T) {
		l, leave := tied(t, time.Second)
		before, stop := context.WithCancel(l)
		cancelled, cancel := context.WithCancelCause(l)
		limited, stopLimited := context.WithTimeout(context.WithValue(l, key{}, 1), 2*time.Hour)
		defer stopLimited()
		kept := context.WithoutCancel(l)
		stop()
		cancel(errNothing)
		if l.Err() != nil || before.Err() == nil || !errors.Is(context.Cause(cancelled), errNothing) {
			t.Errorf("%v, %v, %v: want only what was cancelled to have ended", l.Err(), before.Err(), context.Cause(cancelled))
		}
		if _, has := l.Deadline(); has || limited.Value(key{}) != 1 || evidenceOf(limited) == nil {
			t.Error("a deadline, or not the values")
		}

		leave(errNoID)
		synctest.Wait()
		if l.Err() != nil || context.Cause(l) != nil {
			t.Errorf("ended while the request lingers: %v, %v", l.Err(), context.Cause(l))
		}
		ends := make(chan string, 2)
		context.AfterFunc(l, func() { ends <- "before" })
		if stop := l.AfterFunc(func() { ends <- "stopped" }); !stop() || stop() {
			t.Error("what is stopped can be stopped once")
		}
		<-l.Done()
		<-limited.Done()
		if !errors.Is(l.Err(), context.Canceled) || !errors.Is(limited.Err(), context.Canceled) || !errors.Is(l.why(), errNoID) || kept.Err() != nil {
			t.Errorf("%v, %v, %v, %v", l.Err(), limited.Err(), l.why(), kept.Err())
		}
		if got := <-ends; got != "before" {
			t.Error(got)
		}
		if stop := l.AfterFunc(func() { ends <- "after" }); stop() {
			t.Error("stopped after the end")
		}
		if got := <-ends; got != "after" {
			t.Error(got)
		}
		late, stopLate := context.WithCancel(l)
		defer stopLate()
		if !errors.Is(late.Err(), context.Canceled) {
			t.Error("made of what has ended, and has not")
		}
	})
}

// TestLeashSaysTimeout: to whoever has the request's context, our own limits are deadlines.
func TestLeashSaysTimeout(t *testing.T) {
	for _, answered := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			l, _ := tied(t, time.Second)
			if answered {
				l.answered()
			}
			<-l.Done()
			if !errors.Is(l.Err(), context.DeadlineExceeded) {
				t.Error(l.Err())
			}
		})
	}
	s := newServer(t, false, hang)
	var told error
	c := newClient(t, s, func(cfg *Config) {
		cfg.WriteTimeout = time.Millisecond
		cfg.Middleware = []middleware{func(next http.RoundTripper) http.RoundTripper {
			return roundTripper(func(r *http.Request) (*http.Response, error) {
				resp, err := next.RoundTrip(r)
				told = err
				return resp, err
			})
		}}
	})
	_, err := c.Do(t.Context(), pay(), decodeJSON)
	var e *payment.Error
	if !errors.As(err, &e) || !errors.Is(told, context.DeadlineExceeded) {
		t.Errorf("%v, told %v", err, told)
	}
}

// TestLeashAnsweredAsItEnds: an answer that comes just when the time to linger ends is read.
func TestLeashAnsweredAsItEnds(t *testing.T) {
	l, _ := tied(t, time.Second)
	l.answered()
	l.leave(errNoID) // its timer had gone off, and it waited for the lock
	if l.Err() != nil {
		t.Error(l.why())
	}
}

// TestLeashPrints: whoever prints a request's context reads nothing that is being written.
func TestLeashPrints(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, leave := tied(t, time.Second)
		var wg sync.WaitGroup
		wg.Go(func() { leave(nil) })
		if got, want := fmt.Sprint(context.WithValue(l, evidenceKey{}, 1)), "call.leash.WithValue"; len(got) < len(want) || got[:len(want)] != want {
			t.Error(got)
		}
		wg.Wait()
	})
}
