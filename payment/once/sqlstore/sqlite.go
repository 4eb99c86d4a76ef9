package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"time"
)

// sqlite has one writer at a time. Those of this process take turns here, which is faster and fairer than SQLite's own
// waiting; those of others meet in SQLite's busy timeout.
type sqlite struct{ turn chan struct{} }

func newSQLite() sqlite { return sqlite{turn: make(chan struct{}, 1)} }

func (sqlite) words() *strings.Replacer {
	return strings.NewReplacer("{now}", sqliteNow, "{time}", "INTEGER", "{bytes}", "TEXT", "{durable}", "true",
		"{schema}", "(SELECT name FROM sqlite_master WHERE name = 'supplierpay_schema')")
}

// sqliteNow is the machine's clock in microseconds, which SQLite knows to the millisecond.
const sqliteNow = "CAST(round(unixepoch('subsec') * 1000) AS INTEGER) * 1000"

func (sqlite) placeholder() string { return "?" }

func (sqlite) in(argument string) string { return sqliteNow + " + " + argument }

func (s sqlite) read(ctx context.Context, db *sql.DB, f func(querier) error) error {
	conn, err := s.conn(ctx, db)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	return f(conn)
}

func (s sqlite) write(ctx context.Context, db *sql.DB, f func(querier) error) error {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	conn, err := s.conn(ctx, db)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	if err := s.durable(ctx, conn); err != nil {
		return err
	}
	return s.immediate(ctx, conn, f)
}

// immediate calls f in a write transaction.
func (sqlite) immediate(ctx context.Context, conn *sql.Conn, f func(querier) error) error {
	if _, err := conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		abandon(ctx, conn)
		return err
	}
	if err := f(conn); err != nil {
		abandon(ctx, conn)
		return err
	}
	// A commit that is interrupted may have been made or not: it is a matter of milliseconds, so it is never interrupted.
	if _, err := conn.ExecContext(context.WithoutCancel(ctx), "COMMIT"); err != nil {
		abandon(ctx, conn)
		return err
	}
	return nil
}

// abandon ends the transaction, or keeps the connection from being used again.
func abandon(ctx context.Context, conn *sql.Conn) {
	if _, err := conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK"); err != nil {
		_ = conn.Raw(func(any) error { return driver.ErrBadConn })
	}
}

// conn takes a connection that waits when the database is busy.
func (sqlite) conn(ctx context.Context, db *sql.DB) (*sql.Conn, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	timeout, err := one(ctx, conn, "PRAGMA busy_timeout")
	if err == nil && timeout == "0" {
		_, err = one(ctx, conn, "PRAGMA busy_timeout = 5000")
	}
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	return conn, nil
}

func (sqlite) durable(ctx context.Context, q querier) error {
	synchronous, err := one(ctx, q, "PRAGMA synchronous")
	if err != nil {
		return err
	}
	if synchronous != "2" && synchronous != "3" {
		return fmt.Errorf("%w: synchronous is %s, want 2 (FULL) or 3 (EXTRA) on every connection", ErrNotDurable, synchronous)
	}
	mode, err := one(ctx, q, "PRAGMA journal_mode")
	if err != nil {
		return err
	}
	if !strings.EqualFold(mode, "wal") {
		return fmt.Errorf("%w: journal_mode is %s, want wal in a file, which Migrate sets", ErrNotDurable, mode)
	}
	return nil
}

// migrate switches to WAL, which the file remembers, before anything else.
func (s sqlite) migrate(ctx context.Context, db *sql.DB, f func(querier) error) error {
	conn, err := s.conn(ctx, db)
	if err != nil {
		return err
	}
	err = switchToWAL(ctx, conn)
	if closing := conn.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return err
	}
	return s.write(ctx, db, f)
}

// switchToWAL tries for a few seconds: SQLite answers at once that it is busy when another process switches too, whatever
// the busy timeout.
func switchToWAL(ctx context.Context, conn querier) error {
	const tries, rest = 100, 50 * time.Millisecond
	for n := 1; ; n++ {
		_, err := one(ctx, conn, "PRAGMA journal_mode = WAL")
		if err == nil || n == tries {
			return err
		}
		timer := time.NewTimer(rest)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return errors.Join(err, ctx.Err())
		}
	}
}
