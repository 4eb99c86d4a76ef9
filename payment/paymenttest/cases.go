package paymenttest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/supplierpay/supplierpay-go/internal/faultproxy"
	"github.com/supplierpay/supplierpay-go/payment"
)

// plainCases are those that are not about one fault at one request.
func plainCases(seq sequence) []testCase {
	list := []testCase{
		{name: "payment/plain", body: func(b *bench) { b.clean(seq) }},
		{name: "payment/tls", secure: true, body: func(b *bench) { b.clean(seq) }},
		{name: "payment/again with another key", body: (*bench).again},
		{name: "payment/many at once", body: func(b *bench) { b.concurrent(seq) }},
		{name: "payment/two accounts at once", body: (*bench).accounts},
		{name: "payment/of another amount", body: (*bench).otherAmount},
		{name: "request/prepared twice", body: (*bench).preparedTwice},
		{name: "journal/gate", body: func(b *bench) { b.gate(seq) }},
		{name: "journal/mark", body: func(b *bench) { b.mark(seq) }},
		{name: "context/ended before", body: func(b *bench) { b.endedBefore() }},
		{name: "context/ended while dialling", body: (*bench).endedDialling},
		{name: "connection/closed while idle", body: func(b *bench) { b.stale(seq, false) }},
		{name: "connection/reset while idle", body: func(b *bench) { b.stale(seq, true) }},
		{name: "connection/closed while idle, TLS", secure: true, body: func(b *bench) { b.stale(seq, false) }},
		{name: "credentials/expired in mid-flight", body: func(b *bench) { b.expired(seq) }},
		{name: "connection/left open after faults", body: func(b *bench) { b.leaks(seq) }},
		{name: "answer/of another order", body: func(b *bench) { b.otherAnswer(seq) }},
		{name: "lookup/told of another order", body: func(b *bench) { b.otherFound(seq) }},
		{name: "lookup/for another amount", body: func(b *bench) { b.otherAmountFound(seq) }},
		{name: "answer/quotes the credentials", body: func(b *bench) { b.quoting(seq) }},
		{name: "answer/new status word", body: func(b *bench) { b.newWord(seq) }},
		{name: "payer/installation", body: (*bench).installation},
		{name: "payer/times", timeout: impatience, body: func(b *bench) { b.times(seq) }},
		{name: "payer/first mark", body: (*bench).firstMark},
		{name: "request/prepared again", body: (*bench).preparedAgain},
		{name: "lookup/after an answer that nobody read", body: func(b *bench) { b.unreadAnswer(seq) }},
		{name: "lookup/with marks missing", body: func(b *bench) { b.marksMissing(seq) }},
		{name: "lookup/of an earlier attempt", body: func(b *bench) { b.earlierAttempt(seq) }},
		{name: "journal/two attempts of a key", body: func(b *bench) { b.twoAttempts(seq) }},
		{name: "journal/released and taken later", body: func(b *bench) { b.takenLater(seq) }},
		{name: "journal/second step broken", body: func(b *bench) { b.secondStep(seq) }},
	}
	for _, bad := range invalidRequests() {
		list = append(list, testCase{name: "request/" + bad.name, body: func(b *bench) { b.invalid(bad.spoil) }})
	}
	return list
}

// clean pays without faults and finds the payment again, in another process as it were.
func (b *bench) clean(seq sequence) {
	payer := b.newPayer()
	if name := payer.Provider(); name == "" || name != strings.ToLower(name) {
		b.errorf("Provider() is %q, want a name in lower case", name)
	}
	b.mu.Lock()
	b.spoken = append(b.spoken, fmt.Sprintf("%v %+v %#v", payer, payer, payer))
	b.mu.Unlock()
	g := b.once(payer)
	if g.p.Status != seq.p.Status || g.p.Provider != payer.Provider() {
		b.errorf("payment %+v, want status %q and provider %q", g.p, seq.p.Status, payer.Provider())
	}
	if !g.p.Amount.IsUnset() && !g.p.Amount.Equal(g.req.Amount) {
		b.errorf("the payment is of %v, asked for %v", g.p.Amount, g.req.Amount)
	}
	kept, err := json.Marshal(g.attempt)
	if err != nil {
		b.errorf("the attempt cannot be kept: %v", err)
		return
	}
	var read payment.Attempt
	if err := json.Unmarshal(kept, &read); err != nil {
		b.errorf("the attempt cannot be read back: %v", err)
		return
	}
	b.mu.Lock()
	b.spoken = append(b.spoken, string(kept))
	b.mu.Unlock()
	q := b.lookup("by another payer", b.newPayer(), read, seq)
	taken := len(b.h.Taken(g.req.OrderID)) > 0
	b.judgeLookup(q, taken)
	if taken {
		b.demandFound(q)
	}
}

// again pays an order twice, with two keys. Only a journal prevents that, and the provider perhaps;
// but "already paid" may speak of the very call that is told so, and is no refusal.
func (b *bench) again() {
	payer := b.newPayer()
	g := b.once(payer)
	req := g.req
	req.Key += "-again"
	second := b.pay(context.Background(), payer, req, payment.Hooks{})
	b.drain()
	b.checkError("Pay", second.err)
	if errors.Is(second.err, payment.ErrAlreadyPaid) && payment.OutcomeOf(second.err) == payment.Refused {
		b.errorf("an order that was paid: %v, want another outcome than refused", second.err)
	}
}

