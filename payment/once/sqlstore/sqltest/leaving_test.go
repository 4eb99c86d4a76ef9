package sqltest

import (
	"context"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/once"
)

// leavers are the drivers that callers leave.
func leavers(t *testing.T) map[string]place {
	all := map[string]place{"SQLite": {"sqlite", "file:" + filepath.Join(t.TempDir(), "payments.db")}}
	for name, with := range postgresDrivers() {
		all[name] = with(newPostgres(t))
	}
	return all
}

// TestCallersLeave: callers whose deadlines end at random while the journal is written leave no key behind of which nobody
// can ever tell whether it was paid. The provider never proves that nothing was taken.
func TestCallersLeave(t *testing.T) {
	const keyCount, most = 150, 6 * time.Millisecond
	for name, p := range leavers(t) {
		t.Run(name, func(t *testing.T) {
			store, db := p.store(t)
			db.SetMaxOpenConns(16)
			db.SetMaxIdleConns(16)
			var mu sync.Mutex
			sent := map[string]int{}
			provider := &fakePayer{look: inconclusive, pay: func(ctx context.Context, req payment.Request) (payment.Payment, error) {
				mu.Lock()
				sent[req.Key]++
				mu.Unlock()
				return succeed(ctx, req)
			}}
			payer := journaled(t, provider, store)
			luck := rand.New(rand.NewPCG(1, 2))
			names := make(chan string)
			var all sync.WaitGroup
			var list []string
			deadlines := map[string]time.Duration{}
			for i := range keyCount {
				key := "booking-" + string(rune('a'+i/26)) + string(rune('a'+i%26))
				list, deadlines[key] = append(list, key), time.Duration(luck.Int64N(int64(most)))
			}
			for range 8 {
				all.Go(func() {
					for key := range names {
						ctx, cancel := context.WithTimeout(t.Context(), deadlines[key])
						_, _ = payer.Pay(ctx, request(t, key, "ord "+key)) // the rows are what is looked at
						cancel()
					}
				})
			}
			for _, key := range list {
				names <- key
			}
			close(names)
			all.Wait()
			age(t, p, 25*time.Hour)
			later := journaled(t, provider, store) // a process that remembers nothing
			if _, err := later.Reconcile(t.Context()); err != nil {
				t.Error(err)
			}
			count := map[once.State]int{}
			for _, key := range list {
				s := states(t, later, key)
				if len(s) == 0 {
					count["not written"]++
					if sent[key] != 0 {
						t.Errorf("%s was sent and is not written", key)
					}
					continue
				}
				last := s[len(s)-1]
				count[last]++
				if sent[key] > 1 || last != once.Paid && last != once.Released || (last == once.Paid) != (sent[key] == 1) {
					t.Errorf("%s: %v, sent %d times", key, s, sent[key])
				}
			}
			if count[once.Released] == 0 {
				t.Errorf("nobody has left while the journal was written: %v", count)
			}
		})
	}
}
