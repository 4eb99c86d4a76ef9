package duffel

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/supplierpay/supplierpay-go/payment"
)

func TestGetOrder(t *testing.T) {
	s := serve(t, map[string]answer{
		"GET /air/orders/" + testOrder: {body: fixture(t, "order-hold-awaiting-payment.json")},
		"GET /air/orders/ord_other":    {body: fixture(t, "order-hold-awaiting-payment.json")},
	})
	c := s.client(t)
	got, err := c.GetOrder(t.Context(), testOrder)
	if err != nil {
		t.Fatal(err)
	}
	want := Order{
		ID: testOrder, Type: OrderHold, BookingReference: "RZPNX8", CreatedAt: "2020-04-11T15:48:11.642Z",
		SyncedAt: ptr(Timestamp("2020-04-11T15:48:11Z")), TotalAmount: "90.80", TotalCurrency: "GBP",
		BaseAmount: "60.60", BaseCurrency: ptr("GBP"), TaxAmount: "30.20", TaxCurrency: ptr("GBP"), Documents: []Document{},
		PaymentStatus: PaymentStatus{AwaitingPayment: true, PaymentRequiredBy: ptr(Timestamp("2020-01-17T10:42:14Z")),
			PriceGuaranteeExpiresAt: ptr(Timestamp("2020-01-17T10:42:14Z"))},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(Order{}, "Raw")); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
	if raw := `{"data":` + string(got.Raw) + `}`; raw != fixture(t, "order-hold-awaiting-payment.json") {
		t.Errorf("raw %s", raw)
	}
	if total, err := got.Total(); err != nil || total.String() != "90.80 GBP" {
		t.Errorf("total %v, %v", total, err)
	}
	for id, want := range map[string]error{
		"": payment.ErrInvalidRequest, "../x": payment.ErrInvalidRequest, strings.Repeat("x", 201): payment.ErrInvalidRequest,
		"ord_unknown": payment.ErrOrderNotFound, "ord_other": errOtherOrder,
	} {
		if _, err := c.GetOrder(t.Context(), id); !errors.Is(err, want) || payment.OutcomeOf(err) != payment.Unknown {
			t.Errorf("GetOrder(%.20q): %v, want %v and Unknown", id, err, want)
		}
	}
}

// TestOrderWithEverything: all members, and others of types that no page has, which must not cost the order.
func TestOrderWithEverything(t *testing.T) {
	got, err := decodeOrder([]byte(`{"id":"ord_1","type":"later","live_mode":true,"offer_id":"off_1","total_amount":"1.50","total_currency":"KWD",
		"base_amount":null,"base_currency":null,"void_window_ends_at":"2026-01-01T00:00:00Z",
		"documents":[{"type":"electronic_ticket","unique_identifier":"1252106312810","passenger_ids":["pas_1"]}],
		"available_actions":["cancel"],"services":[{"id":"ser_1","type":"baggage","quantity":2,"total_amount":"5","total_currency":"GBP","segment_ids":["seg_1"]}],
		"conditions":{"refund_before_departure":{"allowed":true,"penalty_amount":"10.00","penalty_currency":"GBP"},"change_before_departure":null},
		"content":"managed","metadata":{"booking":"7"},"users":["icu_1"],"owner":{"id":"arl_1","name":"Duffel Airways","iata_code":"ZZ"},
		"payment_status":{"awaiting_payment":false,"payment_required_by":null,"price_guarantee_expires_at":null,"paid_at":"2021-06-02T10:00:00.123456Z"},
		"booking_reference":5,"synced_at":{"odd":true},"slices":[{"id":"sli_1"}],"passengers":7}`))
	if err != nil {
		t.Fatal(err)
	}
	want := Order{
		ID: "ord_1", Type: "later", LiveMode: true, OfferID: "off_1", TotalAmount: "1.50", TotalCurrency: "KWD",
		VoidWindowEndsAt: ptr(Timestamp("2026-01-01T00:00:00Z")), SyncedAt: ptr(Timestamp("")),
		Documents:        []Document{{Type: "electronic_ticket", UniqueIdentifier: "1252106312810", PassengerIDs: []string{"pas_1"}}},
		AvailableActions: []string{"cancel"},
		Services:         []Service{{ID: "ser_1", Type: "baggage", Quantity: 2, TotalAmount: "5", TotalCurrency: "GBP", SegmentIDs: []string{"seg_1"}}},
		Conditions:       Conditions{RefundBeforeDeparture: &Condition{Allowed: true, PenaltyAmount: "10.00", PenaltyCurrency: ptr("GBP")}},
		Content:          "managed", Metadata: map[string]string{"booking": "7"}, Users: []string{"icu_1"},
		Owner:         &Airline{ID: "arl_1", Name: "Duffel Airways", IATACode: ptr("ZZ")},
		PaymentStatus: PaymentStatus{PaidAt: ptr(Timestamp("2021-06-02T10:00:00.123456Z"))},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(Order{}, "Raw")); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
}

