// Package sim is what the simulators of all providers share: a loopback server, a clock that a test
// can set, a ledger of money really taken, a log of the requests that arrived, and scripted faults.
//
// A simulator makes an [API], registers a [Handler] per route and shows the API to the world with
// [Start]. A Handler has two steps, because that is where payments are lost and doubled: it checks
// the request, and the function it returns acts and answers. Between the two a [Fault] may hold the
// request, so that money is taken long after the caller has left, or twice, by two requests that
// were both checked before either acted.
//
// Nothing in this package sleeps: whoever waits, waits for a channel.
package sim
