package sqlstore

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/supplierpay/supplierpay-go/payment/once"
)

// encoded are the parts of a row that are kept as JSON text.
type encoded struct {
	attempt          string
	payment, problem sql.NullString
}

func encode(row once.Row) (encoded, error) {
	var e encoded
	attempt, err := json.Marshal(row.Attempt)
	if err != nil {
		return e, err
	}
	e.attempt = string(attempt)
	if row.Payment != nil {
		if e.payment, err = text(row.Payment); err != nil {
			return e, err
		}
	}
	if row.Problem != nil {
		e.problem, err = text(row.Problem)
	}
	return e, err
}

func text(v any) (sql.NullString, error) {
	b, err := json.Marshal(v)
	return sql.NullString{String: string(b), Valid: true}, err
}

// scan reads the columns of a row. What never changes has its truth in columns of its own.
func scan(rows *sql.Rows) (once.Row, error) {
	var r once.Row
	var key, scope, digest, attempt, state, evidence string
	var another int64
	var payment, problem sql.NullString
	err := rows.Scan(&r.Name, &key, &r.N, &r.Version, &state, &evidence, &scope, &digest, &another,
		&r.Nonce, &r.Owner, &r.Why, &r.By, &r.Note, &attempt, &payment, &problem,
		(*stamp)(&r.BeganAt), (*stamp)(&r.UpdatedAt), (*stamp)(&r.LeaseEnd), (*stamp)(&r.QuietEnd), (*stamp)(&r.Now))
	if err != nil {
		return once.Row{}, err
	}
	if err := json.Unmarshal([]byte(attempt), &r.Attempt); err != nil {
		return once.Row{}, fmt.Errorf("the attempt of key %q cannot be read: %w", key, err)
	}
	if payment.Valid {
		if err := json.Unmarshal([]byte(payment.String), &r.Payment); err != nil {
			return once.Row{}, fmt.Errorf("the payment of key %q cannot be read: %w", key, err)
		}
	}
	if problem.Valid {
		if err := json.Unmarshal([]byte(problem.String), &r.Problem); err != nil {
			return once.Row{}, fmt.Errorf("the problem of key %q cannot be read: %w", key, err)
		}
	}
	r.State, r.Evidence, r.AllowAnother = once.State(state), once.Evidence(evidence), another != 0
	r.Attempt.Key, r.Attempt.Scope, r.Attempt.Digest = key, scope, digest
	return r, nil
}

// stamp reads a time of either dialect: PostgreSQL's own, or SQLite's microseconds since 1970.
type stamp time.Time

// Scan implements sql.Scanner.
func (s *stamp) Scan(src any) error {
	switch t := src.(type) {
	case time.Time:
		*s = stamp(t.UTC())
	case int64:
		*s = stamp(time.UnixMicro(t).UTC())
	default:
		return fmt.Errorf("a time is stored as %T", src)
	}
	return nil
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
