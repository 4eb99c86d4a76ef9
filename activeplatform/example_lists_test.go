package activeplatform_test

import (
	"context"
	"fmt"
	"log"

	"github.com/supplierpay/supplierpay-go/activeplatform"
	"github.com/supplierpay/supplierpay-go/activeplatform/activeplatformtest"
	"github.com/supplierpay/supplierpay-go/payment"
)

// An operator goes through the payments of an account that wait, and approves them.
func ExampleClient_ListPayments() {
	srv := activeplatformtest.NewServer()
	defer srv.Close()
	account := srv.AddAccount(activeplatformtest.Account{})
	for _, amount := range []string{"100", "49.50"} {
		total, err := payment.ParseMoney(amount, "USD")
		if err != nil {
			log.Fatal(err)
		}
		srv.AddPayment(activeplatformtest.Payment{AccountID: account, Total: total, Comment: "transfer"})
	}
	client, err := activeplatform.New(srv.URL, srv.Token, activeplatform.WithCurrency("USD"))
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()

	var waiting []activeplatform.Payment
	for p, err := range client.ListPayments(ctx, activeplatform.ListPaymentsParams{AccountID: activeplatform.ID(account)}) {
		if err != nil {
			log.Fatal(err)
		}
		if !p.Status.IsFinal() {
			waiting = append(waiting, p)
		}
	}
	for _, p := range waiting {
		// It moves money and is sent once: after Unknown read the payment, do not approve it again.
		done, err := client.CompletePayment(ctx, p.ID, "1")
		fmt.Println(done.Status, payment.OutcomeOf(err))
	}
	fmt.Println("taken:", srv.Taken(account))
	// Output:
	// completed accepted
	// completed accepted
	// taken: [100.00 USD 49.50 USD]
}
