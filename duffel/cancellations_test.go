package duffel

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/supplierpay/supplierpay-go/duffel/duffeltest"
	"github.com/supplierpay/supplierpay-go/payment"
)

func TestGetOrderCancellation(t *testing.T) {
	quote := OrderCancellation{
		ID: testCancellation, OrderID: testOrder, CreatedAt: "2020-04-11T15:48:11.642Z", ExpiresAt: ptr(Timestamp("2020-01-17T10:42:14Z")),
		RefundAmount: "90.80", RefundCurrency: ptr("GBP"), RefundTo: RefundToARCBSPCash, AirlineCredits: []AirlineCredit{},
	}
	confirmed := quote
	confirmed.ConfirmedAt = ptr(Timestamp("2020-01-17T09:42:14Z"))
	confirmed.RefundAmount, confirmed.RefundCurrency, confirmed.RefundTo = "", nil, RefundToAirlineCredits
	confirmed.AirlineCredits = []AirlineCredit{{
		ID: testCredit, CreditName: "simulated", CreditAmount: "90.80", CreditCurrency: "GBP", IssuedOn: "2020-01-17",
		PassengerID: "pas_00009hj8USM7Ncg31cBCLL",
	}}
	for file, want := range map[string]OrderCancellation{"order-cancellation.json": quote, "order-cancellation-confirmed.json": confirmed} {
		s := serve(t, map[string]answer{"GET /air/order_cancellations/" + testCancellation: {body: fixture(t, file)}})
		got, err := s.client(t).GetOrderCancellation(t.Context(), testCancellation)
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(OrderCancellation{}, "Raw")); diff != "" || err != nil {
			t.Errorf("%s (-want +got):\n%s%v", file, diff, err)
		}
		refund, err := got.Refund()
		if got.Confirmed() != (want.ConfirmedAt != nil) || (err == nil) != (want.RefundCurrency != nil) || err == nil && refund.String() != "90.80 GBP" {
			t.Errorf("%s: confirmed %v, refund %v, %v", file, got.Confirmed(), refund, err)
		}
	}
	s := serve(t, map[string]answer{"GET /air/order_cancellations/ore_1": {body: fixture(t, "order-cancellation.json")}})
	for id, want := range map[string]error{"": payment.ErrInvalidRequest, "ore_1": errOtherCancellation, "ore_2": payment.ErrOrderNotFound} {
		if _, err := s.client(t).GetOrderCancellation(t.Context(), id); !errors.Is(err, want) || payment.OutcomeOf(err) != payment.Unknown {
			t.Errorf("%q: %v", id, err)
		}
	}
}

// TestAlreadyCancelled: said to the confirmation it may be the work of this very call; said to the quote it is a refusal.
func TestAlreadyCancelled(t *testing.T) {
	refusal := answer{422, nil, fixture(t, "error-already-cancelled.json")}
	s := serve(t, map[string]answer{
		"POST /air/order_cancellations": refusal, "POST /air/order_cancellations/" + testCancellation + "/actions/confirm": refusal,
	})
	c := s.client(t)
	if _, err := c.CreateOrderCancellation(t.Context(), testOrder); payment.OutcomeOf(err) != payment.Refused {
		t.Errorf("quote: %v", err)
	}
	_, err := c.ConfirmOrderCancellation(t.Context(), testCancellation)
	var said *Error
	if payment.OutcomeOf(err) != payment.Unknown || !errors.As(err, &said) || said.Entries[0].Code != CodeAlreadyCancelled {
		t.Errorf("confirmation: %v", err)
	}
}

func TestCancelAgainstSimulator(t *testing.T) {
	srv, c, req := simulator(t, duffeltest.Order{})
	older, err := c.CreateOrderCancellation(t.Context(), req.OrderID)
	if err != nil || older.RefundTo != RefundToAwaitingPayment || older.RefundAmount != "0.00" || older.Confirmed() {
		t.Fatalf("%+v, %v", older, err)
	}
	quote, err := c.CreateOrderCancellation(t.Context(), req.OrderID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.ConfirmOrderCancellation(t.Context(), older.ID); payment.OutcomeOf(err) != payment.Refused || !errors.Is(err, payment.ErrOrderNotPayable) {
		t.Errorf("a stale quote: %v", err)
	}
	// The answer of the confirmation is lost; reading the cancellation tells.
	srv.Fail(duffeltest.Fault{Route: duffeltest.ConfirmOrderCancellation, Cut: duffeltest.BeforeAnswer})
	if _, err := c.ConfirmOrderCancellation(t.Context(), quote.ID); payment.OutcomeOf(err) != payment.Unknown {
		t.Errorf("a lost answer: %v", err)
	}
	if err := srv.WaitIdle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := srv.Count(duffeltest.ConfirmOrderCancellation); n != 2 {
		t.Errorf("%d confirmations sent, want one for each call", n)
	}
	if found, err := c.GetOrderCancellation(t.Context(), quote.ID); err != nil || !found.Confirmed() {
		t.Errorf("%+v, %v", found, err)
	}
	var ids []string
	for found, err := range c.ListOrderCancellations(t.Context(), ListOrderCancellationsParams{OrderID: req.OrderID, Limit: 1}) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, found.ID)
	}
	if diff := cmp.Diff([]string{older.ID, quote.ID}, ids); diff != "" {
		t.Errorf("listed (-want +got):\n%s", diff)
	}
	if _, err := c.Pay(t.Context(), req); payment.OutcomeOf(err) != payment.Refused || !errors.Is(err, payment.ErrOrderNotPayable) {
		t.Errorf("Pay: %v", err)
	}
	for _, err := range c.ListOrderCancellations(t.Context(), ListOrderCancellationsParams{Limit: 201}) {
		if !errors.Is(err, payment.ErrInvalidRequest) {
			t.Errorf("limit: %v", err)
		}
	}
}

func TestCancellationsThatAreRefused(t *testing.T) {
	srv, c, req := simulator(t, duffeltest.Order{NotCancellable: true})
	if _, err := c.CreateOrderCancellation(t.Context(), req.OrderID); payment.OutcomeOf(err) != payment.Refused || !errors.Is(err, payment.ErrOrderNotPayable) {
		t.Errorf("not cancellable: %v", err)
	}
	paid := srv.AddOrder(duffeltest.Order{})
	if _, err := c.Pay(t.Context(), payment.Request{Key: "k", OrderID: paid, Amount: req.Amount}); err != nil {
		t.Fatal(err)
	}
	quote, err := c.CreateOrderCancellation(t.Context(), paid)
	if refund, refundErr := quote.Refund(); err != nil || refundErr != nil || !refund.Equal(req.Amount) || quote.RefundTo != RefundToBalance {
		t.Errorf("%+v, %v, %v", quote, err, refundErr)
	}
	srv.Advance(time.Hour)
	if _, err := c.ConfirmOrderCancellation(t.Context(), quote.ID); payment.OutcomeOf(err) != payment.Refused {
		t.Errorf("too late: %v", err)
	}
}
