package duffel

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/duffel/duffeltest"
	"github.com/supplierpay/supplierpay-go/payment"
)

// simulator starts a simulated Duffel with one order, and a client whose clock is the server's.
func simulator(t *testing.T, o duffeltest.Order, opts ...Option) (*duffeltest.Server, *Client, payment.Request) {
	t.Helper()
	srv := duffeltest.NewServer()
	t.Cleanup(srv.Close)
	clock := func(s *settings) error { s.now = srv.Now; return nil }
	c, err := New(srv.Token, append([]Option{WithBaseURL(srv.URL), withoutRetries(), clock}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdleConnections)
	return srv, c, payment.Request{Key: "k1", OrderID: srv.AddOrder(o), Amount: mustMoney(t, "30.20", "GBP")}
}

// taken fails unless the ledger took the amount n times.
func taken(t *testing.T, srv *duffeltest.Server, orderID string, n int) {
	t.Helper()
	if err := srv.WaitIdle(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := srv.Taken(orderID)
	if len(got) != n || n > 0 && got[0].String() != "30.20 GBP" {
		t.Errorf("taken %v, want %d times 30.20 GBP", got, n)
	}
}

func TestPayHoldOrder(t *testing.T) {
	for name, mode := range map[string]duffeltest.Mode{"current shape": duffeltest.Succeed, "older shape": duffeltest.NoStatus} {
		t.Run(name, func(t *testing.T) {
			srv, c, req := simulator(t, duffeltest.Order{Mode: mode}, WithVerifyOrder())
			p, err := c.Pay(t.Context(), req)
			if err != nil || !p.Paid() || p.ID == "" || !p.Amount.Equal(req.Amount) {
				t.Fatalf("Pay: %+v, %v", p, err)
			}
			taken(t, srv, req.OrderID, 1)
			a, err := c.Prepare(req)
			if err != nil {
				t.Fatal(err)
			}
			if found, err := c.Lookup(t.Context(), a); err != nil || !found.Paid() || found.ID != p.ID || found.MatchedBy != payment.MatchedByOrder {
				t.Errorf("Lookup by order: %+v, %v", found, err)
			}
			if found, err := c.Lookup(t.Context(), a.After(p, nil)); err != nil || !found.Paid() || found.MatchedBy != payment.MatchedByID {
				t.Errorf("Lookup by id: %+v, %v", found, err)
			}
			order, err := c.GetOrder(t.Context(), req.OrderID)
			if err != nil || !isSet(order.PaymentStatus.PaidAt) {
				t.Errorf("order %+v, %v", order.PaymentStatus, err)
			}
			if _, err := c.Pay(t.Context(), req); payment.OutcomeOf(err) != payment.NotSent || !errors.Is(err, payment.ErrAlreadyPaid) {
				t.Errorf("the second Pay: %v", err)
			}
			taken(t, srv, req.OrderID, 1)
		})
	}
}

func TestPayRefusals(t *testing.T) {
	past := time.Now().Add(-24 * time.Hour)
	for name, tt := range map[string]struct {
		order duffeltest.Order
		kind  error
	}{
		"instant":          {duffeltest.Order{Instant: true}, payment.ErrOrderNotPayable},
		"cancelled":        {duffeltest.Order{CancelledAt: past}, payment.ErrOrderNotPayable},
		"lapsed":           {duffeltest.Order{PaymentRequiredBy: past}, payment.ErrOrderNotPayable},
		"schedule changed": {duffeltest.Order{ScheduleChanged: true}, payment.ErrOrderNotPayable},
		"price changed":    {duffeltest.Order{NextPrice: mustMoney(t, "31.00", "GBP")}, payment.ErrPriceChanged},
		"other price":      {duffeltest.Order{Price: mustMoney(t, "40.00", "GBP")}, payment.ErrPriceChanged},
		"other currency":   {duffeltest.Order{Price: mustMoney(t, "30.20", "EUR")}, payment.ErrCurrencyMismatch},
		"declined":         {duffeltest.Order{Mode: duffeltest.Fail}, payment.ErrDeclined},
	} {
		t.Run(name, func(t *testing.T) {
			srv, c, req := simulator(t, tt.order)
			p, err := c.Pay(t.Context(), req)
			if payment.OutcomeOf(err) != payment.Refused || !errors.Is(err, tt.kind) || p.Paid() {
				t.Errorf("Pay: %+v, %v, want Refused and %v", p, err, tt.kind)
			}
			taken(t, srv, req.OrderID, 0)
		})
	}
	t.Run("read-only token", func(t *testing.T) {
		srv, _, req := simulator(t, duffeltest.Order{})
		c, err := New(srv.ReadOnlyToken, WithBaseURL(srv.URL))
		if err != nil {
			t.Fatal(err)
		}
		defer c.CloseIdleConnections()
		if _, err := c.Pay(t.Context(), req); payment.OutcomeOf(err) != payment.Refused || !errors.Is(err, payment.ErrForbidden) {
			t.Errorf("Pay: %v", err)
		}
	})
}

// TestPendingPayments: not decided, then decided, found by the id or by the order.
func TestPendingPayments(t *testing.T) {
	for name, mode := range map[string]duffeltest.Mode{"pending": duffeltest.Pend, "acknowledged": duffeltest.Accept} {
		for settled, want := range map[string]payment.Status{"succeeded": payment.Succeeded, "failed": payment.Failed} {
			t.Run(name+" "+settled, func(t *testing.T) {
				srv, c, req := simulator(t, duffeltest.Order{Mode: mode})
				p, err := c.Pay(t.Context(), req)
				if err != nil || p.Status != payment.Pending {
					t.Fatalf("Pay: %+v, %v", p, err)
				}
				a, err := c.Prepare(req)
				if err != nil {
					t.Fatal(err)
				}
				a = a.After(p, nil)
				if found, err := c.Lookup(t.Context(), a); err != nil || found.Status != payment.Pending {
					t.Errorf("Lookup: %+v, %v, want Pending", found, err)
				}
				if err := srv.Settle(req.OrderID, settled, "payment_declined"); err != nil {
					t.Fatal(err)
				}
				found, err := c.Lookup(t.Context(), a)
				switch {
				case mode == duffeltest.Accept && want == payment.Failed:
					// Without its id the failed payment may be another's.
					if !errors.Is(err, payment.ErrInconclusive) {
						t.Errorf("Lookup: %+v, %v, want ErrInconclusive", found, err)
					}
				case err != nil || found.Status != want:
					t.Errorf("Lookup: %+v, %v, want %s", found, err, want)
				}
			})
		}
	}
}

// TestLostAnswers: the money is taken, the answer is lost, Lookup finds it; the payment is sent once.
func TestLostAnswers(t *testing.T) {
	for name, fault := range map[string]duffeltest.Fault{
		"cut":             {Cut: duffeltest.BeforeAnswer},
		"reset":           {Cut: duffeltest.BeforeAnswer, Reset: true},
		"cut in the body": {Cut: duffeltest.InBody},
		"truncated gzip":  {Damage: duffeltest.TruncatedGzip},
		"too large":       {Damage: duffeltest.Oversized},
		"HTML":            {Damage: duffeltest.HTML},
		"another type":    {Damage: duffeltest.WrongType},
		"500":             {Code: "internal_server_error"},
		"airline error":   {Code: "airline_unknown"},
		"502 HTML":        {Status: 502, Body: []byte("<html>")},
		"503":             {Status: 503, Body: []byte{}},
		"redirect":        {Status: 307, Header: http.Header{"Location": {"/air/payments"}}},
	} {
		t.Run(name, func(t *testing.T) {
			srv, c, req := simulator(t, duffeltest.Order{})
			fault.Route = duffeltest.CreatePayment
			srv.Fail(fault)
			p, err := c.Pay(t.Context(), req)
			if payment.OutcomeOf(err) != payment.Unknown || p.Paid() {
				t.Errorf("Pay: %+v, %v, want Unknown", p, err)
			}
			taken(t, srv, req.OrderID, 1)
			if n := srv.Count(duffeltest.CreatePayment); n != 1 {
				t.Errorf("sent %d times", n)
			}
			a, prepareErr := c.Prepare(req)
			if prepareErr != nil {
				t.Fatal(prepareErr)
			}
			if found, err := c.Lookup(t.Context(), a.After(p, err)); err != nil || !found.Paid() {
				t.Errorf("Lookup: %+v, %v", found, err)
			}
			if _, err := c.Pay(t.Context(), req); payment.OutcomeOf(err) != payment.Unknown || !errors.Is(err, payment.ErrAlreadyPaid) {
				t.Errorf("the second Pay: %v, want Unknown and ErrAlreadyPaid", err)
			}
			taken(t, srv, req.OrderID, 1)
		})
	}
}

// TestTakenLate: the caller leaves, the money is taken afterwards. Until then Lookup must not call it unpaid.
func TestTakenLate(t *testing.T) {
	srv, c, req := simulator(t, duffeltest.Order{}, func(s *settings) error { s.call.Linger = time.Millisecond; return nil })
	a, err := c.Prepare(req)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	hold := make(chan struct{})
	srv.Fail(duffeltest.Fault{Route: duffeltest.CreatePayment, Hold: hold, Arrived: cancel})
	p, err := c.Pay(ctx, req)
	if payment.OutcomeOf(err) != payment.Unknown || !errors.Is(err, context.Canceled) {
		t.Errorf("Pay: %+v, %v", p, err)
	}
	a = a.After(p, err)
	if found, err := c.Lookup(t.Context(), a); !errors.Is(err, payment.ErrInconclusive) {
		t.Errorf("Lookup before the money is taken: %+v, %v", found, err)
	}
	quote, err := c.CreateOrderCancellation(t.Context(), req.OrderID)
	if err == nil {
		_, err = c.ConfirmOrderCancellation(t.Context(), quote.ID)
	}
	if found, lookupErr := c.Lookup(t.Context(), a); err != nil || !errors.Is(lookupErr, payment.ErrInconclusive) {
		t.Errorf("Lookup of an order that was just cancelled: %+v, %v; %v", found, lookupErr, err)
	}
	close(hold)
	taken(t, srv, req.OrderID, 1)
	if found, err := c.Lookup(t.Context(), a); err != nil || !found.Paid() {
		t.Errorf("Lookup after: %+v, %v", found, err)
	}
}

// TestNeverTaken: an order that lapses or is cancelled unpaid proves that nothing was taken, unless Duffel failed with a
// 500, or its answer is not known.
func TestNeverTaken(t *testing.T) {
	odd := duffeltest.Fault{Status: 404, Body: []byte("no such page"), NoAction: true} // an answer, though not Duffel's
	cut := duffeltest.Fault{Cut: duffeltest.BeforeActing}
	lapse := func(s *duffeltest.Server, _ string) { s.Advance(25*time.Hour + time.Minute) }
	cancel := func(s *duffeltest.Server, id string) {
		s.UpdateOrder(id, func(o *duffeltest.Order) { o.CancelledAt = s.Now().Add(-time.Hour - time.Minute) })
	}
	for name, tt := range map[string]struct {
		fault duffeltest.Fault
		end   func(*duffeltest.Server, string)
		want  error
	}{
		"lapses":                 {odd, lapse, payment.ErrNoPayment},
		"lapses, answer lost":    {cut, lapse, payment.ErrInconclusive},
		"just lapsed":            {odd, func(s *duffeltest.Server, _ string) { s.Advance(24*time.Hour + time.Minute) }, payment.ErrInconclusive},
		"cancelled":              {odd, cancel, payment.ErrNoPayment},
		"cancelled, answer lost": {cut, cancel, payment.ErrInconclusive},
		"just cancelled": {odd, func(s *duffeltest.Server, id string) {
			s.UpdateOrder(id, func(o *duffeltest.Order) { o.CancelledAt = s.Now() })
		}, payment.ErrInconclusive},
		"lapses after a 500": {duffeltest.Fault{Code: "internal_server_error", NoAction: true}, func(s *duffeltest.Server, _ string) { s.Advance(72 * time.Hour) }, payment.ErrInconclusive},
	} {
		t.Run(name, func(t *testing.T) {
			srv, c, req := simulator(t, duffeltest.Order{})
			tt.fault.Route = duffeltest.CreatePayment
			srv.Fail(tt.fault)
			p, err := c.Pay(t.Context(), req)
			if payment.OutcomeOf(err) != payment.Unknown {
				t.Fatalf("Pay: %+v, %v", p, err)
			}
			a, prepareErr := c.Prepare(req)
			if prepareErr != nil {
				t.Fatal(prepareErr)
			}
			a = a.After(p, err)
			if _, err := c.Lookup(t.Context(), a); !errors.Is(err, payment.ErrInconclusive) {
				t.Errorf("Lookup of an open order: %v", err)
			}
			tt.end(srv, req.OrderID)
			if _, err := c.Lookup(t.Context(), a); !errors.Is(err, tt.want) {
				t.Errorf("Lookup of a closed order: %v, want %v", err, tt.want)
			}
			taken(t, srv, req.OrderID, 0)
		})
	}
}

// TestListsAgainstSimulator: cursors that need escaping, over several pages.
func TestListsAgainstSimulator(t *testing.T) {
	srv, c, req := simulator(t, duffeltest.Order{OfferID: "off_1", Mode: duffeltest.Fail})
	want := []string{req.OrderID}
	for range 4 {
		want = append(want, srv.AddOrder(duffeltest.Order{OfferID: "off_1"}))
	}
	srv.AddOrder(duffeltest.Order{OfferID: "off_2"})
	var got []string
	for o, err := range c.ListOrders(t.Context(), ListOrdersParams{OfferID: "off_1", AwaitingPayment: ptr(true), Sort: SortByCreatedAt, Limit: 2}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, o.ID)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("orders (-want +got):\n%s", diff)
	}
	for range 5 {
		if _, err := c.Pay(t.Context(), req); !errors.Is(err, payment.ErrDeclined) {
			t.Fatal(err)
		}
	}
	n := 0
	for p, err := range c.ListPayments(t.Context(), ListPaymentsParams{OrderID: req.OrderID, Limit: 2}) {
		if err != nil || p.Status != StatusFailed {
			t.Fatal(p, err)
		}
		n++
	}
	if n != 5 || srv.Count(duffeltest.ListPayments) != 3 {
		t.Errorf("%d payments in %d pages", n, srv.Count(duffeltest.ListPayments))
	}
	if limit, ok := c.RateLimit(); !ok || limit.Limit <= 0 || limit.Reset.IsZero() {
		t.Errorf("rate limit %+v, %v", limit, ok)
	}
}
