package live

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/supplierpay/supplierpay-go/duffel"
	"github.com/supplierpay/supplierpay-go/duffel/duffeltest"
	"github.com/supplierpay/supplierpay-go/payment"
)

// broken is a Duffel client with some of its methods replaced.
type broken struct {
	*duffel.Client
	prepare func(payment.Request) (payment.Attempt, error)
	pay     func(context.Context, payment.Request) (payment.Payment, error)
	lookup  func(context.Context, payment.Attempt) (payment.Payment, error)
}

func (b broken) Prepare(req payment.Request) (payment.Attempt, error) {
	if b.prepare != nil {
		return b.prepare(req)
	}
	return b.Client.Prepare(req)
}

func (b broken) Pay(ctx context.Context, req payment.Request) (payment.Payment, error) {
	if b.pay != nil {
		return b.pay(ctx, req)
	}
	return b.Client.Pay(ctx, req)
}

func (b broken) Lookup(ctx context.Context, a payment.Attempt) (payment.Payment, error) {
	if b.lookup != nil {
		return b.lookup(ctx, a)
	}
	return b.Client.Lookup(ctx, a)
}

// place returns a client for a simulator, and a request for an order there.
func place(t *testing.T) (*broken, payment.Request, Contract) {
	t.Helper()
	srv := duffeltest.NewServer()
	t.Cleanup(srv.Close)
	gate := ours(t, srv.URL)
	client := must[*duffel.Client](t)(duffel.New(srv.Token, duffel.WithBaseURL(srv.URL), duffel.WithMiddleware(gate.Wrap)))
	t.Cleanup(client.CloseIdleConnections)
	price := money(t, "30.20", "GBP")
	b := &broken{Client: client}
	return b, payment.Request{Key: NewKey(), OrderID: srv.AddOrder(duffeltest.Order{Price: price}), Amount: price}, contract(t, b, gate)
}

func wantError(t *testing.T, err error, want string) {
	t.Helper()
	switch {
	case want == "" && err != nil:
		t.Error(err)
	case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
		t.Errorf("error %v, want %q", err, want)
	}
}

// notFound is the one finding that takes all the patience there is.
const notFound = "did not find it"

func answered(orderID string, status payment.Status) payment.Payment {
	return payment.Payment{Provider: "duffel", OrderID: orderID, Status: status, MatchedBy: payment.MatchedByAnswer}
}

// TestBrokenPayers wants the contract to catch each of them.
func TestBrokenPayers(t *testing.T) {
	for _, tc := range []struct {
		name    string
		unheard bool
		breakIt func(b *broken)
		want    string
	}{
		{"none", false, func(*broken) {}, ""},
		{"none, unheard", true, func(*broken) {}, ""},
		{"says paid and has sent nothing", false, func(b *broken) {
			b.pay = func(_ context.Context, req payment.Request) (payment.Payment, error) {
				return answered(req.OrderID, payment.Succeeded), nil
			}
		}, notFound},
		{"waits for a customer who is not there", false, func(b *broken) {
			b.pay = func(_ context.Context, req payment.Request) (payment.Payment, error) {
				return answered(req.OrderID, payment.ActionRequired), nil
			}
		}, "the payment is action_required"},
		{"claims a proof that nothing was taken", false, func(b *broken) {
			b.lookup = func(context.Context, payment.Attempt) (payment.Payment, error) {
				return payment.Payment{}, &payment.Error{Outcome: payment.Refused, Kind: payment.ErrNoPayment}
			}
		}, "claims a proof"},
		{"finds another amount", false, func(b *broken) {
			b.lookup = func(_ context.Context, a payment.Attempt) (payment.Payment, error) {
				p := answered(a.OrderID, payment.Succeeded)
				p.Amount, _ = payment.ParseMoney("1.00", "GBP")
				return p, nil
			}
		}, "found 1.00 GBP"},
		{"calls a lost answer refused", true, func(b *broken) {
			b.pay = func(ctx context.Context, req payment.Request) (payment.Payment, error) {
				_, _ = b.Client.Pay(ctx, req)
				return payment.Payment{}, &payment.Error{Outcome: payment.Refused, Kind: payment.ErrDeclined}
			}
		}, "want outcome unknown"},
		{"sends again after a lost answer", true, func(b *broken) {
			b.pay = func(ctx context.Context, req payment.Request) (payment.Payment, error) {
				p, err := b.Client.Pay(ctx, req)
				_, _ = b.Client.Pay(ctx, req)
				return p, err
			}
		}, "2 requests"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b, req, c := place(t)
			tc.breakIt(b)
			if tc.want == notFound {
				c.Patience = 10 * time.Millisecond
			}
			run := c.Pay
			if tc.unheard {
				run = c.PayUnheard
			}
			wantError(t, run(t.Context(), req), tc.want)
		})
	}
}

