package travelport

import (
	"bytes"
	"encoding/json"
	"errors"

	"github.com/supplierpay/supplierpay-go/internal/call"
	"github.com/supplierpay/supplierpay-go/internal/wire"
	"github.com/supplierpay/supplierpay-go/payment"
)

// Body names a kind of request body, for [WithFlat].
type Body string

// The bodies that can be sent wrapped or flat.
const (
	BodyWorkbench     Body = "ReservationID"
	BodyFormOfPayment Body = "FormOfPayment"
	BodyPayment       Body = "Payment"
	BodyCommit        Body = "ReservationQueryCommitReservation"
	BodyTicketQuery   Body = "TicketQueryGetByLocator"
	BodyVoid          Body = "TicketQueryUpdateTicket"
	BodyRefundQuote   Body = "OfferQueryCancelOffer"
)

// The errors of a success that cannot be used. What they mean for the money is the call layer's to say: Unknown.
var (
	errNotObject        = errors.New("not a JSON object")
	errNoEnvelope       = errors.New("not the expected object in the answer")
	errSeveralEnvelopes = errors.New("the expected object is several times in the answer")
	errSeveralResults   = errors.New("several results in the answer")
	errNoWorkbench      = errors.New("no workbench identifier in the answer")
	errOtherSession     = errors.New("the answer is of another workbench")
	errOtherBooking     = errors.New("the answer is of another reservation")
	errNoIdentifier     = errors.New("no identifier in the answer")
	errNoBooking        = errors.New("no reservation in the answer")
	errSeveralBookings  = errors.New("several reservations in the answer")
	errUnconfirmed      = errors.New("the answer does not say that it is done")
	errAmbiguous        = errors.New("the answer has a member twice, or is not UTF-8")
	errDoubtful         = errors.New("the reservation cannot be read for certain")
)

// encode puts v, a struct without @type of its own, into its envelope.
func (c *Client) encode(kind Body, typ string, v any) ([]byte, error) {
	before := `{"` + typ + `":`
	if c.flat[kind] {
		before = `{"@type":"` + typ + `"`
	}
	w := following{before: before}
	if err := json.NewEncoder(&w).Encode(v); err != nil {
		return nil, payment.InvalidField(typ, "cannot be written as JSON")
	}
	b := bytes.TrimSuffix(w.all, []byte("\n"))
	if !c.flat[kind] {
		return append(b, '}'), nil
	}
	if object := b[len(before):]; string(object) != "{}" {
		object[0] = ','
		return b, nil
	}
	return append(b[:len(before)], '}'), nil
}

// following writes behind what comes before it, into no more room than it takes. json.Marshal would leave it to be copied.
type following struct {
	before string
	all    []byte
}

func (f *following) Write(b []byte) (int, error) {
	if f.all == nil {
		f.all = append(make([]byte, 0, len(f.before)+len(b)), f.before...)
	}
	f.all = append(f.all, b...)
	return len(b), nil
}

// open returns the object under the one key of a successful answer, or all of it where the key is "" because it is not
// documented. Errors inside it are an *payment.Error with the
// outcome that the operation gives them, unless the answer also has what was asked for: then nobody knows what happened.
// The object is valid JSON.
//
// An answer with several reservations in one object is refused: nobody knows which of them counts.
func open(a *call.Answer, key string, inside payment.Outcome) (json.RawMessage, error) {
	sections, ok := sectionsIn(a.Body)
	if !ok {
		return nil, errNotObject
	}
	if _, repeated := wire.Member(a.Body, "Result"); repeated {
		return nil, errSeveralResults
	}
	object, repeated := wire.Member(a.Body, key)
	e, found := errorsIn(a.Body, sections)
	switch {
	case found && len(e.Entries) == 0:
		return nil, errUnreadableErrors
	case found:
		return object, e.inside(a, inside)
	case key == "":
		return a.Body, nil
	case repeated:
		return nil, errSeveralEnvelopes
	case !wire.IsObject(object):
		return nil, errNoEnvelope
	case sections[key].Reservation > 1:
		return nil, errSeveralBookings
	}
	return object, nil
}

