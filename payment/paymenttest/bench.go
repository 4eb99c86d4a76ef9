package paymenttest

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"runtime/pprof"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/supplierpay/supplierpay-go/internal/faultproxy"
	"github.com/supplierpay/supplierpay-go/payment"
)

const (
	// patience is Site.Timeout where it does not matter.
	patience = 20 * time.Second
	// watchdog is how long a call may take before the suite gives up on it.
	watchdog = time.Minute
	// settling bounds the waits for what should happen at once.
	settling = 5 * time.Second
)

// bench is one case with its harness, its proxy and what went wrong.
type bench struct {
	h       Harness
	proxy   *faultproxy.Proxy
	timeout time.Duration
	label   string

	tb         testing.TB
	newHarness func(testing.TB) Harness

	transports []*http.Transport
	started    []payment.Payer

	mu       sync.Mutex
	problems []string
	arrivals []arrival
	spoken   []string // all that the payer said, for the search for secrets
	handled  func()
}

// arrival is a request that reached the proxy in full.
type arrival struct {
	method, uri string
	header      http.Header
	body        []byte
}

// newBench starts a harness's provider behind a proxy. close must be called.
func newBench(tb testing.TB, newHarness func(testing.TB) Harness, label string, secure bool, timeout time.Duration) *bench {
	tb.Helper()
	b := &bench{h: newHarness(tb), label: label, timeout: timeout, tb: tb, newHarness: newHarness}
	if missing := b.h.incomplete(); len(missing) > 0 {
		tb.Fatalf("the harness lacks %s", strings.Join(missing, ", "))
	}
	proxy, err := faultproxy.Start(http.HandlerFunc(b.serve), secure)
	if err != nil {
		tb.Fatal(err)
	}
	b.proxy = proxy
	b.plan(faultproxy.Plan{})
	return b
}

// serve is the provider.
func (b *bench) serve(w http.ResponseWriter, r *http.Request) {
	b.h.Handler.ServeHTTP(w, r)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.handled != nil {
		b.handled()
	}
}

// onHandled has f called whenever the provider has handled a request, one at a time; nil ends it.
func (b *bench) onHandled(f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.handled = f
}

// plan sets what goes wrong from now on.
func (b *bench) plan(p faultproxy.Plan) {
	arrived := p.Arrived
	p.Arrived = func(r *http.Request, body []byte) {
		b.mu.Lock()
		b.arrivals = append(b.arrivals, arrival{r.Method, r.URL.RequestURI(), r.Header.Clone(), bytes.Clone(body)})
		b.mu.Unlock()
		if arrived != nil {
			arrived(r, body)
		}
	}
	b.proxy.Set(p)
}

func (b *bench) errorf(format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.problems = append(b.problems, fmt.Sprintf(format, args...))
}

// since returns the requests that arrived after the first n.
func (b *bench) since(n int) []arrival {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.arrivals[n:len(b.arrivals):len(b.arrivals)]
}

func (b *bench) arrived() int { return len(b.since(0)) }

// newPayer returns a payer of the harness. Whatever it starts is marked as its own.
func (b *bench) newPayer() payment.Payer {
	var payer payment.Payer
	site := Site{BaseURL: b.proxy.URL, Transport: b.proxy.Transport(), Timeout: b.timeout}
	b.transports = append(b.transports, site.Transport)
	b.within(func() { payer = b.h.NewPayer(site) })
	b.started = append(b.started, payer)
	return payer
}

// within runs f with the case's label on its goroutine and on all that it starts, and waits for it.
func (b *bench) within(f func()) {
	pprof.Do(context.Background(), pprof.Labels(labelKey, b.label), func(context.Context) { f() })
}

// call runs one call of the payer under the watchdog.
func (b *bench) call(name string, f func()) {
	done := make(chan struct{})
	b.within(func() {
		go func() {
			defer close(done)
			f()
		}()
	})
	timer := time.NewTimer(watchdog)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
		b.errorf("%s did not return within %v", name, watchdog)
		b.proxy.Close() // which ends whatever it waits for
		<-done
	}
}

// paying is one call of Pay, and of Continue behind it, and what a journal would have kept of it.
type paying struct {
	req     payment.Request
	attempt payment.Attempt
	p       payment.Payment
	err     error
	first   int // how many requests had arrived before
	last    int // and how many when it returned
}

// pay pays req as a journal would. Hooks may forbid steps; a nil Mark records.
func (b *bench) pay(ctx context.Context, payer payment.Payer, req payment.Request, hooks payment.Hooks) *paying {
	g := &paying{req: req, first: b.arrived()}
	g.last = g.first
	a, err := payer.Prepare(req)
	if err != nil {
		b.errorf("Prepare of an order that can be paid: %v", err)
		g.err = err
		return g
	}
	a.SentAt = time.Now()
	var mu sync.Mutex
	record := hooks.Mark
	hooks.Mark = func(ctx context.Context, m payment.Mark) error {
		if record != nil {
			if err := record(ctx, m); err != nil {
				return err
			}
		}
		m.At = time.Now()
		mu.Lock()
		defer mu.Unlock()
		a.Marks = append(a.Marks, m)
		return nil
	}
	b.call("Pay", func() {
		ctx := payment.WithHooks(ctx, hooks)
		g.p, g.err = payer.Pay(ctx, req)
		if g.err == nil && g.p.Status == payment.ActionRequired && b.h.Continue != nil {
			mu.Lock()
			so := a.After(g.p, nil)
			mu.Unlock()
			g.p, g.err = b.h.Continue(ctx, payer, so, g.p)
		}
	})
	mu.Lock()
	defer mu.Unlock()
	g.last = b.arrived()
	g.attempt = a.After(g.p, g.err)
	b.heard(g.p, g.err)
	return g
}

// requests are those that came during the call.
func (g *paying) requests(b *bench) []arrival { return b.since(g.first)[:g.last-g.first] }

// drain waits until the ledger stands still.
func (b *bench) drain() {
	ctx, cancel := context.WithTimeout(context.Background(), settling)
	defer cancel()
	if err := b.proxy.Drain(ctx); err != nil {
		b.errorf("requests of the payer are still under way %v after it returned", settling)
	}
}

// close ends the case, and looks for what the payer left behind.
func (b *bench) close() {
	b.searchSecrets()
	for _, p := range b.started {
		if c, ok := p.(interface{ CloseIdleConnections() }); ok {
			c.CloseIdleConnections()
		}
	}
	for _, t := range b.transports {
		t.CloseIdleConnections()
	}
	b.checkLeft()
	b.proxy.Close()
}

// once pays a new order without any fault, and complains unless the answer is as good as the clean
// one was.
func (b *bench) once(payer payment.Payer) *paying {
	g := b.pay(context.Background(), payer, b.h.Place(), payment.Hooks{})
	b.drain()
	if g.err != nil {
		b.errorf("a payment without faults failed: %v", g.err)
	}
	b.judge(g)
	return g
}

// outcome says what a call came to, for messages.
func outcome(p payment.Payment, err error) string {
	switch {
	case err == nil:
		return fmt.Sprintf("payment %q", p.Status)
	case p.Status != "":
		return fmt.Sprintf("payment %q and error [%v]", p.Status, err)
	default:
		return fmt.Sprintf("error [%v]", err)
	}
}
