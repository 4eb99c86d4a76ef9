package main

import (
	"math/rand/v2"
	"net/http"
	"sync"

	"github.com/supplierpay/supplierpay-go/musement"
	"github.com/supplierpay/supplierpay-go/musement/musementtest"
	"github.com/supplierpay/supplierpay-go/payment"
)

// openMusement pays half of its orders by the no-payment flow, and half by card with 3-D Secure.
func openMusement() *site {
	srv := musementtest.NewServer(musementtest.WithoutListener())
	var scripted sync.Map // the orders whose challenge is Stripe's script
	return &site{
		handler: srv.Handler(),
		payer: func(baseURL string, t *http.Transport) (timedPayer, error) {
			return musement.New(musement.Credentials{Application: payment.NewSecret(srv.Application), ClientID: srv.ClientID,
				ClientSecret: payment.NewSecret(srv.ClientSecret)}, musement.WithBaseURL(baseURL), musement.WithTransport(t))
		},
		place: func(n int, chance *rand.Rand) payment.Request {
			modes := []musementtest.Mode{musementtest.Succeed, musementtest.Succeed, musementtest.Succeed, musementtest.Succeed,
				musementtest.DeclineStart, musementtest.DeclineCompletion, musementtest.Pend, musementtest.SecondRound}
			challenges := []musementtest.Challenge{musementtest.Redirect, musementtest.RedirectInBody, musementtest.Form,
				musementtest.Script, musementtest.NoChallenge}
			o := srv.AddOrder(musementtest.Order{Price: price(chance, "EUR"), NeedsConfirmation: chance.IntN(5) == 0,
				Mode: modes[chance.IntN(len(modes))], Challenge: challenges[chance.IntN(len(challenges))]})
			d := musement.Details{CartUUID: o.CartUUID}
			req := payment.Request{Key: key(n), OrderID: o.UUID, Amount: o.Price}
			if chance.IntN(2) == 0 {
				req.Method, d.AdyenToken = musement.MethodSplit, payment.NewSecret("adyen-token-of-the-soak")
			}
			if o.Challenge == musementtest.Script {
				scripted.Store(o.UUID, true)
			}
			req.Details = d
			return req
		},
		taken: srv.Taken,
		customer: func(orderUUID string, chance *rand.Rand) (payment.Continuation, bool) {
			c := musement.Continuation{}
			if _, yes := scripted.Load(orderUUID); yes {
				c.PaymentIntentID = payment.NewSecret(musementtest.PaymentIntentID)
			}
			switch chance.IntN(10) {
			case 0:
				return nil, false
			case 1:
				return c, srv.FailChallenge(orderUUID)
			default:
				return c, srv.PassChallenge(orderUUID)
			}
		},
		expire:  srv.RevokeTokens,
		advance: srv.Advance,
		decide: func(orderUUID string, chance *rand.Rand) {
			_ = srv.Settle(orderUUID, chance.IntN(2) == 0) // the error says that nothing is pending
		},
		single: true,
		close:  srv.Close,
	}
}
