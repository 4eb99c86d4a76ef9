package sqlstore

import (
	"fmt"
	"strings"
)

// queries are the statements in one dialect and for one place.
type queries struct {
	place                                            place
	insert, update, rows, holder, unresolved         string
	pending, prune, pruneEvents                      string
	event, events, history, horizon, exists, version string
}

// The columns that scanRow reads. {incomplete} is 1 for a row that has been written at another home.
const columns = `name, key, n, version, state, evidence, scope, digest, allow_another, provider, installation, nonce, last_write,
	owner, why, resolved_by, note, attempt, payment, problem, more, {incomplete},
	{us began_at}, {us updated_at}, {us lease_end}, {us quiet_end}, {us watch_until}, {micros}`

// What {incomplete} stands for in a row that is read, and in one that was just written.
const (
	incompleteRead    = `CASE WHEN home = {home} THEN 0 ELSE 1 END`
	incompleteWritten = `CASE WHEN home = '' THEN 1 ELSE 0 END`
)

// The lists of states repeat once.State.Live and Unresolved; the index of the schema has one too. A state that this version
// does not know is live and unresolved.
const (
	settledStates = `('failed', 'released')`
	restingStates = `('paid', 'partial', 'reversed', 'failed', 'released')`
	listed        = `(state NOT IN ` + restingStates + ` OR watch_until IS NOT NULL)` // as the index has it
)

// unstamped is the time of a mark whose time is to be the database's own, as JSON; see encode. Within a JSON text a quoted
// part of a string cannot look like it, since the quotes would be escaped.
const unstamped = `"at":"0001-01-01T00:00:00.000000001Z"`

// insertText begins a row if nothing stands against it. Of two that run at once and do not see each other, the primary key
// or the unique index on (name, holds) lets one through: see the schema.
const insertText = `INSERT INTO {attempts} (name, key, n, version, state, evidence, scope, holds, digest, allow_another,
	provider, installation, order_id, nonce, last_write, owner, why, resolved_by, note, attempt, payment, problem, more, home,
	began_at, updated_at, lease_end, quiet_end, watch_until)
SELECT CAST(?1 AS TEXT), CAST(?2 AS TEXT),
	(SELECT COALESCE(MAX(o.n), 0) + 1 FROM {attempts} AS o WHERE o.name = ?1 AND o.key = ?2), 1,
	CAST(?3 AS TEXT), 'unknown', CAST(?4 AS TEXT),
	CASE WHEN CAST(?4 AS TEXT) <> '' AND CAST(?6 AS INTEGER) = 0 THEN CAST(?4 AS TEXT) END,
	CAST(?5 AS TEXT), CAST(?6 AS INTEGER), CAST(?21 AS TEXT), CAST(?22 AS TEXT), CAST(?7 AS TEXT), CAST(?8 AS TEXT),
	CAST(?9 AS TEXT), CAST(?10 AS TEXT), 'begin', CAST(?11 AS TEXT), CAST(?12 AS TEXT),
	replace(CAST(?13 AS TEXT), '` + unstamped + `', '"at":"' || {iso} || '"'),
	CAST(?14 AS TEXT), CAST(?15 AS TEXT), CAST(?16 AS TEXT), {home},
	{in 17}, {now}, {in 18}, {in 19}, {at 20}
WHERE {durable}
	AND NOT EXISTS (SELECT 1 FROM {attempts} AS o
		WHERE o.name = ?1 AND o.key = ?2 AND (o.state <> 'released' OR o.digest <> ?5))
	AND (?4 = '' OR ?6 = 1 OR NOT EXISTS (SELECT 1 FROM {attempts} AS o
		WHERE o.name = ?1 AND o.scope = ?4 AND o.scope <> '' AND o.key <> ?2 AND o.state NOT IN ` + settledStates + `))
ON CONFLICT DO NOTHING`

const insertArgs = 22

// updateText compares and sets. A row that was written at another home once keeps ” for ever: no home is equal to it.
const updateText = `UPDATE {attempts} SET version = version + 1, state = CAST(?5 AS TEXT), evidence = ?6, nonce = ?7,
	last_write = ?8, owner = ?9, why = ?10, resolved_by = ?11, note = ?12, attempt = COALESCE(CAST(?13 AS TEXT), attempt),
	payment = ?14, problem = ?15, more = ?16,
	home = CASE WHEN home = {home} THEN home ELSE '' END,
	holds = CASE WHEN CAST(?5 AS TEXT) IN ` + settledStates + ` THEN NULL ELSE holds END,
	updated_at = {now}, lease_end = {in 17},
	quiet_end = CASE WHEN CAST(?18 AS BIGINT) > 0 AND {in 18} > quiet_end THEN {in 18} ELSE quiet_end END,
	watch_until = {at 19}
WHERE name = ?1 AND key = ?2 AND n = ?3 AND version = ?4 AND {durable}`

