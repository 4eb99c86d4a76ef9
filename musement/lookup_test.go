package musement

import (
	"errors"
	"math"
	"testing"
	"time"

	"github.com/supplierpay/supplierpay-go/musement/musementtest"
	"github.com/supplierpay/supplierpay-go/payment"
)

// TestLookup goes through the words of order-info, long after the payment.
func TestLookup(t *testing.T) {
	ok := func(s payment.Status) verdict { return verdict{Status: s} }
	inconclusive := verdict{Outcome: "unknown", Kind: payment.ErrInconclusive}
	none := verdict{Outcome: "refused", Kind: payment.ErrNoPayment}
	for _, tt := range []struct {
		status    string
		paid, not verdict // with paid true and false
	}{
		{"created", ok(payment.Succeeded), inconclusive},
		{"authorized", ok(payment.Succeeded), ok(payment.Pending)},
		{"capture", ok(payment.Succeeded), ok(payment.Pending)},
		{"booking_started", ok(payment.Succeeded), ok(payment.Pending)},
		{"booking_hanged", ok(payment.Succeeded), ok(payment.Pending)},
		{"booking_quarantined", ok(payment.Succeeded), ok(payment.Pending)},
		{"paid", ok(payment.Succeeded), inconclusive},
		{"booking_ok", ok(payment.Succeeded), inconclusive},
		{"booking_failed", ok(payment.Succeeded), inconclusive},
		{"booking_partially_failed", ok(payment.Succeeded), inconclusive},
		{"closed", ok(payment.Succeeded), inconclusive},
		{"refunded", ok(payment.Reversed), ok(payment.Reversed)},
		{"partially_refunded", ok(payment.Succeeded), ok(payment.Reversed)},
		{"authorization_failed", ok(payment.Succeeded), none},
		{"capture_failed", ok(payment.Succeeded), none},
		{"payment_failed", ok(payment.Succeeded), none},
		{"failed", ok(payment.Succeeded), none},
		{"cancelled", ok(payment.Succeeded), none},
		{"brand_new", ok(payment.Succeeded), inconclusive},
		{"PAID", ok(payment.Succeeded), inconclusive},
	} {
		for _, paid := range []bool{true, false} {
			want := tt.not
			if paid {
				want = tt.paid
			}
			srv, c := simulate(t)
			o := srv.AddOrder(musementtest.Order{NeedsConfirmation: true})
			srv.SetPaymentStatus(o.UUID, paid, tt.status)
			p, err := c.Lookup(t.Context(), longAgo(t, c, o))
			wantVerdict(t, p, err, want)
			if err == nil && p.MatchedBy != payment.MatchedByOrder {
				t.Errorf("%s: matched by %s", tt.status, p.MatchedBy)
			}
			if writes := srv.Count(musementtest.NoPayment) + srv.Count(musementtest.StartSplit) + srv.Count(musementtest.Complete); writes != 0 {
				t.Errorf("%s: Lookup moved something", tt.status)
			}
		}
	}
}

// longAgo is an attempt to pay o that has settled.
func longAgo(t testing.TB, c *Client, o musementtest.Order) payment.Attempt {
	t.Helper()
	a, err := c.Prepare(noPaymentRequest("k1", o))
	if err != nil {
		t.Fatal(err)
	}
	a.SentAt, a.Answered = time.Now().Add(-24*time.Hour), true
	return a
}

