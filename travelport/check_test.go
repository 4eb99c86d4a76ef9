package travelport

import (
	"context"
	"errors"
	"testing"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/travelport/travelporttest"
)

func TestCheck(t *testing.T) {
	s := simulate(t, travelporttest.Reservation{})
	for n := range 2 { // a token in use proves nothing: each Check logs in
		wantCheck(t, t.Context(), "good", s.client, nil)
		if s.Count(travelporttest.Token) != n+1 || s.Count("") != n+1 {
			t.Errorf("%d logins in %d calls, want %d", s.Count(travelporttest.Token), s.Count(""), n+1)
		}
	}
	if _, err := s.client.GetReservation(t.Context(), s.locator, nil); err != nil || s.Count(travelporttest.Token) != 2 {
		t.Errorf("%v; the token of the check is not used: %d logins", err, s.Count(travelporttest.Token))
	}
	wantCheck(t, gone(t), "cancelled", s.client, context.Canceled, payment.ErrUnauthenticated, payment.ErrUnavailable)
	wrong, err := New(credentials(), WithBaseURL(s.BaseURL), WithTokenURL(s.TokenURL))
	if err != nil {
		t.Fatal(err)
	}
	defer wrong.CloseIdleConnections()
	wantCheck(t, t.Context(), "wrong credentials", wrong, payment.ErrUnauthenticated)
	wantCheck(t, t.Context(), "no host", s.newClient(t, WithTokenURL("http://127.0.0.1:1/oauth/token")), payment.ErrUnavailable, payment.ErrUnauthenticated)
	s.wantTaken(t)
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