const updateArgs = 19

const rowsText = `SELECT ` + columns + ` FROM {attempts} WHERE name = ?1 AND key = ?2 ORDER BY n`

const holderText = `SELECT ` + columns + ` FROM {attempts}
WHERE name = ?1 AND scope = ?3 AND scope <> '' AND key <> ?2 AND state NOT IN ` + settledStates + `
ORDER BY began_at, key, n LIMIT 1`

const unresolvedText = `SELECT ` + columns + ` FROM {attempts}
WHERE name = ?1 AND (key, n) > (?2, CAST(?3 AS INTEGER)) AND ` + listed + `
	AND (state NOT IN ` + restingStates + ` OR watch_until > {now})
ORDER BY key, n LIMIT ?4`

const pendingText = `SELECT ` + columns + ` FROM {attempts}
WHERE began_at <= {in 1} AND ` + listed + ` AND state NOT IN ` + restingStates + `
ORDER BY began_at, name, key, n LIMIT ?2`

const pruneText = `DELETE FROM {attempts} AS a
WHERE updated_at < {in 1} AND state IN ` + restingStates + ` AND NOT EXISTS (SELECT 1 FROM {attempts} AS o
	WHERE o.name = a.name AND o.key = a.key
	AND (o.updated_at >= {in 1} OR o.state NOT IN ` + restingStates + ` OR o.watch_until > {now}))`

const pruneEventsText = `DELETE FROM {events} AS e
WHERE at < {in 1} AND NOT EXISTS (SELECT 1 FROM {attempts} AS o WHERE o.name = e.name AND o.key = e.key)`

// The columns that scanEvent reads.
const eventColumns = `seq, {us at}, name, key, n, from_state, to_state, evidence, why, decided_by, note, payment, reason`

// eventText appends the event of the row w, which has just been written. What stands behind FROM follows.
const eventText = `INSERT INTO {events} (at, name, key, n, from_state, to_state, evidence, why, decided_by, note, payment, reason)
SELECT w.updated_at, w.name, w.key, w.n, CAST(?%d AS TEXT), w.state, w.evidence, CAST(?%d AS TEXT), CAST(?%d AS TEXT),
	CAST(?%d AS TEXT), CAST(?%d AS TEXT), CAST(?%d AS TEXT) FROM `

func eventFrom(first int, from string) string {
	return fmt.Sprintf(eventText, first, first+1, first+2, first+3, first+4, first+5) + from
}

const eventsText = `SELECT ` + eventColumns + ` FROM {events} WHERE name = ?1 AND seq > ?2 AND seq <= ?3 ORDER BY seq LIMIT ?4`

const historyText = `SELECT ` + eventColumns + ` FROM {events} WHERE name = ?1 AND key = ?2 ORDER BY seq`

// written completes the statement that writes a row. In PostgreSQL it appends the event too, and from nothing but the row that
// was really written: who loses against another writer leaves no event. The row is written before the event's number is
// taken.
func written(d dialect, core string, args int) string {
	if !d.appends() {
		return core + "\nRETURNING " + columns
	}
	return "WITH written AS (" + core + "\nRETURNING *),\nevent AS (" + eventFrom(args+2, "written AS w ") +
		fmt.Sprintf("WHERE CAST(?%d AS INTEGER) = 1)", args+1) + "\nSELECT " + columns + " FROM written"
}

func newQueries(d dialect, p place) *queries {
	after := func(text string) string {
		return spell(d, p, strings.ReplaceAll(text, "{incomplete}", incompleteWritten))
	}
	read := func(text string) string { return spell(d, p, strings.ReplaceAll(text, "{incomplete}", incompleteRead)) }
	return &queries{
		place:  p,
		insert: after(written(d, insertText, insertArgs)), update: after(written(d, updateText, updateArgs)),
		rows: read(rowsText), holder: read(holderText), unresolved: read(unresolvedText), pending: read(pendingText),
		prune: read(pruneText), pruneEvents: read(pruneEventsText),
		event:  read(eventFrom(4, "{attempts} AS w WHERE w.name = ?1 AND w.key = ?2 AND w.n = ?3")),
		events: read(eventsText), history: read(historyText), horizon: read("{horizon}"),
		exists: read("SELECT {exists}"), version: read("SELECT COALESCE(MAX(version), 0) FROM {versions}"),
	}
}
