package musement

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/supplierpay/supplierpay-go/payment"
)

// shortIP is too short to be looked for in whole bodies.
const shortIP = "9.8.7.6"

// canaries are the secrets and the customer's data of TestSecrets. None of them may be printed anywhere.
var canaries = []string{
	canaryApplication, canarySecret, canaryToken, canaryCard, shortIP, "stripe-token-canary", "pi_canary_0000",
	"location-canary", "payload-canary", "client-secret-3ds-canary", "canary.customer@example.com",
}

// TestSecrets lets Musement quote every secret back in every way, and looks for them in all that can be printed.
func TestSecrets(t *testing.T) {
	challenge := `{"gateway":"ADYEN","3d_secure":{"type":"FORM","url":"https://issuer.example/location-canary",` +
		`"payload":{"MD":"payload-canary"},"payment_intent_client_secret":"client-secret-3ds-canary"}}`
	customer := `{"uuid":"` + testOrder + `","total_price":{"currency":"USD","value":"canary.customer@example.com"},"customer":{"email":"canary.customer@example.com"}}`
	var log bytes.Buffer
	var printed []string
	show := func(v any) {
		t.Helper()
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
			printed = append(printed, fmt.Sprintf(verb, v))
		}
		text, err := json.Marshal(v)
		if err != nil {
			text = []byte(err.Error())
		}
		printed = append(printed, string(text))
		slog.New(slog.NewTextHandler(&log, nil)).Info("value", "v", v)
		slog.New(slog.NewJSONHandler(&log, nil)).Info("value", "v", v)
	}
	for _, say := range []answer{
		{status: 200, body: challenge},
		{status: 302, header: http.Header{"Location": {"https://issuer.example/location-canary"}}, body: "go to location-canary"},
		{status: 400, echo: true}, {status: 401, echo: true}, {status: 422, echo: true}, {status: 423, echo: true},
		{status: 500, echo: true}, {status: 200, echo: true}, {status: 200, body: "no JSON: ", echo: true},
		{status: 200, body: customer}, {status: 307, header: http.Header{"Location": {"https://issuer.example/location-canary"}}},
		{status: 200, body: `{"uuid":"canary.customer@example.com"}`},
	} {
		s := serve(t, map[string]answer{
			"POST /payments/no/payment": say, "POST /payments/split/payment": say, "POST /payments/split/complete_3d_secure": say,
			"GET /orders/" + testOrder: say, "GET /carts/" + testCart + "/order-info": say,
		})
		logger := slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		c := s.client(t, WithLogger(logger))
		req := payment.Request{Key: "k1", OrderID: testOrder, Amount: mustMoney(t, "10", "USD"), Method: MethodSplit, Details: Details{
			CartUUID: testCart, AdyenToken: payment.NewSecret(canaryCard), StripeToken: payment.NewSecret("stripe-token-canary"),
			ClientIP: payment.NewSecret(shortIP),
		}}
		show(req)
		a, err := c.Prepare(req)
		show(a)
		show(err)
		started, err := c.StartSplitPayment(t.Context(), req.Details.(Details).splitRequest(testOrder))
		show(started)
		show(started.next())
		show(err)
		show(req.Details.(Details).splitRequest(testOrder))
		complete := Complete3DSecureRequest{OrderUUID: testOrder, PaymentIntentID: payment.NewSecret("pi_canary_0000")}
		show(complete)
		completed, err := c.Complete3DSecure(t.Context(), complete)
		show(completed)
		show(err)
		_, err = c.PayWithoutCollecting(t.Context(), testOrder)
		show(err)
		p, err := c.Pay(t.Context(), req)
		show(p)
		show(err)
		p, err = c.Continue(t.Context(), a, Continuation{PaymentIntentID: payment.NewSecret("pi_canary_0000")})
		show(p)
		show(err)
		p, err = c.Lookup(t.Context(), a)
		show(p)
		show(err)
		show(a.After(p, err))
		show(c.splitPayment(t.Context(), a, started))
		show(c)
		show(c.login)
	}
	for _, status := range []int{200, 401, 500} {
		c := serve(t, map[string]answer{"POST /login": {status: status, echo: true}}).client(t)
		_, err := c.GetOrder(t.Context(), testOrder)
		show(err)
	}
	show(testCredentials())
	printed = append(printed, log.String())
	if !strings.Contains(log.String(), `"operation":"StartSplitPayment"`) {
		t.Error("nothing was logged")
	}
	for _, text := range printed {
		for _, canary := range canaries {
			if strings.Contains(text, canary) {
				t.Errorf("%s in %.400q", canary, text)
			}
		}
	}
}
