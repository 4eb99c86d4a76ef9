package sqlstore_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/once"
	"github.com/supplierpay/supplierpay-go/payment/once/sqlstore"
)

func row(t *testing.T) once.Row {
	t.Helper()
	amount, err := payment.ParseMoney("30.20", "GBP")
	if err != nil {
		t.Fatal(err)
	}
	a, err := payment.NewAttempt(payment.Request{Key: "k", OrderID: "ord_1", Amount: amount}, "ord_1", nil)
	if err != nil {
		t.Fatal(err)
	}
	return once.Row{Name: "test", Attempt: a}
}

// TestNotDurable: settings that lose writes are refused, and named.
func TestNotDurable(t *testing.T) {
	rows := map[string]struct {
		new     func(*fakeDB) (*sqlstore.Store, error)
		answers map[string]string
		want    string
	}{
		"SQLite, synchronous off":    {onSQLite, map[string]string{"SELECT timeout": "5000 0 wal"}, "synchronous is 0"},
		"SQLite, synchronous normal": {onSQLite, map[string]string{"SELECT timeout": "5000 1 wal"}, "synchronous is 1"},
		"SQLite, journal in memory":  {onSQLite, map[string]string{"SELECT timeout": "5000 2 memory"}, "journal_mode is memory"},
		"SQLite, silent":             {onSQLite, nil, "synchronous is "},
		"PostgreSQL, no fsync":       {onPostgres, map[string]string{"SELECT current_schema()": "public", "SELECT CASE WHEN current_setting('fsync')": "fsync is off"}, "fsync is off"},
	}
	for name, r := range rows {
		t.Run(name, func(t *testing.T) {
			db := &fakeDB{answers: r.answers}
			store, err := r.new(db)
			if err != nil {
				t.Fatal(err)
			}
			_, err = store.Begin(t.Context(), row(t), once.Terms{})
			if !errors.Is(err, sqlstore.ErrNotDurable) || !strings.Contains(err.Error(), r.want) {
				t.Errorf("Begin: %v, want %q", err, r.want)
			}
			if err := store.Migrate(t.Context()); !errors.Is(err, sqlstore.ErrNotDurable) {
				t.Errorf("Migrate: %v", err)
			}
		})
	}
}

// TestEveryWriteIsDurable: on PostgreSQL each statement that writes sets its own transaction.
func TestEveryWriteIsDurable(t *testing.T) {
	db := &fakeDB{answers: map[string]string{"SELECT current_schema()": "public"}}
	store, err := onPostgres(db)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Begin(t.Context(), row(t), once.Terms{}); err == nil {
		t.Error("a database that neither inserts nor says why")
	}
	if _, err := store.Update(t.Context(), row(t), once.Terms{}); !errors.Is(err, once.ErrStale) {
		t.Errorf("Update of a row that is not there: %v", err)
	}
	writes := slices.DeleteFunc(slices.Clone(db.statements()), func(s string) bool { return strings.HasPrefix(s, "SELECT") })
	if len(writes) < 2 {
		t.Fatalf("%d writes", len(writes))
	}
	for _, s := range writes {
		if !strings.Contains(s, "set_config('synchronous_commit'") || strings.ContainsAny(s, "{}?") {
			t.Errorf("statement %s", s)
		}
	}
}

func onSQLite(db *fakeDB) (*sqlstore.Store, error)   { return sqlstore.NewSQLite(db.open()) }
func onPostgres(db *fakeDB) (*sqlstore.Store, error) { return sqlstore.NewPostgres(db.open()) }

// TestCommitIsNotCutOff: a caller who leaves during a write does not interrupt its COMMIT.
func TestCommitIsNotCutOff(t *testing.T) {
	ctx, leave := context.WithCancel(t.Context())
	db := &fakeDB{answers: map[string]string{"SELECT timeout": "5000 2 wal"}, before: func(query string) {
		if strings.HasPrefix(query, "DELETE") {
			leave()
		}
	}}
	store, err := onSQLite(db)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Prune(ctx, 48*time.Hour); err != nil {
		t.Error(err)
	}
	if all := db.statements(); all[len(all)-1] != "COMMIT" {
		t.Errorf("the last statement is %s", all[len(all)-1])
	}
}
