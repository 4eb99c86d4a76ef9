package activeplatform_test

import (
	"context"
	"fmt"
	"log"

	"github.com/supplierpay/supplierpay-go/activeplatform"
	"github.com/supplierpay/supplierpay-go/activeplatform/activeplatformtest"
	"github.com/supplierpay/supplierpay-go/payment"
)

// A top-up waits until the operator completes it; Lookup tells when.
func ExampleClient_Pay() {
	srv := activeplatformtest.NewServer() // your installation in production
	defer srv.Close()
	account := srv.AddAccount(activeplatformtest.Account{ID: "2000532"})

	client, err := activeplatform.New(srv.URL, srv.Token, activeplatform.WithCurrency("USD"))
	if err != nil {
		log.Fatal(err)
	}
	amount, err := payment.ParseMoney("199.99", "USD")
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	req := payment.Request{Key: "top-up-4711", OrderID: account, Amount: amount, Description: "March"}
	attempt, err := client.Prepare(req)
	if err != nil {
		log.Fatal(err)
	}
	p, err := client.Pay(ctx, req)
	fmt.Println(p.Status, p.Paid(), err)

	if err := srv.Complete(p.ID); err != nil { // the operator
		log.Fatal(err)
	}
	p, err = client.Lookup(ctx, attempt.After(p, err))
	fmt.Println(p.Status, p.Paid(), err)
	fmt.Println(srv.Taken(account))
	// Output:
	// pending false <nil>
	// succeeded true <nil>
	// [199.99 USD]
}

// A payment whose answer was lost is found by the marker in its comment. It is not paid again.
func ExampleClient_Lookup() {
	srv := activeplatformtest.NewServer()
	defer srv.Close()
	account := srv.AddAccount(activeplatformtest.Account{AutoComplete: true})
	srv.Fail(activeplatformtest.Fault{Route: activeplatformtest.CreatePayment, Cut: activeplatformtest.BeforeAnswer})

	client, err := activeplatform.New(srv.URL, srv.Token, activeplatform.WithCurrency("USD"))
	if err != nil {
		log.Fatal(err)
	}
	amount, err := payment.ParseMoney("100", "USD")
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	req := payment.Request{Key: "top-up-4712", OrderID: account, Amount: amount}
	attempt, err := client.Prepare(req)
	if err != nil {
		log.Fatal(err)
	}
	p, err := client.Pay(ctx, req)
	fmt.Println(payment.OutcomeOf(err))

	p, err = client.Lookup(ctx, attempt.After(p, err))
	fmt.Println(p.Status, p.MatchedBy, err)
	fmt.Println(srv.Taken(account))
	// Output:
	// unknown
	// succeeded marker <nil>
	// [100.00 USD]
}

// API v3 names an account's balance.
func ExampleV3_GetAccount() {
	srv := activeplatformtest.NewServer()
	defer srv.Close()
	id := srv.AddAccount(activeplatformtest.Account{AutoComplete: true, Email: "billing@example.com"})

	client, err := activeplatform.New(srv.URL, srv.Token, activeplatform.WithCurrency("USD"))
	if err != nil {
		log.Fatal(err)
	}
	amount, err := payment.ParseMoney("250.50", "USD")
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	v3 := client.V3(activeplatform.ID(srv.ResellerID))
	p, err := v3.CreatePayment(ctx, activeplatform.CreatePaymentV3Request{
		AccountID: activeplatform.ID(id), Total: amount, Comment: "top-up", Purpose: "prepayment",
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(p.Attributes.Status, p.Attributes.Status.IsFinal())

	account, err := v3.GetAccount(ctx, activeplatform.ID(id))
	fmt.Println(account.Attributes.Balance, err)
	// Output:
	// completed true
	// 250.5 <nil>
}
