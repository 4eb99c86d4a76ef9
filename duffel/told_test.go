package duffel

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/httpcall"
)

// watched returns a context and the options of a client under which told lists the outcome of every write of the operation
// as OnResult, the observer and the log have it.
func watched(t *testing.T, operation string) (context.Context, []Option, func() []string) {
	t.Helper()
	var outcomes []string
	note := func(r httpcall.Result) {
		if r.Operation == operation {
			outcomes = append(outcomes, r.Outcome().String())
		}
	}
	var lines bytes.Buffer
	opts := []Option{
		WithLogger(slog.New(slog.NewJSONHandler(&lines, nil))),
		WithObserver(func(ctx context.Context, _ httpcall.Call) (context.Context, func(httpcall.Result)) { return ctx, note }),
	}
	return httpcall.With(t.Context(), httpcall.Options{OnResult: note}), opts, func() []string {
		for d := json.NewDecoder(&lines); d.More(); {
			var line struct{ Operation, Outcome string }
			if err := d.Decode(&line); err != nil {
				t.Fatal(err)
			}
			if line.Operation == operation {
				outcomes = append(outcomes, line.Outcome)
			}
		}
		return outcomes
	}
}

// TestToldOutcome: OnResult, observers and the log have the outcome that the method returns, also where it is not the one
// that the status alone would have.
func TestToldOutcome(t *testing.T) {
	quote := func(ctx context.Context, c *Client) error {
		_, err := c.CreateOrderCancellation(ctx, testOrder)
		return err
	}
	confirm := func(ctx context.Context, c *Client) error {
		_, err := c.ConfirmOrderCancellation(ctx, testCancellation)
		return err
	}
	done := answer{422, nil, fixture(t, "error-already-cancelled.json")}
	other := answer{422, nil, `{"errors":[{"type":"invalid_state_error","code":"order_not_cancellable"}]}`}
	for name, tt := range map[string]struct {
		operation string
		do        func(context.Context, *Client) error
		answer    answer
		want      payment.Outcome
	}{
		"cancelled already":        {"ConfirmOrderCancellation", confirm, done, payment.Unknown},
		"cannot be cancelled":      {"ConfirmOrderCancellation", confirm, other, payment.Refused},
		"quote, cancelled already": {"CreateOrderCancellation", quote, done, payment.Refused},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, opts, told := watched(t, tt.operation)
			s := serve(t, map[string]answer{
				"POST /air/order_cancellations": tt.answer, "POST /air/order_cancellations/" + testCancellation + "/actions/confirm": tt.answer,
			})
			err := tt.do(ctx, s.client(t, opts...))
			want := payment.OutcomeOf(err).String()
			if diff := cmp.Diff([]string{want, want, want}, told()); diff != "" || err == nil || want != tt.want.String() {
				t.Errorf("%v, want %v; told (-method +told):\n%s", err, tt.want, diff)
			}
		})
	}
}
