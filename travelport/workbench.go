package travelport

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/supplierpay/supplierpay-go/internal/call"
	"github.com/supplierpay/supplierpay-go/internal/wire"
	"github.com/supplierpay/supplierpay-go/payment"
)

// workbenchLife is how long a workbench lives when it is not committed.
const workbenchLife = 30 * time.Minute

// Workbench is a session in which a reservation is changed or ticketed. It lives for 30 minutes; nothing of it counts
// before Commit. It is safe for concurrent use as far as Travelport orders the calls.
type Workbench struct {
	// ID is the identifier that Travelport gave it.
	ID string
	// TraceID is sent with every call of the session: quote it to Travelport's support.
	TraceID string

	client *Client
}

// Workbench returns the handle of a workbench that another process opened.
func (c *Client) Workbench(id, traceID string) *Workbench {
	return &Workbench{ID: id, TraceID: traceID, client: c}
}

// operation builds an operation under /air/.
func (w *Workbench) operation(kind call.Kind, name, method, route string, path ...string) (call.Operation, error) {
	if err := checkID("Workbench.ID", w.ID); err != nil {
		return call.Operation{}, err
	}
	return airOperation(kind, name, method, route, w.TraceID, path...)
}

func airOperation(kind call.Kind, name, method, route, trace string, path ...string) (call.Operation, error) {
	return call.Operation{
		Kind: kind, Name: name, Method: method, Route: route, Header: traced(trace),
		Path: append(append(make([]string, 0, 1+len(path)), "air"), path...),
	}, checkTrace(trace)
}

func checkTrace(trace string) error {
	if trace == "" {
		return nil
	}
	return call.CheckVisible("TraceID", trace)
}

const (
	workbenchesRoute = "/air/book/session/reservationworkbench"
	fromLocatorRoute = workbenchesRoute + "/buildfromlocator"
	workbenchRoute   = workbenchesRoute + "/{workbenchID}"
	commitRoute      = "/air/book/reservation/reservations/{workbenchID}"
)

// CreateWorkbench opens an empty workbench (POST book/session/reservationworkbench). traceID may be empty, then one is
// made.
func (c *Client) CreateWorkbench(ctx context.Context, traceID string) (*Workbench, ReservationResponse, error) {
	body, err := c.encode(BodyWorkbench, string(BodyWorkbench), struct{}{})
	if err != nil {
		return nil, ReservationResponse{}, ours(err, "CreateWorkbench")
	}
	return c.newWorkbench(ctx, "CreateWorkbench", workbenchesRoute, traceID, nil, body, "book", "session", "reservationworkbench")
}

// FromLocatorParams are the optional parameters of WorkbenchFromLocator.
type FromLocatorParams struct {
	// Source is the source system of the locator.
	Source                   string
	DetailViewInd            *bool
	ViewBrandCompleteInfoInd *bool
	ViewBaggageDetailInd     *bool
	// TraceID is sent with every call of the session; one is made when it is empty.
	TraceID string
}

// WorkbenchFromLocator opens a workbench on a reservation that exists (POST
// book/session/reservationworkbench/buildfromlocator). The answer is the whole reservation. While another workbench is open
// on it Travelport may refuse, with [CodeOpenWorkbench] and payment.ErrUnavailable. params may be nil.
func (c *Client) WorkbenchFromLocator(ctx context.Context, locator string, params *FromLocatorParams) (*Workbench, ReservationResponse, error) {
	if err := checkLocator("Locator", locator); err != nil {
		return nil, ReservationResponse{}, ours(err, "WorkbenchFromLocator")
	}
	q := url.Values{"Locator": {locator}}
	var trace string
	if params != nil {
		trace = params.TraceID
		if params.Source != "" {
			q.Set("source", params.Source)
		}
		setBool(q, "detailViewInd", params.DetailViewInd)
		setBool(q, "viewBrandCompleteInfoInd", params.ViewBrandCompleteInfoInd)
		setBool(q, "viewBaggageDetailInd", params.ViewBaggageDetailInd)
	}
	return c.newWorkbench(ctx, "WorkbenchFromLocator", fromLocatorRoute, trace, q, nil,
		"book", "session", "reservationworkbench", "buildfromlocator")
}

func setBool(q url.Values, name string, b *bool) {
	if b != nil {
		q.Set(name, strconv.FormatBool(*b))
	}
}

