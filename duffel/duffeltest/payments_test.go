package duffeltest_test

import (
	"encoding/json"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/duffel/duffeltest"
)

// recorded is the time in the recorded bodies.
var recorded = time.Date(2020, 4, 11, 15, 48, 11, 642e6, time.UTC)

func TestPaymentMatchesRecordedBodies(t *testing.T) {
	tests := []struct {
		name string
		mode duffeltest.Mode
		file string
		edit func(payment map[string]any) // what the recorded payment differs in on purpose
	}{
		{"current shape", duffeltest.Succeed, "payment.json", nil},
		{"older shape", duffeltest.NoStatus, "payment-without-status.json", nil},
		{"failed", duffeltest.Fail, "payment-failed.json", func(p map[string]any) {
			p["type"], p["airline_credit_id"], p["currency"] = "balance", nil, "GBP"
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			srv := newServer(t)
			srv.SetTime(recorded)
			id := srv.AddOrder(duffeltest.Order{ID: "ord_00009hthhsUZ8W4LxQgkjo", Mode: tt.mode, FailureReason: "ineligible_airline_credit"})
			want := asJSON(t, fixture(t, tt.file)).(map[string]any)["data"].(map[string]any)
			want["id"] = "pay_0000000000000000000001"
			if tt.edit != nil {
				tt.edit(want)
			}
			posted := srv.pay(t, id)
			read := srv.do(t.Context(), t, "GET", "/air/payments/pay_0000000000000000000001", "")
			for _, got := range []reply{posted, read} {
				if diff := cmp.Diff(map[string]any{"data": want}, asJSON(t, got.Body)); diff != "" {
					t.Errorf("(-recorded +got):\n%s", diff)
				}
			}
			if posted.Status != 201 || read.Status != 200 {
				t.Errorf("status %d, read with %d", posted.Status, read.Status)
			}
		})
	}
}

func TestPendingListMatchesRecordedBody(t *testing.T) {
	srv := newServer(t)
	srv.SetTime(recorded)
	id := srv.AddOrder(duffeltest.Order{ID: "ord_00009hthhsUZ8W4LxQgkjo", Mode: duffeltest.Pend})
	srv.pay(t, id)
	want := asJSON(t, fixture(t, "payments-list.json"))
	p := want.(map[string]any)["data"].([]any)[0].(map[string]any)
	p["id"], p["failure_reason"], p["airline_credit_id"] = "pay_0000000000000000000001", nil, nil
	got := srv.do(t.Context(), t, "GET", "/air/payments?order_id="+id, "")
	if diff := cmp.Diff(want, asJSON(t, got.Body)); diff != "" {
		t.Errorf("(-recorded +got):\n%s", diff)
	}
	empty := srv.do(t.Context(), t, "GET", "/air/payments?order_id=ord_other", "")
	if diff := cmp.Diff(fixture(t, "payments-list-empty.json"), empty.Body); diff != "" {
		t.Errorf("empty (-recorded +got):\n%s", diff)
	}
}

func TestPaymentStateErrors(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	tests := []struct {
		name  string
		order duffeltest.Order
		body  string // "" is 30.20 GBP from the balance
		code  string
		file  string
	}{
		{"instant", duffeltest.Order{Instant: true}, "", "order_type_not_eligible_for_payment", "error-order-type-not-eligible.json"},
		{"cancelled", duffeltest.Order{CancelledAt: now.Add(-time.Hour)}, "", "already_cancelled", "error-already-cancelled.json"},
		{"schedule", duffeltest.Order{ScheduleChanged: true}, "", "schedule_changed", "error-schedule-changed.json"},
		{"deadline", duffeltest.Order{PaymentRequiredBy: now}, "", "past_payment_required_by_date", "error-past-payment-required-by-date.json"},
		{"amount", duffeltest.Order{}, balance("ord_a", "30.21", "GBP"), "payment_amount_does_not_match_order_amount", "error-amount-mismatch.json"},
		{"currency", duffeltest.Order{}, balance("ord_a", "30.20", "EUR"), "payment_currency_does_not_match_order_currency", "error-currency-mismatch.json"},
		{"price changed", duffeltest.Order{NextPrice: money(t, "31.00", "GBP")}, "", "price_changed", "error-price-changed.json"},
		{"neither price", duffeltest.Order{NextPrice: money(t, "31.00", "GBP")}, balance("ord_a", "30.21", "GBP"),
			"payment_amount_does_not_match_order_amount", ""},
		{"guaranteed, next price", duffeltest.Order{NextPrice: money(t, "31.00", "GBP"), PriceGuaranteeExpiresAt: now.Add(1)},
			balance("ord_a", "31.00", "GBP"), "payment_amount_does_not_match_order_amount", ""},
		{"guarantee over", duffeltest.Order{NextPrice: money(t, "31.00", "GBP"), PriceGuaranteeExpiresAt: now}, "", "price_changed", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			srv := newServer(t)
			srv.SetTime(now)
			tt.order.ID = "ord_a"
			id := srv.AddOrder(tt.order)
			body := tt.body
			if body == "" {
				body = balance(id, "30.20", "GBP")
			}
			got := srv.do(t.Context(), t, "POST", "/air/payments", body)
			wantRefused(t, got, 422, tt.code)
			if tt.file != "" {
				if diff := cmp.Diff(fixture(t, tt.file), got.Body); diff != "" {
					t.Errorf("body (-recorded +got):\n%s", diff)
				}
			}
			srv.wantTaken(t, id)
			if n := strings.Count(srv.do(t.Context(), t, "GET", "/air/payments", "").Body, "pay_"); n != 0 {
				t.Errorf("%d payments were made", n)
			}
		})
	}
}

