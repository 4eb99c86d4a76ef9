package musement_test

import (
	"context"
	"fmt"
	"log"

	"github.com/supplierpay/supplierpay-go/musement"
	"github.com/supplierpay/supplierpay-go/musement/musementtest"
	"github.com/supplierpay/supplierpay-go/payment"
)

// Cancel a paid item whose refund policy allows it, and read what became of it.
func ExampleClient_CancelItem() {
	srv := musementtest.NewServer()
	defer srv.Close()
	booked := srv.AddOrder(musementtest.Order{Refundable: true})
	client := connect(srv)
	defer client.CloseIdleConnections()
	ctx := context.Background()

	if _, err := client.Pay(ctx, payment.Request{
		Key: "booking-4711", OrderID: booked.UUID, Amount: booked.Price, Details: musement.Details{CartUUID: booked.CartUUID},
	}); err != nil {
		log.Fatal(err)
	}
	order, err := client.GetOrder(ctx, booked.UUID)
	if err != nil {
		log.Fatal(err)
	}
	item := order.Items[0].UUID
	policies, err := client.GetRefundPolicies(ctx, order.UUID, item)
	if err != nil || len(policies) == 0 {
		log.Fatal("cannot be refunded: ", err)
	}
	err = client.CancelItem(ctx, order.UUID, item, musement.Cancellation{Reason: musement.ReasonCancelledByCustomer})
	fmt.Println(payment.OutcomeOf(err))

	order, err = client.GetOrder(ctx, booked.UUID)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(order.Items[0].Status)
	// Output:
	// accepted
	// REFUND_STARTED
}
