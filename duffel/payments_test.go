package duffel

import (
	"errors"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/supplierpay/supplierpay-go/payment"
)

// TestCreatePaymentBytes compares request bodies as bytes.
func TestCreatePaymentBytes(t *testing.T) {
	single := func(p NewPayment) CreatePaymentRequest {
		return CreatePaymentRequest{OrderID: "ord_00003x8pVDGcS8y2AWCoWv", Payment: &p}
	}
	for name, tt := range map[string]struct {
		req  CreatePaymentRequest
		want string
	}{
		"balance": {single(NewPayment{Type: MethodBalance, Amount: mustMoney(t, "30.20", "GBP")}), fixture(t, "create-payment-request.json")},
		"card": {single(NewPayment{Type: MethodCard, Amount: mustMoney(t, "30.20", "GBP"),
			ThreeDSecureSessionID: payment.NewSecret(testSession)}), fixture(t, "create-payment-request-card.json")},
		"the seed's own": {single(NewPayment{Type: MethodBalance, Amount: mustMoney(t, "30.20", "GBP"), ThreeDSecureSessionID: payment.NewSecret("3ds_0000AWr2XsTRIF1Vp34gh5")}),
			`{"data":{"order_id":"ord_00003x8pVDGcS8y2AWCoWv","payment":{"type":"balance","three_d_secure_session_id":"3ds_0000AWr2XsTRIF1Vp34gh5","amount":"30.20","currency":"GBP"}}}`},
		"split": {CreatePaymentRequest{OrderID: "ord_00003x8pVDGcS8y2AWCoWv", Payments: []NewPayment{
			{Type: MethodCard, Amount: mustMoney(t, "100.00", "USD"), ThreeDSecureSessionID: payment.NewSecret("3ds_0000AWr2XsTR1F1Vp34gh5")},
			{Type: MethodAirlineCredit, Amount: mustMoney(t, "100.00", "USD"), AirlineCreditID: "acd_0000AuiZQIN1qg4B78P79U"},
		}}, fixture(t, "create-payment-request-split.json")},
		"one decimal given": {single(NewPayment{Type: MethodBalance, Amount: mustMoney(t, "30.2", "GBP")}),
			`{"data":{"order_id":"ord_00003x8pVDGcS8y2AWCoWv","payment":{"type":"balance","amount":"30.20","currency":"GBP"}}}`},
		"more decimals given": {single(NewPayment{Type: MethodBalance, Amount: mustMoney(t, "30.2000", "GBP")}),
			`{"data":{"order_id":"ord_00003x8pVDGcS8y2AWCoWv","payment":{"type":"balance","amount":"30.2000","currency":"GBP"}}}`},
		"no decimals": {single(NewPayment{Type: MethodARCBSPCash, Amount: mustMoney(t, "5000", "JPY")}),
			`{"data":{"order_id":"ord_00003x8pVDGcS8y2AWCoWv","payment":{"type":"arc_bsp_cash","amount":"5000","currency":"JPY"}}}`},
		"three decimals": {single(NewPayment{Type: MethodBalance, Amount: mustMoney(t, "1.5", "KWD")}),
			`{"data":{"order_id":"ord_00003x8pVDGcS8y2AWCoWv","payment":{"type":"balance","amount":"1.500","currency":"KWD"}}}`},
		"a type we do not know": {single(NewPayment{Type: "voucher", Amount: mustMoney(t, "1", "EUR")}),
			`{"data":{"order_id":"ord_00003x8pVDGcS8y2AWCoWv","payment":{"type":"voucher","amount":"1.00","currency":"EUR"}}}`},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, map[string]answer{"POST /air/payments": {status: 201, body: fixture(t, "payment-without-status.json")}})
			if _, err := s.client(t).CreatePayment(t.Context(), tt.req); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{tt.want}, s.bodies); diff != "" {
				t.Errorf("request bodies (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCreatePaymentRefuses(t *testing.T) {
	gbp := mustMoney(t, "30.20", "GBP")
	balance := &NewPayment{Type: MethodBalance, Amount: gbp}
	for name, tt := range map[string]struct {
		req   CreatePaymentRequest
		field string
	}{
		"no order":           {CreatePaymentRequest{Payment: balance}, "OrderID"},
		"order with a path":  {CreatePaymentRequest{OrderID: "../x", Payment: balance}, "OrderID"},
		"neither":            {CreatePaymentRequest{OrderID: testOrder}, "Payment"},
		"empty split":        {CreatePaymentRequest{OrderID: testOrder, Payments: []NewPayment{}}, "Payment"},
		"both":               {CreatePaymentRequest{OrderID: testOrder, Payment: balance, Payments: []NewPayment{*balance}}, "Payment"},
		"no type":            {CreatePaymentRequest{OrderID: testOrder, Payment: &NewPayment{Amount: gbp}}, "Type"},
		"credit not split":   {CreatePaymentRequest{OrderID: testOrder, Payment: &NewPayment{Type: MethodAirlineCredit, Amount: gbp}}, "Type"},
		"no amount":          {CreatePaymentRequest{OrderID: testOrder, Payment: &NewPayment{Type: MethodBalance}}, "Amount"},
		"nothing to pay":     {CreatePaymentRequest{OrderID: testOrder, Payment: &NewPayment{Type: MethodBalance, Amount: mustMoney(t, "0", "GBP")}}, "Amount"},
		"card, no session":   {CreatePaymentRequest{OrderID: testOrder, Payment: &NewPayment{Type: MethodCard, Amount: gbp}}, "ThreeDSecureSessionID"},
		"credit, no id":      {CreatePaymentRequest{OrderID: testOrder, Payments: []NewPayment{{Type: MethodAirlineCredit, Amount: gbp}}}, "AirlineCreditID"},
		"odd session aside":  {CreatePaymentRequest{OrderID: testOrder, Payment: &NewPayment{Type: MethodBalance, Amount: gbp, ThreeDSecureSessionID: payment.NewSecret("3ds 1")}}, "ThreeDSecureSessionID"},
		"balance and credit": {CreatePaymentRequest{OrderID: testOrder, Payments: []NewPayment{{Type: MethodBalance, Amount: gbp, AirlineCreditID: "acd_1"}}}, "AirlineCreditID"},
		"odd session":        {CreatePaymentRequest{OrderID: testOrder, Payment: &NewPayment{Type: MethodCard, Amount: gbp, ThreeDSecureSessionID: payment.NewSecret("3ds 1")}}, "ThreeDSecureSessionID"},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, nil)
			_, err := s.client(t).CreatePayment(t.Context(), tt.req)
			var e *payment.Error
			if !errors.As(err, &e) || e.Field != tt.field || payment.OutcomeOf(err) != payment.NotSent || e.Provider != "duffel" {
				t.Errorf("error %v, want NotSent for field %s", err, tt.field)
			}
			if got := s.requests(); len(got) > 0 {
				t.Errorf("sent %v", got)
			}
		})
	}
}

