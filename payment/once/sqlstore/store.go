package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/once"
)

// ErrNotDurable is returned when the database would forget a write that it has confirmed, or would write it where others do
// not look. The text names the setting.
var ErrNotDurable = errors.New("the database may forget what it confirms")

// Store is a [once.Store] in a SQL database. It is safe for concurrent use, in as many processes as reach the database.
// It does not own the *sql.DB: close that when all payments have returned.
type Store struct {
	db       *sql.DB
	d        dialect
	schema   string
	versions [][]string
	q        atomic.Pointer[queries] // nil before the first use

	reach   time.Duration
	suspect func(once.Row) bool
	since   time.Time // when this process began to ask first
}

var _ once.Store = (*Store)(nil)

// Option changes a [Store] under construction.
type Option func(*Store) error

// Schema says which schema of a PostgreSQL database holds the tables; it must exist. Without this option it is the first
// schema of the search path of the first connection that the store uses. Give it where other users of the *sql.DB change
// the search path.
func Schema(name string) Option {
	return func(s *Store) error {
		if _, sqlite := s.d.(sqlite); sqlite {
			return payment.InvalidField("schema", "SQLite has none to choose")
		}
		s.schema = name
		return checkSchema(name)
	}
}

// checkSchema refuses what is not the name of a schema that keeps its tables, or that no statement can spell under every
// session setting.
func checkSchema(name string) error {
	if name == "" || strings.ContainsAny(name, "\\\x00{}") || strings.HasPrefix(name, "pg_") {
		return payment.InvalidField("schema", "want the name of an ordinary schema")
	}
	return nil
}

// NewSQLite returns a store in a SQLite database, version 3.42 or newer, in a file. It writes nothing before
// [Store.Migrate].
func NewSQLite(db *sql.DB, options ...Option) (*Store, error) {
	return newStore(db, newSQLite(), options)
}

// NewPostgres returns a store in a PostgreSQL database, version 13 or newer, in the schema that [Schema] names. Give it the
// primary: a stand-by that is behind would miss rows. It writes nothing before [Store.Migrate].
func NewPostgres(db *sql.DB, options ...Option) (*Store, error) {
	return newStore(db, newPostgres(), options)
}

