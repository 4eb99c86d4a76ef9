package storetest_test

import (
	"context"
	"fmt"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/once"
	"github.com/supplierpay/supplierpay-go/payment/once/storetest"
)

// The suite runs in a test of the store:
//
//	func TestStore(t *testing.T) { storetest.Run(t, open) }
//
// where open is written like newHarness here. The first thing that the suite asks of a store is to begin a row once.
func Example() {
	newHarness := func() storetest.Harness { return storetest.Harness{Store: once.NewMemory()} }

	store := newHarness().Store
	row := once.Row{Name: "duffel-test", Attempt: payment.Attempt{Key: "booking-1", OrderID: "ord_1", Digest: "d1"}, Nonce: "n1"}
	terms := once.Terms{Lease: time.Minute, Quiet: time.Hour}
	for range 2 {
		begun, err := store.Begin(context.Background(), row, terms)
		if err != nil {
			panic(err)
		}
		fmt.Println(begun.Began, begun.Rows[0].State)
	}

	// Output:
	// true started
	// false started
}
