package travelport

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/travelport/travelporttest"
)

// TestLookup: what the marks and the provider's answers prove, and what they do not.
func TestLookup(t *testing.T) {
	const (
		retrieve = travelporttest.RetrieveWorkbench
		discard  = travelporttest.DiscardWorkbench
		read     = travelporttest.GetReservation
	)
	// lost leaves a workbench open: before the commit mark, or after it.
	before := travelporttest.Fault{Route: travelporttest.AddPayment, NoAction: true}
	after := travelporttest.Fault{Route: travelporttest.Commit, Cut: travelporttest.BeforeActing}
	issued := travelporttest.Fault{Route: travelporttest.Commit, Cut: travelporttest.BeforeAnswer}
	gone := travelporttest.ErrorBody("ReservationResponse", "", "SESSION IDENTIFIER IS INVALID")
	const document = `{"Document":[{"@type":"DocumentTicket","Number":"1"}]}`
	for name, tt := range map[string]struct {
		lost  travelporttest.Fault
		marks int // how many of the marks the journal has; -1 all
		later time.Duration
		fails []travelporttest.Fault // of Lookup
		do    func(t *testing.T, s *simulated)

		status payment.Status
		by     payment.Match
		kind   error
		closes int // discards
	}{
		"no journal":               {lost: after, marks: 0, later: time.Hour, kind: payment.ErrInconclusive},
		"no journal, issued":       {lost: issued, marks: 0, status: payment.Succeeded, by: payment.MatchedByOrder},
		"begun":                    {lost: before, marks: 1, later: time.Minute, kind: payment.ErrInconclusive},
		"begun, before it expires": {lost: before, marks: 1, later: 39 * time.Minute, kind: payment.ErrInconclusive},
		"begun, long ago":          {lost: before, marks: 1, later: time.Hour, kind: payment.ErrNoPayment},
		"begun, issued by another": {lost: issued, marks: 1, later: time.Hour, status: payment.Succeeded, by: payment.MatchedByOrder},
		"workbench, at once":       {lost: before, marks: 2, later: time.Minute, kind: payment.ErrInconclusive},
		"workbench, later":         {lost: before, marks: 2, later: 15 * time.Minute, kind: payment.ErrNoPayment, closes: 1},
		"workbench, expired":       {lost: before, marks: 2, later: 31 * time.Minute, kind: payment.ErrNoPayment},
		"workbench, expired, receipts unreadable": {lost: before, marks: 2, later: 31 * time.Minute, kind: payment.ErrInconclusive, fails: []travelporttest.Fault{
			{Route: read, Body: []byte(`{"ReservationResponse":{"Reservation":{"Receipt":{}}}}`)}}},
		"workbench, unreadable":       {lost: before, marks: 2, later: time.Hour, fails: []travelporttest.Fault{{Route: retrieve, NoAction: true}}, kind: payment.ErrUnavailable},
		"workbench, bare 404":         {lost: before, marks: 2, later: time.Hour, fails: []travelporttest.Fault{{Route: retrieve, NoAction: true, Status: 404}}, kind: payment.ErrInconclusive},
		"workbench, discard fails":    {lost: before, marks: 2, later: 15 * time.Minute, fails: []travelporttest.Fault{{Route: discard, NoAction: true}}, kind: payment.ErrUnavailable, closes: 1},
		"workbench, gone at discard":  {lost: before, marks: 2, later: 15 * time.Minute, fails: []travelporttest.Fault{{Route: discard, Status: 400, Body: gone}}, kind: payment.ErrNoPayment, closes: 1},
		"committing, at once":         {lost: after, marks: -1, later: time.Minute, kind: payment.ErrInconclusive},
		"committing, later":           {lost: after, marks: -1, later: 15 * time.Minute, kind: payment.ErrNoPayment, closes: 1},
		"committing, expired":         {lost: after, marks: -1, later: time.Hour, kind: payment.ErrInconclusive},
		"committing, gone at discard": {lost: after, marks: -1, later: 15 * time.Minute, fails: []travelporttest.Fault{{Route: discard, Status: 400, Body: gone}}, kind: payment.ErrInconclusive, closes: 1},
		"committing, refused discard": {lost: after, marks: -1, later: 15 * time.Minute, fails: []travelporttest.Fault{{Route: discard, NoAction: true, Status: 403}}, kind: payment.ErrInconclusive, closes: 1},
		"committing, discard of a page": {lost: after, marks: -1, later: 15 * time.Minute, kind: payment.ErrInconclusive, closes: 1, fails: []travelporttest.Fault{
			{Route: discard, Status: http.StatusOK, Body: []byte(page)}}},
		"workbench, discard of a page": {lost: before, marks: 2, later: 15 * time.Minute, kind: payment.ErrInconclusive, closes: 1, fails: []travelporttest.Fault{
			{Route: discard, Status: http.StatusOK, Body: []byte(page)}}},
		"workbench, discarded and unread": {lost: before, marks: 2, later: 15 * time.Minute, kind: payment.ErrUnavailable, closes: 1, fails: []travelporttest.Fault{
			{Route: read}, {Route: read, NoAction: true}}},
		"committing, other payments": {lost: after, marks: -1, later: 15 * time.Minute, kind: payment.ErrInconclusive, fails: []travelporttest.Fault{
			{Route: retrieve, Body: []byte(`{"ReservationResponse":{"Reservation":{"Payment":[{"id":"payment_1","Identifier":{"value":"x"}}]}}}`)}}},
		"committing, payments in another shape": {lost: after, marks: -1, later: 15 * time.Minute, kind: payment.ErrInconclusive, fails: []travelporttest.Fault{
			{Route: retrieve, Body: []byte(`{"ReservationResponse":{"Reservation":{"Payment":{}}}}`)}}},
		"committed meanwhile": {lost: after, marks: -1, later: 15 * time.Minute, kind: payment.ErrInconclusive, closes: 1, fails: []travelporttest.Fault{
			{Route: read}, {Route: read, Body: []byte(`{"ReservationResponse":{"Reservation":{"Receipt":[{"Document":[{"@type":"DocumentTicket","Number":"1"}]}]}}}`)}}},
		"begun, documents hidden by a second member": {lost: before, marks: 1, later: time.Hour, kind: payment.ErrInconclusive, fails: []travelporttest.Fault{
			{Route: read, Body: []byte(`{"ReservationResponse":{"Reservation":{"Receipt":[` + document + `],"receipt":[]}}}`)}}},
		"begun, documents hidden by a second reservation": {lost: before, marks: 1, later: time.Hour, kind: payment.ErrInconclusive, fails: []travelporttest.Fault{
			{Route: read, Body: []byte(`{"ReservationResponse":{"Reservation":{"Receipt":[` + document + `]},"Reservation":{"Receipt":[]}}}`)}}},
		"begun, documents hidden by a second envelope": {lost: before, marks: 1, later: time.Hour, kind: payment.ErrInconclusive, fails: []travelporttest.Fault{
			{Route: read, Body: []byte(`{"ReservationResponse":{"Reservation":{"Receipt":[` + document + `]}},"ReservationResponse":{"Reservation":{}}}`)}}},
		"begun, not UTF-8": {lost: before, marks: 1, later: time.Hour, kind: payment.ErrInconclusive, fails: []travelporttest.Fault{
			{Route: read, Body: []byte("{\"ReservationResponse\":{\"Reservation\":{\"Receip\xf4\":[" + document + "]}}}")}}},
		"workbench, documents hidden after the discard": {lost: before, marks: 2, later: 15 * time.Minute, kind: payment.ErrInconclusive, closes: 1, fails: []travelporttest.Fault{
			{Route: read}, {Route: read, Body: []byte(`{"ReservationResponse":{"Reservation":{"Receipt":[` + document + `],"RECEIPT":null}}}`)}}},
		"workbench, retrieved with a member twice": {lost: before, marks: 2, later: 15 * time.Minute, kind: payment.ErrInconclusive, fails: []travelporttest.Fault{
			{Route: retrieve, Body: []byte(`{"ReservationResponse":{"Reservation":{"id":"1","Id":"2"}}}`)}}},
		"workbench, discard says two things": {lost: before, marks: 2, later: 15 * time.Minute, kind: payment.ErrInconclusive, closes: 1, fails: []travelporttest.Fault{
			{Route: discard, Status: http.StatusOK, Body: []byte(`{"ReservationResponse":{"Result":{"status":"Incomplete","status":"Complete"}}}`)}}},
		"workbench, gone or not": {lost: before, marks: 2, later: time.Hour, kind: payment.ErrInconclusive, fails: []travelporttest.Fault{
			{Route: retrieve, Status: http.StatusNotFound, Body: []byte(`{"ErrorResponse":{"Result":{"Error":[{"Message":"TRY AGAIN","message":"SESSION IDENTIFIER IS INVALID"}]}}}`)}}},
		"issued":                  {lost: issued, marks: -1, status: payment.Succeeded, by: payment.MatchedByDocuments},
		"issued, reservation 404": {lost: issued, marks: -1, fails: []travelporttest.Fault{{Route: read, NoAction: true, Status: 404}}, kind: payment.ErrInconclusive},
		"issued, reservation 500": {lost: issued, marks: -1, fails: []travelporttest.Fault{{Route: read, NoAction: true}}, kind: payment.ErrUnavailable},
		"issued, receipts unreadable": {lost: issued, marks: -1, kind: payment.ErrInconclusive, fails: []travelporttest.Fault{
			{Route: read, Body: []byte(`{"ReservationResponse":{"Reservation":{"Receipt":{}}}}`)}}},
		"issued and partly void": {lost: issued, marks: -1, status: payment.Partial, by: payment.MatchedByDocuments, do: func(t *testing.T, s *simulated) {
			if _, err := s.client.VoidTicket(t.Context(), s.Documents(s.locator)[0], VoidTicketRequest{}); err != nil {
				t.Fatal(err)
			}
		}},
		"issued and void": {lost: issued, marks: -1, status: payment.Reversed, by: payment.MatchedByDocuments, do: func(t *testing.T, s *simulated) {
			if _, err := s.client.VoidDocuments(t.Context(), s.locator, DocumentVoid{DocumentType: "Ticket"}, DocumentVoid{DocumentType: "EMD"}); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			s := simulate(t, travelporttest.Reservation{})
			s.Fail(tt.lost)
			s.Fail(travelporttest.Fault{Route: discard, NoAction: true})
			if tt.lost.Route == travelporttest.Commit {
				s.Fail(travelporttest.Fault{Route: read})
				s.Fail(travelporttest.Fault{Route: read, NoAction: true}) // the read-back
			}
			req := s.request(t)
			if p, err := s.pay(t, req); err == nil || payment.OutcomeOf(err) != payment.Unknown {
				t.Fatalf("%+v, %v", p, err)
			}
			s.ClearFaults()
			if tt.do != nil {
				tt.do(t, s)
			}
			s.Advance(tt.later)
			for _, f := range tt.fails {
				s.Fail(f)
			}
			a := s.journal.attempt(t, s.client, req)
			if tt.marks >= 0 {
				a.Marks = a.Marks[:tt.marks]
			}
			discards := s.Count(discard)
			p, err := s.client.Lookup(t.Context(), a)
			if p.Status != tt.status || p.MatchedBy != tt.by || !errors.Is(err, tt.kind) || (err == nil) != (tt.kind == nil) {
				t.Errorf("%+v, %v, want %q by %q, %v", p, err, tt.status, tt.by, tt.kind)
			}
			want := payment.Unknown
			if errors.Is(tt.kind, payment.ErrNoPayment) {
				want = payment.Refused
			}
			if err != nil && payment.OutcomeOf(err) != want {
				t.Errorf("outcome %v of %v", payment.OutcomeOf(err), err)
			}
			if n := s.Count(discard) - discards; n != tt.closes {
				t.Errorf("%d discards, want %d", n, tt.closes)
			}
			if errors.Is(err, payment.ErrNoPayment) {
				s.wantTaken(t)
			}
		})
	}
}