// TestPayingAgain wants journals to be caught that let a second payment through.
func TestPayingAgain(t *testing.T) {
	for _, tc := range []struct {
		name  string
		again func(b *broken, first payment.Request) func(context.Context, payment.Request) (payment.Payment, error)
		want  string
	}{
		{"no journal", func(b *broken, _ payment.Request) func(context.Context, payment.Request) (payment.Payment, error) {
			return b.Client.Pay
		}, "the second Pay of its key"},
		{"no memory of orders", func(b *broken, first payment.Request) func(context.Context, payment.Request) (payment.Payment, error) {
			return func(ctx context.Context, req payment.Request) (payment.Payment, error) {
				if req.Key == first.Key {
					return answered(req.OrderID, payment.Succeeded), nil
				}
				return b.Client.Pay(ctx, req)
			}
		}, "Pay by another key"},
		{"right answers, and the payment is sent", func(b *broken, first payment.Request) func(context.Context, payment.Request) (payment.Payment, error) {
			return func(ctx context.Context, req payment.Request) (payment.Payment, error) {
				if _, err := b.Client.Pay(ctx, req); req.Key == first.Key {
					return answered(req.OrderID, payment.Succeeded), nil
				} else {
					return payment.Payment{}, &payment.Error{Outcome: payment.NotSent, Kind: payment.ErrScopeHeld, Err: err}
				}
			}
		}, "2 of them no GET"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b, req, c := place(t)
			a := must[payment.Attempt](t)(b.Prepare(req))
			if _, err := b.Client.Pay(t.Context(), req); err != nil {
				t.Fatal(err)
			}
			b.pay = tc.again(b, req)
			wantError(t, c.notAgain(t.Context(), b, a, req, true), tc.want)
		})
	}
}

func TestBrokenLookup(t *testing.T) {
	for _, tc := range []struct {
		name    string
		breakIt func(b *broken, req payment.Request)
		want    string
	}{
		{"none", func(*broken, payment.Request) {}, ""},
		{"pays", func(b *broken, req payment.Request) {
			b.lookup = func(ctx context.Context, a payment.Attempt) (payment.Payment, error) {
				_, _ = b.Client.Pay(ctx, req)
				_, _ = b.Client.Pay(ctx, req)
				return b.Client.Lookup(ctx, a)
			}
		}, "2 requests that are no GET"},
		{"fails", func(b *broken, _ payment.Request) {
			b.lookup = func(context.Context, payment.Attempt) (payment.Payment, error) {
				return payment.Payment{}, &payment.Error{Kind: payment.ErrUnavailable}
			}
		}, "provider unavailable"},
		{"is prepared another way each time", func(b *broken, _ payment.Request) {
			b.prepare = func(req payment.Request) (payment.Attempt, error) {
				a, err := b.Client.Prepare(req)
				a.Digest = NewKey()
				return a, err
			}
		}, "two calls of Prepare differ"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b, req, c := place(t)
			tc.breakIt(b, req)
			wantError(t, c.Lookup(t.Context(), req), tc.want)
		})
	}
}
