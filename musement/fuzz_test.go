package musement

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/supplierpay/supplierpay-go/internal/call"
)

// addFixtures seeds a fuzz target with all recorded bodies.
func addFixtures(f *testing.F) {
	f.Helper()
	names, err := filepath.Glob(filepath.Join("..", "testdata", "musement", "*.json"))
	if err != nil || len(names) == 0 {
		f.Fatalf("no bodies: %v", err)
	}
	for _, name := range names {
		body, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
	}
	for _, body := range []string{``, `null`, `[]`, `{}`, `[[`, `{"uuid":{}}`, `{"uuid":"u","items":[null,7,{"product":[]}]}`} {
		f.Add([]byte(body))
	}
}

// FuzzOrder: what decodes has a uuid, and is the same order when it is written and read again.
func FuzzOrder(f *testing.F) {
	addFixtures(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		o, err := decodeOrder(body)
		if err != nil {
			return
		}
		if o.UUID == "" {
			t.Fatal("an order without a uuid")
		}
		_, _ = o.Total()
		_ = shows(o, ItemOK)
		text, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		again, err := decodeOrder(text)
		if err != nil || again.UUID != o.UUID || len(again.Items) != len(o.Items) || (again.IsPaid == nil) != (o.IsPaid == nil) {
			t.Fatalf("%s read again: %+v, %v", text, again, err)
		}
	})
}

// FuzzOrderInfo: what decodes has said paid as true or false.
func FuzzOrderInfo(f *testing.F) {
	addFixtures(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		info, err := decodeOrderInfo(body)
		if err == nil && (info.OrderUUID == "" || info.Payment.Status == "") {
			t.Fatalf("%s decoded to %+v", body, info)
		}
		if s := info.Payment.stage(); s == failed && info.Payment.Paid {
			t.Fatalf("%+v is paid and failed", info)
		}
	})
}

// FuzzSplit: whatever a card payment answers, a next action has what the customer needs.
func FuzzSplit(f *testing.F) {
	addFixtures(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		p, err := decodeSplit(body, 200, nil)
		if err != nil {
			return
		}
		if n := p.next(); n != nil && n.URL.IsZero() && n.ClientSecret.IsZero() {
			t.Fatalf("%s asks the customer for nothing", body)
		}
	})
}

// FuzzAround: carts, logins and lists decode to what they must have, or not at all.
func FuzzAround(f *testing.F) {
	addFixtures(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		if cart, err := decodeCart(body); err == nil && cart.UUID == "" {
			t.Fatal("a cart without a uuid")
		}
		if g, err := decodeLogin(body); err == nil && (g.Value.IsZero() || g.Lifetime < 0 || g.Lifetime > maxLifetime) {
			t.Fatalf("%s gave a token for %v", body, g.Lifetime)
		}
		var policies []RefundPolicy
		var tickets []Ticket
		var schema Schema
		_, _, _ = list(body, &policies), list(body, &tickets), object(body, &schema)
		for _, p := range policies {
			_, _ = p.Period.Duration()
		}
	})
}

// FuzzError: an error body explains something or nothing, and never panics.
func FuzzError(f *testing.F) {
	addFixtures(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		if ex, ok := explain(&call.Answer{Status: 422, Body: body}); ok && (ex.Code == "" || ex.Err == nil) {
			t.Fatalf("%s explained as %+v", body, ex)
		}
	})
}

// FuzzDuration: what is read is not negative.
func FuzzDuration(f *testing.F) {
	for _, s := range []string{"P0D", "PT30M", "P0DT72H0M", "P1Y", "P99999999999999D", "PT"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if d, err := Duration(text).Duration(); err == nil && d < 0 {
			t.Fatalf("%q is %v", text, d)
		}
	})
}

// FuzzValues: what is read leniently is written as JSON, and never panics.
func FuzzValues(f *testing.F) {
	addFixtures(f)
	for _, s := range []string{`{"value":1e999,"date":"2022-05-01 10:15","extra":"{\"a\":1}","count":"2.0","phone":{"u":{"phone_number":1}}}`, `{"extra":{"a":1},"count":-1e30,"phone":[]}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var v struct {
			Value Value             `json:"value,omitzero"`
			Date  Date              `json:"date"`
			Extra ExtraData         `json:"extra"`
			Count Count             `json:"count"`
			ID    ID                `json:"id"`
			Phone ExtraCustomerData `json:"phone"`
			Price *Money            `json:"price"`
		}
		if object(body, &v) != nil {
			return
		}
		if _, err := json.Marshal(v); err != nil {
			t.Fatalf("%s: %v", body, err)
		}
		_, _ = v.Date.Time()
		_, _ = v.Value.Decimal()
		var into any
		_ = v.Extra.Decode(&into)
		if v.Price != nil {
			_, _ = v.Price.Money()
		}
	})
}
