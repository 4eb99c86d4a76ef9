package once_test

import (
	"sync"
	"testing"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/once"
	"github.com/supplierpay/supplierpay-go/payment/once/storetest"
)

func TestMemory(t *testing.T) {
	storetest.Run(t, func(t testing.TB) storetest.Harness {
		store := once.NewMemory()
		var mu sync.Mutex
		now := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
		store.SetNow(func() time.Time {
			mu.Lock()
			defer mu.Unlock()
			return now
		})
		return storetest.Harness{Store: store, Advance: func(d time.Duration) {
			mu.Lock()
			defer mu.Unlock()
			now = now.Add(d)
		}}
	})
}

// TestMemoryAdvance: leases end by the store's clock.
func TestMemoryAdvance(t *testing.T) {
	store := once.NewMemory()
	row := once.Row{Name: "test", Attempt: payment.Attempt{Key: "k", Digest: "v1:x"}}
	if begun, err := store.Begin(t.Context(), row, once.Terms{Lease: time.Hour}); err != nil || !begun.Rows[0].Leased() {
		t.Fatalf("%+v, %v", begun, err)
	}
	store.Advance(59 * time.Minute)
	store.Advance(time.Minute)
	if rows, err := store.Rows(t.Context(), "test", "k"); err != nil || rows[0].Leased() {
		t.Errorf("%+v, %v", rows, err)
	}
}
