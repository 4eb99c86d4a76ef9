package once

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/supplierpay/supplierpay-go/payment"
)

// TestNextOfErrors: no error of this package about a key that may have been paid leads to another payment.
func TestNextOfErrors(t *testing.T) {
	for _, s := range []State{Started, Unknown, Open, Paid, Partial, Reversed, Conflict} {
		for name, call := range map[string]func(context.Context, *Payer) error{
			"Pay, cancelled": func(ctx context.Context, p *Payer) error { _, err := p.Pay(ctx, modelRequest("k1")); return err },
			"Continue, cancelled": func(ctx context.Context, p *Payer) error {
				_, err := p.Continue(ctx, payment.Attempt{Key: "k1"}, nil)
				return err
			},
			"Abandon":           func(_ context.Context, p *Payer) error { return p.Abandon(t.Context(), "k1") },
			"Confirm":           func(_ context.Context, p *Payer) error { return p.Confirm(t.Context(), "k1", "ann") },
			"Confirm by nobody": func(_ context.Context, p *Payer) error { return p.Confirm(t.Context(), "k1", "") },
			"Revoke":            func(_ context.Context, p *Payer) error { return p.Revoke(t.Context(), "k1", "ann", "x") },
			"Revoke by nobody":  func(_ context.Context, p *Payer) error { return p.Revoke(t.Context(), "k1", "", "x") },
			"Resolve by nobody": func(_ context.Context, p *Payer) error { return p.Resolve(t.Context(), "k1", DecidePaid, "", "x") },
			"Propose by nobody": func(_ context.Context, p *Payer) error { return p.Propose(t.Context(), "k1", DecidePaid, "", "x") },
			"Resolve, refused": func(_ context.Context, p *Payer) error {
				if s == Started || s == Unknown || s == Open {
					return p.Resolve(t.Context(), "k1", "maybe", "ann", "x")
				}
				return p.Resolve(t.Context(), "k1", DecideNotTaken, "ann", "x")
			},
		} {
			r := stand(t, s)
			r.fake.lookup = inconclusive().forLookup
			r.advance(pastQuiet)
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			err := call(ctx, r.payer)
			switch next := payment.Next(payment.Payment{}, err); next.Action {
			case payment.NextRetry, payment.NextNewRequest:
				t.Errorf("%s of a key that is %s: %v: %v", name, s, err, next)
			}
		}
	}
}

// forgetful is a payer whose Prepare fails when its configuration has changed.
type forgetful struct {
	*fakePayer
	changed bool
}

func (f *forgetful) Prepare(req payment.Request) (payment.Attempt, error) {
	if f.changed {
		return payment.Attempt{}, payment.InvalidField("Method", "not configured")
	}
	return f.fakePayer.Prepare(req)
}

// TestNextOfOddKeys: a key that package payment allows is looked up, also one whose last byte alone would be a space.
func TestNextOfOddKeys(t *testing.T) {
	for _, key := range []string{"k1", "citt\u00e0", "\u00c5", "k\ufffd"} {
		payer := &forgetful{fakePayer: &fakePayer{pay: with(payment.Succeeded).forPay}}
		p, err := New(payer, NewMemory(), Name("citt\u00e0"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Pay(t.Context(), modelRequest(key)); err != nil {
			t.Fatal(err)
		}
		payer.changed = true
		if pay, err := p.Pay(t.Context(), modelRequest(key)); payment.Next(pay, err).Action != payment.NextLookup {
			t.Errorf("%q: %v", key, err)
		}
		if err := p.Resolve(t.Context(), key, DecidePaid, "Nicol\u00e0", "x"); err != nil {
			t.Errorf("%q: %v", key, err)
		}
	}
}

// TestNextOfUnrecordedSecond: the refusal of a second attempt cannot be recorded, and the first one is in doubt again.
func TestNextOfUnrecordedSecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, answer{})
		r.fake.pay = func(ctx context.Context, _ payment.Request) (payment.Payment, error) {
			r.release()
			r.fake.pay = func(context.Context, payment.Request) (payment.Payment, error) {
				row := r.rows("k1")[0]
				next := row.clone()
				news{finding: foundUnclear, source: byCall, why: whyAnswer}.move(&next, row, Unknown)
				if _, err := r.store.Update(ctx, next, Terms{}); err != nil {
					t.Error(err)
				}
				r.fault.fail = func(string, Row) (before, after error) { return errors.New("down"), nil }
				return fails(payment.Refused, payment.ErrDeclined).forPay(ctx, payment.Request{})
			}
			pay, err := r.another().Pay(ctx, modelRequest("k1"))
			wants(t, "the second", pay, err, "", payment.Refused, payment.ErrNotRecorded)
			if next := payment.Next(pay, err); next.Action != payment.NextLookup {
				t.Error(next)
			}
			return payment.Payment{}, fails(payment.Unknown, nil).err
		}
		_, _ = r.payer.Pay(t.Context(), modelRequest("k1"))
	})
}
