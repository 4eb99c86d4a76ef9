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
//	CreateOrder     POST /air/orders
//	UpdateOrder     PATCH /air/orders/{id}
//	PriceOrder      POST /air/orders/{id}/actions/price
//	AddServices     POST /air/orders/{id}/services
//
//	CreateOrderCancellation    POST /air/order_cancellations
//	ConfirmOrderCancellation   POST /air/order_cancellations/{id}/actions/confirm
//	GetOrderCancellation       GET /air/order_cancellations/{id}
//	ListOrderCancellations     GET /air/order_cancellations
//
//	CreateCard                 POST https://api.duffel.cards/payments/cards
//	DeleteCard                 DELETE https://api.duffel.cards/payments/cards/{id}
//	CreateThreeDSecureSession  POST /payments/three_d_secure_sessions
//
// and [NewWebhookHandler] receives webhooks. Searching offers, making and listing webhooks, and the product Duffel Payments
// (payment intents and refunds, which collect money from your customers into your balance and pay for no order) are not in
// this package.
//
// The structs mirror Duffel's pages https://duffel.com/docs/api/v2/payments,
// https://duffel.com/docs/api/v2/orders/create-order, https://duffel.com/docs/api/order-cancellations,
// https://duffel.com/docs/api/v2/card, https://duffel.com/docs/api/v2/threedsecuresession and
// https://duffel.com/docs/guides/receiving-webhooks. Members that may be null are pointers, enums are open, and members
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
// In a [payment.Request] the OrderID is Duffel's order id exactly as Duffel wrote it (ids are opaque, so no other spelling
// can be told from another order), the Amount is the order's current total, and the Method is
// [MethodBalance] (the default), [MethodARCBSPCash] or [MethodCard]; a card needs [Details], in which airline credits can
// pay a part. Price the order first when a card or a credit pays: the Amount is then the sum of its charges.
//
//	priced, err := client.PriceOrder(ctx, order.ID, duffel.IntendedMethod{Type: duffel.MethodCard, CardID: card.ID})
//	amount, err := priced.Charges()
//
// # Writes
//
// Every call that changes something is sent once, and what [payment.OutcomeOf] says of its error holds for it as for a
// payment. After Unknown do not repeat what books, pays or cancels; ask what became of it:
//
//	CreatePayment, Pay         Lookup, or ListPayments of the order
//	CreateOrder                ListOrders with the OfferID, for some hours: an order may be listed late
//	AddServices                GetOrder, its Services
//	ConfirmOrderCancellation   GetOrderCancellation, its ConfirmedAt
//
// The other writes may be repeated. That a list is empty, or a change not seen yet, proves nothing.
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
//
// A time-out, a header or the metadata of single calls go into the context: see package payment/httpcall.
package duffel
