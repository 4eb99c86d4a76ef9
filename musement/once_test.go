package musement

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/supplierpay/supplierpay-go/musement/musementtest"
	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/once"
)

// pipes is a listener without a network, so that a simulator fits into a synctest bubble, where hours pass at once.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { close(p.done); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case p.conns <- server:
		return client, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// bench is a simulator and a journal that outlive the processes that use them.
type bench struct {
	t     *testing.T
	srv   *musementtest.Server
	store *once.Memory
	pipes *pipes
	order musementtest.Order
}

func newBench(t *testing.T, o musementtest.Order) *bench {
	b := &bench{t: t, srv: musementtest.NewServer(musementtest.WithoutListener()), store: once.NewMemory(),
		pipes: &pipes{conns: make(chan net.Conn), done: make(chan struct{})}}
	o.Price = mustMoney(t, "10.00", "USD")
	b.order = b.srv.AddOrder(o)
	server := &http.Server{Handler: b.srv.Handler()}
	go func() { _ = server.Serve(b.pipes) }()
	t.Cleanup(func() {
		b.srv.Close()
		_ = server.Close()
	})
	return b
}

// process is a payer of a process that has just begun: all it knows is in the journal.
func (b *bench) process(mw ...func(http.RoundTripper) http.RoundTripper) *once.Payer {
	b.t.Helper()
	c := clientOf(b.t, b.srv, "http://127.0.0.1:1", WithTransport(&http.Transport{DialContext: b.pipes.dial}), WithMiddleware(mw...))
	p, err := once.New(c, b.store, once.Name("musement-test"))
	if err != nil {
		b.t.Fatal(err)
	}
	return p
}

// state is the state of the key's last attempt.
func (b *bench) state(p *once.Payer, key string) once.State {
	b.t.Helper()
	rows, err := p.Get(b.t.Context(), key)
	if err != nil || len(rows) == 0 {
		b.t.Fatalf("key %s: %v, %v", key, rows, err)
	}
	return rows[len(rows)-1].State
}

// pass lets the time go by that a journal waits before it believes that nothing was taken.
func (b *bench) pass() {
	t := b.client().Timing()
	<-time.After(4*t.LongestCall + t.Settling)
}

// died is what a process panics with.
type died struct{}

// crashes makes the process die at the completion: before its request leaves, or when its answer is here.
func crashes(before bool) func(http.RoundTripper) http.RoundTripper {
	return func(next http.RoundTripper) http.RoundTripper {
		return roundTrip(func(r *http.Request) (*http.Response, error) {
			if !strings.HasSuffix(r.URL.Path, "/complete_3d_secure") {
				return next.RoundTrip(r)
			}
			if !before {
				resp, err := next.RoundTrip(r)
				if err == nil {
					_ = resp.Body.Close()
				}
			}
			panic(died{})
		})
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// continueAndDie calls Continue in a process that does not survive it.
func (b *bench) continueAndDie(p *once.Payer, a payment.Attempt) {
	defer func() {
		if _, ok := recover().(died); !ok {
			b.t.Error("the process lived on")
		}
	}()
	_, _ = p.Continue(b.t.Context(), a, Continuation{})
}

// payByCard ends a card payment under the key, from its start to the money.
func (b *bench) payByCard(p *once.Payer, key string) {
	b.t.Helper()
	req := splitRequest(key, b.order)
	pay, err := p.Pay(b.t.Context(), req)
	wantVerdict(b.t, pay, err, verdict{Status: payment.ActionRequired})
	a, err := p.Prepare(req)
	if err != nil {
		b.t.Fatal(err)
	}
	b.srv.PassChallenge(b.order.UUID)
	pay, err = p.Continue(b.t.Context(), a, Continuation{})
	wantVerdict(b.t, pay, err, verdict{Status: payment.Succeeded})
	if s := b.state(p, key); s != once.Paid {
		b.t.Errorf("key %s is %s, want paid", key, s)
	}
}

func (b *bench) client() *Client {
	return clientOf(b.t, b.srv, "http://127.0.0.1:1", WithTransport(&http.Transport{DialContext: b.pipes.dial}))
}

// TestCrashBeforeCompletion: the process that knew the customer's next step is gone. The journal says so, Abandon ends the
// payment once Musement has settled, and a new key pays.
func TestCrashBeforeCompletion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, musementtest.Order{})
		pay, err := b.process().Pay(t.Context(), splitRequest("k1", b.order))
		wantVerdict(t, pay, err, verdict{Status: payment.ActionRequired})

		p := b.process()
		_, err = p.Pay(t.Context(), splitRequest("k1", b.order))
		if !errors.Is(err, payment.ErrNextActionLost) || payment.OutcomeOf(err) != payment.Unknown {
			t.Errorf("Pay after the crash: %v", err)
		}
		_, err = p.Pay(t.Context(), splitRequest("k2", b.order))
		if !errors.Is(err, payment.ErrScopeHeld) {
			t.Errorf("another key: %v", err)
		}
		if err := p.Abandon(t.Context(), "k1"); err == nil || b.state(p, "k1") != once.Open {
			t.Errorf("Abandon at once: %v, %s", err, b.state(p, "k1"))
		}
		if n := b.srv.Count(musementtest.StartSplit); n != 1 {
			t.Errorf("%d starts", n)
		}
		b.pass()
		if err := p.Abandon(t.Context(), "k1"); err != nil || b.state(p, "k1") != once.Released {
			t.Fatalf("Abandon after the settling time: %v, %s", err, b.state(p, "k1"))
		}
		wantTaken(t, b.srv, b.order.UUID)
		b.payByCard(p, "k2")
		wantTaken(t, b.srv, b.order.UUID, "10.00 USD")
	})
}

