package otelpay_test

import (
	"bytes"
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/supplierpay/supplierpay-go/duffel"
	"github.com/supplierpay/supplierpay-go/duffel/duffeltest"
	"github.com/supplierpay/supplierpay-go/musement"
	"github.com/supplierpay/supplierpay-go/musement/musementtest"
	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/paymenttest"
)

// TestContract runs the contract of payers through watched clients and payers: the first pays in
// one step, the second has a second one. The suite finds goroutines and connections that are left,
// and secrets that are told.
func TestContract(t *testing.T) {
	t.Run("duffel", func(t *testing.T) { paymenttest.Run(t, duffelHarness()) })
	t.Run("musement", func(t *testing.T) { paymenttest.Run(t, musementHarness()) })
}

func duffelHarness() func(testing.TB) paymenttest.Harness {
	var accounts atomic.Int64
	return func(tb testing.TB) paymenttest.Harness {
		rec := newRecorder(tb)
		srv := duffeltest.NewServer(duffeltest.WithoutListener(),
			duffeltest.WithToken(fmt.Sprintf("duffel_test_account_%d", accounts.Add(1)+1000)))
		tb.Cleanup(srv.Close)
		var keys atomic.Int64
		place := func(mode duffeltest.Mode) payment.Request {
			n := keys.Add(1)
			price := money(tb, fmt.Sprintf("%d.20", n+30), "GBP")
			return payment.Request{Key: fmt.Sprintf("key-%d", n), OrderID: srv.AddOrder(duffeltest.Order{Price: price, Mode: mode}), Amount: price}
		}
		return paymenttest.Harness{
			Handler: srv.Handler(),
			NewPayer: func(site paymenttest.Site) payment.Payer {
				c, err := duffel.New(srv.Token, duffel.WithBaseURL(site.BaseURL), duffel.WithTransport(site.Transport),
					duffel.WithTimeout(site.Timeout), duffel.WithObserver(rec.observer()))
				if err != nil {
					tb.Fatal(err)
				}
				return rec.payer(c)
			},
			Place:   func() payment.Request { return place(duffeltest.Succeed) },
			Taken:   srv.Taken,
			Secrets: []string{srv.Token},
			Refusals: []paymenttest.Refusal{
				{Name: "declined", Kind: payment.ErrDeclined, Place: func() payment.Request { return place(duffeltest.Fail) }},
			},
			NewWord: func(body []byte) []byte {
				return bytes.Replace(body, []byte(`"status":"succeeded"`), []byte(`"status":"glorious"`), 1)
			},
		}
	}
}

func musementHarness() func(testing.TB) paymenttest.Harness {
	var partners atomic.Int64
	return func(tb testing.TB) paymenttest.Harness {
		rec := newRecorder(tb)
		srv := musementtest.NewServer(musementtest.WithoutListener(), musementtest.WithAccount(fmt.Sprintf("%d", partners.Add(1)+1000)))
		tb.Cleanup(srv.Close)
		var keys atomic.Int64
		return paymenttest.Harness{
			Handler: srv.Handler(),
			NewPayer: func(site paymenttest.Site) payment.Payer {
				return rec.payer(musementClient(tb, srv, musement.WithBaseURL(site.BaseURL), musement.WithTransport(site.Transport),
					musement.WithTimeout(site.Timeout), musement.WithObserver(rec.observer())))
			},
			Place:   func() payment.Request { return musementRequest(tb, srv, keys.Add(1), musementtest.Order{}) },
			Taken:   srv.Taken,
			Secrets: []string{srv.Application, srv.ClientSecret, cardToken},
			Continue: func(ctx context.Context, payer payment.Payer, a payment.Attempt, _ payment.Payment) (payment.Payment, error) {
				srv.PassChallenge(a.OrderID)
				return payer.(payment.Continuer).Continue(ctx, a, musement.Continuation{})
			},
			Refusals: []paymenttest.Refusal{{Name: "declined", Place: func() payment.Request {
				return musementRequest(tb, srv, keys.Add(1), musementtest.Order{Mode: musementtest.DeclineStart})
			}}},
		}
	}
}

const cardToken = "adyen-token-of-the-customer"

func musementClient(tb testing.TB, srv *musementtest.Server, options ...musement.Option) *musement.Client {
	tb.Helper()
	c, err := musement.New(musement.Credentials{Application: payment.NewSecret(srv.Application), ClientID: srv.ClientID,
		ClientSecret: payment.NewSecret(srv.ClientSecret)}, options...)
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// musementRequest is a card payment with a 3-D Secure step.
func musementRequest(tb testing.TB, srv *musementtest.Server, n int64, o musementtest.Order) payment.Request {
	tb.Helper()
	o.Price = money(tb, fmt.Sprintf("%d.20", n+10), "EUR")
	o = srv.AddOrder(o)
	return payment.Request{Key: fmt.Sprintf("key-%d", n), OrderID: o.UUID, Amount: o.Price, Method: musement.MethodSplit,
		Details: musement.Details{CartUUID: o.CartUUID, AdyenToken: payment.NewSecret(cardToken), CardBrand: "visa", CardCountry: "FR",
			ClientIP: payment.NewSecret("203.0.113.7"), RedirectURL: "https://partner.example/3ds/return"}}
}

func money(tb testing.TB, amount, currency string) payment.Money {
	tb.Helper()
	m, err := payment.ParseMoney(amount, currency)
	if err != nil {
		tb.Fatal(err)
	}
	return m
}
