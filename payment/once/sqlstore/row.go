package sqlstore

import (
	"database/sql"
	"encoding/json"
	"slices"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/once"
)

// encoded are the parts of a row that are kept as JSON text.
type encoded struct {
	attempt, payment, problem sql.NullString
	more                      string
}

// more holds what is never searched for. The names are stored: never change one.
type more struct {
	Asserted bool           `json:"asserted,omitempty"`
	Proposal *once.Proposal `json:"proposal,omitempty"`
	Asks     int            `json:"asks,omitempty"`
	AskedAt  time.Time      `json:"asked_at,omitzero"`
	Reason   *once.Problem  `json:"reason,omitempty"`
}

// encode leaves the attempt out of a row that could not be read: what is stored of it stays.
func encode(row once.Row) (e encoded, err error) {
	if row.Damage == "" {
		if e.attempt, err = text(&row.Attempt); err != nil {
			return e, err
		}
	}
	if e.payment, err = text(row.Payment); err != nil {
		return e, err
	}
	if e.problem, err = text(row.Problem); err != nil {
		return e, err
	}
	m, err := text(&more{Asserted: row.Asserted, Proposal: row.Proposal, Asks: row.Asks, AskedAt: row.AskedAt, Reason: row.Reason})
	e.more = m.String
	return e, err
}

// text is v as JSON, NULL for nil.
func text[T any](v *T) (sql.NullString, error) {
	if v == nil {
		return sql.NullString{}, nil
	}
	b, err := json.Marshal(v)
	return sql.NullString{String: string(b), Valid: true}, err
}

// stampMarks leaves the times of marks that have none to the database, see unstamped.
func stampMarks(marks []payment.Mark) []payment.Mark {
	marks = slices.Clone(marks)
	for i := range marks {
		if marks[i].At.IsZero() {
			marks[i].At = time.Time{}.Add(1)
		}
	}
	return marks
}

// eventValues are the last arguments of a statement that appends the event.
func eventValues(e *once.Event) ([]any, error) {
	if e == nil {
		return []any{"", "", "", "", nil, nil}, nil
	}
	paid, err := text(e.Payment)
	if err != nil {
		return nil, err
	}
	reason, err := text(e.Reason)
	return []any{string(e.From), e.Why, e.By, e.Note, paid, reason}, err
}

// instant is an argument for a time that may be zero.
func instant(t time.Time) sql.NullInt64 {
	return sql.NullInt64{Int64: t.UnixMicro(), Valid: !t.IsZero()}
}

// micros rounds down, so that a lease never becomes longer; -micros(-d) rounds up, so that a quiet time never becomes
// shorter.
func micros(d time.Duration) int64 {
	us := d.Microseconds()
	if d < time.Duration(us)*time.Microsecond {
		us--
	}
	return us
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
