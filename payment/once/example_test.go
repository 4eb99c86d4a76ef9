package once_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/once"
)

// flaky is a provider whose first answer is lost after it took the money.
type flaky struct {
	taken []string
}

func (f *flaky) Provider() string { return "flaky" }

func (f *flaky) Prepare(req payment.Request) (payment.Attempt, error) {
	return payment.NewAttempt(req, req.OrderID, nil) // an order is paid once
}

func (f *flaky) Pay(ctx context.Context, req payment.Request) (payment.Payment, error) {
	if err := payment.CheckGate(ctx); err != nil {
		return payment.Payment{}, err
	}
	f.taken = append(f.taken, req.OrderID)
	return payment.Payment{}, &payment.Error{Provider: "flaky", Op: "Pay", Outcome: payment.Unknown, Message: "connection reset"}
}

func (f *flaky) Lookup(_ context.Context, a payment.Attempt) (payment.Payment, error) {
	for _, order := range f.taken {
		if order == a.OrderID {
			return payment.Payment{Provider: "flaky", OrderID: order, Status: payment.Succeeded, MatchedBy: payment.MatchedByOrder}, nil
		}
	}
	return payment.Payment{}, &payment.Error{Provider: "flaky", Op: "Lookup", Kind: payment.ErrInconclusive}
}

func Example() {
	provider := &flaky{}
	payer, err := once.New(provider, once.NewMemory(), once.Name("flaky-test"))
	if err != nil {
		fmt.Println(err)
		return
	}
	amount, err := payment.ParseMoney("30.20", "GBP")
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	request := payment.Request{Key: "booking-17", OrderID: "ord_1", Amount: amount}

	_, err = payer.Pay(ctx, request)
	fmt.Println("first: ", err)

	p, err := payer.Pay(ctx, request) // the same key: asks the provider, and does not pay again
	fmt.Println("second:", p.Status, err)

	request.Key = "booking-17-again"
	_, err = payer.Pay(ctx, request)
	var held *once.ScopeHeldError
	if errors.As(err, &held) {
		fmt.Println("third: ", held)
	}
	fmt.Println("taken: ", len(provider.taken))
	// Output:
	// first:  flaky Pay: unknown: connection reset
	// second: succeeded <nil>
	// third:  "ord_1" is held by key "booking-17", which is paid
	// taken:  1
}

func ExamplePayer_Resolve() {
	payer, err := once.New(&flaky{}, once.NewMemory(), once.Name("flaky-test"),
		once.WithAudit(func(_ context.Context, e once.Event) {
			fmt.Printf("%s/%d: %q to %q (%s)\n", e.Key, e.N, e.From, e.To, e.Why)
		}))
	if err != nil {
		fmt.Println(err)
		return
	}
	amount, err := payment.ParseMoney("30.20", "GBP")
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	_, err = payer.Pay(ctx, payment.Request{Key: "booking-17", OrderID: "ord_1", Amount: amount})
	fmt.Println(payment.OutcomeOf(err))

	for row, err := range payer.Unresolved(ctx) {
		if err != nil {
			fmt.Println(err)
			return
		}
		key := row.Attempt.Key
		if err := payer.Resolve(ctx, key, once.DecidePaid, "ann", "support confirmed it, ticket 4711"); err != nil {
			fmt.Println(err)
		}
	}
	// Output:
	// booking-17/1: "" to "started" (begin)
	// booking-17/1: "started" to "unknown" (answer)
	// unknown
	// booking-17/1: "unknown" to "paid" (resolve)
}

func ExamplePayer_Reconcile() {
	payer, err := once.New(&flaky{}, once.NewMemory(), once.Name("flaky-test"))
	if err != nil {
		fmt.Println(err)
		return
	}
	amount, err := payment.ParseMoney("30.20", "GBP")
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	_, err = payer.Pay(ctx, payment.Request{Key: "booking-17", OrderID: "ord_1", Amount: amount})
	fmt.Println("paid:", payment.OutcomeOf(err))

	// A service does this every minute or so, in every replica.
	report, err := payer.Reconcile(ctx)
	for _, left := range report.Left {
		fmt.Println("for a person, in time:", left.Key, left.State, left.Err)
	}
	fmt.Println("settled:", report.Settled, err)
	// Output:
	// paid: unknown
	// settled: 1 <nil>
}
