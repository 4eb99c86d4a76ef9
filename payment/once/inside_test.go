package once

import (
	"context"
	"sync"
	"testing"

	"github.com/supplierpay/supplierpay-go/payment"
)

// TestInsideTwoCalls: a call of Pay that returns late does not end what the process knows of a call of Continue for the same
// row, which has begun meanwhile.
func TestInsideTwoCalls(t *testing.T) {
	fake := &fakePayer{pay: with(payment.ActionRequired).forPay, lookup: noPayment().forLookup}
	inside, sent := make(chan bool), make(chan bool)
	fake.second = func(context.Context, payment.Attempt, payment.Continuation) (payment.Payment, error) {
		close(inside)
		<-sent
		return with(payment.Succeeded).pay, nil
	}
	recorded, told := make(chan bool), make(chan bool)
	store := NewMemory()
	var first sync.Once
	p, err := New(fake, store, Name("test"), WithAudit(func(_ context.Context, e Event) {
		if e.To == Open {
			first.Do(func() { close(recorded); <-told })
		}
	}))
	if err != nil {
		t.Fatal(err)
	}
	var pay, second sync.WaitGroup
	pay.Go(func() { _, _ = p.Pay(context.Background(), modelRequest("k1")) })
	<-recorded
	second.Go(func() {
		pay, err := p.Continue(context.Background(), payment.Attempt{Key: "k1"}, nil)
		wants(t, "continue", pay, err, payment.Succeeded, payment.Accepted, nil)
	})
	<-inside
	close(told)
	pay.Wait()
	store.Advance(2 * pastQuiet)
	if report, err := p.Reconcile(t.Context()); err != nil || report.Busy != 1 || fake.looked != 0 {
		t.Errorf("report %+v, %v, looked %d", report, err, fake.looked)
	}
	close(sent)
	second.Wait()
}

// TestContinueWhileOneIsOnItsWay: the answer of a second step was lost, and the provider still shows the payment as open. The
// step may be on its way, so that another one waits until the quiet time is over.
func TestContinueWhileOneIsOnItsWay(t *testing.T) {
	r := stand(t, Open)
	r.fake.second = fails(payment.Unknown, nil).forContinue
	_, _ = r.payer.Continue(t.Context(), payment.Attempt{Key: "k1"}, nil)
	r.fake.lookup = with(payment.ActionRequired).forLookup
	_, _ = r.payer.Lookup(t.Context(), payment.Attempt{Key: "k1"})
	r.fake.second = with(payment.Succeeded).forContinue
	pay, err := r.payer.Continue(t.Context(), payment.Attempt{Key: "k1"}, nil)
	wants(t, "early", pay, err, payment.ActionRequired, payment.Unknown, payment.ErrInProgress)
	r.advance(pastQuiet)
	pay, err = r.payer.Continue(t.Context(), payment.Attempt{Key: "k1"}, nil)
	wants(t, "after the quiet time", pay, err, payment.Succeeded, payment.Accepted, nil)
	if r.fake.seconds != 2 {
		t.Errorf("sent %d times", r.fake.seconds)
	}
}

// TestContinueAfterARefusal: a second step that was refused can be taken again at once, also after a question.
func TestContinueAfterARefusal(t *testing.T) {
	r := stand(t, Open)
	r.fake.second = fails(payment.Refused, payment.ErrInvalidRequest).forContinue
	_, _ = r.payer.Continue(t.Context(), payment.Attempt{Key: "k1"}, nil)
	r.fake.lookup = with(payment.ActionRequired).forLookup
	_, _ = r.payer.Lookup(t.Context(), payment.Attempt{Key: "k1"})
	r.fake.second = with(payment.Succeeded).forContinue
	pay, err := r.payer.Continue(t.Context(), payment.Attempt{Key: "k1"}, nil)
	wants(t, "again", pay, err, payment.Succeeded, payment.Accepted, nil)
}
