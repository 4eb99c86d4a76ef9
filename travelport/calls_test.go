package travelport

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/payment"
)

// TestCalls compares method, address and body of every call, and what is read of its answer.
func TestCalls(t *testing.T) {
	const air = "/11/air"
	receipts := fixture(t, "ticket-list.json")
	booking := fixture(t, "commit-issued.json")
	for name, tt := range map[string]struct {
		do     func(ctx context.Context, c *Client) (any, error)
		route  string // method and path
		query  string
		body   string
		answer answer
		want   any
	}{
		"CreateWorkbench": {
			func(ctx context.Context, c *Client) (any, error) {
				w, _, err := c.CreateWorkbench(ctx, "")
				if err == nil && w.TraceID == "" {
					t.Error("no trace id")
				}
				return w.ID, err
			},
			"POST " + air + "/book/session/reservationworkbench", "", `{"ReservationID":{}}`,
			answer{status: 201, body: fixture(t, "workbench-new.json")}, testBench,
		},
		"WorkbenchFromLocator": {
			func(ctx context.Context, c *Client) (any, error) {
				w, _, err := c.WorkbenchFromLocator(ctx, testLocator, &FromLocatorParams{Source: "1G", DetailViewInd: ptr(true), TraceID: "t9"})
				return w.ID + " " + w.TraceID, err
			},
			"POST " + air + "/book/session/reservationworkbench/buildfromlocator", "?Locator=G8A909&detailViewInd=true&source=1G", "",
			answer{body: `{"ReservationResponse":{"Reservation":{"Identifier":{"value":"other"}},"Identifier":{"value":"beside"}}}`}, "beside t9",
		},
		"Retrieve": {
			func(ctx context.Context, c *Client) (any, error) {
				r, err := c.Workbench(testBench, "t").Retrieve(ctx)
				return r.WorkbenchID(), err
			},
			"GET " + air + "/book/session/reservationworkbench/" + testBench, "", "",
			answer{body: fixture(t, "workbench-new.json")}, testBench,
		},
		"Commit": {
			func(ctx context.Context, c *Client) (any, error) {
				r, err := c.Workbench(testBench, "t").Commit(ctx, CommitRequest{Issuance: "Ticket", PayLaterInd: ptr(false),
					ErrorWhenScheduleChangesInd: ptr(true), ErrorWhenOfferPriceChangesInd: ptr(true), ReceivedFrom: "ME",
					Notification: []Notification{{QueueNumber: []QueueNumber{{Value: 0}}}}})
				return r.ReservationStatus, err
			},
			"POST " + air + "/book/reservation/reservations/" + testBench, "?Issuance=Ticket&payLaterInd=false",
			`{"ReservationQueryCommitReservation":{"Notification":[{"QueueNumber":[{"value":0}]}],"errorWhenScheduleChangesInd":true,"errorWhenOfferPriceChangesInd":true,"ReceivedFrom":"ME"}}`,
			answer{body: booking}, ReservationSuccess,
		},
		"GetReservation": {
			func(ctx context.Context, c *Client) (any, error) {
				r, err := c.GetReservation(ctx, "0163767353086", &GetReservationParams{IdentifierType: IdentifierDocumentNumber, DocumentType: "Ticket", LongFareRules: true})
				return r.Reservation.Receipt[1].Document[0].Number, err
			},
			"GET " + air + "/book/reservation/reservations/0163767353086", "?documentType=Ticket&identifierType=DocumentNumber", "",
			answer{body: booking}, "0163767353086",
		},
		"GetReservationByLocator": {
			func(ctx context.Context, c *Client) (any, error) {
				r, err := c.GetReservationByLocator(ctx, testLocator, &ByLocatorParams{RetrieveNonGDSSourceReservationInd: ptr(true)})
				return r.Reservation.Receipt[0].Confirmation.Locator.Value, err
			},
			"GET " + air + "/book/reservation/reservations/getbylocator", "?Locator=G8A909&retrieveNonGDSSourceReservationInd=true", "",
			answer{body: booking}, testLocator,
		},
		"ListReceipts": {
			func(ctx context.Context, c *Client) (any, error) {
				r, err := c.ListReceipts(ctx, testLocator, ReceiptPayment)
				return len(r.ReceiptID[0].Document), err
			},
			"GET " + air + "/receipt/reservations/" + testLocator + "/receipts", "?ReceiptType=Payment", "", answer{body: receipts}, 2,
		},
		"RetrieveTickets": {
			func(ctx context.Context, c *Client) (any, error) {
				r, err := c.RetrieveTickets(ctx, TicketQuery{Locator: testLocator})
				return r.TicketID[0].TicketPrice.Total, err
			},
			"POST " + air + "/ticket/tickets/getbylocator", "", `{"TicketQueryGetByLocator":{"Locator":{"value":"G8A909","locatorType":"Locator"}}}`,
			answer{body: `{"TicketListResponse":{"TicketID":[{"@type":"TicketDetail","numberOfTicketsIssued":1,"FormOfPayment":[{"value":"Cash"}],"TicketPrice":{"Total":"128"}}]}}`}, Number("128"),
		},
		"GetTicket": {
			func(ctx context.Context, c *Client) (any, error) {
				r, err := c.GetTicket(ctx, "0163767353086", true)
				return r.TicketID[0].TicketSegment[0].Status, err
			},
			"GET " + air + "/ticket/tickets/0163767353086", "?detailViewInd=true", "",
			answer{body: `{"TicketListResponse":{"TicketID":[{"TicketSegment":[{"sequence":1,"Status":"OpenForUse"}]}]}}`}, "OpenForUse",
		},
		"ListDocuments": {
			func(ctx context.Context, c *Client) (any, error) {
				r, err := c.ListDocuments(ctx, testLocator)
				return r.DocumentHistoryList[0].DocumentListSummary[0].ActionStatus, err
			},
			"GET /11/documents/documentlist/" + testLocator, "", "",
			answer{body: `{"DocumentHistoryListResponse":{"documentHistoryList":[{"name":"SMITH/JOHNMR","documentListSummary":[{"number":"0163767353086","actionStatus":"I"}]}]}}`}, "I",
		},
		"DocumentHistory": {
			func(ctx context.Context, c *Client) (any, error) {
				r, err := c.DocumentHistory(ctx, testLocator, HistoryDocument{Number: "0163767353086", DocumentType: "TKT"})
				p := r.DocumentHistories[0].FormOfPayment[0]
				return string(p.Amount) + " " + p.PaymentCard.CardNumber.Reveal(), err
			},
			"POST /11/documents/history", "", `{"locator":"G8A909","documentNumbers":[{"number":"0163767353086","documentType":"TKT"}]}`,
			answer{body: `{"DocumentHistoryResponse":{"documentHistories":[{"formOfPayment":[{"amount":128.10,"paymentCard":{"cardNumber":"4929XXXXXXXXX123"}}]}]}}`}, "128.10 4929XXXXXXXXX123",
		},
		"VoidTicket": {
			func(ctx context.Context, c *Client) (any, error) {
				r, err := c.VoidTicket(ctx, "0163767353086", VoidTicketRequest{})
				return r.Result.Status + " " + r.SettlementAuthorizationCode, err
			},
			"PUT " + air + "/ticket/tickets/updatestatus/0163767353086", "", `{"TicketQueryUpdateTicket":{}}`,
			answer{body: fixture(t, "ticket-void.json")}, "Complete 125ZBHKCZD3S3",
		},
		"VoidDocuments": {
			func(ctx context.Context, c *Client) (any, error) {
				r, err := c.VoidDocuments(ctx, "D74QB5", DocumentVoid{DocumentType: "Ticket", Number: []string{"1259900123456"}})
				return r.DocumentStatus[0].Status, err
			},
			"POST /11/documents/void", "", `{"locator":{"value":"D74QB5"},"documentVoid":[{"documentType":"Ticket","number":["1259900123456"]}]}`,
			answer{body: `{"DocumentVoidListResponse":{"documentStatus":[{"documentType":"Ticket","number":"1259900123456","status":"VOID"}]}}`}, "VOID",
		},
		"CancelOffer": {
			func(ctx context.Context, c *Client) (any, error) {
				r, err := c.Workbench(testBench, "t").CancelOffer(ctx, "O 1/2", true)
				return r.ReceiptID[0].Cancellation.Type, err
			},
			"POST " + air + "/receipt/reservations/" + testBench + "/receipts", "?OfferIdentifier=O+1%2F2", "",
			answer{body: `{"ReceiptListResponse":{"ReceiptID":[{"@type":"ReceiptCancellation","Cancellation":{"@type":"CancellationHold"}}]}}`}, "CancellationHold",
		},
		"CancelPayment": {
			func(ctx context.Context, c *Client) (any, error) {
				r, err := c.Workbench(testBench, "t").CancelPayment(ctx, "payment_1")
				return r.Payment.Identifier.Value, err
			},
			"POST " + paymentsPath + "/payment_1", "", "", answer{body: fixture(t, "payment-response.json")}, "af076693-cfc3-49f3-b7d6-554aa9d8bfce",
		},
		"RefundQuote": {
			func(ctx context.Context, c *Client) (any, error) {
				r, err := c.Workbench(testBench, "t").RefundQuote(ctx, "O1")
				return string(r.Raw), err
			},
			"POST " + air + "/book/airoffer/reservationworkbench/" + testBench + "/offers/canceloffer", "",
			`{"OfferQueryCancelOffer":{"BuildFromOffer":{"@type":"BuildFromOfferAir","OfferIdentifier":{"Identifier":{"value":"O1"}}}}}`,
			answer{body: `{"OfferListResponse":{"a":1}}`}, `{"OfferListResponse":{"a":1}}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, map[string]answer{tt.route: tt.answer})
			got, err := tt.do(t.Context(), s.client(t))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if diff := cmp.Diff([]string{tt.route + tt.query}, s.requests()); diff != "" {
				t.Errorf("request (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.body, s.body()); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
			if hasType := s.header.Get("Content-Type") != ""; hasType != (tt.body != "") {
				t.Errorf("content type %q beside body %q", s.header.Get("Content-Type"), tt.body)
			}
			if name == "CancelOffer" && s.header.Get("RetainFlag") != "true" {
				t.Errorf("header %v", s.header)
			}
		})
	}
}

// TestCallsPlaceErrors: an error under status 200 means what the call makes of it, and one under 400 is a refusal except of
// a commit.
func TestCallsPlaceErrors(t *testing.T) {
	const wrong = `{"ErrorResponse":{"Result":{"Error":[{"@type":"Error","Message":"SESSION IDENTIFIER IS INVALID"}]}}}`
	for name, tt := range map[string]struct {
		do           func(ctx context.Context, c *Client) error
		in200, in400 payment.Outcome
	}{
		"WorkbenchFromLocator": {func(ctx context.Context, c *Client) error {
			_, _, err := c.WorkbenchFromLocator(ctx, testLocator, nil)
			return err
		}, payment.Refused, payment.Refused},
		"AddFormOfPayment": {func(ctx context.Context, c *Client) error {
			f := FormOfPayment{Type: FormOfPaymentCash, ID: "f1"}
			_, err := c.Workbench(testBench, "t").AddFormOfPayment(ctx, f, nil)
			return err
		}, payment.Refused, payment.Refused},
		"Discard": {func(ctx context.Context, c *Client) error { return c.Workbench(testBench, "t").Discard(ctx) }, payment.Refused, payment.Refused},
		"Commit": {func(ctx context.Context, c *Client) error {
			_, err := c.Workbench(testBench, "t").Commit(ctx, CommitRequest{})
			return err
		}, payment.Unknown, payment.Unknown},
		"VoidTicket": {func(ctx context.Context, c *Client) error {
			_, err := c.VoidTicket(ctx, "0161", VoidTicketRequest{})
			return err
		}, payment.Unknown, payment.Refused},
		"CancelOffer": {func(ctx context.Context, c *Client) error {
			_, err := c.Workbench(testBench, "t").CancelOffer(ctx, "O1", false)
			return err
		}, payment.Unknown, payment.Refused},
		"Retrieve": {func(ctx context.Context, c *Client) error {
			_, err := c.Workbench(testBench, "t").Retrieve(ctx)
			return err
		}, payment.Unknown, payment.Unknown},
		"ListReceipts": {func(ctx context.Context, c *Client) error {
			_, err := c.ListReceipts(ctx, testLocator, "")
			return err
		}, payment.Unknown, payment.Unknown},
	} {
		for status, want := range map[int]payment.Outcome{200: tt.in200, 400: tt.in400, 500: payment.Unknown} {
			c, err := New(credentials(), WithBaseURL("http://127.0.0.1:1/11"), WithTokenURL("http://127.0.0.1:1/oauth/token"), withoutRetries(),
				WithRoundTripper(always{status, wrong}))
			if err != nil {
				t.Fatal(err)
			}
			err = tt.do(t.Context(), c)
			if payment.OutcomeOf(err) != want || !errors.Is(err, ErrWorkbenchGone) || err == nil {
				t.Errorf("%s under %d: %v, want %v", name, status, err, want)
			}
		}
	}
}

// TestVoidBroke: a refusal that says that a supplier could not be reached is none.
func TestVoidBroke(t *testing.T) {
	s := serve(t, map[string]answer{"PUT /11/air/ticket/tickets/updatestatus/0161": {status: 400,
		body: `{"TicketIdResponse":{"Result":{"Error":[{"SourceCode":"9005","Message":"Connection error occurred."}]}}}`}})
	_, err := s.client(t).VoidTicket(t.Context(), "0161", VoidTicketRequest{})
	if payment.OutcomeOf(err) != payment.Unknown || !errors.Is(err, payment.ErrUnavailable) {
		t.Error(err)
	}
}

// always answers every call alike, and logins with a token.
type always struct {
	status int
	body   string
}

func (a always) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Path == "/oauth/token" {
		return respond(req, 200, `{"access_token":"`+testToken+`"}`), nil
	}
	return respond(req, a.status, a.body), nil
}

// TestReadsRefuse: arguments that cannot be sent, with the outcome of reads.
func TestReadsRefuse(t *testing.T) {
	s := serve(t, nil)
	c, ctx := s.client(t), t.Context()
	for _, locator := range []string{"", "../x", "g8a909", "A B", "ABCDEFGHIJKLMNOPQ"} {
		var errs []error
		_, err := c.ListReceipts(ctx, locator, "")
		errs = append(errs, err)
		_, err = c.ListDocuments(ctx, locator)
		errs = append(errs, err)
		_, err = c.DocumentHistory(ctx, locator)
		errs = append(errs, err)
		_, err = c.RetrieveTickets(ctx, TicketQuery{Locator: locator})
		errs = append(errs, err)
		_, err = c.GetReservationByLocator(ctx, locator, nil)
		errs = append(errs, err)
		_, err = c.Lookup(ctx, payment.Attempt{OrderID: locator})
		errs = append(errs, err)
		for i, err := range errs {
			if !errors.Is(err, payment.ErrInvalidRequest) || payment.OutcomeOf(err) != payment.Unknown {
				t.Errorf("%d with %q: %v", i, locator, err)
			}
		}
		if _, _, err := c.WorkbenchFromLocator(ctx, locator, nil); payment.OutcomeOf(err) != payment.NotSent {
			t.Errorf("workbench from %q: %v", locator, err)
		}
		if _, err := c.VoidDocuments(ctx, locator, DocumentVoid{}); payment.OutcomeOf(err) != payment.NotSent {
			t.Errorf("void of %q: %v", locator, err)
		}
	}
	if _, err := c.Workbench(testBench, "a\nb").Retrieve(ctx); payment.OutcomeOf(err) != payment.Unknown || !errors.Is(err, payment.ErrInvalidRequest) {
		t.Error(err)
	}
	if got := s.requests(); len(got) > 0 {
		t.Errorf("sent %v", got)
	}
}
