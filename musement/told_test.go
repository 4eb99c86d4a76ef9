package musement

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/internal/told"
	"github.com/supplierpay/supplierpay-go/musement/musementtest"
	"github.com/supplierpay/supplierpay-go/payment"
)

// watched returns the context and the options of a client whose calls of the operation told lists.
func watched(t *testing.T, operation string) (ctx context.Context, opts []Option, outcomes func() []string) {
	ctx, logger, observer, outcomes := told.Watch(t, operation)
	return ctx, []Option{WithLogger(logger), WithObserver(observer)}, outcomes
}

// TestToldOutcome: OnResult, observers and the log have the outcome that Continue returns: the refusal of a second
// completion does not speak for the first.
func TestToldOutcome(t *testing.T) {
	for name, tt := range map[string]struct {
		marks []payment.Mark
		want  payment.Outcome
	}{
		"first":  {nil, payment.Refused},
		"second": {[]payment.Mark{{Step: stepComplete}}, payment.Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, opts, outcomes := watched(t, "Complete3DSecure")
			srv, c, a := started(t, musementtest.Order{Mode: musementtest.DeclineCompletion}, opts...)
			srv.PassChallenge(a.OrderID)
			a.Marks = append(a.Marks, tt.marks...)
			_, err := c.Continue(ctx, a, Continuation{})
			want := payment.OutcomeOf(err).String()
			if diff := cmp.Diff([]string{want, want, want}, outcomes()); diff != "" || err == nil || want != tt.want.String() {
				t.Errorf("%v, want %v; told (-method +told):\n%s", err, tt.want, diff)
			}
		})
	}
}
