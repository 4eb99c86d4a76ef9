package sqlstore_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/supplierpay/supplierpay-go/payment/once/sqlstore"
)

// storedRow is a database whose only row has these columns, whatever is asked.
type storedRow []driver.Value

// Connect and Driver implement driver.Connector.
func (s storedRow) Connect(context.Context) (driver.Conn, error) { return storedConn{s}, nil }
func (s storedRow) Driver() driver.Driver                        { return nil }

type storedConn struct{ row storedRow }

func (c storedConn) Prepare(string) (driver.Stmt, error) { return nil, driver.ErrSkip }
func (c storedConn) Close() error                        { return nil }
func (c storedConn) Begin() (driver.Tx, error)           { return fakeTx{}, nil }
func (c storedConn) QueryContext(_ context.Context, query string, _ []driver.NamedValue) (driver.Rows, error) {
	if !strings.Contains(query, "supplierpay_attempts") {
		return &storedRows{row: storedRow{"5000 2 wal"}}, nil
	}
	return &storedRows{row: c.row}, nil
}

type storedRows struct {
	row  storedRow
	done bool
}

func (r *storedRows) Columns() []string { return make([]string, len(r.row)) }
func (r *storedRows) Close() error      { return nil }
func (r *storedRows) Next(dest []driver.Value) error {
	if r.done {
		return io.EOF
	}
	r.done = true
	copy(dest, r.row)
	return nil
}

// FuzzStoredRow: a row whose text was changed in the database stops nothing, and can be written again.
func FuzzStoredRow(f *testing.F) {
	f.Add("started", "unknown", `{"key":"k","order_id":"o","amount":{"amount":"1.00","currency":"EUR"},"digest":"v1:0"}`, `{"order_id":"o","status":"failed"}`,
		`{"outcome":2,"kinds":["declined"]}`, int64(1763726400000000), int64(1))
	f.Add("", "", `null`, `null`, `null`, int64(-1<<62), int64(0))
	f.Add("paid", "taken", `{"amount":{"amount":"1e9","currency":"EUR"}}`, `[]`, `{"outcome":"x"}`, int64(1<<62), int64(-1))
	f.Fuzz(func(t *testing.T, state, evidence, attempt, paid, problem string, at, n int64) {
		db := sql.OpenDB(storedRow{"name", "key", n, n, state, evidence, "scope", "digest", n, "provider", "installation", "nonce", "write",
			"owner", "why", "by", "note", attempt, paid, problem, problem, n, at, at, at, at, nil, at})
		defer func() { _ = db.Close() }()
		store, err := sqlstore.NewSQLite(db)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := store.Rows(t.Context(), "name", "key")
		if err != nil {
			t.Fatalf("a damaged row stops others: %v", err)
		}
		if len(rows) != 1 || rows[0].Attempt.Key != "key" || rows[0].Attempt.Scope != "scope" || rows[0].Attempt.Digest != "digest" {
			t.Fatalf("%+v", rows)
		}
		for _, v := range []any{rows[0].Attempt, rows[0].Payment, rows[0].Problem} {
			if _, err := json.Marshal(v); err != nil {
				t.Fatalf("%+v cannot be written: %v", v, err)
			}
		}
	})
}
