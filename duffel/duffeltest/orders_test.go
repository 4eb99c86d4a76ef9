package duffeltest_test

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/duffel/duffeltest"
)

func TestOrderHasTheShapeOfTheRecordedBody(t *testing.T) {
	srv := newServer(t)
	id := srv.AddOrder(duffeltest.Order{PriceGuaranteeExpiresAt: srv.Now().Add(time.Hour)})
	want := asJSON(t, fixture(t, "order-hold-awaiting-payment.json")).(map[string]any)["data"].(map[string]any)
	got := asJSON(t, srv.do(t.Context(), t, "GET", "/air/orders/"+id, "").Body).(map[string]any)["data"].(map[string]any)
	if diff := cmp.Diff(shape(want), shape(got)); diff != "" {
		t.Errorf("(-recorded +got):\n%s", diff)
	}
}

// shape is the names of an object's members, with those of the objects in it.
func shape(v map[string]any) []string {
	var names []string
	for _, k := range slices.Sorted(maps.Keys(v)) {
		names = append(names, k)
		if inner, ok := v[k].(map[string]any); ok {
			for _, n := range shape(inner) {
				names = append(names, k+"."+n)
			}
		}
	}
	return names
}

func TestPaymentStatus(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 123456000, time.UTC)
	deadline := "2026-01-03T03:04:05Z"
	type status = map[string]any
	tests := []struct {
		name      string
		order     duffeltest.Order
		act       func(t *testing.T, srv *caller, id string)
		want      status
		documents int
	}{
		{"awaiting", duffeltest.Order{PriceGuaranteeExpiresAt: now.Add(time.Hour)}, nil,
			status{"awaiting_payment": true, "payment_required_by": deadline, "price_guarantee_expires_at": "2026-01-02T04:04:05Z", "paid_at": nil}, 0},
		{"no guarantee", duffeltest.Order{}, nil,
			status{"awaiting_payment": true, "payment_required_by": deadline, "price_guarantee_expires_at": nil, "paid_at": nil}, 0},
		{"paid", duffeltest.Order{}, func(t *testing.T, srv *caller, id string) { srv.pay(t, id) },
			status{"awaiting_payment": false, "payment_required_by": deadline, "price_guarantee_expires_at": nil, "paid_at": "2026-01-02T03:04:05.123456Z"}, 1},
		{"pending", duffeltest.Order{Mode: duffeltest.Pend}, func(t *testing.T, srv *caller, id string) { srv.pay(t, id) },
			status{"awaiting_payment": false, "payment_required_by": deadline, "price_guarantee_expires_at": nil, "paid_at": nil}, 0},
		{"failed", duffeltest.Order{Mode: duffeltest.Fail}, func(t *testing.T, srv *caller, id string) { srv.pay(t, id) },
			status{"awaiting_payment": true, "payment_required_by": deadline, "price_guarantee_expires_at": nil, "paid_at": nil}, 0},
		{"lapsed", duffeltest.Order{PriceGuaranteeExpiresAt: now.Add(time.Hour)},
			func(_ *testing.T, srv *caller, _ string) { srv.Advance(24 * time.Hour) },
			status{"awaiting_payment": false, "payment_required_by": deadline, "price_guarantee_expires_at": nil, "paid_at": nil}, 0},
		{"cancelled", duffeltest.Order{CancelledAt: now}, nil,
			status{"awaiting_payment": false, "payment_required_by": deadline, "price_guarantee_expires_at": nil, "paid_at": nil}, 0},
		{"older shape", duffeltest.Order{NoPaidAt: true}, func(t *testing.T, srv *caller, id string) { srv.pay(t, id) },
			status{"awaiting_payment": false, "payment_required_by": deadline, "price_guarantee_expires_at": nil}, 1},
		{"instant", duffeltest.Order{Instant: true}, nil,
			status{"awaiting_payment": false, "payment_required_by": nil, "price_guarantee_expires_at": nil, "paid_at": "2026-01-02T03:04:05.123456Z"}, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			srv := newServer(t)
			srv.SetTime(now)
			id := srv.AddOrder(tt.order)
			if tt.act != nil {
				tt.act(t, srv, id)
			}
			v := srv.order(t, id)
			if diff := cmp.Diff(tt.want, v.Data.PaymentStatus); diff != "" {
				t.Errorf("payment_status (-want +got):\n%s", diff)
			}
			if len(v.Data.Documents) != tt.documents {
				t.Errorf("%d documents, want %d", len(v.Data.Documents), tt.documents)
			}
			if (v.Data.CancelledAt != nil) == tt.order.CancelledAt.IsZero() {
				t.Errorf("cancelled_at: %v", v.Data.CancelledAt)
			}
			switch wantType := map[bool]string{true: "instant", false: "hold"}[tt.order.Instant]; {
			case tt.order.NoPaidAt && v.Data.Type != nil:
				t.Errorf("older shape with type %q", *v.Data.Type)
			case !tt.order.NoPaidAt && (v.Data.Type == nil || *v.Data.Type != wantType):
				t.Errorf("type is not %s", wantType)
			}
		})
	}
}

