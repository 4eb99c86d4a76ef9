// Package activeplatform tops up accounts at ActivePlatform (https://activeplatform.com), a billing platform of cloud
// resellers. Every operator runs an installation of its own, so the address is yours to give.
//
// A payment here is a request to top up an account's balance. It waits until somebody approves it, or until the
// installation completes it by itself; then the money is taken. [Client] is a [payment.Payer] for that, and has a typed
// method for each call. API v1, flat JSON, whose token sits in the query:
//
//	CreatePayment    POST /api/vendor/v1/payments.json
//	GetPayment       GET  /api/vendor/v1/payments/{id}.json
//	ListPayments     GET  /api/vendor/v1/payments.json
//	CompletePayment  POST /api/vendor/v1/payments/{id}/complete.json
//
// API v3, JSON:API, with [Client.V3]; paths begin with /api/v3/resellers/{reseller_id}:
//
//	CreatePayment              POST   /payments
//	GetPayment                 GET    /payments/{payment_id}
//	ListPayments               GET    /payments
//	CancelPayment              DELETE /payments/{payment_id}
//	CompletePayment            PATCH  /payments/{payment_id}, with a payment method
//	CompletePaymentFromBalance PATCH  /payments/{payment_id}, with a status
//	GetAccount, ListAccounts   GET    /accounts/{account_id}, GET /accounts
//
// The structs mirror the pages under https://docs.activeplatform.com/api-guide and
// https://docs.activeplatform.com/activeplatform-reseller-api-reference-guide-en. Ids are read from numbers and from
// strings, "" stands for null, enums are open, and members that a struct does not know are kept in its Raw. API v1 is
// deprecated in recent releases; its payer is the default because every release has it.
//
// API v3 can also complete a payment by its document number (POST /payments/{document_id}). That is left out on purpose:
// it is documented to credit the account again when the payment is complete already, so a second call, for whatever
// reason, pays twice.
//
// # Paying
//
//	client, err := activeplatform.New("https://billing.example.com", token, activeplatform.WithCurrency("USD"))
//	p, err := client.Pay(ctx, payment.Request{Key: "top-up-4711", OrderID: "2000532", Amount: amount})
//	switch payment.Next(p, err).Action { ... }
//
// In a [payment.Request] the OrderID is the account's id, the Method is empty, and [Details] may be left out. Payments do
// not exclude each other: every key is a top-up of its own. An id has digits only and no leading zero, so an account has
// one spelling.
//
// The platform has no idempotency keys and refuses no second payment, so a client alone pays at most once per call of Pay;
// wrap it with package payment/once to pay at most once per key. What ties a payment to its key is a marker of 21
// characters that Pay writes in front of the description, into the comment: "spay-" and a hash of the key. Lookup finds a
// payment by it whose answer was lost. People see the comment, and they should leave the marker alone.
//
// Customers may edit, join and cancel payments that wait. [Client.Lookup] says ErrInconclusive then, and a person has to
// look.
//
// # Money
//
// Amounts are decimal numbers in the major unit, in the one currency of the installation, which [WithCurrency] declares;
// API v3 names it in newer releases, and then it must agree. Requests carry the digits that they were given; nothing is
// rounded and no float is involved.
//
// # Errors
//
// Every error is a [payment.Error], and [payment.OutcomeOf] tells what one from a call that moves money means. API v1
// documents no errors at all: but for a 401, and a 403 with JSON, whatever is no success is Unknown. API v3's error body
// is a refusal. Either way the answer itself is the cause, an [Error]:
//
//	var said *activeplatform.Error
//	if errors.As(err, &said) {
//		log.Print(said.Status, said.Body)
//	}
//
// No error and no log line shows the token or a query. Whoever else sees the URLs of API v1 (proxies, the platform's own
// access logs, middleware) does see the token.
//
// Tests of your own can run against the simulator in package activeplatform/activeplatformtest.
//
// A time-out, a header or the metadata of single calls go into the context: see package payment/httpcall.
package activeplatform
