package duffeltest_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/supplierpay/supplierpay-go/duffel/duffeltest"
	"github.com/supplierpay/supplierpay-go/payment"
)

// A payment whose answer is lost on the way: the caller sees an error, the ledger sees the money.
func Example() {
	srv := duffeltest.NewServer()
	defer srv.Close()
	price, err := payment.ParseMoney("90.80", "GBP")
	if err != nil {
		fmt.Println(err)
		return
	}
	id := srv.AddOrder(duffeltest.Order{Price: price})
	srv.Fail(duffeltest.Fault{Route: duffeltest.CreatePayment, Cut: duffeltest.BeforeAnswer})

	// Any client will do; this is the plainest.
	req, err := http.NewRequest("POST", srv.URL+"/air/payments", strings.NewReader(
		`{"data":{"order_id":"`+id+`","payment":{"type":"balance","amount":"90.80","currency":"GBP"}}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	req.Header.Set("Authorization", "Bearer "+srv.Token)
	req.Header.Set("Duffel-Version", "v2")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Content-Type", "application/json")
	_, err = (&http.Client{Transport: srv.Transport()}).Do(req)

	fmt.Println("the answer was lost:", errors.Is(err, io.EOF))
	fmt.Println("arrived:", srv.Count(duffeltest.CreatePayment))
	fmt.Println("taken:", srv.Taken(id))
	// Output:
	// the answer was lost: true
	// arrived: 1
	// taken: [90.80 GBP]
}