func TestListOrdersQuery(t *testing.T) {
	at := time.Date(2026, 11, 21, 4, 0, 0, 0, time.FixedZone("", 2*3600))
	for name, tt := range map[string]struct {
		params ListOrdersParams
		want   url.Values
	}{
		"nothing": {ListOrdersParams{}, url.Values{}},
		"false is a filter": {ListOrdersParams{AwaitingPayment: ptr(false), RequiresAction: ptr(true)},
			url.Values{"awaiting_payment": {"false"}, "requires_action": {"true"}}},
		"everything": {ListOrdersParams{
			OfferID: "off_1", BookingReference: "RZPNX8", UserID: "icu_1", PassengerNames: []string{"Stark", "O'Neil & Co"},
			OwnerIDs: []string{"arl_1"}, OriginIDs: []string{"arp_1"}, DestinationIDs: []string{"arp_2", "arp_3"},
			DepartingAt: TimeRange{After: at}, ArrivingAt: TimeRange{Before: at}, CreatedAt: TimeRange{After: at, Before: at.Add(time.Hour)},
			Sort: SortByTotalAmount.Descending(), Limit: 200,
		}, url.Values{
			"offer_id": {"off_1"}, "booking_reference": {"RZPNX8"}, "user_id": {"icu_1"}, "passenger_name[]": {"Stark", "O'Neil & Co"},
			"owner_id[]": {"arl_1"}, "origin_id[]": {"arp_1"}, "destination_id[]": {"arp_2", "arp_3"},
			"departing_at[after]": {"2026-11-21T02:00:00Z"}, "arriving_at[before]": {"2026-11-21T02:00:00Z"},
			"created_at[after]": {"2026-11-21T02:00:00Z"}, "created_at[before]": {"2026-11-21T03:00:00Z"},
			"sort": {"-total_amount"}, "limit": {"200"},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, map[string]answer{"GET /air/orders": {body: `{"data":[]}`}})
			for _, err := range s.client(t).ListOrders(t.Context(), tt.params) {
				t.Fatal(err)
			}
			got, err := url.Parse(strings.TrimPrefix(s.requests()[0], "GET "))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got.Query()); diff != "" {
				t.Errorf("query (-want +got):\n%s", diff)
			}
		})
	}
	for name, params := range map[string]ListOrdersParams{
		"limit too large": {Limit: 201}, "limit negative": {Limit: -1}, "year": {CreatedAt: TimeRange{After: time.Date(12000, 1, 1, 0, 0, 0, 0, time.UTC)}},
	} {
		s := serve(t, nil)
		n := 0
		for _, err := range s.client(t).ListOrders(t.Context(), params) {
			if n++; !errors.Is(err, payment.ErrInvalidRequest) || payment.OutcomeOf(err) != payment.Unknown {
				t.Errorf("%s: %v", name, err)
			}
		}
		if n != 1 || len(s.requests()) != 0 {
			t.Errorf("%s: %d results, sent %v", name, n, s.requests())
		}
	}
}

// pager gives pages by cursor and remembers the cursors.
func pager(t *testing.T, pages map[string]string) (*Client, *[]string) {
	t.Helper()
	asked := &[]string{}
	c := newTestClient(t, "https://duffel.example", WithRoundTripper(roundTripper(func(r *http.Request) string {
		q := r.URL.Query()
		*asked = append(*asked, q.Get("order_id")+":"+q.Get("limit")+":"+q.Get("after"))
		return pages[q.Get("after")]
	})))
	return c, asked
}

