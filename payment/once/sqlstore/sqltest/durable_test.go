package sqltest

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/once"
	"github.com/supplierpay/supplierpay-go/payment/once/sqlstore"
)

func terms() once.Terms { return once.Terms{Lease: time.Minute, Quiet: time.Hour} }

func newRow(t testing.TB, key, scope string) once.Row {
	t.Helper()
	a, err := payment.NewAttempt(request(t, key, "ord_1"), scope, nil)
	if err != nil {
		t.Fatal(err)
	}
	return once.Row{Name: "test", Attempt: a, Nonce: key, Owner: "replica 1"}
}

// ownCluster is a server that the test may crash and set up badly.
func ownCluster(t *testing.T, settings ...string) *Cluster {
	t.Helper()
	c, err := StartCluster(t.Context(), settings...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// TestPostgresKeepsRowsInACrash crashes a server that confirms commits before they are on the disk. Every row of the
// store is there afterwards; the last line of a table that trusts the server's setting is not, at least once in a few
// crashes: whether it is lost depends on when the server last wrote of its own accord.
func TestPostgresKeepsRowsInACrash(t *testing.T) {
	const rounds = 5
	c := ownCluster(t, "synchronous_commit=off", "wal_writer_delay=10s")
	p := place{"pgx", c.DSN()}
	store, db := p.store(t)
	exec := func(statement string) {
		t.Helper()
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	exec("CREATE TABLE trusting (line int)")
	exec("SET synchronous_commit = on; CHECKPOINT; RESET synchronous_commit")
	lost := false
	for round := 0; round < rounds && !lost; round++ {
		key := strings.Repeat("k", round+1)
		b, err := store.Begin(t.Context(), newRow(t, key, key), terms())
		if err != nil || !b.Began {
			t.Fatalf("%+v, %v", b, err)
		}
		row := b.Rows[0]
		row.Attempt.Marks = []payment.Mark{{Step: "commit"}}
		if _, err := store.Update(t.Context(), row, terms()); err != nil {
			t.Fatal(err)
		}
		exec("INSERT INTO trusting DEFAULT VALUES")
		if err := c.Crash(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := c.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		db.SetMaxIdleConns(0) // drops the connections of the dead server
		db.SetMaxIdleConns(2)
		rows, err := store.Rows(t.Context(), "test", key)
		if err != nil {
			t.Fatal(err)
		}
		if len(rows) != 1 || rows[0].Version != 2 || len(rows[0].Attempt.Marks) != 1 {
			t.Fatalf("after crash %d the store has %+v", round, rows)
		}
		var lines int
		if err := db.QueryRowContext(t.Context(), "SELECT count(*) FROM trusting").Scan(&lines); err != nil {
			t.Fatal(err)
		}
		lost = lost || lines < round+1
	}
	if !lost {
		t.Error("the crashes lost nothing at all, so they prove nothing")
	}
}

func TestPostgresWithoutFsync(t *testing.T) {
	c := ownCluster(t)
	store, db := place{"pgx", c.DSN()}.store(t)
	b, err := store.Begin(t.Context(), newRow(t, "k", "ord_1"), terms())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), "ALTER SYSTEM SET fsync = off"); err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), "SELECT pg_reload_conf()"); err != nil {
		t.Fatal(err)
	}
	for fsync := "on"; fsync == "on"; {
		if err := db.QueryRowContext(t.Context(), "SELECT current_setting('fsync') FROM pg_sleep(0.01)").Scan(&fsync); err != nil {
			t.Fatal(err)
		}
	}
	refuses(t, store, b.Rows[0])
}

// refuses demands that the store writes nothing and says why.
func refuses(t *testing.T, store *sqlstore.Store, row once.Row) {
	t.Helper()
	_, begin := store.Begin(t.Context(), newRow(t, "new", "ord_2"), terms())
	changed := row
	changed.State = once.Paid
	_, update := store.Update(t.Context(), changed, terms())
	for what, err := range map[string]error{"Begin": begin, "Update": update, "Migrate": store.Migrate(t.Context())} {
		if !errors.Is(err, sqlstore.ErrNotDurable) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want ErrNotDurable", what, err)
		}
	}
	if rows, err := store.Rows(t.Context(), "test", "new"); err != nil || len(rows) != 0 {
		t.Errorf("the refused Begin left %+v, %v", rows, err)
	}
	rows, err := store.Rows(t.Context(), "test", row.Attempt.Key)
	if err != nil || len(rows) != 1 || rows[0].Version != row.Version {
		t.Errorf("the refused Update left %+v, %v", rows, err)
	}
}

func TestSQLiteNotDurable(t *testing.T) {
	p := newSQLite(t)
	store, _ := p.store(t)
	b, err := store.Begin(t.Context(), newRow(t, "k", "ord_1"), terms())
	if err != nil {
		t.Fatal(err)
	}
	for _, pragma := range []string{"synchronous(NORMAL)", "synchronous(OFF)"} {
		careless := place{p.Driver, p.DSN + "?_pragma=" + pragma}
		store, err := careless.on(careless.open(t))
		if err != nil {
			t.Fatal(err)
		}
		refuses(t, store, b.Rows[0])
	}
	memory := place{"sqlite", ":memory:"}
	inMemory, err := memory.on(memory.open(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := inMemory.Migrate(t.Context()); !errors.Is(err, sqlstore.ErrNotDurable) {
		t.Errorf("Migrate in memory: %v", err)
	}
}

// TestSQLiteWithoutWAL: the mode is the file's, and somebody may have changed it after Migrate.
func TestSQLiteWithoutWAL(t *testing.T) {
	p := newSQLite(t)
	store, db := p.store(t)
	if _, err := db.ExecContext(t.Context(), "PRAGMA journal_mode = DELETE"); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Begin(t.Context(), newRow(t, "k", "ord_1"), terms()); !errors.Is(err, sqlstore.ErrNotDurable) {
		t.Errorf("Begin: %v", err)
	}
	if err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if b, err := store.Begin(t.Context(), newRow(t, "k", "ord_1"), terms()); err != nil || !b.Began {
		t.Errorf("after Migrate: %+v, %v", b, err)
	}
}
