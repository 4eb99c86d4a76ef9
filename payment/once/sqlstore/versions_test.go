package sqlstore_test

import (
	"slices"
	"strings"
	"testing"
)

// TestMigrateNextVersion: a schema of version 1 gets what version 2 adds, and nothing else.
func TestMigrateNextVersion(t *testing.T) {
	for version, want := range map[string][]string{
		"0": {"CREATE TABLE", "INSERT INTO", "ALTER TABLE \"public\".supplierpay_attempts ADD COLUMN later TEXT", "INSERT INTO"},
		"1": {"ALTER TABLE \"public\".supplierpay_attempts ADD COLUMN later TEXT", "INSERT INTO"},
		"2": nil,
	} {
		db := &fakeDB{answers: map[string]string{"SELECT current_schema()": "public", "SELECT to_regclass": "supplierpay_schema",
			"SELECT COALESCE(MAX(version)": version}}
		store, err := onPostgres(db)
		if err != nil {
			t.Fatal(err)
		}
		store.AddVersion("ALTER TABLE {attempts} ADD COLUMN later TEXT")
		if err := store.Migrate(t.Context()); err == nil || !strings.Contains(err.Error(), "keep changing") {
			t.Fatalf("%v, want that this database writes no probe", err)
		}
		var got []string
		for _, s := range db.statements() {
			for _, beginning := range []string{"CREATE TABLE", "ALTER TABLE", "INSERT INTO"} {
				if strings.HasPrefix(s, beginning) {
					got = append(got, s)
				}
			}
		}
		if version == "0" {
			got = slices.Delete(got, 1, len(got)-3) // the rest of version 1
		}
		if len(got) != len(want) {
			t.Errorf("from version %s: %q", version, got)
			continue
		}
		for i := range want {
			if !strings.HasPrefix(got[i], want[i]) {
				t.Errorf("from version %s: %q, want %q", version, got[i], want[i])
			}
		}
		if version != "2" && !strings.Contains(got[len(got)-1], "VALUES (2, ") {
			t.Errorf("version 2 is not written down: %q", got[len(got)-1])
		}
	}
}
