package main

import (
	"strings"
	"testing"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/once"
)

// TestSoak is the short run: every provider, a few orders, and no money taken twice, lost or made up.
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
			if r.taken == 0 || r.faults == 0 || r.calls < r.payments {
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

// TestArguments: what cannot be run is said.
func TestArguments(t *testing.T) {
	for _, args := range [][]string{{"-seed", "one"}, {"-providers", "nobody"}} {
		var out strings.Builder
		if err := run(t.Context(), args, &out); err == nil {
			t.Errorf("%q ran", args)
		}
	}
}
