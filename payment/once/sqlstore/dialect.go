package sqlstore

import (
	"context"
	"database/sql"
	"regexp"
	"strings"
)

// dialect is what the two databases do differently.
type dialect interface {
	// learn finds out where the tables are, or will be. schema is the caller's choice, "" for none.
	learn(ctx context.Context, db *sql.DB, schema string) (place, error)
	// words replace the braces in the texts of statements.
	words(p place) *strings.Replacer
	// placeholder is written before the number of an argument.
	placeholder() string
	// in is the database's time plus an argument in microseconds; at is the time that an argument names in microseconds
	// since 1970; us is the time in a column in those microseconds. No session setting changes how such a number is read.
	in(argument string) string
	at(argument string) string
	us(column string) string
	// appends reports whether a statement that writes a row can append the event too.
	appends() bool

	// write calls f with something on which every change is durable when write returns nil.
	write(ctx context.Context, db *sql.DB, p place, f func(querier) error) error
	// read calls f with something to read from.
	read(ctx context.Context, db *sql.DB, p place, f func(querier) error) error
	// durable returns ErrNotDurable if changes would not be.
	durable(ctx context.Context, q querier, p place) error
	// migrate calls f in a transaction that excludes every other call of migrate, and ends it as f's answer says.
	migrate(ctx context.Context, db *sql.DB, p place, f func(querier) error) error
	// settled waits until every write has ended that may have taken a lower number than the events of the name that can be
	// read, and returns the number up to which that is so.
	settled(ctx context.Context, db *sql.DB, q *queries, name string) (int64, error)
}

// place is what a store has learnt of its database before its first statement.
type place struct {
	// schema holds the tables. It is named in every statement, because the search path of a pool's connections may change.
	schema string
	// home tells the database instance from others, in the form that the dialect compares. See [once.Row].
	home string
	file string // SQLite's
}

// querier is a *sql.DB, *sql.Conn or *sql.Tx.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

var (
	argument = regexp.MustCompile(`\?(\d+)`)
	timed    = regexp.MustCompile(`\{(in|at|us) (\w+)\}`)
)

// spell writes a statement in the dialect.
func spell(d dialect, p place, text string) string {
	text = timed.ReplaceAllStringFunc(text, func(m string) string {
		switch parts := timed.FindStringSubmatch(m); parts[1] {
		case "in":
			return d.in("?" + parts[2])
		case "at":
			return d.at("?" + parts[2])
		default:
			return d.us(parts[2])
		}
	})
	// Arguments come first: a schema's name may look like one.
	text = argument.ReplaceAllString(text, strings.ReplaceAll(d.placeholder(), "$", "$$")+"$1")
	return d.words(p).Replace(text)
}
