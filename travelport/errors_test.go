package travelport

import (
	"errors"
	"net/http"
	"testing"

	"github.com/supplierpay/supplierpay-go/internal/call"
	"github.com/supplierpay/supplierpay-go/payment"
)

// TestExplain: every known code and text, and the bodies that are not Travelport's.
func TestExplain(t *testing.T) {
	body := func(entry string) string {
		return `{"ErrorResponse":{"transactionId":"tx","Result":{"Error":[` + entry + `]}}}`
	}
	for name, tt := range map[string]struct {
		body  string
		known bool
		kind  error
		field string
	}{
		"1586":                  {body(`{"SourceCode":"1586","Message":"INVALID INPUT FORMAT"}`), true, payment.ErrInvalidRequest, ""},
		"4178":                  {body(`{"SourceCode":"4178"}`), true, payment.ErrInvalidRequest, "FormOfPaymentIdentifier"},
		"4350":                  {body(`{"SourceCode":"4350"}`), true, payment.ErrUnavailable, ""},
		"9003":                  {body(`{"SourceCode":"9003"}`), true, payment.ErrForbidden, ""},
		"9004":                  {body(`{"SourceCode":9004}`), true, payment.ErrForbidden, "AccessGroup"},
		"9005":                  {body(`{"SourceCode":"9005"}`), true, payment.ErrUnavailable, ""},
		"9006":                  {body(`{"SourceCode":"9006"}`), true, payment.ErrInvalidRequest, "AccessGroup"},
		"1012100":               {body(`{"SourceCode":"1012100"}`), true, payment.ErrUnauthenticated, ""},
		"offers":                {body(`{"Message":"OFFER ID/IDENTIFIER VALUES MUST MATCH WITH THE RESERVATION WORKBENCH"}`), true, payment.ErrInvalidRequest, "OfferIdentifier"},
		"session":               {body(`{"Message":"Session identifier is invalid"}`), true, payment.ErrOrderNotPayable, ""},
		"commission":            {body(`{"SourceDescription":"COMMISSION PERCENTAGE MUST BE ENTERED"}`), true, payment.ErrOrderNotPayable, ""},
		"no fare":               {body(`{"Message":"No Fare Found"}`), true, payment.ErrOrderNotPayable, ""},
		"reprice":               {body(`{"Message":"ERROR AT ISSUANCE TIME: TST EXPIRED - OVERRIDE OR DELETE AND REPRICE Code = \"376\""}`), true, payment.ErrPriceChanged, ""},
		"refund":                {body(`{"Message":"OFFER CANNOT BE CANCELED WHEN REFUND AMOUNT DOES NOT EQUAL OFFER PRICE."}`), true, payment.ErrPriceChanged, ""},
		"unknown":               {body(`{"SourceCode":"4999","Message":"X"}`), true, nil, ""},
		"at the top":            {`{"Result":{"Error":[{"SourceCode":"4178"}]}}`, true, payment.ErrInvalidRequest, "FormOfPaymentIdentifier"},
		"second entry readable": {body(`7,{"SourceCode":"4178"}`), true, payment.ErrInvalidRequest, "FormOfPaymentIdentifier"},
		"entry without words":   {body(`{"@type":"Error"}`), false, nil, ""},
		"no errors":             {`{"ErrorResponse":{"Result":{"Error":[]}}}`, false, nil, ""},
		"warnings only":         {`{"ErrorResponse":{"Result":{"Warning":[{"SourceCode":"4178"}]}}}`, false, nil, ""},
		"other JSON":            {`{"error":"x"}`, false, nil, ""},
		"array":                 {`[{"Result":{"Error":[{"SourceCode":"1"}]}}]`, false, nil, ""},
		"HTML":                  {fixture(t, "error-gateway.html"), false, nil, ""},
		"empty":                 {"", false, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			ex, known := explain(&call.Answer{Status: 400, Header: http.Header{}, Body: []byte(tt.body)})
			if known != tt.known || ex.Kind != tt.kind || ex.Field != tt.field {
				t.Fatalf("%+v, %v, want kind %v field %q", ex, known, tt.kind, tt.field)
			}
			if known && name != "at the top" && ex.RequestID != "tx" {
				t.Errorf("request id %q", ex.RequestID)
			}
			if known && errors.Is(ex.Err, ErrWorkbenchGone) != (name == "session") {
				t.Errorf("%v as ErrWorkbenchGone", ex.Err)
			}
		})
	}
}

func TestRequestID(t *testing.T) {
	for name, tt := range map[string]struct {
		header http.Header
		want   string
	}{
		"one name":    {http.Header{"Transactionid": {"a"}}, "a"},
		"other name":  {http.Header{"Transactionid": nil, "E2etrackingid": {"b"}}, "b"},
		"none at all": {http.Header{"Transactionid": nil}, ""},
	} {
		s := serve(t, map[string]answer{
			"POST " + paymentsPath: {status: 500, header: tt.header},
			"GET /11/air/book/reservation/reservations/" + testLocator: {header: tt.header, body: fixture(t, "commit-issued.json")},
		})
		c := s.client(t)
		_, err := c.Workbench(testBench, "t").AddPayment(t.Context(), seedSingle())
		var e *payment.Error
		if !errors.As(err, &e) || e.RequestID != tt.want {
			t.Errorf("%s: %+v", name, err)
		}
		if r, err := c.GetReservation(t.Context(), testLocator, nil); err != nil || r.RequestID != tt.want {
			t.Errorf("%s: %q, %v", name, r.RequestID, err)
		}
	}
}

func TestValues(t *testing.T) {
	for token, want := range map[string]string{
		`2773.5`: `2773.5`, `"2773.50"`: `2773.50`, `1e2`: `100`, `0`: `0`, `null`: `null`, `"x"`: `"x"`, `1e999999999`: `"1e999999999"`,
	} {
		var n Number
		if err := n.UnmarshalJSON([]byte(token)); err != nil {
			t.Errorf("%s: %v", token, err)
		}
		if got, err := n.MarshalJSON(); err != nil || string(got) != want {
			t.Errorf("%s comes back as %s, %v, want %s", token, got, err, want)
		}
	}
	if _, err := (CurrencyAmount{Value: "1e99", Code: "USD"}).Money(); payment.OutcomeOf(err) != payment.Unknown || err == nil {
		t.Errorf("an absurd amount: %v", err)
	}
	if _, err := (Amount{Total: "1"}).Money(); err == nil {
		t.Error("an amount without a currency")
	}
	if m, err := (Price{TotalPrice: "12.30", CurrencyCode: &CurrencyCode{Value: "USD"}}).Total(); err != nil || m.String() != "12.30 USD" {
		t.Errorf("%v, %v", m, err)
	}
	if _, err := Timestamp("soon").Time(); err == nil {
		t.Error("no time was read as one")
	}
}
