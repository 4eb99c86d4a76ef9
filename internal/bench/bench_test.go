package main

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// sides are the clients that are compared.
func sides(t testing.TB, p provider, to target) map[string]peer {
	t.Helper()
	all := map[string]peer{}
	for _, side := range []string{"ours", "hand", "retry"} {
		c, err := p.at(side, to)
		if err != nil {
			t.Fatal(err)
		}
		all[side] = c
	}
	return all
}

// TestEveryPeerPays makes each payment on each way and counts it at the backend.
func TestEveryPeerPays(t *testing.T) {
	b, err := newBackend()
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(b)
	defer srv.Close()
	for where, to := range map[string]target{
		"loopback": {base: srv.URL, transport: &http.Transport{}},
		"memory":   {base: "https://provider.example", stub: b},
	} {
		for _, p := range providers() {
			for side, c := range sides(t, p, to) {
				t.Run(where+"/"+p.name+"/"+side, func(t *testing.T) {
					for _, caller := range []int{0, callers - 1, 0} {
						before := b.payments.Load()
						if err := c.pay(t.Context(), caller); err != nil {
							t.Fatal(err)
						}
						if n := b.payments.Load() - before; n != 1 {
							t.Errorf("Pay paid %d times", n)
						}
					}
					if err := c.typed(t.Context(), 1); err != nil {
						t.Fatal(err)
					}
				})
			}
		}
	}
}

// BenchmarkPay is a payment over the backend in memory.
func BenchmarkPay(b *testing.B) {
	benchmark(b, func(p peer) func() error { return func() error { return p.pay(b.Context(), 0) } })
}

// BenchmarkTyped is the typed call that moves the money, over the backend in memory.
func BenchmarkTyped(b *testing.B) {
	benchmark(b, func(p peer) func() error { return func() error { return p.typed(b.Context(), 0) } })
}

func benchmark(b *testing.B, work func(peer) func() error) {
	back, err := newBackend()
	if err != nil {
		b.Fatal(err)
	}
	for _, p := range providers() {
		for _, side := range []string{"hand", "retry", "ours"} {
			call := work(sides(b, p, target{base: "https://provider.example", stub: back})[side])
			b.Run(p.name+"/"+side, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if err := call(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
