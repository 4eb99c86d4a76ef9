package sqltest

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/once"
	"github.com/supplierpay/supplierpay-go/payment/once/sqlstore"
)

// setting is what another user of the pool may have left on a connection, or done to the tables.
type setting struct {
	name       string
	statements []string
	// refused is true where a write would not last or would go astray.
	refused bool
	// fails is part of the error where nothing can be written; "" if the store works, or says ErrNotDurable.
	fails string
}

func postgresSettings() []setting {
	return []setting{
		{name: "DateStyle", statements: []string{"SET DateStyle = 'German'"}},
		{name: "DateStyle SQL", statements: []string{"SET DateStyle = 'SQL, DMY'"}},
		{name: "TimeZone", statements: []string{"SET TimeZone = 'Asia/Kolkata'"}},
		{name: "IntervalStyle", statements: []string{"SET IntervalStyle = 'sql_standard'"}},
		{name: "floats", statements: []string{"SET extra_float_digits = -15"}},
		{name: "strings", statements: []string{"SET standard_conforming_strings = off"}, fails: "standard_conforming_strings"},
		{name: "NULL", statements: []string{"SET transform_null_equals = on"}},
		{name: "serializable", statements: []string{"SET default_transaction_isolation = 'serializable'"}},
		{name: "repeatable read", statements: []string{"SET default_transaction_isolation = 'repeatable read'"}},
		{name: "asynchronous commit", statements: []string{"SET synchronous_commit = off"}},
		{name: "local commit", statements: []string{"SET synchronous_commit = local"}},
		{name: "read only", statements: []string{"SET default_transaction_read_only = on"}, fails: "read-only transaction"},
		{name: "encoding", statements: []string{"SET client_encoding = 'LATIN1'"}, refused: true, fails: "client_encoding"},
		{name: "search path", statements: []string{"CREATE SCHEMA IF NOT EXISTS elsewhere",
			"CREATE TABLE IF NOT EXISTS elsewhere.supplierpay_attempts (LIKE supplierpay_attempts INCLUDING ALL)",
			"CREATE TABLE IF NOT EXISTS elsewhere.supplierpay_events (LIKE supplierpay_events INCLUDING ALL)",
			"SET search_path TO elsewhere, public"}},
		{name: "temporary tables", statements: []string{"CREATE TEMP TABLE supplierpay_attempts (LIKE supplierpay_attempts INCLUDING ALL)",
			"CREATE TEMP TABLE supplierpay_events (LIKE supplierpay_events INCLUDING ALL)"}},
		{name: "unlogged", statements: []string{"ALTER TABLE supplierpay_attempts SET UNLOGGED"}, refused: true},
		{name: "unlogged events", statements: []string{"ALTER TABLE supplierpay_events SET UNLOGGED"}, refused: true},
		{name: "unlogged partition", statements: []string{"ALTER TABLE supplierpay_attempts RENAME TO part",
			"ALTER TABLE part SET UNLOGGED",
			"CREATE TABLE supplierpay_attempts (LIKE part INCLUDING DEFAULTS) PARTITION BY LIST (name)",
			"CREATE UNIQUE INDEX ON supplierpay_attempts (name, key, n)",
			"ALTER TABLE supplierpay_attempts ATTACH PARTITION part DEFAULT"}, refused: true},
		{name: "view", statements: []string{"ALTER TABLE supplierpay_attempts RENAME TO behind",
			"CREATE VIEW supplierpay_attempts AS SELECT * FROM behind"}, fails: "supplierpay_attempts"},
	}
}

// TestPostgresSettings: with every driver, a write is right whatever somebody left on the connection, or it is refused.
func TestPostgresSettings(t *testing.T) {
	for driver, with := range postgresDrivers() {
		for _, s := range postgresSettings() {
			t.Run(driver+"/"+s.name, func(t *testing.T) {
				plain := newPostgres(t)
				judge, _ := plain.store(t)
				db := with(plain).open(t)
				db.SetMaxOpenConns(1)
				store, err := sqlstore.NewPostgres(db)
				if err != nil {
					t.Fatal(err)
				}
				before := put(t, store, newRow(t, "before", ""), once.Unknown) // the store knows its place
				for _, statement := range s.statements {
					if _, err := db.ExecContext(t.Context(), statement); err != nil {
						t.Fatalf("%s: %v", statement, err)
					}
				}
				odd(t, s, store, judge, before)
			})
		}
	}
}

