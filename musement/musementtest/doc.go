// Package musementtest is an in-process simulator of the Musement API, from the cart to the paid
// order: a real HTTP server on loopback with states, refusals and a ledger of the money it really
// took. It needs no package testing and no network.
//
//	srv := musementtest.NewServer()
//	defer srv.Close()
//	order := srv.AddOrder(musementtest.Order{Price: price})
//	// point your client at srv.URL with the server's credentials, pay order.UUID, and then ask
//	srv.Taken(order.UUID)
//
// # What it plays
//
//   - POST /login, tokens of an hour, the application header and the market
//   - carts with items, customer and participants; orders made of them; order-info
//   - the no-payment flow, and the card payment with its start, its completion and the bank in between: see [Order]
//   - GET /currencies, always empty
//   - cancellation of items, refund policies, refunds, tickets and vouchers
//   - Musement's error bodies, faults ([Fault]), late visibility
//
// The bank is a second server, [Server.BankURL]: whoever opens the address of a 3-D Secure
// challenge is taken for a customer who passes it. [Server.PassChallenge] and
// [Server.FailChallenge] do the same without HTTP. A challenge that is not completed within
// [ChallengeLifetime] fails: the payment's status is then authorization_failed.
//
// A payment of an order is refused with 423 once an earlier one has taken the money, and not
// before: two payments that were both checked before either acted both take it. A client that never
// pays twice must not rely on Musement for it.
//
// Where Musement's documentation is silent the simulator does the plainest thing: a malformed
// request is a 400, what an order's state forbids is a 422, a cancellation is answered with 204, a
// payment that was taken has the status booking_ok.
package musementtest