func TestAmountsCountByValue(t *testing.T) {
	for _, tt := range []struct{ price, currency, sent string }{
		{"30.20", "GBP", "30.2"}, {"500", "JPY", "500.00"}, {"1.500", "KWD", "1.5"},
	} {
		srv := newServer(t)
		id := srv.AddOrder(duffeltest.Order{Price: money(t, tt.price, tt.currency)})
		if got := srv.do(t.Context(), t, "POST", "/air/payments", balance(id, tt.sent, tt.currency)); got.Status != 201 {
			t.Errorf("%v: %+v", tt, got)
		}
		srv.wantTaken(t, id, money(t, tt.sent, tt.currency).String())
	}
}

func TestValidation(t *testing.T) {
	type source = map[string]any
	at := func(pointer string) source {
		return source{"field": pointer[strings.LastIndex(pointer, "/")+1:], "pointer": pointer}
	}
	tests := []struct {
		name, body string
		status     int
		codes      []string
		sources    []any
	}{
		{"not JSON", `{`, 400, []string{"bad_request"}, []any{nil}},
		{"an array", `[]`, 400, []string{"bad_request"}, []any{nil}},
		{"no data", `{}`, 400, []string{"missing_data_param"}, []any{nil}},
		{"data null", `{"data":null}`, 400, []string{"missing_data_param"}, []any{nil}},
		{"data a string", `{"data":"x"}`, 400, []string{"invalid_data_param"}, []any{nil}},
		{"nothing in it", `{"data":{}}`, 422, []string{"validation_required", "validation_required"}, []any{at("/order_id"), at("/payment")}},
		{"amount and currency", `{"data":{"order_id":"ord_a","payment":{"type":"balance"}}}`, 422,
			[]string{"validation_required", "validation_required"}, []any{at("/payment/amount"), at("/payment/currency")}},
		{"a number", `{"data":{"order_id":"ord_a","payment":{"type":"balance","amount":30.20,"currency":"GBP"}}}`, 422,
			[]string{"validation_type"}, []any{at("/payment/amount")}},
		{"an exponent", balance("ord_a", "3e1", "GBP"), 422, []string{"validation_format"}, []any{at("/payment/amount")}},
		{"negative", balance("ord_a", "-30.20", "GBP"), 422, []string{"validation_format"}, []any{at("/payment/amount")}},
		{"endless", balance("ord_a", strings.Repeat("9", 10000), "GBP"), 422, []string{"validation_format"}, []any{at("/payment/amount")}},
		{"currency in small letters", balance("ord_a", "30.20", "gbp"), 422, []string{"validation_inclusion"}, []any{at("/payment/currency")}},
		{"unknown type", `{"data":{"order_id":"ord_a","payment":{"type":"cheque","amount":"30.20","currency":"GBP"}}}`, 422,
			[]string{"validation_inclusion"}, []any{at("/payment/type")}},
		{"card without session", `{"data":{"order_id":"ord_a","payment":{"type":"card","amount":"30.20","currency":"GBP"}}}`, 422,
			[]string{"validation_required"}, []any{at("/payment/three_d_secure_session_id")}},
		{"credit alone", `{"data":{"order_id":"ord_a","payment":{"type":"airline_credit","airline_credit_id":"acd_a","amount":"30.20","currency":"GBP"}}}`, 422,
			[]string{"validation_inclusion"}, []any{at("/payment/type")}},
		{"payment of another type", `{"data":{"order_id":"ord_a","payment":"all of it"}}`, 422, []string{"validation_type"}, []any{at("/payment")}},
		{"no payments", `{"data":{"order_id":"ord_a","payments":[]}}`, 422, []string{"validation_type"}, []any{at("/payments")}},
		{"in the array", `{"data":{"order_id":"ord_a","payments":[{"type":"balance","amount":"10.20","currency":"GBP"},{"type":"balance","currency":"GBP"}]}}`,
			422, []string{"validation_required"}, []any{at("/payments/1/amount")}},
		{"both forms", `{"data":{"order_id":"ord_a","payment":{},"payments":[{}]}}`, 400, []string{"bad_request"}, []any{nil}},
		{"unknown order", balance("ord_b", "30.20", "GBP"), 404, []string{"not_found"}, []any{nil}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			srv := newServer(t)
			id := srv.AddOrder(duffeltest.Order{ID: "ord_a"})
			body := wantRefused(t, srv.do(t.Context(), t, "POST", "/air/payments", tt.body), tt.status, tt.codes...)
			var sources []any
			for _, e := range body.Errors {
				sources = append(sources, e.Source)
			}
			if diff := cmp.Diff(tt.sources, sources); diff != "" {
				t.Errorf("sources (-want +got):\n%s", diff)
			}
			srv.wantTaken(t, id)
		})
	}
}

