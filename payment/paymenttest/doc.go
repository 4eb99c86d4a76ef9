// Package paymenttest is the contract of [payment.Payer] as a test: run it against a payer of your
// own.
//
//	func TestTill(t *testing.T) { paymenttest.Run(t, newTillHarness) }
//
// You bring a [Harness]: the provider as an [net/http.Handler] with a ledger of the money that it
// really took, your payer, and a way to place orders. [Run] puts a proxy between the two, learns
// from one clean payment which requests Pay makes, and then breaks them, one at a time: connections
// refused, closed and reset at every stage, with and without TLS, fresh and reused; answers lost,
// cut, slow, late, spoilt, replaced and redirected; contexts cancelled and expired. It asks Lookup
// after each of them, while a late payment is under way, while the provider's reads lag behind and
// while they are of another order. Then come payments at the same time, two accounts, credentials
// that end in mid-flight, requests that must be refused, journals that forbid a step, and what is
// left behind: goroutines and connections.
//
// # The verdict
//
// It is the ledger's, once everything in flight has arrived or died:
//
//	Pay says                                    the ledger has
//	Succeeded, or an error that is Accepted     one entry, of the amount that was asked for
//	Pending, ActionRequired, an Unknown error   none or one
//	Failed, Cancelled, Refused, NotSent         none
//
// Lookup must not say [payment.ErrNoPayment] while the ledger has the money or still gets it, nor
// "paid" when it has not, nor that the amount asked for was taken when another was, and its other
// errors must be Unknown or Accepted. No error and no payment may quote a credential.
//
// A payer could satisfy all this by saying Unknown to everything, so some things are demanded: see
// [Capability].
//
// # What a journal needs
//
// A journal keeps what the payer says, asks about it weeks later, and may have lost a part of it.
// Therefore the suite demands this too:
//
//   - A payment of which nobody knows what the provider answered may have been answered with a 5xx,
//     with 409 or with 423: what does not prove its absence after one of these does not prove it then.
//     [Harness.End] brings the provider to the point where it proves the most.
//   - A mark that may be missing ([payment.Attempt] with Incomplete) proves nothing.
//   - A payment has one id, whoever asks about it. In a journal of package once, a key that was paid
//     once does not end in a conflict, and money that arrives after a person has released the key does.
//   - As long as a second step that failed can be taken again, nobody is told to pay anew.
//   - Prepare says the same of a request before and after its payment, and its digest is the same for
//     payers of other addresses and time-outs.
//   - A payer that is [payment.Installed], [payment.Timed] or [payment.FirstMarker] says the same every
//     time, and the truth: no secret and another word for another server; times of 0 to 10 years, of
//     which LongestCall outlasts Pay; the mark that Pay records first.
//
// # Time
//
// Nothing sleeps. Where the proxy waits to see whether the payer hangs up, it waits for some tens
// of milliseconds, and a payer that is slower gets another and equally valid form of the same
// fault. A payer that is as patient as Pay should be makes the run longer: give it a short
// [Site.Timeout], and no pauses of seconds between tries.
package paymenttest
