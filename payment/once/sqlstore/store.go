package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/once"
)

// ErrNotDurable is returned when the database would forget a write that it has confirmed. The text names the setting.
var ErrNotDurable = errors.New("the database may forget what it confirms")

// Store is a [once.Store] in a SQL database. It is safe for concurrent use, in as many processes as reach the database.
// It does not own the *sql.DB: close that when all payments have returned.
type Store struct {
	db *sql.DB
	d  dialect
	q  queries

	reach   time.Duration
	suspect func(once.Row) bool
	since   time.Time // when this process began to ask first
}

var _ once.Store = (*Store)(nil)

// Option changes a [Store] under construction.
type Option func(*Store) error

// LookupFirst is for the time after the database has lost its last rows: after the fail-over to a stand-by that was
// behind, or after a restore. The next attempt of a key for which suspect returns true is not begun, be it the first that
// the database knows or not: earlier attempts may have survived the one that paid. It is written as an unknown payment
// instead, so that package once asks the provider before anything is paid: a payment that the provider shows is kept;
// proof that there is none, believed when the quiet time is over, releases the key; else a person decides with
// [once.Payer.Resolve]. The attempt after that begins as ever. A process that starts later asks again about keys that were
// released and not paid before it started, because it may have been started after another loss.
//
// suspect should return true for the keys that your service may have paid with before the loss and for other keys of
// their orders, since a lost row held its order too, and for nothing else: most providers can never prove that an order
// was not paid. It gets the row that is about to be written, and must return soon. reach is how long ago the lost payments
// may have begun; Lookup searches from there.
func LookupFirst(reach time.Duration, suspect func(once.Row) bool) Option {
	return func(s *Store) error {
		if reach <= 0 {
			return payment.InvalidField("reach", "want a positive duration")
		}
		if suspect == nil {
			return payment.InvalidField("suspect", "nil")
		}
		s.reach, s.suspect, s.since = reach, suspect, time.Now()
		return nil
	}
}

// NewSQLite returns a store in a SQLite database, version 3.42 or newer, in a file. It writes nothing before
// [Store.Migrate].
func NewSQLite(db *sql.DB, options ...Option) (*Store, error) {
	return newStore(db, newSQLite(), options)
}

// NewPostgres returns a store in a PostgreSQL database, in the first schema of the search path. Give it the primary: a
// stand-by that is behind would miss rows. It writes nothing before [Store.Migrate].
func NewPostgres(db *sql.DB, options ...Option) (*Store, error) {
	return newStore(db, postgres{}, options)
}

