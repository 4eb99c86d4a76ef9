// Package sqlstore keeps the rows of package once in a SQL database: SQLite for a service on one machine, PostgreSQL for
// replicas on many. It speaks database/sql and imports no driver; bring your own.
//
//	db, err := sql.Open("sqlite", "file:payments.db")      // modernc.org/sqlite
//	store, err := sqlstore.NewSQLite(db)
//
//	db, err := sql.Open("pgx", "postgres://.../payments")  // github.com/jackc/pgx/v5/stdlib
//	store, err := sqlstore.NewPostgres(db)
//
//	err = store.Migrate(ctx)
//	payer, err := once.New(client, store, once.Name("duffel-live-eu"))
//
// # Durable
//
// A row that Begin has returned must survive the next power cut, or a payment may be made twice. So every write is
// durable by itself, whatever the connection is set to, or it is refused with [ErrNotDurable]:
//
//   - PostgreSQL: the write's own transaction has synchronous_commit on (remote_apply stays, being more). A server with
//     fsync off, a table or partition that is UNLOGGED, and a client_encoding other than UTF8 are refused.
//   - SQLite: writes are BEGIN IMMEDIATE transactions on connections with synchronous FULL or EXTRA, on a database in WAL
//     mode. Migrate switches to WAL. A connection without a busy timeout gets one of five seconds.
//
// Nobody else may leave a transaction open on a connection of the *sql.DB, with a raw BEGIN: the store's next write would be
// part of it. pgx discards such a connection and SQLite refuses the write; lib/pq does not notice.
//
// # Cost
//
// On PostgreSQL each of Begin, Update, Rows and Unresolved is one statement and one round trip, the event of a write
// included, so a payment costs two and every mark one more. A Begin that may not begin reads why: two more. Drivers that prepare statements need a round trip
// for that once per connection.
//
// # Times
//
// All times are the database's. A PostgreSQL row is good to the microsecond. SQLite has no server: its clock is that of
// the machine, to the millisecond.
//
// # After a fail-over
//
// Each row knows where it was written last. Where a row of another home is read, its Attempt is Incomplete, for good: writes
// of its time may be missing, so that a missing mark proves nothing. PostgreSQL's home is the system identifier, the timeline
// and the table; SQLite's is the file's path and inode. Promotion of a stand-by, recovery to a point in time, pg_restore and
// a copy of a SQLite file are noticed. Not noticed are a snapshot of a disk, and a SQLite file that is copied back over itself
// or gets the same inode again. A stand-by that was promoted may also lack whole rows. For all of these see [LookupFirst].
//
// PostgreSQL lets every role call pg_control_system, pg_current_wal_lsn and pg_walfile_name unless that was revoked. Where one
// cannot be called, the home has one part less and no payment fails. All replicas must have the same rights here: a part that
// only some of them know makes each other's rows incomplete.
//
// # Privileges
//
// A role that does not migrate needs, on PostgreSQL: USAGE on the schema; SELECT, INSERT and UPDATE on supplierpay_attempts;
// SELECT and INSERT on supplierpay_events; SELECT on supplierpay_schema; DELETE on the first two for Prune and PruneEvents.
// The file ddl/postgres/grants.sql grants these.
package sqlstore
