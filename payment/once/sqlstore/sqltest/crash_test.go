package sqltest

import (
	"net/http"
	"testing"
	"time"

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
						close(release)
					} else {
						killed(t, c.start(t))
					}
					eventually(t, "the request to arrive", func() bool { return sim.requests() >= at.arrives })
					sim.idle()
					if n := sim.taken(); n != at.arrives {
						t.Fatalf("taken %d times by the process that was killed, want %d", n, at.arrives)
					}
					settle(t, p, provider, sim, store, key, at.arrives == 1)
				})
			})
		}
	}
}

// settle is the life after the crash.
func settle(t *testing.T, p place, provider provider, sim simulated, store once.Store, key string, taken bool) {
	t.Helper()
	age(t, p, 25*time.Hour)
	if sim.later != nil {
		sim.later()
	}
	client, err := provider.client(sim.access, &http.Transport{})
	if err != nil {
		t.Fatal(err)
	}
	payer := journaled(t, client, store)
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
	req, err := sim.request(provider, key)
	if err != nil {
		t.Fatal(err)
	}
	got, err := payer.Pay(t.Context(), req)
	if err != nil && !taken && last() == once.Unknown {
		// The provider cannot prove that nothing was taken; a person reads its books.
		if err := payer.Resolve(t.Context(), key, once.DecideNotTaken, "ann", "not in the provider's books"); err != nil {
			t.Fatal(err)
		}
		got, err = payer.Pay(t.Context(), req)
	}
	if err != nil || !got.Paid() || sim.taken() != 1 || last() != once.Paid {
		t.Errorf("in the end %q, %v; the row is %q; taken %d times", got.Status, err, last(), sim.taken())
	}
}
