package activeplatformtest_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/url"
	"strings"

	"github.com/supplierpay/supplierpay-go/activeplatform/activeplatformtest"
)

// The ledger knows what an answer that never came does not say.
func Example() {
	srv := activeplatformtest.NewServer()
	defer srv.Close()
	account := srv.AddAccount(activeplatformtest.Account{ID: "2000532", AutoComplete: true})
	srv.Fail(activeplatformtest.Fault{Route: activeplatformtest.CreatePayment, Cut: activeplatformtest.BeforeAnswer})

	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost,
		srv.URL+"/api/vendor/v1/payments.json?"+url.Values{"api_token": {srv.Token}}.Encode(),
		strings.NewReader(`{"account_id":2000532,"total":100,"comment":"Cash"}`))
	if err != nil {
		log.Fatal(err)
	}
	client := &http.Client{Transport: srv.Transport()}
	resp, err := client.Do(req)
	if err == nil {
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
	}
	client.CloseIdleConnections()
	fmt.Println("answered:", err == nil)
	fmt.Println("taken:", srv.Taken(account))
	// Output:
	// answered: false
	// taken: [100.00 USD]
}
