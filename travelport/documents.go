package travelport

import (
	"encoding/json"
	"strings"
)

// Receipt is one receipt of a reservation; Type says which of the members count.
type Receipt struct {
	Type       string      `json:"@type,omitempty"` // ReceiptConfirmation, ReceiptPayment, ReceiptCancellation, ...
	ID         string      `json:"id,omitempty"`
	ReceiptRef string      `json:"ReceiptRef,omitempty"`
	Identifier *Identifier `json:"Identifier,omitempty"`
	DateTime   Timestamp   `json:"dateTime,omitempty"`
	// OfferRef names the offers that the receipt is for, by their id in the same answer.
	OfferRef   []string `json:"OfferRef,omitempty"`
	ProductRef string   `json:"ProductRef,omitempty"`
	// Confirmation has a locator: the one with source "1G" is the GDS's own, others are the airlines'.
	Confirmation        *Confirmation `json:"Confirmation,omitempty"`
	SegmentSequenceList []int         `json:"SegmentSequenceList,omitempty"`
	ParentLocator       *Locator      `json:"ParentLocator,omitempty"`
	Cancellation        *Cancellation `json:"Cancellation,omitempty"`
	// PaymentIdentifier and Document are of ReceiptPayment.
	PaymentIdentifier *PaymentIdentifier `json:"PaymentIdentifier,omitempty"`
	Document          []Document         `json:"Document,omitempty"`
}

// Confirmation says that something is held.
type Confirmation struct {
	Type        string       `json:"@type,omitempty"`
	Locator     *Locator     `json:"Locator,omitempty"`
	OfferStatus *OfferStatus `json:"OfferStatus,omitempty"`
}

// OfferStatus is the state of an offer.
type OfferStatus struct {
	Type      string      `json:"@type,omitempty"`
	StatusAir []StatusAir `json:"StatusAir,omitempty"`
}

// StatusAir is the state of flights.
type StatusAir struct {
	Value       string   `json:"value,omitempty"` // Confirmed, Cancelled, Pending, Modifed (so spelled), Rejected, Waitlisted
	Code        string   `json:"code,omitempty"`  // "HK"
	FlightRefs  []string `json:"flightRefs,omitempty"`
	PastDateInd *bool    `json:"pastDateInd,omitempty"`
}

// Cancellation says that something was cancelled.
type Cancellation struct {
	Type    string   `json:"@type,omitempty"` // CancellationHold
	Locator *Locator `json:"Locator,omitempty"`
}

// Locator is a record locator and whose it is.
type Locator struct {
	Value         string    `json:"value,omitempty"`
	LocatorType   string    `json:"locatorType,omitempty"`
	Source        string    `json:"source,omitempty"`
	SourceContext string    `json:"sourceContext,omitempty"`
	OTAType       string    `json:"otaType,omitempty"`
	CreationDate  string    `json:"creationDate,omitempty"`
	LastUpdated   Timestamp `json:"lastUpdated,omitempty"`
}

// DocumentType is the class of a document: an open set of words.
type DocumentType string

// The documented classes.
const (
	DocumentTicket               DocumentType = "DocumentTicket"
	DocumentTicketVoid           DocumentType = "DocumentTicketVoid"
	DocumentTicketExchange       DocumentType = "DocumentTicketExchange"
	DocumentTicketRefund         DocumentType = "DocumentTicketRefund"
	DocumentTicketRetained       DocumentType = "DocumentTicketRetained"
	DocumentEMD                  DocumentType = "DocumentEMD"
	DocumentEMDVoid              DocumentType = "DocumentEMDVoid"
	DocumentEMDExchange          DocumentType = "DocumentEMDExchange"
	DocumentEMDRefund            DocumentType = "DocumentEMDRefund"
	DocumentMCO                  DocumentType = "DocumentMCO"
	DocumentMCOVoid              DocumentType = "DocumentMCOVoid"
	DocumentMCOExchange          DocumentType = "DocumentMCOExchange"
	DocumentMCORefund            DocumentType = "DocumentMCORefund"
	DocumentForfeit              DocumentType = "DocumentForfeit"
	DocumentAgencyServiceFee     DocumentType = "DocumentAgencyServiceFee"
	DocumentAgencyServiceFeeVoid DocumentType = "DocumentAgencyServiceFeeVoid"
	// documentPlain is how the ticket list calls every document.
	documentPlain DocumentType = "Document"
)