// newWorkbench opens a workbench. Errors inside a successful answer are a refusal: an empty workbench takes nothing.
func (c *Client) newWorkbench(ctx context.Context, name, route, trace string, q url.Values, body []byte, path ...string) (*Workbench, ReservationResponse, error) {
	if trace == "" {
		trace = newGUID()
	}
	op, err := airOperation(call.Write, name, http.MethodPost, route, trace, path...)
	if err != nil {
		return nil, ReservationResponse{}, ours(err, name)
	}
	op.Query, op.Body, op.Amend = q, body, anotherOpen
	var resp ReservationResponse
	_, err = c.calls.Do(ctx, op, func(a *call.Answer) error {
		err := decodeReservation(a, payment.Refused, &resp)
		if err == nil && resp.WorkbenchID() == "" {
			err = errNoWorkbench
		}
		return err
	})
	if err != nil {
		return nil, ReservationResponse{}, ours(err, name)
	}
	return c.Workbench(resp.WorkbenchID(), trace), resp, nil
}

// anotherOpen makes a refusal of Travelport's own word, in a 4xx read to its end, that another workbench is open on the
// reservation. Elsewhere ErrUnavailable says that Travelport broke, and leaves open what it did; here nothing was opened. It
// stays the kind, so that the payment may be tried again later.
func anotherOpen(e *payment.Error) {
	_, whole := any(e.Err).(*Error) // else the answer was cut, and the error of reading it is joined
	if whole && e.Status >= 400 && e.Status < 500 && e.Code == string(CodeOpenWorkbench) && errors.Is(e.Kind, payment.ErrUnavailable) {
		e.Outcome = payment.Refused
	}
}

// Retrieve reads the workbench with everything that was added to it (GET book/session/reservationworkbench/{workbenchID}).
// It is the check to make after an uncertain call. [ErrWorkbenchGone] is in its error when the workbench is closed.
func (w *Workbench) Retrieve(ctx context.Context) (ReservationResponse, error) {
	return w.retrieve(ctx, false)
}

