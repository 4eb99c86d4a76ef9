package etmtest_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/etm/etmtest"
)

const (
	paid    = `{"status":"ok","payload":{"status":"ok"}}`
	refused = `{"status":"error",`
)

// TestPayments: what is taken and what is not, by the ledger.
func TestPayments(t *testing.T) {
	for _, tt := range []struct {
		name   string
		order  etmtest.Order
		body   string
		status int
		answer string // its beginning
		taken  []string
	}{
		{"paid", etmtest.Order{}, cash("221.92", "EUR"), 200, paid, []string{"221.92 EUR"}},
		{"own price", etmtest.Order{Price: money(t, "132933.7", "RUB")}, cash("132933.7", "RUB"), 200, paid, []string{"132933.70 RUB"}},
		{"members besides", etmtest.Order{}, `{"a":1,` + cash("221.92", "EUR")[1:], 200, paid, []string{"221.92 EUR"}},
		{"comments", etmtest.Order{}, "// x\n" + cash("221.92", "EUR"), 400, refused, nil},
		{"amount a number", etmtest.Order{}, `{"fop_type":"cash","currency":"EUR","total_amount":221.92}`, 400, refused, nil},
		{"no amount", etmtest.Order{}, `{"fop_type":"cash","currency":"EUR"}`, 400, refused, nil},
		{"no form of payment", etmtest.Order{}, `{"fop_type":"","currency":"EUR","total_amount":"221.92"}`, 400, refused, nil},
		{"noise", etmtest.Order{}, cash("221.92000000000002", "EUR"), 400, refused, nil},
		{"another amount", etmtest.Order{}, cash("221.91", "EUR"), 200, refused, nil},
		{"another currency", etmtest.Order{}, cash("221.92", "USD"), 200, refused, nil},
		{"cancelled", etmtest.Order{Status: "X"}, cash("221.92", "EUR"), 200, refused, nil},
		{"too late", etmtest.Order{Deadline: time.Unix(1, 0)}, cash("221.92", "EUR"), 200, refused, nil},
		{"a word", etmtest.Order{RefusalWord: "declined"}, cash("221.92", "EUR"), 200, `{"status":"ok","payload":{"status":"declined"}}`, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newServer(t)
			id := c.AddOrder(tt.order)
			got := c.do(t.Context(), t, "POST", "/api/air/orders/"+id+"/payment", tt.body)
			if got.Status != tt.status || !strings.HasPrefix(got.Body, tt.answer) {
				t.Errorf("%+v, want %d %s", got, tt.status, tt.answer)
			}
			c.wantTaken(t, id, tt.taken...)
		})
	}
}

// TestPaidTwice: nothing keeps a second payment from being taken.
func TestPaidTwice(t *testing.T) {
	c := newServer(t)
	id := c.AddOrder(etmtest.Order{})
	c.pay(t, id)
	if got := c.order(t, id); got.Data.Status != etmtest.StatusTicketed || got.Data.StampTicket == nil {
		t.Errorf("after one payment: %+v", got)
	}
	c.pay(t, id)
	c.wantTaken(t, id, "221.92 EUR", "221.92 EUR")
}

func TestOrder(t *testing.T) {
	c := newServer(t, etmtest.WithZone(time.FixedZone("", 2*60*60)))
	now := time.Date(2024, 11, 19, 6, 16, 0, 0, time.UTC)
	c.SetTime(now)
	c.login(t)
	id := c.AddOrder(etmtest.Order{})
	got := c.order(t, id)
	want := orderView{Status: "ok"}
	want.Data.OrderID, want.Data.Status, want.Data.Currency = "1053715", "B", "EUR"
	want.Data.Amount, want.Data.RLNumber = []byte("221.92000000000002"), []byte(`{"LO":"SIM1053715"}`)
	want.Data.Left.Days, want.Data.Left.Hours, want.Data.Left.Minutes = "2", "0", "0"
	want.Data.Left.Stamp = "2024-11-21 08:16:00"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
	c.Advance(time.Minute)
	if left := c.order(t, id).Data.Left; left.Days != "1" || left.Hours != "23" || left.Minutes != "59" {
		t.Errorf("a minute later: %+v", left)
	}
	c.UpdateOrder(id, func(o *etmtest.Order) {
		o.ID, o.WireAmount, o.Lists, o.Deadline = "7", `"30.20"`, true, now
	})
	got = c.order(t, id)
	if string(got.Data.Amount) != `"30.20"` || string(got.Data.RLNumber) != "[]" || got.Data.Left.Minutes != "0" || got.Data.OrderID != "1053715" {
		t.Errorf("updated: %+v", got)
	}
}

