package etm

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/payment"
)

const paymentRoute = "POST /api/air/orders/" + testOrder + "/payment"

// compact takes the white space out of a recorded body.
func compact(t testing.TB, body string) string {
	t.Helper()
	var b bytes.Buffer
	if err := json.Compact(&b, []byte(body)); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestPaymentBody compares the bytes of payments with ETM's examples.
func TestPaymentBody(t *testing.T) {
	for _, tt := range []struct{ name, amount, currency, want string }{
		{"documented example", "132933.7", "RUB", compact(t, fixture(t, "order-payment-request-documented.json"))},
		{"whole number", "17665", "RUB", `{"fop_type":"cash","currency":"RUB","total_amount":"17665"}`},
		{"as given", "221.90", "EUR", `{"fop_type":"cash","currency":"EUR","total_amount":"221.90"}`},
		{"no minor unit", "21826", "JPY", `{"fop_type":"cash","currency":"JPY","total_amount":"21826"}`},
		{"three digits", "1.234", "KWD", `{"fop_type":"cash","currency":"KWD","total_amount":"1.234"}`},
		{"large", "99999999999999999.99", "UZS", `{"fop_type":"cash","currency":"UZS","total_amount":"99999999999999999.99"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, map[string]answer{paymentRoute: {body: fixture(t, "order-payment.json")}})
			got, err := s.client(t).CreatePayment(t.Context(), CreatePaymentRequest{
				OrderID: testOrder, FOPType: MethodCash, Amount: mustMoney(t, tt.amount, tt.currency),
			})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{tt.want}, s.bodies); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
			want := PaymentResponse{
				Status: "ok", Payload: PaymentPayload{Status: "ok"}, HTTPStatus: 200, Raw: []byte(fixture(t, "order-payment.json")),
			}
			if diff := cmp.Diff(want, got); diff != "" || !got.Paid() {
				t.Errorf("response (-want +got):\n%s", diff)
			}
		})
	}
}

// TestCurlSample: the sample for curl is the same members in another order, once its comments are gone.
func TestCurlSample(t *testing.T) {
	var sample, sent map[string]string
	if err := json.Unmarshal([]byte(fixture(t, "order-payment-request-curl.json")), &sample); err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(paymentBody{FOPType: MethodCash, Currency: "RUB", TotalAmount: asGiven(mustMoney(t, "17665", "RUB"))})
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(body, &sent); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sample, sent); diff != "" {
		t.Errorf("body (-sample +sent):\n%s", diff)
	}
}

// TestPaymentAnswers places every kind of answer. Of all successes only two times "ok" is one.
func TestPaymentAnswers(t *testing.T) {
	const paid = `{"status":"ok","payload":{"status":"ok"}}`
	words := []Option{WithRefusalWords("declined", "failed")}
	for _, tt := range []struct {
		name    string
		opts    []Option
		status  int
		body    string
		outcome payment.Outcome
		kind    error
	}{
		{"paid", nil, 200, paid, payment.Accepted, nil},
		{"paid, members unknown", nil, 200, `{"status":"ok","x":[1],"payload":{"status":"ok","y":{}}}`, payment.Accepted, nil},
		{"created", nil, 201, paid, payment.Accepted, nil},
		{"under way", nil, 202, paid, payment.Accepted, nil},
		{"under way, another word", nil, 202, `{"status":"ok","payload":{"status":"wait"}}`, payment.Unknown, nil},
		{"refused by contract, under way", words, 202, `{"status":"ok","payload":{"status":"declined"}}`, payment.Unknown, nil},

		{"failure with 200", nil, 200, fixture(t, "failure-200.json"), payment.Unknown, nil},
		{"payment not ok", nil, 200, `{"status":"ok","payload":{"status":"error"}}`, payment.Unknown, nil},
		{"request not ok", nil, 200, `{"status":"error","payload":{"status":"ok"}}`, payment.Unknown, nil},
		{"another case", nil, 200, `{"status":"OK","payload":{"status":"OK"}}`, payment.Unknown, nil},
		{"booleans", nil, 200, `{"status":true,"payload":{"status":true}}`, payment.Unknown, nil},
		{"no payload", nil, 200, `{"status":"ok"}`, payment.Unknown, nil},
		{"payload null", nil, 200, `{"status":"ok","payload":null}`, payment.Unknown, nil},
		{"payload a list", nil, 200, `{"status":"ok","payload":[{"status":"ok"}]}`, payment.Unknown, nil},
		{"payload a string", nil, 200, `{"status":"ok","payload":"ok"}`, payment.Unknown, nil},
		{"payload without status", nil, 200, `{"status":"ok","payload":{}}`, payment.Unknown, nil},
		{"status only inside", nil, 200, `{"payload":{"status":"ok"}}`, payment.Unknown, nil},
		{"empty object", nil, 200, `{}`, payment.Unknown, nil},
		{"list", nil, 200, `[` + paid + `]`, payment.Unknown, nil},
		{"null", nil, 200, `null`, payment.Unknown, nil},
		{"no body", nil, 200, ``, payment.Unknown, nil},
		{"no content", nil, 204, ``, payment.Unknown, nil},
		{"half a body", nil, 200, paid[:20], payment.Unknown, nil},
		{"two bodies", nil, 200, paid + paid, payment.Unknown, nil},
		{"HTML", nil, 200, `<html>ok</html>`, payment.Unknown, nil},

		{"contract, inner word", words, 200, `{"status":"ok","payload":{"status":"declined"}}`, payment.Refused, payment.ErrDeclined},
		{"contract, both words", words, 200, `{"status":"failed","payload":{"status":"declined"}}`, payment.Refused, payment.ErrDeclined},
		{"contract, word twice", words, 200, `{"status":"ok","payload":{"status":"ok","status":"declined"}}`, payment.Unknown, nil},
		{"contract, payload twice", words, 200, `{"status":"failed","payload":{"status":"ok"},"Payload":null}`, payment.Unknown, nil},
		{"contract, outer word", words, 200, `{"status":"failed","message":"x"}`, payment.Refused, payment.ErrDeclined},
		{"contract, contradicted", words, 200, `{"status":"failed","payload":{"status":"ok"}}`, payment.Unknown, nil},
		{"contract, outer unknown", words, 200, `{"status":"error","payload":{"status":"declined"}}`, payment.Unknown, nil},
		{"contract, payload empty", words, 200, `{"status":"failed","payload":{}}`, payment.Unknown, nil},
		{"contract, another case", words, 200, `{"status":"ok","payload":{"status":"Declined"}}`, payment.Unknown, nil},
		{"contract, 422", words, 422, `{"status":"declined"}`, payment.Refused, payment.ErrDeclined},
		{"contract, 409", words, 409, `{"status":"declined"}`, payment.Unknown, payment.ErrAlreadyPaid},
		{"contract, 500", words, 500, `{"status":"declined"}`, payment.Unknown, payment.ErrDeclined},

		{"401, JSON", nil, 401, fixture(t, "failure-200.json"), payment.Refused, payment.ErrUnauthenticated},
		{"401, HTML", nil, 401, `<html>`, payment.Refused, payment.ErrUnauthenticated},
		{"403, JSON", nil, 403, fixture(t, "failure-200.json"), payment.Refused, payment.ErrUnauthenticated},
		{"403, empty JSON", nil, 403, `{}`, payment.Refused, payment.ErrUnauthenticated},
		{"403, HTML", nil, 403, `<html>`, payment.Unknown, payment.ErrForbidden},
		{"403, null", nil, 403, `null`, payment.Unknown, payment.ErrForbidden},
		{"403, a list", nil, 403, `[]`, payment.Unknown, payment.ErrForbidden},
		{"400", nil, 400, fixture(t, "failure-200.json"), payment.Unknown, payment.ErrInvalidRequest},
		{"402", nil, 402, fixture(t, "failure-200.json"), payment.Unknown, payment.ErrInvalidRequest},
		{"404", nil, 404, fixture(t, "failure-200.json"), payment.Unknown, payment.ErrOrderNotFound},
		{"408", nil, 408, fixture(t, "failure-200.json"), payment.Unknown, payment.ErrAlreadyPaid},
		{"422", nil, 422, fixture(t, "failure-200.json"), payment.Unknown, payment.ErrInvalidRequest},
		{"423", nil, 423, fixture(t, "failure-200.json"), payment.Unknown, payment.ErrAlreadyPaid},
		{"429", nil, 429, fixture(t, "failure-200.json"), payment.Unknown, payment.ErrRateLimited},
		{"500 that says ok", nil, 500, paid, payment.Unknown, payment.ErrUnavailable},
		{"302", nil, 302, paid, payment.Unknown, nil},
		{"307", nil, 307, paid, payment.Unknown, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, map[string]answer{paymentRoute: {status: tt.status, body: tt.body}})
			c := s.client(t, append(tt.opts, WithoutOrderCheck())...)
			p, err := c.Pay(t.Context(), request(t, testOrder))
			if got := payment.OutcomeOf(err); got != tt.outcome {
				t.Fatalf("outcome %v, want %v: %v", got, tt.outcome, err)
			}
			var e *payment.Error
			if errors.As(err, &e) && (!errors.Is(e.Kind, tt.kind) || e.Provider != "etm" || e.Op != "POST /api/air/orders/{order_id}/payment") {
				t.Errorf("kind %v, op %q: want %v", e.Kind, e.Op, tt.kind)
			}
			wantStatus := map[payment.Outcome]payment.Status{payment.Accepted: payment.Succeeded}[tt.outcome]
			switch {
			case tt.status == 202 && err == nil:
				wantStatus = payment.Pending
			case tt.outcome == payment.Refused && tt.status == 200:
				wantStatus = payment.Failed
			}
			if p.Status != wantStatus || p.Paid() != (wantStatus == payment.Succeeded) {
				t.Errorf("status %q, want %q", p.Status, wantStatus)
			}
			if n := len(s.requests()); n != 1 {
				t.Errorf("sent %d times", n)
			}
		})
	}
}

// TestETMSaid: ETM's own words are the cause of an error.
func TestETMSaid(t *testing.T) {
	for _, status := range []int{200, 404} {
		s := serve(t, map[string]answer{paymentRoute: {status: status, body: `{"status":"error","message":{"ru":"нет"},"payload":{"status":"wait"}}`}})
		_, err := s.client(t, WithoutOrderCheck()).Pay(t.Context(), request(t, testOrder))
		var said *Error
		if !errors.As(err, &said) {
			t.Fatalf("no *Error in %v", err)
		}
		want := Error{HTTPStatus: status, Status: "error", Message: `{"ru":"нет"}`}
		if status == 200 {
			want.PaymentStatus = "wait"
		}
		if diff := cmp.Diff(want, *said); diff != "" {
			t.Errorf("%d (-want +got):\n%s", status, diff)
		}
	}
}

func TestCreatePaymentRefuses(t *testing.T) {
	s := serve(t, nil)
	c := s.client(t)
	good := CreatePaymentRequest{OrderID: testOrder, FOPType: MethodCash, Amount: mustMoney(t, "1", "EUR")}
	for field, spoil := range map[string]func(r *CreatePaymentRequest){
		"OrderID":  func(r *CreatePaymentRequest) { r.OrderID = "1/../2" },
		"FOPType":  func(r *CreatePaymentRequest) { r.FOPType = "" },
		"Amount":   func(r *CreatePaymentRequest) { r.Amount = mustMoney(t, "0.00", "EUR") },
		"Currency": func(r *CreatePaymentRequest) { r.Amount, _ = payment.ISO4217().With("XQX", 2).ParseMoney("1", "XQX") },
	} {
		req := good
		spoil(&req)
		_, err := c.CreatePayment(t.Context(), req)
		var e *payment.Error
		if !errors.As(err, &e) || e.Field != field || e.Outcome != payment.NotSent {
			t.Errorf("%s: %v", field, err)
		}
	}
	if got := s.requests(); len(got) != 0 {
		t.Errorf("sent %v", got)
	}
}
