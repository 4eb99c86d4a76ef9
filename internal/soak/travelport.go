package main

import (
	"math/rand/v2"
	"net/http"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/travelport"
	"github.com/supplierpay/supplierpay-go/travelport/travelporttest"
)

// openTravelport pays in cash and by card. There is no comparison: a payment is a workbench of many
// requests.
func openTravelport() *site {
	srv := travelporttest.NewServer(travelporttest.WithoutListener())
	return &site{
		handler: srv.Handler(),
		payer: func(baseURL string, t *http.Transport) (timedPayer, error) {
			return travelport.New(travelport.Credentials{Username: srv.Username, Password: payment.NewSecret(srv.Password),
				ClientID: srv.ClientID, ClientSecret: payment.NewSecret(srv.ClientSecret), AccessGroup: srv.AccessGroup},
				travelport.WithBaseURL(baseURL+"/11"), travelport.WithTokenURL(baseURL+"/oauth/token"), travelport.WithTransport(t))
		},
		place: func(n int, chance *rand.Rand) payment.Request {
			total := price(chance, "USD")
			r := travelporttest.Reservation{Offers: []travelporttest.Offer{{Price: total}}, Travelers: 1 + chance.IntN(2)}
			if chance.IntN(20) == 0 {
				r.CommitRefusal = "the airline does not take it"
			}
			form := &travelport.FormOfPayment{Type: travelport.FormOfPaymentCash}
			if chance.IntN(2) == 0 {
				form = &travelport.FormOfPayment{Type: travelport.FormOfPaymentPaymentCard, PaymentCard: &travelport.PaymentCard{
					CardType: travelport.CardCredit, CardCode: "VI", ExpireDate: "0628", CardHolderName: "TEST HOLDER",
					CardNumber: travelport.PlainText("4111111111111111"), SeriesCode: travelport.PlainText("739"),
				}}
			}
			return payment.Request{Key: key(n), OrderID: srv.AddReservation(r), Amount: total,
				Details: travelport.Details{Parts: []travelport.Part{{FormOfPayment: form}}}}
		},
		taken:   srv.Taken,
		expire:  srv.RevokeTokens,
		advance: srv.Advance,
		writes:  4,
		close:   srv.Close,
	}
}
