package musement

import (
	"errors"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/musement/musementtest"
	"github.com/supplierpay/supplierpay-go/payment"
)

func orderOf(t testing.TB) musementtest.Order {
	return musementtest.Order{Price: mustMoney(t, "10", "USD")}
}

// TestPaymentBodies compares what goes onto the wire, byte by byte.
func TestPaymentBodies(t *testing.T) {
	split := answer{body: fixture(t, "split-started-seed.json")}
	completed := answer{body: fixture(t, "split-completed.json")}
	secret := payment.NewSecret
	for name, tt := range map[string]struct {
		route string
		say   answer
		do    func(*Client) error
		want  string
	}{
		"no payment": {"POST /payments/no/payment", answer{body: `{"uuid":"de52057f-e788-46d6-8b18-6ccb8f9267d9"}`}, func(c *Client) error {
			_, err := c.PayWithoutCollecting(t.Context(), "de52057f-e788-46d6-8b18-6ccb8f9267d9")
			return err
		}, fixture(t, "no-payment-request.json")},
		"start, as in the seed": {"POST /payments/split/payment", split, func(c *Client) error {
			_, err := c.StartSplitPayment(t.Context(), SplitPaymentRequest{OrderUUID: seedOrder, AdyenToken: secret("string"),
				CardBrand: "string", CardCountry: "st", ClientIP: secret("string")})
			return err
		}, fixture(t, "split-request-seed.json")},
		"start with a redirect URL": {"POST /payments/split/payment", split, func(c *Client) error {
			_, err := c.StartSplitPayment(t.Context(), SplitPaymentRequest{OrderUUID: seedOrder, AdyenToken: secret(canaryCard),
				CardBrand: "visa", CardCountry: "FR", ClientIP: secret(canaryIP), RedirectURL: "https://partner.example/3ds/return"})
			return err
		}, fixture(t, "split-request.json")},
		"start with Stripe": {"POST /payments/split/payment", split, func(c *Client) error {
			_, err := c.StartSplitPayment(t.Context(), SplitPaymentRequest{OrderUUID: seedOrder, StripeToken: secret("tok_1")})
			return err
		}, `{"stripe_token":"tok_1","order_uuid":"` + seedOrder + `"}`},
		"complete": {"POST /payments/split/complete_3d_secure", completed, func(c *Client) error {
			_, err := c.Complete3DSecure(t.Context(), Complete3DSecureRequest{OrderUUID: seedOrder, PaymentIntentID: secret("string")})
			return err
		}, fixture(t, "complete-request.json")},
		"complete with Adyen": {"POST /payments/split/complete_3d_secure", completed, func(c *Client) error {
			_, err := c.Complete3DSecure(t.Context(), Complete3DSecureRequest{OrderUUID: seedOrder})
			return err
		}, `{"order_uuid":"` + seedOrder + `"}`},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, map[string]answer{tt.route: tt.say})
			if err := tt.do(s.client(t)); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, s.lastBody()); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPaymentRequestsRefused(t *testing.T) {
	token := payment.NewSecret("adyen-1")
	s := serve(t, map[string]answer{})
	c := s.client(t)
	for name, tt := range map[string]struct {
		do    func() error
		field string
	}{
		"no order": {func() error { _, err := c.PayWithoutCollecting(t.Context(), ""); return err }, "OrderUUID"},
		"a path":   {func() error { _, err := c.PayWithoutCollecting(t.Context(), "../carts"); return err }, "OrderUUID"},
		"an identifier": {func() error {
			_, err := c.PayWithoutCollecting(t.Context(), "MUS0738876")
			return err
		}, "OrderUUID"},
		"upper case": {func() error {
			_, err := c.PayWithoutCollecting(t.Context(), "8BD6F4A4-ECE7-4CF6-A1C4-2455B6F5F514")
			return err
		}, "OrderUUID"},
		"no token": {func() error {
			_, err := c.StartSplitPayment(t.Context(), SplitPaymentRequest{OrderUUID: seedOrder})
			return err
		}, "AdyenToken"},
		"country": {func() error {
			_, err := c.StartSplitPayment(t.Context(), SplitPaymentRequest{OrderUUID: seedOrder, AdyenToken: token, CardCountry: "FRA"})
			return err
		}, "CardCountry"},
		"redirect": {func() error {
			_, err := c.StartSplitPayment(t.Context(), SplitPaymentRequest{OrderUUID: seedOrder, AdyenToken: token, RedirectURL: "/3ds"})
			return err
		}, "RedirectURL"},
		"complete": {func() error {
			_, err := c.Complete3DSecure(t.Context(), Complete3DSecureRequest{OrderUUID: "x"})
			return err
		}, "OrderUUID"},
	} {
		t.Run(name, func(t *testing.T) {
			err := tt.do()
			var e *payment.Error
			if !errors.As(err, &e) || e.Field != tt.field || e.Outcome != payment.NotSent || e.Provider != provider {
				t.Errorf("%+v, want NotSent for %s", err, tt.field)
			}
		})
	}
	if got := s.requests(); len(got) != 0 {
		t.Errorf("sent: %v", got)
	}
}