// otherAmount asks for more than the order costs. Whatever comes of it, no other amount than asked
// may be taken.
func (b *bench) otherAmount() {
	req := b.h.Place()
	more, err := twice(req.Amount)
	if err != nil {
		b.errorf("twice the amount: %v", err)
		return
	}
	req.Amount = more
	g := b.pay(context.Background(), b.newPayer(), req, payment.Hooks{})
	b.drain()
	if errors.Is(g.err, payment.ErrAmountMismatch) && payment.OutcomeOf(g.err) == payment.Accepted {
		b.judgeOne(g, len(b.h.Taken(req.OrderID)) > 0)
		return
	}
	b.judge(g)
}

// refusal pays what the provider refuses.
func (b *bench) refusal(i int) {
	if i >= len(b.h.Refusals) {
		b.errorf("this harness has %d refusals, the first one had more", len(b.h.Refusals))
		return
	}
	r := b.h.Refusals[i]
	g := b.pay(context.Background(), b.newPayer(), r.Place(), payment.Hooks{})
	b.drain()
	if out := payment.OutcomeOf(g.err); g.err == nil || out != payment.Refused && out != payment.NotSent {
		b.errorf("Pay said %s, want a refusal", outcome(g.p, g.err))
	} else if r.Kind != nil && !errors.Is(g.err, r.Kind) {
		b.errorf("Pay said %v, want %q", g.err, r.Kind)
	}
	b.judge(g)
}

// endedBefore pays with a context that has ended already.
func (b *bench) endedBefore() {
	for _, why := range []error{context.Canceled, context.DeadlineExceeded} {
		c := newCaller()
		c.end(why)
		g := b.pay(c, b.newPayer(), b.h.Place(), payment.Hooks{})
		b.drain()
		b.judge(g)
		b.demandNotSent(g, "the context had ended before Pay")
		if n := len(g.requests(b)); n > 0 {
			b.errorf("%d requests were sent under a context that had ended", n)
		}
	}
}

// endedDialling cancels while the connection is being made.
func (b *bench) endedDialling() {
	payer := b.newPayer()
	c := newCaller()
	b.plan(faultproxy.Plan{Dial: func(ctx context.Context) error {
		c.end(context.Canceled)
		wait(ctx.Done(), nil, hangUp)
		if err := ctx.Err(); err != nil {
			return err
		}
		return &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	}})
	g := b.pay(c, payer, b.h.Place(), payment.Hooks{})
	b.plan(faultproxy.Plan{})
	b.drain()
	b.judge(g)
	b.demandNotSent(g, "the context ended before there was a connection")
	b.once(payer)
}

func (b *bench) demandNotSent(g *paying, why string) {
	if b.h.can(ProveNotSent) && (g.err == nil || payment.OutcomeOf(g.err) != payment.NotSent) {
		b.errorf("%s, and it said %s, want an error that is NotSent", why, outcome(g.p, g.err))
	}
}

// stale pays on a connection that the provider has closed after the payment before.
func (b *bench) stale(seq sequence, reset bool) {
	payer := b.newPayer()
	b.once(payer)
	ctx, cancel := context.WithTimeout(context.Background(), settling)
	defer cancel()
	if err := b.proxy.CloseIdle(ctx, reset); err != nil {
		b.errorf("the payer does not notice that its idle connections were closed")
	}
	if g := b.once(payer); g.p.Status != seq.p.Status {
		b.errorf("Pay said %s, want %s", outcome(g.p, g.err), outcome(seq.p, nil))
	}
}

// expired lets the credentials of a payer that has paid before end under each request of a payment
// in turn: the provider answers 401 and has done nothing. The payment after it must get through,
// with new credentials if there are any.
func (b *bench) expired(seq sequence) {
	payer := b.newPayer()
	b.once(payer)
	for k := range len(b.once(payer).requests(b)) {
		var n atomic.Int64
		b.plan(faultproxy.Plan{Request: func(*http.Request) faultproxy.Fault {
			if n.Add(1) == int64(k+1) {
				return faultproxy.Fault{Skip: true, Answer: faultproxy.Bare(http.StatusUnauthorized)}
			}
			return faultproxy.Fault{}
		}})
		g := b.pay(context.Background(), payer, b.h.Place(), payment.Hooks{})
		b.plan(faultproxy.Plan{})
		b.drain()
		b.judge(g)
		if g := b.once(payer); g.p.Status != seq.p.Status {
			b.errorf("after 401 to request %d, the next payment: %s, want %s", k+1, outcome(g.p, g.err), outcome(seq.p, nil))
		}
	}
}

// rounds is how often the search for leaks repeats a fault.
const rounds = 6

// leaks repeats faults that leave bodies and connections behind, and counts.
func (b *bench) leaks(seq sequence) {
	payer := b.newPayer()
	const most = 3 // one for the payer, one that is just being closed, one to spare
	for _, do := range []faultproxy.Fault{
		{Answer: faultproxy.Page(http.StatusInternalServerError)}, {Answer: faultproxy.Bare(http.StatusBadGateway)}, {Cut: faultproxy.InBody},
		{Answer: faultproxy.Redirect(http.StatusFound, "https://elsewhere.invalid/")},
	} {
		for range rounds {
			b.once(payer)
			b.onPayment(seq, do)
			b.pay(context.Background(), payer, b.h.Place(), payment.Hooks{})
			b.plan(faultproxy.Plan{})
			b.drain()
		}
		if open := b.proxy.Stats().Open; open > most {
			b.errorf("%d connections are open after %d payments one after another, want %d at most", open, rounds, most)
		}
	}
}

// onPayment arms do for the next request that pays.
func (b *bench) onPayment(seq sequence, do faultproxy.Fault) {
	var done atomic.Bool
	b.plan(faultproxy.Plan{Request: func(r *http.Request) faultproxy.Fault {
		if seq.pays(arrival{method: r.Method, uri: r.URL.RequestURI()}) && done.CompareAndSwap(false, true) {
			return do
		}
		return faultproxy.Fault{}
	}})
}
