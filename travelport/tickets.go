package travelport

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/supplierpay/supplierpay-go/internal/call"
	"github.com/supplierpay/supplierpay-go/internal/wire"
	"github.com/supplierpay/supplierpay-go/payment"
)

// get sends a read and decodes the object under the answer's key into v. It returns Travelport's id of the call.
func (c *Client) get(ctx context.Context, op call.Operation, key string, v any) (string, error) {
	op.Kind = call.Read
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

// ReceiptListResponse is a list of receipts. They may have one document each, or all in one.
type ReceiptListResponse struct {
	Response
	ReceiptID []Receipt `json:"ReceiptID,omitempty"`
}

// ReceiptType filters the ticket list: an open set of words.
type ReceiptType string

// The documented receipt types.
const (
	ReceiptCancellation        ReceiptType = "Cancellation"
	ReceiptPayment             ReceiptType = "Payment"
	ReceiptConfirmationHold    ReceiptType = "ConfirmationHold"
	ReceiptConfirmationTicket  ReceiptType = "ConfirmationTicket"
	ReceiptConfirmationVehicle ReceiptType = "ConfirmationVehicle"
)

// ListReceipts reads the ticket numbers of a reservation (GET receipt/reservations/{LocatorCode}/receipts, Travelport's
// Ticket List). A reservation without tickets is an error, "DOCUMENT TICKET DOES NOT EXIST". of may be empty.
func (c *Client) ListReceipts(ctx context.Context, locator string, of ReceiptType) (ReceiptListResponse, error) {
	var resp ReceiptListResponse
	if err := checkLocator("Locator", locator); err != nil {
		return resp, unasked(err, "ListReceipts")
	}
	q := url.Values{}
	if of != "" {
		q.Set("ReceiptType", string(of))
	}
	id, err := c.get(ctx, call.Operation{
		Name: "ListReceipts", Method: http.MethodGet, Route: "/air/receipt/reservations/{locator}/receipts",
		Path: []string{"air", "receipt", "reservations", locator, "receipts"}, Query: q,
	}, "ReceiptListResponse", &resp)
	resp.RequestID = id
	return resp, err
}

// TicketQuery says which tickets RetrieveTickets reads.
type TicketQuery struct {
	// Locator is the reservation's.
	Locator string
	// TicketNumber names the tickets. NDC content needs it, with ContentSource "NDC"; for the GDS leave it out.
	TicketNumber  []TicketNumber
	DetailViewInd *bool
}

// TicketNumber names a ticket.
type TicketNumber struct {
	Value         string `json:"value"`
	TicketIssuer  string `json:"ticketIssuer,omitempty"`
	ContentSource string `json:"contentSource,omitempty"` // GDS, NDC, LCC, API
}

// RetrieveTickets reads the tickets of a reservation in detail (POST ticket/tickets/getbylocator). It moves nothing,
// although it is a POST.
func (c *Client) RetrieveTickets(ctx context.Context, query TicketQuery) (TicketListResponse, error) {
	var resp TicketListResponse
	if err := checkLocator("Locator", query.Locator); err != nil {
		return resp, unasked(err, "RetrieveTickets")
	}
	body, err := c.encode(BodyTicketQuery, string(BodyTicketQuery), struct {
		Locator       Locator        `json:"Locator"`
		TicketNumber  []TicketNumber `json:"TicketNumber,omitempty"`
		DetailViewInd *bool          `json:"detailViewInd,omitempty"`
	}{Locator{Value: query.Locator, LocatorType: "Locator"}, query.TicketNumber, query.DetailViewInd})
	if err != nil {
		return resp, unasked(err, "RetrieveTickets")
	}
	id, err := c.get(ctx, call.Operation{
		Name: "RetrieveTickets", Method: http.MethodPost, Route: "/air/ticket/tickets/getbylocator",
		Path: []string{"air", "ticket", "tickets", "getbylocator"}, Body: body,
	}, "TicketListResponse", &resp)
	resp.RequestID = id
	return resp, err
}

// GetTicket reads one ticket of the GDS (GET ticket/tickets/{ticketNumber}).
func (c *Client) GetTicket(ctx context.Context, number string, detail bool) (TicketListResponse, error) {
	var resp TicketListResponse
	if err := checkID("TicketNumber", number); err != nil {
		return resp, unasked(err, "GetTicket")
	}
	q := url.Values{}
	if detail {
		setBool(q, "detailViewInd", &detail)
	}
	id, err := c.get(ctx, call.Operation{
		Name: "GetTicket", Method: http.MethodGet, Route: "/air/ticket/tickets/{number}",
		Path: []string{"air", "ticket", "tickets", number}, Query: q,
	}, "TicketListResponse", &resp)
	resp.RequestID = id
	return resp, err
}

// TicketListResponse is a list of tickets.
type TicketListResponse struct {
	Response
	TicketID                    []Ticket `json:"TicketID,omitempty"`
	SettlementAuthorizationCode string   `json:"SettlementAuthorizationCode,omitempty"`
}

// Ticket is a ticket in detail. The raw members are kept as they came.
type Ticket struct {
	Type                        string            `json:"@type,omitempty"` // Ticket, TicketSummary, TicketDetail
	ObjID                       string            `json:"objID,omitempty"`
	TicketRef                   string            `json:"TicketRef,omitempty"`
	Identifier                  *Identifier       `json:"Identifier,omitempty"`
	NumberOfTicketsIssued       int               `json:"numberOfTicketsIssued,omitempty"`
	SettlementAuthorizationCode string            `json:"settlementAuthorizationCode,omitempty"`
	TourCode                    string            `json:"tourCode,omitempty"`
	AccountCode                 string            `json:"accountCode,omitempty"`
	TicketDesignator            string            `json:"ticketDesignator,omitempty"`
	PersonName                  *PersonName       `json:"PersonName,omitempty"`
	PassengerTypeCode           string            `json:"PassengerTypeCode,omitempty"`
	ValidatingCarrier           string            `json:"ValidatingCarrier,omitempty"`
	PricingType                 string            `json:"PricingType,omitempty"`
	ReservationLocator          json.RawMessage   `json:"ReservationLocator,omitempty"`
	FormOfPayment               []TicketPaidBy    `json:"FormOfPayment,omitempty"`
	TicketSegment               []TicketSegment   `json:"TicketSegment,omitempty"`
	TicketPrice                 *TicketPrice      `json:"TicketPrice,omitempty"`
	Restrictions                []string          `json:"Restrictions,omitempty"`
	AgencyInfo                  *AgencyInfo       `json:"AgencyInfo,omitempty"`
	OriginalIssue               json.RawMessage   `json:"OriginalIssue,omitempty"`
	PreviousIssue               []json.RawMessage `json:"PreviousIssue,omitempty"`
}

// TicketPaidBy is how a ticket was paid: an object of its own, unlike [FormOfPayment].
type TicketPaidBy struct {
	Value          string         `json:"value,omitempty"` // AgencyAccount, BSP, Cash, Document, Invoice, PaymentCard, WaiverCode
	DocumentNumber string         `json:"documentNumber,omitempty"`
	EncryptedValue payment.Secret `json:"encryptedValue,omitzero"`
	DocumentIssuer string         `json:"documentIssuer,omitempty"`
	DocumentType   string         `json:"documentType,omitempty"`
}

// UnmarshalJSON reads how a ticket was paid.
func (t *TicketPaidBy) UnmarshalJSON(raw []byte) error {
	type plain TicketPaidBy // without this method
	var w struct {
		plain
		EncryptedValue Code `json:"encryptedValue"`
	}
	if err := wire.UnmarshalLenient(raw, &w); err != nil {
		return err
	}
	*t = TicketPaidBy(w.plain)
	t.EncryptedValue = payment.NewSecret(string(w.EncryptedValue))
	return nil
}

// TicketSegment is a coupon.
type TicketSegment struct {
	Sequence         *int            `json:"sequence,omitempty"`
	ClassOfService   string          `json:"ClassOfService,omitempty"`
	FareBasisCode    string          `json:"FareBasisCode,omitempty"`
	Status           string          `json:"Status,omitempty"` // OpenForUse, Void, Refund, Exchanged, ...: an open set
	Carrier          string          `json:"Carrier,omitempty"`
	Number           string          `json:"Number,omitempty"`
	Departure        *Place          `json:"Departure,omitempty"`
	Arrival          *Place          `json:"Arrival,omitempty"`
	FlightStatusCode string          `json:"FlightStatusCode,omitempty"`
	ValidDateRange   *DateRange      `json:"ValidDateRange,omitempty"`
	TicketBaggage    json.RawMessage `json:"TicketBaggage,omitempty"`
	ConnectionInd    *bool           `json:"connectionInd,omitempty"`
}

// Place is an airport at a local time.
type Place struct {
	Type     string `json:"@type,omitempty"`
	Location string `json:"location,omitempty"`
	Date     string `json:"date,omitempty"`
	Time     string `json:"time,omitempty"`
}

// DateRange is from when to when something is valid.
type DateRange struct {
	Start string `json:"start,omitempty"`
	End   string `json:"end,omitempty"`
}

// TicketPrice is the price of a ticket, in the currency of CurrencyCode. The raw members changed their classes between
// Travelport's releases.
type TicketPrice struct {
	CurrencyCode         *CurrencyCode   `json:"CurrencyCode,omitempty"`
	Base                 Number          `json:"Base,omitzero"`
	Total                Number          `json:"Total,omitzero"`
	FareCalculation      string          `json:"fareCalculation,omitempty"`
	FareBreakdown        json.RawMessage `json:"fareBreakdown,omitempty"`
	Taxes                json.RawMessage `json:"Taxes,omitempty"`
	PaidTaxes            json.RawMessage `json:"PaidTaxes,omitempty"`
	Fees                 json.RawMessage `json:"Fees,omitempty"`
	Commission           json.RawMessage `json:"Commission,omitempty"`
	FiledAmount          *FiledAmount    `json:"FiledAmount,omitempty"`
	ITFareInd            *bool           `json:"iTFareInd,omitempty"`
	BTFareInd            *bool           `json:"bTFareInd,omitempty"`
	AdditionalCollection *FiledAmount    `json:"AdditionalCollection,omitempty"`
	NetAmount            *NetAmount      `json:"NetAmount,omitempty"`
}

// FiledAmount is an amount as it was filed.
type FiledAmount struct {
	Value            Number `json:"value,omitzero"`
	CurrencyCode     string `json:"currencyCode,omitempty"`
	CodeAuthority    string `json:"codeAuthority,omitempty"`
	DecimalPlace     *int   `json:"decimalPlace,omitempty"`
	DecimalAuthority string `json:"decimalAuthority,omitempty"`
}

// NetAmount is a net fare.
type NetAmount struct {
	Amount          Number `json:"amount,omitzero"`
	CurrencyCode    string `json:"currencyCode,omitempty"`
	DecimalPlace    *int   `json:"decimalPlace,omitempty"`
	FareCalculation string `json:"fareCalculation,omitempty"`
	RateOfExchange  Number `json:"rateOfExchange,omitzero"`
}

// AgencyInfo is who issued a ticket.
type AgencyInfo struct {
	Name             string `json:"name,omitempty"`
	TicketingCountry string `json:"ticketingCountry,omitempty"`
	TicketingCity    string `json:"ticketingCity,omitempty"`
	TicketedDate     string `json:"ticketedDate,omitempty"`
	Place            string `json:"place,omitempty"`
	TicketingPCC     string `json:"ticketingPCC,omitempty"`
	Code             string `json:"code,omitempty"`
	SalesType        string `json:"salesType,omitempty"`
}