func TestPaidAtLate(t *testing.T) {
	srv := newServer(t)
	srv.SetTime(recorded)
	id := srv.AddOrder(duffeltest.Order{PaidAtDelay: time.Minute})
	srv.pay(t, id)
	srv.wantTaken(t, id, "30.20 GBP")
	srv.Advance(time.Minute - 1)
	if s := srv.order(t, id).Data.PaymentStatus; s["paid_at"] != nil || s["awaiting_payment"] != false {
		t.Errorf("before: %v", s)
	}
	srv.Advance(1)
	if s := srv.order(t, id).Data.PaymentStatus; s["paid_at"] != "2020-04-11T15:48:11.642000Z" {
		t.Errorf("after: %v", s)
	}
}

func TestPriceMovesWhenTheGuaranteeIsOver(t *testing.T) {
	srv := newServer(t)
	id := srv.AddOrder(duffeltest.Order{PriceGuaranteeExpiresAt: srv.Now().Add(time.Hour), NextPrice: money(t, "31.5", "GBP")})
	if v := srv.order(t, id).Data; v.TotalAmount != "30.20" || v.TotalCurrency != "GBP" {
		t.Errorf("guaranteed: %s %s", v.TotalAmount, v.TotalCurrency)
	}
	srv.Advance(2 * time.Hour)
	if v := srv.order(t, id).Data; v.TotalAmount != "31.50" {
		t.Errorf("afterwards: %s", v.TotalAmount)
	}
	wantRefused(t, srv.pay(t, id), 422, "price_changed")
	if got := srv.do(t.Context(), t, "POST", "/air/payments", balance(id, "31.50", "GBP")); got.Status != 201 {
		t.Errorf("at the new price: %+v", got)
	}
	srv.wantTaken(t, id, "31.50 GBP")
}

func TestUpdateOrder(t *testing.T) {
	srv := newServer(t)
	id := srv.AddOrder(duffeltest.Order{})
	now := srv.Now()
	srv.UpdateOrder(id, func(o *duffeltest.Order) { o.ID, o.CancelledAt = "ord_other", now })
	if v := srv.order(t, id); v.Data.CancelledAt == nil || v.Data.ID != id {
		t.Errorf("got %+v", v.Data)
	}
}

func TestMisuseOfOrdersPanics(t *testing.T) {
	srv := newServer(t)
	srv.AddOrder(duffeltest.Order{ID: "ord_a"})
	for name, misuse := range map[string]func(){
		"twice":         func() { srv.AddOrder(duffeltest.Order{ID: "ord_a"}) },
		"no such order": func() { srv.UpdateOrder("ord_b", func(*duffeltest.Order) {}) },
		"no such route": func() { srv.Fail(duffeltest.Fault{Route: "POST /air/payment"}) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			misuse()
		}()
	}
}

func TestNotFound(t *testing.T) {
	for _, path := range []string{"/air/orders/ord_x", "/air/payments/pay_x"} {
		got := newServer(t).do(t.Context(), t, "GET", path, "")
		wantRefused(t, got, 404, "not_found")
		if diff := cmp.Diff(fixture(t, "error-not-found.json"), got.Body); diff != "" {
			t.Errorf("%s (-recorded +got):\n%s", path, diff)
		}
	}
}

type page struct {
	Meta struct {
		Limit  int     `json:"limit"`
		Before *string `json:"before"`
		After  *string `json:"after"`
	} `json:"meta"`
	Data []struct {
		ID string `json:"id"`
	} `json:"data"`
}

func (p page) ids() []string {
	ids := []string{}
	for _, d := range p.Data {
		ids = append(ids, d.ID)
	}
	return ids
}

