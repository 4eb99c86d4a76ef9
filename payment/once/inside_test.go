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
