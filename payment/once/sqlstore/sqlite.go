package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
)

// sqlite has one writer at a time. Those of this process take turns here, which is faster and fairer than SQLite's own
// waiting; those of others meet in SQLite's busy timeout.
type sqlite struct{ turn chan struct{} }

func newSQLite() sqlite { return sqlite{turn: make(chan struct{}, 1)} }

func (sqlite) words(p place) *strings.Replacer {
	return strings.NewReplacer("{now}", sqliteNow, "{micros}", sqliteNow, "{iso}", "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')",
		"{time}", "INTEGER", "{bytes}", "TEXT", "{serial}", "INTEGER PRIMARY KEY AUTOINCREMENT", "{key}", "UNIQUE",
		"{index}", "main.", "{on}", "", "{durable}", "true",
		"{attempts}", "main.supplierpay_attempts", "{events}", "main.supplierpay_events", "{versions}", "main.supplierpay_schema",
		"{exists}", "(SELECT name FROM main.sqlite_master WHERE name = 'supplierpay_schema')",
		"{home}", "'"+strings.ReplaceAll(p.home, "'", "''")+"'")
}

// sqliteNow is the machine's clock in microseconds, which SQLite knows to the millisecond.
const sqliteNow = "CAST(round(unixepoch('subsec') * 1000) AS INTEGER) * 1000"

func (sqlite) placeholder() string { return "?" }

func (sqlite) appends() bool { return false }

func (sqlite) in(argument string) string { return sqliteNow + " + " + argument }

func (sqlite) at(argument string) string { return argument }

func (sqlite) us(column string) string { return column }

// settled: SQLite writes one transaction after the other, so no number appears late.
func (sqlite) settled(context.Context, *sql.DB, *queries, string) (int64, error) {
	return math.MaxInt64, nil
}

// learn takes the file's path and inode for the database's home: a copy that takes its place has another.
func (s sqlite) learn(ctx context.Context, db *sql.DB, _ string) (place, error) {
	conn, _, err := s.conn(ctx, db)
	if err != nil {
		return place{}, err
	}
	defer func() { _ = conn.Close() }()
	file, err := one(ctx, conn, "SELECT file FROM pragma_database_list WHERE name = 'main'")
	return place{file: file, home: fileHome(file)}, err
}

func fileHome(file string) string { return "file " + file + inode(file) }

func (s sqlite) read(ctx context.Context, db *sql.DB, _ place, f func(querier) error) error {
	conn, _, err := s.conn(ctx, db)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	return f(conn)
}

func (s sqlite) write(ctx context.Context, db *sql.DB, p place, f func(querier) error) error {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	conn, settings, err := s.conn(ctx, db)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	if err := refusal(settings); err != nil {
		return err
	}
	if fileHome(p.file) != p.home {
		return fmt.Errorf("%w: the file has been replaced while it was open: restart", ErrNotDurable)
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

// settingsText reads all that matters in one statement. It opens the file, after which the settings are those of its WAL mode:
// some builds of SQLite then lower synchronous.
const settingsText = `SELECT timeout || ' ' || synchronous || ' ' || journal_mode
FROM pragma_busy_timeout, pragma_synchronous, pragma_journal_mode`

// conn takes a connection that waits when the database is busy, and tells its settings.
func (sqlite) conn(ctx context.Context, db *sql.DB) (*sql.Conn, string, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, "", err
	}
	settings, err := one(ctx, conn, settingsText)
	if err == nil && !strings.HasPrefix(settings, "0 ") {
		return conn, settings, nil
	}
	// Without a busy timeout the statement itself may have failed, because another process was opening the file.
	if _, set := one(ctx, conn, "PRAGMA busy_timeout = 5000"); set != nil {
		err = set
	} else if err != nil {
		settings, err = one(ctx, conn, settingsText)
	}
	if err != nil {
		_ = conn.Close()
		return nil, "", err
	}
	return conn, settings, nil
}

func (sqlite) durable(ctx context.Context, q querier, _ place) error {
	settings, err := one(ctx, q, settingsText)
	if err != nil {
		return err
	}
	return refusal(settings)
}

// refusal says what is wrong with settings.
func refusal(settings string) error {
	fields := append(strings.Fields(settings), "", "", "")
	if s := fields[1]; s != "2" && s != "3" {
		return fmt.Errorf("%w: synchronous is %s, want 2 (FULL) or 3 (EXTRA) on every connection", ErrNotDurable, s)
	}
	if mode := fields[2]; !strings.EqualFold(mode, "wal") {
		return fmt.Errorf("%w: journal_mode is %s, want wal in a file, which Migrate sets", ErrNotDurable, mode)
	}
	return nil
}

// migrate switches to WAL, which the file remembers, before anything else.
func (s sqlite) migrate(ctx context.Context, db *sql.DB, p place, f func(querier) error) error {
	conn, _, err := s.conn(ctx, db)
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
	return s.write(ctx, db, p, f)
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
