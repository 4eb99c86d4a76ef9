package duffel

import (
	"context"
	"sync"
)

// Seen remembers which webhook events were handled. A table with the key as its primary key will do; keys can be dropped
// after a few days, since Duffel stops delivering after 72 hours.
type Seen interface {
	// Seen reports whether the key was marked.
	Seen(ctx context.Context, key string) (bool, error)
	// Mark is called after the event was handled. Marking a key twice is no error.
	Mark(ctx context.Context, key string) error
}

// defaultKeys is enough for days of a busy seller, and a few megabytes.
const defaultKeys = 100_000

// MemorySeen is a [Seen] for one process. It forgets everything at restart, and the oldest key when it is full.
type MemorySeen struct {
	mu   sync.Mutex
	keys map[string]bool
	ring []string // in the order of marking
	next int      // where the next key goes
}

// NewMemorySeen returns a MemorySeen for so many keys, 100,000 when n is 0 or less.
func NewMemorySeen(n int) *MemorySeen {
	if n <= 0 {
		n = defaultKeys
	}
	return &MemorySeen{keys: map[string]bool{}, ring: make([]string, n)}
}

// Seen reports whether the key was marked and is not forgotten.
func (m *MemorySeen) Seen(_ context.Context, key string) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.keys[key], nil
}

// Mark remembers the key.
func (m *MemorySeen) Mark(_ context.Context, key string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.keys[key] {
		return nil
	}
	delete(m.keys, m.ring[m.next])
	m.ring[m.next], m.keys[key] = key, true
	m.next = (m.next + 1) % len(m.ring)
	return nil
}
