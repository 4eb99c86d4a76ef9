package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
)

// postgres makes each statement its own transaction, which saves the round trips of BEGIN and COMMIT. {durable} is the
// statement's SET LOCAL synchronous_commit = on. It is false, so that nothing is written, where a write would not last.
type postgres struct {
	mu     *sync.Mutex
	proven map[string]int64 // by name: no event below this number can appear any more
}

func newPostgres() postgres { return postgres{mu: new(sync.Mutex), proven: map[string]int64{}} }

// homeParts tell one instance of a database from another, from the most telling choice to the least: a role may not be
// allowed to call the functions, or a managed service may not have them. The timeline changes when a stand-by is promoted
// and when a point in time is restored. A stand-by itself is never anybody's home: it may be behind.
func homeParts() []string {
	// The system identifier stands in a file. It is read once a connection: a server never changes its own.
	system := `COALESCE(NULLIF(current_setting('supplierpay.system', true), ''), ` +
		`set_config('supplierpay.system', (SELECT system_identifier::text FROM pg_control_system()), false))`
	timeline := `substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)`
	var all []string
	for _, parts := range []string{system + ` || '/' || ` + timeline, `'/' || ` + timeline, system + ` || '/'`, `'/'`} {
		all = append(all, `CASE WHEN pg_is_in_recovery() THEN 'stand-by' ELSE `+parts+` END`)
	}
	return all
}

func (postgres) learn(ctx context.Context, db *sql.DB, schema string) (place, error) {
	if schema == "" {
		var err error
		if schema, err = one(ctx, db, "SELECT current_schema()"); err != nil {
			return place{}, err
		}
		if checkSchema(schema) != nil {
			return place{}, fmt.Errorf("%w: the search path leads to the schema %q: name an ordinary one with Schema", ErrNotDurable, schema)
		}
	}
	var err error
	for _, parts := range homeParts() {
		if _, err = one(ctx, db, "SELECT "+parts); err == nil {
			return place{schema: schema, home: parts}, nil
		}
		if !denied(err) {
			break
		}
	}
	return place{}, err
}

// sqlState is what the errors of all common drivers can say.
func sqlState(err error) string {
	var e interface{ SQLState() string }
	if errors.As(err, &e) {
		return e.SQLState()
	}
	return ""
}

// denied reports whether the server has no such function for this role, and never will for this connection.
func denied(err error) bool {
	switch sqlState(err) {
	case "42501", "42883", "0A000", "55000":
		return true
	}
	return false
}

func (p postgres) words(at place) *strings.Replacer {
	prefix := ""
	if at.schema != "" {
		prefix = `"` + strings.ReplaceAll(at.schema, `"`, `""`) + `".`
	}
	literal := func(table string) string { return "'" + strings.ReplaceAll(prefix+table, "'", "''") + "'" }
	return strings.NewReplacer(
		"{now}", "now()",
		"{micros}", p.us("now()"),
		"{iso}", `to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`,
		"{time}", "timestamptz",
		"{bytes}", `text COLLATE "C"`,
		"{serial}", "BIGINT GENERATED ALWAYS AS IDENTITY",
		"{key}", "PRIMARY KEY",
		"{index}", "", "{on}", prefix,
		"{attempts}", prefix+"supplierpay_attempts",
		"{events}", prefix+"supplierpay_events",
		"{versions}", prefix+"supplierpay_schema",
		"{exists}", "to_regclass("+literal("supplierpay_schema")+")::text",
		"{home}", `(SELECT `+at.home+` || '/' || `+literal("supplierpay_attempts")+`::regclass::oid::text)`,
		"{horizon}", horizonText(prefix, literal("supplierpay_events")),
		"{durable}", `CASE WHEN current_setting('fsync') = 'on' AND `+encoded8+` AND NOT EXISTS (`+
			strangeTables(literal("supplierpay_attempts")+"::regclass", literal("supplierpay_events")+"::regclass")+`) THEN `+
			`current_setting('synchronous_commit') IN ('on', 'remote_apply') OR `+
			`set_config('synchronous_commit', 'on', true) <> '' END`,
		"{refusal}", `CASE WHEN current_setting('fsync') <> 'on' THEN 'fsync is ' || current_setting('fsync') || ', want on' `+
			`WHEN NOT (`+encoded8+`) THEN 'client_encoding is ' || current_setting('client_encoding') || ', want UTF8' `+
			`ELSE (`+strangeTables("to_regclass("+literal("supplierpay_attempts")+")", "to_regclass("+literal("supplierpay_events")+")")+
			` LIMIT 1) END`,
	)
}

// encoded8 is true on a connection whose keys have the same bytes as those of all others.
const encoded8 = `(current_setting('server_encoding') = 'SQL_ASCII' OR current_setting('client_encoding') = 'UTF8')`

// strangeTables selects what is wrong with tables that a crash would empty, or that are not tables. A partition counts. It is
// part of every write: the two tables are looked up by their index, and only a partitioned one is searched for partitions.
func strangeTables(attempts, events string) string {
	const strange = `(%[1]s.relpersistence <> 'p' OR %[1]s.relkind NOT IN ('r', 'p'))`
	return `SELECT c.relname::text || ' is not an ordinary, logged table, or has a partition that is none' FROM pg_class AS c ` +
		`WHERE c.oid = ANY (ARRAY[` + attempts + `, ` + events + `]::oid[]) AND (` + fmt.Sprintf(strange, "c") +
		` OR c.relkind = 'p' AND EXISTS (SELECT FROM pg_partition_tree(c.oid) AS t JOIN pg_class AS part ON part.oid = t.relid WHERE ` +
		fmt.Sprintf(strange, "part") + `))`
}

