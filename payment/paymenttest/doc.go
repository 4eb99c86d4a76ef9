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
// # Time
//
// Nothing sleeps. Where the proxy waits to see whether the payer hangs up, it waits for some tens
// of milliseconds, and a payer that is slower gets another and equally valid form of the same
// fault. A payer that is as patient as Pay should be makes the run longer: give it a short
// [Site.Timeout], and no pauses of seconds between tries.
package paymenttest