// odd writes on a connection with a setting and reads what was written without it.
func odd(t *testing.T, s setting, store, judge *sqlstore.Store, before once.Row) {
	t.Helper()
	row := newRow(t, `a'b\c ✓`, `scope\'`)
	row.Attempt.Marks = []payment.Mark{{Step: "first"}}
	with := terms()
	with.Event = &once.Event{Why: `why\'`}
	begun, err := store.Begin(t.Context(), row, with)
	changed := before
	changed.State = once.Paid
	_, updating := store.Update(t.Context(), changed, once.Terms{})
	migrating := store.Migrate(t.Context())
	for what, err := range map[string]error{"Begin": err, "Update": updating, "Migrate": migrating} {
		switch {
		case err == nil && s.refused:
			t.Errorf("%s was not refused", what)
		case err != nil && strings.Contains(err.Error(), "\n"):
			t.Errorf("%s: %q has several lines", what, err)
		case err != nil && s.refused && errors.Is(err, sqlstore.ErrNotDurable):
		case err != nil && (s.fails == "" || !strings.Contains(err.Error(), s.fails)):
			t.Errorf("%s: %v", what, err)
		}
	}
	got, reading := judge.Rows(t.Context(), "test", row.Attempt.Key)
	if err != nil {
		if migrating == nil && s.name == "view" { // the others end with the connection or the transaction
			t.Errorf("Migrate said nothing, and Begin: %v", err)
		}
		if s.name != "view" && (reading != nil || len(got) != 0) {
			t.Errorf("Begin failed and left %+v, %v", got, reading)
		}
		return
	}
	if reading != nil || len(got) != 1 || !begun.Began {
		t.Fatalf("Begin: %+v; the journal has %+v, %v", begun, got, reading)
	}
	want := begun.Rows[0]
	want.Now, got[0].Now = time.Time{}, time.Time{}
	if diff := cmp.Diff(want, got[0]); diff != "" {
		t.Errorf("the row as written and as it is (-want +got):\n%s", diff)
	}
	if d := time.Since(want.BeganAt).Abs(); d > time.Minute || want.LeaseEnd.Sub(want.BeganAt) != time.Minute ||
		!want.Attempt.Marks[0].At.Equal(want.BeganAt) {
		t.Errorf("the times are wrong: %+v", want)
	}
	if events, err := judge.History(t.Context(), "test", row.Attempt.Key); err != nil || len(events) != 1 ||
		events[0].Why != `why\'` || !events[0].At.Equal(want.BeganAt) {
		t.Errorf("events %+v, %v", events, err)
	}
	if again, err := judge.Rows(t.Context(), "test", "before"); err != nil || len(again) != 1 || (again[0].State == once.Paid) != (updating == nil) {
		t.Errorf("Update: %v, and the journal has %+v, %v", updating, again, err)
	}
}

// TestPostgresOpenTransaction: pgx does not use a connection on which somebody left a transaction open.
func TestPostgresOpenTransaction(t *testing.T) {
	for driver, with := range postgresDrivers() {
		if driver == "lib/pq" {
			continue // it cannot tell, as the package documentation says
		}
		t.Run(driver, func(t *testing.T) {
			plain := newPostgres(t)
			judge, _ := plain.store(t)
			db := with(plain).open(t)
			db.SetMaxOpenConns(1)
			store, err := sqlstore.NewPostgres(db)
			if err != nil {
				t.Fatal(err)
			}
			put(t, store, newRow(t, "before", ""), once.Unknown)
			if _, err := db.ExecContext(t.Context(), "BEGIN"); err != nil {
				t.Fatal(err)
			}
			put(t, store, newRow(t, "k", ""), once.Unknown)
			if got := keys(t, judge, "k"); len(got) != 1 {
				t.Errorf("%v is in the journal", got)
			}
		})
	}
}

// TestSQLiteSettings is TestPostgresSettings for both drivers of SQLite.
func TestSQLiteSettings(t *testing.T) {
	for _, driver := range []string{"sqlite", "sqlite3"} {
		for _, s := range []setting{
			{name: "nothing"},
			{name: "synchronous NORMAL", statements: []string{"PRAGMA synchronous = NORMAL"}, refused: true},
			{name: "synchronous OFF", statements: []string{"PRAGMA synchronous = OFF"}, refused: true},
			{name: "temporary tables", statements: []string{"CREATE TEMP TABLE supplierpay_attempts AS SELECT * FROM main.supplierpay_attempts",
				"CREATE TEMP TABLE supplierpay_events AS SELECT * FROM main.supplierpay_events"}},
			{name: "query only", statements: []string{"PRAGMA query_only = 1"}, fails: "readonly"},
			{name: "no busy timeout", statements: []string{"PRAGMA busy_timeout = 0"}},
			{name: "reverse", statements: []string{"PRAGMA reverse_unordered_selects = 1"}},
			{name: "LIKE", statements: []string{"PRAGMA case_sensitive_like = 1"}},
			{name: "foreign keys", statements: []string{"PRAGMA foreign_keys = 1"}},
		} {
			t.Run(driver+"/"+s.name, func(t *testing.T) {
				p := place{driver, newSQLite(t).DSN + "?_pragma=synchronous(FULL)&_pragma=busy_timeout(5000)"}
				judge, _ := p.store(t)
				db := p.open(t)
				db.SetMaxOpenConns(1)
				store, err := sqlstore.NewSQLite(db)
				if err != nil {
					t.Fatal(err)
				}
				before := put(t, store, newRow(t, "before", ""), once.Unknown)
				for _, statement := range s.statements {
					if _, err := db.ExecContext(t.Context(), statement); err != nil {
						t.Fatalf("%s: %v", statement, err)
					}
				}
				odd(t, s, store, judge, before)
			})
		}
	}
}

