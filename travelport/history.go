package travelport

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/supplierpay/supplierpay-go/internal/call"
	"github.com/supplierpay/supplierpay-go/internal/wire"
	"github.com/supplierpay/supplierpay-go/payment"
)

// DocumentListResponse lists the documents of a reservation, by traveler.
type DocumentListResponse struct {
	Response
	DocumentHistoryList []DocumentList `json:"documentHistoryList,omitempty"`
}

// DocumentList are the documents of one traveler.
type DocumentList struct {
	Name                string            `json:"name,omitempty"` // "SMITH/JOHNMR"
	DocumentListSummary []DocumentSummary `json:"documentListSummary,omitempty"`
}

// DocumentSummary is a document and what was done with it. Travelport does not document its letters.
type DocumentSummary struct {
	Number                 string    `json:"number,omitempty"`
	DocumentType           string    `json:"documentType,omitempty"` // E, N, M, F, I, D, C
	ActionStatus           string    `json:"actionStatus,omitempty"` // I, R, RC, V, VE, E
	TransactionDateTimeUTC Timestamp `json:"transactionDateTimeUTC,omitempty"`
	PseudoCityCode         string    `json:"pseudoCityCode,omitempty"`
	PlatingAirline         string    `json:"platingAirline,omitempty"`
}

// ListDocuments reads all documents of a reservation with what was done with them (GET documents/documentlist/{locator}).
// It also works when the reservation itself is gone.
func (c *Client) ListDocuments(ctx context.Context, locator string) (DocumentListResponse, error) {
	var resp DocumentListResponse
	if err := checkLocator("Locator", locator); err != nil {
		return resp, unasked(err, "ListDocuments")
	}
	id, err := c.get(ctx, call.Operation{
		Name: "ListDocuments", Method: http.MethodGet, Route: "/documents/documentlist/{locator}",
		Path: []string{"documents", "documentlist", locator},
	}, "DocumentHistoryListResponse", &resp)
	resp.RequestID = id
	return resp, err
}

// HistoryDocument names a document for DocumentHistory.
type HistoryDocument struct {
	Number                     string `json:"number"`
	DocumentType               string `json:"documentType"` // TKT, EMD, MCO, INV, TASF
	NumberOfConjunctiveTickets *int   `json:"numberOfConjunctiveTickets,omitempty"`
}

// DocumentHistoryResponse is the history of documents: the best source for what was charged, with which approval.
type DocumentHistoryResponse struct {
	Response
	DocumentHistories []DocumentHistory `json:"documentHistories,omitempty"`
}

// DocumentHistory is one document with what was charged for it.
type DocumentHistory struct {
	Number                json.RawMessage  `json:"number,omitempty"` // an object with the number and its type
	IssueDateTimeUTC      Timestamp        `json:"issueDateTimeUTC,omitempty"`
	IssuingAgent          string           `json:"issuingAgent,omitempty"`
	IssuingPseudoCityCode string           `json:"issuingPseudoCityCode,omitempty"`
	IssuingIATA           string           `json:"issuingIATA,omitempty"`
	TravelportLocator     string           `json:"travelportLocator,omitempty"`
	SupplierLocator       string           `json:"supplierLocator,omitempty"`
	OrderID               string           `json:"orderID,omitempty"` // of an NDC order
	Name                  string           `json:"name,omitempty"`
	PassengerTypeCode     string           `json:"passengerTypeCode,omitempty"`
	PlatingAirline        string           `json:"platingAirline,omitempty"`
	FormOfPayment         []HistoryPayment `json:"formOfPayment,omitempty"`
	TicketSegments        []TicketSegment  `json:"ticketSegments,omitempty"`
}

// HistoryPayment is an amount that was charged. Its currency is not beside it.
type HistoryPayment struct {
	FormOfPaymentType string       `json:"formOfPaymentType,omitempty"`
	Amount            Number       `json:"amount,omitzero"`
	FormOfPaymentText string       `json:"formOfPaymentText,omitempty"`
	PaymentCard       *HistoryCard `json:"paymentCard,omitempty"`
}

// HistoryCard is the card that was charged. Travelport masks its number; it is a secret here all the same.
type HistoryCard struct {
	CardCode              string         `json:"cardCode,omitempty"`
	CardNumber            payment.Secret `json:"cardNumber,omitzero"`
	CardExpiryDate        string         `json:"cardExpiryDate,omitempty"`
	CardAuthorizationCode string         `json:"cardAuthorizationCode,omitempty"`
}

// UnmarshalJSON reads the card.
func (h *HistoryCard) UnmarshalJSON(raw []byte) error {
	type plain HistoryCard // without this method
	var w struct {
		plain
		CardNumber Code `json:"cardNumber"`
	}
	if err := wire.UnmarshalLenient(raw, &w); err != nil {
		return err
	}
	*h = HistoryCard(w.plain)
	h.CardNumber = payment.NewSecret(string(w.CardNumber))
	return nil
}

// DocumentHistory reads the history of documents (POST documents/history): of those named, or of all of the reservation. It
// moves nothing, although it is a POST.
func (c *Client) DocumentHistory(ctx context.Context, locator string, documents ...HistoryDocument) (DocumentHistoryResponse, error) {
	var resp DocumentHistoryResponse
	if err := checkLocator("Locator", locator); err != nil {
		return resp, unasked(err, "DocumentHistory")
	}
	body, err := json.Marshal(struct {
		Locator         string            `json:"locator"`
		DocumentNumbers []HistoryDocument `json:"documentNumbers,omitempty"`
	}{locator, documents})
	if err != nil {
		return resp, unasked(payment.InvalidField("Documents", "cannot be written as JSON"), "DocumentHistory")
	}
	id, err := c.get(ctx, call.Operation{
		Name: "DocumentHistory", Method: http.MethodPost, Route: "/documents/history",
		Path: []string{"documents", "history"}, Body: body,
	}, "DocumentHistoryResponse", &resp)
	resp.RequestID = id
	return resp, err
}
