package travelport

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/supplierpay/supplierpay-go/internal/call"
	"github.com/supplierpay/supplierpay-go/internal/wire"
	"github.com/supplierpay/supplierpay-go/payment"
)

// ReservationResponse is an answer with a reservation or a workbench on one.
type ReservationResponse struct {
	Response
	Reservation *Reservation `json:"Reservation,omitempty"`
}

// WorkbenchID returns the identifier of the workbench that the answer is of. Travelport puts it beside the reservation or
// into it; beside it counts first.
func (r ReservationResponse) WorkbenchID() string {
	if id := r.Identifier.value(); id != "" {
		return id
	}
	if r.Reservation == nil {
		return ""
	}
	return r.Reservation.Identifier.value()
}

// Reservation is a booking, or what a workbench makes of one. The raw members have no documented shape.
type Reservation struct {
	Type            string            `json:"@type,omitempty"` // Reservation or ReservationDetail
	ID              string            `json:"id,omitempty"`
	Identifier      *Identifier       `json:"Identifier,omitempty"`
	Offer           []Offer           `json:"Offer,omitempty"`
	Traveler        []Traveler        `json:"Traveler,omitempty"`
	TravelerProduct []TravelerProduct `json:"TravelerProduct,omitempty"`
	// FormOfPayment are those that are stored, with whatever Travelport shows of a card.
	FormOfPayment []FormOfPayment `json:"FormOfPayment,omitempty"`
	Payment       []Payment       `json:"Payment,omitempty"`
	// Receipt has the locators and the documents issued.
	Receipt            []Receipt         `json:"Receipt,omitempty"`
	OfferLink          []json.RawMessage `json:"OfferLink,omitempty"`
	ReservationComment []json.RawMessage `json:"ReservationComment,omitempty"`
	PrimaryContact     []json.RawMessage `json:"PrimaryContact,omitempty"`
	SpecialService     []json.RawMessage `json:"SpecialService,omitempty"`
	TravelAgency       json.RawMessage   `json:"TravelAgency,omitempty"`
	AgencyServiceFee   []json.RawMessage `json:"AgencyServiceFee,omitempty"`
	GroupName          json.RawMessage   `json:"GroupName,omitempty"`
	AutoDeleteDate     string            `json:"autoDeleteDate,omitempty"`
	NotificationDate   string            `json:"notificationDate,omitempty"`
	DisplaySequence    json.RawMessage   `json:"ReservationDisplaySequence,omitempty"`
	ShoppingCart       json.RawMessage   `json:"ShoppingCart,omitempty"`
	Accounting         json.RawMessage   `json:"Accounting,omitempty"`
	DocumentOverrides  []json.RawMessage `json:"DocumentOverrides,omitempty"`

	// doubt: offers, forms of payment, payments or receipts came in another shape than documented, so that what is read
	// may not be all.
	doubt bool
	// ambiguous: the answer can be read in more than one way, for instance because a member comes twice. It then proves no
	// absence. It is only known of answers that Lookup asked for.
	ambiguous bool
}

// plainReservation is a Reservation without its method.
type plainReservation Reservation

// UnmarshalJSON reads what it can, and remembers whether what matters for money was among the rest.
func (r *Reservation) UnmarshalJSON(raw []byte) error {
	*r = Reservation{}
	err := json.Unmarshal(raw, (*plainReservation)(r))
	r.doubt = err != nil && doubtful(raw)
	return nil
}

// doubtful reports whether something that matters for money is of another type than documented.
func doubtful(raw []byte) bool {
	var strict struct {
		Offer []struct {
			ID, ParentOfferRef string
			Identifier         *Identifier
			Price              *struct{ CurrencyCode *CurrencyCode }
		}
		Traveler      []struct{ ID string }
		FormOfPayment []struct {
			ID         string
			Identifier *Identifier
		}
		Payment []struct {
			ID     string
			Amount *CurrencyAmount
		}
		Receipt []struct {
			OfferRef          []string
			PaymentIdentifier *PaymentIdentifier
			Document          []Document
		}
	}
	return json.Unmarshal(raw, &strict) != nil
}

// Offer is something that the reservation holds and that can be paid: an itinerary, a seat, an ancillary.
type Offer struct {
	Type     string `json:"@type,omitempty"`
	ID       string `json:"id,omitempty"`
	OfferRef string `json:"offerRef,omitempty"`
	// Identifier has Travelport's own identifier of the offer; ID is good for one answer only.
	Identifier *Identifier `json:"Identifier,omitempty"`
	// ParentOfferRef names the offer that an ancillary belongs to.
	ParentOfferRef         string            `json:"parentOfferRef,omitempty"`
	Product                []json.RawMessage `json:"Product,omitempty"`
	PassiveOfferInd        *bool             `json:"passiveOfferInd,omitempty"`
	TermsAndConditionsFull []json.RawMessage `json:"TermsAndConditionsFull,omitempty"`
	Price                  *Price            `json:"Price,omitempty"`
}