// TestSQLiteLowered: a build of SQLite that lowers synchronous in WAL mode is refused, unless the connection raises it.
func TestSQLiteLowered(t *testing.T) {
	p := place{"sqlite3", newSQLite(t).DSN}
	store, err := p.on(p.open(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Migrate(t.Context()); err != nil {
		if !errors.Is(err, sqlstore.ErrNotDurable) {
			t.Error(err)
		}
		return
	}
	if _, err := store.Begin(t.Context(), newRow(t, "k", ""), terms()); err != nil {
		t.Errorf("Migrate said nothing, and Begin: %v", err)
	}
}

// TestSQLiteReadOnly: a file that cannot be written is noticed by Migrate.
func TestSQLiteReadOnly(t *testing.T) {
	for _, driver := range []string{"sqlite", "sqlite3"} {
		p := place{driver, newSQLite(t).DSN}
		place{driver, p.DSN + "?_pragma=synchronous(FULL)"}.store(t)
		readOnly := place{driver, p.DSN + "?mode=ro&_pragma=synchronous(FULL)"}
		store, err := readOnly.on(readOnly.open(t))
		if err != nil {
			t.Fatal(err)
		}
		if err := store.Migrate(t.Context()); err == nil || !strings.Contains(err.Error(), "readonly") {
			t.Errorf("%s: Migrate: %v", driver, err)
		}
		if _, err := store.Begin(t.Context(), newRow(t, "k", ""), terms()); err == nil || !strings.Contains(err.Error(), "readonly") {
			t.Errorf("%s: Begin: %v", driver, err)
		}
	}
}

// TestSQLiteReplaced: a store whose file was replaced by another does not write into the file that nobody sees.
func TestSQLiteReplaced(t *testing.T) {
	for _, driver := range []string{"sqlite", "sqlite3"} {
		p := place{driver, newSQLite(t).DSN + "?_pragma=synchronous(FULL)"}
		store, db := p.store(t)
		row := put(t, store, newRow(t, "k", ""), once.Unknown)
		replace(t, db, strings.TrimSuffix(strings.TrimPrefix(p.DSN, "file:"), "?_pragma=synchronous(FULL)"))
		_, begin := store.Begin(t.Context(), newRow(t, "new", ""), terms())
		_, update := store.Update(t.Context(), row, once.Terms{})
		for what, err := range map[string]error{"Begin": begin, "Update": update, "Migrate": store.Migrate(t.Context())} {
			if !errors.Is(err, sqlstore.ErrNotDurable) {
				t.Errorf("%s: %s: %v", driver, what, err)
			}
		}
	}
}

// replace puts a copy of the database in its place, as a restore does.
func replace(t *testing.T, db *sql.DB, file string) {
	t.Helper()
	other := filepath.Join(t.TempDir(), "copy.db")
	if _, err := db.ExecContext(t.Context(), "VACUUM INTO '"+other+"'"); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(other, file); err != nil {
		t.Fatal(err)
	}
}

// TestPostgresIsolation: a default isolation level above READ COMMITTED makes the server undo statements that meet. The store
// repeats them.
func TestPostgresIsolation(t *testing.T) {
	p := newPostgres(t)
	p.DSN += " default_transaction_isolation=serializable"
	store, db := p.store(t)
	db.SetMaxIdleConns(8)
	for round := range 10 {
		var all sync.WaitGroup
		var began atomic.Int64
		start := make(chan struct{})
		for i := range 8 {
			row := newRow(t, fmt.Sprint("k", round, i), fmt.Sprint("scope", round))
			all.Go(func() {
				<-start
				b, err := store.Begin(t.Context(), row, terms())
				if err != nil {
					t.Errorf("Begin: %v", err)
				}
				if b.Began {
					began.Add(1)
				}
			})
		}
		close(start)
		all.Wait()
		if n := began.Load(); n != 1 {
			t.Errorf("%d began in one scope", n)
		}
	}
}
