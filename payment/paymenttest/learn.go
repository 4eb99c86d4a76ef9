package paymenttest

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/supplierpay/supplierpay-go/payment"
)

// step is one request of a payment without faults.
type step struct {
	method string
	path   []string // its segments, anySegment where they differ between two payments
	pays   bool     // the money is taken by it
}

const anySegment = "*"

func (s step) matches(r arrival) bool {
	path := segments(r.uri)
	if s.method != r.method || len(s.path) != len(path) {
		return false
	}
	for i, segment := range s.path {
		if segment != anySegment && segment != path[i] {
			return false
		}
	}
	return true
}

func segments(uri string) []string {
	path, _, _ := strings.Cut(uri, "?")
	return strings.Split(path, "/")
}

// sequence is what a clean payment looks like.
type sequence struct {
	steps []step
	p     payment.Payment
	// times is how many requests of the kind that pays there are, repeats of a clean payment
	// included.
	times int
}

// learn pays two orders and watches. With warm their payers have paid others before.
func learn(t *testing.T, newHarness func(testing.TB) Harness, warm bool) sequence {
	t.Helper()
	b := newBench(t, newHarness, t.Name()+"/learn", false, patience)
	defer b.proxy.Close() // what a payer leaves behind is for the cases to find
	first, took, g := b.watch(warm)
	second, _, _ := b.watch(warm)
	if g.err != nil || len(b.problems) > 0 {
		t.Fatalf("a payment without faults: %s; %q", outcome(g.p, g.err), b.problems)
	}
	if len(first) == 0 || len(first) != len(second) {
		t.Fatalf("two payments without faults sent %d and %d requests through Site.Transport", len(first), len(second))
	}
	seq := sequence{p: g.p}
	for i, r := range first {
		st := step{method: r.method, path: segments(r.uri), pays: i == took}
		other := segments(second[i].uri)
		if st.method != second[i].method || len(st.path) != len(other) {
			t.Fatalf("request %d of two payments without faults: %s %s and %s %s", i+1, r.method, r.uri, second[i].method, second[i].uri)
		}
		for k := range st.path {
			if st.path[k] != other[k] {
				st.path[k] = anySegment
			}
		}
		seq.steps = append(seq.steps, st)
	}
	seq.markPayment()
	seq.times = len(seq.paying(first))
	return seq
}

// watch pays an order with a payer of its own, and returns the requests and which of them took the
// money, -1 if none.
func (b *bench) watch(warm bool) (requests []arrival, took int, g *paying) {
	payer := b.newPayer()
	if warm {
		b.once(payer)
	}
	req := b.h.Place()
	took = -1
	calls := 0
	b.onHandled(func() {
		if took < 0 && len(b.h.Taken(req.OrderID)) > 0 {
			took = calls
		}
		calls++
	})
	g = b.pay(context.Background(), payer, req, payment.Hooks{})
	b.drain()
	b.onHandled(nil)
	b.judge(g)
	return g.requests(b), took, g
}

// markPayment sees to it that some request counts as the one that pays: of a provider that takes
// the money some time later it is the last that is no plain read.
func (s *sequence) markPayment() {
	last := len(s.steps) - 1
	for i := len(s.steps) - 1; i >= 0; i-- {
		if s.steps[i].pays {
			return
		}
		if s.steps[i].method != http.MethodGet && s.steps[last].method == http.MethodGet {
			last = i
		}
	}
	s.steps[last].pays = true
}

// pays reports whether r is of the kind that takes the money.
func (s *sequence) pays(r arrival) bool {
	for _, st := range s.steps {
		if st.pays && st.matches(r) {
			return true
		}
	}
	return false
}

func (s *sequence) paying(requests []arrival) []arrival {
	var found []arrival
	for _, r := range requests {
		if s.pays(r) {
			found = append(found, r)
		}
	}
	return found
}
