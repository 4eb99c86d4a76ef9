package once

import (
	"context"
	"errors"
	"testing"

	"github.com/supplierpay/supplierpay-go/payment"
)

// panickingStore panics after Begin has done its work.
type panickingStore struct{ *Memory }

func (s panickingStore) Begin(ctx context.Context, row Row, terms Terms) (Begun, error) {
	if _, err := s.Memory.Begin(ctx, row, terms); err != nil {
		return Begun{}, err
	}
	panic("store")
}

// TestBeginPanics: nothing was sent, and the key can be paid at once.
func TestBeginPanics(t *testing.T) {
	fake := &fakePayer{pay: with(payment.Succeeded).forPay}
	store := NewMemory()
	p, err := New(fake, panickingStore{store}, Name("test"))
	if err != nil {
		t.Fatal(err)
	}
	if panics(func() { _, _ = p.Pay(t.Context(), modelRequest("k1")) }) != "store" {
		t.Fatal("no panic")
	}
	p.store = store
	pay, err := p.Pay(t.Context(), modelRequest("k1"))
	wants(t, "pay", pay, err, payment.Succeeded, payment.Accepted, nil)
}

// TestAuditPanics: a panic of the audit function costs the row nothing of what is known.
func TestAuditPanics(t *testing.T) {
	for at, c := range map[State]struct {
		pay  answer
		want State
		sent int
	}{
		Started:  {with(payment.Succeeded), Released, 0}, // it panics before anything is sent
		Failed:   {fails(payment.Refused, payment.ErrDeclined), Failed, 1},
		Released: {fails(payment.NotSent, nil), Released, 1},
		Paid:     {with(payment.Succeeded), Paid, 1},
		Unknown:  {fails(payment.Unknown, nil), Unknown, 1},
	} {
		fake := &fakePayer{pay: c.pay.forPay}
		store := NewMemory()
		p, err := New(fake, store, Name("test"), WithAudit(func(_ context.Context, e Event) {
			if e.To == at {
				panic("audit")
			}
		}))
		if err != nil {
			t.Fatal(err)
		}
		if panics(func() { _, _ = p.Pay(t.Context(), modelRequest("k1")) }) != "audit" {
			t.Errorf("%s: no panic", at)
		}
		rows, err := p.Get(t.Context(), "k1")
		if err != nil || len(rows) != 1 || rows[0].State != c.want || rows[0].Leased() || fake.sent != c.sent {
			t.Errorf("%s: %+v, %v, sent %d; want %s, %d", at, rows, err, fake.sent, c.want, c.sent)
		}
	}
}

// TestNewTypedNil: a nil pointer is refused like nil.
func TestNewTypedNil(t *testing.T) {
	var payer *fakePayer
	var store *Memory
	if _, err := New(payer, NewMemory(), Name("test")); !errors.Is(err, payment.ErrInvalidRequest) {
		t.Error(err)
	}
	if _, err := New(&fakePayer{}, store, Name("test")); !errors.Is(err, payment.ErrInvalidRequest) {
		t.Error(err)
	}
}
