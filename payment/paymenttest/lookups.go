package paymenttest

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/supplierpay/supplierpay-go/internal/faultproxy"
	"github.com/supplierpay/supplierpay-go/payment"
)

// read is a request of Lookup and what it was told.
type read struct {
	method   string
	segments int
	answer   faultproxy.Answer
}

func (r read) like(other *http.Request) bool {
	return r.method == other.Method && r.segments == len(segments(other.URL.RequestURI()))
}

// otherFound loses a payment on its way, and answers Lookup with what it was told of the order
// before, which is paid: old answers that were still on the connection, or a cache's.
func (b *bench) otherFound(seq sequence) {
	if !b.h.can(TellFoundOrders) {
		return
	}
	payer := b.newPayer()
	paid := b.once(payer).attempt
	paid.PaymentID = "" // the lost payment has none, and the two must be asked about alike
	var mu sync.Mutex
	var old []read
	b.plan(faultproxy.Plan{Request: func(r *http.Request) faultproxy.Fault {
		mu.Lock()
		defer mu.Unlock()
		i := len(old)
		old = append(old, read{method: r.Method, segments: len(segments(r.URL.RequestURI()))})
		return faultproxy.Fault{Answer: func(a faultproxy.Answer) faultproxy.Answer {
			mu.Lock()
			defer mu.Unlock()
			old[i].answer = a
			return a
		}}
	}})
	b.lookup("of the order before", payer, paid, seq)
	b.drain()

	b.onPayment(seq, faultproxy.Fault{Cut: faultproxy.BeforeActing})
	g := b.pay(context.Background(), payer, b.h.Place(), payment.Hooks{})
	b.drain()
	asked := 0
	b.plan(faultproxy.Plan{Request: func(r *http.Request) faultproxy.Fault {
		mu.Lock()
		defer mu.Unlock()
		i := asked
		asked++
		if i >= len(old) || !old[i].like(r) {
			return faultproxy.Fault{}
		}
		answer := old[i].answer
		return faultproxy.Fault{Skip: true, Answer: func(faultproxy.Answer) faultproxy.Answer { return answer }}
	}})
	q := b.lookup("that was told of another order", payer, g.attempt, seq)
	b.plan(faultproxy.Plan{})
	b.drain()
	b.judge(g)
	b.judgeLookup(q, len(b.h.Taken(g.req.OrderID)) > 0)
	if q.p.OrderID != "" && q.p.OrderID != g.req.OrderID {
		b.errorf("Lookup of order %q returned order %q", g.req.OrderID, q.p.OrderID)
	}
}

// otherAmountFound asks about an order that is paid as somebody who has agreed to another amount.
// Lookup may say what was taken, or not know it, but it must not say that it was the amount agreed
// to.
func (b *bench) otherAmountFound(seq sequence) {
	payer := b.newPayer()
	req := b.once(payer).req
	more, err := twice(req.Amount)
	if err != nil {
		b.errorf("twice the amount: %v", err)
		return
	}
	req.Key += "-more"
	req.Amount = more
	a, err := payer.Prepare(req)
	if err != nil {
		b.errorf("Prepare of an order that can be paid: %v", err)
		return
	}
	a.SentAt = time.Now()
	q := b.lookup("for another amount", payer, a, seq)
	b.drain()
	if taken := b.h.Taken(req.OrderID); q.p.Paid() && q.p.Amount.Equal(more) {
		b.errorf("Lookup for %v said that this was paid, and %v was taken", more, taken)
	}
}

func twice(m payment.Money) (payment.Money, error) {
	return payment.MoneyFromDecimal(m.Decimal().Add(m.Decimal()), m.Currency())
}