// TestStartAnswers decodes every shape of the start's answer.
func TestStartAnswers(t *testing.T) {
	secret := payment.NewSecret
	for name, tt := range map[string]struct {
		say  answer
		want SplitPayment
		next *payment.NextAction
	}{
		"redirect": {answer{status: 302, header: http.Header{"Location": {"https://issuer.example/3ds?md=1"}}},
			SplitPayment{Status: 302, ThreeDSecure: &ThreeDSecure{Type: ThreeDSecureRedirect, URL: secret("https://issuer.example/3ds?md=1")}},
			&payment.NextAction{Kind: payment.Redirect, URL: secret("https://issuer.example/3ds?md=1")}},
		"seed: a form without its stripped URL": {answer{body: fixture(t, "split-started-seed.json")},
			SplitPayment{Status: 200, Gateway: GatewayAdyen, Reason: ReasonBusinessStrategy, Raw: secret(fixture(t, "split-started-seed.json")),
				ThreeDSecure: &ThreeDSecure{Type: ThreeDSecureForm, PaymentIntentClientSecret: secret("string")}}, nil},
		"form": {answer{body: fixture(t, "split-started-form.json")},
			SplitPayment{Status: 200, Gateway: GatewayAdyen, Reason: ReasonBusinessStrategy, Raw: secret(fixture(t, "split-started-form.json")),
				ThreeDSecure: &ThreeDSecure{Type: ThreeDSecureForm, URL: secret("https://issuer.example/3ds"),
					Payload: secret(`{"MD":"md-value","PaReq":"pareq-value","version":2}`)}},
			&payment.NextAction{Kind: payment.Form, URL: secret("https://issuer.example/3ds"),
				Fields: map[string]payment.Secret{"MD": secret("md-value"), "PaReq": secret("pareq-value"), "version": secret("2")}}},
		"redirect in the body, payload a list": {answer{body: fixture(t, "split-started-redirect.json")},
			SplitPayment{Status: 200, Gateway: GatewayStripe, Reason: ReasonClientSelected, Raw: secret(fixture(t, "split-started-redirect.json")),
				ThreeDSecure: &ThreeDSecure{Type: ThreeDSecureRedirect, URL: secret("https://issuer.example/3ds?x=1")}},
			&payment.NextAction{Kind: payment.Redirect, URL: secret("https://issuer.example/3ds?x=1")}},
		"script, under the older name": {answer{body: fixture(t, "split-started-script.json")},
			SplitPayment{Status: 200, Gateway: GatewayStripe, Reason: ReasonFallback, Raw: secret(fixture(t, "split-started-script.json")),
				ThreeDSecure: &ThreeDSecure{Type: ThreeDSecureStripe, PaymentIntentClientSecret: secret("pi_1_secret_2")}},
			&payment.NextAction{Kind: payment.Script, ClientSecret: secret("pi_1_secret_2")}},
		"nothing to do": {answer{body: fixture(t, "split-started-nothing.json")},
			SplitPayment{Status: 200, Gateway: GatewayAdyen, Raw: secret(fixture(t, "split-started-nothing.json"))}, nil},
		"a type that nobody knows": {answer{body: `{"3d_secure":{"type":"CARRIER_PIGEON","url":"https://x.example"}}`},
			SplitPayment{Status: 200, Raw: secret(`{"3d_secure":{"type":"CARRIER_PIGEON","url":"https://x.example"}}`),
				ThreeDSecure: &ThreeDSecure{Type: "CARRIER_PIGEON", URL: secret("https://x.example")}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, map[string]answer{"POST /payments/split/payment": tt.say})
			got, err := s.client(t).StartSplitPayment(t.Context(), SplitPaymentRequest{OrderUUID: seedOrder, AdyenToken: secret("adyen-1")})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.next, got.next()); diff != "" {
				t.Errorf("next action (-want +got):\n%s", diff)
			}
		})
	}
}

