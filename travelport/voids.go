package travelport

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"

	"github.com/supplierpay/supplierpay-go/internal/call"
	"github.com/supplierpay/supplierpay-go/internal/wire"
	"github.com/supplierpay/supplierpay-go/payment"
)

// The calls of this file give money back. Each is sent once; after an error of outcome Unknown read the documents before
// doing it again.

// VoidTicketRequest are the optional facts of VoidTicket.
type VoidTicketRequest struct {
	AgencyCode  string `json:"agencyCode,omitempty"`
	DateOfIssue string `json:"dateOfIssue,omitempty"`
	// Status is "Void". Travelport's schema demands it and its help page sends none.
	Status string `json:"status,omitempty"`
}

// TicketIDResponse is the answer to VoidTicket.
type TicketIDResponse struct {
	Response
	// SettlementAuthorizationCode may be absent.
	SettlementAuthorizationCode string `json:"SettlementAuthorizationCode,omitempty"`
}

// VoidTicket voids one ticket of the GDS on the day of its issue (PUT ticket/tickets/updatestatus/{ticketNumber}). It is
// void when the Result's Status is "Complete".
func (c *Client) VoidTicket(ctx context.Context, number string, req VoidTicketRequest) (TicketIDResponse, error) {
	var resp TicketIDResponse
	if err := checkID("TicketNumber", number); err != nil {
		return resp, ours(err, "VoidTicket")
	}
	body, err := c.encode(BodyVoid, string(BodyVoid), req)
	if err != nil {
		return resp, ours(err, "VoidTicket")
	}
	id, err := c.change(ctx, call.Operation{
		Name: "VoidTicket", Method: http.MethodPut, Route: "/air/ticket/tickets/updatestatus/{number}",
		Path: []string{"air", "ticket", "tickets", "updatestatus", number}, Body: body,
	}, "TicketIdResponse", &resp)
	resp.RequestID = id
	return resp, err
}

// change sends a write after which only a read tells what happened, and decodes the object under the answer's key into v.
// Of a refusal whose reason is that Travelport or the supplier broke, the call layer says Unknown: it may have been done.
func (c *Client) change(ctx context.Context, op call.Operation, key string, v any) (string, error) {
	op.Kind = call.Write
	a, err := c.calls.Do(ctx, op, func(a *call.Answer) error {
		raw, err := open(a, key, payment.Unknown)
		if err != nil {
			return err
		}
		err = wire.UnmarshalLenient(raw, v)
		return err
	})
	return requestID(a), err
}

// DocumentVoid names documents of one kind; without numbers, all of that kind.
type DocumentVoid struct {
	DocumentType string   `json:"documentType"` // Ticket, EMD, MCO, TASF, Invoice
	Number       []string `json:"number,omitempty"`
}

// DocumentVoidResponse is the answer to VoidDocuments: how each document stands.
type DocumentVoidResponse struct {
	Response
	DocumentStatus []DocumentStatus `json:"documentStatus,omitempty"`
}

// DocumentStatus is how a document stands.
type DocumentStatus struct {
	DocumentType string `json:"documentType,omitempty"`
	Number       string `json:"number,omitempty"`
	Status       string `json:"status,omitempty"` // "VOID"
}

// VoidDocuments voids documents of a GDS reservation (POST documents/void). It is not for NDC and low-cost carriers.
func (c *Client) VoidDocuments(ctx context.Context, locator string, documents ...DocumentVoid) (DocumentVoidResponse, error) {
	var resp DocumentVoidResponse
	if err := checkLocator("Locator", locator); err != nil {
		return resp, ours(err, "VoidDocuments")
	}
	if len(documents) == 0 {
		return resp, ours(payment.InvalidField("Documents", "missing"), "VoidDocuments")
	}
	type value struct {
		Value string `json:"value"`
	}
	body, err := json.Marshal(struct {
		Locator      value          `json:"locator"`
		DocumentVoid []DocumentVoid `json:"documentVoid"`
	}{value{locator}, documents})
	if err != nil {
		return resp, ours(payment.InvalidField("Documents", "cannot be written as JSON"), "VoidDocuments")
	}
	id, err := c.change(ctx, call.Operation{
		Name: "VoidDocuments", Method: http.MethodPost, Route: "/documents/void", Path: []string{"documents", "void"}, Body: body,
	}, "DocumentVoidListResponse", &resp)
	resp.RequestID = id
	return resp, err
}