func TestCreatePaymentAnswers(t *testing.T) {
	gbp := ptr("GBP")
	older := Payment{ID: testPayment, Type: MethodBalance, Amount: "30.20", Currency: gbp, LiveMode: ptr(false), CreatedAt: "2020-04-11T15:48:11.642Z"}
	current := older
	current.Status, current.OrderID = StatusSucceeded, testOrder
	failed := Payment{
		ID: testPayment, OrderID: testOrder, Type: MethodAirlineCredit, Status: StatusFailed, FailureReason: ptr("ineligible_airline_credit"),
		Amount: "30.20", AirlineCreditID: ptr("acd_00009UhD4ongolulWd91Ky"), LiveMode: ptr(false), CreatedAt: "2020-04-11T15:48:11.642Z",
	}
	for name, tt := range map[string]struct {
		answer answer
		want   *Payment
		msg    string
	}{
		"older shape":       {answer{200, nil, fixture(t, "payment-without-status.json")}, &older, ""},
		"current shape":     {answer{201, nil, fixture(t, "payment.json")}, &current, ""},
		"failed":            {answer{201, nil, fixture(t, "payment-failed.json")}, &failed, ""},
		"acknowledged":      {answer{202, nil, fixture(t, "accepted-message.json")}, nil, "simulated"},
		"null meta, extras": {answer{201, nil, `{"meta":null,"errors":[],"data":{"id":"pay_1","new_field":{"a":[1]},"amount":30.20,"currency":null,"created_at":5,"live_mode":"no"}}`}, &Payment{ID: "pay_1", Amount: "30.20", LiveMode: new(bool)}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, map[string]answer{"POST /air/payments": tt.answer})
			resp, err := s.client(t).CreatePayment(t.Context(), CreatePaymentRequest{
				OrderID: testOrder, Payment: &NewPayment{Type: MethodBalance, Amount: mustMoney(t, "30.20", "GBP")},
			})
			if err != nil {
				t.Fatal(err)
			}
			want := PaymentResponse{Payment: tt.want, Message: tt.msg, Status: tt.answer.status, RequestID: "REQ-H"}
			if diff := cmp.Diff(want, resp, cmpopts.IgnoreFields(PaymentResponse{}, "Data"), cmpopts.IgnoreFields(Payment{}, "Raw")); diff != "" {
				t.Errorf("response (-want +got):\n%s", diff)
			}
			if len(resp.Data) == 0 || resp.Payment != nil && string(resp.Payment.Raw) != string(resp.Data) {
				t.Errorf("raw data %s", resp.Data)
			}
		})
	}
}