// TestAnswersThatSayNothing: a success that cannot be used is Unknown.
func TestAnswersThatSayNothing(t *testing.T) {
	other := `{"uuid":"11111111-1111-1111-1111-111111111111"}`
	for name, tt := range map[string]struct {
		route string
		say   answer
	}{
		"order: empty":             {"POST /payments/no/payment", answer{}},
		"order: another":           {"POST /payments/no/payment", answer{body: other}},
		"order: no uuid":           {"POST /payments/no/payment", answer{body: `{"status":"OK"}`}},
		"order: a list":            {"POST /payments/no/payment", answer{body: `[1]`}},
		"order: HTML":              {"POST /payments/no/payment", answer{body: fixture(t, "error-html-502.html")}},
		"order: redirect":          {"POST /payments/no/payment", answer{status: 302, header: http.Header{"Location": {"https://evil.example"}}}},
		"start: empty":             {"POST /payments/split/payment", answer{}},
		"start: HTML":              {"POST /payments/split/payment", answer{body: fixture(t, "error-html-502.html")}},
		"start: 302, no location":  {"POST /payments/split/payment", answer{status: 302}},
		"start: 307":               {"POST /payments/split/payment", answer{status: 307, header: http.Header{"Location": {"https://evil.example"}}}},
		"start: 3d_secure a text":  {"POST /payments/split/payment", answer{body: `{"3d_secure":"yes, please do it"}`}},
		"complete: empty":          {"POST /payments/split/complete_3d_secure", answer{}},
		"complete: a redirect":     {"POST /payments/split/complete_3d_secure", answer{status: 302, header: http.Header{"Location": {"https://evil.example"}}}},
		"complete: a number":       {"POST /payments/split/complete_3d_secure", answer{body: `7`}},
		"complete: half an object": {"POST /payments/split/complete_3d_secure", answer{body: `{"3d_secure":{`}},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, map[string]answer{tt.route: tt.say})
			err := callRoute(t, s.client(t), tt.route)
			wantVerdict(t, payment.Payment{}, err, verdict{Outcome: "unknown"})
			if got := s.requests(); len(got) != 1 {
				t.Errorf("requests %v, want one", got)
			}
		})
	}
}

// callRoute makes the typed call of a payment route for testOrder.
func callRoute(t testing.TB, c *Client, route string) error {
	t.Helper()
	var err error
	switch route {
	case "POST /payments/no/payment":
		_, err = c.PayWithoutCollecting(t.Context(), testOrder)
	case "POST /payments/split/payment":
		_, err = c.StartSplitPayment(t.Context(), SplitPaymentRequest{OrderUUID: testOrder, AdyenToken: payment.NewSecret(canaryCard)})
	case "POST /payments/split/complete_3d_secure":
		_, err = c.Complete3DSecure(t.Context(), Complete3DSecureRequest{OrderUUID: testOrder})
	default:
		t.Fatalf("no call for %s", route)
	}
	return err
}