// Response is what all of Travelport's answers have in common.
type Response struct {
	Type string `json:"@type,omitempty"`
	// TransactionID is Travelport's id of the call, where the body has it.
	TransactionID string `json:"transactionId,omitempty"`
	// TraceID is the trace id of the session, echoed.
	TraceID           string            `json:"traceId,omitempty"`
	CorrelationID     string            `json:"correlationId,omitempty"`
	ReservationStatus ReservationStatus `json:"reservationStatus,omitempty"`
	// Result has the warnings of a call that succeeded. Errors never come this way: they are the method's error.
	Result *Result `json:"Result,omitempty"`
	// Identifier is that of the workbench where the answer is of one.
	Identifier             *Identifier              `json:"Identifier,omitempty"`
	NextSteps              *NextSteps               `json:"NextSteps,omitempty"`
	ReferenceList          []json.RawMessage        `json:"ReferenceList,omitempty"`
	CurrencyRateConversion []CurrencyRateConversion `json:"CurrencyRateConversion,omitempty"`
	Pagination             *Pagination              `json:"Pagination,omitempty"`
	// RequestID is what Travelport's support asks for.
	RequestID string `json:"-"`
}

// Warnings returns the conditions under which the call succeeded.
func (r Response) Warnings() []ErrorEntry {
	if r.Result == nil {
		return nil
	}
	return r.Result.Warning
}

// ReservationStatus is how far a reservation or offer is complete: an open set of words.
type ReservationStatus string

// The documented statuses. What they mean beyond their names is not documented.
const (
	ReservationSuccess ReservationStatus = "Success"
	ReservationFail    ReservationStatus = "Fail"
	ReservationPartial ReservationStatus = "Partial"
	ReservationPending ReservationStatus = "Pending"
	ReservationOnHold  ReservationStatus = "OnHold"
	ReservationRetry   ReservationStatus = "Retry"
	ReservationOther   ReservationStatus = "Other"
)

// Result is the outcome that an answer carries inside.
type Result struct {
	Type string `json:"@type,omitempty"`
	// Status is "Complete", "Incomplete", "Not processed" or "Unknown": an open set.
	Status  string       `json:"status,omitempty"`
	Warning []ErrorEntry `json:"Warning,omitempty"`
}

// NextSteps are links to calls that may follow.
type NextSteps struct {
	BaseURI  string     `json:"baseURI,omitempty"`
	ID       string     `json:"id,omitempty"`
	NextStep []NextStep `json:"NextStep,omitempty"`
}

// NextStep is one link. It is data: the client never follows it.
type NextStep struct {
	Value       string `json:"value,omitempty"`
	ID          string `json:"id,omitempty"`
	Action      string `json:"action,omitempty"`
	Method      string `json:"method,omitempty"`
	Description string `json:"description,omitempty"`
}

// CurrencyRateConversion is a rate that the answer used.
type CurrencyRateConversion struct {
	Type           string          `json:"@type,omitempty"`
	SourceCurrency *CurrencyCode   `json:"SourceCurrency,omitempty"`
	TargetCurrency *CurrencyCode   `json:"TargetCurrency,omitempty"`
	ConversionRate *ConversionRate `json:"ConversionRate,omitempty"`
}

// ConversionRate is a rate and where it comes from.
type ConversionRate struct {
	Value         Number    `json:"value,omitzero"`
	RateAuthority string    `json:"rateAuthority,omitempty"`
	RateAsOf      Timestamp `json:"rateAsOf,omitempty"`
}

// Pagination says which page of how many an answer is.
type Pagination struct {
	Type       string `json:"@type,omitempty"`
	Page       int    `json:"page,omitempty"`
	PageSize   int    `json:"pageSize,omitempty"`
	TotalPages int    `json:"totalPages,omitempty"`
	TotalItems int    `json:"totalItems,omitempty"`
}