func (postgres) placeholder() string { return "$" }

func (postgres) appends() bool { return true }

func (postgres) in(argument string) string {
	return "now() + CAST(" + argument + " AS bigint) * interval '1 microsecond'"
}

func (postgres) at(argument string) string {
	return "timestamptz 'epoch' + CAST(" + argument + " AS bigint) * interval '1 microsecond'"
}

// us is NULL for infinity, which no number can tell.
func (postgres) us(column string) string {
	return "CASE WHEN isfinite(" + column + ") THEN CAST(extract(epoch FROM " + column + ") * 1000000 AS bigint) END"
}

func (postgres) write(ctx context.Context, db *sql.DB, _ place, f func(querier) error) error {
	return repeated(ctx, func() error { return f(db) })
}

func (postgres) read(ctx context.Context, db *sql.DB, _ place, f func(querier) error) error {
	return repeated(ctx, func() error { return f(db) })
}

// repeated calls f again when the server says that it has undone f's statement because of another transaction: a deadlock, or a
// default isolation level above READ COMMITTED.
func repeated(ctx context.Context, f func() error) (err error) {
	for range maxRounds {
		err = f()
		if state := sqlState(err); state != "40001" && state != "40P01" || ctx.Err() != nil {
			return err
		}
	}
	return err
}

func (p postgres) durable(ctx context.Context, q querier, at place) error {
	refusal, err := one(ctx, q, spell(p, at, "SELECT {refusal}"))
	if err != nil {
		return err
	}
	if refusal != "" {
		return fmt.Errorf("%w: %s", ErrNotDurable, refusal)
	}
	return nil
}

// schemaLock is the advisory lock under which the schema is changed.
const schemaLock = "7305467188239114357"

func (p postgres) migrate(ctx context.Context, db *sql.DB, at place, f func(querier) error) error {
	if err := p.durable(ctx, db, at); err != nil {
		return err
	}
	// The transaction does not end with the context, so that its COMMIT is never cut off; its statements do.
	tx, err := db.BeginTx(context.WithoutCancel(ctx), nil)
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

// horizonText selects the last event that can be read, and the transactions that may hold a lower number: all that write
// events hold this lock from before they take a number until they have ended. The snapshot in which the event is read is
// older than the list of locks, so no writer of a lower number can be in neither.
func horizonText(prefix, events string) string {
	return `SELECT COALESCE((SELECT seq FROM ` + prefix + `supplierpay_events WHERE name = $1 ORDER BY seq DESC LIMIT 1), 0)::text
	|| ' ' || pg_is_in_recovery()::text || ' ' || COALESCE((SELECT string_agg(DISTINCT virtualtransaction, ' ') FROM pg_locks
	WHERE locktype = 'relation' AND relation = ` + events + `::regclass AND mode = 'RowExclusiveLock' AND granted
	AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND pid IS DISTINCT FROM pg_backend_pid()), '')`
}

// Bounds of waiting for writes that are under way.
const (
	maxWait    = 2 * time.Second
	firstPause = time.Millisecond
	maxPause   = 200 * time.Millisecond
)

func (p postgres) settled(ctx context.Context, db *sql.DB, q *queries, name string) (int64, error) {
	last, writers, err := horizon(ctx, db, q, name)
	if err != nil {
		return 0, err
	}
	deadline := time.NewTimer(maxWait)
	defer deadline.Stop()
	for pause := firstPause; len(writers) > 0; pause = min(2*pause, maxPause) {
		rest := time.NewTimer(pause)
		select {
		case <-rest.C:
		case <-deadline.C:
			rest.Stop()
			return p.known(name, 0), nil
		case <-ctx.Done():
			rest.Stop()
			return 0, ctx.Err()
		}
		_, now, err := horizon(ctx, db, q, name)
		if err != nil {
			return 0, err
		}
		for w := range writers {
			if !now[w] {
				delete(writers, w)
			}
		}
	}
	return p.known(name, last), nil
}

// known raises the number that is proven for the name, and returns it.
func (p postgres) known(name string, last int64) int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.proven[name] = max(p.proven[name], last)
	return p.proven[name]
}

func horizon(ctx context.Context, db *sql.DB, q *queries, name string) (int64, map[string]bool, error) {
	answer, err := one(ctx, db, q.horizon, name)
	if err != nil {
		return 0, nil, err
	}
	fields := strings.Fields(answer)
	if len(fields) < 2 || fields[1] != "false" {
		return 0, nil, errors.New("a stand-by cannot tell which events are still to come: ask the primary")
	}
	last, err := strconv.ParseInt(fields[0], 10, 64)
	writers := map[string]bool{}
	for _, w := range fields[2:] {
		writers[w] = true
	}
	return last, writers, err
}

// one reads a single text.
func one(ctx context.Context, q querier, query string, args ...any) (string, error) {
	rows, err := q.QueryContext(ctx, query, args...)
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
