package sqlstore

import (
	"context"
	"slices"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/once"
)

// LookupFirst is for the time after the database has lost its last rows: after the fail-over to a stand-by that was
// behind, or after a restore. The next attempt of a key for which suspect returns true is not begun, be it the first that
// the database knows or not: earlier attempts may have survived the one that paid. It is written as an unknown payment
// instead, so that package once asks the provider before anything is paid: a payment that the provider shows is kept;
// proof that there is none, believed when the quiet time is over, releases the key; else a person decides with
// [once.Payer.Resolve]. The attempt after that begins as ever. A process that starts later asks again about keys that were
// released and not paid before it started, because it may have been started after another loss.
//
// suspect should return true for the keys that your service may have paid with before the loss and for other keys of
// their orders, since a lost row held its order too, and for nothing else: most providers can never prove that an order
// was not paid. It gets the row that is about to be written, and may use the same database: no connection, transaction or
// lock is held while it runs. Begin does not wait for it beyond the end of its context. reach is how long ago the lost
// payments may have begun; Lookup searches from there.
func LookupFirst(reach time.Duration, suspect func(once.Row) bool) Option {
	return func(s *Store) error {
		if reach <= 0 {
			return payment.InvalidField("reach", "want a positive duration")
		}
		if suspect == nil {
			return payment.InvalidField("suspect", "nil")
		}
		s.reach, s.suspect, s.since = reach, suspect, time.Now()
		return nil
	}
}

// markLookupFirst is the mark of a row that LookupFirst wrote. It is stored: never change it.
const markLookupFirst = "sqlstore: lookup first"

// lookFirst changes how a suspect row begins. Such a row stands for an attempt that may be lost, so it has none of the marks
// of the attempt that was about to begin, and no mark that it lacks proves anything.
func (s *Store) lookFirst(ctx context.Context, q *queries, start beginning) (beginning, error) {
	suspected, err := s.suspected(ctx, start.row)
	if err != nil || !suspected {
		return start, err
	}
	var rows []once.Row
	err = s.d.read(ctx, s.db, q.place, func(tx querier) (err error) {
		rows, err = query(ctx, tx, scanRow, q.rows, start.row.Name, start.row.Attempt.Key)
		return err
	})
	if err != nil || slices.ContainsFunc(rows, s.askedFirst) {
		return start, err
	}
	start.state, start.back = once.Unknown, s.reach
	start.row.Attempt.Marks = []payment.Mark{{Step: markLookupFirst}}
	start.row.Attempt.Incomplete = true
	return start, nil
}

// suspected calls the user's function. A panic in it is this call's.
func (s *Store) suspected(ctx context.Context, row once.Row) (bool, error) {
	type answer struct {
		yes      bool
		panicked any
	}
	answers := make(chan answer, 1)
	go func() {
		a := answer{panicked: "sqlstore: suspect did not return"} // as with runtime.Goexit
		defer func() {
			if p := recover(); p != nil {
				a.panicked = p
			}
			answers <- a
		}()
		a.yes = s.suspect(row)
		a.panicked = nil
	}()
	select {
	case a := <-answers:
		if a.panicked != nil {
			panic(a.panicked)
		}
		return a.yes, nil
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

// askedFirst reports whether the row is one that LookupFirst wrote, and was released since this process started: one that was
// released before may have been followed by a payment whose row is lost. It compares two clocks: if this process's is ahead
// a key is asked about once too often, and behind it would have to be by more than the time from the loss to the restart.
func (s *Store) askedFirst(r once.Row) bool {
	_, marked := r.Attempt.Marked(markLookupFirst)
	return marked && r.UpdatedAt.After(s.since)
}
