package sqltest

import (
	"strings"
	"sync"
	"testing"
)

// TestMigrateAtOnce: replicas that start together bring the schema up together.
func TestMigrateAtOnce(t *testing.T) {
	eachDatabase(t, func(t *testing.T, p place) {
		var all sync.WaitGroup
		start := make(chan struct{})
		for range 16 {
			db := p.open(t)
			store, err := p.on(db)
			if err != nil {
				t.Fatal(err)
			}
			if err := db.PingContext(t.Context()); err != nil { // so that they really meet
				t.Fatal(err)
			}
			all.Go(func() {
				<-start
				for range 2 {
					if err := store.Migrate(t.Context()); err != nil {
						t.Error(err)
					}
				}
			})
		}
		close(start)
		all.Wait()
		store, db := p.store(t)
		var versions, version int
		if err := db.QueryRowContext(t.Context(), "SELECT count(*), max(version) FROM supplierpay_schema").Scan(&versions, &version); err != nil {
			t.Fatal(err)
		}
		if versions != 1 || version != 1 {
			t.Errorf("%d versions, the last %d", versions, version)
		}
		if b, err := store.Begin(t.Context(), newRow(t, "k", "ord_1"), terms()); err != nil || !b.Began {
			t.Errorf("%+v, %v", b, err)
		}
	})
}

func TestMigrateNewerSchema(t *testing.T) {
	eachDatabase(t, func(t *testing.T, p place) {
		store, db := p.store(t)
		if _, err := db.ExecContext(t.Context(), "UPDATE supplierpay_schema SET version = 99"); err != nil {
			t.Fatal(err)
		}
		if err := store.Migrate(t.Context()); err == nil || !strings.Contains(err.Error(), "version 99") {
			t.Errorf("%v, want an error that names the version", err)
		}
	})
}

func TestNotMigrated(t *testing.T) {
	eachDatabase(t, func(t *testing.T, p place) {
		store, err := p.on(p.open(t))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := store.Begin(t.Context(), newRow(t, "k", "ord_1"), terms()); err == nil {
			t.Error("Begin worked without a table")
		}
	})
}