// TestLookupFindsDocumentsOfOthers: documents that cannot be what the attempt pays for prove nothing.
func TestLookupFindsDocumentsOfOthers(t *testing.T) {
	s := simulate(t, travelporttest.Reservation{})
	if _, err := s.client.Pay(t.Context(), s.request(t)); err != nil {
		t.Fatal(err)
	}
	req := s.request(t)
	req.Details = Details{Parts: []Part{{FormOfPayment: cash(), Offers: []PaidOffer{{Offer: "offer_7"}}}}}
	a, err := s.client.Prepare(req)
	if err != nil {
		t.Fatal(err)
	}
	if p, err := s.client.Lookup(t.Context(), a); !errors.Is(err, payment.ErrInconclusive) {
		t.Errorf("%+v, %v", p, err)
	}
	if _, err := s.client.Lookup(t.Context(), payment.Attempt{OrderID: s.locator}); !errors.Is(err, payment.ErrInconclusive) {
		t.Errorf("an attempt without parts: %v", err)
	}
	for _, status := range []int{http.StatusUnauthorized, http.StatusForbidden} {
		s.Fail(travelporttest.Fault{Route: travelporttest.GetReservation, NoAction: true, Status: status, Times: 2})
		if _, err := s.client.Lookup(t.Context(), a); !errors.Is(err, payment.ErrInconclusive) || payment.OutcomeOf(err) != payment.Unknown {
			t.Errorf("%d: %v", status, err)
		}
		s.ClearFaults()
	}
}