// Price is the price of an offer, in the currency of CurrencyCode.
type Price struct {
	Type                string            `json:"@type,omitempty"`
	ID                  string            `json:"id,omitempty"`
	CurrencyCode        *CurrencyCode     `json:"CurrencyCode,omitempty"`
	Base                Number            `json:"Base,omitzero"`
	TotalTaxes          Number            `json:"TotalTaxes,omitzero"`
	TotalFees           Number            `json:"TotalFees,omitzero"`
	TotalPrice          Number            `json:"TotalPrice,omitzero"`
	VendorCurrencyTotal *Amount           `json:"VendorCurrencyTotal,omitempty"`
	PriceBreakdown      []json.RawMessage `json:"PriceBreakdown,omitempty"`
}

// Total joins the total price and its currency.
func (p Price) Total() (payment.Money, error) {
	var code string
	if p.CurrencyCode != nil {
		code = p.CurrencyCode.Value
	}
	return money(p.TotalPrice, code)
}

// Traveler is a person of the reservation.
type Traveler struct {
	Type              string            `json:"@type,omitempty"`
	ID                string            `json:"id,omitempty"`
	TravelerRef       string            `json:"TravelerRef,omitempty"`
	Identifier        *Identifier       `json:"Identifier,omitempty"`
	PersonName        *PersonName       `json:"PersonName,omitempty"`
	BirthDate         string            `json:"birthDate,omitempty"`
	Gender            string            `json:"gender,omitempty"`
	PassengerTypeCode string            `json:"passengerTypeCode,omitempty"`
	Telephone         []Telephone       `json:"Telephone,omitempty"`
	Email             []Email           `json:"Email,omitempty"`
	Address           []Address         `json:"Address,omitempty"`
	TravelDocument    []json.RawMessage `json:"TravelDocument,omitempty"`
}

// TravelerProduct says which traveler has what of which offer.
type TravelerProduct struct {
	TravelerRef string `json:"TravelerRef,omitempty"`
	OfferRef    string `json:"OfferRef,omitempty"`
	ProductRef  string `json:"ProductRef,omitempty"`
	// ConfirmationStatus is "Pending", "Confirmed", "Cancelled", "Rejected" or "Requested": an open set.
	ConfirmationStatus string `json:"ConfirmationStatusEnum,omitempty"`
}

// decodeReservation reads a reservation into resp; inside is what errors in a successful answer mean.
func decodeReservation(a *call.Answer, inside payment.Outcome, resp *ReservationResponse) error {
	raw, err := open(a, "ReservationResponse", inside)
	if err != nil {
		return err
	}
	if err := resp.read(raw); err != nil {
		return err
	}
	if resp.Reservation == nil {
		return errNoBooking
	}
	resp.RequestID = requestID(a)
	return nil
}

// read decodes the object of an answer. The reservation is read together with the rest, unless something is not as
// documented: a method of Reservation costs a second reading, and only it can tell what was odd.
func (r *ReservationResponse) read(raw json.RawMessage) error {
	fast := struct {
		*Response
		Reservation *plainReservation `json:"Reservation"`
	}{Response: &r.Response}
	if json.Unmarshal(raw, &fast) == nil {
		r.Reservation = (*Reservation)(fast.Reservation)
		return nil
	}
	*r = ReservationResponse{}
	return wire.UnmarshalLenient(raw, r)
}

// isAnother reports whether the receipts name the GDS's own locator, and none of their locators is this one. Without it nobody
// can tell: an airline's locator is another word for the same booking.
func (r *Reservation) isAnother(locator string) bool {
	const gds = "1G"
	named := false
	for _, receipt := range r.Receipt {
		if receipt.Confirmation == nil || receipt.Confirmation.Locator == nil {
			continue
		}
		l := receipt.Confirmation.Locator
		if strings.EqualFold(l.Value, locator) {
			return false
		}
		named = named || l.Source == gds && l.Value != ""
	}
	return named
}

// IdentifierType says what the identifier of GetReservation names.
type IdentifierType string

// The documented identifier types.
const (
	IdentifierReservation     IdentifierType = "Reservation"
	IdentifierLocator         IdentifierType = "Locator"
	IdentifierSupplierLocator IdentifierType = "SupplierLocator"
	IdentifierDocumentNumber  IdentifierType = "DocumentNumber"
)

