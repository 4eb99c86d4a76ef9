package paymenttest

import (
	"context"
	"net/http"
	"strings"
	"sync"

	"github.com/supplierpay/supplierpay-go/internal/faultproxy"
	"github.com/supplierpay/supplierpay-go/payment"
)

// otherAnswer answers a payment, which the provider never gets, with what it answered to the one
// before: an old answer that was still on the connection, or a cache's.
func (b *bench) otherAnswer(seq sequence) {
	if !b.h.can(TellOrders) {
		return
	}
	payer := b.newPayer()
	var old faultproxy.Answer
	var mu sync.Mutex
	b.onPayment(seq, faultproxy.Fault{Answer: func(a faultproxy.Answer) faultproxy.Answer {
		mu.Lock()
		defer mu.Unlock()
		old = a
		return a
	}})
	b.once(payer)
	mu.Lock()
	answer := old
	mu.Unlock()
	b.onPayment(seq, faultproxy.Fault{Skip: true, Answer: func(faultproxy.Answer) faultproxy.Answer { return answer }})
	g := b.pay(context.Background(), payer, b.h.Place(), payment.Hooks{})
	b.plan(faultproxy.Plan{})
	b.drain()
	b.judge(g)
}

// quoting answers with a page that quotes every credential of the request, and in the headers too.
func (b *bench) quoting(seq sequence) {
	payer := b.newPayer()
	b.once(payer)
	secrets := strings.Join(b.secrets(), " ")
	for _, status := range []int{http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusInternalServerError} {
		b.once(payer)
		b.onPayment(seq, faultproxy.Fault{Skip: true, Answer: func(faultproxy.Answer) faultproxy.Answer {
			return faultproxy.Answer{
				Status: status,
				Header: http.Header{"Content-Type": {"text/plain"}, "X-Request-Id": {secrets}, "Www-Authenticate": {"Bearer " + secrets}},
				Body:   []byte("request failed for " + secrets + "\n"),
			}
		}})
		g := b.pay(context.Background(), payer, b.h.Place(), payment.Hooks{})
		b.plan(faultproxy.Plan{})
		b.drain()
		if g.err == nil {
			b.errorf("HTTP %d is no error: %s", status, outcome(g.p, nil))
		}
		b.judge(g)
	}
}

// newWord answers with a status that nobody has documented.
func (b *bench) newWord(seq sequence) {
	if b.h.NewWord == nil {
		return
	}
	b.onPayment(seq, faultproxy.Fault{Answer: func(a faultproxy.Answer) faultproxy.Answer {
		a = faultproxy.Plain(a)
		a.Body = b.h.NewWord(a.Body)
		return a
	}})
	g := b.pay(context.Background(), b.newPayer(), b.h.Place(), payment.Hooks{})
	b.plan(faultproxy.Plan{})
	b.drain()
	if verdictOf(g.p, g.err) != mayHave {
		b.errorf("the provider answered with a word that nobody has documented, and Pay said %s", outcome(g.p, g.err))
	}
	b.judge(g)
}
