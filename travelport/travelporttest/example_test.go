package travelporttest_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/travelport/travelporttest"
)

// A login, and a workbench on a held booking that nobody commits: no money is taken.
func Example() {
	srv := travelporttest.NewServer()
	defer srv.Close()
	price, err := payment.ParseMoney("2773.50", "USD")
	if err != nil {
		fmt.Println(err)
		return
	}
	locator := srv.AddReservation(travelporttest.Reservation{Offers: []travelporttest.Offer{{Price: price}}})

	// Any client will do; this is the plainest.
	client := &http.Client{Transport: srv.Transport()}
	login, err := client.PostForm(srv.TokenURL, url.Values{"grant_type": {"password"}, "username": {srv.Username},
		"password": {srv.Password}, "client_id": {srv.ClientID}, "client_secret": {srv.ClientSecret}})
	if err != nil {
		fmt.Println(err)
		return
	}
	body, err := io.ReadAll(login.Body)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, token, _ := strings.Cut(string(body), `"access_token":"`)
	token, _, _ = strings.Cut(token, `"`)

	req, err := http.NewRequest("POST", srv.BaseURL+"/air/book/session/reservationworkbench/buildfromlocator?Locator="+locator, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("TVP-PCC-CORE", srv.PCC)
	req.Header.Set("Accept", "application/json")
	opened, err := client.Do(req)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(opened.StatusCode)
	fmt.Println("open:", srv.OpenWorkbenches(locator), "taken:", srv.Taken(locator))
	// Output:
	// 200
	// open: 1 taken: []
}
