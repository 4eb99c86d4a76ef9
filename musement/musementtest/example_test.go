package musementtest_test

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"strings"

	"github.com/supplierpay/supplierpay-go/musement/musementtest"
)

// Any HTTP client will do.
func Example() {
	srv := musementtest.NewServer()
	defer srv.Close()
	order := srv.AddOrder(musementtest.Order{})

	client := &http.Client{Transport: srv.Transport()}
	defer client.CloseIdleConnections()
	post := func(path, token, body string) string {
		req, err := http.NewRequest(http.MethodPost, srv.URL+path, strings.NewReader(body))
		if err != nil {
			log.Fatal(err)
		}
		req.Header.Set("X-Musement-Application", srv.Application)
		req.Header.Set("Content-Type", "application/json")
		if token != "" {
			req.Header.Set("Authorization", "Bearer "+token)
		}
		resp, err := client.Do(req)
		if err != nil {
			log.Fatal(err)
		}
		defer func() { _ = resp.Body.Close() }()
		text, err := io.ReadAll(resp.Body)
		if err != nil {
			log.Fatal(err)
		}
		return resp.Status + " " + string(text)
	}
	login := post("/login", "", fmt.Sprintf(`{"client_id":%q,"client_secret":%q,"grant_type":"client_credentials"}`,
		srv.ClientID, srv.ClientSecret))
	token := strings.Split(login, `"`)[3]

	pay := fmt.Sprintf(`{"uuid":%q}`, order.UUID)
	fmt.Println(post("/payments/no/payment", token, pay)[:6])
	fmt.Println(post("/payments/no/payment", token, pay))
	fmt.Println("taken:", srv.Taken(order.UUID))
	// Output:
	// 200 OK
	// 423 Locked {"code":"-1","message":"Order has already been paid"}
	// taken: [10.00 USD]
}
