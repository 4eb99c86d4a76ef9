// Package etm pays for air orders at ETM, the ETS API of ETS Group (https://api.etsgroup.travel).
//
//	client, err := etm.New(etm.StageURL, etm.B2BLogin(login, password))
//	order, err := client.GetOrder(ctx, "1053715")
//	total, err := order.Total()
//	p, err := client.Pay(ctx, payment.Request{Key: "booking-4711", OrderID: "1053715", Amount: total})
//	switch payment.Next(p, err).Action { ... }
//
// [Client] is a [payment.Payer]. ETM has no idempotency keys, and does not say that it refuses a second payment of an
// order: wrap the client with package payment/once to pay at most once per key.
//
// In a [payment.Request] the OrderID is ETM's order_id, a number of digits without a leading zero, the Amount is the order's, and the Method is the form of payment,
// [MethodCash] unless said otherwise. There are no details. Pay reads the order first: see [WithoutOrderCheck].
//
// # What proves what
//
// Only an answer whose status and whose payload's status are both "ok" is a payment. ETM documents no other word and no
// error body. Refused are a 401, a 403 with a JSON object, and the words of [WithRefusalWords]; every other failure after
// the first byte is [payment.Unknown]. Lookup then finds the payment once the order shows a time of ticketing. Nothing
// that ETM shows proves that nothing was taken, so Lookup never says so: an order that stays without tickets is a question
// for ETM's support, and its answer goes into the journal of package once with Resolve.
//
// # Sessions
//
// A login begins a session: the etm-auth-key header and the login's cookies, which go to the base URL and nowhere else. The
// client logs in when it must, once at a time for all its callers: before the session expires, after its idle time, and
// after a 401 or 403. A read is then sent once more; a payment never is: it is refused as [payment.ErrUnauthenticated], and
// may be made again with the same key, by which the client has logged in again. ETM prefers a login by token that it does not
// document: an [Authenticator] of your own can add it.
//
// # Money and time
//
// The amount of a payment is a string with the digits that it was given, "132933.7". Answers have amounts as strings or
// as printed binary floats, 221.92000000000002; [Amount] keeps them, and [Order.Total] takes the noise off. Stamps have no
// zone: [Stamp] keeps the text, [WithTimeZone] tells the client which it is.
//
// # Coverage
//
// A call has a method where a public document shows its path and its body. All others go through [Client.Do] with the path
// and the body that ETM gave you; it treats them as moving money unless told otherwise. This is the whole navigation of
// ETM's documentation, with the reason where it is Do:
//
//	AVIA
//	1 REQ B2B Login                        B2BLogin
//	1 REQ B2B Login Token                  Authenticator: path and body are not published
//	1 REQ B2C Login                        B2CLogin
//	2A Search Direct flight                Search
//	2B Search Connecting flight            Search
//	2C Search Round trip                   Search
//	3 Schedule - Amadeus optional          Do, reads only: the answer is not published
//	4 Offers request                       GetOffers, WaitOffers
//	4B Smart Offer Request optional        GetSmartOffers
//	5 Documents types for offer            GetDocumentTypes
//	6 Offer info UPD LATER                 Do, reads only: not published yet
//	7 Availability of Offer                CheckAvailability
//	8 OPT Available Services               GetAvailableServices
//	9 OPT Select services                  Do: path and body are not published
//	10 Create Order                        Do, and ParseOrder: only the answer is published
//	11 Split Order                         Do (PATCH): path and body are not published
//	12 Order payment                       CreatePayment, Pay
//	13 Checkout status                     Do, reads only: path and answer are not published
//	14 Refund order                        Do (a GET that moves money): the path is not published
//	15 Get order info                      GetOrder; ListOrders for all of them
//	16 Print E-Tiket                       Do, reads only: path and answer are not published
//	17 Receiving a cancellation fee        Do, reads only: path and answer are not published
//	18 Cancel Order                        Do (a GET that changes the order): the path is not published
//	19 Get airports                        Do, reads only: path and answer are not published
//	20 Get cities                          Do, reads only: the answer is not published
//	21 Get countries                       Do, reads only: path and answer are not published
//
//	HOTELS, REQUIRED (no path, body or answer of a hotel call is published)
//	1 REQ B2B Login                        B2BLogin
//	1 REQ B2C Login                        B2CLogin
//	2 REQ Destination                      Do, reads only
//	2 REQ Search                           Do, reads only (POST)
//	3 REQ Receiving found hotels           Do, reads only (POST)
//	4 REQ Getting a Hotel Offer            Do, reads only
//	5 REQ Create order                     Do (POST)
//	6 REQ Cancel order                     Do (PUT)
//
//	HOTELS, OPTIONAL
//	1 REQ B2B Login                        B2BLogin
//	1 REQ B2C Login                        B2CLogin
//	2 REQ Search                           Do, reads only (POST)
//	3 OPT Destination point info           Do, reads only
//	4 OPT List of popular destinations Copy  Do, reads only
//	5 OPT List of filtered destinations    Do, reads only
//	6 OPT Group guide                      Do, reads only
//	7 OPT Getting information on possible hotels  Do, reads only
//	8 OPT Getting the list of currencies   Do, reads only
//	9 REQ Receiving found hotels           Do, reads only (POST)
//	10 REQ Getting a Hotel Offer           Do, reads only
//	11 OPT Cancel-policies                 Do, reads only
//	12 OPT Account number and info         Do: what it does is not published
//	13 OPT Receiving information on the hotel offer  Do, reads only
//	14 OPT Receive detailed information about the cost of an offer  Do, reads only
//	15 REQ Create order                    Do (POST)
//	16 OPT Receive hotel services          Do, reads only
//
// # Errors
//
// Every error is a [payment.Error], and [payment.OutcomeOf] tells what one from Pay, CreatePayment or Do means for the
// money. What ETM said is its cause, an [Error]. Errors and logs name the operation and never show a path, a login, a
// session or an app id.
//
// Tests of your own can run against the simulator in package etm/etmtest.
//
// A time-out, a header or the metadata of single calls go into the context: see package payment/httpcall.
package etm
