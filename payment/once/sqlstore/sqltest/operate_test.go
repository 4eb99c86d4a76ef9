package sqltest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/once"
	"github.com/supplierpay/supplierpay-go/payment/once/sqlstore"
)

const day = 24 * time.Hour

func put(t *testing.T, store once.Store, row once.Row, state once.State) once.Row {
	t.Helper()
	b, err := store.Begin(t.Context(), row, terms())
	if err != nil || !b.Began {
		t.Fatalf("%+v, %v", b, err)
	}
	row = b.Rows[len(b.Rows)-1]
	row.State = state
	if row, err = store.Update(t.Context(), row, once.Terms{}); err != nil {
		t.Fatal(err)
	}
	return row
}

func keys(t *testing.T, store *sqlstore.Store, keys ...string) []string {
	t.Helper()
	var left []string
	for _, key := range keys {
		rows, err := store.Rows(t.Context(), "test", key)
		if err != nil {
			t.Fatal(err)
		}
		for range rows {
			left = append(left, key)
		}
	}
	return left
}

func TestPrune(t *testing.T) {
	eachDatabase(t, func(t *testing.T, p place) {
		store, _ := p.store(t)
		all := []once.State{once.Started, once.Unknown, once.Open, once.Paid, once.Partial, once.Reversed, once.Failed,
			once.Released, once.Conflict}
		var names []string
		for _, state := range all {
			put(t, store, newRow(t, string(state), ""), state)
			names = append(names, string(state))
		}
		// A key whose last attempt is open keeps its first.
		put(t, store, newRow(t, "again", ""), once.Released)
		put(t, store, newRow(t, "again", ""), once.Unknown)
		age(t, p, 31*day)
		// A key that was written a moment ago keeps all its rows.
		put(t, store, newRow(t, "fresh", ""), once.Paid)
		put(t, store, newRow(t, "retried", ""), once.Released)
		age(t, p, 29*day)
		put(t, store, newRow(t, "retried", ""), once.Failed)
		names = append(names, "again", "fresh", "retried")

		n, err := store.Prune(t.Context(), 30*day)
		if err != nil || n != 5 {
			t.Errorf("pruned %d, %v, want the 5 settled keys", n, err)
		}
		want := []string{"started", "unknown", "open", "conflict", "again", "again", "fresh", "retried", "retried"}
		if diff := cmp.Diff(want, keys(t, store, names...)); diff != "" {
			t.Errorf("left (-want +got):\n%s", diff)
		}
		if _, err := store.Prune(t.Context(), time.Hour); !errors.Is(err, payment.ErrInvalidRequest) {
			t.Errorf("an hour: %v", err)
		}
	})
}

// TestPruneWatched: a key that is watched stays, and its events stay as long as the key.
func TestPruneWatched(t *testing.T) {
	eachDatabase(t, func(t *testing.T, p place) {
		store, _ := p.store(t)
		with := terms()
		with.Event = &once.Event{Why: "begin"}
		for key, watch := range map[string]time.Duration{"watched": 60 * day, "no more": 10 * day, "never": 0} {
			b, err := store.Begin(t.Context(), newRow(t, key, ""), with)
			if err != nil || !b.Began {
				t.Fatalf("%+v, %v", b, err)
			}
			row := b.Rows[0]
			row.State = once.Released
			if watch > 0 {
				row.WatchUntil = row.Now.Add(watch)
			}
			if _, err := store.Update(t.Context(), row, once.Terms{}); err != nil {
				t.Fatal(err)
			}
		}
		age(t, p, 31*day)
		if n, err := store.PruneEvents(t.Context(), 30*day); err != nil || n != 0 {
			t.Errorf("pruned %d events of keys that are there, %v", n, err)
		}
		if n, err := store.Prune(t.Context(), 30*day); err != nil || n != 2 {
			t.Errorf("pruned %d rows, %v; want those that are not watched", n, err)
		}
		if diff := cmp.Diff([]string{"watched"}, keys(t, store, "never", "no more", "watched")); diff != "" {
			t.Errorf("left (-want +got):\n%s", diff)
		}
		if n, err := store.PruneEvents(t.Context(), 40*day); err != nil || n != 0 {
			t.Errorf("pruned %d events that are not old enough, %v", n, err)
		}
		if n, err := store.PruneEvents(t.Context(), 30*day); err != nil || n != 2 {
			t.Errorf("pruned %d events, %v; want those of the keys that are gone", n, err)
		}
		if left, err := store.Events(t.Context(), "test", 0, 10); err != nil || len(left) != 1 || left[0].Key != "watched" {
			t.Errorf("left %+v, %v", left, err)
		}
	})
}

