package travelport

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/supplierpay/supplierpay-go/payment"
)

const paymentsPath = "/11/air/paymentoffer/reservationworkbench/" + testBench + "/payments"

// seedPayment is the payment of the page's examples.
func seedPayment(value Number, code string, offers ...OfferIdentifier) Payment {
	return Payment{
		ID:         "payment_1",
		Identifier: &Identifier{Authority: "Travelport", Value: "A0656EFF-FAF4-456F-B061-0161008D6A5E"},
		Amount: &CurrencyAmount{Code: code, MinorUnit: ptr(2), CurrencySource: SourceCharged, ApproximateInd: ptr(true),
			Value: value},
		FormOfPaymentIdentifier: &FormOfPaymentIdentifier{ID: "formOfPayment_5", FormOfPaymentRef: "formOfPayment_5",
			Identifier: &Identifier{Authority: "Travelport", Value: "A0656EFF-FAF4-456F-B061-0161008D6FOP"}},
		OfferIdentifier: offers,
	}
}

func seedOffer(id, ref, value string) OfferIdentifier {
	return OfferIdentifier{ID: id, OfferRef: ref, Identifier: &Identifier{Authority: "Travelport", Value: value}}
}

func seedSingle() Payment {
	return seedPayment("2773.5", "USD", seedOffer("offer_1", "offer_1", "4ac0a1d8-fd2a-4192-83f5-cab69979ef4e"))
}

func seedAncillary() Payment {
	return seedPayment("63.1", "AUD", seedOffer("offer_1", "offer_1", "07664bb3-37a0-4c63-a2ef-ed71b5f48d49"),
		seedOffer("an_o1", "", "3427d42c-a72d-49ff-b29e-7bb8faa28a47"))
}

const (
	goldenHead = `{"Payment":{"id":"payment_1","Identifier":{"authority":"Travelport","value":"A0656EFF-FAF4-456F-B061-0161008D6A5E"},`
	goldenForm = `"FormOfPaymentIdentifier":{"id":"formOfPayment_5","FormOfPaymentRef":"formOfPayment_5","Identifier":{"authority":"Travelport","value":"A0656EFF-FAF4-456F-B061-0161008D6FOP"}},`
	goldenOne  = `"OfferIdentifier":[{"id":"offer_1","offerRef":"offer_1","Identifier":{"authority":"Travelport","value":"4ac0a1d8-fd2a-4192-83f5-cab69979ef4e"}}]}}`

	goldenSingle = goldenHead +
		`"Amount":{"code":"USD","minorUnit":2,"currencySource":"Charged","approximateInd":true,"value":2773.50},` + goldenForm + goldenOne
	goldenAncillary = goldenHead +
		`"Amount":{"code":"AUD","minorUnit":2,"currencySource":"Charged","approximateInd":true,"value":63.10},` + goldenForm +
		`"OfferIdentifier":[{"id":"offer_1","offerRef":"offer_1","Identifier":{"authority":"Travelport","value":"07664bb3-37a0-4c63-a2ef-ed71b5f48d49"}},` +
		`{"id":"an_o1","Identifier":{"authority":"Travelport","value":"3427d42c-a72d-49ff-b29e-7bb8faa28a47"}}]}}`
)

