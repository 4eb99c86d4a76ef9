package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// postgres makes each statement its own transaction, which saves the round trips of BEGIN and COMMIT. {durable} is the
// statement's SET LOCAL synchronous_commit = on. It is false, so that nothing is written, on a server without fsync.
type postgres struct{}

func (postgres) words() *strings.Replacer {
	return strings.NewReplacer(
		"{now}", "now()",
		"{time}", "timestamptz",
		"{schema}", "to_regclass('supplierpay_schema')::text",
		"{bytes}", `text COLLATE "C"`,
		"{durable}", `CASE WHEN current_setting('fsync') = 'on' THEN set_config('synchronous_commit', `+
			`CASE current_setting('synchronous_commit') WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END, true) END <> ''`,
	)
}

func (postgres) placeholder() string { return "$" }

func (postgres) in(argument string) string {
	return "now() + CAST(" + argument + " AS bigint) * interval '1 microsecond'"
}

func (postgres) write(_ context.Context, db *sql.DB, f func(querier) error) error { return f(db) }

func (postgres) read(_ context.Context, db *sql.DB, f func(querier) error) error { return f(db) }

func (postgres) durable(ctx context.Context, q querier) error {
	fsync, err := one(ctx, q, "SELECT current_setting('fsync')")
	if err != nil {
		return err
	}
	if fsync != "on" {
		return fmt.Errorf("%w: fsync is %s, want on", ErrNotDurable, fsync)
	}
	return nil
}

// schemaLock is the advisory lock under which the schema is changed.
const schemaLock = "7305467188239114357"

func (p postgres) migrate(ctx context.Context, db *sql.DB, f func(querier) error) error {
	if err := p.durable(ctx, db); err != nil {
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after a commit there is nothing to roll back
	if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock("+schemaLock+")"); err != nil {
		return err
	}
	if err := f(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// one reads a single text.
func one(ctx context.Context, q querier, query string) (string, error) {
	rows, err := q.QueryContext(ctx, query)
	if err != nil {
		return "", err
	}
	defer func() { _ = rows.Close() }()
	var value sql.NullString
	for rows.Next() {
		if err := rows.Scan(&value); err != nil {
			return "", err
		}
	}
	return value.String, rows.Err()
}