func newStore(db *sql.DB, d dialect, options []Option) (*Store, error) {
	if db == nil {
		return nil, payment.InvalidField("db", "nil")
	}
	s := &Store{db: db, d: d, q: newQueries(d)}
	for _, option := range options {
		if err := option(s); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// maxRounds bounds how often Begin starts over because the rows that stood against it were gone when it looked.
const maxRounds = 10

// Begin implements [once.Store].
func (s *Store) Begin(ctx context.Context, row once.Row, terms once.Terms) (once.Begun, error) {
	var begun once.Begun
	err := s.d.write(ctx, s.db, func(q querier) (err error) {
		begun, err = s.begin(ctx, q, row, terms)
		return err
	})
	if err != nil {
		return once.Begun{}, fmt.Errorf("sqlstore: begin: %w", err)
	}
	return begun, nil
}

func (s *Store) begin(ctx context.Context, q querier, row once.Row, terms once.Terms) (once.Begun, error) {
	for range maxRounds {
		inserted, began, err := s.insert(ctx, q, row, terms)
		switch {
		case err != nil:
			return once.Begun{}, err
		case len(inserted) == 1 && inserted[0].N == 1:
			return once.Begun{Began: began, Rows: inserted}, nil
		}
		rows, err := s.rows(ctx, q, row)
		if err != nil {
			return once.Begun{}, err
		}
		if len(inserted) == 1 || slices.ContainsFunc(rows, func(r once.Row) bool { return blocks(r, row) }) {
			return once.Begun{Began: len(inserted) == 1 && began, Rows: rows}, nil
		}
		if row.Attempt.Scope != "" && !row.AllowAnother {
			holders, err := s.query(ctx, q, s.q.holder, row.Name, row.Attempt.Key, row.Attempt.Scope)
			if err != nil {
				return once.Begun{}, err
			}
			if len(holders) > 0 {
				return once.Begun{Rows: rows, Holder: &holders[0]}, nil
			}
		}
		if err := s.d.durable(ctx, q); err != nil {
			return once.Begun{}, err
		}
	}
	return once.Begun{}, errors.New("the rows that stand against it keep changing")
}

// blocks reports whether an earlier row of the key stands against a new one.
func blocks(r, row once.Row) bool {
	return r.State != once.Released || r.Attempt.Digest != row.Attempt.Digest
}

// markLookupFirst is the mark of a row that LookupFirst wrote. It is stored: never change it.
const markLookupFirst = "sqlstore: lookup first"

// askedFirst reports whether the row is one that LookupFirst wrote, and was released since this process started: one that was
// released before may have been followed by a payment whose row is lost. It compares two clocks: if this process's is ahead
// a key is asked about once too often, and behind it would have to be by more than the time from the loss to the restart.
func (s *Store) askedFirst(r once.Row) bool {
	_, marked := r.Attempt.Marked(markLookupFirst)
	return marked && r.UpdatedAt.After(s.since)
}

// insert adds the key's next row if nothing stands against it. It reports false with a row that waits for Lookup.
func (s *Store) insert(ctx context.Context, q querier, row once.Row, terms once.Terms) ([]once.Row, bool, error) {
	state, back := once.Started, time.Duration(0)
	if s.suspect != nil && s.suspect(row) {
		rows, err := s.rows(ctx, q, row)
		if err != nil {
			return nil, false, err
		}
		if !slices.ContainsFunc(rows, s.askedFirst) {
			state, back, terms.Lease = once.Unknown, s.reach, 0
			row.Attempt.Marks = append(slices.Clip(row.Attempt.Marks), payment.Mark{Step: markLookupFirst})
		}
	}
	in, err := encode(row)
	if err != nil {
		return nil, false, err
	}
	inserted, err := s.query(ctx, q, s.q.insert,
		row.Name, row.Attempt.Key, string(state), row.Attempt.Scope, row.Attempt.Digest, flag(row.AllowAnother),
		row.Attempt.OrderID, row.Nonce, row.Owner, row.By, row.Note, in.attempt, in.payment, in.problem,
		-micros(back), micros(terms.Lease), -micros(-terms.Quiet))
	return inserted, state == once.Started, err
}

// Update implements [once.Store].
func (s *Store) Update(ctx context.Context, row once.Row, terms once.Terms) (once.Row, error) {
	in, err := encode(row)
	if err != nil {
		return once.Row{}, fmt.Errorf("sqlstore: update: %w", err)
	}
	var updated []once.Row
	err = s.d.write(ctx, s.db, func(q querier) error {
		updated, err = s.query(ctx, q, s.q.update,
			row.Name, row.Attempt.Key, row.N, row.Version, string(row.State), string(row.Evidence), row.Nonce, row.Owner,
			row.Why, row.By, row.Note, in.attempt, in.payment, in.problem, micros(terms.Lease), -micros(-terms.Quiet))
		if err != nil || len(updated) > 0 {
			return err
		}
		if err := s.d.durable(ctx, q); err != nil {
			return err
		}
		return once.ErrStale
	})
	switch {
	case errors.Is(err, once.ErrStale):
		return once.Row{}, once.ErrStale
	case err != nil:
		return once.Row{}, fmt.Errorf("sqlstore: update: %w", err)
	}
	return updated[0], nil
}

// Rows implements [once.Store].
func (s *Store) Rows(ctx context.Context, name, key string) ([]once.Row, error) {
	return s.list(ctx, "rows", s.q.rows, name, key)
}

// Unresolved implements [once.Store].
func (s *Store) Unresolved(ctx context.Context, name string, after once.Position, limit int) ([]once.Row, error) {
	return s.list(ctx, "unresolved", s.q.unresolved, name, after.Key, after.N, limit)
}

// rows reads the rows of the row's key.
func (s *Store) rows(ctx context.Context, q querier, row once.Row) ([]once.Row, error) {
	return s.query(ctx, q, s.q.rows, row.Name, row.Attempt.Key)
}

// list reads outside a write.
func (s *Store) list(ctx context.Context, op, text string, args ...any) ([]once.Row, error) {
	var rows []once.Row
	err := s.d.read(ctx, s.db, func(q querier) (err error) {
		rows, err = s.query(ctx, q, text, args...)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("sqlstore: %s: %w", op, err)
	}
	return rows, nil
}

// query reads all rows of a statement. It must read to the very end: PostgreSQL commits after the last row, and a driver
// reports a commit that failed no earlier.
func (s *Store) query(ctx context.Context, q querier, text string, args ...any) (found []once.Row, err error) {
	rows, err := q.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	defer func() {
		if closing := rows.Close(); err == nil && closing != nil {
			found, err = nil, closing
		}
	}()
	for rows.Next() {
		row, err := scan(rows)
		if err != nil {
			return nil, err
		}
		found = append(found, row)
	}
	return found, rows.Err()
}
