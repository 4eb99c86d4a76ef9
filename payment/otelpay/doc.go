// Package otelpay shows payments to OpenTelemetry. It is a module of its own, so that nobody else
// has to load OpenTelemetry.
//
// [NewObserver] watches the single HTTP calls of a client, [NewPayer] the payments of any
// [payment.Payer]:
//
//	observer, err := otelpay.NewObserver()
//	client, err := duffel.New(token, duffel.WithObserver(observer))
//	payer, err := otelpay.NewPayer(client)
//	safe, err := once.New(payer, store, once.Name("duffel-live"))
//
// Both use the global providers of package otel, also those that are set later, unless options name
// others.
//
// # Spans
//
//	name                    kind      one for each
//	duffel CreatePayment    client    HTTP call of a client, all its tries together
//	duffel pay              internal  Pay of the payer
//	duffel lookup           internal  Lookup
//	duffel continue         internal  Continue
//
// The first word is the provider's name. Prepare does no I/O and has no span.
//
// # Metrics
//
//	name                            kind       unit       counts
//	supplierpay.call.duration       histogram  s          calls of clients, with all their tries
//	supplierpay.call.requests       counter    {request}  requests that were made for them
//	supplierpay.payment.duration    histogram  s          Pay, Lookup and Continue
//
// The count of a histogram is the number of calls or payments: there is no other counter for it.
//
// # Attributes
//
//	name                            on calls       on payments    value
//	supplierpay.provider            span, metrics  span, metrics  the payer's name, "duffel"
//	supplierpay.operation           span, metrics  span, metrics  "CreatePayment"; "pay", "lookup" or "continue"
//	supplierpay.outcome             span, metrics  span, metrics  "ok" without an error, else "not sent", "refused", "accepted", "unknown"
//	error.type                      span, metrics  span, metrics  only with an error, see below
//	http.response.status_code       span, metrics                 when an answer came
//	http.request.method             span                          "POST"
//	url.template                    span                          the template of the path, "/air/payments"
//	supplierpay.write               span                          whether the call moves money or changes state
//	supplierpay.tries               span                          how many requests were made
//	supplierpay.request_id          span           span           the provider's id of the call, when it gave one
//	supplierpay.payment.method                     span, metrics  the attempt's method, when it has one
//	supplierpay.payment.status                     span, metrics  the status of the payment that was returned
//	supplierpay.payment.next                       span, metrics  the action of payment.Next: "done", "lookup", "call_human", ...
//	supplierpay.order.id                           span           only with WithIDs
//	supplierpay.payment.key                        span           only with WithIDs
//	supplierpay.payment.id                         span           only with WithIDs
//
// The names without "supplierpay" are OpenTelemetry's own. error.type is the name of the gravest of
// this module's sentinel errors, such as "price_changed" for [payment.ErrPriceChanged]; without one
// the HTTP status, or "canceled", "timeout", "panic" or "_OTHER".
//
// A read that fails has the outcome "unknown" because it proves nothing about the money; that alone
// is no alarm. Watch for supplierpay.payment.next "call_human", and for supplierpay.operation "pay"
// with supplierpay.outcome "unknown".
//
// A span has the status Error with every error but two: a lookup that proves that nothing was
// taken, and one that proves nothing, have done their work, and only error.type tells of them.
//
// # What stays out
//
// No attribute has a value of a URL, an amount, a body, or a header but the request id, and none
// has an id of an order or a payment unless [WithIDs] asks for it. Errors quote the provider's
// words, which may name customers and orders: a span's status therefore has no description and no
// span has an exception event. Read the words in the log, which has the request id too.
//
// No trace context goes into the requests. Providers are other companies: they would learn the ids
// of your traces and could do nothing with them. One that asks for the header traceparent can be
// given it through httpcall.With.
package otelpay
