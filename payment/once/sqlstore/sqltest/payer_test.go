package sqltest

import (
	"context"
	"testing"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/once"
)

// fakePayer is a provider whose answers the test writes.
type fakePayer struct {
	pay  func(ctx context.Context, req payment.Request) (payment.Payment, error)
	look func(a payment.Attempt) (payment.Payment, error)
}

func (f *fakePayer) Provider() string { return "fake" }

func (f *fakePayer) Timing() payment.Timing {
	return payment.Timing{LongestCall: time.Minute, Settling: 10 * time.Minute}
}

func (f *fakePayer) Prepare(req payment.Request) (payment.Attempt, error) {
	return payment.NewAttempt(req, req.OrderID, nil)
}

func (f *fakePayer) Pay(ctx context.Context, req payment.Request) (payment.Payment, error) {
	return f.pay(ctx, req)
}

func (f *fakePayer) Lookup(_ context.Context, a payment.Attempt) (payment.Payment, error) {
	return f.look(a)
}

func succeed(_ context.Context, req payment.Request) (payment.Payment, error) {
	return payment.Payment{Provider: "fake", ID: "pay_1", OrderID: req.OrderID, Status: payment.Succeeded, Amount: req.Amount,
		MatchedBy: payment.MatchedByAnswer}, nil
}

func found(a payment.Attempt) (payment.Payment, error) {
	return payment.Payment{Provider: "fake", ID: "pay_1", OrderID: a.OrderID, Status: payment.Succeeded, Amount: a.Amount,
		MatchedBy: payment.MatchedByOrder}, nil
}

func noPayment(payment.Attempt) (payment.Payment, error) {
	return payment.Payment{}, &payment.Error{Outcome: payment.Refused, Kind: payment.ErrNoPayment}
}

func inconclusive(payment.Attempt) (payment.Payment, error) {
	return payment.Payment{}, &payment.Error{Kind: payment.ErrInconclusive}
}

func money(t testing.TB, amount, currency string) payment.Money {
	t.Helper()
	m, err := payment.ParseMoney(amount, currency)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func request(t testing.TB, key, order string) payment.Request {
	t.Helper()
	return payment.Request{Key: key, OrderID: order, Amount: money(t, "30.20", "GBP")}
}

func journaled(t testing.TB, payer payment.Payer, store once.Store) *once.Payer {
	t.Helper()
	p, err := once.New(payer, store, once.Name("test"), once.WithOwner("replica 1"))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// states are the states of the key's rows in the order of N.
func states(t testing.TB, p *once.Payer, key string) []once.State {
	t.Helper()
	rows, err := p.Get(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	var got []once.State
	for _, r := range rows {
		got = append(got, r.State)
	}
	return got
}
