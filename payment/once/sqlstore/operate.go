package sqlstore

import (
	"context"
	"fmt"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/once"
)

// Events implements [once.Store]. On PostgreSQL it waits up to two seconds for writes that are under way. If one is still
// under way then, it returns the events that are certain not to have a gap, which may be none.
func (s *Store) Events(ctx context.Context, name string, after int64, limit int) ([]once.Event, error) {
	q, err := s.ready(ctx)
	if err != nil {
		return nil, fmt.Errorf("sqlstore: events: %w", err)
	}
	last, err := s.d.settled(ctx, s.db, q, name)
	if err != nil {
		return nil, fmt.Errorf("sqlstore: events: %w", err)
	}
	return list(ctx, s, "events", scanEvent, func(q *queries) string { return q.events }, name, after, last, limit)
}

// History implements [once.Store].
func (s *Store) History(ctx context.Context, name, key string) ([]once.Event, error) {
	return list(ctx, s, "history", scanEvent, func(q *queries) string { return q.history }, name, key)
}

// Pending lists at most limit rows of all names that are unresolved and began at least age ago, the oldest first: what
// to alert on, and what to work off with [once.Payer.Resolve]. Rows that a person has settled and that are only watched are
// not among them.
func (s *Store) Pending(ctx context.Context, age time.Duration, limit int) ([]once.Row, error) {
	return list(ctx, s, "pending", scanRow, func(q *queries) string { return q.pending }, -micros(age), limit)
}

// minRetention keeps a slip of the unit from deleting the journal.
const minRetention = 24 * time.Hour

// Prune deletes the keys whose rows are all settled, are not watched and have not been written for at least age, and returns
// how many rows that were. A deleted key is forgotten: the same request would be paid again. So age must be longer than
// anybody may retry a key or pay an order; less than a day is refused. The events of the key stay, see
// [Store.PruneEvents].
func (s *Store) Prune(ctx context.Context, age time.Duration) (int64, error) {
	return s.remove(ctx, "prune", func(q *queries) string { return q.prune }, age)
}

// PruneEvents deletes the events that are at least age old and whose key has been pruned, and returns how many. The history of
// a key lasts as long as the key, whatever age says. Less than a day is refused.
func (s *Store) PruneEvents(ctx context.Context, age time.Duration) (int64, error) {
	return s.remove(ctx, "prune events", func(q *queries) string { return q.pruneEvents }, age)
}

func (s *Store) remove(ctx context.Context, op string, text func(*queries) string, age time.Duration) (int64, error) {
	if age < minRetention {
		return 0, payment.InvalidField("age", fmt.Sprintf("shorter than %v", minRetention))
	}
	var deleted int64
	q, err := s.ready(ctx)
	if err == nil {
		err = s.d.write(ctx, s.db, q.place, func(tx querier) error {
			result, err := tx.ExecContext(ctx, text(q), -micros(age))
			if err != nil {
				return err
			}
			deleted, err = result.RowsAffected()
			return err
		})
	}
	if err != nil {
		return 0, fmt.Errorf("sqlstore: %s: %w", op, err)
	}
	return deleted, nil
}