// TestTicketsLate: an order looks unpaid until its tickets are issued and shown.
func TestTicketsLate(t *testing.T) {
	c := newServer(t, etmtest.WithSessionLimits(1000*time.Hour, 1000*time.Hour))
	id := c.AddOrder(etmtest.Order{TicketDelay: time.Hour})
	hide := make(chan struct{})
	c.Fail(etmtest.Fault{Route: etmtest.OrderPayment, Hide: hide})
	c.pay(t, id)
	c.wantTaken(t, id, "221.92 EUR")
	delayed := c.AddOrder(etmtest.Order{TicketDelay: time.Hour})
	c.pay(t, delayed)
	want := func(when string, ticketed, delayedToo bool) {
		t.Helper()
		if got := c.order(t, delayed); (got.Data.StampTicket != nil) != delayedToo {
			t.Errorf("%s: %+v, not hidden but delayed", when, got)
		}
		if got := c.order(t, id); (got.Data.StampTicket != nil) != ticketed || (got.Data.Status == "B") == ticketed {
			t.Errorf("%s: %+v", when, got)
		}
	}
	want("at once", false, false)
	c.Advance(time.Hour)
	want("hidden", false, true)
	close(hide)
	want("shown", true, true)
}

// TestHeld: a payment is taken after its caller has left.
func TestHeld(t *testing.T) {
	c := newServer(t)
	id := c.AddOrder(etmtest.Order{})
	ctx, cancel := context.WithCancel(t.Context())
	hold := make(chan struct{})
	c.Fail(etmtest.Fault{Route: etmtest.OrderPayment, Hold: hold, Arrived: cancel})
	if got := c.do(ctx, t, "POST", "/api/air/orders/"+id+"/payment", cash("221.92", "EUR")); got.err == nil {
		t.Errorf("answered %+v", got)
	}
	if n := len(c.Taken(id)); n != 0 {
		t.Errorf("%d taken while held", n)
	}
	close(hold)
	c.wantTaken(t, id, "221.92 EUR")
}

func TestFaults(t *testing.T) {
	for _, tt := range []struct {
		name  string
		fault etmtest.Fault
		taken bool
		good  bool // an answer came that can be read
	}{
		{"none", etmtest.Fault{}, true, true},
		{"cut before", etmtest.Fault{Cut: etmtest.BeforeActing}, false, false},
		{"cut after", etmtest.Fault{Cut: etmtest.BeforeAnswer, Reset: true}, true, false},
		{"cut in the body", etmtest.Fault{Cut: etmtest.InBody}, true, false},
		{"half a gzip", etmtest.Fault{Damage: etmtest.TruncatedGzip}, true, false},
		{"500", etmtest.Fault{NoAction: true}, false, true},
		{"another body", etmtest.Fault{Body: []byte(`{}`), Status: 418}, true, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newServer(t)
			id := c.AddOrder(etmtest.Order{})
			tt.fault.Route = etmtest.OrderPayment
			c.Fail(tt.fault)
			if got := c.pay(t, id); (got.err == nil) != tt.good || tt.fault.Status != 0 && got.Status != tt.fault.Status {
				t.Errorf("%+v", got)
			}
			var want []string
			if tt.taken {
				want = []string{"221.92 EUR"}
			}
			c.wantTaken(t, id, want...)
			c.ClearFaults()
		})
	}
}

func TestCreateAndList(t *testing.T) {
	c := newServer(t)
	if got := c.do(t.Context(), t, "POST", "/api/air/orders", `{}`); got.Status != 400 {
		t.Errorf("without an offer: %+v", got)
	}
	for range 2 {
		if got := c.do(t.Context(), t, "POST", "/api/air/orders", `{"buy_id":"1"}`); got.Status != 200 {
			t.Errorf("%+v", got)
		}
	}
	list := c.do(t.Context(), t, "GET", "/api/air/orders", "")
	if strings.Count(list.Body, `"order_id":`) != 2 || c.Count(etmtest.CreateOrder) != 3 {
		t.Errorf("%+v", list)
	}
}

func TestMisuse(t *testing.T) {
	c := newServer(t)
	c.AddOrder(etmtest.Order{ID: "5"})
	for name, do := range map[string]func(){
		"order twice":   func() { c.AddOrder(etmtest.Order{ID: "5"}) },
		"no number":     func() { c.AddOrder(etmtest.Order{ID: "x"}) },
		"unknown order": func() { c.UpdateOrder("6", func(*etmtest.Order) {}) },
		"unknown route": func() { c.Fail(etmtest.Fault{Route: "GET /x"}) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			do()
		}()
	}
}
