// Package once pays once per key: it puts a journal of attempts around any [payment.Payer].
//
//	payer, err := once.New(client, store, once.Name("duffel-live-eu"))
//	p, err := payer.Pay(ctx, request) // as often as you like, from as many processes as you like
//
// A [*Payer] is a payment.Payer, a payment.Continuer, a payment.Timed and a payment.Installed
// itself. It writes a row before anything is sent, and the answer after it came. A crash, a lost
// answer or a second click never makes a second payment. What the journal does not know it asks the
// provider. What the provider cannot say it leaves to a person.
//
// # One payment
//
//	Prepare   check the request; no I/O
//	Begin     insert the row (name, key, n), durable, before a byte leaves     one round trip
//	Pay       the payer inside, behind a gate that shuts when the lease is over
//	Finish    write the answer, by compare-and-set on the row's version        one round trip
//
// A payer that takes a step after which money may move records a mark before the step: one round
// trip more. Begin writes the first mark of a [payment.FirstMarker] together with the row.
//
// The lease says for how long the process that began may send. The process counts the lease from
// before Begin on its own clocks. The lease ends as soon as the monotonic or the wall clock says
// so: a process that was stopped in between and wakes up late sends nothing. A process that is
// inside a call never takes the lease of the call's row, whatever the store's clock says.
//
// The caller's context never cuts off what is written into the journal. Begin, marks and Finish
// have bounds of their own. What the process knows to be unsent it writes down as unsent: a row
// whose Begin was given up and is committed later is released on sight.
//
// # A second Pay with the same key
//
//	row of the key                          what Pay does
//	----------------------------------      --------------------------------------------------------
//	started, lease alive                    ErrInProgress (Unknown)
//	started, lease over; unknown; open      asks Lookup; pays only if nothing was taken
//	paid, partial, reversed                 returns the stored payment
//	failed                                  returns the stored refusal; another try needs another key
//	released                                begins attempt n+1
//	released by a person                    asks Lookup about it once more, then sends attempt n+1
//	conflict                                ErrDoublePaymentRisk (Accepted); a person must look
//	any, for another request                ErrKeyReused (NotSent), with where the key stands
//	any, of another installation            ErrInconclusive (Unknown)
//	any, not readable                       ErrInconclusive (Unknown); a person can settle it
//	none, another key holds the order       ErrScopeHeld (NotSent), unless the request allows another
//	the store cannot be asked               ErrJournal (NotSent); the key may have been paid before
//
// Nothing is sent unless every row of the key is released. A refusal for rate, credentials or
// availability releases the row; any other refusal fails it. A payment that was reversed is never
// made again by itself, and it holds the order like a paid one. An open payment that waits for the
// customer answers with ErrNextActionLost, because next actions are secrets and are never stored,
// unless Lookup finds a final state or the next action again. [Payer.Abandon] ends it.
//
// # Proof and evidence
//
// All changes of a row's state stand in one table (state.go): the state, what the news says and who
// brings it give the new state. The diagrams in docs/concepts.md are held to that table.
//
// An attempt is proven not taken by the NotSent or passing refusal of the call that owned it, or by
// ErrNoPayment of a Lookup that was asked after the quiet time about the row as it still is. The
// quiet time is the lease, the payer's longest call and the provider's settling time together. A
// person can decide it with [Payer.Resolve]. Attempt n+1 begins only when every earlier attempt of
// the key is released.
//
//	not taken  <  unknown  <  taken
//
// Evidence only rises. A late "not sent" or refusal does not undo a payment that has been seen. A
// late "unknown" of the sender opens a settled row again. Money that turns up for a row that was
// failed or released makes the row a conflict, even if the row was in doubt again in between. A
// failed payment counts only if it was matched to the attempt itself.
//
// A payment of the provider belongs to one attempt. A payment that another attempt of the key holds
// is no news about this one: the key answers with it. Only a payment that no attempt holds can make
// a conflict. A payment that Lookup matched by the order alone counts as taken, even if another
// client may have made it: a false alarm is cheaper than a second payment.
//
// What is missing proves less than what is there. An attempt of which an answer is not known is
// treated like one that was answered with a 5xx, see [payment.Attempt.AnswersKnown]. An attempt
// whose marks may have been lost is Incomplete.
//
// "Not taken" is said of a key, by Lookup, Abandon or a late refusal, only if no other attempt of
// the key may have been taken; else the answer is ErrInProgress, and asking again tells more.
//
// # Whose row it is
//
// A row names its provider and its installation, see [payment.Installed]. A Payer asks about the
// rows of its own installation alone: that another account shows no payment proves nothing.
// [WithFormerInstallation] names an installation whose rows are its own too, after a host name or a
// credential has changed on purpose.
//
// # Asking
//
// [Payer.Reconcile] asks about the rows that are due: as soon as the lease is over, each time the
// row's age has doubled since the last question, at the end of the quiet time, and once a day at
// the least. The replicas share the work: a row that one of them asks about is busy for the others.
// After ErrRateLimited, ErrUnauthenticated or ErrForbidden a walk asks nothing more;
// [Report].Paused says why. A row that cannot be read or recorded, or about which the payer panics,
// is reported, and the walk goes on.
//
// Pay, Lookup and Abandon ask whenever they are called. Lookup of a key that has no row is
// ErrNoSuchKey. While a process is sending, nobody asks.
//
// A webhook is a hint and never a proof. Find the rows that it may be about among
// [Payer.Unresolved], and call Lookup with their keys.
//
// # Decisions
//
//	call                      the row becomes             refused
//	---------------------     -----------------------     ----------------------------------------
//	Resolve(DecidePaid)       paid, asserted, watched     while a process is sending
//	Resolve(DecideNotTaken)   released, watched           while a process is sending;
//	                                                      before the end of the quiet time, unless
//	                                                      Early is given; where the provider has
//	                                                      shown the payment or its failure
//	Revoke                    unknown                     where no person's word stands
//
// Who and why are required, and are kept in the row and in its event. DecidePaid is an assertion
// unless the provider has shown the payment: the key answers with a payment that is matched by
// person. An assertion can be taken back, with DecideNotTaken or [Payer.Revoke], until the provider
// shows the payment. What the provider has shown nobody can take back. DecideNotTaken of an
// assertion before the end of the quiet time, without [Early], makes the row unknown, and returns
// ErrTooEarly all the same.
//
// A row that a person has settled is watched for 30 days, or as [WithWatch] says: Reconcile goes on
// asking about it. Money that turns up for a released row is a conflict. A payment that the
// provider shows confirms an assertion.
//
// With [WithFourEyes] a decision needs two persons: [Payer.Propose] by one and [Payer.Confirm] by
// another name. The rules of the decision apply when it is confirmed.
//
// # Telling
//
// Each change of a row's state and each new word of a person appends one [Event], in the
// transaction of the write. Events are only ever appended. [Payer.History] returns those of one
// key. [Payer.Events] reads all in the order of Seq, without gaps that fill later.
// [Payer.ExportAudit] writes them as JSON Lines that are chained by hashes, and [VerifyAudit] finds
// a line that was changed, removed, added or moved. Keep the [AuditMark] of each export apart from
// the file. [WithAudit] calls a function with each event, as best effort.
//
// # Keeping the journal healthy
//
// Run [Payer.Reconcile] every minute or so in every replica. List what is left with
// [Payer.Unresolved] or the report, ask the provider, and settle it with [Payer.Resolve]. Alert on
// rows in conflict and on unresolved rows that grow old. Use one [Name] for one set of credentials,
// and never change it while rows are unresolved.
//
// [Memory] forgets everything at restart: it is for tests and examples. Services need a durable
// [Store]; test your own with package storetest.
package once
