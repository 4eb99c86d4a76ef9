package paymenttest

import (
	"context"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/supplierpay/supplierpay-go/internal/faultproxy"
	"github.com/supplierpay/supplierpay-go/payment"
)

// hangUp is how long the proxy waits to see whether a payer hangs up once its caller has left.
const hangUp = 60 * time.Millisecond

// broken pays an order while f happens to the request with the index k, and compares everything
// that the payer then says with the ledger.
func (b *bench) broken(f fault, seq sequence, k int, warm bool) {
	payer := b.newPayer()
	if warm {
		b.once(payer)
	}
	req := b.h.Place()
	before := b.snapshot(req)
	read := b.proxy.Stats().Read

	caller := newCaller()
	defer caller.end(context.Canceled)
	release := make(chan struct{})
	returned := make(chan struct{})
	b.arm(f, k, caller, release, returned)
	g := b.pay(caller, payer, req, payment.Hooks{})
	close(returned)
	b.plan(faultproxy.Plan{})

	var questions []asked
	ask := func(when string) {
		questions = append(questions, b.lookup(when, payer, g.attempt, seq))
	}
	frozen := func(when string) {
		b.freeze(before)
		ask(when)
		b.plan(faultproxy.Plan{})
	}
	if f.late {
		ask("while the payment was under way")
		frozen("while the payment was under way, of a provider whose reads lag")
	}
	close(release)
	b.drain()
	taken := len(b.h.Taken(req.OrderID)) > 0
	if taken && g.attempt.PaymentID == "" {
		frozen("after the payment, of a provider whose reads lag")
	}
	ask("after the payment")

	if f.twice {
		b.judgeOne(g, taken)
	} else {
		b.judge(g)
	}
	for _, q := range questions {
		b.judgeLookup(q, taken)
	}
	if len(b.h.Taken(req.OrderID)) == 1 {
		b.demandFound(questions[len(questions)-1])
	}
	b.checkRepeats(seq, g)
	b.demands(f, seq, k, g)
	if n := b.proxy.Stats().Read - read; n > tolerated && seq.steps[k].pays && f.needs == BoundAnswers {
		b.errorf("%d bytes of an answer without end were read", n)
	}
	if f.ends != outOfPatience {
		b.once(payer) // the fault is over, and so must its effects be
	}
}

// demands checks what the fault leaves no doubt about.
func (b *bench) demands(f fault, seq sequence, k int, g *paying) {
	if f.unsent && k == 0 && payment.OutcomeOf(g.err) != payment.NotSent {
		b.errorf("no connection could be had, and Pay said %s, want an error that is NotSent", outcome(g.p, g.err))
	}
	switch {
	case !f.kept:
	case f.ends == cancelAnswering:
		// Before the payment a caller may stop it, and behind it a payer may leave further
		// questions to Lookup.
		if g.err != nil && seq.steps[k].pays {
			b.errorf("the whole answer arrived, and Pay said %s, want no error", outcome(g.p, g.err))
		}
	case g.err != nil || g.p.Status != seq.p.Status:
		b.errorf("the whole answer arrived, and Pay said %s, want %s", outcome(g.p, g.err), outcome(seq.p, nil))
	}
}

// checkRepeats complains about a payment that was sent more often than in a clean run, about other
// servers, and about NotSent where the payment had arrived.
func (b *bench) checkRepeats(seq sequence, g *paying) {
	paying := seq.paying(g.requests(b))
	if len(paying) > seq.times {
		b.errorf("%s %s arrived %d times in one call of Pay, want %d", paying[0].method, paying[0].uri, len(paying), seq.times)
	}
	if len(paying) > 0 && g.err != nil && payment.OutcomeOf(g.err) == payment.NotSent {
		b.errorf("Pay said %s, and %s %s had arrived", outcome(g.p, g.err), paying[0].method, paying[0].uri)
	}
	if strays := b.proxy.Stats().Strays; len(strays) > 0 {
		b.errorf("Pay wanted to connect to %q", strays)
	}
}

