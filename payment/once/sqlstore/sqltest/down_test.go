package sqltest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/once"
)

// TestStoreDown: no store, no payment; and a payment whose answer the store cannot be told is returned and repaired.
func TestStoreDown(t *testing.T) {
	eachDatabase(t, func(t *testing.T, p place) {
		sent := 0
		var down func() error
		provider := &fakePayer{look: found, pay: func(ctx context.Context, req payment.Request) (payment.Payment, error) {
			sent++
			if err := down(); err != nil {
				t.Error(err)
			}
			return succeed(ctx, req)
		}}
		store, db := p.store(t)
		down = db.Close
		payer := journaled(t, provider, store)

		got, err := payer.Pay(t.Context(), request(t, "k", "ord_1"))
		if !got.Paid() || !errors.Is(err, payment.ErrNotRecorded) || payment.OutcomeOf(err) != payment.Accepted {
			t.Errorf("down after the answer: %+v, %v", got, err)
		}
		_, err = payer.Pay(t.Context(), request(t, "k2", "ord_2"))
		if payment.OutcomeOf(err) != payment.NotSent || sent != 1 {
			t.Errorf("down before sending: %v, sent %d", err, sent)
		}

		back, _ := p.store(t)
		payer = journaled(t, provider, back)
		if diff := cmp.Diff([]once.State{once.Started}, states(t, payer, "k")); diff != "" {
			t.Errorf("before Reconcile (-want +got):\n%s", diff)
		}
		age(t, p, time.Hour)
		report, err := payer.Reconcile(t.Context())
		if err != nil || report.Settled != 1 {
			t.Errorf("Reconcile: %+v, %v", report, err)
		}
		got, err = payer.Pay(t.Context(), request(t, "k", "ord_1"))
		if err != nil || !got.Paid() || sent != 1 {
			t.Errorf("after Reconcile: %+v, %v, sent %d", got, err, sent)
		}
	})
}

// TestPostgresCrashesDuringPay is the same with a server that really dies between Begin and Finish.
func TestPostgresCrashesDuringPay(t *testing.T) {
	c := ownCluster(t)
	p := place{"pgx", c.DSN()}
	store, _ := p.store(t)
	payer := journaled(t, &fakePayer{look: found, pay: func(ctx context.Context, req payment.Request) (payment.Payment, error) {
		if err := c.Crash(context.WithoutCancel(ctx)); err != nil {
			t.Error(err)
		}
		return succeed(ctx, req)
	}}, store)
	got, err := payer.Pay(t.Context(), request(t, "k", "ord_1"))
	if !got.Paid() || !errors.Is(err, payment.ErrNotRecorded) || payment.OutcomeOf(err) != payment.Accepted {
		t.Errorf("%+v, %v", got, err)
	}
	if err := c.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	age(t, p, time.Hour)
	if report, err := payer.Reconcile(t.Context()); err != nil || report.Settled != 1 {
		t.Errorf("Reconcile: %+v, %v", report, err)
	}
	if diff := cmp.Diff([]once.State{once.Paid}, states(t, payer, "k")); diff != "" {
		t.Errorf("after Reconcile (-want +got):\n%s", diff)
	}
}

// TestEndedWhileWaiting: a caller that leaves while somebody else holds the database gets an error and leaves no
// transaction behind.
func TestEndedWhileWaiting(t *testing.T) {
	p := newSQLite(t)
	store, _ := p.store(t)
	other, err := p.open(t).Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Close() }()
	if _, err := other.ExecContext(t.Context(), "BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := store.Begin(ctx, newRow(t, "k", "ord_1"), terms()); err == nil {
		t.Error("Begin worked while another process wrote")
	}
	if _, err := other.ExecContext(t.Context(), "ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	if b, err := store.Begin(t.Context(), newRow(t, "k", "ord_1"), terms()); err != nil || !b.Began {
		t.Errorf("afterwards: %+v, %v", b, err)
	}
}