func TestAddPaymentBytes(t *testing.T) {
	yen := seedSingle()
	yen.Amount = AmountOf(mustMoney(t, "27735", "JPY"))
	even := seedSingle()
	even.Amount = AmountOf(mustMoney(t, "0", "USD"))
	forfeit := seedSingle()
	forfeit.Amount, forfeit.Fees = nil, &Fees{Type: "Fees", TotalFees: "12.5"}
	forfeit.Taxes = &Taxes{TotalTaxes: "3", Tax: []Tax{{Value: "3.00", CurrencyCode: "USD", TaxCode: "US"}}}
	// What the page requires and has only one value is filled in.
	bare := seedAncillary()
	bare.Identifier.Authority, bare.Amount.CurrencySource, bare.Amount.MinorUnit = "", "", nil
	bare.FormOfPaymentIdentifier.FormOfPaymentRef, bare.FormOfPaymentIdentifier.Identifier.Authority = "", ""
	for i := range bare.OfferIdentifier {
		bare.OfferIdentifier[i].Identifier.Authority = ""
	}
	others := seedSingle()
	others.Identifier.Authority, others.FormOfPaymentIdentifier.Identifier.Authority, others.OfferIdentifier[0].Identifier.Authority = "TVPT", "TVPT", "TVPT"
	others.Amount.CurrencySource = SourceSupplier
	for name, tt := range map[string]struct {
		payment Payment
		opts    []Option
		want    string
	}{
		"filled in":       {bare, nil, goldenAncillary},
		"others are kept": {others, nil, strings.NewReplacer(`"Travelport"`, `"TVPT"`, `"Charged"`, `"Supplier"`).Replace(goldenSingle)},
		"single offer":    {seedSingle(), nil, goldenSingle},
		"and ancillary":   {seedAncillary(), nil, goldenAncillary},
		"flat": {seedSingle(), []Option{WithFlat(BodyPayment)},
			`{"@type":"Payment",` + strings.TrimSuffix(strings.TrimPrefix(goldenSingle, `{"Payment":{`), "}")},
		"no minor unit": {yen, nil, goldenHead + `"Amount":{"code":"JPY","minorUnit":0,"currencySource":"Charged","value":27735},` + goldenForm + goldenOne},
		"even exchange": {even, nil, goldenHead + `"Amount":{"code":"USD","minorUnit":2,"currencySource":"Charged","value":0.00},` + goldenForm + goldenOne},
		"forfeit": {forfeit, nil, goldenHead + goldenForm + strings.TrimSuffix(goldenOne, "}}") +
			`,"Fees":{"@type":"Fees","TotalFees":12.5},"Taxes":{"TotalTaxes":3,"Tax":[{"value":3.00,"currencyCode":"USD","taxCode":"US"}]}}}`},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, map[string]answer{"POST " + paymentsPath: {body: fixture(t, "payment-response.json")}})
			before := asJSON(t, tt.payment)
			resp, err := s.client(t, tt.opts...).Workbench(testBench, "trace-1").AddPayment(t.Context(), tt.payment)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(before, asJSON(t, tt.payment)); diff != "" {
				t.Errorf("the caller's payment was changed (-before +after):\n%s", diff)
			}
			if diff := cmp.Diff(tt.want, s.body()); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
			want := PaymentResponse{Response: Response{RequestID: "tx-1"}, Payment: &PaymentIdentifier{Type: "PaymentIdentifier",
				Identifier: &Identifier{Authority: "Travelport", Value: "af076693-cfc3-49f3-b7d6-554aa9d8bfce"}}}
			if diff := cmp.Diff(want, resp); diff != "" {
				t.Errorf("response (-want +got):\n%s", diff)
			}
		})
	}
}

// TestSeedRequests compares the golden bytes with the page's examples value by value: an amount is a number there or a
// string, and a number here.
func TestSeedRequests(t *testing.T) {
	for name, golden := range map[string]string{"payment-request.json": goldenSingle, "payment-ancillary-request.json": goldenAncillary} {
		if diff := cmp.Diff(values(t, fixture(t, name)), values(t, golden)); diff != "" {
			t.Errorf("%s (-page +golden):\n%s", name, diff)
		}
		var raw struct {
			Payment struct {
				Amount struct{ Value json.RawMessage }
			}
		}
		if err := json.Unmarshal([]byte(golden), &raw); err != nil || raw.Payment.Amount.Value[0] == '"' {
			t.Errorf("the amount %s is no number: %v", raw.Payment.Amount.Value, err)
		}
	}
}

// values decodes JSON with all amounts as decimals.
func values(t *testing.T, body string) any {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader([]byte(body)))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		t.Fatal(err)
	}
	var walk func(any) any
	walk = func(v any) any {
		switch v := v.(type) {
		case map[string]any:
			for k := range v {
				v[k] = walk(v[k])
				if s, ok := v[k].(string); ok && k == "value" {
					if d, err := decimal.NewFromString(s); err == nil {
						v[k] = d.StringFixed(4)
					}
				}
			}
		case []any:
			for i := range v {
				v[i] = walk(v[i])
			}
		case json.Number:
			return decimal.RequireFromString(v.String()).StringFixed(4)
		}
		return v
	}
	return walk(v)
}