func newStore(db *sql.DB, d dialect, options []Option) (*Store, error) {
	if db == nil {
		return nil, payment.InvalidField("db", "nil")
	}
	s := &Store{db: db, d: d, versions: migrations()}
	for _, option := range options {
		if err := option(s); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// ready returns the statements. What they need to know of the database is learnt once, so that no later change of a
// connection's settings leads to other tables.
func (s *Store) ready(ctx context.Context) (*queries, error) {
	if q := s.q.Load(); q != nil {
		return q, ctx.Err()
	}
	p, err := s.d.learn(ctx, s.db, s.schema)
	if err != nil {
		return nil, err
	}
	s.q.CompareAndSwap(nil, newQueries(s.d, p))
	return s.q.Load(), nil
}

// maxRounds bounds how often Begin starts over because the rows that stood against it were gone when it looked.
const maxRounds = 10

// Begin implements [once.Store].
func (s *Store) Begin(ctx context.Context, row once.Row, terms once.Terms) (once.Begun, error) {
	begun, err := s.beginRow(ctx, row, terms)
	if err != nil {
		return once.Begun{}, fmt.Errorf("sqlstore: begin: %w", err)
	}
	return begun, nil
}

func (s *Store) beginRow(ctx context.Context, row once.Row, terms once.Terms) (begun once.Begun, err error) {
	q, err := s.ready(ctx)
	if err != nil {
		return begun, err
	}
	start := beginning{row: row, state: once.Started}
	start.row.Damage = "" // a new row has an attempt to store
	if s.suspect != nil {
		if start, err = s.lookFirst(ctx, q, start); err != nil {
			return begun, err
		}
	}
	if start.state != once.Started {
		terms.Lease = 0
	}
	err = s.d.write(ctx, s.db, q.place, func(tx querier) (err error) {
		begun, err = s.begin(ctx, q, tx, start, terms)
		return err
	})
	return begun, err
}

// beginning is how a row begins: Started, or waiting for Lookup since a time in the past.
type beginning struct {
	row   once.Row
	state once.State
	back  time.Duration
}

func (s *Store) begin(ctx context.Context, q *queries, tx querier, start beginning, terms once.Terms) (once.Begun, error) {
	row := start.row
	for range maxRounds {
		inserted, err := s.insert(ctx, q, tx, start, terms)
		began := start.state == once.Started
		switch {
		case err != nil:
			return once.Begun{}, err
		case len(inserted) == 1 && inserted[0].N == 1:
			return once.Begun{Began: began, Rows: inserted}, nil
		}
		rows, err := query(ctx, tx, scanRow, q.rows, row.Name, row.Attempt.Key)
		if err != nil {
			return once.Begun{}, err
		}
		if len(inserted) == 1 || slices.ContainsFunc(rows, func(r once.Row) bool { return blocks(r, row) }) {
			return once.Begun{Began: len(inserted) == 1 && began, Rows: rows}, nil
		}
		if row.Attempt.Scope != "" && !row.AllowAnother {
			holders, err := query(ctx, tx, scanRow, q.holder, row.Name, row.Attempt.Key, row.Attempt.Scope)
			if err != nil {
				return once.Begun{}, err
			}
			if len(holders) > 0 {
				return once.Begun{Rows: rows, Holder: &holders[0]}, nil
			}
		}
		if err := s.d.durable(ctx, tx, q.place); err != nil {
			return once.Begun{}, err
		}
	}
	return once.Begun{}, errors.New("the rows that stand against it keep changing")
}

// blocks reports whether an earlier row of the key stands against a new one.
func blocks(r, row once.Row) bool {
	return r.State != once.Released || r.Attempt.Digest != row.Attempt.Digest
}

// insert adds the key's next row, and its event, if nothing stands against it.
func (s *Store) insert(ctx context.Context, q *queries, tx querier, start beginning, terms once.Terms) ([]once.Row, error) {
	row := start.row
	row.Attempt.Marks = stampMarks(row.Attempt.Marks)
	in, err := encode(row)
	if err != nil {
		return nil, err
	}
	return s.put(ctx, q, tx, q.insert, terms.Event,
		row.Name, row.Attempt.Key, string(start.state), row.Attempt.Scope, row.Attempt.Digest, flag(row.AllowAnother),
		row.Attempt.OrderID, row.Nonce, row.Write, row.Owner, row.By, row.Note, in.attempt, in.payment, in.problem, in.more,
		-micros(start.back), micros(terms.Lease), -micros(-terms.Quiet), instant(row.WatchUntil), row.Provider, row.Installation)
}

// put runs a statement that writes one row or none, and appends the event of the row that it wrote.
func (s *Store) put(ctx context.Context, q *queries, tx querier, text string, event *once.Event, args ...any) ([]once.Row, error) {
	values, err := eventValues(event)
	if err != nil {
		return nil, err
	}
	if s.d.appends() {
		args = append(append(args, flag(event != nil)), values...)
	}
	rows, err := query(ctx, tx, scanRow, text, args...)
	if err != nil || len(rows) == 0 || event == nil || s.d.appends() {
		return rows, err
	}
	_, err = tx.ExecContext(ctx, q.event, append([]any{args[0], args[1], rows[0].N}, values...)...)
	return rows, err
}

// Update implements [once.Store].
func (s *Store) Update(ctx context.Context, row once.Row, terms once.Terms) (once.Row, error) {
	var updated []once.Row
	q, err := s.ready(ctx)
	if err == nil {
		err = s.d.write(ctx, s.db, q.place, func(tx querier) (err error) {
			updated, err = s.updateRow(ctx, q, tx, row, terms)
			return err
		})
	}
	switch {
	case errors.Is(err, once.ErrStale):
		return once.Row{}, once.ErrStale
	case err != nil:
		return once.Row{}, fmt.Errorf("sqlstore: update: %w", err)
	}
	return updated[0], nil
}

func (s *Store) updateRow(ctx context.Context, q *queries, tx querier, row once.Row, terms once.Terms) ([]once.Row, error) {
	in, err := encode(row)
	if err != nil {
		return nil, err
	}
	updated, err := s.put(ctx, q, tx, q.update, terms.Event,
		row.Name, row.Attempt.Key, row.N, row.Version, string(row.State), string(row.Evidence), row.Nonce, row.Write, row.Owner,
		row.Why, row.By, row.Note, in.attempt, in.payment, in.problem, in.more,
		micros(terms.Lease), -micros(-terms.Quiet), instant(row.WatchUntil))
	if err != nil || len(updated) > 0 {
		return updated, err
	}
	if err := s.d.durable(ctx, tx, q.place); err != nil {
		return nil, err
	}
	return nil, once.ErrStale
}

// Rows implements [once.Store].
func (s *Store) Rows(ctx context.Context, name, key string) ([]once.Row, error) {
	return list(ctx, s, "rows", scanRow, func(q *queries) string { return q.rows }, name, key)
}

// Unresolved implements [once.Store].
func (s *Store) Unresolved(ctx context.Context, name string, after once.Position, limit int) ([]once.Row, error) {
	return list(ctx, s, "unresolved", scanRow, func(q *queries) string { return q.unresolved }, name, after.Key, after.N, limit)
}

// list reads outside a write.
func list[T any](ctx context.Context, s *Store, op string, scan func(*sql.Rows) (T, error), text func(*queries) string,
	args ...any) ([]T, error) {
	var found []T
	q, err := s.ready(ctx)
	if err == nil {
		err = s.d.read(ctx, s.db, q.place, func(tx querier) (err error) {
			found, err = query(ctx, tx, scan, text(q), args...)
			return err
		})
	}
	if err != nil {
		return nil, fmt.Errorf("sqlstore: %s: %w", op, err)
	}
	return found, nil
}
