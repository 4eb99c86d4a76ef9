package travelport_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/paymenttest"
	"github.com/supplierpay/supplierpay-go/travelport"
	"github.com/supplierpay/supplierpay-go/travelport/travelporttest"
)

// TestContract runs the contract of payers for a card.
func TestContract(t *testing.T) {
	paymenttest.Run(t, func(tb testing.TB) paymenttest.Harness {
		srv := travelporttest.NewServer(travelporttest.WithoutListener())
		tb.Cleanup(srv.Close)
		const number = "4111111111111111"
		var keys atomic.Int64
		return paymenttest.Harness{
			Handler: srv.Handler(),
			NewPayer: func(site paymenttest.Site) payment.Payer {
				c, err := travelport.New(travelport.Credentials{
					Username: srv.Username, Password: payment.NewSecret(srv.Password),
					ClientID: srv.ClientID, ClientSecret: payment.NewSecret(srv.ClientSecret), AccessGroup: srv.AccessGroup,
				}, travelport.WithBaseURL(site.BaseURL+"/11"), travelport.WithTokenURL(site.BaseURL+"/oauth/token"),
					travelport.WithTransport(site.Transport), travelport.WithTimeout(site.Timeout))
				if err != nil {
					tb.Fatal(err)
				}
				return c
			},
			Place: func() payment.Request {
				n := keys.Add(1)
				price, err := payment.ParseMoney(fmt.Sprintf("%d.50", n+2773), "USD")
				if err != nil {
					tb.Fatal(err)
				}
				locator := srv.AddReservation(travelporttest.Reservation{Offers: []travelporttest.Offer{{Price: price}}})
				return payment.Request{Key: fmt.Sprintf("key-%d", n), OrderID: locator, Amount: price, Details: travelport.Details{
					Parts: []travelport.Part{{FormOfPayment: &travelport.FormOfPayment{
						Type: travelport.FormOfPaymentPaymentCard,
						PaymentCard: &travelport.PaymentCard{
							CardType: travelport.CardCredit, CardCode: "VI", ExpireDate: "0628", CardHolderName: "TEST HOLDER",
							CardNumber: travelport.PlainText(number), SeriesCode: travelport.PlainText("739"),
						},
					}}},
				}}
			},
			Taken:   srv.Taken,
			Secrets: []string{srv.Password, srv.ClientSecret, number},
		}
	})
}
