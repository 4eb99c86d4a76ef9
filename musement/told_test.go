package musement

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/musement/musementtest"
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
		WithLogger(slog.New(slog.NewTextHandler(&lines, nil))),
		WithObserver(func(ctx context.Context, _ httpcall.Call) (context.Context, func(httpcall.Result)) { return ctx, note }),
	}
	return httpcall.With(t.Context(), httpcall.Options{OnResult: note}), opts, func() []string {
		for line := range strings.Lines(lines.String()) {
			if strings.Contains(line, " operation="+operation+" ") {
				_, rest, _ := strings.Cut(line, " outcome=")
				outcome, _, _ := strings.Cut(rest, " ")
				outcomes = append(outcomes, outcome)
			}
		}
		return outcomes
	}
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
			ctx, opts, told := watched(t, "Complete3DSecure")
			srv, c, a := started(t, musementtest.Order{Mode: musementtest.DeclineCompletion}, opts...)
			srv.PassChallenge(a.OrderID)
			a.Marks = tt.marks
			_, err := c.Continue(ctx, a, Continuation{})
			want := payment.OutcomeOf(err).String()
			if diff := cmp.Diff([]string{want, want, want}, told()); diff != "" || err == nil || want != tt.want.String() {
				t.Errorf("%v, want %v; told (-method +told):\n%s", err, tt.want, diff)
			}
		})
	}
}
