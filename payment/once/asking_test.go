package once

import (
	"context"
	"testing"

	"github.com/supplierpay/supplierpay-go/payment"
)

// TestReconcilePauseMovesOn: a row whose answer pauses every walk does not keep the rows behind it from being asked about,
// however rarely Reconcile runs.
func TestReconcilePauseMovesOn(t *testing.T) {
	r := newRig(t, fails(payment.Unknown, nil))
	for i := range 2 {
		_, _ = r.payer.Pay(t.Context(), orderRequest(i))
	}
	r.fake.lookup = func(_ context.Context, a payment.Attempt) (payment.Payment, error) {
		if a.Key == "k000" {
			return payment.Payment{}, fails(payment.Unknown, payment.ErrForbidden).err
		}
		return found(payment.Succeeded).pay, nil
	}
	for range 2 {
		r.advance(longestPause)
		if _, err := r.payer.Reconcile(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if got := r.states("k001")[0]; got != Paid {
		t.Errorf("the row behind is %s", got)
	}
}

// TestReconcileWatchedReplicas: several replicas ask about a watched row once.
func TestReconcileWatchedReplicas(t *testing.T) {
	r := newRig(t, fails(payment.Unknown, nil))
	_, _ = r.payer.Pay(t.Context(), modelRequest("k1"))
	r.release()
	var other Report
	var err error
	r.fake.lookup = func(ctx context.Context, _ payment.Attempt) (payment.Payment, error) {
		if r.fake.looked == 1 {
			other, err = r.another().Reconcile(ctx)
		}
		return inconclusive().pay, inconclusive().err
	}
	if _, err := r.payer.Reconcile(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err != nil || other.Busy != 1 || r.fake.looked != 1 {
		t.Errorf("the other's report %+v, %v; looked %d", other, err, r.fake.looked)
	}
}

// TestReconcileClockSetBack: a question that was asked in the future does not put the next one off.
func TestReconcileClockSetBack(t *testing.T) {
	r := newRig(t, fails(payment.Unknown, nil))
	_, _ = r.payer.Pay(t.Context(), modelRequest("k1"))
	r.advance(365 * longestPause)
	_, _ = r.payer.Reconcile(t.Context())
	r.advance(-360 * longestPause)
	report, err := r.payer.Reconcile(t.Context())
	if err != nil || report.Busy != 0 || r.fake.looked != 2 {
		t.Errorf("report %+v, %v, looked %d", report, err, r.fake.looked)
	}
}

// TestReconcileContinueDied: a row is due when the lease of its second step is over, though it was asked about before.
func TestReconcileContinueDied(t *testing.T) {
	r := newRig(t, with(payment.ActionRequired))
	_, _ = r.payer.Pay(t.Context(), modelRequest("k1"))
	for range 10 {
		r.advance(longestPause)
		_, _ = r.payer.Reconcile(t.Context())
	}
	row := r.rows("k1")[0].clone()
	row.State, row.Why, row.Nonce, row.Write = Started, whyContinue, "dead", "dead"
	if _, err := r.store.Update(t.Context(), row, r.payer.terms()); err != nil {
		t.Fatal(err)
	}
	asked := r.fake.looked
	r.advance(pastLease)
	if _, err := r.payer.Reconcile(t.Context()); err != nil || r.fake.looked != asked+1 {
		t.Errorf("asked %d times, %v", r.fake.looked-asked, err)
	}
}

// TestEventsOfPending: a payment that stays pending makes no event.
func TestEventsOfPending(t *testing.T) {
	r := newRig(t, with(payment.Pending))
	_, _ = r.payer.Pay(t.Context(), modelRequest("k1"))
	r.fake.lookup = with(payment.Pending).forLookup
	for range 3 {
		r.advance(longestPause)
		_, _ = r.payer.Reconcile(t.Context())
	}
	events, err := r.payer.History(t.Context(), "k1")
	if err != nil || len(events) != 2 || r.fake.looked != 3 {
		t.Errorf("%d events, %v, looked %d", len(events), err, r.fake.looked)
	}
}

// TestEventsBy: an event names the process that made the change, not the one that wrote the row before.
func TestEventsBy(t *testing.T) {
	r := stand(t, Started)
	r.advance(pastLease)
	_, _ = r.another(WithOwner("asks")).Reconcile(t.Context())
	r.fake.lookup = found(payment.ActionRequired).forLookup
	_, _ = r.another(WithOwner("asks again")).Lookup(t.Context(), payment.Attempt{Key: "k1"})
	r.fake.second = with(payment.Succeeded).forContinue
	_, _ = r.another(WithOwner("continues")).Continue(t.Context(), payment.Attempt{Key: "k1"}, nil)
	events, err := r.payer.History(t.Context(), "k1")
	if err != nil {
		t.Fatal(err)
	}
	var by []string
	for _, e := range events {
		by = append(by, e.By)
	}
	if len(by) != 4 || by[0] != "asks" || by[1] != "asks again" || by[2] != "continues" || by[3] != "continues" {
		t.Errorf("by %q", by)
	}
}
