package once

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
)

// TestRecordUnread: an answer is not taken for recorded when the key's rows cannot be read before it is written.
func TestRecordUnread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, fails(payment.NotSent, nil))
		_, _ = r.payer.Pay(t.Context(), modelRequest("k1"))
		r.fake.pay = with(payment.Succeeded).forPay
		failed := false
		r.fault.fail = func(op string, _ Row) (before, after error) {
			if op == "rows" && !failed {
				failed = true
				return errors.New("down"), nil
			}
			return nil, nil
		}
		pay, err := r.payer.Pay(t.Context(), modelRequest("k1"))
		wants(t, "pay", pay, err, payment.Succeeded, payment.Accepted, nil)
		if row := r.rows("k1")[1]; !failed || row.State != Paid {
			t.Errorf("rows failed %v, row %s", failed, row.State)
		}
	})
}

// TestPanicAfterAnswer: a panic of the store after the answer was recorded leaves the answer as it is.
func TestPanicAfterAnswer(t *testing.T) {
	r := newRig(t, fails(payment.NotSent, nil))
	_, _ = r.payer.Pay(t.Context(), modelRequest("k1"))
	reads := 0
	r.fault.fail = func(op string, _ Row) (before, after error) {
		if op == "rows" {
			if reads++; reads == 1 {
				panic("driver")
			}
		}
		return nil, nil
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic does not reach the caller")
			}
		}()
		_, _ = r.payer.Pay(t.Context(), modelRequest("k1"))
	}()
	if row := r.rows("k1")[1]; row.State != Released || !row.Attempt.AnswersKnown() {
		t.Errorf("row %s, attempt %+v", row.State, row.Attempt)
	}
}

// TestClockSetBack: a clock that was set back keeps no row from being asked about.
func TestClockSetBack(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	asked := Row{BeganAt: now, AskedAt: now.Add(50 * time.Hour), Now: now.Add(time.Hour)}
	if !asked.due() {
		t.Error("a row that was asked about later than now is not due")
	}
	if free := (Row{UpdatedAt: now, LeaseEnd: now, Now: now.Add(-time.Hour)}); free.Leased() {
		t.Error("a lease that ended with the last write is alive again")
	}
	if held := (Row{UpdatedAt: now, LeaseEnd: now.Add(time.Minute), Now: now.Add(-time.Hour)}); !held.Leased() {
		t.Error("a lease is over before its time")
	}
}

// TestCallerHasLeft: a Pay that is not begun does not advise to pay again while the key may be paid.
func TestCallerHasLeft(t *testing.T) {
	r := newRig(t, with(payment.Pending))
	_, _ = r.payer.Pay(t.Context(), modelRequest("k1"))
	gone, leave := context.WithCancel(t.Context())
	leave()
	pay, err := r.payer.Pay(gone, modelRequest("k1"))
	if next := payment.Next(pay, err); next.Action != payment.NextLookup || !errors.Is(err, context.Canceled) {
		t.Errorf("next %s, %v", next.Action, err)
	}
}

// TestStillPending: an answer that changes no state is no event.
func TestStillPending(t *testing.T) {
	r := newRig(t, with(payment.Pending))
	_, _ = r.payer.Pay(t.Context(), modelRequest("k1"))
	r.fake.lookup = with(payment.Pending).forLookup
	for range 3 {
		_, _ = r.payer.Lookup(t.Context(), payment.Attempt{Key: "k1"})
	}
	if events, err := r.payer.History(t.Context(), "k1"); err != nil || len(events) != 2 {
		t.Errorf("%d events, %v; want 2: began, and open", len(events), err)
	}
}

// TestPaymentOfLaterAttempt: a question about a released attempt finds a payment that bears the key's marker and is that of
// the attempt after it.
func TestPaymentOfLaterAttempt(t *testing.T) {
	marked := with(payment.Pending)
	marked.pay.MatchedBy = payment.MatchedByMarker
	r := newRig(t, fails(payment.NotSent, nil))
	_, _ = r.payer.Pay(t.Context(), modelRequest("k1"))
	r.fake.lookup = func(context.Context, payment.Attempt) (payment.Payment, error) {
		r.fake.pay = func(context.Context, payment.Request) (payment.Payment, error) {
			return with(payment.Pending).pay, nil
		}
		_, _ = r.another().Pay(context.Background(), modelRequest("k1"))
		return marked.pay, nil
	}
	_, _ = r.payer.Lookup(t.Context(), payment.Attempt{Key: "k1"})
	if rows := r.rows("k1"); rows[0].State != Released || rows[1].State != Open {
		t.Fatalf("states %v", r.states("k1"))
	}
	marked.pay.Status = payment.Succeeded
	r.fake.lookup = marked.forLookup
	r.advance(pastQuiet)
	pay, err := r.payer.Lookup(t.Context(), payment.Attempt{Key: "k1"})
	wants(t, "lookup", pay, err, payment.Succeeded, payment.Accepted, nil)
}

// TestFailureOfEarlierAttempt: a failed payment that bears the key's marker does not fail a later attempt within its quiet
// time, for its own payment may be on its way.
func TestFailureOfEarlierAttempt(t *testing.T) {
	r := newRig(t, fails(payment.NotSent, nil))
	_, _ = r.payer.Pay(t.Context(), modelRequest("k1"))
	r.fake.pay = fails(payment.Unknown, nil).forPay
	_, _ = r.payer.Pay(t.Context(), modelRequest("k1"))
	marked := with(payment.Failed)
	marked.pay.MatchedBy = payment.MatchedByMarker
	r.fake.lookup = marked.forLookup
	pay, err := r.payer.Lookup(t.Context(), payment.Attempt{Key: "k1"})
	wants(t, "early", pay, err, "", payment.Unknown, payment.ErrInconclusive)
	r.advance(pastQuiet)
	_, _ = r.payer.Lookup(t.Context(), payment.Attempt{Key: "k1"})
	if row := r.rows("k1")[1]; row.State != Failed {
		t.Errorf("row %s after the quiet time", row.State)
	}
}

// TestKnownFailureOfEarlierAttempt: a failed payment that is known to be an earlier attempt's never fails a later one.
func TestKnownFailureOfEarlierAttempt(t *testing.T) {
	r := newRig(t, fails(payment.Unknown, nil))
	marked := with(payment.Failed)
	marked.pay.MatchedBy = payment.MatchedByMarker
	_, _ = r.payer.Pay(t.Context(), modelRequest("k1"))
	r.advance(pastQuiet)
	if err := r.payer.Resolve(t.Context(), "k1", DecideNotTaken, "ann", "books"); err != nil {
		t.Fatal(err)
	}
	r.fake.pay = fails(payment.Unknown, nil).forPay
	_, _ = r.payer.Pay(t.Context(), modelRequest("k1"))
	r.advance(pastQuiet)
	r.fake.lookup = marked.forLookup
	if _, err := r.payer.Reconcile(t.Context()); err != nil {
		t.Fatal(err)
	}
	if rows := r.rows("k1"); rows[0].Attempt.PaymentID != "pay_1" || rows[1].State != Unknown {
		t.Errorf("the first attempt has %q, the second is %s", rows[0].Attempt.PaymentID, rows[1].State)
	}
}
