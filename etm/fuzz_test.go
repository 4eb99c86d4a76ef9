package etm

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/supplierpay/supplierpay-go/internal/call"
	"github.com/supplierpay/supplierpay-go/internal/wire"
	"github.com/supplierpay/supplierpay-go/payment"
)

func addFixtures(f *testing.F, names ...string) {
	for _, name := range names {
		f.Add([]byte(fixture(f, name)))
	}
	for _, s := range []string{``, `null`, `[]`, `{}`, `{"status":1}`, `{"status":"ok","payload":[]}`, `{"status":"ok","data":{"order_id":1}}`} {
		f.Add([]byte(s))
	}
}

// FuzzPayment: only two members "ok" of a JSON object are a payment, and no body is a refusal without the user's words.
func FuzzPayment(f *testing.F) {
	addFixtures(f, "order-payment.json", "failure-200.json")
	c := newTestClient(f, StageURL, B2CLogin(testAppID, ""))
	f.Fuzz(func(t *testing.T, body []byte) {
		resp, err := c.createdPayment(&call.Answer{Status: 200, Body: body})
		if err == nil {
			var w map[string]any
			if json.Unmarshal(body, &w) != nil || !resp.Paid() {
				t.Fatalf("%s is a payment: %+v", body, resp)
			}
		} else if payment.OutcomeOf(err) != payment.Unknown {
			t.Fatalf("%s: %v", body, err)
		}
	})
}

// FuzzOrder: an order that is read has an id, whatever else it has, and reading it again gives the same.
func FuzzOrder(f *testing.F) {
	addFixtures(f, "order-created.json")
	f.Add([]byte(`{"data":{"order_id":"1","amount":1e30,"rl_number":["a"],"directions":[{"segments":{"2":{},"1":7}}],"stamp_ticket":{}}}`))
	c := newTestClient(f, StageURL, B2CLogin(testAppID, ""))
	f.Fuzz(func(t *testing.T, body []byte) {
		o, err := ParseOrder(body)
		if err != nil {
			if payment.OutcomeOf(err) != payment.Unknown {
				t.Fatalf("%s: %v", body, err)
			}
			return
		}
		if o.OrderID == "" || len(o.Raw) == 0 {
			t.Fatalf("%s: %+v", body, o)
		}
		_, _ = o.Total()
		_, _ = c.ticketed(o)
		_ = c.unpayable(payment.Attempt{OrderID: string(o.OrderID), Amount: mustMoney(t, "1", "EUR")}, o)
		if _, err := json.Marshal(o); err != nil {
			t.Fatalf("%s: %v", body, err)
		}
	})
}

// FuzzError: no body panics, and what ETM said is never a refusal by itself.
func FuzzError(f *testing.F) {
	addFixtures(f, "failure-200.json")
	c := newTestClient(f, StageURL, B2CLogin(testAppID, ""))
	f.Fuzz(func(t *testing.T, body []byte) {
		a := &call.Answer{Status: http.StatusUnprocessableEntity, Body: body, Header: http.Header{}}
		if _, explained := c.explain(a); explained {
			t.Fatalf("%s is a refusal", body)
		}
		if said, ok := c.said(a); ok && said.Error() == "" {
			t.Fatalf("%s says nothing", body)
		}
	})
}

// FuzzSession: a session that is read can be carried by a header, or is refused.
func FuzzSession(f *testing.F) {
	addFixtures(f, "login-b2b.json", "login-b2c.json")
	f.Fuzz(func(t *testing.T, body []byte) {
		s, err := ParseSession(Response{Status: 200, Body: body})
		if err != nil || s.check() != nil {
			return
		}
		u := newSession(s)
		h := u.header()
		if key := h.Get(keyHeader); key == "" || !call.Visible(key) {
			t.Fatalf("%s: header %q", body, key)
		}
		if u.stale() || s.MaxIdle < 0 {
			t.Fatalf("%s: idle for %v", body, s.MaxIdle)
		}
	})
}

// FuzzOffers: no answer of the reads before an order panics.
func FuzzOffers(f *testing.F) {
	addFixtures(f, "offers.json", "smart-offers.json", "additional-services.json", "availability.json", "search.json")
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, v := range []any{&Offers{}, &SmartOffers{}, &AvailableServices{}, &Availability{}, &SearchResponse{}, &OrderList{}} {
			if err := wire.UnmarshalLenient(body, v); err == nil {
				if _, err := json.Marshal(v); err != nil {
					t.Fatalf("%T of %s: %v", v, body, err)
				}
			}
		}
	})
}

// FuzzCookies: what is carried of a login's cookies cannot end a header or begin another cookie.
func FuzzCookies(f *testing.F) {
	f.Add("etmsessid="+testCookie+"; Path=/; HttpOnly", "etm.example")
	f.Add("a=b; Domain=.example", "etm.example")
	f.Add("a=\"b;c\"; Max-Age=-1", "x")
	f.Fuzz(func(t *testing.T, line, host string) {
		for _, c := range cookiesOf(http.Header{"Set-Cookie": {line}}, host) {
			if !isCookie(c.Name, c.Value.Reveal()) {
				t.Fatalf("%q gives %q=%q", line, c.Name, c.Value.Reveal())
			}
		}
	})
}

// FuzzValues: no value panics; noise changes an amount by next to nothing, and what is left of a time is bounded.
func FuzzValues(f *testing.F) {
	for _, s := range []string{"221.92000000000002", "1e30", "-1e-30", "0.1", "2024-11-21 06:16:00", "0000-00-00 00:00:00", "47", "99999999999999999999", ""} {
		f.Add(s, "EUR")
	}
	f.Add("1.5", "JPY")
	c := newTestClient(f, StageURL, B2CLogin(testAppID, ""))
	f.Fuzz(func(t *testing.T, text, currency string) {
		exact, err := Amount(text).Decimal()
		snapped, err2 := Amount(text).snapped(c.currencies, currency)
		if (err == nil) != (err2 == nil) || err == nil && exact.Sub(snapped).Abs().GreaterThan(exact.Abs().Mul(noise)) {
			t.Fatalf("%q %s: %v, %v (%v, %v)", text, currency, exact, snapped, err, err2)
		}
		_, _ = Amount(text).money(c.currencies, currency)
		if at, err := Stamp(text).In(time.UTC); err == nil && at.Format(stampForm) != text {
			t.Fatalf("%q is %v", text, at)
		}
		till := TimeTillTicket{Days: Text(text), Hours: Text(text), Minutes: Text(text), Stamp: Stamp(text)}
		if left, ok := till.left(); ok {
			if n, err := Text(text).Int(); err != nil || (n > 0) != (left > 0) || (n < 0) != (left < 0) {
				t.Fatalf("%q left %v", text, left)
			}
		}
		_ = c.lapsed(till)
	})
}
