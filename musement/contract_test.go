package musement_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/supplierpay/supplierpay-go/musement"
	"github.com/supplierpay/supplierpay-go/musement/musementtest"
	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/paymenttest"
)

// TestContract runs the contract of payers for both ways to pay, the second with its 3-D Secure step.
func TestContract(t *testing.T) {
	t.Run("no payment", func(t *testing.T) { paymenttest.Run(t, contractHarness(musement.MethodNoPayment)) })
	t.Run("split", func(t *testing.T) { paymenttest.Run(t, contractHarness(musement.MethodSplit)) })
}

// contractHarness makes harnesses, each a partner of its own.
func contractHarness(method payment.Method) func(testing.TB) paymenttest.Harness {
	var partners atomic.Int64
	return func(tb testing.TB) paymenttest.Harness {
		srv := musementtest.NewServer(musementtest.WithoutListener(), musementtest.WithAccount(fmt.Sprintf("%d", partners.Add(1)+1000)))
		tb.Cleanup(srv.Close)
		const card = "adyen-token-of-the-contract"
		var keys atomic.Int64
		place := func(o musementtest.Order) payment.Request {
			n := keys.Add(1)
			var err error
			if o.Price, err = payment.ParseMoney(fmt.Sprintf("%d.20", n+10), "EUR"); err != nil {
				tb.Fatal(err)
			}
			o = srv.AddOrder(o)
			d := musement.Details{CartUUID: o.CartUUID}
			if method == musement.MethodSplit {
				d.AdyenToken, d.CardBrand, d.CardCountry = payment.NewSecret(card), "visa", "FR"
				d.ClientIP, d.RedirectURL = payment.NewSecret("203.0.113.7"), "https://partner.example/3ds/return"
			}
			return payment.Request{Key: fmt.Sprintf("key-%d", n), OrderID: o.UUID, Amount: o.Price, Method: method, Details: d}
		}
		h := paymenttest.Harness{
			Handler: srv.Handler(),
			NewPayer: func(site paymenttest.Site) payment.Payer {
				c, err := musement.New(musement.Credentials{
					Application: payment.NewSecret(srv.Application), ClientID: srv.ClientID, ClientSecret: payment.NewSecret(srv.ClientSecret),
				}, musement.WithBaseURL(site.BaseURL), musement.WithTransport(site.Transport), musement.WithTimeout(site.Timeout))
				if err != nil {
					tb.Fatal(err)
				}
				return c
			},
			Place:   func() payment.Request { return place(musementtest.Order{}) },
			Taken:   srv.Taken,
			Secrets: []string{srv.Application, srv.ClientSecret, card},
			End:     func(orderID string) { srv.SetPaymentStatus(orderID, false, "authorization_failed") },
			Continue: func(ctx context.Context, payer payment.Payer, a payment.Attempt, _ payment.Payment) (payment.Payment, error) {
				srv.PassChallenge(a.OrderID)
				return payer.(payment.Continuer).Continue(ctx, a, musement.Continuation{})
			},
		}
		if method == musement.MethodSplit {
			h.Refusals = []paymenttest.Refusal{
				{Name: "declined", Place: func() payment.Request { return place(musementtest.Order{Mode: musementtest.DeclineStart}) }},
			}
		}
		return h
	}
}
