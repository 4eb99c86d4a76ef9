package once

import (
	"context"
	"errors"
	"slices"

	"github.com/supplierpay/supplierpay-go/payment"
)

var errWorldStore = errors.New("the store has failed")

// worldStore fails before its work or after it, or gives its work up and does it later. Every write is held to the rules
// that hold for each, see [worldTruth.wrote].
type worldStore struct {
	*Memory
	w *randomWorld
}

type storeFault int

const (
	works storeFault = iota
	failsBefore
	failsAfter
	worksLater
)

// fault gives way and says how the store shall fail.
func (s *worldStore) fault(ctx context.Context, op string) storeFault {
	w := s.w
	w.alive()
	w.pause()
	w.maybePanic()
	if ctx.Err() != nil && errors.Is(context.Cause(ctx), errCallerLeft) && (op == "begin" || op == "update") {
		w.violation("%s is cut off by the end of its caller", op)
	}
	if ctx.Err() != nil || w.calm || !w.chance(w.rules.failures, 1000) {
		return works
	}
	if w.running != nil {
		w.running.failed = true
	}
	f := storeFault(1 + w.rng.IntN(3))
	w.log("%s: the store fails (%d)", op, f)
	return f
}

func (s *worldStore) begin(ctx context.Context, row Row, terms Terms) (Begun, error) {
	b, err := s.Memory.Begin(ctx, row, terms)
	if b.Began {
		s.w.log("%s/%d has begun", row.Attempt.Key, len(b.Rows))
		s.w.truth.wrote(s.w, Row{}, b.Rows[len(b.Rows)-1], terms.Event)
	} else {
		s.w.log("begin %s: held %v, %v", row.Attempt.Key, b.Holder != nil, err)
	}
	return b, err
}

func (s *worldStore) update(ctx context.Context, row Row, terms Terms) (Row, error) {
	old := s.stored(row)
	r, err := s.Memory.Update(ctx, row, terms)
	s.w.log("update %s/%d v%d to %s (%s): %v", row.Attempt.Key, row.N, row.Version, row.State, row.Why, err)
	if err == nil {
		old.Now = r.Now
		s.w.truth.wrote(s.w, old, r, terms.Event)
	}
	return r, err
}

// stored is the row as it is stored now.
func (s *worldStore) stored(row Row) Row {
	rows, err := s.Memory.Rows(context.Background(), row.Name, row.Attempt.Key)
	if err != nil || row.N < 1 || row.N > len(rows) {
		return Row{}
	}
	return rows[row.N-1]
}

// Begin implements [Store].
func (s *worldStore) Begin(ctx context.Context, row Row, terms Terms) (Begun, error) {
	s.starts(row)
	switch s.fault(ctx, "begin") {
	case failsBefore:
		return Begun{}, errWorldStore
	case failsAfter:
		_, _ = s.begin(ctx, row, terms)
		return Begun{}, errWorldStore
	case worksLater:
		row = row.clone()
		s.w.lateWork = append(s.w.lateWork, func() { _, _ = s.begin(context.Background(), row, terms) })
		return Begun{}, errWorldStore
	}
	return s.begin(ctx, row, terms)
}

// Update implements [Store].
func (s *worldStore) Update(ctx context.Context, row Row, terms Terms) (Row, error) {
	if row.Why == whyContinue && row.State == Started && s.stored(row).Nonce != row.Nonce {
		s.starts(row)
	}
	switch s.fault(ctx, "update") {
	case failsBefore:
		return Row{}, errWorldStore
	case failsAfter:
		_, _ = s.update(ctx, row, terms)
		return Row{}, errWorldStore
	case worksLater:
		row = row.clone()
		s.w.lateWork = append(s.w.lateWork, func() { _, _ = s.update(context.Background(), row, terms) })
		return Row{}, errWorldStore
	}
	return s.update(ctx, row, terms)
}

// starts notes the nonce with which the running call wants to send.
func (s *worldStore) starts(row Row) {
	if c := s.w.running; c != nil {
		c.nonce = row.Nonce
	}
}

// Rows implements [Store].
func (s *worldStore) Rows(ctx context.Context, name, key string) ([]Row, error) {
	if s.fault(ctx, "rows") != works {
		return nil, errWorldStore
	}
	return s.Memory.Rows(ctx, name, key)
}

// Unresolved implements [Store].
func (s *worldStore) Unresolved(ctx context.Context, name string, after Position, limit int) ([]Row, error) {
	if s.fault(ctx, "unresolved") != works {
		return nil, errWorldStore
	}
	return s.Memory.Unresolved(ctx, name, after, limit)
}

// rowsOf reads the rows of a key beside the processes.
func (w *randomWorld) rowsOf(key string) []Row {
	rows, err := w.store.Rows(context.Background(), "world", key)
	if err != nil {
		w.t.Fatal(err)
	}
	return rows
}

// allRows reads the rows of all keys.
func (w *randomWorld) allRows() []Row {
	var rows []Row
	for _, key := range w.rules.keys {
		rows = append(rows, w.rowsOf(key)...)
	}
	return rows
}

// refused reports whether the error tells that nothing was taken.
func refused(err error) bool {
	o := payment.OutcomeOf(err)
	return err != nil && (o == payment.Refused || o == payment.NotSent)
}

func anyRow(rows []Row, is func(Row) bool) bool { return slices.ContainsFunc(rows, is) }
