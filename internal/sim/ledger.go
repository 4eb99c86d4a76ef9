package sim

import (
	"slices"
	"sync"

	"github.com/supplierpay/supplierpay-go/payment"
)

// Ledger holds the money that a simulated provider has really taken, whatever it answered. The zero
// Ledger is empty.
type Ledger struct {
	mu    sync.Mutex
	taken map[string][]payment.Money
}

// Take notes that m was taken for the order.
func (l *Ledger) Take(orderID string, m payment.Money) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.taken == nil {
		l.taken = map[string][]payment.Money{}
	}
	l.taken[orderID] = append(l.taken[orderID], m)
}

// Taken returns what was taken for the order, in the order of taking; nil when nothing was.
func (l *Ledger) Taken(orderID string) []payment.Money {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.taken[orderID])
}
