package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/once"
)

// TestSoak is the short run: every provider, a few orders, and no money taken twice, lost or made
// up.
func TestSoak(t *testing.T) {
	for _, p := range providers() {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			r, err := soak(t.Context(), p, 60, 1, 40)
			if err != nil {
				t.Fatal(err)
			}
			if r.bad() {
				t.Errorf("%+v", r)
			}
			if r.taken == 0 || r.faults == 0 || r.calls < r.payments || r.released+r.unknown == 0 {
				t.Errorf("the soak did not hit: %+v", r)
			}
		})
	}
}

// TestComparison: the same orders, sent by go-retryablehttp, are paid twice and lost.
func TestComparison(t *testing.T) {
	for _, p := range providers() {
		if p.name != "activeplatform" { // which refuses no second payment
			continue
		}
		r := result{payments: 200}
		if err := r.compareNaive(t.Context(), p, 1, 40); err != nil {
			t.Fatal(err)
		}
		if !r.naive || r.naiveDouble == 0 || r.naiveLost == 0 {
			t.Errorf("double %d, lost %d, want some of both", r.naiveDouble, r.naiveLost)
		}
	}
}

// TestCompare: the soak sees what must not be.
func TestCompare(t *testing.T) {
	req := payment.Request{Key: "k", OrderID: "o", Amount: money("30.20", "GBP")}
	for name, c := range map[string]struct {
		taken []payment.Money
		state once.State
		want  func(r result) bool
	}{
		"double":     {[]payment.Money{req.Amount, req.Amount}, once.Paid, func(r result) bool { return r.double == 1 }},
		"lost":       {[]payment.Money{req.Amount}, once.Released, func(r result) bool { return r.lost == 1 }},
		"no row":     {[]payment.Money{req.Amount}, "", func(r result) bool { return r.lost == 1 }},
		"made up":    {nil, once.Paid, func(r result) bool { return r.falsePaid == 1 }},
		"too little": {[]payment.Money{money("30", "GBP")}, once.Paid, func(r result) bool { return len(r.problems) == 1 }},
	} {
		var r result
		var rows []once.Row
		if c.state != "" {
			rows = append(rows, once.Row{State: c.state})
		}
		if r.judge(req, c.taken, rows); !c.want(r) || !r.bad() {
			t.Errorf("%s: %+v", name, r)
		}
	}
	var r result
	if r.judge(req, []payment.Money{req.Amount}, []once.Row{{State: once.Unknown}}); r.bad() || r.unknown != 1 {
		t.Errorf("unknown is not lost: %+v", r)
	}
}

// TestExplained: a payment that is left without a reason is a problem.
func TestExplained(t *testing.T) {
	r := result{unknown: 2, why: map[string]int{"a reason": 1}}
	if r.explain(); len(r.problems) != 1 || !r.bad() {
		t.Errorf("%+v", r)
	}
	r = result{unknown: 2, why: map[string]int{"a reason": 1, "another": 1}}
	if r.explain(); r.bad() {
		t.Errorf("%+v", r)
	}
}

// TestSeed: a seed fixes the orders, and what meets the n-th event of a kind whatever happens
// beside it.
func TestSeed(t *testing.T) {
	for _, p := range providers() {
		orders := func(seed uint64) (all []string) {
			s := p.open()
			defer s.close()
			for _, req := range place(s, 20, seed) {
				all = append(all, fmt.Sprintf("%s %s %s %s", req.Key, req.OrderID, req.Amount, req.Method))
			}
			return all
		}
		if diff := cmp.Diff(orders(1), orders(1)); diff != "" {
			t.Errorf("%s: the same seed (-first +second):\n%s", p.name, diff)
		}
		if cmp.Equal(orders(1), orders(2)) {
			t.Errorf("%s: another seed, the same orders", p.name)
		}
	}
	writes := func(seed uint64, reads int) (all []string) {
		w := newWeather(seed, 40, &site{expire: func() {}})
		post, get := httptest.NewRequest(http.MethodPost, "/", nil), httptest.NewRequest(http.MethodGet, "/", nil)
		for range 300 {
			for range reads {
				w.request(get)
				_ = w.dial(t.Context())
				w.accept()
			}
			f := w.request(post)
			all = append(all, fmt.Sprintf("%d %t %t %t %t", f.Cut, f.Reset, f.Skip, f.Late != nil, f.Answer != nil))
		}
		return all
	}
	if diff := cmp.Diff(writes(1, 0), writes(1, 2)); diff != "" {
		t.Errorf("the n-th write of the same seed (-alone +among reads):\n%s", diff)
	}
	if cmp.Equal(writes(1, 0), writes(2, 0)) {
		t.Error("another seed, the same weather")
	}
}

// TestArguments: what cannot be run is said.
func TestArguments(t *testing.T) {
	for _, args := range [][]string{{"-seed", "one"}, {"-providers", "nobody"}} {
		var out strings.Builder
		if err := run(t.Context(), args, &out); err == nil {
			t.Errorf("%q ran", args)
		}
	}
}
