package musement

import (
	"context"
	"errors"
	"testing"

	"github.com/supplierpay/supplierpay-go/musement/musementtest"
	"github.com/supplierpay/supplierpay-go/payment"
)

func TestCheck(t *testing.T) {
	srv, c := simulate(t)
	for n := range 2 {
		wantCheck(t, t.Context(), "good", c, nil)
		if srv.Count(musementtest.Login) != 1 || srv.Count(musementtest.GetCurrencies) != n+1 || srv.Count("") != n+2 {
			t.Errorf("%d calls, of them %d of the list", srv.Count(""), srv.Count(musementtest.GetCurrencies))
		}
	}
	srv.RevokeTokens()
	wantCheck(t, t.Context(), "token revoked", c, nil)
	wantCheck(t, gone(t), "cancelled", c, context.Canceled, payment.ErrUnauthenticated, payment.ErrUnavailable)
	wantCheck(t, gone(t), "cancelled before a login", clientOf(t, srv, srv.URL), context.Canceled, payment.ErrUnauthenticated, payment.ErrUnavailable)
	wantCheck(t, t.Context(), "no host", clientOf(t, srv, "http://127.0.0.1:1"), payment.ErrUnavailable, payment.ErrUnauthenticated)
	for name, cred := range map[string]Credentials{
		"wrong secret":      {payment.NewSecret(srv.Application), srv.ClientID, payment.NewSecret("another-secret")},
		"wrong application": {payment.NewSecret("another-application"), srv.ClientID, payment.NewSecret(srv.ClientSecret)},
	} {
		wrong, err := New(cred, WithBaseURL(srv.URL))
		if err != nil {
			t.Fatal(err)
		}
		defer wrong.CloseIdleConnections()
		wantCheck(t, t.Context(), name, wrong, payment.ErrUnauthenticated)
	}
	page := serve(t, map[string]answer{"GET /currencies": {body: "<html>"}}).client(t)
	if err := page.Check(t.Context()); err == nil {
		t.Error("a page of somebody else's passes")
	}
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