// TestNoProof: each doubt keeps a failed payment from being a proof.
func TestNoProof(t *testing.T) {
	for name, tt := range map[string]struct {
		attempt func(*Client, *payment.Attempt)
		order   musementtest.Order
		arrange func(*musementtest.Server, musementtest.Order)
		kind    error
	}{
		"time not known": {attempt: func(_ *Client, a *payment.Attempt) { a.SentAt = time.Time{} }, kind: payment.ErrInconclusive},
		"too soon":       {attempt: func(c *Client, a *payment.Attempt) { a.SentAt = time.Now().Add(-settlingOf(c)) }, kind: payment.ErrInconclusive},
		"too soon after the completion": {attempt: func(c *Client, a *payment.Attempt) {
			a.Marks = []payment.Mark{{Step: "complete", At: time.Now().Add(-settlingOf(c))}}
		}, kind: payment.ErrInconclusive},
		"answer not known":         {attempt: func(_ *Client, a *payment.Attempt) { a.Answered = false }, kind: payment.ErrInconclusive},
		"answer lost":              {attempt: func(_ *Client, a *payment.Attempt) { *a = a.Unanswered() }, kind: payment.ErrInconclusive},
		"incomplete":               {attempt: func(_ *Client, a *payment.Attempt) { a.Incomplete = true }, kind: payment.ErrInconclusive},
		"a card without a journal": {attempt: func(_ *Client, a *payment.Attempt) { a.Method = MethodSplit }, kind: payment.ErrInconclusive},
		"a card, incomplete": {attempt: func(_ *Client, a *payment.Attempt) {
			a.Method, a.Marks, a.Incomplete = MethodSplit, []payment.Mark{{Step: stepBegin, At: a.SentAt}}, true
		}, kind: payment.ErrInconclusive},
		"a completion of no time": {attempt: func(_ *Client, a *payment.Attempt) {
			a.Method, a.Marks = MethodSplit, []payment.Mark{{Step: stepBegin, At: a.SentAt}, {Step: stepComplete}}
		}, kind: payment.ErrInconclusive},
		"423 before": {attempt: func(_ *Client, a *payment.Attempt) {
			*a = a.After(payment.Payment{}, &payment.Error{Status: 423, Kind: payment.ErrAlreadyPaid})
		}, kind: payment.ErrInconclusive},
		"no cart": {attempt: func(_ *Client, a *payment.Attempt) { a.Ref = nil }, kind: payment.ErrInconclusive},
		"the order says that it is paid": {order: musementtest.Order{PaidFlag: musementtest.CamelCase}, kind: payment.ErrInconclusive,
			arrange: func(s *musementtest.Server, o musementtest.Order) {
				s.SetPaymentStatus(o.UUID, true, "paid")
				s.Fail(musementtest.Fault{Route: musementtest.GetOrderInfo, Body: []byte(`{"order_uuid":"` + o.UUID + `","payment":{"paid":false,"status":"failed"}}`)})
			}},
		"an item is confirmed": {kind: payment.ErrInconclusive,
			arrange: func(s *musementtest.Server, o musementtest.Order) {
				s.Fail(musementtest.Fault{Route: musementtest.GetOrder, Body: []byte(`{"uuid":"` + o.UUID + `","items":[{"status":"PENDING"},{"status":"OK"}]}`)})
			}},
		"an item was refunded": {kind: payment.ErrInconclusive,
			arrange: func(s *musementtest.Server, o musementtest.Order) {
				s.Fail(musementtest.Fault{Route: musementtest.GetOrder, Body: []byte(`{"uuid":"` + o.UUID + `","items":[{"status":"REFUNDED"}]}`)})
			}},
		"there is a voucher": {kind: payment.ErrInconclusive,
			arrange: func(s *musementtest.Server, o musementtest.Order) {
				s.Fail(musementtest.Fault{Route: musementtest.GetOrder, Body: []byte(`{"uuid":"` + o.UUID + `","items":[{"vouchers":[{"url":"https://v.example"}]}]}`)})
			}},
		"a payment hidden by a second member": {kind: payment.ErrInconclusive,
			arrange: func(s *musementtest.Server, o musementtest.Order) {
				s.Fail(musementtest.Fault{Route: musementtest.GetOrderInfo,
					Body: []byte(`{"order_uuid":"` + o.UUID + `","payment":{"paid":true,"status":"paid","Paid":false,"Status":"failed"}}`)})
			}},
		"a payment hidden by a second payment": {kind: payment.ErrInconclusive,
			arrange: func(s *musementtest.Server, o musementtest.Order) {
				s.Fail(musementtest.Fault{Route: musementtest.GetOrderInfo,
					Body: []byte(`{"order_uuid":"` + o.UUID + `","payment":{"paid":true,"status":"paid"},"payment":{"paid":false,"status":"failed"}}`)})
			}},
		"an item hidden by a second list": {kind: payment.ErrInconclusive,
			arrange: func(s *musementtest.Server, o musementtest.Order) {
				s.Fail(musementtest.Fault{Route: musementtest.GetOrder, Body: []byte(`{"uuid":"` + o.UUID + `","items":[{"status":"OK"}],"items":[]}`)})
			}},
		"an order that is not UTF-8": {kind: payment.ErrInconclusive,
			arrange: func(s *musementtest.Server, o musementtest.Order) {
				s.Fail(musementtest.Fault{Route: musementtest.GetOrder, Body: []byte(`{"uuid":"` + o.UUID + `","item` + "\xf3" + `":[{"status":"OK"}]}`)})
			}},
		"the order cannot be read": {kind: payment.ErrUnavailable,
			arrange: func(s *musementtest.Server, _ musementtest.Order) {
				s.Fail(musementtest.Fault{Route: musementtest.GetOrder, Status: 500, NoAction: true})
			}},
	} {
		t.Run(name, func(t *testing.T) {
			srv, c := simulate(t)
			o := srv.AddOrder(tt.order)
			srv.SetPaymentStatus(o.UUID, false, "payment_failed")
			a := longAgo(t, c, o)
			if tt.attempt != nil {
				tt.attempt(c, &a)
			}
			if tt.arrange != nil {
				tt.arrange(srv, o)
			}
			p, err := c.Lookup(t.Context(), a)
			wantVerdict(t, p, err, verdict{Outcome: "unknown", Kind: tt.kind})
		})
	}
}

