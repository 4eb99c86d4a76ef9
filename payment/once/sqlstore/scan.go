package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/once"
)

// reader reads the columns of one row one after the other, and remembers those that it cannot read.
type reader struct {
	values []any
	broken []string
}

func newReader(rows *sql.Rows) (*reader, error) {
	names, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	r := &reader{values: make([]any, len(names))}
	into := make([]any, len(names))
	for i := range into {
		into[i] = &r.values[i]
	}
	return r, rows.Scan(into...)
}

func (r *reader) next() (v any) {
	if len(r.values) > 0 {
		v, r.values = r.values[0], r.values[1:]
	}
	return v
}

func (r *reader) bad(column string) { r.broken = append(r.broken, column) }

// damage says what could not be read, and nothing of its content.
func (r *reader) damage() string {
	if len(r.broken) == 0 {
		return ""
	}
	return "cannot be read: " + strings.Join(r.broken, ", ")
}

func (r *reader) text(column string) string {
	switch v := r.next().(type) {
	case string:
		return v
	case []byte:
		return string(v)
	}
	r.bad(column)
	return ""
}

func (r *reader) number(column string) int64 {
	var n sql.NullInt64
	if err := n.Scan(r.next()); err != nil || !n.Valid {
		r.bad(column)
	}
	return n.Int64
}

// time reads microseconds since 1970.
func (r *reader) time(column string) time.Time {
	return time.UnixMicro(r.number(column)).UTC()
}

// timeOrNone is time for a column that may be NULL, which is the zero time.
func (r *reader) timeOrNone(column string) time.Time {
	if len(r.values) > 0 && r.values[0] == nil {
		r.next()
		return time.Time{}
	}
	return r.time(column)
}

// parse reads a column of JSON; NULL is nil.
func parse[T any](r *reader, column string) *T {
	v := r.next()
	var b []byte
	switch v := v.(type) {
	case nil:
		return nil
	case string:
		b = []byte(v)
	case []byte:
		b = v
	}
	var parsed *T
	if err := json.Unmarshal(b, &parsed); err != nil || parsed == nil {
		r.bad(column)
		return nil
	}
	return parsed
}

func knownStates() []once.State {
	return []once.State{once.Started, once.Unknown, once.Open, once.Paid, once.Partial, once.Reversed, once.Failed, once.Released,
		once.Conflict}
}

func (r *reader) state(column string) once.State {
	s := once.State(r.text(column))
	if !slices.Contains(knownStates(), s) {
		r.bad(column)
		return once.Unknown
	}
	return s
}

func (r *reader) evidence() once.Evidence {
	e := once.Evidence(r.text("evidence"))
	if e != once.EvidenceNotTaken && e != once.EvidenceUnknown && e != once.EvidenceTaken {
		r.bad("evidence")
		return once.EvidenceUnknown
	}
	return e
}

// scanRow reads the columns of a row. What never changes has its truth in columns of its own. A row that is damaged is
// returned with what can be read of it, so that it stops no other.
func scanRow(rows *sql.Rows) (once.Row, error) {
	r, err := newReader(rows)
	if err != nil {
		return once.Row{}, err
	}
	row := once.Row{Name: r.text("name")}
	key := r.text("key")
	row.N, row.Version = int(r.number("n")), r.number("version")
	row.State, row.Evidence = r.state("state"), r.evidence()
	scope, digest := r.text("scope"), r.text("digest")
	row.AllowAnother = r.number("allow_another") != 0
	row.Provider, row.Installation = r.text("provider"), r.text("installation")
	row.Nonce, row.Write, row.Owner = r.text("nonce"), r.text("last_write"), r.text("owner")
	row.Why, row.By, row.Note = r.text("why"), r.text("resolved_by"), r.text("note")
	attempt := parse[payment.Attempt](r, "attempt")
	switch {
	case attempt != nil && attempt.Key == key:
		row.Attempt = *attempt
	case attempt != nil, !slices.Contains(r.broken, "attempt"): // another key's, or NULL
		r.bad("attempt")
	}
	row.Attempt.Key, row.Attempt.Scope, row.Attempt.Digest = key, scope, digest
	row.Payment, row.Problem = parse[payment.Payment](r, "payment"), parse[once.Problem](r, "problem")
	if m := parse[more](r, "more"); m != nil {
		row.Asserted, row.Proposal, row.Asks, row.AskedAt, row.Reason = m.Asserted, m.Proposal, m.Asks, m.AskedAt, m.Reason
	}
	if r.number("home") != 0 {
		row.Attempt.Incomplete = true
	}
	row.BeganAt, row.UpdatedAt = r.time("began_at"), r.time("updated_at")
	row.LeaseEnd, row.QuietEnd = r.time("lease_end"), r.time("quiet_end")
	row.WatchUntil, row.Now = r.timeOrNone("watch_until"), r.time("now")
	row.Damage = r.damage()
	return row, nil
}

// scanEvent reads the columns of an event, as far as they can be read.
func scanEvent(rows *sql.Rows) (once.Event, error) {
	r, err := newReader(rows)
	if err != nil {
		return once.Event{}, err
	}
	e := once.Event{Seq: r.number("seq"), At: r.time("at"), Name: r.text("name"), Key: r.text("key"), N: int(r.number("n"))}
	if e.From = once.State(r.text("from_state")); e.From != "" && !slices.Contains(knownStates(), e.From) {
		r.bad("from_state")
		e.From = once.Unknown
	}
	e.To, e.Evidence = r.state("to_state"), r.evidence()
	e.Why, e.By, e.Note = r.text("why"), r.text("decided_by"), r.text("note")
	e.Payment, e.Reason = parse[payment.Payment](r, "payment"), parse[once.Problem](r, "reason")
	e.Damage = r.damage()
	return e, nil
}

// query reads all rows of a statement with scan. It must read to the very end: PostgreSQL commits after the last row, and a
// driver reports a commit that failed no earlier.
func query[T any](ctx context.Context, q querier, scan func(*sql.Rows) (T, error), text string, args ...any) (found []T, err error) {
	rows, err := q.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	defer func() {
		if closing := rows.Close(); err == nil && closing != nil {
			found, err = nil, closing
		}
	}()
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, fmt.Errorf("a row could not be fetched: %w", err)
		}
		found = append(found, one)
	}
	return found, rows.Err()
}
