package duffel

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/supplierpay/supplierpay-go/payment"
)

// TestCanary lets Duffel quote the token and the 3-D Secure session wherever it can, and looks for them in everything that
// a program may print or keep.
func TestCanary(t *testing.T) {
	echo := testToken + " and " + testSession
	apiError := func(status int) answer {
		return answer{status, nil, fmt.Sprintf(`{"errors":[{"type":"t %[1]s","code":"c %[1]s","title":"%[1]s","message":"%[1]s","documentation_url":"https://x/%[1]s",
			"source":{"field":"%[1]s","pointer":"/%[1]s"}},{"type":"airline_error","code":"x","source":"%[1]s"}],"meta":{"status":422,"request_id":"%[1]s"}}`, echo)}
	}
	echoed := fmt.Sprintf(`{"data":{"id":"pay_1","status":"failed","failure_reason":"%[1]s","amount":"30.20","currency":"GBP","new":"%[1]s"}}`, echo)
	answers := map[string]answer{
		"400": apiError(400), "401": apiError(401), "422": apiError(422), "429": apiError(429), "500": apiError(500),
		"HTML":              {502, nil, "<html>" + echo},
		"redirect":          {307, http.Header{"Location": {"https://example.com/?" + testToken}}, echo},
		"success, not JSON": {200, nil, echo},
		"success, wrong":    {200, nil, `{"data":"` + echo + `"}`},
		"errors inside":     {200, nil, apiError(0).body},
		"declined":          {201, nil, echoed},
		"other amount":      {201, nil, strings.Replace(strings.Replace(echoed, "failed", "succeeded", 1), "30.20", "1", 1)},
		"odd amount":        {201, nil, strings.Replace(echoed, "30.20", echo, 1)},
		"acknowledged":      {202, nil, `{"data":{"message":"` + echo + `"}}`},
		"split":             {201, nil, echoed},
		"odd headers":       {201, http.Header{"X-Request-Id": {testToken}, "Ratelimit-Limit": {testToken}, "Ratelimit-Reset": {testToken}}, echoed},
	}
	for name, a := range answers {
		t.Run(name, func(t *testing.T) {
			// The session is a secret of the payment's call: reads have never seen it.
			read := answer{a.status, a.header, strings.ReplaceAll(a.body, testSession, "3ds")}
			s := serve(t, map[string]answer{
				"POST /air/payments": a, "GET /air/payments": read, "GET /air/payments/pay_1": read, "GET /air/orders/" + testOrder: read,
			})
			var logs bytes.Buffer
			c := s.client(t, WithLogger(slog.New(slog.NewJSONHandler(&logs, &slog.HandlerOptions{Level: slog.LevelDebug}))))
			details := Details{ThreeDSecureSessionID: payment.NewSecret(testSession)}
			req := payment.Request{Key: "k1", OrderID: testOrder, Amount: mustMoney(t, "30.20", "GBP"), Method: MethodCard, Details: details}
			attempt, err := c.Prepare(req)
			if err != nil {
				t.Fatal(err)
			}
			p, payErr := c.Pay(t.Context(), req)
			part := NewPayment{Type: MethodCard, Amount: req.Amount, ThreeDSecureSessionID: details.ThreeDSecureSessionID}
			create := CreatePaymentRequest{OrderID: testOrder, Payment: &part}
			if name == "split" {
				create = CreatePaymentRequest{OrderID: testOrder, Payments: []NewPayment{part}}
			}
			created, createErr := c.CreatePayment(t.Context(), create)
			limit, _ := c.RateLimit()
			values := []any{c, struct{ Payer payment.Payer }{c}, req, details, create, attempt, attempt.After(p, payErr), p, created, limit}
			errs := []error{payErr, createErr}
			for _, read := range []func() (any, error){
				func() (any, error) { return c.GetPayment(t.Context(), "pay_1") },
				func() (any, error) { return c.GetOrder(t.Context(), testOrder) },
				func() (any, error) { return c.Lookup(t.Context(), attempt.After(p, payErr)) },
				func() (any, error) {
					for p, err := range c.ListPayments(t.Context(), ListPaymentsParams{OrderID: testOrder}) {
						return p, err
					}
					return nil, nil
				},
			} {
				_, err := read()
				errs = append(errs, err)
			}
			logger := slog.New(slog.NewTextHandler(&logs, nil))
			for _, err := range errs {
				logger.Info("ended", "err", err)
				values = append(values, err)
				var said *Error
				if errors.As(err, &said) {
					values = append(values, said, *said)
				}
			}
			for _, v := range values {
				logger.Info("value", "v", v)
				encoded, _ := json.Marshal(v)
				clean(t, "JSON", string(encoded))
				for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
					clean(t, fmt.Sprintf("%s of a %T", verb, v), fmt.Sprintf(verb, v))
				}
			}
			clean(t, "log", logs.String())
		})
	}
}

func clean(t *testing.T, where, text string) {
	t.Helper()
	for _, secret := range []string{testToken, testSession} {
		if strings.Contains(text, secret) {
			t.Errorf("%s is in the %s: %.300s", secret, where, text)
		}
	}
}
