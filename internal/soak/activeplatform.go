package main

import (
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/supplierpay/supplierpay-go/activeplatform"
	"github.com/supplierpay/supplierpay-go/activeplatform/activeplatformtest"
	"github.com/supplierpay/supplierpay-go/payment"
)

// openActivePlatform gives each payment an account of its own. Nothing can be shut there: an
// account takes payments always.
func openActivePlatform(options ...activeplatform.Option) *site {
	srv := activeplatformtest.NewServer(activeplatformtest.WithoutListener())
	return &site{
		handler: srv.Handler(),
		payer: func(baseURL string, t *http.Transport) (timedPayer, error) {
			return activeplatform.New(baseURL, srv.Token, append(options, activeplatform.WithCurrency("USD"), activeplatform.WithTransport(t))...)
		},
		place: func(n int, chance *rand.Rand) payment.Request {
			a := activeplatformtest.Account{AutoComplete: chance.IntN(10) > 0}
			if chance.IntN(5) == 0 {
				a.CompleteAfter = time.Hour
			}
			return payment.Request{Key: key(n), OrderID: srv.AddAccount(a), Amount: price(chance, "USD")}
		},
		taken:   srv.Taken,
		advance: srv.Advance,
		decide: func(account string, chance *rand.Rand) { // the errors say that a payment does not wait
			for _, p := range srv.Payments(account) {
				switch chance.IntN(10) {
				case 0: // goes on waiting
				case 1:
					_ = srv.Cancel(p.ID)
				default:
					_ = srv.Complete(p.ID)
				}
			}
		},
		single: true,
		close:  srv.Close,
	}
}
