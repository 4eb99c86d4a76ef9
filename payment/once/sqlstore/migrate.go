package sqlstore

import (
	"context"
	"fmt"
	"strconv"
)

// migrations are the versions of the schema, from 1. They are applied in order and never change once released.
//
// holds is what keeps two keys from beginning in one scope at once. It is set by Begin alone and cleared for good by the
// first write of a state that does not hold the scope, so that late evidence, which may raise a row again while another
// key holds its scope, can always be written.
func migrations() [][]string {
	return [][]string{{
		`CREATE TABLE supplierpay_attempts (
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
	order_id TEXT NOT NULL,
	nonce TEXT NOT NULL,
	owner TEXT NOT NULL,
	why TEXT NOT NULL,
	resolved_by TEXT NOT NULL,
	note TEXT NOT NULL,
	attempt TEXT NOT NULL,
	payment TEXT,
	problem TEXT,
	began_at {time} NOT NULL,
	updated_at {time} NOT NULL,
	lease_end {time} NOT NULL,
	quiet_end {time} NOT NULL,
	PRIMARY KEY (name, key, n)
)`,
		`CREATE UNIQUE INDEX supplierpay_attempts_holds ON supplierpay_attempts (name, holds) WHERE holds IS NOT NULL`,
		`CREATE INDEX supplierpay_attempts_scope ON supplierpay_attempts (name, scope) WHERE scope <> ''`,
		`CREATE INDEX supplierpay_attempts_unresolved ON supplierpay_attempts (name, key, n) WHERE state IN ` + unresolvedStates,
	}}
}

// Migrate creates the tables supplierpay_attempts and supplierpay_schema, or brings them to this version of the module.
// Call it at every start, or once with a user who may create tables: it does nothing when nothing is to be done, and any
// number of processes may call it at once. It fails with [ErrNotDurable] when the store would.
func (s *Store) Migrate(ctx context.Context) error {
	err := s.d.migrate(ctx, s.db, func(q querier) error { return s.migrate(ctx, q) })
	if err != nil {
		return fmt.Errorf("sqlstore: migrate: %w", err)
	}
	return nil
}

func (s *Store) migrate(ctx context.Context, q querier) error {
	exec := func(text string) error {
		_, err := q.ExecContext(ctx, spell(s.d, text))
		return err
	}
	exists, err := one(ctx, q, spell(s.d, "SELECT {schema}"))
	if err != nil {
		return err
	}
	if exists == "" {
		if err := exec(`CREATE TABLE supplierpay_schema (version INTEGER PRIMARY KEY, applied_at {time} NOT NULL)`); err != nil {
			return err
		}
	}
	text, err := one(ctx, q, "SELECT COALESCE(MAX(version), 0) FROM supplierpay_schema")
	if err != nil {
		return err
	}
	version, err := strconv.Atoi(text)
	if err != nil {
		return err
	}
	all := migrations()
	if version > len(all) {
		return fmt.Errorf("the schema has version %d, this version of the module knows %d", version, len(all))
	}
	for i, statements := range all[version:] {
		for _, statement := range statements {
			if err := exec(statement); err != nil {
				return err
			}
		}
		if err := exec(fmt.Sprintf("INSERT INTO supplierpay_schema (version, applied_at) VALUES (%d, {now})", version+i+1)); err != nil {
			return err
		}
	}
	return nil
}
