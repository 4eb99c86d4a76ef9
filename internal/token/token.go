// Package token keeps the credential that a login gives, for all callers of a client at once.
package token

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/httpcall"
)

// errPanicked stands for a panic of a login, whose own text may hold anything.
var errPanicked = fmt.Errorf("the login panicked: %w", payment.ErrUnauthenticated)

// Grant is what a login gave.
type Grant[T any] struct {
	Value T
	// Lifetime is how long the value may be used, counted from before the login; 0 takes the
	// source's default.
	Lifetime time.Duration
}

// Config says how a source logs in and how long it trusts what it got.
type Config[T any] struct {
	// Login gets a new value. It must obey its context, which no single caller owns.
	Login func(ctx context.Context) (Grant[T], error)
	// Timeout bounds one login; default 30 s.
	Timeout time.Duration
	// DefaultLifetime is for logins that name none; default 5 min.
	DefaultLifetime time.Duration
	// Early is how long before its end a value is renewed, but never more than a fifth of its
	// lifetime; default 1 min.
	Early time.Duration
	// Idle is how long a value may go unused before it is renewed; 0 for as long as it lives.
	Idle time.Duration
}

// Source hands out the current value and logs in when there is none: one login at a time, whose
// failure fails all who waited for it, once. It is safe for concurrent use.
type Source[T any] struct {
	cfg Config[T]

	mu     sync.Mutex
	value  T
	serial int64 // of value, 0 for none
	last   int64 // highest serial given
	renew  time.Time
	used   time.Time
	flight *flight[T]
}

// flight is a login under way.
type flight[T any] struct {
	done    chan struct{}
	cancel  context.CancelFunc
	waiting int
	value   T
	serial  int64
	err     error

	mu    sync.Mutex
	calls []httpcall.Result // for the caller who began the login
}

// note keeps what became of a call of the login.
func (f *flight[T]) note(r httpcall.Result) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, r)
}

// tell hands the login's calls to the caller who began it, on that caller's own goroutine.
func (f *flight[T]) tell(onResult func(httpcall.Result)) {
	f.mu.Lock()
	calls := f.calls
	f.mu.Unlock()
	for _, r := range calls {
		onResult(r)
	}
}

// New builds a source. It does not log in.
func New[T any](cfg Config[T]) *Source[T] {
	if cfg.Timeout == 0 {
		cfg.Timeout = 30 * time.Second
	}
	if cfg.DefaultLifetime == 0 {
		cfg.DefaultLifetime = 5 * time.Minute
	}
	if cfg.Early == 0 {
		cfg.Early = time.Minute
	}
	return &Source[T]{cfg: cfg}
}

// Get returns the current value and its serial, logging in first if it must. It waits no longer
// than ctx.
func (s *Source[T]) Get(ctx context.Context) (T, int64, error) {
	s.mu.Lock()
	now := time.Now()
	if s.serial != 0 && now.Before(s.renew) && (s.cfg.Idle == 0 || now.Sub(s.used) < s.cfg.Idle) {
		s.used = now
		defer s.mu.Unlock()
		return s.value, s.serial, nil
	}
	return s.wait(ctx)
}

// Renew logs in, or waits for the login under way, although there may be a value. That one stays in
// use until there is another, and for good when the login fails.
func (s *Source[T]) Renew(ctx context.Context) (T, int64, error) {
	s.mu.Lock()
	return s.wait(ctx)
}

// wait waits for the login under way, and begins one if there is none. It is called with the lock
// held and releases it.
func (s *Source[T]) wait(ctx context.Context) (T, int64, error) {
	f := s.flight
	var onResult func(httpcall.Result)
	if f == nil {
		onResult = httpcall.From(ctx).OnResult
		f = s.start(ctx, onResult != nil)
	}
	f.waiting++
	s.mu.Unlock()

	select {
	case <-f.done:
		if onResult != nil {
			f.tell(onResult)
		}
		return f.value, f.serial, f.err
	case <-ctx.Done():
		s.mu.Lock()
		defer s.mu.Unlock()
		if f.waiting--; f.waiting == 0 {
			f.cancel()
			if s.flight == f {
				s.flight = nil
			}
		}
		var none T
		return none, 0, context.Cause(ctx)
	}
}

// start begins a login that ends when it is done, out of time, or nobody waits for it any more. It
// belongs to all who wait: the options of the caller who began it do not hold, and what became of
// its calls is noted for that caller to be told.
func (s *Source[T]) start(ctx context.Context, told bool) *flight[T] {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.cfg.Timeout)
	f := &flight[T]{done: make(chan struct{}), cancel: cancel}
	var o httpcall.Options
	if told {
		o.OnResult = f.note
	}
	ctx = httpcall.Replace(ctx, o)
	s.flight = f
	began := time.Now()
	go func() {
		defer cancel()
		f.err = errors.New("the login did not return")
		defer func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			if s.flight == f {
				s.flight = nil
			}
			close(f.done)
		}()
		g, err := s.login(ctx)
		if f.err = err; err != nil {
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.keep(f, g, began)
	}()
	return f
}

// login logs in. It runs on a goroutine that no caller could recover, so a panic, of an observer
// perhaps, is an error here and does not end the process.
func (s *Source[T]) login(ctx context.Context) (g Grant[T], err error) {
	defer func() {
		if recover() != nil {
			err = errPanicked
		}
	}()
	return s.cfg.Login(ctx)
}

// keep stores what a login gave. Its end is counted from before the login, and it is renewed early.
// What comes of a login that all have left is not stored: a later login may have given a newer
// value.
func (s *Source[T]) keep(f *flight[T], g Grant[T], began time.Time) {
	if s.flight != f {
		return
	}
	life := g.Lifetime
	if life <= 0 {
		life = s.cfg.DefaultLifetime
	}
	s.last++
	s.value, s.serial = g.Value, s.last
	s.renew = began.Add(life - min(s.cfg.Early, life/5))
	s.used = time.Now()
	f.value, f.serial = g.Value, s.last
}

// Drop forgets the value with this serial, if it is still the current one: the provider did not
// accept it.
func (s *Source[T]) Drop(serial int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.serial == serial {
		var none T
		s.value, s.serial = none, 0
	}
}
