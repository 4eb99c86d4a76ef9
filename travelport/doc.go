// Package travelport tickets held bookings through Travelport's JSON Air APIs, version 11 (TripServices Flights).
//
// [Client] is a [payment.Payer] for a reservation that is booked and held: from its locator to its tickets. Its typed
// methods mirror the pages of Travelport's reference:
//
//	CreateWorkbench, WorkbenchFromLocator         open a workbench, the session in which things are changed
//	Workbench.Retrieve, Discard, Commit           read it, throw it away, execute it
//	Workbench.AddFormOfPayment, Update..., Delete...
//	Workbench.AddPayment                          Add Payment: queue what is paid at the commit
//	GetReservation, GetReservationByLocator       read a booking
//	ListReceipts, RetrieveTickets, GetTicket      read ticket numbers and tickets
//	ListDocuments, DocumentHistory                read documents, and what was charged
//	VoidTicket, VoidDocuments                     void GDS documents
//	Workbench.RefundQuote, CancelOffer, CancelPayment   NDC refunds
//
// The reference is at https://support.travelport.com/webhelp/jsonapis/airv11/ and https://developer.travelport.com. The
// older .com hosts of the API are switched off; [New] talks to production on travelport.net, or to pre-production.
//
// # Paying
//
//	client, err := travelport.New(credentials)
//	read, err := client.GetReservation(ctx, "G8A909", nil)
//	total, err := read.Reservation.Offer[0].Price.Total()
//	p, err := client.Pay(ctx, payment.Request{
//		Key: "booking-4711", OrderID: "G8A909", Amount: total,
//		Details: travelport.Details{Parts: []travelport.Part{{
//			FormOfPayment: &travelport.FormOfPayment{Type: travelport.FormOfPaymentCash},
//		}}},
//	})
//	switch payment.Next(p, err).Action { ... }
//
// In a [payment.Request] the OrderID is the locator, in capital letters. The Method stays empty: the forms of payment in
// [Details] say it. A part without offers pays all offers of the reservation.
//
// Travelport has no idempotency keys, and issues tickets at the commit, whose answer says little: a success may have
// issued nothing, and a failure everything. Pay therefore sends a commit once and then reads the documents, and counts
// nothing but them. Payer and journal together pay at most once per key: wrap the client with package payment/once, which
// keeps the marks that Pay leaves before it fills a workbench and before it commits it, and those of Lookup. Without them
// Lookup cannot prove that nothing was taken.
//
// Pay refuses reservations that have documents, or payments that somebody else queued: exchanges and additions to ticketed
// bookings go through the workbench's own methods. For NDC content it reads what Travelport shows of the booking.
//
// # Money
//
// Amounts are sent as JSON numbers with the decimals of their currency, 2773.50, and read as numbers or strings. Nothing is
// rounded and no float is involved. A payment of zero, for an even exchange, and one without amount, for a forfeit, can be
// queued with Workbench.AddPayment.
//
// # Errors
//
// Every error is a [payment.Error], and [payment.OutcomeOf] tells what one from Pay means for the money. Travelport's own
// words are its cause, an [Error] with all entries. An error may come under status 200: inside the answer to AddPayment it
// is a refusal, inside the answer to Commit it is Unknown until the documents are read. Errors by which Travelport says
// that a workbench is closed have [ErrWorkbenchGone] in their tree.
//
// Card numbers, CVVs and the results of 3-D Secure are [payment.Secret] values, going out and coming in.
//
// Tests of your own can run against the simulator in package travelport/travelporttest.
//
// A time-out, a header or the metadata of single calls go into the context: see package payment/httpcall.
package travelport
