package main

import (
	"math/rand/v2"
	"net/http"

	"github.com/supplierpay/supplierpay-go/activeplatform"
	"github.com/supplierpay/supplierpay-go/activeplatform/activeplatformtest"
	"github.com/supplierpay/supplierpay-go/payment"
)

// openActivePlatform gives each payment an account of its own. It has no shut: an absent payment proves nothing there.
func openActivePlatform() *site {
	srv := activeplatformtest.NewServer(activeplatformtest.WithoutListener())
	return &site{
		handler: srv.Handler(),
		payer: func(baseURL string, t *http.Transport) (payment.Payer, error) {
			return activeplatform.New(baseURL, srv.Token, activeplatform.WithCurrency("USD"), activeplatform.WithTransport(t))
		},
		place: func(n int, chance *rand.Rand) payment.Request {
			account := srv.AddAccount(activeplatformtest.Account{AutoComplete: chance.IntN(10) > 0})
			return payment.Request{Key: key(n), OrderID: account, Amount: price(chance, "USD")}
		},
		taken:  srv.Taken,
		decide: func(string, *rand.Rand) {}, // what waits goes on waiting for its customer
		single: true,
		close:  srv.Close,
	}
}
