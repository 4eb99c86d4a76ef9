package sqlstore

import (
	"context"
	"fmt"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/once"
)

// Pending lists at most limit rows of all names that are unresolved and began at least age ago, the oldest first: what
// to alert on, and what to work off with [once.Payer.Resolve].
func (s *Store) Pending(ctx context.Context, age time.Duration, limit int) ([]once.Row, error) {
	return s.list(ctx, "pending", s.q.pending, -micros(age), limit)
}

// minRetention keeps a slip of the unit from deleting the journal.
const minRetention = 24 * time.Hour

// Prune deletes the keys whose rows are all settled and have not been written for at least age, and returns how many rows
// that were. A deleted key is forgotten: the same request would be paid again. So age must be longer than anybody may
// retry a key or pay an order; less than a day is refused.
func (s *Store) Prune(ctx context.Context, age time.Duration) (int64, error) {
	if age < minRetention {
		return 0, payment.InvalidField("age", fmt.Sprintf("shorter than %v", minRetention))
	}
	var deleted int64
	err := s.d.write(ctx, s.db, func(q querier) error {
		result, err := q.ExecContext(ctx, s.q.prune, -micros(age))
		if err != nil {
			return err
		}
		deleted, err = result.RowsAffected()
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("sqlstore: prune: %w", err)
	}
	return deleted, nil
}
