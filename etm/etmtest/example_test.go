package etmtest_test

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"net/url"
	"strings"

	"github.com/supplierpay/supplierpay-go/etm/etmtest"
)

// A payment whose answer is lost: the client sees an error, and the ledger shows that the money was
// taken.
func ExampleServer() {
	srv := etmtest.NewServer()
	defer srv.Close()
	id := srv.AddOrder(etmtest.Order{})
	srv.Fail(etmtest.Fault{Route: etmtest.OrderPayment, Cut: etmtest.BeforeAnswer})

	client := &http.Client{Transport: srv.Transport()}
	defer client.CloseIdleConnections()
	login, err := client.PostForm(srv.URL+"/api/login", url.Values{"login": {srv.Login}, "password": {srv.Password}})
	if err != nil {
		log.Fatal(err)
	}
	body, err := io.ReadAll(login.Body)
	if err != nil {
		log.Fatal(err)
	}
	_ = login.Body.Close()
	key := strings.Split(string(body), `"`)[3]

	req, err := http.NewRequest(http.MethodPost, srv.URL+"/api/air/orders/"+id+"/payment",
		strings.NewReader(`{"fop_type":"cash","currency":"EUR","total_amount":"221.92"}`))
	if err != nil {
		log.Fatal(err)
	}
	req.Header.Set("etm-auth-key", key)
	req.AddCookie(login.Cookies()[0])
	_, err = client.Do(req)
	fmt.Println("an error:", err != nil)
	fmt.Println("taken:", srv.Taken(id))
	// Output:
	// an error: true
	// taken: [221.92 EUR]
}
