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
//     fsync off is refused.
//   - SQLite: writes are BEGIN IMMEDIATE transactions on connections with synchronous FULL or EXTRA, on a database in WAL
//     mode. Migrate switches to WAL. A connection without a busy timeout gets one of five seconds.
//
// # Cost
//
// On PostgreSQL each of Begin, Update, Rows and Unresolved is one statement and one round trip, so a payment costs two and
// every mark one more. A Begin that may not begin reads why: two more. Drivers that prepare statements need a round trip
// for that once per connection.
//
// # Times
//
// All times are the database's. A PostgreSQL row is good to the microsecond. SQLite has no server: its clock is that of
// the machine, to the millisecond.
//
// # After a fail-over
//
// A stand-by that was promoted may lack the last rows of its predecessor. See [LookupFirst].
package sqlstore