// Document is a ticket, an EMD or another paper; Type says which of the members count.
type Document struct {
	Type DocumentType `json:"@type,omitempty"`
	// Number has 13 digits for a ticket: airline, form, serial.
	Number                string                 `json:"Number,omitempty"`
	TravelerIdentifierRef *TravelerIdentifierRef `json:"TravelerIdentifierRef,omitempty"`
	Amount                *Amount                `json:"Amount,omitempty"`
	WaiverCode            json.RawMessage        `json:"WaiverCode,omitempty"`
	Commission            json.RawMessage        `json:"Commission,omitempty"`
	CumulativeValue       *Amount                `json:"CumulativeValue,omitempty"`
	IssuingPCC            string                 `json:"IssuingPCC,omitempty"`
	IssuingIATA           string                 `json:"IssuingIATA,omitempty"`
	IssuingCity           string                 `json:"IssuingCity,omitempty"`
	FiledAmount           json.RawMessage        `json:"FiledAmount,omitempty"`
	ControlNumber         Code                   `json:"ControlNumber,omitempty"`
	EMDDescription        *EMDDescription        `json:"EMDDescription,omitempty"`
	// HistoricInd is true for a document that was exchanged, voided or refunded.
	HistoricInd                    *bool  `json:"historicInd,omitempty"`
	VoidInd                        *bool  `json:"VoidInd,omitempty"`
	ExchangeInd                    *bool  `json:"exchangeInd,omitempty"`
	PartialRefundInd               *bool  `json:"partialRefundInd,omitempty"`
	RefundGuaranteedInd            *bool  `json:"refundGuaranteedInd,omitempty"`
	AgencySettlementNotReportedInd *bool  `json:"agencySettlementNotReportedInd,omitempty"`
	ValueRetainedInd               *bool  `json:"ValueRetainedInd,omitempty"`
	ForfeitInd                     *bool  `json:"forfeitInd,omitempty"`
	MCOInd                         *bool  `json:"mcoInd,omitempty"`
	RelatedDocumentNumber          string `json:"RelatedDocumentNumber,omitempty"`
}

// EMDDescription says what an EMD is for.
type EMDDescription struct {
	Value       string `json:"value,omitempty"`
	Code        string `json:"code,omitempty"`
	SubCode     string `json:"subCode,omitempty"`
	CodeContext string `json:"codeContext,omitempty"`
}

// documentKind is what a document counts as.
type documentKind int

const (
	kindOther  documentKind = iota // stands, and is not what a payment issues
	kindAny                        // stands, and may be a ticket or an EMD
	kindTicket                     // a ticket that stands
	kindEMD                        // an EMD that stands
	kindDead                       // voided, refunded, exchanged or otherwise over
)

// kind places the document. A class that we do not know stands: it may be worth money.
func (d Document) kind() documentKind {
	set := func(b *bool) bool { return b != nil && *b }
	if set(d.HistoricInd) || set(d.VoidInd) || set(d.ExchangeInd) || set(d.ForfeitInd) {
		return kindDead
	}
	switch d.Type {
	case DocumentTicket:
		return kindTicket
	case DocumentEMD:
		return kindEMD
	case documentPlain, "":
		return kindAny
	case DocumentForfeit, DocumentTicketRetained:
		return kindDead
	}
	for _, end := range []string{"Void", "Refund", "Exchange"} {
		if strings.HasSuffix(string(d.Type), end) {
			return kindDead
		}
	}
	return kindOther
}
