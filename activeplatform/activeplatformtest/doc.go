// Package activeplatformtest is an in-process simulator of an ActivePlatform installation, as far
// as topping up accounts goes: a real HTTP server on loopback with states, refusals and a ledger of
// the money it really took. It needs no package testing and no network.
//
//	srv := activeplatformtest.NewServer()
//	defer srv.Close()
//	id := srv.AddAccount(activeplatformtest.Account{AutoComplete: true})
//	// point your client at srv.URL with srv.Token, top up, and then ask
//	srv.Taken(id)
//
// # What it plays
//
//   - API v1: create, get, list and complete payments; the token in the query
//   - API v3: create, get, list, cancel and complete payments, get and list accounts; the token and both content headers
//   - installations that complete payments by themselves, at once or later: see [Account]
//   - operators and customers who complete, edit, join and cancel: [Server.Complete], [Server.Edit], [Server.Join],
//     [Server.AutoJoin], [Server.Cancel]; other clients who pay into the same account: [Server.AddPayment]
//   - totals as numbers and as text, two forms of timestamps, ids as numbers and as text, gzip
//   - faults, see [Fault]
//
// Money is taken when a payment is completed. Nothing refuses a second payment, as nothing in the
// documentation does: two payments of one amount are two payments.
//
// Where ActivePlatform's documentation is silent the simulator is strict, or does the plainest
// thing: a bad token is 401, what does not exist 404, a value that cannot be used 422; API v1's
// errors are {"error": ...}, a form that nobody documents; pages begin with 1 and hold 25 rows in
// API v1, at most 100. A query parameter that it does not simulate is a 501, so that no test passes
// by accident.
package activeplatformtest
