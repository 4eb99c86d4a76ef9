package once_test

import (
	"sync"
	"testing"
	"time"

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
