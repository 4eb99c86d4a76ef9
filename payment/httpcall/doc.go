// Package httpcall is about the single HTTP calls below the methods of a client: options for some of them, and what became
// of each.
//
// One Pay may make several calls: a login, a read of the order, the payment, the document. [With] puts options into a
// context, and every call made with that context takes them, whichever client, method or decorator is between:
//
//	ctx = httpcall.With(ctx, httpcall.Options{OnResult: func(r httpcall.Result) { ids = append(ids, r.RequestID) }})
//	paid, err := payer.Pay(ctx, req)
//
// An [Observer] sees all calls of a client for as long as it lives; every client takes one with its option WithObserver.
//
// Nothing here can make a payment be sent twice: an option may shorten a time-out but not lengthen it, and a header that the
// client sets itself cannot be replaced.
package httpcall