// retrieve is Retrieve, and with proof it also sets the reservation's ambiguous.
func (w *Workbench) retrieve(ctx context.Context, proof bool) (ReservationResponse, error) {
	op, err := w.operation(call.Read, "RetrieveWorkbench", http.MethodGet, workbenchRoute,
		"book", "session", "reservationworkbench", w.ID)
	if err != nil {
		return ReservationResponse{}, unasked(err, "RetrieveWorkbench")
	}
	var resp ReservationResponse
	_, err = w.client.calls.Do(ctx, op, func(a *call.Answer) error {
		err := decodeReservation(a, payment.Unknown, &resp)
		if id := resp.Identifier.value(); err == nil && id != "" && id != w.ID {
			err = errOtherSession
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

// Discard throws the workbench away (DELETE book/session/reservationworkbench/{workbenchID}) with everything that was
// added to it. It may be repeated. A committed workbench needs none. Only without an error is it gone for certain: a gateway's
// page under status 200 is an error of outcome Unknown.
func (w *Workbench) Discard(ctx context.Context) error {
	op, err := w.operation(call.Write, "DiscardWorkbench", http.MethodDelete, workbenchRoute,
		"book", "session", "reservationworkbench", w.ID)
	if err != nil {
		return ours(err, "DiscardWorkbench")
	}
	_, err = w.client.calls.Do(ctx, op, done)
	return err
}

// done reads an answer that need not have a body. Only 200 and 204 are documented for these calls, and a body is confirmed
// by Travelport's envelope: what a gateway answers in its place proves nothing.
func done(a *call.Answer) error {
	e, found := parseError(a.Body)
	switch {
	case found && len(e.Entries) == 0:
		return errUnreadableErrors
	case found:
		return e.inside(a, payment.Refused)
	case a.Status != http.StatusOK && a.Status != http.StatusNoContent:
		return errUnconfirmed
	case len(bytes.TrimSpace(a.Body)) == 0:
		return nil
	case !confirmed(a.Body):
		return errUnconfirmed
	}
	return nil
}

// confirmed reports whether the body is Travelport's envelope, names no other state than complete, and can be read in one
// way only: a proof may rest on it. An object of nothing says no more than no body.
func confirmed(body []byte) bool {
	var members map[string]json.RawMessage
	if wire.Unique(body) != nil || !wire.IsObject(body) || json.Unmarshal(body, &members) != nil {
		return false
	}
	envelopes := 0
	for name, value := range members {
		if !strings.HasSuffix(name, "Response") || name == "ErrorResponse" || !wire.IsObject(value) {
			continue
		}
		var said struct{ Result struct{ Status string } }
		if json.Unmarshal(value, &said) != nil || said.Result.Status != "" && said.Result.Status != "Complete" {
			return false
		}
		envelopes++
	}
	return envelopes > 0 || len(members) == 0
}

// CommitRequest says how to commit. All of it is optional, but see ErrorWhenOfferPriceChangesInd.
type CommitRequest struct {
	// The members down to AutoDeleteDate go into the query.

	// Issuance is what to issue: "Ticket", "BackOffice", "All" or "Invoice".
	Issuance string `json:"-"`
	// DocumentValue is what becomes of a document after a cancelled offer: "Retain", "Refund", "Forfeit" or "Void".
	DocumentValue string `json:"-"`
	PayLaterInd   *bool  `json:"-"`
	// AutoDeleteDate is how long to keep the reservation.
	AutoDeleteDate string `json:"-"`

	Notification              []Notification `json:"Notification,omitempty"`
	ScheduleChangeAcceptedInd *bool          `json:"scheduleChangeAcceptedInd,omitempty"`
	// ScheduleChangeReprice is "RetainOfferPrice" or "AcceptOfferPriceDifference".
	ScheduleChangeReprice string `json:"scheduleChangeReprice,omitempty"`
	// ErrorWhenScheduleChangesInd makes the commit fail when the schedule has changed; Pay always sets it.
	ErrorWhenScheduleChangesInd *bool `json:"errorWhenScheduleChangesInd,omitempty"`
	// ErrorWhenOfferPriceChangesInd makes the commit fail when the price has changed; without it the new price is ticketed.
	// Pay always sets it.
	ErrorWhenOfferPriceChangesInd   *bool `json:"errorWhenOfferPriceChangesInd,omitempty"`
	ErrorWhenOfferPriceCancelledInd *bool `json:"errorWhenOfferPriceCancelledInd,omitempty"`
	// EnableTwoStepCommitInd makes the first commit return warnings and do nothing.
	EnableTwoStepCommitInd             *bool  `json:"enableTwoStepCommitInd,omitempty"`
	OverrideMCTInd                     *bool  `json:"overrideMCTInd,omitempty"`
	InhibitResidualDocumentIssuanceInd *bool  `json:"inhibitResidualDocumentIssuanceInd,omitempty"`
	ReceivedFrom                       string `json:"ReceivedFrom,omitempty"`
}

// Notification puts the reservation into queues.
type Notification struct {
	QueueNumber []QueueNumber `json:"QueueNumber,omitempty"`
	Date        string        `json:"Date,omitempty"`
	Comment     string        `json:"Comment,omitempty"`
}

// QueueNumber is a queue.
type QueueNumber struct {
	Value       int    `json:"value"`
	Category    string `json:"category,omitempty"`
	SubCategory string `json:"subCategory,omitempty"`
	OverridePCC string `json:"overridePCC,omitempty"`
}

// Commit executes everything in the workbench and ends it (POST book/reservation/reservations/{workbenchID}): documents
// are issued for every offer that has a payment. It moves money and is sent once; never commit again after an error.
// Whatever the answer says, the reservation's documents are what happened: every error but NotSent has outcome Unknown,
// and a success may have issued nothing.
func (w *Workbench) Commit(ctx context.Context, req CommitRequest) (ReservationResponse, error) {
	body, err := w.client.encode(BodyCommit, string(BodyCommit), req)
	if err != nil {
		return ReservationResponse{}, ours(err, "Commit")
	}
	op, err := w.operation(call.Write, "Commit", http.MethodPost, commitRoute, "book", "reservation", "reservations", w.ID)
	if err != nil {
		return ReservationResponse{}, ours(err, "Commit")
	}
	q := url.Values{}
	for name, value := range map[string]string{
		"Issuance": req.Issuance, "DocumentValue": req.DocumentValue, "autoDeleteDate": req.AutoDeleteDate,
	} {
		if value != "" {
			q.Set(name, value)
		}
	}
	setBool(q, "payLaterInd", req.PayLaterInd)
	op.Query, op.Body, op.Amend = q, body, undecided
	var resp ReservationResponse
	_, err = w.client.calls.Do(ctx, op, func(a *call.Answer) error {
		return decodeReservation(a, payment.Unknown, &resp)
	})
	if err != nil {
		return ReservationResponse{}, err
	}
	return resp, nil
}

// undecided makes a refusal Unknown: of calls after which only the documents tell what happened.
func undecided(e *payment.Error) {
	if e.Outcome == payment.Refused {
		e.Outcome = payment.Unknown
	}
}

// refused reports whether an error of decoding is Travelport's own word.
func refused(err error) bool {
	var e *payment.Error
	return errors.As(err, &e)
}