// TestCreatePaymentSplitAnswer: what Duffel answers to the array is not documented, so nothing is read into it.
func TestCreatePaymentSplitAnswer(t *testing.T) {
	order := fixture(t, "order-hold-awaiting-payment.json")
	s := serve(t, map[string]answer{"POST /air/payments": {status: 200, body: order}})
	resp, err := s.client(t).CreatePayment(t.Context(), CreatePaymentRequest{
		OrderID: testOrder, Payments: []NewPayment{{Type: MethodBalance, Amount: mustMoney(t, "30.20", "GBP")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if resp.Payment != nil || `{"data":`+string(resp.Data)+`}` != order {
		t.Errorf("response %+v, data %s", resp, resp.Data)
	}
	for _, body := range []string{"", "{}", `{"data":null}`, `{"data":{}}`, order[:50], fixture(t, "errors-in-success.json")} {
		s := serve(t, map[string]answer{"POST /air/payments": {status: 200, body: body}})
		_, err := s.client(t).CreatePayment(t.Context(), CreatePaymentRequest{
			OrderID: testOrder, Payments: []NewPayment{{Type: MethodBalance, Amount: mustMoney(t, "30.20", "GBP")}},
		})
		if err == nil || payment.OutcomeOf(err) != payment.Unknown {
			t.Errorf("%q: %v, want Unknown", body, err)
		}
	}
}

// TestCreatePaymentUnusable: a success that cannot be read is Unknown, and nothing panics.
func TestCreatePaymentUnusable(t *testing.T) {
	for name, a := range map[string]answer{
		"no body":               {200, nil, ""},
		"no content":            {204, nil, ""},
		"HTML":                  {200, nil, fixture(t, "error-html-502.html")},
		"cut":                   {201, nil, fixture(t, "payment.json")[:60]},
		"garbage behind":        {201, nil, fixture(t, "payment.json") + "x"},
		"null":                  {201, nil, "null"},
		"array":                 {201, nil, "[]"},
		"text":                  {201, nil, `"pay_1"`},
		"no data":               {201, nil, "{}"},
		"null data":             {201, nil, `{"data":null}`},
		"empty data":            {201, nil, `{"data":{}}`},
		"data is a list":        {201, nil, `{"data":[{"id":"pay_1"}]}`},
		"no id":                 {201, nil, `{"data":{"status":"succeeded","amount":"30.20","currency":"GBP"}}`},
		"id is a number":        {201, nil, `{"data":{"id":5}}`},
		"message without a 202": {200, nil, fixture(t, "accepted-message.json")},
		"202 without a message": {202, nil, `{"data":{"status":"pending"}}`},
		"202 without a body":    {202, nil, ""},
		"another order":         {201, nil, `{"data":{"id":"pay_1","order_id":"ord_other","amount":"30.20","currency":"GBP"}}`},
		"errors inside":         {200, nil, fixture(t, "errors-in-success.json")},
		"errors beside data":    {201, nil, `{"errors":[{"code":"x","type":"api_error"}],"data":{"id":"pay_1","amount":"30.20","currency":"GBP"}}`},
		"errors of odd shape":   {201, nil, `{"errors":"broken","data":{"id":"pay_1","amount":"30.20","currency":"GBP"}}`},
		"data twice":            {201, nil, `{"data":{"id":"pay_1","status":"succeeded","amount":"30.20","currency":"GBP"},"data":{"status":"failed"}}`},
		"Data too":              {201, nil, `{"data":{"id":"pay_1","status":"failed"},"Data":{"id":"pay_1","amount":"30.20","currency":"GBP"}}`},
		"failed after all":      {201, nil, `{"data":{"id":"pay_1","status":"succeeded","amount":"30.20","currency":"GBP","status":"failed"}}`},
		"undeclared redirect":   {307, http.Header{"Location": {"https://example.com/"}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, map[string]answer{"POST /air/payments": a})
			p, err := s.client(t).Pay(t.Context(), balanceRequest(t))
			if err == nil || payment.OutcomeOf(err) != payment.Unknown || p.Paid() || p.ID != "" {
				t.Errorf("Pay: %+v, %v, want Unknown", p, err)
			}
			if got := s.requests(); len(got) != 1 {
				t.Errorf("sent %v", got)
			}
		})
	}
	t.Run("the errors inside can be had", func(t *testing.T) {
		s := serve(t, map[string]answer{"POST /air/payments": {200, nil, fixture(t, "errors-in-success.json")}})
		_, err := s.client(t).Pay(t.Context(), balanceRequest(t))
		var said *Error
		if !errors.As(err, &said) || said.RequestID != "REQ-1" || said.Entries[0].Code != "internal_server_error" {
			t.Errorf("error %v holds %+v", err, said)
		}
	})
}

func TestGetPayment(t *testing.T) {
	s := serve(t, map[string]answer{
		"GET /air/payments/" + testPayment: {body: fixture(t, "payment-failed.json")},
		"GET /air/payments/pay_other":      {body: fixture(t, "payment.json")},
		"GET /air/payments/pay_html":       {status: 502, body: fixture(t, "error-html-502.html")},
	})
	c := s.client(t)
	p, err := c.GetPayment(t.Context(), testPayment)
	if err != nil || p.Status != StatusFailed || p.Currency != nil {
		t.Errorf("GetPayment: %+v, %v", p, err)
	}
	if _, err := p.Money(); payment.OutcomeOf(err) != payment.Unknown {
		t.Errorf("money without a currency: %v", err)
	}
	for id, want := range map[string]error{
		"": payment.ErrInvalidRequest, "..": payment.ErrInvalidRequest, "a/b": payment.ErrInvalidRequest, "a?b": payment.ErrInvalidRequest,
		"pay_unknown": payment.ErrOrderNotFound, "pay_html": payment.ErrUnavailable, "pay_other": errOtherPayment,
	} {
		if _, err := c.GetPayment(t.Context(), id); !errors.Is(err, want) || payment.OutcomeOf(err) != payment.Unknown {
			t.Errorf("GetPayment(%q): %v, want %v and Unknown", id, err, want)
		}
	}
}

func TestAmount(t *testing.T) {
	for text, want := range map[Amount]string{"30.20": "30.20", "1e2": "100", "0.00": "0.00", "90": "90"} {
		d, err := text.Decimal()
		if err != nil || d.StringFixed(max(-d.Exponent(), 0)) != want {
			t.Errorf("%s: %v, %v", text, d, err)
		}
	}
	for _, text := range []Amount{"", "NaN", "1e1000000000", "abc", "{}"} {
		_, err := text.Decimal()
		var e *payment.Error
		if !errors.As(err, &e) || e.Outcome != payment.Unknown || e.Field != "Amount" {
			t.Errorf("%s: %v, want a typed error", text, err)
		}
	}
	if _, err := Timestamp("soon").Time(); payment.OutcomeOf(err) != payment.Unknown {
		t.Errorf("timestamp: %v", err)
	}
}
