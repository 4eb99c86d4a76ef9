// Package etmtest is an in-process simulator of the ETM API, as far as paying for air orders goes:
// a real HTTP server on loopback with sessions, states, refusals and a ledger of the money it
// really took. It needs no package testing and no network.
//
//	srv := etmtest.NewServer()
//	defer srv.Close()
//	id := srv.AddOrder(etmtest.Order{Price: price})
//	// point your client at srv.URL with srv.Login and srv.Password, pay, and then ask
//	srv.Taken(id)
//
// # What it plays
//
//   - POST /api/login and GET /api/login/{app_id}: sessions that expire and go stale; every other call wants both the
//     etm-auth-key header and the cookie of one session, and is answered 403 without them, see [WithExpiredStatus]
//   - POST /api/air/orders/{order_id}/payment, GET /api/air/orders/{order_id}, and with the plainest of bodies POST and GET
//     /api/air/orders
//   - POST /api/air/search, GET /api/air/offers with its smart_ff, availability and additional-services, GET
//     /api/documents/types/site: the documents' own examples
//   - amounts with the noise of binary floats, maps written as lists, stamps in a zone that is not told
//   - tickets that are issued long after the money was taken, see [Order.TicketDelay]
//   - operations that no document shows, see [WithRoute]
//   - faults, see [Fault]
//
// ETM documents no refusal and no idempotency. The simulator therefore takes a second payment of an
// order like the first: a client that never pays twice must not rely on the provider for it. Where
// it does refuse (an order that is not booked, a passed deadline, another amount or currency) it
// answers 200 with the status "error" and takes nothing, which no client can know. The status of an
// order with tickets, [StatusTicketed], is made up too.
package etmtest
