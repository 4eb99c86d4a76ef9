package token

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
)

// logins counts logins that take 50 ms and give the values 1, 2, 3.
type logins struct {
	n    atomic.Int64
	life time.Duration
	err  error
}

func (l *logins) login(ctx context.Context) (Grant[int64], error) {
	n := l.n.Add(1)
	select {
	case <-time.After(50 * time.Millisecond):
	case <-ctx.Done():
		return Grant[int64]{}, ctx.Err()
	}
	return Grant[int64]{Value: n, Lifetime: l.life}, l.err
}

func TestOneLoginForAll(t *testing.T) {
	failure := errors.New("wrong password")
	for _, want := range []error{nil, failure} {
		synctest.Test(t, func(t *testing.T) {
			l := &logins{life: time.Hour, err: want}
			s := New(Config[int64]{Login: l.login})
			start := time.Now()
			var wg sync.WaitGroup
			for range 64 {
				wg.Go(func() {
					if _, _, err := s.Get(t.Context()); !errors.Is(err, want) {
						t.Errorf("got %v, want %v", err, want)
					}
				})
			}
			wg.Wait()
			if n := l.n.Load(); n != 1 {
				t.Errorf("%d logins, want 1", n)
			}
			if d := time.Since(start); d != 50*time.Millisecond {
				t.Errorf("took %v", d)
			}
		})
	}
}

func TestRenewal(t *testing.T) {
	rows := []struct {
		name  string
		life  time.Duration
		idle  time.Duration
		steps []time.Duration // pauses between calls
		want  []int64         // the value after each pause
	}{
		{"a minute early", time.Hour, 0, []time.Duration{58 * time.Minute, 2 * time.Minute}, []int64{1, 2}},
		{"never earlier than a fifth", time.Minute, 0, []time.Duration{47 * time.Second, 2 * time.Second}, []int64{1, 2}},
		{"default lifetime", 0, 0, []time.Duration{3 * time.Minute, 2 * time.Minute}, []int64{1, 2}},
		{"idle", time.Hour, 10 * time.Minute, []time.Duration{9 * time.Minute, 9 * time.Minute, 11 * time.Minute}, []int64{1, 1, 2}},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := New(Config[int64]{Login: (&logins{life: r.life}).login, Idle: r.idle})
				if v, _, err := s.Get(t.Context()); v != 1 || err != nil {
					t.Fatal(v, err)
				}
				for i, d := range r.steps {
					<-time.After(d)
					if v, _, _ := s.Get(t.Context()); v != r.want[i] {
						t.Errorf("after %v: value %d, want %d", d, v, r.want[i])
					}
				}
			})
		})
	}
}

func TestCallersKeepTheirContexts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &logins{life: time.Hour}
		s := New(Config[int64]{Login: l.login})
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		joined := make(chan int64)
		go func() {
			<-time.After(5 * time.Millisecond)
			v, _, _ := s.Get(t.Context())
			joined <- v
		}()
		if _, _, err := s.Get(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the first caller got %v", err)
		}
		if v := <-joined; v != 1 || l.n.Load() != 1 {
			t.Errorf("the second caller got %d after %d logins", v, l.n.Load())
		}
	})
}

// TestNobodyWaits abandons a login: it is cancelled, and the next caller starts another.
func TestNobodyWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &logins{life: time.Hour}
		s := New(Config[int64]{Login: l.login})
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		if _, _, err := s.Get(ctx); err == nil {
			t.Fatal("got a value from a login that takes longer")
		}
		synctest.Wait()
		if v, _, err := s.Get(t.Context()); v != 2 || err != nil {
			t.Errorf("got %d, %v", v, err)
		}
	})
}

func TestDrop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Config[int64]{Login: (&logins{life: time.Hour}).login})
		_, serial, _ := s.Get(t.Context())
		s.Drop(serial)
		v, _, _ := s.Get(t.Context())
		s.Drop(serial) // a late answer to the old value
		if again, _, _ := s.Get(t.Context()); v != 2 || again != 2 {
			t.Errorf("values %d, %d, want 2, 2", v, again)
		}
	})
}

func TestLoginTimesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Config[int64]{Timeout: time.Second, Login: func(ctx context.Context) (Grant[int64], error) {
			<-ctx.Done()
			return Grant[int64]{}, ctx.Err()
		}})
		if _, _, err := s.Get(t.Context()); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
}

// TestLoginPanics: a login that panics, or ends its goroutine, fails for all who wait. The process
// goes on, nothing of the panic is shown, and the next caller logs in anew.
func TestLoginPanics(t *testing.T) {
	for name, row := range map[string]struct {
		end  func()
		text string
		is   error
	}{
		"panic":  {func() { panic("of s3cret\nand more") }, "the login panicked: not authenticated", payment.ErrUnauthenticated},
		"error":  {func() { panic(errors.New("s3cret")) }, "the login panicked: not authenticated", payment.ErrUnauthenticated},
		"Goexit": {runtime.Goexit, "the login did not return", nil},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := &logins{life: time.Hour}
				s := New(Config[int64]{Login: func(ctx context.Context) (Grant[int64], error) {
					g, err := l.login(ctx)
					if g.Value == 1 {
						row.end()
					}
					return g, err
				}})
				var failed atomic.Int64
				for range 8 {
					go func() {
						v, serial, err := s.Get(t.Context())
						if v != 0 || serial != 0 || err == nil || err.Error() != row.text || row.is != nil && !errors.Is(err, row.is) {
							t.Errorf("got %d, %d, %v", v, serial, err)
						}
						failed.Add(1)
					}()
				}
				<-time.After(time.Second)
				synctest.Wait()
				if n := failed.Load(); n != 8 || l.n.Load() != 1 {
					t.Errorf("%d of 8 callers were told, after %d logins", n, l.n.Load())
				}
				if v, _, err := s.Get(t.Context()); v != 2 || err != nil {
					t.Errorf("afterwards got %d, %v", v, err)
				}
			})
		})
	}
}

// TestLateLogin: a login that all have left, and that succeeds nevertheless, replaces neither the
// newer value nor the login that is under way.
func TestLateLogin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		late, next := make(chan struct{}), make(chan struct{})
		var n atomic.Int64
		s := New(Config[int64]{Login: func(context.Context) (Grant[int64], error) {
			me := n.Add(1)
			switch me {
			case 1, 2: // the answer is on its way already, and the cancellation comes too late
				<-late
			case 3:
				<-next
			}
			return Grant[int64]{Value: me, Lifetime: time.Hour}, nil
		}})
		leave := func() {
			t.Helper()
			ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
			defer cancel()
			if _, _, err := s.Renew(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Fatalf("got %v", err)
			}
		}
		get := func(want int64) {
			t.Helper()
			if v, _, err := s.Get(t.Context()); v != want || err != nil {
				t.Errorf("got %d, %v, want %d", v, err, want)
			}
		}
		leave()
		leave()
		joined := make(chan struct{})
		go func() {
			defer close(joined)
			get(3)
		}()
		synctest.Wait()
		late <- struct{}{} // while the third login is under way
		synctest.Wait()
		close(next)
		<-joined
		get(3)
		late <- struct{}{} // while there is a newer value
		synctest.Wait()
		get(3)
		if n.Load() != 3 {
			t.Errorf("%d logins, want 3", n.Load())
		}
	})
}