func TestPages(t *testing.T) {
	srv := newServer(t)
	id := srv.AddOrder(duffeltest.Order{Mode: duffeltest.Pend})
	other := srv.AddOrder(duffeltest.Order{})
	want := []string{}
	for i := range 5 {
		srv.pay(t, id)
		want = append(want, fmt.Sprintf("pay_%022d", i+1))
	}
	srv.pay(t, other)

	list := func(q url.Values) (p page) {
		t.Helper()
		q.Set("order_id", id)
		srv.get(t, "/air/payments?"+q.Encode(), &p)
		return p
	}
	p := list(url.Values{})
	if diff := cmp.Diff(want, p.ids()); diff != "" || p.Meta.Limit != 50 || p.Meta.Before != nil || p.Meta.After != nil {
		t.Errorf("in one page: %+v (-want +got):\n%s", p.Meta, diff)
	}

	var forth, back [][]string
	p = list(url.Values{"limit": {"2"}})
	for forth = append(forth, p.ids()); p.Meta.After != nil; forth = append(forth, p.ids()) {
		if after := *p.Meta.After; url.QueryEscape(after) == after {
			t.Errorf("cursor %q needs no escaping", after)
		}
		p = list(url.Values{"limit": {"2"}, "after": {*p.Meta.After}})
	}
	if diff := cmp.Diff([][]string{want[:2], want[2:4], want[4:]}, forth); diff != "" {
		t.Errorf("forth (-want +got):\n%s", diff)
	}
	for p.Meta.Before != nil {
		p = list(url.Values{"limit": {"2"}, "before": {*p.Meta.Before}})
		back = append(back, p.ids())
	}
	if diff := cmp.Diff([][]string{want[2:4], want[:2]}, back); diff != "" {
		t.Errorf("back (-want +got):\n%s", diff)
	}

	first := list(url.Values{"limit": {"2"}})
	unescaped := srv.do(t.Context(), t, "GET", "/air/payments?order_id="+id+"&after="+*first.Meta.After, "")
	wantRefused(t, unescaped, 422, "validation_format")
	for q, code := range map[string]string{
		"limit=0": "validation_inclusion", "limit=201": "validation_inclusion", "limit=x": "validation_inclusion", "before=x": "validation_format",
	} {
		wantRefused(t, srv.do(t.Context(), t, "GET", "/air/payments?"+q, ""), 422, code)
	}
	wantRefused(t, srv.do(t.Context(), t, "GET", "/air/payments?after=x&before=y", ""), 400, "bad_request")
	if all := srv.do(t.Context(), t, "GET", "/air/payments?limit=200", ""); strings.Count(all.Body, `"pay_`) != 6 {
		t.Errorf("without an order: %s", all.Body)
	}
}

// A cursor holds its place when rows arrive, and when the row that it names stops matching the
// filter.
func TestPagesOfAMovingList(t *testing.T) {
	srv := newServer(t)
	var ids []string
	for range 3 {
		ids = append(ids, srv.AddOrder(duffeltest.Order{}))
	}
	var p page
	srv.get(t, "/air/orders?awaiting_payment=true&limit=1", &p)
	srv.pay(t, ids[0])
	ids = append(ids, srv.AddOrder(duffeltest.Order{}))
	got := p.ids()
	for p.Meta.After != nil {
		after := *p.Meta.After
		p = page{}
		srv.get(t, "/air/orders?awaiting_payment=true&limit=1&after="+url.QueryEscape(after), &p)
		got = append(got, p.ids()...)
	}
	if diff := cmp.Diff(ids, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestListOrders(t *testing.T) {
	srv := newServer(t)
	base := time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
	srv.SetTime(base)
	day := func(n int) time.Time { return base.AddDate(0, 0, n) }
	for _, o := range []duffeltest.Order{
		{ID: "ord_a", CreatedAt: day(-3), PaymentRequiredBy: day(3), Price: money(t, "10.00", "GBP"), OfferID: "off_a", BookingReference: "RZPNX8"},
		{ID: "ord_b", CreatedAt: day(-2), PaymentRequiredBy: day(1), Price: money(t, "9.00", "GBP"), OfferID: "off_b"},
		{ID: "ord_c", CreatedAt: day(-1), PaymentRequiredBy: day(2), Price: money(t, "100.00", "GBP"), CancelledAt: day(0)},
	} {
		srv.AddOrder(o)
	}
	tests := []struct {
		query string
		want  []string
	}{
		{"", []string{"ord_a", "ord_b", "ord_c"}},
		{"awaiting_payment=true", []string{"ord_a", "ord_b"}},
		{"awaiting_payment=false", []string{"ord_c"}},
		{"offer_id=off_b", []string{"ord_b"}},
		{"booking_reference=rzpnx8", []string{"ord_a"}},
		{"created_at[after]=2025-12-30T12:00:00Z", []string{"ord_b", "ord_c"}},
		{"created_at%5Bbefore%5D=2026-01-01T00:00:00Z", []string{"ord_a", "ord_b"}},
		{"sort=-created_at", []string{"ord_c", "ord_b", "ord_a"}},
		{"sort=payment_required_by", []string{"ord_b", "ord_c", "ord_a"}},
		{"sort=-total_amount", []string{"ord_c", "ord_a", "ord_b"}},
		{"sort=total_amount&limit=1&awaiting_payment=true", []string{"ord_b"}},
	}
	for _, tt := range tests {
		var p page
		srv.get(t, "/air/orders?"+tt.query, &p)
		if diff := cmp.Diff(tt.want, p.ids()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.query, diff)
		}
	}
	for q, code := range map[string]string{
		"awaiting_payment=perhaps": "validation_inclusion", "sort=next": "validation_inclusion", "created_at[after]=now": "validation_format",
	} {
		wantRefused(t, srv.do(t.Context(), t, "GET", "/air/orders?"+q, ""), 422, code)
	}
	for _, path := range []string{"/air/orders?owner_id[]=ZZ", "/air/payments?status=pending", "/air/orders/ord_a?expand=x"} {
		if got := srv.do(t.Context(), t, "GET", path, ""); got.Status != 501 {
			t.Errorf("%s: %+v", path, got)
		}
	}
}