// GetReservationParams are the optional parameters of GetReservation.
type GetReservationParams struct {
	// IdentifierType says what the identifier names; without it, a Travelport locator.
	IdentifierType IdentifierType
	DocumentType   string
	// LongFareRules asks for the fare rules in full (header fareRuleRetrievalType).
	LongFareRules bool
	TraceID       string

	// proof: the answer may have to prove an absence, see Reservation.ambiguous.
	proof bool
}

// GetReservation reads a reservation by its locator (GET book/reservation/reservations/{LocatorCode}), or by what params
// say. params may be nil.
func (c *Client) GetReservation(ctx context.Context, identifier string, params *GetReservationParams) (ReservationResponse, error) {
	if params == nil {
		params = &GetReservationParams{}
	}
	if err := checkID("Identifier", identifier); err != nil {
		return ReservationResponse{}, unasked(err, "GetReservation")
	}
	op, err := airOperation(call.Read, "GetReservation", http.MethodGet, "/air/book/reservation/reservations/{identifier}",
		params.TraceID, "book", "reservation", "reservations", identifier)
	if err != nil {
		return ReservationResponse{}, unasked(err, "GetReservation")
	}
	op.Query = url.Values{}
	if params.IdentifierType != "" {
		op.Query.Set("identifierType", string(params.IdentifierType))
	}
	if params.DocumentType != "" {
		op.Query.Set("documentType", params.DocumentType)
	}
	if params.LongFareRules {
		if op.Header == nil {
			op.Header = http.Header{}
		}
		op.Header["fareRuleRetrievalType"] = []string{"long"}
	}
	if params.IdentifierType != "" && params.IdentifierType != IdentifierLocator {
		identifier = ""
	}
	return c.readReservation(ctx, op, identifier, params.proof)
}

// ByLocatorParams are the optional parameters of GetReservationByLocator.
type ByLocatorParams struct {
	// CreationDate and what follows are sent under these names when they are set.
	CreationDate              string
	DetailViewInd             *bool
	ViewBrandCompleteInfoInd  *bool
	ViewBaggageDetailInd      *bool
	IncludeFlightAmenitiesInd *bool
	// RetrieveNonGDSSourceReservationInd reads from the supplier: good for NDC.
	RetrieveNonGDSSourceReservationInd *bool
}

// GetReservationByLocator reads a reservation with more parameters (GET book/reservation/reservations/getbylocator), which
// Travelport means to retire. params may be nil.
func (c *Client) GetReservationByLocator(ctx context.Context, locator string, params *ByLocatorParams) (ReservationResponse, error) {
	if err := checkLocator("Locator", locator); err != nil {
		return ReservationResponse{}, unasked(err, "GetReservationByLocator")
	}
	q := url.Values{"Locator": {locator}}
	if params != nil {
		if params.CreationDate != "" {
			q.Set("creationDate", params.CreationDate)
		}
		setBool(q, "detailViewInd", params.DetailViewInd)
		setBool(q, "viewBrandCompleteInfoInd", params.ViewBrandCompleteInfoInd)
		setBool(q, "viewBaggageDetailInd", params.ViewBaggageDetailInd)
		setBool(q, "includeFlightAmenitiesInd", params.IncludeFlightAmenitiesInd)
		setBool(q, "retrieveNonGDSSourceReservationInd", params.RetrieveNonGDSSourceReservationInd)
	}
	op, err := airOperation(call.Read, "GetReservationByLocator", http.MethodGet, "/air/book/reservation/reservations/getbylocator",
		"", "book", "reservation", "reservations", "getbylocator")
	if err != nil {
		return ReservationResponse{}, unasked(err, "GetReservationByLocator")
	}
	op.Query = q
	return c.readReservation(ctx, op, locator, false)
}

// readReservation reads a reservation, which must be the one with the locator unless that is "". With proof it also sets
// ambiguous.
func (c *Client) readReservation(ctx context.Context, op call.Operation, locator string, proof bool) (ReservationResponse, error) {
	var resp ReservationResponse
	_, err := c.calls.Do(ctx, op, func(a *call.Answer) error {
		err := decodeReservation(a, payment.Unknown, &resp)
		if err == nil && locator != "" && resp.Reservation.isAnother(locator) {
			err = errOtherBooking
		}
		if err == nil && proof {
			resp.Reservation.ambiguous = wire.Unique(a.Body) != nil
		}
		return err
	})
	if err != nil {
		return ReservationResponse{}, err
	}
	return resp, nil
}
