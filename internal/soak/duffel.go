package main

import (
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/supplierpay/supplierpay-go/duffel"
	"github.com/supplierpay/supplierpay-go/duffel/duffeltest"
	"github.com/supplierpay/supplierpay-go/payment"
)

// openDuffel pays by balance, in cash and by card.
func openDuffel() *site {
	srv := duffeltest.NewServer(duffeltest.WithoutListener())
	return &site{
		handler: srv.Handler(),
		payer: func(baseURL string, t *http.Transport) (timedPayer, error) {
			return duffel.New(srv.Token, duffel.WithBaseURL(baseURL), duffel.WithTransport(t))
		},
		place: func(n int, chance *rand.Rand) payment.Request {
			total := price(chance, "GBP")
			modes := []duffeltest.Mode{duffeltest.Succeed, duffeltest.Succeed, duffeltest.Succeed, duffeltest.Succeed,
				duffeltest.NoStatus, duffeltest.Pend, duffeltest.Accept, duffeltest.Fail}
			id := srv.AddOrder(duffeltest.Order{Price: total, Mode: modes[chance.IntN(len(modes))]})
			req := payment.Request{Key: key(n), OrderID: id, Amount: total}
			switch chance.IntN(5) {
			case 0:
				req.Method = duffel.MethodARCBSPCash
			case 1:
				req.Method = duffel.MethodCard
				req.Details = duffel.Details{ThreeDSecureSessionID: payment.NewSecret("3ds_0000AWr2XsTRIF1Vp34gh5")}
			}
			return req
		},
		taken:   srv.Taken,
		advance: srv.Advance,
		decide: func(orderID string, chance *rand.Rand) {
			word := []string{"succeeded", "failed"}[chance.IntN(2)]
			_ = srv.Settle(orderID, word, "") // the error says that nothing is pending
		},
		shut: func(orderID string) {
			ago := time.Now().Add(-2 * time.Hour) // long enough to prove something
			srv.UpdateOrder(orderID, func(o *duffeltest.Order) { o.CancelledAt = ago })
		},
		single: true,
		close:  srv.Close,
	}
}
