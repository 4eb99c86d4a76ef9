// Package musement pays for orders at TUI Musement (https://partner-api.musement.com), an API of tours and tickets, version
// 3.4.0: from the cart to the paid order.
//
// [Client] is a [payment.Payer], and has a typed method for each call:
//
//	PayWithoutCollecting   POST /payments/no/payment
//	StartSplitPayment      POST /payments/split/payment
//	Complete3DSecure       POST /payments/split/complete_3d_secure
//	GetOrderInfo           GET /carts/{cart}/order-info
//	CreateOrder            POST /orders
//	GetOrder               GET /orders/{order}
//	SetExtraData           PATCH /orders/{order}
//	CancelItem             DELETE /orders/{order}/items/{item}
//	GetRefundPolicies      GET /orders/{order}/items/{item}/refund-policies
//	GetRefunds             GET /orders/{order}/refunds
//	CreateCart, GetCart, DeleteCart, AddCartItems, RemoveCartItem                        /carts...
//	GetCustomerSchema, SetCustomer, GetParticipantsSchema, SetParticipants               /carts/{cart}/...
//	GetTickets, GetTicket, GetActivityVoucher, GetItemVoucher, GetExternalVouchers       /orders/{order}/...
//
// The structs mirror the pages https://partner-api.musement.com/reference/3.4.0/tag/payments, .../tag/orders and
// .../tag/carts. Members that may be missing are pointers or empty, enums are open, and what a struct does not know is kept
// in the Raw of its order or cart.
//
// # Paying
//
// Which flow a partner may use is a matter of the contract. The default is the no-payment flow, in which the partner is the
// merchant of record and owes Musement the price:
//
//	client, err := musement.New(credentials, musement.WithBaseURL(musement.SandboxURL))
//	order, err := client.GetOrder(ctx, "8bd6f4a4-...")
//	total, err := order.Total()
//	p, err := client.Pay(ctx, payment.Request{Key: "booking-4711", OrderID: order.UUID, Amount: total,
//		Details: musement.Details{CartUUID: cart.UUID}})
//	switch payment.Next(p, err).Action { ... }
//
// The other flow takes the customer's card by Adyen or Stripe, and has a 3-D Secure step: Pay with [MethodSplit] and
// [Details] answers with ActionRequired; bring the customer to [payment.Payment.Next], then call Continue with a
// [Continuation]. No URL of an answer is ever contacted by this package.
//
// In a [payment.Request] the OrderID is the order's uuid, and the Amount its total price: Musement is never told an amount,
// so Pay reads the order first and sends nothing if the two differ. Keep the cart's uuid with the order's before paying:
// order-info, the one answer that says whether an order is paid, is read by it.
//
// Musement has no idempotency keys. It answers 423 once an order is paid, and not before, so that a client alone pays at
// most once per call of Pay; wrap it with package payment/once to pay at most once per key. Pay begins with the mark "begin",
// and each completion with the mark "complete". Without a journal that keeps them, the refusal of a completion has outcome
// Unknown, and Lookup never proves that nothing was taken by card.
//
// # Money and times
//
// Amounts are JSON numbers beside a currency; they are kept digit by digit ([Value]) and read exactly ([Money.Money]). No
// float is involved. Times come in five forms, see [Date] and [Duration].
//
// # Errors
//
// Every error is a [payment.Error], and [payment.OutcomeOf] tells what one from a payment means for the money. Musement's
// own words are its cause, an [Error]. Musement uses one code for several errors: decide by the sentinels.
//
//	422, no-payment flow   payment.ErrForbidden: no permission for an order above zero
//	422, card              payment.ErrDeclined
//	401                    payment.ErrUnauthenticated: the token, or an order of another partner
//	423, payments          payment.ErrAlreadyPaid, outcome Unknown: this very call may have paid
//	423, carts             payment.ErrOrderNotPayable: an order holds the cart
//
// Tests of your own can run against the simulator in package musement/musementtest.
//
// A time-out, a header or the metadata of single calls go into the context: see package payment/httpcall.
package musement
