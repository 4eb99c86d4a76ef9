package sqlstore

import (
	"context"
	"database/sql"
	"regexp"
	"strings"
)

// dialect is what the two databases do differently.
type dialect interface {
	// words replace the braces in the texts of statements.
	words() *strings.Replacer
	// placeholder is written before the number of an argument.
	placeholder() string
	// in is the database's time plus an argument in microseconds.
	in(argument string) string

	// write calls f with something on which every change is durable when write returns nil.
	write(ctx context.Context, db *sql.DB, f func(querier) error) error
	// read calls f with something to read from.
	read(ctx context.Context, db *sql.DB, f func(querier) error) error
	// durable returns ErrNotDurable if changes would not be.
	durable(ctx context.Context, q querier) error
	// migrate calls f in a transaction that excludes every other call of migrate.
	migrate(ctx context.Context, db *sql.DB, f func(querier) error) error
}

// querier is a *sql.DB, *sql.Conn or *sql.Tx.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// queries are the statements in one dialect.
type queries struct {
	insert, update, rows, holder, unresolved, pending, prune string
}

// The columns that scan reads, {now} last.
const columns = `name, key, n, version, state, evidence, scope, digest, allow_another, nonce, owner, why, resolved_by, note,
	attempt, payment, problem, began_at, updated_at, lease_end, quiet_end, {now}`

// The lists of states repeat once.State.Live and Unresolved; the index of the schema has them too.
const (
	settledStates    = `('failed', 'released')`
	unresolvedStates = `('started', 'unknown', 'open', 'conflict')`
)

// insertText begins a row if nothing stands against it. Of two that run at once and do not see each other, the primary key
// or the unique index on (name, holds) lets one through: see the schema.
const insertText = `INSERT INTO supplierpay_attempts (name, key, n, version, state, evidence, scope, holds, digest,
	allow_another, order_id, nonce, owner, why, resolved_by, note, attempt, payment, problem,
	began_at, updated_at, lease_end, quiet_end)
SELECT CAST(?1 AS TEXT), CAST(?2 AS TEXT),
	(SELECT COALESCE(MAX(o.n), 0) + 1 FROM supplierpay_attempts AS o WHERE o.name = ?1 AND o.key = ?2), 1,
	CAST(?3 AS TEXT), 'unknown', CAST(?4 AS TEXT),
	CASE WHEN CAST(?4 AS TEXT) <> '' AND CAST(?6 AS INTEGER) = 0 THEN CAST(?4 AS TEXT) END,
	CAST(?5 AS TEXT), CAST(?6 AS INTEGER), CAST(?7 AS TEXT), CAST(?8 AS TEXT), CAST(?9 AS TEXT), 'begin',
	CAST(?10 AS TEXT), CAST(?11 AS TEXT), CAST(?12 AS TEXT), CAST(?13 AS TEXT), CAST(?14 AS TEXT),
	{in 15}, {now}, {in 16}, {in 17}
WHERE {durable}
	AND NOT EXISTS (SELECT 1 FROM supplierpay_attempts AS o
		WHERE o.name = ?1 AND o.key = ?2 AND (o.state <> 'released' OR o.digest <> ?5))
	AND (?4 = '' OR ?6 = 1 OR NOT EXISTS (SELECT 1 FROM supplierpay_attempts AS o
		WHERE o.name = ?1 AND o.scope = ?4 AND o.scope <> '' AND o.key <> ?2 AND o.state NOT IN ` + settledStates + `))
ON CONFLICT DO NOTHING
RETURNING ` + columns

const updateText = `UPDATE supplierpay_attempts SET version = version + 1, state = CAST(?5 AS TEXT), evidence = ?6, nonce = ?7,
	owner = ?8, why = ?9, resolved_by = ?10, note = ?11, attempt = ?12, payment = ?13, problem = ?14,
	holds = CASE WHEN CAST(?5 AS TEXT) IN ` + settledStates + ` THEN NULL ELSE holds END,
	updated_at = {now}, lease_end = {in 15},
	quiet_end = CASE WHEN CAST(?16 AS BIGINT) > 0 AND {in 16} > quiet_end THEN {in 16} ELSE quiet_end END
WHERE name = ?1 AND key = ?2 AND n = ?3 AND version = ?4 AND {durable}
RETURNING ` + columns

const rowsText = `SELECT ` + columns + ` FROM supplierpay_attempts WHERE name = ?1 AND key = ?2 ORDER BY n`

const holderText = `SELECT ` + columns + ` FROM supplierpay_attempts
WHERE name = ?1 AND scope = ?3 AND scope <> '' AND key <> ?2 AND state NOT IN ` + settledStates + `
ORDER BY began_at, key, n LIMIT 1`

const unresolvedText = `SELECT ` + columns + ` FROM supplierpay_attempts
WHERE name = ?1 AND (key, n) > (?2, CAST(?3 AS INTEGER)) AND state IN ` + unresolvedStates + `
ORDER BY key, n LIMIT ?4`

const pendingText = `SELECT ` + columns + ` FROM supplierpay_attempts
WHERE began_at <= {in 1} AND state IN ` + unresolvedStates + `
ORDER BY began_at, name, key, n LIMIT ?2`

const pruneText = `DELETE FROM supplierpay_attempts
WHERE updated_at < {in 1} AND state NOT IN ` + unresolvedStates + ` AND NOT EXISTS (SELECT 1 FROM supplierpay_attempts AS o
	WHERE o.name = supplierpay_attempts.name AND o.key = supplierpay_attempts.key
	AND (o.updated_at >= {in 1} OR o.state IN ` + unresolvedStates + `))`

func newQueries(d dialect) queries {
	return queries{
		insert: spell(d, insertText), update: spell(d, updateText), rows: spell(d, rowsText), holder: spell(d, holderText),
		unresolved: spell(d, unresolvedText), pending: spell(d, pendingText), prune: spell(d, pruneText),
	}
}

var (
	argument = regexp.MustCompile(`\?(\d+)`)
	shifted  = regexp.MustCompile(`\{in (\d+)\}`)
)

// spell writes a statement in the dialect.
func spell(d dialect, text string) string {
	text = shifted.ReplaceAllStringFunc(text, func(m string) string {
		return d.in("?" + shifted.FindStringSubmatch(m)[1])
	})
	text = d.words().Replace(text)
	return argument.ReplaceAllString(text, strings.ReplaceAll(d.placeholder(), "$", "$$")+"$1")
}
