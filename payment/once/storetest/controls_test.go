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