// arm sets the plan in which f happens to the request with the index k.
func (b *bench) arm(f fault, k int, caller *caller, release, returned <-chan struct{}) {
	var n atomic.Int64
	var down atomic.Bool // no connection can be had
	down.Store(k == 0)
	if k == 0 && (f.refuse || f.greet != faultproxy.Welcome) {
		b.closeIdle()
	}
	plan := faultproxy.Plan{
		Request: func(*http.Request) faultproxy.Fault {
			i := int(n.Add(1)) - 1
			switch {
			case f.refuse, f.greet != faultproxy.Welcome:
				if i == k-1 {
					down.Store(true) // the next request needs a new connection, and does not get it
					return faultproxy.Fault{Cut: faultproxy.AfterBody}
				}
			case i == k:
				return b.prepared(f, caller, release, returned)
			}
			return faultproxy.Fault{}
		},
	}
	if f.refuse {
		plan.Dial = func(context.Context) error {
			if down.Load() {
				return &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
			}
			return nil
		}
	}
	if f.greet != faultproxy.Welcome {
		plan.Accept = func() faultproxy.Greeting {
			if down.Load() {
				return f.greet
			}
			return faultproxy.Welcome
		}
	}
	b.plan(plan)
}

// prepared is what the proxy does with the request that f is for.
func (b *bench) prepared(f fault, caller *caller, release, returned <-chan struct{}) faultproxy.Fault {
	do := f.do
	if f.late {
		do.Late = release
	}
	switch {
	case f.ends == cancelAnswering:
		seen := b.proxy.Stats().Read
		do.Midway = func() {
			b.awaitRead(seen + 1)
			wait(nil, nil, hangUp)
			caller.end(context.Canceled)
			wait(nil, returned, hangUp)
		}
	case f.silent:
		most := hangUp
		if f.ends == outOfPatience {
			most = settling
		}
		do.Hold = func(gone <-chan struct{}) {
			switch f.ends {
			case cancelArrived:
				caller.end(context.Canceled)
			case expireArrived:
				caller.end(context.DeadlineExceeded)
			}
			wait(gone, returned, most)
		}
	}
	return do
}

// wait returns when one of the channels is closed, or after d.
func wait(a, b <-chan struct{}, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-a:
	case <-b:
	case <-timer.C:
	}
}

func (b *bench) awaitRead(n int64) {
	ctx, cancel := context.WithTimeout(context.Background(), settling)
	defer cancel()
	_ = b.proxy.WaitRead(ctx, n) // a payer that reads nothing gets the same fault, later
}

// closeIdle closes the connections that the payer keeps, and waits until it has noticed.
func (b *bench) closeIdle() {
	ctx, cancel := context.WithTimeout(context.Background(), settling)
	defer cancel()
	if err := b.proxy.CloseIdle(ctx, false); err != nil {
		b.errorf("the payer does not notice that its idle connections were closed")
	}
}

// snapshot asks another payer about req before it is paid, and keeps what the provider's reads
// show.
func (b *bench) snapshot(req payment.Request) map[string]faultproxy.Answer {
	payer := b.newPayer()
	a, err := payer.Prepare(req)
	if err != nil {
		b.errorf("Prepare of an order that can be paid: %v", err)
		return nil
	}
	var mu sync.Mutex
	seen := map[string]faultproxy.Answer{}
	b.plan(faultproxy.Plan{Request: func(r *http.Request) faultproxy.Fault {
		key := readKey(r)
		return faultproxy.Fault{Answer: func(answer faultproxy.Answer) faultproxy.Answer {
			mu.Lock()
			defer mu.Unlock()
			seen[key] = answer
			return answer
		}}
	}})
	a.SentAt = time.Now()
	b.call("Lookup", func() {
		p, err := payer.Lookup(context.Background(), a)
		b.heard(p, err)
		if err == nil && p.Paid() {
			b.errorf("Lookup said %s before anything was paid", outcome(p, err))
		}
	})
	b.drain()
	b.plan(faultproxy.Plan{})
	mu.Lock()
	defer mu.Unlock()
	return seen
}

// freeze lets reads show what they showed in the snapshot.
func (b *bench) freeze(before map[string]faultproxy.Answer) {
	b.plan(faultproxy.Plan{Request: func(r *http.Request) faultproxy.Fault {
		old, ok := before[readKey(r)]
		if !ok || r.Method != http.MethodGet {
			return faultproxy.Fault{}
		}
		return faultproxy.Fault{Skip: true, Answer: func(faultproxy.Answer) faultproxy.Answer { return old }}
	}})
}

func readKey(r *http.Request) string { return r.Method + " " + r.URL.RequestURI() }
