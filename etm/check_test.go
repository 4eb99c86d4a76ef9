package etm

import (
	"context"
	"errors"
	"testing"

	"github.com/supplierpay/supplierpay-go/etm/etmtest"
	"github.com/supplierpay/supplierpay-go/payment"
)

func TestCheck(t *testing.T) {
	srv, c := simulate(t, nil)
	for n := range 2 { // a session in use proves nothing: each Check logs in
		wantCheck(t, t.Context(), "good", c, nil)
		if srv.Count(etmtest.Login) != n+1 || srv.Count("") != n+1 {
			t.Errorf("%d logins in %d calls, want %d", srv.Count(etmtest.Login), srv.Count(""), n+1)
		}
	}
	if _, err := c.ListOrders(t.Context(), nil); err != nil || srv.Count(etmtest.Login) != 2 {
		t.Errorf("%v; the session of the check is not used: %d logins", err, srv.Count(etmtest.Login))
	}
	wantCheck(t, gone(t), "cancelled", c, context.Canceled, payment.ErrUnauthenticated, payment.ErrUnavailable)
	wantCheck(t, t.Context(), "wrong password", newTestClient(t, srv.URL, B2BLogin(testLogin, "another-password")), payment.ErrUnauthenticated)
	wantCheck(t, t.Context(), "no host", newTestClient(t, "http://127.0.0.1:1", B2BLogin(testLogin, testPassword)), payment.ErrUnavailable, payment.ErrUnauthenticated)
	wantCheck(t, t.Context(), "no session", serve(t, map[string]answer{"POST /api/login": {body: `{"status":"error"}`}}).b2b(t), payment.ErrUnauthenticated)
}

func (s *script) b2b(t *testing.T) *Client {
	return newTestClient(t, s.URL, B2BLogin(testLogin, testPassword))
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
