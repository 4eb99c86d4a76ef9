package activeplatform

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/supplierpay/supplierpay-go/activeplatform/activeplatformtest"
	"github.com/supplierpay/supplierpay-go/payment"
)

func TestCheck(t *testing.T) {
	families(t, func(t *testing.T, opts ...Option) {
		srv := simulator(t)
		srv.AddAccount(activeplatformtest.Account{})
		c := newTestClient(t, srv.URL, opts...)
		wantCheck(t, t.Context(), "good", c, nil)
		got, want := srv.Requests(""), "page=1&per_page=1"
		if c.reseller != "" {
			want = "page%5Bnumber%5D=1&page%5Bsize%5D=1"
		}
		if len(got) != 1 || got[0].Method != "GET" || !strings.Contains(got[0].URL.RawQuery, want) {
			t.Errorf("%d calls: %+v", len(got), got)
		}
		wantCheck(t, gone(t), "cancelled", c, context.Canceled, payment.ErrUnauthenticated, payment.ErrUnavailable)
		wantCheck(t, t.Context(), "no host", newTestClient(t, "http://127.0.0.1:1", opts...), payment.ErrUnavailable, payment.ErrUnauthenticated)
		other, err := New(srv.URL, "another-token", append([]Option{WithCurrency("USD")}, opts...)...)
		if err != nil {
			t.Fatal(err)
		}
		defer other.CloseIdleConnections()
		wantCheck(t, t.Context(), "wrong token", other, payment.ErrUnauthenticated)
	})
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
