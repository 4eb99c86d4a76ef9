package storetest_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/supplierpay/supplierpay-go/payment/once"
	"github.com/supplierpay/supplierpay-go/payment/once/storetest"
)

// brokenStore is a store that lets an order be paid twice, and the test that must find it out.
type brokenStore struct {
	wrap   func(*once.Memory) once.Store
	caught string
}

func brokenStores() map[string]brokenStore {
	return map[string]brokenStore{
		"looks at the scope of new keys alone": {func(m *once.Memory) once.Store { return forgetful{m} }, "ScopeRetried"},
		"looks at the scope before it inserts": {func(m *once.Memory) once.Store { return &hasty{Memory: m, began: map[string][]string{}} }, "ConcurrentScopeRetried"},
		"appends no event":                     {func(m *once.Memory) once.Store { return silent{m} }, "Events"},
		"appends the event of a loser":         {func(m *once.Memory) once.Store { return loud{m} }, "Events"},
		"forgets who is watched":               {func(m *once.Memory) once.Store { return unwatched{m} }, "Watched"},
		"drops the marks given to Begin":       {func(m *once.Memory) once.Store { return markless{m} }, "BeginMarks"},
		"writes over what it cannot read":      {func(m *once.Memory) once.Store { return overwriting{m} }, "UpdateDamaged"},
		"moves rows to another installation":   {func(m *once.Memory) once.Store { return moving{m} }, "UpdateFixedFields"},
		"loses the name of the write":          {func(m *once.Memory) once.Store { return nameless{m} }, "Update"},
	}
}

const brokenVariable = "STORETEST_BROKEN"

// TestControls runs the suite with broken stores, in processes of their own, since it fails there.
func TestControls(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range brokenStores() {
		t.Run(name, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), program, "-test.run=^TestBrokenStore$")
			cmd.Env = append(os.Environ(), brokenVariable+"="+name)
			out, err := cmd.CombinedOutput()
			var failed *exec.ExitError
			if !errors.As(err, &failed) || !strings.Contains(string(out), "--- FAIL: TestBrokenStore/"+b.caught+" ") {
				t.Errorf("not caught by %s: %v\n%s", b.caught, err, out)
			}
		})
	}
}

// TestBrokenStore is what TestControls runs. By itself it has no store to test.
func TestBrokenStore(t *testing.T) {
	b, ok := brokenStores()[os.Getenv(brokenVariable)]
	if !ok {
		return
	}
	storetest.Run(t, func(testing.TB) storetest.Harness {
		m := once.NewMemory()
		return storetest.Harness{Store: b.wrap(m), Advance: m.Advance}
	})
}

// forgetful looks at the scope for the first attempt of a key, and lets later ones begin beside whoever holds it.
type forgetful struct{ *once.Memory }

func (f forgetful) Begin(ctx context.Context, row once.Row, terms once.Terms) (once.Begun, error) {
	if rows, err := f.Rows(ctx, row.Name, row.Attempt.Key); err == nil && len(rows) > 0 {
		row.AllowAnother = true
	}
	return f.Memory.Begin(ctx, row, terms)
}

// hasty looks at the scope for later attempts too, but not in the same step in which it inserts them.
type hasty struct {
	*once.Memory
	mu    sync.Mutex
	began map[string][]string // the keys of a scope
}

func (h *hasty) Begin(ctx context.Context, row once.Row, terms once.Terms) (once.Begun, error) {
	if rows, err := h.Rows(ctx, row.Name, row.Attempt.Key); err == nil && len(rows) > 0 && !h.held(ctx, row) {
		row.AllowAnother = true
	}
	for range 100 {
		runtime.Gosched() // all others look too before one inserts
	}
	b, err := h.Memory.Begin(ctx, row, terms)
	if b.Began {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.began[row.Attempt.Scope] = append(h.began[row.Attempt.Scope], row.Attempt.Key)
	}
	return b, err
}

// held reports whether a row of another key holds the row's scope.
func (h *hasty) held(ctx context.Context, row once.Row) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.ContainsFunc(h.began[row.Attempt.Scope], func(key string) bool {
		rows, err := h.Rows(ctx, row.Name, key)
		return key != row.Attempt.Key && err == nil && slices.ContainsFunc(rows, func(r once.Row) bool { return r.State.Live() })
	})
}

type silent struct{ *once.Memory }

func (s silent) Update(ctx context.Context, row once.Row, terms once.Terms) (once.Row, error) {
	terms.Event = nil
	return s.Memory.Update(ctx, row, terms)
}

type loud struct{ *once.Memory }

func (l loud) Update(ctx context.Context, row once.Row, terms once.Terms) (once.Row, error) {
	got, err := l.Memory.Update(ctx, row, terms)
	if rows, reading := l.Rows(ctx, row.Name, row.Attempt.Key); errors.Is(err, once.ErrStale) && reading == nil && len(rows) > 0 {
		_, _ = l.Memory.Update(ctx, rows[0], terms)
	}
	return got, err
}

type unwatched struct{ *once.Memory }

func (u unwatched) Update(ctx context.Context, row once.Row, terms once.Terms) (once.Row, error) {
	row.WatchUntil = row.BeganAt
	return u.Memory.Update(ctx, row, terms)
}

type markless struct{ *once.Memory }

func (m markless) Begin(ctx context.Context, row once.Row, terms once.Terms) (once.Begun, error) {
	row.Attempt.Marks = nil
	return m.Memory.Begin(ctx, row, terms)
}

type overwriting struct{ *once.Memory }

func (o overwriting) Update(ctx context.Context, row once.Row, terms once.Terms) (once.Row, error) {
	row.Damage = ""
	return o.Memory.Update(ctx, row, terms)
}

type nameless struct{ *once.Memory }

func (n nameless) Update(ctx context.Context, row once.Row, terms once.Terms) (once.Row, error) {
	row.Write = ""
	return n.Memory.Update(ctx, row, terms)
}

// moving lets a write say that another installation was asked to pay.
type moving struct{ *once.Memory }

func (m moving) Update(ctx context.Context, row once.Row, terms once.Terms) (once.Row, error) {
	got, err := m.Memory.Update(ctx, row, terms)
	got.Provider, got.Installation = row.Provider, row.Installation
	return got, err
}
