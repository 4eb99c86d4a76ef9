package duffeltest_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/duffel/duffeltest"
)

func TestFaults(t *testing.T) {
	const paid = "30.20 GBP"
	tests := []struct {
		name   string
		fault  duffeltest.Fault
		status int    // 0: the connection ends
		body   string // a recorded body, or what it begins with; "" is not compared
		taken  []string
	}{
		{"cut before acting", duffeltest.Fault{Cut: duffeltest.BeforeActing}, 0, "", nil},
		{"cut before the answer", duffeltest.Fault{Cut: duffeltest.BeforeAnswer}, 0, "", []string{paid}},
		{"reset before the answer", duffeltest.Fault{Cut: duffeltest.BeforeAnswer, Reset: true}, 0, "", []string{paid}},
		{"500, taken", duffeltest.Fault{Code: "internal_server_error"}, 500, "error-internal-server-error.json", []string{paid}},
		{"500, not taken", duffeltest.Fault{Code: "internal_server_error", NoAction: true}, 500, "error-internal-server-error.json", nil},
		{"rate limited", duffeltest.Fault{Code: "rate_limit_exceeded", NoAction: true}, 429, "error-rate-limit-exceeded.json", nil},
		{"code with another status", duffeltest.Fault{Code: "bad_gateway", Status: 503}, 503, `{"meta":{"status":503,`, []string{paid}},
		{"a code nobody knows", duffeltest.Fault{Code: "new_code", Status: 422, NoAction: true}, 422, `{"meta":{"status":422,`, nil},
		{"HTML", duffeltest.Fault{Damage: duffeltest.HTML, Status: 502}, 502, "error-html-502.html", []string{paid}},
		{"empty", duffeltest.Fault{Body: []byte{}, Status: 502}, 502, "error-empty", []string{paid}},
		{"body", duffeltest.Fault{Body: []byte(`{"message":"simulated"}`), Status: 400, NoAction: true}, 400, "error-without-errors.json", nil},
		{"redirect", duffeltest.Fault{NoAction: true, Status: 308, Header: http.Header{"Location": {"/x"}}}, 308, "", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			srv := newServer(t)
			id := srv.AddOrder(duffeltest.Order{})
			tt.fault.Route = duffeltest.CreatePayment
			srv.Fail(tt.fault)
			got := srv.pay(t, id)
			if got.Status != tt.status || (got.err != nil) != (tt.status == 0) {
				t.Errorf("got %+v", got)
			}
			if strings.HasPrefix(tt.body, "error-") {
				if diff := cmp.Diff(fixture(t, tt.body), got.Body); diff != "" {
					t.Errorf("body (-recorded +got):\n%s", diff)
				}
			} else if !strings.HasPrefix(got.Body, tt.body) {
				t.Errorf("body %q", got.Body)
			}
			if tt.status != 0 && got.header.Get("X-Request-Id") != "REQ-1" {
				t.Errorf("request id %q", got.header.Get("X-Request-Id"))
			}
			srv.wantTaken(t, id, tt.taken...)
			if n := srv.Count(duffeltest.CreatePayment); n != 1 {
				t.Errorf("%d payments arrived", n)
			}
		})
	}
}

func TestTakenLate(t *testing.T) {
	srv := newServer(t)
	id := srv.AddOrder(duffeltest.Order{})
	hold := make(chan struct{})
	ctx, leave := context.WithCancel(t.Context())
	srv.Fail(duffeltest.Fault{Route: duffeltest.CreatePayment, Hold: hold, Arrived: leave})
	got := srv.do(ctx, t, "POST", "/air/payments", balance(id, "30.20", "GBP"))
	if !errors.Is(got.err, context.Canceled) {
		t.Fatalf("got %+v", got)
	}
	if taken := srv.Taken(id); taken != nil {
		t.Fatalf("taken while held: %v", taken)
	}
	close(hold)
	srv.wantTaken(t, id, "30.20 GBP")
	if s := srv.order(t, id).Data.PaymentStatus; s["paid_at"] == nil {
		t.Errorf("reads %v", s)
	}
}