func TestListPages(t *testing.T) {
	page := func(after string, ids ...string) string {
		items := make([]string, len(ids))
		for i, id := range ids {
			items[i] = `{"id":"` + id + `"}`
		}
		return `{"meta":{"limit":2,"before":null,"after":` + after + `},"data":[` + strings.Join(items, ",") + `]}`
	}
	for name, tt := range map[string]struct {
		pages map[string]string
		ids   []string
		asked []string
		err   error
	}{
		"empty":               {map[string]string{"": page("null")}, nil, []string{"ord_1:2:"}, nil},
		"no meta":             {map[string]string{"": `{"data":[{"id":"a"}]}`}, []string{"a"}, []string{"ord_1:2:"}, nil},
		"no cursor":           {map[string]string{"": `{"meta":{"limit":2},"data":[{"id":"a"}]}`}, []string{"a"}, []string{"ord_1:2:"}, nil},
		"empty cursor":        {map[string]string{"": page(`""`, "a")}, []string{"a"}, []string{"ord_1:2:"}, nil},
		"cursors are escaped": {map[string]string{"": page(`"g3QAAAACZ+/&a=="`, "a", "b"), "g3QAAAACZ+/&a==": page("null", "c")}, []string{"a", "b", "c"}, []string{"ord_1:2:", "ord_1:2:g3QAAAACZ+/&a=="}, nil},
		"an empty page amid":  {map[string]string{"": page(`"x"`, "a"), "x": page(`"y"`), "y": page("null", "b")}, []string{"a", "b"}, []string{"ord_1:2:", "ord_1:2:x", "ord_1:2:y"}, nil},
		"cursor repeats":      {map[string]string{"": page(`"x"`, "a"), "x": page(`"x"`, "b")}, []string{"a"}, []string{"ord_1:2:", "ord_1:2:x"}, errCursorAgain},
		"cursors in a circle": {map[string]string{"": page(`"x"`), "x": page(`"y"`), "y": page(`"x"`, "b")}, nil, []string{"ord_1:2:", "ord_1:2:x", "ord_1:2:y"}, errCursorAgain},
		"second page broken":  {map[string]string{"": page(`"x"`, "a"), "x": `{"data":[`}, []string{"a"}, []string{"ord_1:2:", "ord_1:2:x"}, errNoList},
		"null list":           {map[string]string{"": `{"data":null}`}, nil, []string{"ord_1:2:"}, errNoList},
		"no list":             {map[string]string{"": `{}`}, nil, []string{"ord_1:2:"}, errNoList},
		"object for a list":   {map[string]string{"": `{"data":{"id":"a"}}`}, nil, []string{"ord_1:2:"}, errNoList},
		"item without an id":  {map[string]string{"": `{"data":[{"id":"a"},{}]}`}, nil, []string{"ord_1:2:"}, errNoID},
		"null item":           {map[string]string{"": `{"data":[null]}`}, nil, []string{"ord_1:2:"}, errNoID},
		"errors inside":       {map[string]string{"": `{"errors":[{"code":"x"}],"data":[]}`}, nil, []string{"ord_1:2:"}, errErrorsInside},
	} {
		t.Run(name, func(t *testing.T) {
			c, asked := pager(t, tt.pages)
			var ids []string
			var err error
			for p, e := range c.ListPayments(t.Context(), ListPaymentsParams{OrderID: "ord_1", Limit: 2}) {
				if err != nil {
					t.Fatal("the list went on after an error")
				}
				if err = e; e == nil {
					ids = append(ids, p.ID)
				}
			}
			if diff := cmp.Diff(tt.ids, ids); diff != "" {
				t.Errorf("ids (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.asked, *asked); diff != "" {
				t.Errorf("asked (-want +got):\n%s", diff)
			}
			if !errors.Is(err, tt.err) || err != nil && payment.OutcomeOf(err) != payment.Unknown {
				t.Errorf("error %v, want %v", err, tt.err)
			}
		})
	}
	t.Run("odd cursor", func(t *testing.T) {
		c, _ := pager(t, map[string]string{"": page("5", "a")})
		for _, err := range c.ListPayments(t.Context(), ListPaymentsParams{OrderID: "ord_1"}) {
			if payment.OutcomeOf(err) != payment.Unknown {
				t.Errorf("a cursor that is a number: %v", err)
			}
		}
	})
	t.Run("a list can be run twice, and left early", func(t *testing.T) {
		c, asked := pager(t, map[string]string{"": page(`"x"`, "a", "b"), "x": page("null", "c")})
		seq := c.ListPayments(t.Context(), ListPaymentsParams{OrderID: "ord_1"})
		for range seq {
			break
		}
		n := 0
		for range seq {
			n++
		}
		if n != 3 || len(*asked) != 3 {
			t.Errorf("%d items, asked %v", n, *asked)
		}
	})
	t.Run("no order", func(t *testing.T) {
		c, asked := pager(t, nil)
		for _, err := range c.ListPayments(t.Context(), ListPaymentsParams{}) {
			var e *payment.Error
			if !errors.As(err, &e) || e.Field != "OrderID" {
				t.Errorf("error %v", err)
			}
		}
		if len(*asked) != 0 {
			t.Errorf("asked %v", *asked)
		}
	})
	t.Run("no end", func(t *testing.T) {
		n := 0
		c := newTestClient(t, "https://duffel.example", WithRoundTripper(roundTripper(func(*http.Request) string {
			n++
			return page(strconv.Quote(strconv.Itoa(n)))
		})))
		for _, err := range c.ListPayments(t.Context(), ListPaymentsParams{OrderID: "ord_1"}) {
			if !errors.Is(err, errNoEnd) {
				t.Errorf("error %v", err)
			}
		}
	})
}
