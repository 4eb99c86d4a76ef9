package once

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"
	"sync"
	"time"
)

// Memory is a [Store] in memory, for tests, examples and programs that run once. It forgets everything when the process
// ends, knows nothing of other processes and never shrinks: it does not protect a service that restarts.
type Memory struct {
	now    func() time.Time
	mu     sync.Mutex
	ahead  time.Duration // of now
	rows   map[id][]Row  // by N
	scopes map[id][]id   // the keys that ever began in the scope, in that order
	events []Event       // by Seq, which is the index plus one
}

// id is a name with a key, or with a scope.
type id struct{ name, value string }

// NewMemory returns an empty store.
func NewMemory() *Memory {
	return &Memory{now: time.Now, rows: map[id][]Row{}, scopes: map[id][]id{}}
}

// Advance moves the store's clock by d, so that a test need not wait until leases and quiet times end. The clocks of payers
// do not move with it.
func (m *Memory) Advance(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ahead += d
}

// clock returns the store's time. The caller holds the lock.
func (m *Memory) clock() time.Time { return m.now().Add(m.ahead) }

// Begin implements [Store].
func (m *Memory) Begin(ctx context.Context, row Row, terms Terms) (Begun, error) {
	if err := ctx.Err(); err != nil {
		return Begun{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	key, scope := id{row.Name, row.Attempt.Key}, id{row.Name, row.Attempt.Scope}
	rows := m.rows[key]
	if slices.ContainsFunc(rows, func(r Row) bool { return r.State != Released || r.Attempt.Digest != row.Attempt.Digest }) {
		return Begun{Rows: m.read(rows)}, nil
	}
	if scope.value != "" && !row.AllowAnother {
		if holder, held := m.holder(scope, key); held {
			return Begun{Rows: m.read(rows), Holder: &holder}, nil
		}
	}
	now := m.clock()
	row = row.clone()
	row.N, row.Version, row.State, row.Evidence, row.Why = len(rows)+1, 1, Started, EvidenceUnknown, whyBegin
	row.BeganAt, row.UpdatedAt, row.Damage = now, now, ""
	for i := range row.Attempt.Marks {
		if row.Attempt.Marks[i].At.IsZero() {
			row.Attempt.Marks[i].At = now
		}
	}
	row.LeaseEnd, row.QuietEnd = now.Add(terms.Lease), now.Add(terms.Quiet)
	m.rows[key] = append(rows, row)
	m.record(terms.Event, row)
	if scope.value != "" && !slices.Contains(m.scopes[scope], key) {
		m.scopes[scope] = append(m.scopes[scope], key)
	}
	return Begun{Began: true, Rows: m.read(m.rows[key])}, nil
}

// holder finds the live row in the scope that began first, of any key but one.
func (m *Memory) holder(scope, but id) (Row, bool) {
	var live []Row
	for _, key := range m.scopes[scope] {
		if key == but {
			continue
		}
		for _, r := range m.rows[key] {
			if r.State.Live() {
				live = append(live, r)
			}
		}
	}
	if len(live) == 0 {
		return Row{}, false
	}
	first := slices.MinFunc(live, func(a, b Row) int { return a.BeganAt.Compare(b.BeganAt) })
	return m.read([]Row{first})[0], true
}

// Update implements [Store].
func (m *Memory) Update(ctx context.Context, row Row, terms Terms) (Row, error) {
	if err := ctx.Err(); err != nil {
		return Row{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	rows := m.rows[id{row.Name, row.Attempt.Key}]
	if row.N < 1 || row.N > len(rows) || rows[row.N-1].Version != row.Version {
		return Row{}, ErrStale
	}
	old := rows[row.N-1]
	now := m.clock()
	if row.Damage != "" {
		row.Attempt, row.Damage = old.Attempt, ""
	}
	row = row.clone()
	row.Attempt.Scope, row.Attempt.Digest, row.AllowAnother = old.Attempt.Scope, old.Attempt.Digest, old.AllowAnother
	row.Provider, row.Installation = old.Provider, old.Installation
	row.Version++
	row.BeganAt, row.UpdatedAt = old.BeganAt, now
	row.LeaseEnd, row.QuietEnd = now.Add(terms.Lease), old.QuietEnd
	if quiet := now.Add(terms.Quiet); terms.Quiet > 0 && quiet.After(old.QuietEnd) {
		row.QuietEnd = quiet
	}
	rows[row.N-1] = row
	m.record(terms.Event, row)
	return m.read([]Row{row})[0], nil
}

// Rows implements [Store].
func (m *Memory) Rows(ctx context.Context, name, key string) ([]Row, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.read(m.rows[id{name, key}]), nil
}

// Unresolved implements [Store].
func (m *Memory) Unresolved(ctx context.Context, name string, after Position, limit int) ([]Row, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var found []Position
	for key, rows := range m.rows {
		for _, r := range rows {
			if at := position(r); key.name == name && (r.State.Unresolved() || m.clock().Before(r.WatchUntil)) && at.compare(after) > 0 {
				found = append(found, at)
			}
		}
	}
	slices.SortFunc(found, Position.compare)
	var page []Row
	for _, at := range found[:min(limit, len(found))] {
		page = append(page, m.rows[id{name, at.Key}][at.N-1])
	}
	return m.read(page), nil
}

// record appends an event about the row as it has just been written.
func (m *Memory) record(event *Event, row Row) {
	if event == nil {
		return
	}
	e := event.clone()
	e.Name, e.Key, e.Damage = row.Name, row.Attempt.Key, ""
	e.Seq, e.At, e.N, e.To, e.Evidence = int64(len(m.events))+1, row.UpdatedAt, row.N, row.State, row.Evidence
	m.events = append(m.events, e)
}

// Events implements [Store].
func (m *Memory) Events(ctx context.Context, name string, after int64, limit int) ([]Event, error) {
	return m.find(ctx, limit, func(e Event) bool { return e.Name == name && e.Seq > after })
}

// History implements [Store].
func (m *Memory) History(ctx context.Context, name, key string) ([]Event, error) {
	return m.find(ctx, math.MaxInt, func(e Event) bool { return e.Name == name && e.Key == key })
}

func (m *Memory) find(ctx context.Context, limit int, wanted func(Event) bool) ([]Event, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var found []Event
	for _, e := range m.events {
		if len(found) < limit && wanted(e) {
			found = append(found, e.clone())
		}
	}
	return found, nil
}

// read copies rows for a caller and stamps them with the clock.
func (m *Memory) read(rows []Row) []Row {
	now := m.clock()
	copies := make([]Row, len(rows))
	for i, r := range rows {
		copies[i] = r.clone()
		copies[i].Now = now
	}
	return copies
}

func position(r Row) Position { return Position{Key: r.Attempt.Key, N: r.N} }

func (p Position) compare(o Position) int {
	return cmp.Or(strings.Compare(p.Key, o.Key), cmp.Compare(p.N, o.N))
}
