// Package duffeltest is an in-process simulator of the Duffel API, as far as selling and paying for
// orders goes: a real HTTP server on loopback with states, refusals and a ledger of the money it
// really took. It needs no package testing and no network.
//
//	srv := duffeltest.NewServer()
//	defer srv.Close()
//	id := srv.AddOrder(duffeltest.Order{Price: price})
//	// point your client at srv.URL with srv.Token, pay, and then ask
//	srv.Taken(id)
//
// # What it plays
//
//   - POST /air/payments, with one payment or the payments array; GET /air/payments, GET /air/payments/{id}
//   - GET /air/orders with the filters awaiting_payment, offer_id, booking_reference and created_at[after], [before], the
//     sort orders created_at, payment_required_by and total_amount; GET /air/orders/{id}
//   - making orders of an [Offer], with the answers 201, 200 and 202; updating and pricing them, adding services
//   - order cancellations: quotes, of which the newest can be confirmed for half an hour, and confirmations
//   - cards, at the origin [Server.CardsURL], and 3-D Secure sessions, each good for one payment
//   - webhooks, signed, and duplicated, out of order or late on demand: see [Server.Deliver]
//   - bearer tokens, one of them read-only; the version, Accept and Content-Type headers and the errors for each
//   - every documented validation and state error of a payment, see [Order] and [ErrorBody]
//   - cursors that need escaping, gzip, x-request-id and the ratelimit headers, see [WithRateLimit]
//   - faults, see [Fault]
//
// A second payment of an order is refused with already_paid once a first one has succeeded, and not
// before: Duffel documents no idempotency, so two payments that were both checked before either was
// taken are both taken, and so is a second one while the first is pending. The same goes for a
// second order of an offer (order_creation_already_attempted) and a second confirmation of a
// cancellation. A client that never pays twice must not rely on the provider for it.
//
// Where Duffel's documentation is silent the simulator is strict, or does the plainest thing: a
// refused state has status 422, a request with both payment and payments is a bad_request, an
// unknown order is a 404, an answer to the payments array is the order, lists show the oldest
// first. A query parameter that it does not simulate is a 501, so that no test passes by accident.
package duffeltest
