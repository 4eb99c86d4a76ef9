package sqltest

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/once"
)

// eventually waits for something that another process or a server is about to do.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.NewTimer(time.Minute)
	defer deadline.Stop()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("waited too long for %s", what)
		}
	}
}

// TestCrash kills a process at every boundary of a payment. Then another one settles what is left and pays again, as a
// customer does who got no answer: the money is taken once, and the row knows it.
func TestCrash(t *testing.T) {
	const held point = "while the provider takes the money"
	for name, provider := range providers() {
		for _, at := range []struct {
			point
			arrives int // payment requests that arrive
		}{
			{beforeBegin, 0}, {afterBegin, 0}, {beforeMark, 0}, {afterMark, 0}, {afterConnect, 0}, {afterWrite, 1}, {held, 1},
			{answerComes, 1}, {beforeFinish, 1}, {afterFinish, 1},
		} {
			if !provider.marks && (at.point == beforeMark || at.point == afterMark) {
				continue
			}
			t.Run(name+"/"+string(at.point), func(t *testing.T) {
				t.Parallel()
				eachDatabase(t, func(t *testing.T, p place) {
					const key = "booking-1"
					store, _ := p.store(t)
					sim := provider.start(t, key)
					if provider.second != nil {
						open(t, provider, sim, store, key)
					}
					c := child{Place: p, Provider: name, Access: sim.access, Keys: []string{key}, KillAt: at.point}
					if at.point == held {
						arrived, release := make(chan struct{}), make(chan struct{})
						sim.hold(func() { close(arrived) }, release)
						cmd := c.start(t)
						<-arrived
						if err := cmd.Process.Kill(); err != nil {
							t.Error(err)
						}
						killed(t, cmd)
						if provider.second != nil {
							refused(t, provider, sim, store, key)
						}
						close(release)
					} else {
						killed(t, c.start(t))
					}
					eventually(t, "the request to arrive", func() bool { return sim.requests() >= at.arrives })
					sim.idle()
					if n := sim.taken(); n != at.arrives {
						t.Fatalf("taken %d times by the process that was killed, want %d", n, at.arrives)
					}
					if provider.second != nil && at.arrives > 0 {
						traced(t, store, key)
					}
					settle(t, p, provider, sim, store, key, at.arrives == 1)
				})
			})
		}
	}
}

// another is a process beside the one that is killed: all it knows is the request, which it returns, and the journal.
func another(t *testing.T, provider provider, sim simulated, store once.Store, key string) (*once.Payer, payment.Request) {
	t.Helper()
	client, err := provider.client(sim.access, &http.Transport{})
	if err != nil {
		t.Fatal(err)
	}
	req, err := sim.request(provider, key)
	if err != nil {
		t.Fatal(err)
	}
	return journaled(t, client, store), req
}

// open takes the first step of a payment, up to where its customer has passed 3-D Secure.
func open(t *testing.T, provider provider, sim simulated, store once.Store, key string) {
	t.Helper()
	payer, req := another(t, provider, sim, store, key)
	got, err := payer.Pay(t.Context(), req)
	if err != nil || got.Status != payment.ActionRequired || sim.taken() != 0 {
		t.Fatalf("the first step: %q, %v; taken %d times", got.Status, err, sim.taken())
	}
	sim.approve()
}

// refused demands that nobody takes a second step that somebody else is taking.
func refused(t *testing.T, provider provider, sim simulated, store once.Store, key string) {
	t.Helper()
	payer, req := another(t, provider, sim, store, key)
	if _, err := continued(t.Context(), payer, req, provider.second); !errors.Is(err, payment.ErrInProgress) {
		t.Errorf("another second step at the same time: %v", err)
	}
}

// traced demands that the journal knew of the step before its request left.
func traced(t *testing.T, store once.Store, key string) {
	t.Helper()
	rows, err := store.Rows(t.Context(), "test", key)
	if err != nil || len(rows) != 1 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	if r := rows[0]; r.State != once.Started && r.State != once.Paid || len(r.Attempt.Marks) == 0 {
		t.Errorf("the request was sent, and the row is %q with the marks %v", r.State, r.Attempt.Marks)
	}
}

// settle is the life after the crash.
func settle(t *testing.T, p place, provider provider, sim simulated, store once.Store, key string, taken bool) {
	t.Helper()
	age(t, p, 25*time.Hour)
	if sim.later != nil {
		sim.later()
	}
	payer, req := another(t, provider, sim, store, key)
	if _, err := payer.Reconcile(t.Context()); err != nil {
		t.Fatal(err)
	}
	last := func() once.State {
		s := states(t, payer, key)
		if len(s) == 0 {
			return ""
		}
		return s[len(s)-1]
	}
	if s := last(); taken != (s == once.Paid) {
		t.Fatalf("taken %v, and after Reconcile the row is %q", taken, s)
	}
	pay := func() (payment.Payment, error) {
		got, err := payer.Pay(t.Context(), req)
		if err == nil && got.Status == payment.ActionRequired && sim.approve != nil {
			sim.approve()
			return continued(t.Context(), payer, req, provider.second)
		}
		return got, err
	}
	got, err := pay()
	if err != nil && !taken && last() == once.Unknown {
		// The provider cannot prove that nothing was taken; a person reads its books.
		if err := payer.Resolve(t.Context(), key, once.DecideNotTaken, "ann", "not in the provider's books"); err != nil {
			t.Fatal(err)
		}
		got, err = pay()
	}
	if err != nil || !got.Paid() || sim.taken() != 1 || last() != once.Paid {
		t.Errorf("in the end %q, %v; the row is %q; taken %d times", got.Status, err, last(), sim.taken())
	}
}
