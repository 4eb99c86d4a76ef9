// Package travelporttest is an in-process simulator of Travelport's JSON Air APIs, as far as
// ticketing goes: a real HTTP server on loopback with sessions, refusals and a ledger of the money
// it really took. It needs no package testing and no network.
//
//	srv := travelporttest.NewServer()
//	defer srv.Close()
//	locator := srv.AddReservation(travelporttest.Reservation{Offers: []travelporttest.Offer{{Price: price}}})
//	// point your client at srv.BaseURL and srv.TokenURL with srv's credentials, pay, and then ask
//	srv.Taken(locator)
//
// # What it plays
//
//   - the token endpoint, tokens that end after a day of the server's clock, access group and pseudo city code
//   - workbenches: empty or from a locator, read, discard, commit; they live for 30 minutes of the server's clock. Two may
//     be open on one reservation, and both may issue: Travelport documents nothing against it
//   - forms of payment: add, update, delete, with the approval that holds a card
//   - payments: what lacks a member that the page requires, or refers to a form of payment or offer that the workbench does
//     not have, is refused under status 200; as in the page's example, an offer may lack its offerRef
//   - commits that issue all, some or no documents and answer 200 each time; prices and schedules that change
//   - reading reservations and ticket lists, voids of one ticket and of several documents
//   - bodies wrapped or flat, gzip, transaction ids under two names, amounts as numbers or strings, the workbench's
//     identifier in two places
//   - faults, see [Fault]
//
// Money is taken when a commit issues documents: each payment's amount, or what the one document of
// [IssueSome] costs.
//
// Where Travelport's documentation is silent the simulator is strict, or does the plainest thing: a
// session that is over is a 400 with "SESSION IDENTIFIER IS INVALID", and an unknown locator a 404.
package travelporttest
