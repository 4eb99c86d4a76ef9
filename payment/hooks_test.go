package payment_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/payment"
)

func TestHooksAbsent(t *testing.T) {
	for name, ctx := range map[string]context.Context{
		"no hooks":    t.Context(),
		"empty hooks": payment.WithHooks(t.Context(), payment.Hooks{}),
	} {
		if payment.GateOf(ctx) != nil {
			t.Errorf("%s: there is a gate", name)
		}
		if err := payment.CheckGate(ctx); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := payment.RecordMark(ctx, payment.Mark{Step: "commit"}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestHooks(t *testing.T) {
	over, full := errors.New("lease over"), errors.New("journal full")
	var gate, mark error
	var marks []payment.Mark
	type callerKey struct{}
	hooks := payment.Hooks{
		Gate: func() error { return gate },
		Mark: func(ctx context.Context, m payment.Mark) error {
			if ctx.Value(callerKey{}) != "caller" {
				t.Error("Mark got another context")
			}
			marks = append(marks, m)
			return mark
		},
	}
	ctx := payment.WithHooks(context.WithValue(t.Context(), callerKey{}, "caller"), hooks)
	ctx, cancel := context.WithCancel(ctx) // hooks survive what payers do with a context
	cancel()
	ctx = context.WithoutCancel(ctx)

	m := payment.Mark{Step: "commit", Ref: map[string]string{"workbench": "w1"}}
	if err := errors.Join(payment.CheckGate(ctx), payment.RecordMark(ctx, m)); err != nil {
		t.Fatal(err)
	}
	gate, mark = over, full
	if err := payment.CheckGate(ctx); !errors.Is(err, over) {
		t.Errorf("CheckGate = %v", err)
	}
	if err := payment.GateOf(ctx)(); !errors.Is(err, over) {
		t.Errorf("GateOf = %v", err)
	}
	if err := payment.RecordMark(ctx, m); !errors.Is(err, full) {
		t.Errorf("RecordMark = %v", err)
	}
	if diff := cmp.Diff([]payment.Mark{m, m}, marks); diff != "" {
		t.Errorf("marks (-want +got):\n%s", diff)
	}

	// The innermost hooks count, whole.
	inner := payment.WithHooks(ctx, payment.Hooks{})
	if payment.GateOf(inner) != nil || payment.RecordMark(inner, m) != nil {
		t.Error("hooks of an outer context shine through")
	}
	if payment.GateOf(ctx) == nil {
		t.Error("the outer context lost its gate")
	}
}

// TestWithKey: the journal's key stays, and a key takes no hook away.
func TestWithKey(t *testing.T) {
	over := errors.New("over")
	gated := payment.WithHooks(t.Context(), payment.Hooks{Gate: func() error { return over }})
	for name, row := range map[string]struct {
		ctx  context.Context
		want string
	}{
		"none":    {t.Context(), ""},
		"empty":   {payment.WithKey(t.Context(), ""), ""},
		"given":   {payment.WithKey(t.Context(), "a"), "a"},
		"twice":   {payment.WithKey(payment.WithKey(t.Context(), "a"), "b"), "a"},
		"journal": {payment.WithKey(payment.WithHooks(t.Context(), payment.Hooks{Key: "j"}), "b"), "j"},
		"gated":   {payment.WithKey(gated, "a"), "a"},
	} {
		if got := payment.HooksOf(row.ctx).Key; got != row.want {
			t.Errorf("%s: key %q, want %q", name, got, row.want)
		}
	}
	if err := payment.CheckGate(payment.WithKey(gated, "a")); !errors.Is(err, over) {
		t.Errorf("the gate says %v", err)
	}
}