func TestAddPaymentAnswers(t *testing.T) {
	ok := fixture(t, "payment-response.json")
	for name, tt := range map[string]struct {
		answer  answer
		outcome payment.Outcome
		kind    error
		code    string
	}{
		"error inside a success":    {answer{body: fixture(t, "error-input-format.json")}, payment.Refused, payment.ErrInvalidRequest, "1586"},
		"mismatch inside a success": {answer{body: fixture(t, "error-fop-mismatch.json")}, payment.Refused, payment.ErrInvalidRequest, "4178"},
		"error in another envelope": {answer{body: strings.Replace(fixture(t, "error-fop-mismatch.json"), "PaymentResponse", "ErrorResponse", 1)}, payment.Refused, payment.ErrInvalidRequest, "4178"},
		"error and identifier":      {answer{body: strings.Replace(ok, `"Payment": {`, `"Result":{"Error":[{"Message":"X"}]},"Payment": {`, 1)}, payment.Unknown, nil, ""},
		"errors that say nothing":   {answer{body: strings.Replace(ok, `"Payment": {`, `"Result":{"Error":[{"@type":"Error"}]},"Payment": {`, 1)}, payment.Unknown, nil, ""},
		"one error, no list":        {answer{body: `{"PaymentResponse":{"Result":{"Error":{"SourceCode":4178}}}}`}, payment.Refused, payment.ErrInvalidRequest, "4178"},
		"400 with the body":         {answer{status: 400, body: fixture(t, "error-input-format.json")}, payment.Refused, payment.ErrInvalidRequest, "1586"},
		"402 with a body":           {answer{status: 402, body: `{"ErrorResponse":{"Result":{"Error":[{"Message":"NO"}]}}}`}, payment.Refused, payment.ErrDeclined, ""},
		"400 of a gateway":          {answer{status: 400, body: fixture(t, "error-gateway.html")}, payment.Unknown, payment.ErrInvalidRequest, ""},
		"409 with a body":           {answer{status: 409, body: fixture(t, "error-input-format.json")}, payment.Unknown, payment.ErrAlreadyPaid, "1586"},
		"500 with a body":           {answer{status: 500, body: fixture(t, "error-input-format.json")}, payment.Unknown, payment.ErrInvalidRequest, "1586"},
		"401":                       {answer{status: 401}, payment.Refused, payment.ErrUnauthenticated, ""},
		"403 without a body":        {answer{status: 403}, payment.Unknown, payment.ErrForbidden, ""},
		"no identifier":             {answer{body: `{"PaymentResponse":{"Payment":{"id":"payment_1"}}}`}, payment.Unknown, nil, ""},
		"no envelope":               {answer{body: `{"Payment":{"Identifier":{"value":"x"}}}`}, payment.Unknown, nil, ""},
		"empty":                     {answer{}, payment.Unknown, nil, ""},
		"array":                     {answer{body: `[1]`}, payment.Unknown, nil, ""},
		"null":                      {answer{body: `null`}, payment.Unknown, nil, ""},
		"redirect":                  {answer{status: 307, header: http.Header{"Location": {"http://127.0.0.1:1/"}}}, payment.Unknown, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, map[string]answer{"POST " + paymentsPath: tt.answer})
			_, err := s.client(t).Workbench(testBench, "t").AddPayment(t.Context(), seedSingle())
			var e *payment.Error
			if !errors.As(err, &e) || e.Outcome != tt.outcome || e.Code != tt.code || e.Provider != "travelport" {
				t.Fatalf("got %+v, want %v with code %q", err, tt.outcome, tt.code)
			}
			if tt.kind != nil && !errors.Is(err, tt.kind) {
				t.Errorf("%v is not %v", err, tt.kind)
			}
			var said *Error
			if found := errors.As(err, &said); found != (tt.code != "") && tt.answer.status != 402 {
				t.Errorf("typed error %v beside code %q", said, tt.code)
			}
			if n := len(s.requests()); n != 1 {
				t.Errorf("sent %d times", n)
			}
		})
	}
}