// TestLookupAnotherReservation: documents of another booking are no word about this one, even without any mark to tell.
func TestLookupAnotherReservation(t *testing.T) {
	const documents = `{"@type":"ReceiptPayment","OfferRef":["offer_1"],"Document":[{"@type":"DocumentTicket","Number":"0160000000001","TravelerIdentifierRef":{"id":"travelerRefId_1"}}]}`
	confirmation := func(locator, source string) string {
		return `{"@type":"ReceiptConfirmation","Confirmation":{"@type":"ConfirmationHold","Locator":{"value":"` + locator + `","source":"` + source + `"}}},`
	}
	for name, tt := range map[string]struct {
		receipts string
		other    bool
	}{
		"another":                {confirmation("OTHER1", "1G"), true},
		"another, and airline's": {confirmation("ABC123", "LH") + confirmation("OTHER1", "1G"), true},
		"ours":                   {confirmation(testLocator, "1G"), false},
		"ours among others":      {confirmation("OTHER1", "1G") + confirmation(testLocator, "1G"), false},
		"airline's alone":        {confirmation("ABC123", "LH"), false},
		"no locator":             {"", false},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, map[string]answer{"GET /11/air/book/reservation/reservations/" + testLocator: {body: `{"ReservationResponse":{"Reservation":{"@type":"Reservation",` +
				`"Offer":[{"id":"offer_1"}],"Traveler":[{"id":"travelerRefId_1"}],"Receipt":[` + tt.receipts + documents + `]}}}`}})
			p, err := s.client(t).Lookup(t.Context(), payment.Attempt{Key: "k", OrderID: testLocator, Amount: mustMoney(t, "300", "USD")})
			if got := errors.Is(err, errOtherBooking); got != tt.other || tt.other && (payment.OutcomeOf(err) != payment.Unknown || p.Status != "") {
				t.Errorf("%+v, %v", p, err)
			}
		})
	}
}