func TestVisibleLate(t *testing.T) {
	hide := make(chan struct{})
	for name, tt := range map[string]struct {
		fault duffeltest.Fault
		show  func(*caller)
	}{
		"until released": {duffeltest.Fault{Hide: hide}, func(*caller) { close(hide) }},
		"for an hour":    {duffeltest.Fault{HideFor: time.Hour}, func(srv *caller) { srv.Advance(time.Hour) }},
	} {
		t.Run(name, func(t *testing.T) {
			srv := newServer(t)
			srv.SetTime(recorded)
			id := srv.AddOrder(duffeltest.Order{})
			srv.Fail(tt.fault)
			if got := srv.pay(t, id); got.Status != 201 {
				t.Fatalf("got %+v", got)
			}
			srv.wantTaken(t, id, "30.20 GBP")

			const path = "/air/payments/pay_0000000000000000000001"
			wantRefused(t, srv.do(t.Context(), t, "GET", path, ""), 404, "not_found")
			if list := srv.do(t.Context(), t, "GET", "/air/payments?order_id="+id, ""); list.Body != fixture(t, "payments-list-empty.json") {
				t.Errorf("listed: %s", list.Body)
			}
			if v := srv.order(t, id).Data; v.PaymentStatus["awaiting_payment"] != true || v.PaymentStatus["paid_at"] != nil || len(v.Documents) > 0 {
				t.Errorf("the order shows it: %+v", v)
			}
			wantRefused(t, srv.pay(t, id), 422, "already_paid") // only reads are late

			tt.show(srv)
			if got := srv.do(t.Context(), t, "GET", path, ""); got.Status != 200 {
				t.Errorf("shown: %+v", got)
			}
			if s := srv.order(t, id).Data.PaymentStatus; s["paid_at"] == nil {
				t.Errorf("shown: %v", s)
			}
		})
	}
}

func TestScriptOfFaults(t *testing.T) {
	srv := newServer(t)
	id := srv.AddOrder(duffeltest.Order{Mode: duffeltest.Pend})
	srv.Fail(duffeltest.Fault{Route: duffeltest.CreatePayment})
	srv.Fail(duffeltest.Fault{Code: "gateway_timeout_error", NoAction: true, Times: -1})
	got := []int{srv.pay(t, id).Status, srv.pay(t, id).Status, srv.pay(t, id).Status}
	srv.ClearFaults()
	got = append(got, srv.pay(t, id).Status)
	if diff := cmp.Diff([]int{201, 504, 504, 201}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// The bare handler does what the server does, also where no connection can be hijacked.
func TestHandler(t *testing.T) {
	srv := duffeltest.NewServer(duffeltest.WithoutListener())
	defer srv.Close()
	if srv.URL != "" || srv.Transport() != nil {
		t.Errorf("a listener at %q", srv.URL)
	}
	id := srv.AddOrder(duffeltest.Order{})
	request := func() *http.Request {
		r := httptest.NewRequestWithContext(t.Context(), "POST", "/air/payments", strings.NewReader(balance(id, "30.20", "GBP")))
		r.Header = http.Header{"Authorization": {"Bearer " + srv.Token}, "Duffel-Version": {"v2"}, "Accept": {"application/json"},
			"Content-Type": {"application/json"}}
		return r
	}
	srv.Fail(duffeltest.Fault{Cut: duffeltest.BeforeActing})
	func() {
		defer func() {
			if got := recover(); got != http.ErrAbortHandler {
				t.Errorf("a cut panics with %v", got)
			}
		}()
		srv.Handler().ServeHTTP(httptest.NewRecorder(), request())
	}()
	w := httptest.NewRecorder()
	srv.Handler().ServeHTTP(w, request())
	if w.Code != 201 || len(srv.Taken(id)) != 1 {
		t.Errorf("got %d %s, taken %v", w.Code, w.Body, srv.Taken(id))
	}
}

// Many callers, many orders, half of the answers lost: each order is taken once, in its own name.
func TestManyAtOnce(t *testing.T) {
	srv := newServer(t)
	var ids []string
	for range 50 {
		ids = append(ids, srv.AddOrder(duffeltest.Order{}))
	}
	srv.Fail(duffeltest.Fault{Route: duffeltest.CreatePayment, Times: 25, Cut: duffeltest.BeforeAnswer})
	var wg sync.WaitGroup
	for _, id := range ids {
		wg.Go(func() {
			srv.pay(t, id)
			srv.do(t.Context(), t, "GET", "/air/orders/"+id, "")
			srv.do(t.Context(), t, "GET", "/air/payments?order_id="+id, "")
		})
	}
	wg.Wait()
	for _, id := range ids {
		srv.wantTaken(t, id, "30.20 GBP")
	}
	if got := srv.Count(duffeltest.CreatePayment); got != len(ids) {
		t.Errorf("%d payments arrived", got)
	}
}