// The recorded requests are well-formed to the simulator: what it refuses is the order, not the
// shape.
func TestRecordedRequestsAreUnderstood(t *testing.T) {
	for _, tt := range []struct{ file, price, currency string }{
		{"create-payment-request.json", "30.20", "GBP"},
		{"create-payment-request-card.json", "30.20", "GBP"},
		{"create-payment-request-split.json", "200.00", "USD"},
	} {
		srv := newServer(t)
		id := srv.AddOrder(duffeltest.Order{ID: "ord_00003x8pVDGcS8y2AWCoWv", Price: money(t, tt.price, tt.currency)})
		body := fixture(t, tt.file)
		if got := srv.do(t.Context(), t, "POST", "/air/payments", body); got.Status != 201 {
			t.Errorf("%s: %+v", tt.file, got)
		}
		if got := srv.Taken(id); len(got) == 0 {
			t.Errorf("%s: nothing taken", tt.file)
		}
		arrived, err := io.ReadAll(srv.Requests(duffeltest.CreatePayment)[0].Body)
		if err != nil || string(arrived) != body {
			t.Errorf("%s arrived as %q, %v", tt.file, arrived, err)
		}
	}
}

func TestSplitPayment(t *testing.T) {
	srv := newServer(t)
	id := srv.AddOrder(duffeltest.Order{})
	split := func(first, second string) reply {
		return srv.do(t.Context(), t, "POST", "/air/payments", `{"data":{"order_id":"`+id+`","payments":[`+
			`{"type":"card","three_d_secure_session_id":"3ds_a","amount":"`+first+`","currency":"GBP"},`+
			`{"type":"airline_credit","airline_credit_id":"acd_a","amount":"`+second+`","currency":"GBP"}]}}`)
	}
	wantRefused(t, split("20.00", "10.00"), 422, "payment_amount_does_not_match_order_amount")
	got := split("20.00", "10.20")
	if got.Status != 201 || !strings.Contains(got.Body, `{"data":{"id":"`+id+`","type":"hold"`) {
		t.Errorf("want the order, got %+v", got)
	}
	srv.wantTaken(t, id, "20.00 GBP", "10.20 GBP")
	var list struct {
		Data []struct {
			Type   string  `json:"type"`
			Credit *string `json:"airline_credit_id"`
		} `json:"data"`
	}
	srv.get(t, "/air/payments?order_id="+id, &list)
	if len(list.Data) != 2 || list.Data[0].Type != "card" || list.Data[1].Credit == nil || *list.Data[1].Credit != "acd_a" {
		t.Errorf("listed %+v", list.Data)
	}
}

func TestSettle(t *testing.T) {
	tests := []struct {
		name           string
		mode           duffeltest.Mode
		status, reason string
		taken          []string
	}{
		{"succeeded", duffeltest.Pend, "succeeded", "", []string{"30.20 GBP"}},
		{"failed", duffeltest.Pend, "failed", "insufficient_balance", nil},
		{"cancelled", duffeltest.Pend, "cancelled", "", nil},
		{"accepted, succeeded", duffeltest.Accept, "succeeded", "", []string{"30.20 GBP"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			srv := newServer(t)
			id := srv.AddOrder(duffeltest.Order{Mode: tt.mode})
			if err := srv.Settle(id, "succeeded", ""); err == nil {
				t.Error("settled a payment that was never made")
			}
			got := srv.pay(t, id)
			if tt.mode == duffeltest.Accept {
				if got.Status != 202 || got.Body != fixture(t, "accepted-message.json") {
					t.Errorf("got %+v", got)
				}
			}
			if v := srv.order(t, id); v.Data.PaymentStatus["awaiting_payment"] != false || v.Data.PaymentStatus["paid_at"] != nil {
				t.Errorf("while pending: %v", v.Data.PaymentStatus)
			}
			srv.wantTaken(t, id)
			if err := srv.Settle(id, "settled", ""); err == nil {
				t.Error("a status that Duffel does not know was taken")
			}
			if err := srv.Settle(id, tt.status, tt.reason); err != nil {
				t.Fatal(err)
			}
			srv.wantTaken(t, id, tt.taken...)
			var p struct {
				Data struct {
					Status string  `json:"status"`
					Reason *string `json:"failure_reason"`
				} `json:"data"`
			}
			srv.get(t, "/air/payments/pay_0000000000000000000001", &p)
			if p.Data.Status != tt.status || (p.Data.Reason != nil) != (tt.reason != "") {
				t.Errorf("reads %+v", p.Data)
			}
			if awaiting := srv.order(t, id).Data.PaymentStatus["awaiting_payment"]; awaiting != (tt.taken == nil) {
				t.Errorf("awaiting_payment is %v", awaiting)
			}
			if err := srv.Settle(id, "failed", ""); err == nil {
				t.Error("settled twice")
			}
		})
	}
}

