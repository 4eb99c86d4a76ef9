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
	attempt, err := c.Prepare(balanceRequest(f))
	if err != nil {
		f.Fatal(err)
	}
	req := CreatePaymentRequest{OrderID: testOrder, Payment: &NewPayment{Type: MethodBalance, Amount: attempt.Amount}}
	f.Fuzz(func(t *testing.T, body []byte) {
		resp, err := createdPayment(&call.Answer{Status: http.StatusCreated, Body: body}, req)
		if err != nil {
			if resp.Payment != nil {
				t.Fatalf("a payment beside %v", err)
			}
			return
		}
		p, err := paid(attempt, resp)
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
		if got, err := d.Money(); err == nil && !got.Equal(attempt.Amount) {
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
		r, ok := parseRateLimit(http.Header{"Ratelimit-Limit": {limit}, "Ratelimit-Remaining": {remaining}, "Ratelimit-Reset": {reset}})
		if r.Limit < -1 || r.Remaining < -1 || !ok && (r.Limit >= 0 || r.Remaining >= 0 || !r.Reset.IsZero()) {
			t.Fatalf("%+v, %v", r, ok)
		}
	})
}
