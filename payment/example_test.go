package payment_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/supplierpay/supplierpay-go/payment"
)

func ExampleParseMoney() {
	price, err := payment.ParseMoney("30.20", "GBP")
	fmt.Println(price, err)

	_, err = payment.ParseMoney("30.205", "GBP")
	fmt.Println(err)

	fare, _ := payment.ParseMoney("15000", "JPY")
	fmt.Println(fare)
	// Output:
	// 30.20 GBP <nil>
	// payment: not sent: invalid request: field Amount: more decimals than the 2 of GBP
	// 15000 JPY
}

func ExampleCurrencies_With() {
	// A contract that settles in hundredths of a yen.
	table := payment.ISO4217().With("JPY", 2)
	m, err := table.ParseMoney("15000.25", "JPY")
	fmt.Println(m, err)
	// Output: 15000.25 JPY <nil>
}

func ExampleOutcomeOf() {
	refused := &payment.Error{Provider: "duffel", Op: "POST /air/payments", Outcome: payment.Refused, Kind: payment.ErrPriceChanged}
	fmt.Println(payment.OutcomeOf(fmt.Errorf("order 17: %w", refused)))

	// Nobody has placed this error, so the money may have been taken.
	fmt.Println(payment.OutcomeOf(context.DeadlineExceeded))

	// In a join the worst branch wins.
	fmt.Println(payment.OutcomeOf(errors.Join(refused, context.DeadlineExceeded)))
	// Output:
	// refused
	// unknown
	// unknown
}

func ExampleNext() {
	answers := []struct {
		payment payment.Payment
		err     error
	}{
		{payment.Payment{Status: payment.Succeeded}, nil},
		{payment.Payment{Status: payment.Pending}, nil},
		{payment.Payment{}, &payment.Error{Outcome: payment.NotSent, Kind: payment.ErrUnavailable}},
		{payment.Payment{}, &payment.Error{Outcome: payment.Unknown}},
	}
	for _, a := range answers {
		step := payment.Next(a.payment, a.err)
		fmt.Printf("%s: %s\n", step.Action, step)
	}
	// Output:
	// done: The order is paid.
	// wait: The provider has not decided yet: ask Lookup again later.
	// retry: Nothing was taken: try again with the same key once the cause that the error names is over.
	// lookup: The money may have been taken: never pay again, ask Lookup until it gives a final answer.
}

func ExampleSecret() {
	type config struct {
		URL   string
		Token payment.Secret
	}
	c := config{URL: "https://api.example.com", Token: payment.NewSecret("tok_live_1")}
	fmt.Printf("%+v\n", c)
	fmt.Println(c.Token.Reveal() == "tok_live_1")
	// Output:
	// {URL:https://api.example.com Token:[secret]}
	// true
}

func ExampleAttempt_After() {
	// What a caller keeps who has no journal.
	a := payment.Attempt{Key: "row-17", OrderID: "ord_1"}
	err := &payment.Error{Provider: "duffel", Op: "POST /air/payments", Status: 500, RequestID: "F1x"}
	a = a.After(payment.Payment{}, err)
	fmt.Printf("%+v\n", a.Failures)
	// Output: [{Outcome:unknown Op:POST /air/payments Status:500 Code: RequestID:F1x}]
}
