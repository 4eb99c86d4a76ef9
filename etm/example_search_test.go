package etm_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/supplierpay/supplierpay-go/etm"
	"github.com/supplierpay/supplierpay-go/etm/etmtest"
	"github.com/supplierpay/supplierpay-go/payment"
)

// Search flights, wait for the offers, and ask whether one can still be had.
func ExampleClient_WaitOffers() {
	srv := etmtest.NewServer(etmtest.WithOfferPolls(0))
	defer srv.Close()
	client, err := etm.New(srv.URL, etm.B2BLogin(srv.Login, srv.Password))
	if err != nil {
		log.Fatal(err)
	}
	defer client.CloseIdleConnections()
	ctx := context.Background()

	search, err := client.Search(ctx, etm.SearchRequest{
		Directions: []etm.SearchDirection{{DepartureCode: "BER", ArrivalCode: "WAW", Date: "2026-11-22"}}, Adults: 1,
	})
	if err != nil {
		log.Fatal(err)
	}
	offers, err := client.WaitOffers(ctx, string(search.RequestID), time.Minute)
	if err != nil {
		log.Fatal(err)
	}
	segment := offers.Groups[0].Offers[0].Segments[0]
	fmt.Println(segment.FlightNumber, segment.DepartureAirport, segment.ArrivalAirport)

	// This may hold seats, so it is sent once, and its error has an outcome.
	_, err = client.CheckAvailability(ctx, string(segment.BuyID))
	fmt.Println(payment.OutcomeOf(err))
	// Output:
	// LO-388 BER WAW
	// accepted
}
