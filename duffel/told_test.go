package duffel

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/internal/told"
	"github.com/supplierpay/supplierpay-go/payment"
)

// watched returns the context and the options of a client whose calls of the operation told lists.
func watched(t *testing.T, operation string) (ctx context.Context, opts []Option, outcomes func() []string) {
	ctx, logger, observer, outcomes := told.Watch(t, operation)
	return ctx, []Option{WithLogger(logger), WithObserver(observer)}, outcomes
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
			ctx, opts, outcomes := watched(t, tt.operation)
			s := serve(t, map[string]answer{
				"POST /air/order_cancellations": tt.answer, "POST /air/order_cancellations/" + testCancellation + "/actions/confirm": tt.answer,
			})
			err := tt.do(ctx, s.client(t, opts...))
			want := payment.OutcomeOf(err).String()
			if diff := cmp.Diff([]string{want, want, want}, outcomes()); diff != "" || err == nil || want != tt.want.String() {
				t.Errorf("%v, want %v; told (-method +told):\n%s", err, tt.want, diff)
			}
		})
	}
}
