package sqltest

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/supplierpay/supplierpay-go/payment/once"
	"github.com/supplierpay/supplierpay-go/payment/once/sqlstore"
)

// TestDDLFilesLoad: after another tool has applied the files, Migrate finds nothing to do.
func TestDDLFilesLoad(t *testing.T) {
	eachDatabase(t, func(t *testing.T, p place) {
		dialect := "sqlite"
		if p.postgres() {
			dialect = "postgres"
		}
		files, err := filepath.Glob(filepath.Join("..", "ddl", dialect, "goose", "*.sql"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%v, %v", files, err)
		}
		db := p.open(t)
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := db.ExecContext(t.Context(), string(text)); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
		}
		store, _ := p.store(t)
		put(t, store, newRow(t, "k", "s"), once.Paid)
		var versions int
		if err := db.QueryRowContext(t.Context(), "SELECT count(*) FROM supplierpay_schema").Scan(&versions); err != nil || versions != len(files) {
			t.Errorf("%d versions, %v; want %d", versions, err, len(files))
		}
	})
}

// TestGrants: a role that has the privileges of the file can do everything but change the schema.
func TestGrants(t *testing.T) {
	p := newPostgres(t)
	owner, db := p.store(t)
	_, schema, _ := strings.Cut(p.DSN, "search_path=")
	role := "role_" + schema
	text, err := os.ReadFile(filepath.Join("..", "ddl", "postgres", "grants.sql"))
	if err != nil {
		t.Fatal(err)
	}
	grants := strings.NewReplacer("supplierpay_service", role, "SCHEMA public", "SCHEMA "+schema, "public.", schema+".").Replace(string(text))
	for _, statement := range []string{"CREATE ROLE " + role + " LOGIN", grants} {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	service := place{"pgx", shared.cluster.DSN("search_path="+schema, "user="+role)}
	served := service.open(t)
	store, err := service.on(served)
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	with := terms()
	with.Event = &once.Event{Why: "begin"}
	b, err := store.Begin(t.Context(), newRow(t, "k", "s"), with)
	if err != nil || !b.Began {
		t.Fatalf("%+v, %v", b, err)
	}
	row := b.Rows[0]
	row.State = once.Paid
	_, update := store.Update(t.Context(), row, with)
	_, rows := store.Rows(t.Context(), "test", "k")
	_, unresolved := store.Unresolved(t.Context(), "test", once.Position{}, 10)
	_, pending := store.Pending(t.Context(), 0, 10)
	events, reading := store.Events(t.Context(), "test", 0, 10)
	_, history := store.History(t.Context(), "test", "k")
	_, prune := store.Prune(t.Context(), 30*day)
	_, pruneEvents := store.PruneEvents(t.Context(), 30*day)
	if err := errors.Join(update, rows, unresolved, pending, reading, history, prune, pruneEvents); err != nil || len(events) != 2 {
		t.Errorf("%d events, %v", len(events), err)
	}
	if seen, err := owner.Rows(t.Context(), "test", "k"); err != nil || len(seen) != 1 || seen[0].Attempt.Incomplete {
		t.Errorf("the owner sees %+v, %v", seen, err)
	}
	if _, err := served.ExecContext(t.Context(), "UPDATE supplierpay_events SET why = 'x'"); err == nil {
		t.Error("the role may change events")
	}
}

// TestOldReplica: a replica that meets a newer schema says so, and still pays where the newer version allows it.
func TestOldReplica(t *testing.T) {
	eachDatabase(t, func(t *testing.T, p place) {
		store, db := p.store(t)
		for _, statement := range []string{"ALTER TABLE supplierpay_attempts ADD COLUMN later TEXT",
			"INSERT INTO supplierpay_schema (version, applied_at) SELECT 2, applied_at FROM supplierpay_schema"} {
			if _, err := db.ExecContext(t.Context(), statement); err != nil {
				t.Fatal(err)
			}
		}
		if err := store.Migrate(t.Context()); err == nil || !strings.Contains(err.Error(), "version 2, this version of the module knows 1") {
			t.Errorf("Migrate: %v", err)
		}
		put(t, store, newRow(t, "k", "s"), once.Paid)
		if _, err := db.ExecContext(t.Context(), "ALTER TABLE supplierpay_attempts RENAME COLUMN note TO remark"); err != nil {
			t.Fatal(err)
		}
		if b, err := store.Begin(t.Context(), newRow(t, "k2", "s2"), terms()); err == nil || errors.Is(err, sqlstore.ErrNotDurable) || b.Began {
			t.Errorf("with a column less: %+v, %v", b, err)
		}
	})
}
