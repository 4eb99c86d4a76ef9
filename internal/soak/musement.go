package main

import (
	"math/rand/v2"
	"net/http"

	"github.com/supplierpay/supplierpay-go/musement"
	"github.com/supplierpay/supplierpay-go/musement/musementtest"
	"github.com/supplierpay/supplierpay-go/payment"
)

// openMusement pays by the no-payment flow: nobody is there to pass a card's challenge.
func openMusement() *site {
	srv := musementtest.NewServer(musementtest.WithoutListener())
	return &site{
		handler: srv.Handler(),
		payer: func(baseURL string, t *http.Transport) (payment.Payer, error) {
			return musement.New(musement.Credentials{Application: payment.NewSecret(srv.Application), ClientID: srv.ClientID,
				ClientSecret: payment.NewSecret(srv.ClientSecret)}, musement.WithBaseURL(baseURL), musement.WithTransport(t))
		},
		place: func(n int, chance *rand.Rand) payment.Request {
			o := srv.AddOrder(musementtest.Order{Price: price(chance, "EUR"), NeedsConfirmation: chance.IntN(5) == 0})
			return payment.Request{Key: key(n), OrderID: o.UUID, Amount: o.Price, Details: musement.Details{CartUUID: o.CartUUID}}
		},
		taken:  srv.Taken,
		decide: func(string, *rand.Rand) {}, // the no-payment flow decides at once
		single: true,
		close:  srv.Close,
	}
}
