package once

import (
	"errors"
	"testing"

	"github.com/supplierpay/supplierpay-go/payment"
)

// TestProposalEnds: a row that moves loses its proposal, whatever moves it.
func TestProposalEnds(t *testing.T) {
	for name, c := range map[string]struct {
		pay  answer
		what Decision
		move func(*testing.T, *rig)
	}{
		"lookup proves absence": {fails(payment.Unknown, nil), DecidePaid, func(t *testing.T, r *rig) {
			r.advance(pastQuiet)
			r.fake.lookup = noPayment().forLookup
			_, _ = r.payer.Reconcile(t.Context())
		}},
		"second step": {with(payment.ActionRequired), DecideNotTaken, func(t *testing.T, r *rig) {
			r.fake.second = fails(payment.Unknown, nil).forContinue
			_, _ = r.payer.Continue(t.Context(), payment.Attempt{Key: "k1"}, nil)
		}},
		"second step that was not sent": {with(payment.ActionRequired), DecideNotTaken, func(t *testing.T, r *rig) {
			r.fake.second = fails(payment.NotSent, nil).forContinue
			_, _ = r.payer.Continue(t.Context(), payment.Attempt{Key: "k1"}, nil)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, c.pay, WithFourEyes())
			_, _ = r.payer.Pay(t.Context(), modelRequest("k1"))
			if err := r.payer.Propose(t.Context(), "k1", c.what, "ann", "x", Early("the customer says so")); err != nil {
				t.Fatal(err)
			}
			c.move(t, r)
			before := r.states("k1")[0]
			if err := r.payer.Confirm(t.Context(), "k1", "bob"); !errors.Is(err, payment.ErrInvalidRequest) || r.states("k1")[0] != before {
				t.Errorf("confirmed: %v, %v", err, r.states("k1"))
			}
		})
	}
}

// TestProposalOfWhatStands: what has been decided already is not proposed.
func TestProposalOfWhatStands(t *testing.T) {
	r := newRig(t, fails(payment.NotSent, nil), WithFourEyes())
	_, _ = r.payer.Pay(t.Context(), modelRequest("k1"))
	if err := r.payer.Propose(t.Context(), "k1", DecideNotTaken, "ann", "x"); err != nil {
		t.Fatal(err)
	}
	if row := r.rows("k1")[0]; row.Proposal != nil {
		t.Errorf("proposal %+v", row.Proposal)
	}
}

func TestFourEyesNames(t *testing.T) {
	r := newRig(t, fails(payment.Unknown, nil), WithFourEyes())
	_, _ = r.payer.Pay(t.Context(), modelRequest("k1"))
	r.advance(pastQuiet)
	if err := r.payer.Propose(t.Context(), "k1", DecideNotTaken, "ann lee", "x"); err != nil {
		t.Fatal(err)
	}
	if err := r.payer.Confirm(t.Context(), "k1", "Ann  Lee"); !errors.Is(err, ErrFourEyes) {
		t.Error(err)
	}
	if err := r.payer.Confirm(t.Context(), "k1", "ann leeson"); err != nil {
		t.Error(err)
	}
}
