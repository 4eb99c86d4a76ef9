package sqltest

import (
	"testing"

	"github.com/supplierpay/supplierpay-go/payment/once"
)

// TestEventsCommittedLate: an event whose transaction takes long is not skipped by who reads past it.
func TestEventsCommittedLate(t *testing.T) {
	p := newPostgres(t)
	store, _ := p.store(t)
	write := func(key string) {
		t.Helper()
		with := terms()
		with.Event = &once.Event{Why: key}
		if b, err := store.Begin(t.Context(), newRow(t, key, ""), with); err != nil || !b.Began {
			t.Fatalf("%+v, %v", b, err)
		}
	}
	read := func(after int64) (got []string, last int64) {
		t.Helper()
		events, err := store.Events(t.Context(), "test", after, 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range events {
			got, last = append(got, e.Why), e.Seq
		}
		return got, last
	}
	write("first")
	_, after := read(0)
	// With lib/pq, a store writes within a transaction that was left open on its only connection.
	slow := postgresDrivers()["lib/pq"](p)
	open := slow.open(t)
	open.SetMaxOpenConns(1)
	writer, err := slow.on(open)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := open.ExecContext(t.Context(), "BEGIN"); err != nil {
		t.Fatal(err)
	}
	with := terms()
	with.Event = &once.Event{Why: "slow"}
	if b, err := writer.Begin(t.Context(), newRow(t, "slow", ""), with); err != nil || !b.Began {
		t.Fatalf("%+v, %v", b, err)
	}
	write("fast")
	if got, _ := read(after); len(got) != 0 {
		t.Fatalf("read %v while a lower number was not committed", got)
	}
	if _, err := open.ExecContext(t.Context(), "COMMIT"); err != nil {
		t.Fatal(err)
	}
	if got, _ := read(after); len(got) != 2 || got[0] != "slow" || got[1] != "fast" {
		t.Errorf("read %v, want slow, then fast", got)
	}
}

// TestDamagedRows: what cannot be read is told of one row, and stops nothing; a person's decision keeps what is stored.
func TestDamagedRows(t *testing.T) {
	eachDatabase(t, func(t *testing.T, p place) {
		store, db := p.store(t)
		for column, value := range map[string]string{"attempt": "{", "payment": "[]", "problem": "x", "more": "", "state": "new state",
			"evidence": "?"} {
			put(t, store, newRow(t, column, ""), once.Unknown)
			if _, err := db.ExecContext(t.Context(), "UPDATE supplierpay_attempts SET "+column+" = '"+value+"' WHERE key = '"+column+"'"); err != nil {
				t.Fatal(err)
			}
		}
		rows, err := store.Unresolved(t.Context(), "test", once.Position{}, 10)
		if err != nil || len(rows) != 6 {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		for _, row := range rows {
			if want := "cannot be read: " + row.Attempt.Key; row.Damage != want || row.State != once.Unknown {
				t.Errorf("%s: %s, %q", row.Attempt.Key, row.State, row.Damage)
			}
			row.State = once.Released
			if row, err = store.Update(t.Context(), row, once.Terms{}); err != nil || row.State != once.Released {
				t.Errorf("%+v, %v", row, err)
			}
		}
		var kept string
		if err := db.QueryRowContext(t.Context(), "SELECT attempt FROM supplierpay_attempts WHERE key = 'attempt'").Scan(&kept); err != nil || kept != "{" {
			t.Errorf("kept %q, %v", kept, err)
		}
	})
}

// TestDamagedEvents: an event or a time that cannot be read is told of that one, and the others are read.
func TestDamagedEvents(t *testing.T) {
	eachDatabase(t, func(t *testing.T, p place) {
		store, db := p.store(t)
		with := terms()
		with.Event = &once.Event{Why: "begin"}
		for _, key := range []string{"at", "payment", "to_state", "whole"} {
			if b, err := store.Begin(t.Context(), newRow(t, key, ""), with); err != nil || !b.Began {
				t.Fatalf("%+v, %v", b, err)
			}
		}
		never := "'infinity'"
		if !p.postgres() {
			never = "'never'"
		}
		for _, statement := range []string{"UPDATE supplierpay_events SET at = " + never + " WHERE key = 'at'",
			"UPDATE supplierpay_attempts SET quiet_end = " + never + " WHERE key = 'at'",
			"UPDATE supplierpay_events SET payment = '[' WHERE key = 'payment'",
			"UPDATE supplierpay_events SET to_state = 'x' WHERE key = 'to_state'"} {
			if _, err := db.ExecContext(t.Context(), statement); err != nil {
				t.Fatal(err)
			}
		}
		events, err := store.Events(t.Context(), "test", 0, 10)
		if err != nil || len(events) != 4 {
			t.Fatalf("%+v, %v", events, err)
		}
		for _, e := range events {
			want := "cannot be read: " + e.Key
			if e.Key == "whole" {
				want = ""
			}
			if e.Damage != want {
				t.Errorf("%s: %q", e.Key, e.Damage)
			}
		}
		rows, err := store.Unresolved(t.Context(), "test", once.Position{}, 10)
		if err != nil || len(rows) != 4 || rows[0].Damage != "cannot be read: quiet_end" {
			t.Errorf("%+v, %v", rows, err)
		}
	})
}
