package sqlstore

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/once"
)

// migrations are the versions of the schema, from 1. They are applied in order and never change once released.
//
// holds is what keeps two keys from beginning in one scope at once. It is set by Begin alone and cleared for good by the
// first write of a state that does not hold the scope, so that late evidence, which may raise a row again while another
// key holds its scope, can always be written. home is where the row was written last, see package documentation.
func migrations() [][]string {
	return [][]string{{
		`CREATE TABLE {attempts} (
	name {bytes} NOT NULL,
	key {bytes} NOT NULL,
	n INTEGER NOT NULL,
	version BIGINT NOT NULL,
	state TEXT NOT NULL,
	evidence TEXT NOT NULL,
	scope {bytes} NOT NULL,
	holds {bytes},
	digest TEXT NOT NULL,
	allow_another INTEGER NOT NULL,
	provider TEXT NOT NULL,
	installation TEXT NOT NULL,
	order_id TEXT NOT NULL,
	nonce TEXT NOT NULL,
	last_write TEXT NOT NULL,
	owner TEXT NOT NULL,
	why TEXT NOT NULL,
	resolved_by TEXT NOT NULL,
	note TEXT NOT NULL,
	attempt TEXT NOT NULL,
	payment TEXT,
	problem TEXT,
	more TEXT NOT NULL,
	home TEXT NOT NULL,
	began_at {time} NOT NULL,
	updated_at {time} NOT NULL,
	lease_end {time} NOT NULL,
	quiet_end {time} NOT NULL,
	watch_until {time},
	PRIMARY KEY (name, key, n)
)`,
		`CREATE UNIQUE INDEX {index}supplierpay_attempts_holds ON {on}supplierpay_attempts (name, holds) WHERE holds IS NOT NULL`,
		`CREATE INDEX {index}supplierpay_attempts_scope ON {on}supplierpay_attempts (name, scope) WHERE scope <> ''`,
		`CREATE INDEX {index}supplierpay_attempts_unresolved ON {on}supplierpay_attempts (name, key, n) WHERE ` + listed,
		`CREATE TABLE {events} (
	seq {serial},
	at {time} NOT NULL,
	name {bytes} NOT NULL,
	key {bytes} NOT NULL,
	n INTEGER NOT NULL,
	from_state TEXT NOT NULL,
	to_state TEXT NOT NULL,
	evidence TEXT NOT NULL,
	why TEXT NOT NULL,
	decided_by TEXT NOT NULL,
	note TEXT NOT NULL,
	payment TEXT,
	reason TEXT,
	{key} (name, seq)
)`,
		`CREATE INDEX {index}supplierpay_events_key ON {on}supplierpay_events (name, key, seq)`,
	}}
}

// versionsText creates the list of the versions that have been applied.
const versionsText = `CREATE TABLE {versions} (version INTEGER PRIMARY KEY, applied_at {time} NOT NULL)`

func appliedText(version int) string {
	return fmt.Sprintf("INSERT INTO {versions} (version, applied_at) VALUES (%d, {now})", version)
}

// DDL returns the statements of each version of the schema, for a tool that applies migrations in place of
// [Store.Migrate], which then finds nothing to do. dialect is "postgres" or "sqlite". schema is PostgreSQL's; "" leaves the
// names bare, so that the search path decides. The folder ddl has the same as files.
func DDL(dialectName, schema string) ([][]string, error) {
	var d dialect
	switch {
	case dialectName == "postgres" && (schema == "" || checkSchema(schema) == nil):
		d = newPostgres()
	case dialectName == "sqlite" && schema == "":
		d = newSQLite()
	default:
		return nil, payment.InvalidField("dialect", "want postgres, or sqlite and no schema")
	}
	var versions [][]string
	for i, texts := range migrations() {
		if i == 0 {
			texts = append([]string{versionsText}, texts...)
		}
		var spelled []string
		for _, text := range append(texts, appliedText(i+1)) {
			spelled = append(spelled, spell(d, place{schema: schema}, text))
		}
		versions = append(versions, spelled)
	}
	return versions, nil
}

// Migrate creates the tables supplierpay_attempts, supplierpay_events and supplierpay_schema, or brings them to this version
// of the module. Call it at every start, or once with a user who may create tables: it does nothing when nothing is to be
// done, and any number of processes may call it at once. Then it writes a row and an event, reads them back and undoes that:
// it fails where the store would fail, with [ErrNotDurable] among others.
func (s *Store) Migrate(ctx context.Context) error {
	q, err := s.ready(ctx)
	if err == nil {
		err = s.d.migrate(ctx, s.db, q.place, func(tx querier) error { return s.migrate(ctx, q, tx) })
	}
	if err == nil {
		err = s.d.migrate(ctx, s.db, q.place, func(tx querier) error { return s.probe(ctx, q, tx) })
	}
	if err != nil && !errors.Is(err, errProbed) {
		return fmt.Errorf("sqlstore: migrate: %w", err)
	}
	return nil
}

func (s *Store) migrate(ctx context.Context, q *queries, tx querier) error {
	exec := func(text string) error {
		_, err := tx.ExecContext(ctx, spell(s.d, q.place, text))
		return err
	}
	exists, err := one(ctx, tx, q.exists)
	if err != nil {
		return err
	}
	if exists == "" {
		if err := exec(versionsText); err != nil {
			return err
		}
	}
	text, err := one(ctx, tx, q.version)
	if err != nil {
		return err
	}
	version, err := strconv.Atoi(text)
	if err != nil {
		return err
	}
	if version > len(s.versions) {
		return fmt.Errorf("the schema has version %d, this version of the module knows %d", version, len(s.versions))
	}
	for i, statements := range s.versions[version:] {
		for _, statement := range append(slices.Clip(statements), appliedText(version+i+1)) {
			if err := exec(statement); err != nil {
				return err
			}
		}
	}
	return nil
}

// errProbed undoes the probe.
var errProbed = errors.New("the probe has succeeded")

// probe writes a row and an event with the statements that payments use, and reads them back.
func (s *Store) probe(ctx context.Context, q *queries, tx querier) error {
	const name = "sqlstore: probe"
	row := once.Row{Name: name, Attempt: payment.Attempt{Key: "✓ " + rand.Text(), Digest: "probe"}, Nonce: rand.Text()}
	event := &once.Event{Why: "probe"}
	begun, err := s.begin(ctx, q, tx, beginning{row: row, state: once.Started}, once.Terms{Lease: time.Minute, Event: event})
	if err != nil {
		return err
	}
	if !begun.Began {
		return errors.New("the probe row could not be written")
	}
	row = begun.Rows[0]
	row.State = once.Released
	updated, err := s.updateRow(ctx, q, tx, row, once.Terms{Event: event})
	if err != nil {
		return err
	}
	rows, err := query(ctx, tx, scanRow, q.rows, name, row.Attempt.Key)
	if err != nil {
		return err
	}
	events, err := query(ctx, tx, scanEvent, q.history, name, row.Attempt.Key)
	if err != nil {
		return err
	}
	if len(rows) != 1 || len(events) != 2 || rows[0].Nonce != row.Nonce || rows[0].State != once.Released || rows[0].Damage != "" ||
		rows[0].Attempt.Incomplete || !rows[0].BeganAt.Equal(row.BeganAt) || row.LeaseEnd.Sub(row.BeganAt) != time.Minute ||
		!updated[0].UpdatedAt.Equal(rows[0].UpdatedAt) {
		return errors.New("the probe row was not read back as it was written")
	}
	return errProbed
}