func TestPending(t *testing.T) {
	eachDatabase(t, func(t *testing.T, p place) {
		store, _ := p.store(t)
		other := newRow(t, "z", "")
		other.Name = "other"
		put(t, store, other, once.Conflict)
		age(t, p, time.Minute)
		put(t, store, newRow(t, "a", ""), once.Unknown)
		put(t, store, newRow(t, "b", ""), once.Paid)
		age(t, p, time.Hour)
		put(t, store, newRow(t, "c", ""), once.Open)
		got := func(age time.Duration, limit int) []string {
			rows, err := store.Pending(t.Context(), age, limit)
			if err != nil {
				t.Fatal(err)
			}
			var keys []string
			for _, r := range rows {
				keys = append(keys, r.Name+"/"+r.Attempt.Key)
			}
			return keys
		}
		if diff := cmp.Diff([]string{"other/z", "test/a"}, got(30*time.Minute, 10)); diff != "" {
			t.Errorf("older than half an hour (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"other/z", "test/a", "test/c"}, got(0, 10)); diff != "" {
			t.Errorf("all (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"other/z"}, got(0, 1)); diff != "" {
			t.Errorf("one (-want +got):\n%s", diff)
		}
	})
}

// TestLookupFirst loses the row of a payment, as a fail-over does, and pays again.
func TestLookupFirst(t *testing.T) {
	eachDatabase(t, func(t *testing.T, p place) {
		paid := 0
		provider := &fakePayer{look: found, pay: func(ctx context.Context, req payment.Request) (payment.Payment, error) {
			paid++
			return succeed(ctx, req)
		}}
		store, db := p.store(t, sqlstore.LookupFirst(day, func(r once.Row) bool { return r.Attempt.Key != "new" }))
		payer := journaled(t, provider, store)
		pay := func(key string, want payment.Outcome, wantPaid int, wantStates ...once.State) {
			t.Helper()
			got, err := payer.Pay(t.Context(), request(t, key, "ord "+key))
			if payment.OutcomeOf(err) != want || want == payment.Accepted && !got.Paid() {
				t.Errorf("%s: %+v, %v", key, got, err)
			}
			if paid != wantPaid {
				t.Errorf("%s: paid %d times, want %d", key, paid, wantPaid)
			}
			if diff := cmp.Diff(wantStates, states(t, payer, key)); diff != "" {
				t.Errorf("%s: states (-want +got):\n%s", key, diff)
			}
		}
		pay("new", payment.Accepted, 1, once.Paid)
		pay("lost", payment.Accepted, 1, once.Paid)

		var sentAt time.Time
		provider.look = func(a payment.Attempt) (payment.Payment, error) {
			sentAt = a.SentAt
			return noPayment(a)
		}
		pay("unpaid", payment.Unknown, 1, once.Unknown)
		if ago := time.Since(sentAt); ago < day || ago > day+time.Hour {
			t.Errorf("Lookup searches from %v ago, want a day", ago)
		}
		age(t, p, time.Hour) // past the quiet time
		pay("unpaid", payment.Accepted, 2, once.Released, once.Paid)

		provider.look = inconclusive
		pay("unclear", payment.Unknown, 2, once.Unknown)
		age(t, p, time.Hour)
		pay("unclear", payment.Unknown, 2, once.Unknown)
		if err := payer.Resolve(t.Context(), "unclear", once.DecideNotTaken, "ann", "not in the provider's books"); err != nil {
			t.Fatal(err)
		}
		pay("unclear", payment.Accepted, 3, once.Released, once.Paid)

		if _, err := db.ExecContext(t.Context(), "DELETE FROM supplierpay_attempts"); err != nil {
			t.Fatal(err)
		}
		provider.look = found
		pay("lost", payment.Accepted, 3, once.Paid)
	})
}

// lossy loses the answer of a Begin that did its work.
type lossy struct{ once.Store }

func (l lossy) Begin(ctx context.Context, row once.Row, terms once.Terms) (once.Begun, error) {
	b, err := l.Store.Begin(ctx, row, terms)
	if err == nil && b.Rows[0].Nonce == row.Nonce {
		return once.Begun{}, errors.New("the connection broke")
	}
	return b, err
}

// TestLookupFirstAnswerLost: nor is a payment made whose row is gone when the answer of Begin is lost too.
func TestLookupFirstAnswerLost(t *testing.T) {
	eachDatabase(t, func(t *testing.T, p place) {
		store, _ := p.store(t, sqlstore.LookupFirst(day, func(once.Row) bool { return true }))
		provider := &fakePayer{look: inconclusive, pay: func(ctx context.Context, req payment.Request) (payment.Payment, error) {
			t.Error("paid without asking")
			return succeed(ctx, req)
		}}
		payer := journaled(t, provider, lossy{store})
		for range 2 {
			if got, err := payer.Pay(t.Context(), request(t, "k", "ord_1")); !errors.Is(err, payment.ErrInconclusive) {
				t.Errorf("%+v, %v", got, err)
			}
			if diff := cmp.Diff([]once.State{once.Unknown}, states(t, payer, "k")); diff != "" {
				t.Errorf("states (-want +got):\n%s", diff)
			}
		}
	})
}

// TestLookupFirstLaterAttempt loses the second attempt of a key, which paid, and not the first, which was released.
func TestLookupFirstLaterAttempt(t *testing.T) {
	eachDatabase(t, func(t *testing.T, p place) {
		paid, limited := 0, true
		provider := &fakePayer{look: found, pay: func(ctx context.Context, req payment.Request) (payment.Payment, error) {
			if limited {
				return payment.Payment{}, &payment.Error{Outcome: payment.Refused, Kind: payment.ErrRateLimited}
			}
			paid++
			return succeed(ctx, req)
		}}
		plain, db := p.store(t)
		asking := func() once.Store {
			t.Helper()
			store, err := p.on(db, sqlstore.LookupFirst(day, func(once.Row) bool { return true }))
			if err != nil {
				t.Fatal(err)
			}
			return store
		}
		pay := func(store once.Store, key string, wantPaid int, wantStates ...once.State) {
			t.Helper()
			payer := journaled(t, provider, store)
			got, err := payer.Pay(t.Context(), request(t, key, "ord "+key))
			if diff := cmp.Diff(wantStates, states(t, payer, key)); diff != "" || paid != wantPaid {
				t.Errorf("%s: %+v, %v, paid %d times, want %d; states (-want +got):\n%s", key, got, err, paid, wantPaid, diff)
			}
		}
		lose := func(key string, n int) {
			t.Helper()
			if _, err := db.ExecContext(t.Context(), fmt.Sprintf("DELETE FROM supplierpay_attempts WHERE key = '%s' AND n = %d", key, n)); err != nil {
				t.Fatal(err)
			}
		}
		pay(plain, "lost", 0, once.Released)
		limited = false
		pay(plain, "lost", 1, once.Released, once.Paid)
		lose("lost", 2)
		row := newRow(t, "other", "")
		put(t, plain, row, once.Released)
		if b, err := asking().Begin(t.Context(), row, terms()); err != nil || b.Began || len(b.Rows) != 2 || b.Rows[1].State != once.Unknown {
			t.Errorf("Begin: %+v, %v; want a second row that has not begun", b, err)
		}
		pay(asking(), "lost", 1, once.Released, once.Paid)

		// A key that has been asked about is paid as ever, whatever else became of it.
		provider.look = noPayment
		store := asking()
		pay(store, "unpaid", 1, once.Unknown)
		age(t, p, time.Hour) // past the quiet time
		limited = true
		pay(store, "unpaid", 1, once.Released, once.Released)
		limited = false
		pay(store, "unpaid", 2, once.Released, once.Released, once.Paid)

		// After another loss it is asked about again: it may have paid in between.
		lose("unpaid", 3)
		age(t, p, time.Hour)
		provider.look = found
		pay(asking(), "unpaid", 2, once.Released, once.Released, once.Paid)
	})
}

func TestOptions(t *testing.T) {
	db := newSQLite(t).open(t)
	for field, option := range map[string]sqlstore.Option{
		"reach":   sqlstore.LookupFirst(0, func(once.Row) bool { return true }),
		"suspect": sqlstore.LookupFirst(day, nil),
	} {
		_, err := sqlstore.NewSQLite(db, option)
		var e *payment.Error
		if !errors.As(err, &e) || e.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	if _, err := sqlstore.NewPostgres(nil); !errors.Is(err, payment.ErrInvalidRequest) {
		t.Errorf("no database: %v", err)
	}
}
