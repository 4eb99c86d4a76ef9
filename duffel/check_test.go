package duffel

import (
	"context"
	"errors"
	"testing"

	"github.com/supplierpay/supplierpay-go/duffel/duffeltest"
	"github.com/supplierpay/supplierpay-go/payment"
)

func TestCheck(t *testing.T) {
	srv, c, req := simulator(t, duffeltest.Order{})
	wantCheck(t, t.Context(), "good", c, nil)
	got := srv.Requests(duffeltest.ListOrders)
	if len(got) != 1 || got[0].URL.RawQuery != "limit=1" || srv.Count("") != 1 {
		t.Errorf("%d calls, of them %d lists: %+v", srv.Count(""), len(got), got)
	}
	wantCheck(t, gone(t), "cancelled", c, context.Canceled, payment.ErrUnauthenticated, payment.ErrUnavailable)
	wantCheck(t, t.Context(), "wrong token", newTestClient(t, srv.URL), payment.ErrUnauthenticated)
	wantCheck(t, t.Context(), "no host", newTestClient(t, "http://127.0.0.1:1"), payment.ErrUnavailable, payment.ErrUnauthenticated)
	taken(t, srv, req.OrderID, 0)
}

// wantCheck compares what Check says: nil, or the sentinels that are in its error, and never that money may have moved on.
func wantCheck(t *testing.T, ctx context.Context, name string, c *Client, want error, not ...error) {
	t.Helper()
	err := c.Check(ctx)
	if !errors.Is(err, want) {
		t.Errorf("%s: %v, want %v", name, err, want)
	}
	for _, other := range not {
		if errors.Is(err, other) {
			t.Errorf("%s: %v is %v too", name, err, other)
		}
	}
	var e *payment.Error
	if err != nil && (!errors.As(err, &e) || e.Provider != provider || e.Outcome != payment.Unknown) {
		t.Errorf("%s: %+v is no error of a read of ours", name, err)
	}
}

func gone(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}
