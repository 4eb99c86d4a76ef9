package main

import (
	"math/rand/v2"
	"net/http"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/travelport"
	"github.com/supplierpay/supplierpay-go/travelport/travelporttest"
)

// openTravelport pays in cash. There is no comparison: a payment is a workbench of many requests.
func openTravelport() *site {
	srv := travelporttest.NewServer(travelporttest.WithoutListener())
	return &site{
		handler: srv.Handler(),
		payer: func(baseURL string, t *http.Transport) (payment.Payer, error) {
			return travelport.New(travelport.Credentials{Username: srv.Username, Password: payment.NewSecret(srv.Password),
				ClientID: srv.ClientID, ClientSecret: payment.NewSecret(srv.ClientSecret), AccessGroup: srv.AccessGroup},
				travelport.WithBaseURL(baseURL+"/11"), travelport.WithTokenURL(baseURL+"/oauth/token"), travelport.WithTransport(t))
		},
		place: func(n int, chance *rand.Rand) payment.Request {
			total := price(chance, "USD")
			r := travelporttest.Reservation{Offers: []travelporttest.Offer{{Price: total}}}
			if chance.IntN(20) == 0 {
				r.CommitRefusal = "the airline does not take it"
			}
			return payment.Request{Key: key(n), OrderID: srv.AddReservation(r), Amount: total, Details: travelport.Details{
				Parts: []travelport.Part{{FormOfPayment: &travelport.FormOfPayment{Type: travelport.FormOfPaymentCash}}},
			}}
		},
		taken:  srv.Taken,
		decide: func(string, *rand.Rand) {}, // a commit decides at once
		close:  srv.Close,
	}
}
