package activeplatform

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/supplierpay/supplierpay-go/internal/call"
	"github.com/supplierpay/supplierpay-go/payment"
)

func seeds(f *testing.F, names ...string) {
	for _, name := range names {
		f.Add([]byte(fixture(f, name)))
	}
	for _, odd := range []string{"", "null", "[]", "{}", `{"id":1e999999999}`, `{"id":"1","total":"1e9999"}`, `{"data":[{"id":1}]}`, `{"errors":[[]]}`} {
		f.Add([]byte(odd))
	}
}

// wellRead checks what holds for every payment that was read.
func wellRead(t *testing.T, p topUp) {
	if checkID("ID", p.id) != nil {
		t.Fatalf("read a payment with the id %q", p.id)
	}
	if d, err := p.asked.Decimal(); err == nil && d.Exponent() > 30 {
		t.Fatalf("an amount with exponent %d", d.Exponent())
	}
	_, _ = p.createdAt.Time()
	if s := p.status.status(); s != payment.Succeeded && s != payment.Pending {
		t.Fatalf("status %q is %q", p.status, s)
	}
}

func FuzzPayment(f *testing.F) {
	seeds(f, "v1-create.json", "v1-get.json", "v1-complete.json")
	f.Fuzz(func(t *testing.T, body []byte) {
		if p, err := decodePayment(body); err == nil {
			wellRead(t, p.topUp())
			if _, err := json.Marshal(p); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func FuzzList(f *testing.F) {
	seeds(f, "v1-list.json")
	f.Fuzz(func(t *testing.T, body []byte) {
		rows, err := rowsOf(body, decodePayment)
		if err == nil && rows == nil {
			t.Fatal("neither rows nor an error")
		}
		for _, p := range rows {
			wellRead(t, p.topUp())
		}
	})
}

func FuzzPaymentV3(f *testing.F) {
	seeds(f, "v3-create.json", "v3-cancel.json", "v3-from-balance.json", "v3-list.json")
	f.Fuzz(func(t *testing.T, body []byte) {
		if p, err := openPaymentV3(body); err == nil {
			wellRead(t, p.topUp())
		}
		doc, err := openV3(body)
		if err != nil {
			return
		}
		rows, err := rowsOf(doc.Data, decodePaymentV3)
		if err == nil && rows == nil {
			t.Fatal("neither rows nor an error")
		}
		for _, p := range rows {
			wellRead(t, p.topUp())
		}
	})
}

func FuzzAccountV3(f *testing.F) {
	seeds(f, "v3-account.json")
	f.Fuzz(func(t *testing.T, body []byte) {
		doc, err := openV3(body)
		if err != nil {
			return
		}
		if a, err := decodeAccountV3(doc.Data); err == nil && checkID("ID", a.ID) != nil {
			t.Fatalf("read an account with the id %q", a.ID)
		}
	})
}

func FuzzErrors(f *testing.F) {
	seeds(f, "v3-error-cancel.json", "v3-errors-list.json", "error-html-502.html")
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, status := range []int{403, 422} {
			a := &call.Answer{Status: status, Body: body}
			if _, ok := explainV1(a); ok && (status != 403 || !json.Valid(body)) {
				t.Fatal("explained what is no JSON of a 403")
			}
			if ex, ok := explainV3(a); ok && (ex.Message == "" || !json.Valid(body)) {
				t.Fatalf("explained %q", body)
			}
			if e := answerError(a, nil); len(e.Body) > maxKept*3 {
				t.Fatalf("kept %d bytes", len(e.Body))
			}
		}
	})
}

// FuzzTimestamp: no time panics in any zone, and one that has a zone of its own is the same in all.
func FuzzTimestamp(f *testing.F) {
	for _, s := range []string{"2016-10-04T10:52:17.813+03:00", "2019-11-01T06:37:31.737051+0300", "2016-08-12", "2016-08-12T01:02:03", ""} {
		f.Add(s)
	}
	east := time.FixedZone("east", 14*60*60)
	f.Fuzz(func(t *testing.T, text string) {
		at, err := Timestamp(text).Time()
		utc, err2 := Timestamp(text).In(time.UTC)
		there, err3 := Timestamp(text).In(east)
		if err == nil && (err2 != nil || err3 != nil || !at.Equal(utc) || !at.Equal(there)) || (err2 == nil) != (err3 == nil) {
			t.Fatalf("%q: %v, %v, %v", text, at, utc, there)
		}
	})
}
