package sqltest

import (
	"path/filepath"
	"testing"

	"github.com/supplierpay/supplierpay-go/payment/once"
)

// TestCopyIsIncomplete: a row that was written in another file may lack its last writes, and says so for ever.
func TestCopyIsIncomplete(t *testing.T) {
	p := newSQLite(t)
	store, db := p.store(t)
	row := put(t, store, newRow(t, "k", ""), once.Unknown)
	if row.Attempt.Incomplete {
		t.Error("incomplete where it was written")
	}
	file := filepath.Join(t.TempDir(), "copy.db")
	if _, err := db.ExecContext(t.Context(), "VACUUM INTO '"+file+"'"); err != nil {
		t.Fatal(err)
	}
	copied, _ := place{"sqlite", "file:" + file}.store(t)
	for range 2 {
		rows, err := copied.Rows(t.Context(), "test", "k")
		if err != nil || len(rows) != 1 || !rows[0].Attempt.Incomplete {
			t.Fatalf("%+v, %v; want an incomplete row", rows, err)
		}
		rows[0].Attempt.Incomplete = false
		if got, err := copied.Update(t.Context(), rows[0], once.Terms{}); err != nil || !got.Attempt.Incomplete {
			t.Fatalf("%+v, %v; want it to stay incomplete", got, err)
		}
	}
	if got := put(t, copied, newRow(t, "new", ""), once.Unknown); got.Attempt.Incomplete {
		t.Error("a row that began in the copy is incomplete")
	}
}