// CancelOffer cancels a ticketed NDC offer (POST receipt/reservations/{workbenchID}/receipts, Travelport's NDC Cancel). It
// ends the workbench by itself: do not commit. retain keeps the ticket's value instead of a refund. When the refund differs
// from the price, a RefundQuote must come before.
func (w *Workbench) CancelOffer(ctx context.Context, offer string, retain bool) (ReceiptListResponse, error) {
	var resp ReceiptListResponse
	if offer == "" {
		return resp, ours(payment.InvalidField("Offer", "missing"), "CancelOffer")
	}
	op, err := w.operation(call.Write, "CancelOffer", http.MethodPost, "/air/receipt/reservations/{workbenchID}/receipts",
		"receipt", "reservations", w.ID, "receipts")
	if err != nil {
		return resp, ours(err, "CancelOffer")
	}
	op.Query = url.Values{"OfferIdentifier": {offer}}
	if op.Header == nil {
		op.Header = http.Header{}
	}
	op.Header["RetainFlag"] = []string{strconv.FormatBool(retain)}
	id, err := w.client.change(ctx, op, "ReceiptListResponse", &resp)
	resp.RequestID = id
	return resp, err
}

// CancelPayment takes back an NDC payment and keeps the booking (POST paymentoffer/.../payments/{paymentID}); paymentID is
// the payment's id in the workbench. A commit must follow. Few carriers have it.
func (w *Workbench) CancelPayment(ctx context.Context, paymentID string) (PaymentResponse, error) {
	var resp PaymentResponse
	if err := checkID("Payment.ID", paymentID); err != nil {
		return resp, ours(err, "CancelPayment")
	}
	op, err := w.operation(call.Write, "CancelPayment", http.MethodPost, addPaymentRoute+"/{paymentID}",
		"paymentoffer", "reservationworkbench", w.ID, "payments", paymentID)
	if err != nil {
		return resp, ours(err, "CancelPayment")
	}
	id, err := w.client.change(ctx, op, "PaymentResponse", &resp)
	resp.RequestID = id
	return resp, err
}

// RefundQuoteResponse is the answer to RefundQuote.
type RefundQuoteResponse struct {
	// Raw is the answer as it came. Of its shape only a price is documented: positive is a refund, negative
	// value that is forfeited.
	Raw json.RawMessage
	// RequestID is what Travelport's support asks for.
	RequestID string
}

// RefundQuote asks what cancelling an NDC offer would give back (POST .../offers/canceloffer). It changes the workbench and
// moves no money.
func (w *Workbench) RefundQuote(ctx context.Context, offer string) (RefundQuoteResponse, error) {
	var resp RefundQuoteResponse
	if offer == "" {
		return resp, ours(payment.InvalidField("Offer", "missing"), "RefundQuote")
	}
	type from struct {
		Type            string          `json:"@type"`
		OfferIdentifier OfferIdentifier `json:"OfferIdentifier"`
	}
	body, err := w.client.encode(BodyRefundQuote, string(BodyRefundQuote), struct {
		BuildFromOffer from `json:"BuildFromOffer"`
	}{from{Type: "BuildFromOfferAir", OfferIdentifier: OfferIdentifier{Identifier: &Identifier{Value: offer}}}})
	if err != nil {
		return resp, ours(err, "RefundQuote")
	}
	op, err := w.operation(call.Write, "RefundQuote", http.MethodPost, "/air/book/airoffer/reservationworkbench/{workbenchID}/offers/canceloffer",
		"book", "airoffer", "reservationworkbench", w.ID, "offers", "canceloffer")
	if err != nil {
		return resp, ours(err, "RefundQuote")
	}
	op.Body = body
	id, err := w.client.change(ctx, op, "", &resp.Raw)
	resp.RequestID = id
	return resp, err
}
