package sqlstore_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"io"
	"strings"
	"sync"
)

// fakeDB is a database of canned answers: package sqlstore is tested on real ones in the module sqltest, because drivers
// do not belong into this one.
type fakeDB struct {
	mu      sync.Mutex
	answers map[string]string // text of the only column of the only row, by the beginning of the statement
	seen    []string
	before  func(query string) // nil, or called before a statement is answered
}

func (f *fakeDB) open() *sql.DB { return sql.OpenDB(f) }

// Connect and Driver implement driver.Connector.
func (f *fakeDB) Connect(context.Context) (driver.Conn, error) { return fakeConn{f}, nil }
func (f *fakeDB) Driver() driver.Driver                        { return nil }

func (f *fakeDB) answer(query string) driver.Rows {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seen = append(f.seen, query)
	if f.before != nil {
		f.before(query)
	}
	for beginning, text := range f.answers {
		if strings.HasPrefix(query, beginning) {
			return &fakeRows{text: []string{text}}
		}
	}
	return &fakeRows{}
}

func (f *fakeDB) statements() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.seen
}

type fakeConn struct{ db *fakeDB }

func (c fakeConn) Prepare(string) (driver.Stmt, error) { return nil, driver.ErrSkip }
func (c fakeConn) Close() error                        { return nil }
func (c fakeConn) Begin() (driver.Tx, error)           { return fakeTx{}, nil }

func (c fakeConn) QueryContext(ctx context.Context, query string, _ []driver.NamedValue) (driver.Rows, error) {
	if err := ctx.Err(); err != nil {
		return nil, err // a statement whose context has ended is not sent
	}
	return c.db.answer(query), nil
}

func (c fakeConn) ExecContext(ctx context.Context, query string, _ []driver.NamedValue) (driver.Result, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	c.db.answer(query)
	return driver.RowsAffected(0), nil
}

type fakeTx struct{}

func (fakeTx) Commit() error   { return nil }
func (fakeTx) Rollback() error { return nil }

type fakeRows struct{ text []string }

func (r *fakeRows) Columns() []string { return []string{"text"} }
func (r *fakeRows) Close() error      { return nil }

func (r *fakeRows) Next(dest []driver.Value) error {
	if len(r.text) == 0 {
		return io.EOF
	}
	dest[0], r.text = r.text[0], r.text[1:]
	return nil
}