func TestSecondPayment(t *testing.T) {
	t.Run("after the first succeeded", func(t *testing.T) {
		srv := newServer(t)
		id := srv.AddOrder(duffeltest.Order{})
		srv.pay(t, id)
		got := srv.pay(t, id)
		wantRefused(t, got, 422, "already_paid")
		want := strings.Replace(fixture(t, "error-already-paid.json"), "REQ-2", got.header.Get("X-Request-Id"), 1)
		if diff := cmp.Diff(want, got.Body); diff != "" {
			t.Errorf("body (-recorded +got):\n%s", diff)
		}
		srv.wantTaken(t, id, "30.20 GBP")
	})
	t.Run("after the first failed", func(t *testing.T) {
		srv := newServer(t)
		id := srv.AddOrder(duffeltest.Order{Mode: duffeltest.Fail})
		srv.pay(t, id)
		srv.UpdateOrder(id, func(o *duffeltest.Order) { o.Mode = duffeltest.Succeed })
		if got := srv.pay(t, id); got.Status != 201 {
			t.Errorf("got %+v", got)
		}
		srv.wantTaken(t, id, "30.20 GBP")
	})
	t.Run("while the first is pending", func(t *testing.T) {
		srv := newServer(t)
		id := srv.AddOrder(duffeltest.Order{Mode: duffeltest.Pend})
		srv.pay(t, id)
		if got := srv.pay(t, id); got.Status != 201 {
			t.Errorf("got %+v", got)
		}
		if err := srv.Settle(id, "succeeded", ""); err != nil {
			t.Fatal(err)
		}
		srv.wantTaken(t, id, "30.20 GBP", "30.20 GBP")
	})
	t.Run("while the first is in flight", func(t *testing.T) {
		srv := newServer(t)
		id := srv.AddOrder(duffeltest.Order{})
		hold, arrived := make(chan struct{}), make(chan struct{})
		srv.Fail(duffeltest.Fault{Route: duffeltest.CreatePayment, Hold: hold, Arrived: func() { close(arrived) }})
		first := make(chan reply)
		go func() { first <- srv.pay(t, id) }()
		<-arrived
		if got := srv.pay(t, id); got.Status != 201 {
			t.Errorf("second: %+v", got)
		}
		close(hold)
		if got := <-first; got.Status != 201 {
			t.Errorf("first: %+v", got)
		}
		srv.wantTaken(t, id, "30.20 GBP", "30.20 GBP")
	})
}

func TestErrorBody(t *testing.T) {
	for _, tt := range []struct {
		file   string
		status int
		codes  []string
	}{
		{"error-price-changed.json", 422, []string{"price_changed"}},
		{"error-internal-server-error.json", 500, []string{"internal_server_error"}},
		{"error-bad-gateway.json", 502, []string{"bad_gateway"}},
		{"error-gateway-timeout.json", 504, []string{"gateway_timeout_error"}},
		{"error-not-found.json", 404, []string{"not_found"}},
		{"error-rate-limit-exceeded.json", 429, []string{"rate_limit_exceeded"}},
		{"error-empty-list.json", 422, nil},
	} {
		if diff := cmp.Diff(fixture(t, tt.file), string(duffeltest.ErrorBody(tt.status, tt.codes...))); diff != "" {
			t.Errorf("%s (-recorded +got):\n%s", tt.file, diff)
		}
	}
	var want, got errorBody
	if err := json.Unmarshal([]byte(fixture(t, "error-airline.json")), &want); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(duffeltest.ErrorBody(500, "airline_unknown"), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.Errors, got.Errors); diff != "" {
		t.Errorf("airline error (-recorded +got):\n%s", diff)
	}
}
