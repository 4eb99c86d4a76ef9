// Package duffel pays for hold orders at Duffel (https://duffel.com), an API of airlines, version v2.
//
// A hold order is booked first and paid later, until the airline gives up the space. [Client] is a [payment.Payer] for
// that, and has a typed method for each call:
//
//	CreatePayment   POST /air/payments
//	GetPayment      GET /air/payments/{id}
//	ListPayments    GET /air/payments?order_id=
//	GetOrder        GET /air/orders/{id}
//	ListOrders      GET /air/orders
//
// The structs mirror Duffel's pages https://duffel.com/docs/api/v2/payments and
// https://duffel.com/docs/api/v2/orders/create-order. Members that may be null are pointers, enums are open, and members
// that a struct does not know are kept in its Raw.
//
// # Paying
//
//	client, err := duffel.New(token)
//	order, err := client.GetOrder(ctx, "ord_...")
//	total, err := order.Total()
//	p, err := client.Pay(ctx, payment.Request{Key: "booking-4711", OrderID: order.ID, Amount: total})
//	switch payment.Next(p, err).Action { ... }
//
// Duffel has no idempotency keys, and refuses a second payment only once a first one is complete. A client alone
// therefore pays at most once per call of Pay; wrap it with package payment/once to pay at most once per key.
//
// In a [payment.Request] the OrderID is Duffel's order id, the Amount is the order's current total, and the Method is
// [MethodBalance] (the default), [MethodARCBSPCash] or [MethodCard]; a card needs [Details].
//
// # Money
//
// Duffel writes amounts as decimal strings in the major unit, "30.20", with the currency beside them; so does this
// package, with at least the minor units of the currency. Nothing is rounded and no float is involved. Duffel does not
// document how it writes currencies without or with three minor digits.
//
// # Errors
//
// Every error is a [payment.Error], and [payment.OutcomeOf] tells what one from Pay or CreatePayment means for the money.
// Duffel's own words are its cause, an [Error] with all entries:
//
//	var said *duffel.Error
//	if errors.As(err, &said) {
//		log.Print(said.RequestID, said.Entries)
//	}
//
// Duffel's codes are sentinels of package payment: price_changed is [payment.ErrPriceChanged], already_paid is
// [payment.ErrAlreadyPaid] with outcome Unknown, since this very call may have paid, and so on. After a 500 the payment
// may exist at the airline although Duffel does not show it (https://duffel.com/docs/api/overview/errors): Lookup never
// says then that nothing was taken, and a person has to call Duffel's support with the request id.
//
// Tests of your own can run against the simulator in package duffel/duffeltest.
package duffel
