// Package told notes, for the tests of the clients, what a client tells of its calls.
package told

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"testing"

	"github.com/supplierpay/supplierpay-go/payment/httpcall"
)

// Watch returns what a client is made and called with for outcomes to list how each call of the operation has ended: as
// OnResult and the observer have it, and behind them as the log has it. It serves one goroutine.
func Watch(t testing.TB, operation string) (ctx context.Context, logger *slog.Logger, observer httpcall.Observer, outcomes func() []string) {
	var list []string
	note := func(r httpcall.Result) {
		if r.Operation == operation {
			list = append(list, r.Outcome().String())
		}
	}
	var lines bytes.Buffer
	ctx = httpcall.With(t.Context(), httpcall.Options{OnResult: note})
	observer = func(ctx context.Context, _ httpcall.Call) (context.Context, func(httpcall.Result)) { return ctx, note }
	return ctx, slog.New(slog.NewJSONHandler(&lines, nil)), observer, func() []string {
		t.Helper()
		for d := json.NewDecoder(&lines); d.More(); {
			var line struct{ Operation, Outcome string }
			if err := d.Decode(&line); err != nil {
				t.Fatal(err)
			}
			if line.Operation == operation {
				list = append(list, line.Outcome)
			}
		}
		return list
	}
}