func TestAddPaymentKeepsWarnings(t *testing.T) {
	s := serve(t, map[string]answer{"POST " + paymentsPath: {body: `{"PaymentResponse":{"@type":"SomethingNew","traceId":"t","Result":{"Warning":[
		{"@type":"WarningDetail","StatusCode":"200","Message":"LATE","SourceCode":4001,"Category":"UNKNOWN"}]},"Payment":{"@type":"PaymentOfTomorrow","Identifier":{"value":"x"}},"New":1}}`}})
	resp, err := s.client(t).Workbench(testBench, "t").AddPayment(t.Context(), seedSingle())
	if err != nil {
		t.Fatal(err)
	}
	want := []ErrorEntry{{Type: "WarningDetail", StatusCode: "200", Message: "LATE", SourceCode: "4001", Category: "UNKNOWN"}}
	if diff := cmp.Diff(want, resp.Warnings()); diff != "" || resp.TraceID != "t" || resp.Payment.Type != "PaymentOfTomorrow" {
		t.Errorf("%+v, warnings (-want +got):\n%s", resp, diff)
	}
}

func TestAddPaymentRefuses(t *testing.T) {
	with := func(change func(*Payment)) Payment {
		p := seedSingle()
		change(&p)
		return p
	}
	s := serve(t, nil)
	c := s.client(t)
	for field, p := range map[string]Payment{
		"Payment.ID":     with(func(p *Payment) { p.ID = "" }),
		"Payment.Amount": with(func(p *Payment) { p.Amount = nil }),
		"Amount":         with(func(p *Payment) { p.Amount.Value = "1.005" }),
		"Currency":       with(func(p *Payment) { p.Amount.Code = "ZZZ" }),
		"Payment.FormOfPaymentIdentifier": with(func(p *Payment) {
			p.FormOfPaymentIdentifier = &FormOfPaymentIdentifier{ID: "formOfPayment_5"}
		}),
		"Payment.OfferIdentifier":  with(func(p *Payment) { p.OfferIdentifier = nil }),
		"Payment.Identifier":       with(func(p *Payment) { p.Identifier.Value = "" }),
		"Payment.Amount.MinorUnit": with(func(p *Payment) { p.Amount.MinorUnit = ptr(0) }),
		"Payment.BaseAmount":       with(func(p *Payment) { p.BaseAmount = &CurrencyAmount{Code: "USD", Value: "x"} }),
		"Payment.BaseAmount.MinorUnit": with(func(p *Payment) {
			p.BaseAmount = &CurrencyAmount{Code: "JPY", MinorUnit: ptr(2), Value: "30"}
		}),
		"Payment.FormOfPaymentIdentifier.FormOfPaymentRef": with(func(p *Payment) { p.FormOfPaymentIdentifier.FormOfPaymentRef = "formOfPayment_6" }),
		"Payment.OfferIdentifier[1].OfferRef": with(func(p *Payment) {
			p.OfferIdentifier = append(p.OfferIdentifier, seedOffer("an_o1", "offer_1", "3427d42c-a72d-49ff-b29e-7bb8faa28a47"))
		}),
	} {
		_, err := c.Workbench(testBench, "t").AddPayment(t.Context(), p)
		var e *payment.Error
		if !errors.As(err, &e) || e.Field != field || e.Outcome != payment.NotSent || e.Op != "AddPayment" {
			t.Errorf("%s: %+v", field, err)
		}
	}
	for _, value := range []Number{"-1", "x", "1e400", ""} {
		_, err := c.Workbench(testBench, "t").AddPayment(t.Context(), with(func(p *Payment) { p.Amount.Value = value }))
		if payment.OutcomeOf(err) != payment.NotSent || !errors.Is(err, payment.ErrInvalidRequest) {
			t.Errorf("amount %q: %v", value, err)
		}
	}
	for _, id := range []string{"", "..", "a/b", "a?b"} {
		if _, err := c.Workbench(id, "t").AddPayment(t.Context(), seedSingle()); payment.OutcomeOf(err) != payment.NotSent {
			t.Errorf("workbench %q: %v", id, err)
		}
	}
	if got := s.requests(); len(got) > 0 {
		t.Errorf("sent %v", got)
	}
}
