package duffel

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/duffel/duffeltest"
	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/httpcall"
)

// TestCallsHaveTheKey: an observer is told the payment's key without a journal too.
func TestCallsHaveTheKey(t *testing.T) {
	srv := duffeltest.NewServer()
	defer srv.Close()
	var keys []string
	c, err := New(srv.Token, WithBaseURL(srv.URL), WithTransport(srv.Transport()),
		WithObserver(func(ctx context.Context, c httpcall.Call) (context.Context, func(httpcall.Result)) {
			keys = append(keys, c.Key)
			return ctx, nil
		}))
	if err != nil {
		t.Fatal(err)
	}
	amount, err := payment.ParseMoney("30.20", "GBP")
	if err != nil {
		t.Fatal(err)
	}
	req := payment.Request{Key: "row-17", OrderID: srv.AddOrder(duffeltest.Order{Price: amount}), Amount: amount}
	if _, err := c.Pay(t.Context(), req); err != nil {
		t.Fatal(err)
	}
	a, err := c.Prepare(req)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = c.Lookup(t.Context(), a)
	if len(keys) < 2 {
		t.Errorf("%d calls", len(keys))
	}
	for _, key := range keys {
		if diff := cmp.Diff("row-17", key); diff != "" {
			t.Error(diff)
		}
	}
}