// TestProofByCard: with the marks of a journal, and every answer known, a failed card payment is proof when the last
// completion has settled.
func TestProofByCard(t *testing.T) {
	srv, c := simulate(t)
	o := srv.AddOrder(musementtest.Order{})
	srv.SetPaymentStatus(o.UUID, false, "payment_failed")
	a := longAgo(t, c, o)
	a.Method, a.Marks = MethodSplit, []payment.Mark{{Step: stepBegin, At: a.SentAt}, {Step: stepComplete, At: a.SentAt.Add(time.Hour)}}
	p, err := c.Lookup(t.Context(), a)
	wantVerdict(t, p, err, verdict{Outcome: "refused", Kind: payment.ErrNoPayment})
}

// TestSettledSaturates: times that are too long to be added are not over.
func TestSettledSaturates(t *testing.T) {
	_, c := simulate(t)
	c.settling = math.MaxInt64
	a := payment.Attempt{SentAt: time.Now().Add(-1000 * time.Hour)}
	if c.settled(a, time.Now()) {
		t.Error("settled after 1000 hours of 292 years")
	}
}

// settlingOf is how long after its last call an attempt has not settled yet.
func settlingOf(c *Client) time.Duration {
	t := c.Timing()
	return t.LongestCall + t.Settling - time.Second
}

// TestInfoNotUsable: what order-info does not answer well is no proof of anything.
func TestInfoNotUsable(t *testing.T) {
	info := func(body string) musementtest.Fault { return musementtest.Fault{Body: []byte(body)} }
	for name, tt := range map[string]struct {
		fault musementtest.Fault
		kind  error
	}{
		"another order":  {info(`{"order_uuid":"11111111-1111-1111-1111-111111111111","payment":{"paid":false,"status":"failed"}}`), payment.ErrInconclusive},
		"no order":       {musementtest.Fault{Status: 404, Code: "1400"}, payment.ErrInconclusive},
		"401":            {musementtest.Fault{Status: 401, Code: "0", Times: 2}, payment.ErrInconclusive},
		"403":            {musementtest.Fault{Status: 403, Code: "0"}, payment.ErrInconclusive},
		"500":            {musementtest.Fault{Status: 500, NoAction: true}, payment.ErrUnavailable},
		"HTML":           {musementtest.Fault{Damage: musementtest.HTML}, nil},
		"wrong type":     {musementtest.Fault{Damage: musementtest.WrongType}, nil},
		"paid is a text": {info(`{"order_uuid":"` + testOrder + `","payment":{"paid":"false","status":"failed"}}`), nil},
		"paid is null":   {info(`{"order_uuid":"` + testOrder + `","payment":{"paid":null,"status":"failed"}}`), nil},
		"paid missing":   {info(`{"order_uuid":"` + testOrder + `","payment":{"status":"failed"}}`), nil},
		"no status":      {info(`{"order_uuid":"` + testOrder + `","payment":{"paid":false}}`), nil},
		"no payment":     {info(`{"order_uuid":"` + testOrder + `"}`), nil},
		"no uuid":        {info(`{"payment":{"paid":true,"status":"paid"}}`), nil},
	} {
		t.Run(name, func(t *testing.T) {
			srv, c := simulate(t)
			o := srv.AddOrder(musementtest.Order{UUID: testOrder})
			srv.SetPaymentStatus(o.UUID, false, "payment_failed")
			tt.fault.Route = musementtest.GetOrderInfo
			srv.Fail(tt.fault)
			p, err := c.Lookup(t.Context(), longAgo(t, c, o))
			wantVerdict(t, p, err, verdict{Outcome: "unknown", Kind: tt.kind})
		})
	}
}

// TestLookupWithoutCart: the order shows a payment, and never the lack of one.
func TestLookupWithoutCart(t *testing.T) {
	for name, tt := range map[string]struct {
		body string
		want verdict
	}{
		"pending items": {`"items":[{"status":"PENDING"}]`, verdict{Outcome: "unknown", Kind: payment.ErrInconclusive}},
		"not paid":      {`"is_paid":false`, verdict{Outcome: "unknown", Kind: payment.ErrInconclusive}},
		"failed items":  {`"items":[{"status":"KO"}]`, verdict{Outcome: "unknown", Kind: payment.ErrInconclusive}},
		"paid":          {`"isPaid":true`, verdict{Status: payment.Succeeded}},
		"confirmed":     {`"items":[{"status":"PENDING"},{"status":"OK"}]`, verdict{Status: payment.Succeeded}},
		"voucher":       {`"items":[{"status":"PENDING","vouchers":[{"url":"https://v.example"}]}]`, verdict{Status: payment.Succeeded}},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, map[string]answer{"GET /orders/" + testOrder: {body: `{"uuid":"` + testOrder + `",` + tt.body + `}`}})
			p, err := s.client(t).Lookup(t.Context(), payment.Attempt{OrderID: testOrder, SentAt: time.Unix(0, 0)})
			wantVerdict(t, p, err, tt.want)
		})
	}
	c := serve(t, map[string]answer{}).client(t)
	for _, id := range []string{"", "x", testOrder} { // the last one is not found
		if _, err := c.Lookup(t.Context(), payment.Attempt{OrderID: id}); payment.OutcomeOf(err) != payment.Unknown || errors.Is(err, payment.ErrNoPayment) {
			t.Errorf("order %q: %v", id, err)
		}
	}
}
