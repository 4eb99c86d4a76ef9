package once

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/payment"
)

// byID is a payment that Lookup found by its id.
func byID(id string) answer {
	a := with(payment.Succeeded)
	a.pay.ID, a.pay.MatchedBy = id, payment.MatchedByID
	return a
}

// lostWithID is an answer that is not known, with the id of the payment that was to be made.
func lostWithID(id string) answer {
	a := fails(payment.Unknown, nil)
	a.pay.ID = id
	return a
}

// release makes a person say that nothing was taken for k1.
func (r *rig) release() {
	r.t.Helper()
	r.advance(pastQuiet)
	if err := r.another().Resolve(context.Background(), "k1", DecideNotTaken, "ann", "support says no"); err != nil {
		r.t.Fatal(err)
	}
}

// TestDecidedTwiceOneID: two attempts with one payment id are released by a person, and the payment turns up. Neither may
// leave it to the other.
func TestDecidedTwiceOneID(t *testing.T) {
	r := newRig(t, lostWithID("pay_1"))
	for range 2 {
		_, _ = r.payer.Pay(t.Context(), modelRequest("k1"))
		r.release()
	}
	r.fake.lookup, r.fake.pay = byID("pay_1").forLookup, with(payment.Succeeded).forPay
	pay, err := r.payer.Pay(t.Context(), modelRequest("k1"))
	wants(t, "pay", pay, err, payment.Succeeded, payment.Accepted, payment.ErrDoublePaymentRisk)
	if r.fake.sent != 2 {
		t.Errorf("sent %d, %v", r.fake.sent, r.states("k1"))
	}
}

// TestUnknownTwiceOneID: two attempts with one payment id are unknown, and the payment turns up. It is the later one's.
func TestUnknownTwiceOneID(t *testing.T) {
	r := newRig(t, answer{})
	r.fake.pay = func(ctx context.Context, _ payment.Request) (payment.Payment, error) {
		r.release()
		r.fake.pay = lostWithID("pay_1").forPay
		_, _ = r.another().Pay(ctx, modelRequest("k1"))
		return lostWithID("pay_1").forPay(ctx, payment.Request{})
	}
	_, _ = r.payer.Pay(t.Context(), modelRequest("k1"))
	r.advance(longestPause)
	r.fake.lookup = byID("pay_1").forLookup
	if _, err := r.payer.Reconcile(t.Context()); err != nil {
		t.Fatal(err)
	}
	pay, err := r.payer.Lookup(t.Context(), payment.Attempt{Key: "k1"})
	wants(t, "lookup", pay, err, payment.Succeeded, payment.Accepted, nil)
}

// TestAssertedHoldsNoOtherID: a person vouches for a second attempt without a payment. The payment that is then found by the
// id of the first attempt is that of the first.
func TestAssertedHoldsNoOtherID(t *testing.T) {
	r := newRig(t, lostWithID("pay_1"))
	_, _ = r.payer.Pay(t.Context(), modelRequest("k1"))
	r.release()
	r.fake.pay = fails(payment.Unknown, nil).forPay
	_, _ = r.payer.Pay(t.Context(), modelRequest("k1"))
	if err := r.payer.Resolve(t.Context(), "k1", DecidePaid, "ann", "x"); err != nil {
		t.Fatal(err)
	}
	r.fake.lookup = func(_ context.Context, a payment.Attempt) (payment.Payment, error) {
		if a.PaymentID == "pay_1" {
			return byID("pay_1").pay, nil
		}
		return inconclusive().pay, inconclusive().err
	}
	r.advance(longestPause)
	if _, err := r.payer.Reconcile(t.Context()); err != nil || r.states("k1")[0] != Conflict {
		t.Errorf("%v, %v", r.states("k1"), err)
	}
}

// TestDecidedPendingOrder: the provider shows a pending payment of the order, which may be that of the attempt that a person
// has released.
func TestDecidedPendingOrder(t *testing.T) {
	r := newRig(t, fails(payment.Unknown, nil))
	_, _ = r.payer.Pay(t.Context(), modelRequest("k1"))
	r.release()
	r.fake.lookup = found(payment.Pending).forLookup
	pay, err := r.payer.Lookup(t.Context(), payment.Attempt{Key: "k1"})
	if next := payment.Next(pay, err); next.Action != payment.NextWait {
		t.Errorf("lookup: %v, %v: %v", pay.Status, err, next)
	}
	pay, err = r.payer.Pay(t.Context(), modelRequest("k1"))
	wants(t, "pay", pay, err, "", payment.NotSent)
	if r.fake.sent != 1 {
		t.Errorf("sent %d, %v", r.fake.sent, r.states("k1"))
	}
}

type atInstallation struct {
	*fakePayer
	word string
}

func (a atInstallation) Installation() string { return a.word }

// TestDecidedElsewhere: a row that a person has released belongs to another installation, which this payer cannot ask.
func TestDecidedElsewhere(t *testing.T) {
	r := newRig(t, fails(payment.Unknown, nil))
	here := &fakePayer{pay: with(payment.Succeeded).forPay, lookup: noPayment().forLookup}
	var payers [2]*Payer
	for i, payer := range []atInstallation{{r.fake, "there"}, {here, "here"}} {
		p, err := New(payer, r.fault, Name("test"))
		if err != nil {
			t.Fatal(err)
		}
		p.now = r.now
		payers[i] = p
	}
	_, _ = payers[0].Pay(t.Context(), modelRequest("k1"))
	r.release()
	pay, err := payers[1].Pay(t.Context(), modelRequest("k1"))
	wants(t, "pay", pay, err, "", payment.NotSent, payment.ErrInconclusive)
	if here.looked != 0 || here.sent != 0 {
		t.Errorf("looked %d, sent %d", here.looked, here.sent)
	}
}

// TestDecidedMovesWhileAsked: the first attempt is in doubt again while the second one waits for the answer about it.
func TestDecidedMovesWhileAsked(t *testing.T) {
	r := newRig(t, answer{})
	inside, wake, gone := make(chan bool), make(chan bool), make(chan bool)
	r.fake.pay = func(context.Context, payment.Request) (payment.Payment, error) {
		close(inside)
		<-wake
		return payment.Payment{}, fails(payment.Unknown, nil).err
	}
	go func() {
		defer close(gone)
		_, _ = r.payer.Pay(context.Background(), modelRequest("k1"))
	}()
	<-inside
	r.release()
	r.fake.pay = with(payment.Succeeded).forPay
	r.fake.lookup = func(context.Context, payment.Attempt) (payment.Payment, error) {
		close(wake)
		<-gone
		return inconclusive().pay, inconclusive().err
	}
	pay, err := r.another().Pay(t.Context(), modelRequest("k1"))
	wants(t, "pay", pay, err, "", payment.Unknown, payment.ErrInProgress)
	if r.fake.sent != 1 {
		t.Errorf("sent %d, %v", r.fake.sent, r.states("k1"))
	}
}

// TestRevokeAfterUnsent: the decision about an attempt can be taken back although a next one has begun, and sent nothing.
func TestRevokeAfterUnsent(t *testing.T) {
	r := stand(t, Unknown)
	r.advance(pastQuiet)
	resolve(t, r.payer, DecideNotTaken)
	r.fake.lookup, r.fake.pay = inconclusive().forLookup, fails(payment.NotSent, nil).forPay
	_, _ = r.payer.Pay(t.Context(), modelRequest("k1"))
	if err := r.payer.Revoke(t.Context(), "k1", "bob", "support was wrong"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]State{Unknown, Released}, r.states("k1")); diff != "" {
		t.Errorf("states (-want +got):\n%s", diff)
	}
}
