package once

import (
	"context"
	"errors"
	"testing"

	"github.com/supplierpay/supplierpay-go/payment"
)

// claim makes a key with two attempts: the second is paid, and a person vouches for the first, whose owner answered late that
// it does not know.
func claim(t *testing.T) *rig {
	t.Helper()
	r := newRig(t, answer{})
	r.fake.pay = func(ctx context.Context, _ payment.Request) (payment.Payment, error) {
		r.release()
		r.fake.pay = with(payment.Succeeded).forPay
		_, _ = r.another().Pay(ctx, modelRequest("k1"))
		return payment.Payment{}, fails(payment.Unknown, nil).err
	}
	_, _ = r.payer.Pay(t.Context(), modelRequest("k1"))
	if err := r.payer.Resolve(t.Context(), "k1", DecidePaid, "ann", "twice"); err != nil {
		t.Fatal(err)
	}
	r.advance(pastQuiet)
	if s := r.rows("k1")[0].standing(); s != claimed {
		t.Fatal(s)
	}
	return r
}

func TestClaimConfirmed(t *testing.T) {
	r := claim(t)
	r.fake.lookup = byID("pay_9").forLookup
	pay, err := r.payer.Lookup(t.Context(), payment.Attempt{Key: "k1"})
	wants(t, "lookup", pay, err, payment.Succeeded, payment.Accepted, payment.ErrDoublePaymentRisk)
	if err := r.payer.Resolve(t.Context(), "k1", DecideNotTaken, "bob", "no"); err == nil || r.rows("k1")[0].standing() != conflict {
		t.Errorf("taken back: %v, %v", r.states("k1"), err)
	}
}

// TestClaimTwice: the same word twice does not settle the conflict that the first one has made. Not taken does.
func TestClaimTwice(t *testing.T) {
	r := claim(t)
	before := len(r.events)
	if err := r.payer.Resolve(t.Context(), "k1", DecidePaid, "bob", "yes"); err != nil {
		t.Fatal(err)
	}
	if row := r.rows("k1")[0]; row.standing() != claimed || len(r.events) != before {
		t.Errorf("%s, events %+v", row.standing(), r.events[before:])
	}
	if err := r.payer.Resolve(t.Context(), "k1", DecideNotTaken, "bob", "it was given back"); err != nil {
		t.Fatal(err)
	}
	pay, err := r.payer.Pay(t.Context(), modelRequest("k1"))
	wants(t, "pay", pay, err, payment.Succeeded, payment.Accepted, nil)
}

// TestConflictReversedResolvedAsPaid: a person's word does not turn a payment that was given back into one that succeeded.
func TestConflictReversedResolvedAsPaid(t *testing.T) {
	for status, want := range map[payment.Status]State{payment.Reversed: Reversed, payment.Partial: Partial, payment.Succeeded: Paid} {
		r := newRig(t, answer{})
		r.fake.pay = func(ctx context.Context, _ payment.Request) (payment.Payment, error) {
			r.release()
			return with(status).pay, nil
		}
		_, _ = r.payer.Pay(t.Context(), modelRequest("k1"))
		if err := r.payer.Resolve(t.Context(), "k1", DecidePaid, "ann", "seen"); err != nil {
			t.Fatal(err)
		}
		pay, err := r.payer.Pay(t.Context(), modelRequest("k1"))
		wants(t, "pay", pay, err, status, payment.Accepted, nil)
		if got := r.states("k1")[0]; got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// TestSecondPayment: a person settles the conflict of the first attempt while the second one is not settled, and then the
// second one turns out to be paid too.
func TestSecondPayment(t *testing.T) {
	for name, c := range map[string]struct {
		id   string
		late bool // the second attempt answers late, else Lookup finds it
		want State
	}{"found": {"pay_2", false, Conflict}, "answered": {"pay_2", true, Conflict}, "answered, one payment": {"pay_1", true, Paid}} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, answer{})
			settle := make(chan bool)
			settled, gone := make(chan bool), make(chan bool)
			second := func(context.Context, payment.Request) (payment.Payment, error) {
				close(settle)
				if <-settled; c.late {
					return byID(c.id).pay, nil
				}
				return payment.Payment{}, fails(payment.Unknown, nil).err
			}
			r.fake.pay = func(ctx context.Context, _ payment.Request) (payment.Payment, error) {
				r.release()
				r.fake.pay = second
				go func() {
					defer close(gone)
					_, _ = r.another().Pay(context.Background(), modelRequest("k1"))
				}()
				<-settle
				return byID("pay_1").pay, nil
			}
			_, _ = r.payer.Pay(t.Context(), modelRequest("k1"))
			if err := r.payer.Resolve(t.Context(), "k1", DecidePaid, "ann", "seen"); err != nil {
				t.Fatal(err)
			}
			close(settled)
			<-gone
			r.advance(longestPause)
			r.fake.lookup = byID(c.id).forLookup
			if _, err := r.payer.Reconcile(t.Context()); err != nil {
				t.Fatal(err)
			}
			_, err := r.payer.Pay(t.Context(), modelRequest("k1"))
			if got := r.states("k1")[1]; got != c.want || errors.Is(err, payment.ErrDoublePaymentRisk) != (c.want == Conflict) {
				t.Errorf("%v, %v", r.states("k1"), err)
			}
		})
	}
}
