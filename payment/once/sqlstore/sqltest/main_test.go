package sqltest

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"
	_ "github.com/lib/pq"
	_ "github.com/ncruces/go-sqlite3/driver"
	_ "modernc.org/sqlite"

	"github.com/supplierpay/supplierpay-go/payment/once/sqlstore"
)

// shared is the server that the tests share; each test has a schema of its own.
var shared struct {
	cluster *Cluster
	schemas atomic.Int64
}

func TestMain(m *testing.M) {
	if config := os.Getenv(childVariable); config != "" {
		os.Exit(runChild(config))
	}
	flag.Parse()
	os.Exit(runTests(m))
}

func runTests(m *testing.M) int {
	c, err := StartCluster(context.Background(), "max_connections=200")
	if err != nil {
		fmt.Fprintln(os.Stderr, "sqltest needs PostgreSQL:", err)
		return 1
	}
	shared.cluster = c
	code := m.Run()
	if err := c.Close(); err != nil {
		fmt.Fprintln(os.Stderr, "sqltest:", err)
		return 1
	}
	return code
}

// place is an empty database: what another process needs to reach it.
type place struct {
	Driver string `json:"driver"`
	DSN    string `json:"dsn"`
}

func (p place) postgres() bool { return p.Driver == "pgx" || p.Driver == "postgres" }

func (p place) open(t testing.TB) *sql.DB {
	t.Helper()
	db, err := sql.Open(p.Driver, p.DSN)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// store opens the database with its tables.
func (p place) store(t testing.TB, options ...sqlstore.Option) (*sqlstore.Store, *sql.DB) {
	t.Helper()
	db := p.open(t)
	store, err := p.on(db, options...)
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return store, db
}

func (p place) on(db *sql.DB, options ...sqlstore.Option) (*sqlstore.Store, error) {
	if p.postgres() {
		return sqlstore.NewPostgres(db, options...)
	}
	return sqlstore.NewSQLite(db, options...)
}

// databases are the kinds of database that every test runs on.
var databases = []struct {
	name string
	new  func(t testing.TB) place
}{
	{"SQLite", newSQLite},
	{"PostgreSQL", newPostgres},
}

func newSQLite(t testing.TB) place {
	return place{"sqlite", "file:" + filepath.Join(t.TempDir(), "payments.db")}
}

func newPostgres(t testing.TB) place {
	t.Helper()
	schema := fmt.Sprintf("test%d", shared.schemas.Add(1))
	db := place{"pgx", shared.cluster.DSN()}.open(t)
	if _, err := db.ExecContext(t.Context(), "CREATE SCHEMA "+schema); err != nil {
		t.Fatal(err)
	}
	return place{"pgx", shared.cluster.DSN("search_path=" + schema)}
}

// postgresDrivers are the drivers, and the modes of pgx, that the store is used with.
func postgresDrivers() map[string]func(p place) place {
	all := map[string]func(p place) place{"lib/pq": func(p place) place { return place{"postgres", p.DSN + " sslmode=disable"} }}
	for _, mode := range []string{"cache_statement", "cache_describe", "describe_exec", "exec", "simple_protocol"} {
		all["pgx "+mode] = func(p place) place { return place{"pgx", p.DSN + " default_query_exec_mode=" + mode} }
	}
	return all
}

func eachDatabase(t *testing.T, f func(t *testing.T, p place)) {
	for _, d := range databases {
		t.Run(d.name, func(t *testing.T) { f(t, d.new(t)) })
	}
}