// TestCrashInCompletion: the process dies inside the completion. The journal says unknown until Musement tells.
func TestCrashInCompletion(t *testing.T) {
	for name, tt := range map[string]struct {
		before bool                // the request never leaves
		fault  *musementtest.Fault // of the completion
		taken  bool
	}{
		"before the request":      {before: true},
		"with the answer":         {taken: true},
		"refused without a trace": {fault: &musementtest.Fault{NoAction: true}},
		"taken, shown late":       {fault: &musementtest.Fault{HideFor: 20 * time.Minute}, taken: true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, musementtest.Order{})
				dying := b.process(crashes(tt.before))
				req := splitRequest("k1", b.order)
				pay, err := dying.Pay(t.Context(), req)
				wantVerdict(t, pay, err, verdict{Status: payment.ActionRequired})
				a, err := dying.Prepare(req)
				if err != nil {
					t.Fatal(err)
				}
				b.srv.PassChallenge(b.order.UUID)
				if tt.fault != nil {
					tt.fault.Route = musementtest.Complete
					b.srv.Fail(*tt.fault)
				}
				b.continueAndDie(dying, a)

				p := b.process()
				rows, err := p.Get(t.Context(), "k1")
				if err != nil || len(rows) != 1 || rows[0].State != once.Unknown {
					t.Fatalf("the journal after the crash: %+v, %v", rows, err)
				}
				if m, ok := rows[0].Attempt.Marked("complete"); !ok || m.At.IsZero() {
					t.Errorf("no mark of the completion: %+v", rows[0].Attempt.Marks)
				}
				b.pass()
				if _, err := p.Reconcile(t.Context()); err != nil {
					t.Fatal(err)
				}
				if n := b.srv.Count(musementtest.Complete); n > 1 {
					t.Errorf("%d completions", n)
				}
				if tt.taken {
					if s := b.state(p, "k1"); s != once.Paid {
						t.Errorf("the journal says %s of a payment that was taken", s)
					}
					pay, err = p.Pay(t.Context(), req)
					wantVerdict(t, pay, err, verdict{Status: payment.Succeeded})
					wantTaken(t, b.srv, b.order.UUID, "10.00 USD")
					return
				}
				// The answer was never read, so order-info alone proves nothing: a person decides.
				if s := b.state(p, "k1"); s != once.Unknown {
					t.Fatalf("the journal says %s of a payment whose answer nobody knows", s)
				}
				wantTaken(t, b.srv, b.order.UUID)
				if err := p.Resolve(t.Context(), "k1", once.DecideNotTaken, "ann", "Musement's support has no payment"); err != nil {
					t.Fatal(err)
				}
				b.payByCard(p, "k2")
				wantTaken(t, b.srv, b.order.UUID, "10.00 USD")
			})
		})
	}
}

// TestAlreadyPaidIsSettled: a 423 of this very call is Unknown, and order-info settles it.
func TestAlreadyPaidIsSettled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, musementtest.Order{})
		b.srv.Fail(musementtest.Fault{Route: musementtest.NoPayment, Status: 423, Code: "-1"})
		p := b.process()
		_, err := p.Pay(t.Context(), noPaymentRequest("k1", b.order))
		if !errors.Is(err, payment.ErrAlreadyPaid) || payment.OutcomeOf(err) != payment.Unknown || b.state(p, "k1") != once.Unknown {
			t.Errorf("%v, %s", err, b.state(p, "k1"))
		}
		pay, err := p.Pay(t.Context(), noPaymentRequest("k1", b.order))
		wantVerdict(t, pay, err, verdict{Status: payment.Succeeded})
		wantTaken(t, b.srv, b.order.UUID, "10.00 USD")
	})
}
