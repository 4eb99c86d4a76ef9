package duffel

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/supplierpay/supplierpay-go/internal/call"
	"github.com/supplierpay/supplierpay-go/payment"
)

// seed adds every recorded body, and some that are none.
func seed(f *testing.F) {
	files, err := filepath.Glob(filepath.Join("..", "testdata", "duffel", "*"))
	if err != nil || len(files) == 0 {
		f.Fatal(files, err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	for _, s := range []string{`null`, `[]`, `{"data":[null]}`, `{"errors":[null,5,"x",{"code":"x","source":5}]}`, `{"data":{"id":"a","status":null}}`,
		`{"data":{"id":"a","amount":1e1000000000}}`, `{"data":{"id":"a","payment_status":[]}}`} {
		f.Add([]byte(s))
	}
}

// FuzzPaymentAnswer: whatever a success holds, nothing panics, and paid is what has an id, a status of success or none, and
// the amount that was asked for or none.
func FuzzPaymentAnswer(f *testing.F) {
	seed(f)
	c := newTestClient(f, "http://127.0.0.1:1")
	asked := balanceRequest(f)
	if _, err := c.Prepare(asked); err != nil {
		f.Fatal(err)
	}
	req := CreatePaymentRequest{OrderID: testOrder, Payment: &NewPayment{Type: MethodBalance, Amount: asked.Amount}}
	f.Fuzz(func(t *testing.T, body []byte) {
		resp, err := createdPayment(&call.Answer{Status: http.StatusCreated, Body: body}, req)
		if err != nil {
			if resp.Payment != nil {
				t.Fatalf("a payment beside %v", err)
			}
			return
		}
		p, err := paid(&asked, &resp)
		if !json.Valid(body) || p.ID == "" {
			t.Fatalf("%+v out of %q", p, body)
		}
		if !p.Paid() || err != nil {
			return
		}
		d := resp.Payment
		if d.Status != "" && d.Status != StatusSucceeded || d.OrderID != "" && d.OrderID != testOrder {
			t.Fatalf("paid by %+v", d)
		}
		if got, err := d.Money(); err == nil && !got.Equal(asked.Amount) {
			t.Fatalf("paid %v", got)
		}
		if _, err := json.Marshal(resp); err != nil {
			t.Fatal(err)
		}
	})
}

// FuzzErrorBody: no body panics, and what is recognised can be shown on one line and maps to an explanation.
func FuzzErrorBody(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		e, ok := parseError(body)
		if !ok {
			return
		}
		if len(e.Entries) == 0 || strings.ContainsAny(e.Error(), "\r\n") {
			t.Fatalf("%q out of %q", e, body)
		}
		if ex, ok := explain(&call.Answer{Status: 422, Body: body}); !ok || ex.Err == nil || ex.Code == "" {
			t.Fatalf("explanation %+v of %q", ex, body)
		}
	})
}

// FuzzOrder: no order panics, and only one that says so by documented members is closed.
func FuzzOrder(f *testing.F) {
	seed(f)
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, body []byte) {
		data, err := dataOf(body)
		if err != nil {
			return
		}
		o, err := decodeOrder(data)
		if err != nil {
			return
		}
		_, _ = o.Total()
		e := evidence{order: o}
		if e.closed(now) && !isSet(o.CancelledAt) && (o.PaymentStatus.AwaitingPayment || !passed(o.PaymentStatus.PaymentRequiredBy, now)) {
			t.Fatalf("closed: %s", data)
		}
		if p, err := e.judge(now); err == nil && !isSet(o.PaymentStatus.PaidAt) {
			t.Fatalf("paid: %+v of %s", p, data)
		}
	})
}

// FuzzPage: an empty list is one that the body really has.
func FuzzPage(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		items, after, err := decodePage(body, decodePayment)
		if err != nil {
			return
		}
		if len(items) == 0 && after == "" && !strings.Contains(string(body), "[") {
			t.Fatalf("an empty list out of %q", body)
		}
		for _, p := range items {
			if p.ID == "" {
				t.Fatalf("a payment without an id out of %q", body)
			}
		}
	})
}

// FuzzRateLimit: no header panics.
func FuzzRateLimit(f *testing.F) {
	f.Add("60", "0", "Sat, 7 Nov 2026 02:07:45 GMT")
	f.Add("", "-1", "soon")
	f.Fuzz(func(t *testing.T, limit, remaining, reset string) {
		r, ok := rateHeaders{limit, remaining, reset}.parse()
		if r.Limit < -1 || r.Remaining < -1 || !ok && (r.Limit >= 0 || r.Remaining >= 0 || !r.Reset.IsZero()) {
			t.Fatalf("%+v, %v", r, ok)
		}
	})
}

// FuzzAround: what is made around a payment has an id, or is an error: orders, cancellations, cards' sessions.
func FuzzAround(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, status := range []int{http.StatusOK, http.StatusCreated, http.StatusAccepted} {
			a := &call.Answer{Status: status, Header: http.Header{}, Body: body}
			if result, err := createdOrder(a); err == nil {
				created, ok := result.(CreatedOrder)
				if ok && created.Order.ID == "" {
					t.Fatalf("an order without an id out of %q", body)
				}
				_, _ = created.Order.Charges()
			}
			if s, err := decodeSession(a); err == nil && s.ID.IsZero() {
				t.Fatalf("a session without an id out of %q", body)
			}
			if c, err := cancellationIn(a, "", ""); err == nil {
				if c.ID == "" {
					t.Fatalf("a cancellation without an id out of %q", body)
				}
				_, _ = c.Refund()
			}
		}
	})
}

// FuzzSplit: the credits that a journal keeps are read as they were written, and add up to the amount with what the card
// pays.
func FuzzSplit(f *testing.F) {
	for _, s := range []string{"acd_1=100,acd_2=50.5", "", "=", ",", "acd_1=1e9", "acd_1=-5", "acd_1=1,acd_1=1"} {
		f.Add(s)
	}
	amount := mustMoney(f, "200.00", "GBP")
	f.Fuzz(func(t *testing.T, text string) {
		parts, err := splitOf(payment.Attempt{Amount: amount, Ref: map[string]string{refCredits: text}})
		if err != nil {
			return
		}
		sum := parts[0].amount
		for _, p := range parts[1:] {
			sum = sum.Add(p.amount)
		}
		if !sum.Equal(amount.Decimal()) || parts[len(parts)-1].creditID != "" {
			t.Fatalf("%q: %+v", text, parts)
		}
	})
}
