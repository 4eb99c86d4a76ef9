package token

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/payment/httpcall"
)

// calling is a login whose calls are told to the options of its context, as the call layer does.
func calling(seen *httpcall.Options, names ...string) func(context.Context) (Grant[int64], error) {
	return func(ctx context.Context) (Grant[int64], error) {
		o := httpcall.From(ctx)
		*seen = o
		for _, name := range names {
			select {
			case <-time.After(10 * time.Millisecond):
			case <-ctx.Done():
				return Grant[int64]{}, ctx.Err()
			}
			if o.OnResult != nil {
				o.OnResult(httpcall.Result{Call: httpcall.Call{Operation: name}})
			}
		}
		return Grant[int64]{Value: 1, Lifetime: time.Hour}, nil
	}
}

// TestCallsOfALogin: they are told to the caller who began it and to no other, before Get returns.
func TestCallsOfALogin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen httpcall.Options
		s := New(Config[int64]{Login: calling(&seen, "Challenge", "Login")})
		told := make([][]string, 3)
		var wg sync.WaitGroup
		for i := range told {
			wg.Go(func() {
				<-time.After(time.Duration(i) * time.Millisecond)
				ctx := httpcall.With(t.Context(), httpcall.Options{
					Timeout: time.Nanosecond, Header: http.Header{"X-A": {"1"}},
					OnResult: func(r httpcall.Result) { told[i] = append(told[i], r.Operation) }, // races unless on this goroutine
				})
				if _, _, err := s.Get(ctx); err != nil {
					t.Error(err)
				}
				told[i] = append(told[i], "returned")
			})
		}
		wg.Wait()
		want := [][]string{{"Challenge", "Login", "returned"}, {"returned"}, {"returned"}}
		if diff := cmp.Diff(want, told); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if seen.Timeout != 0 || seen.Header != nil {
			t.Errorf("the login took the options of one caller: %+v", seen)
		}
	})
}

// TestCallsOfALoginNobodyAsked: without OnResult nothing is kept, and a caller who has left is told
// nothing.
func TestCallsOfALoginNobodyAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen httpcall.Options
		s := New(Config[int64]{Login: calling(&seen, "Login")})
		if _, _, err := s.Get(t.Context()); err != nil || seen.OnResult != nil {
			t.Errorf("%v, collects %t", err, seen.OnResult != nil)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		var seen httpcall.Options
		s := New(Config[int64]{Login: calling(&seen, "Login", "More")})
		ctx, cancel := context.WithTimeout(t.Context(), 15*time.Millisecond)
		defer cancel()
		joined := make(chan error)
		go func() {
			<-time.After(time.Millisecond)
			_, _, err := s.Get(t.Context())
			joined <- err
		}()
		left := false
		_, _, err := s.Get(httpcall.With(ctx, httpcall.Options{OnResult: func(httpcall.Result) {
			t.Errorf("told, left: %t", left)
		}}))
		left = true
		if err == nil || <-joined != nil {
			t.Errorf("the first caller got %v", err)
		}
	})
}

// TestRenew logs in although there is a value, which stays when that fails.
func TestRenew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &logins{life: time.Hour}
		s := New(Config[int64]{Login: l.login})
		get := func(want int64) {
			t.Helper()
			if v, _, err := s.Get(t.Context()); v != want || err != nil {
				t.Errorf("value %d, %v, want %d", v, err, want)
			}
		}
		get(1)
		if v, _, err := s.Renew(t.Context()); v != 2 || err != nil {
			t.Errorf("renewed to %d, %v", v, err)
		}
		get(2)
		l.err = errors.New("wrong password")
		during := make(chan int64)
		go func() {
			<-time.After(10 * time.Millisecond)
			v, _, _ := s.Get(t.Context())
			during <- v
		}()
		if _, _, err := s.Renew(t.Context()); !errors.Is(err, l.err) {
			t.Errorf("got %v", err)
		}
		if v := <-during; v != 2 {
			t.Errorf("during the login the value was %d", v)
		}
		get(2)
		if n := l.n.Load(); n != 3 {
			t.Errorf("%d logins, want 3", n)
		}
	})
}
