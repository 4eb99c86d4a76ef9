// Package payment is the vocabulary of paying suppliers without paying twice or losing track of a
// payment: requests, payments, money, outcomes, errors and secrets. It knows no HTTP and no
// provider. The packages of the providers implement its one interface, [Payer]; package once adds a
// journal around any Payer, so that each key pays once across crashes and replicas.
//
// # The promise
//
// Every error from Pay answers one question: was the money taken? [OutcomeOf] gives the answer.
//
//	outcome    what it means                                  what to do
//	NotSent    no byte of the request reached the provider    may be tried again
//	Refused    the provider said no, nothing was taken        read why, then see Next
//	Accepted   the money moved, something else is wrong       never pay again, read the error
//	Unknown    the money may have been taken                  never pay again, ask Lookup
//
// What cannot be placed is Unknown: it is the zero value, and the outcome of every error that is
// not an [*Error], a cancelled context included. Wrapping keeps an outcome, in a join the worst
// branch wins (Unknown, Accepted, Refused, NotSent), and an *Error's own outcome stands above those
// of its causes. Reads carry Unknown whatever happened to them: nobody may conclude "pay again"
// from a failed question. The one exception is [ErrNoPayment], with outcome Refused.
//
// # Paying
//
// A [Request] names what to pay and carries a key: the caller's own name for this payment, the same
// on every retry of it. Store the key before you call Pay.
//
//	amount, err := payment.ParseMoney("30.20", "GBP")
//	...
//	req := payment.Request{Key: row.ID, OrderID: "ord_0000ABC", Amount: amount}
//	p, err := payer.Pay(ctx, req)
//	switch step := payment.Next(p, err); step.Action {
//	case payment.NextDone: // deliver
//	case payment.NextShowCustomer: // bring the customer to p.Next, then Continue
//	case payment.NextRetry, payment.NextNewRequest: // nothing was taken
//	default: // wait, look up, or call a person; step.Text says which and why
//	}
//
// A nil error does not mean "paid": a payment may be pending, or wait for the customer. Ask
// [Payment.Paid] before you deliver. A payment may also come with an error: a declined one, or one
// that was made and is of another amount than asked. Then follow Next, whatever Paid says.
//
// # Looking up
//
// Lookup asks the provider what became of an [Attempt], which any process can do at any later time.
// Prepare makes the attempt of a request without any I/O. Package once keeps attempts for you. If
// you keep them yourself, store the attempt with its SentAt before Pay, and what [Attempt.After]
// makes of the answer after it. Call After with every result of Pay and Continue, and with no
// result of Lookup:
//
//	a, err := payer.Prepare(req)
//	...
//	a.SentAt = time.Now() // store a
//	p, err := payer.Pay(ctx, req)
//	a = a.After(p, err) // store a
//	...
//	p, err = payer.Lookup(ctx, a)
//
// The answer is a payment, ErrNoPayment when the provider proves that none was and none will be
// taken, or [ErrInconclusive]: ask again later. A provider may take the money, or show it, well
// after the call; believe ErrNoPayment only when the times of [Timing] have passed. Some providers
// never prove it; then a person has to decide. An attempt of which an answer was lost is one for
// which less can be proven, see [Attempt.AnswersKnown]: a process that died may have had a 500 in
// its hands.
//
// # Money
//
// [Money] is an exact decimal in one currency. Nothing rounds: a digit beyond the currency's minor
// unit is an error, and "30.20" stays "30.20". [ISO4217] has the currencies, [Currencies.With]
// changes one. Compare with [Money.Equal], never with ==.
//
// # Errors and secrets
//
// An [*Error] says in one line who failed at what, with which outcome, and holds no secret. Test
// what went wrong with errors.Is and the Err variables of this package, and read the provider's own
// error with errors.As; what it means for the money is the outcome's to say. Tokens, card data and
// cookies are of type [Secret], which every formatter, logger and encoder prints as "[secret]".
// Attempts and the JSON of payments hold no secret, so they can be stored and logged.
//
// # Writing a payer
//
// Implement [Payer], and [Continuer], [Timed], [Installed] and [FirstMarker] if they apply, and run
// package paymenttest against it. A payer around another one must be all that the inner one is:
// embed its own type, not the interface Payer.
//
//   - Prepare checks the request ([DetailsOf], [Currencies.Check]) and ends with [NewAttempt]. What Lookup needs from the
//     details goes into Ref: a cart, an account, a marker derived from the key. Scope is what may be paid only once. What
//     only chooses the API's form is no part of the digest: add it to Ref after NewAttempt.
//   - Pay calls Prepare first. It asks [CheckGate] right before each request that moves money, and [RecordMark] before a
//     step that makes money move later, such as the commit of a session; both may forbid the step. Facts that only Pay
//     learns, such as the session's id, go into the mark's Ref. It sends a request again only when it is proven that no
//     byte of it left.
//   - Errors carry their outcome explicitly. Claim NotSent and Refused only with proof; the zero value is safe. An error
//     made before the request was sent, by InvalidField for instance, must not be returned for an answer.
//   - A provider's word that you do not know is [Pending]. An amount or currency other than asked is the payment together
//     with [ErrAmountMismatch], outcome Accepted.
//   - Lookup claims ErrNoPayment only with the provider's proof. An empty list and a 404 are no proof. A missing mark is
//     one only as [Attempt.Marked] says. Without [Attempt.AnswersKnown] conclude what you would after a 5xx.
//   - Hooks are in the context of Lookup too. A Lookup whose proof can be had only once records it with RecordMark, and
//     finds that mark when it is asked again.
package payment
