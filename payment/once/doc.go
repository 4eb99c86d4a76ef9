// Package once pays once per key: it puts a journal of attempts around any [payment.Payer].
//
//	payer, err := once.New(client, store, once.Name("duffel-live-eu"))
//	p, err := payer.Pay(ctx, request) // as often as you like, from as many processes as you like
//
// A [*Payer] is a payment.Payer (and a payment.Continuer) itself. It writes a row before anything is sent and the answer
// after it came back, so that a crash, a lost answer or a second click never makes a second payment. What it cannot know
// it asks the provider; what the provider cannot say it leaves to a person.
//
// # One payment
//
//	Prepare   check the request; no I/O
//	Begin     insert the row (name, key, n), durable, before a byte leaves     one round trip
//	Pay       the payer inside, behind a gate that shuts when the lease is over
//	Finish    write the answer, by compare-and-set on the row's version        one round trip
//
// A payer that takes a step after which money may move records a mark first: one round trip more.
//
// The lease says for how long the process that began may send. It is counted from before Begin on the process's own
// clocks, and ends as soon as the monotonic or the wall clock says so: a process that was stopped in between and wakes up
// late sends nothing. Finish is independent of the caller's context.
//
// # A second Pay with the same key
//
//	row of the key                          what Pay does
//	----------------------------------      -----------------------------------------------------------------------
//	started, lease alive                    ErrInProgress (Unknown)
//	started, lease over; unknown; open      takes the lease and asks Lookup; pays only if nothing was taken (below)
//	paid, partial, reversed                 returns the stored payment
//	failed                                  returns the stored refusal; another try needs another key
//	released                                begins attempt n+1
//	conflict                                ErrDoublePaymentRisk (Accepted); a person must look
//	any, for another request                ErrKeyReused (NotSent)
//	none, another key holds the order       ErrScopeHeld (NotSent) with the first key, unless the request allows another
//
// Nothing is sent unless the row is released, or has just become so. Refusals for rate, credentials or availability release
// the row instead of
// failing it. A payment that was reversed is never made again by itself: money went out and came back, so its key answers
// with the reversed payment, and it holds the order like a paid one. An open payment that waits for the customer answers
// with ErrNextActionLost, because next actions are secrets and are never stored, unless Lookup finds a final state or
// the next action again; [Payer.Abandon] ends it.
//
// # Proof
//
// An attempt is proven not taken by the NotSent or passing refusal of the call that owned it, by ErrNoPayment of a Lookup
// that was asked after the quiet time (the end of the lease, plus the payer's longest call, plus the provider's settling
// time), or by a person with [Payer.Resolve]. Attempt n+1 begins only when every earlier attempt of the key is.
//
//	not taken  <  unknown  <  taken
//
// Evidence only rises. A late "not sent" or refusal does not undo a payment that has been seen; a late "unknown" opens a
// settled row again; and money that turns up for a row that was failed or released, even if it was opened again in between,
// makes it a conflict, which is audited and answered with ErrDoublePaymentRisk. A payment that Lookup matched by the order
// alone counts as taken too, even if another key may have made it: a false alarm is cheaper than a second payment. A failed
// payment counts only if it was matched to the attempt itself.
//
// "Not taken" is said of a key, by Lookup, Abandon or a late refusal, only if no other attempt of it may have been taken;
// else the answer is ErrInProgress, and asking again tells more.
//
// # Keeping the journal healthy
//
// Run [Payer.Reconcile] every few minutes in every replica. List what is left with [Payer.Unresolved] or the report, ask
// the provider, and settle it with [Payer.Resolve]. Watch for conflicts with [WithAudit].
//
// [Memory] forgets everything at restart: it is for tests and examples. Services need a durable [Store]; test your own
// with package storetest.
package once
