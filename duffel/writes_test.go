package duffel

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/payment"
)

const (
	testCancellation = "ore_00009qzZWzjDipIkqpaUAj"
	testCard         = "tcd_00009hthhsUZ8W4LxQgkjb"
	testCredit       = "acd_00009UhD4ongolulWd91Ky"
	testNumber       = "4242424242424242"
)

func cardRequest() CreateCardRequest {
	return CreateCardRequest{
		Number: payment.NewSecret(testNumber), CVC: payment.NewSecret("123"), ExpiryMonth: "03", ExpiryYear: "30", Name: "Neil Armstrong",
		AddressLine1: "1 Downing St", AddressLine2: "First floor", AddressCity: "London", AddressRegion: "London",
		AddressPostalCode: "EC2A 4RQ", AddressCountryCode: "GB",
	}
}

func sessionRequest() ThreeDSecureSessionRequest {
	return ThreeDSecureSessionRequest{CardID: testCard, ResourceID: testOrder, Exception: ExceptionSecureCorporatePayment, CardholderPresent: ptr(false)}
}

func servicesRequest(t testing.TB) AddServicesRequest {
	return AddServicesRequest{
		Services: []ServiceQuantity{{ID: "ase_00009hj8USM7Ncg31cB123", Quantity: 2}},
		Payment:  NewPayment{Type: MethodBalance, Amount: mustMoney(t, "20.00", "GBP")},
	}
}

// writeCase is one of the client's writes beside CreatePayment.
type writeCase struct {
	route  string // "METHOD /path"
	body   string // the request's, byte for byte
	answer string // a success; "" is none at all
	do     func(ctx context.Context, c *Client) error
}

func writeCases(t testing.TB) map[string]writeCase {
	order, orderPath := fixture(t, "order-hold-awaiting-payment.json"), " /air/orders/"+testOrder
	return map[string]writeCase{
		"create hold order": {"POST /air/orders", fixture(t, "create-order-request-hold.json"), order, func(ctx context.Context, c *Client) error {
			_, err := c.CreateOrder(ctx, holdRequest())
			return err
		}},
		"create instant order": {"POST /air/orders", fixture(t, "create-order-request-instant.json"), `{"data":{"id":"ord_1"}}`, func(ctx context.Context, c *Client) error {
			_, err := c.CreateOrder(ctx, instantRequest(t, "30.20"))
			return err
		}},
		"update order": {"PATCH" + orderPath, fixture(t, "update-order-request.json"), order, func(ctx context.Context, c *Client) error {
			_, err := c.UpdateOrder(ctx, testOrder, UpdateOrderRequest{Metadata: map[string]string{"booking": "4711"}})
			return err
		}},
		"clear metadata": {"PATCH" + orderPath, `{"data":{"metadata":{}}}`, order, func(ctx context.Context, c *Client) error {
			_, err := c.UpdateOrder(ctx, testOrder, UpdateOrderRequest{Metadata: map[string]string{}})
			return err
		}},
		"update users": {"PATCH" + orderPath, `{"data":{"users":["icu_1"]}}`, order, func(ctx context.Context, c *Client) error {
			_, err := c.UpdateOrder(ctx, testOrder, UpdateOrderRequest{Users: []string{"icu_1"}})
			return err
		}},
		"price order": {"POST" + orderPath + "/actions/price", fixture(t, "price-order-request.json"), fixture(t, "order-priced.json"), func(ctx context.Context, c *Client) error {
			_, err := c.PriceOrder(ctx, testOrder, IntendedMethod{Type: MethodCard, CardID: testCard}, IntendedMethod{Type: MethodAirlineCredit, AirlineCreditID: testCredit})
			return err
		}},
		"add services": {"POST" + orderPath + "/services", fixture(t, "add-services-request.json"), order, func(ctx context.Context, c *Client) error {
			_, err := c.AddServices(ctx, testOrder, servicesRequest(t))
			return err
		}},
		"create cancellation": {"POST /air/order_cancellations", fixture(t, "create-order-cancellation-request.json"), fixture(t, "order-cancellation.json"), func(ctx context.Context, c *Client) error {
			_, err := c.CreateOrderCancellation(ctx, testOrder)
			return err
		}},
		"confirm cancellation": {"POST /air/order_cancellations/" + testCancellation + "/actions/confirm", "", fixture(t, "order-cancellation-confirmed.json"), func(ctx context.Context, c *Client) error {
			_, err := c.ConfirmOrderCancellation(ctx, testCancellation)
			return err
		}},
		"create card": {"POST /payments/cards", fixture(t, "create-card-request.json"), fixture(t, "card.json"), func(ctx context.Context, c *Client) error {
			_, err := c.CreateCard(ctx, cardRequest())
			return err
		}},
		"use stored card": {"POST /payments/cards", fixture(t, "create-card-request-stored.json"), fixture(t, "card.json"), func(ctx context.Context, c *Client) error {
			_, err := c.CreateCard(ctx, CreateCardRequest{CardID: testCard, CVC: payment.NewSecret("123")})
			return err
		}},
		"delete card": {"DELETE /payments/cards/" + testCard, "", "", func(ctx context.Context, c *Client) error {
			return c.DeleteCard(ctx, testCard)
		}},
		"create session": {"POST /payments/three_d_secure_sessions", fixture(t, "three-d-secure-session-request.json"), fixture(t, "three-d-secure-session.json"), func(ctx context.Context, c *Client) error {
			_, err := c.CreateThreeDSecureSession(ctx, sessionRequest())
			return err
		}},
		"create session, less": {"POST /payments/three_d_secure_sessions", `{"data":{"card_id":"tcd_1","resource_id":"off_1","services":[{"id":"ase_1","quantity":2}]}}`, fixture(t, "three-d-secure-session.json"), func(ctx context.Context, c *Client) error {
			_, err := c.CreateThreeDSecureSession(ctx, ThreeDSecureSessionRequest{CardID: "tcd_1", ResourceID: "off_1", Services: []ServiceQuantity{{ID: "ase_1", Quantity: 2}}})
			return err
		}},
	}
}

// TestWriteBytes compares request bodies as bytes, and looks at what goes with them.
func TestWriteBytes(t *testing.T) {
	for name, w := range writeCases(t) {
		t.Run(name, func(t *testing.T) {
			a := answer{body: w.answer}
			if w.answer == "" {
				a.status = http.StatusNoContent
			}
			s := serve(t, map[string]answer{w.route: a})
			if err := w.do(t.Context(), s.client(t, WithCardsBaseURL(s.URL))); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{w.route, w.body}, append(s.requests(), s.bodies...)); diff != "" {
				t.Errorf("request (-want +got):\n%s", diff)
			}
			for key, want := range map[string]string{"Authorization": "Bearer " + testToken, "Duffel-Version": "v2", "Accept": "application/json"} {
				if got := s.header.Get(key); got != want {
					t.Errorf("%s: %q", key, got)
				}
			}
			if got := s.header.Get("Content-Type"); (got == "application/json") != (w.body != "") {
				t.Errorf("Content-Type: %q", got)
			}
		})
	}
}

// TestWriteOutcomes: every write obeys the table of outcomes, and reaches the server once.
func TestWriteOutcomes(t *testing.T) {
	said := func(status int, typ, code string) answer {
		return answer{status, nil, `{"errors":[{"type":"` + typ + `","code":"` + code + `"}]}`}
	}
	answers := map[string]struct {
		answer
		outcome payment.Outcome
		kind    error
	}{
		"422":           {said(422, "validation_error", "validation_required"), payment.Refused, payment.ErrInvalidRequest},
		"401":           {answer{401, nil, "no"}, payment.Refused, payment.ErrUnauthenticated},
		"403":           {said(403, "invalid_request_error", "insufficient_permissions"), payment.Refused, payment.ErrForbidden},
		"429":           {said(429, "rate_limit_error", "rate_limit_exceeded"), payment.Refused, payment.ErrRateLimited},
		"404, HTML":     {answer{404, nil, "<html>"}, payment.Unknown, payment.ErrOrderNotFound},
		"409":           {said(409, "invalid_state_error", "x"), payment.Unknown, payment.ErrAlreadyPaid},
		"duplicate":     {said(422, "airline_error", "duplicate_booking"), payment.Unknown, payment.ErrAlreadyPaid},
		"tried before":  {said(422, "invalid_state_error", "order_creation_already_attempted"), payment.Unknown, payment.ErrAlreadyPaid},
		"500":           {said(500, "api_error", "internal_server_error"), payment.Unknown, payment.ErrUnavailable},
		"502":           {said(502, "api_error", "order_not_created"), payment.Unknown, payment.ErrUnavailable},
		"503":           {answer{503, nil, ""}, payment.Unknown, payment.ErrUnavailable},
		"504":           {said(504, "api_error", "gateway_timeout_error"), payment.Unknown, payment.ErrUnavailable},
		"redirect":      {answer{307, http.Header{"Location": {"/elsewhere"}}, ""}, payment.Unknown, nil},
		"2xx, not JSON": {answer{200, nil, "ok"}, payment.Unknown, nil},
		"2xx, no data":  {answer{201, nil, `{"data":null}`}, payment.Unknown, nil},
		"2xx, no id":    {answer{200, nil, `{"data":{"live_mode":false}}`}, payment.Unknown, nil},
		"2xx, other id": {answer{200, nil, `{"data":{"id":"other","order_id":"other"}}`}, payment.Unknown, nil},
		"errors inside": {answer{200, nil, fixture(t, "errors-in-success.json")}, payment.Unknown, nil},
	}
	for name, w := range writeCases(t) {
		for what, tt := range answers {
			if w.answer == "" && tt.status/100 == 2 {
				continue // a deletion has no answer to be read
			}
			if what == "2xx, other id" && !strings.Contains(w.route, testOrder) && !strings.Contains(w.route, "cancellations") {
				continue // a new thing has no other id
			}
			t.Run(name+" "+what, func(t *testing.T) {
				s := serve(t, map[string]answer{w.route: tt.answer})
				err := w.do(t.Context(), s.client(t, WithCardsBaseURL(s.URL)))
				if err == nil || payment.OutcomeOf(err) != tt.outcome || tt.kind != nil && !errors.Is(err, tt.kind) {
					t.Errorf("error %v, want %v and %v", err, tt.outcome, tt.kind)
				}
				if n := len(s.requests()); n != 1 {
					t.Errorf("sent %d times", n)
				}
			})
		}
		t.Run(name+" to nobody", func(t *testing.T) {
			t.Parallel() // the pauses between the tries add up
			const url = "http://127.0.0.1:1"
			c := newTestClient(t, url, WithCardsBaseURL(url))
			if err := w.do(t.Context(), c); payment.OutcomeOf(err) != payment.NotSent {
				t.Errorf("error %v, want NotSent", err)
			}
		})
	}
}

// TestWritesRefuse: what cannot be sent names its field, and nothing is sent.
func TestWritesRefuse(t *testing.T) {
	update := UpdateOrderRequest{Users: []string{"icu_1"}}
	card := func(edit func(*CreateCardRequest)) func(*Client) error {
		return func(c *Client) error {
			req := cardRequest()
			edit(&req)
			_, err := c.CreateCard(t.Context(), req)
			return err
		}
	}
	session := func(edit func(*ThreeDSecureSessionRequest)) func(*Client) error {
		return func(c *Client) error {
			req := sessionRequest()
			edit(&req)
			_, err := c.CreateThreeDSecureSession(t.Context(), req)
			return err
		}
	}
	services := func(edit func(*AddServicesRequest)) func(*Client) error {
		return func(c *Client) error {
			req := servicesRequest(t)
			edit(&req)
			_, err := c.AddServices(t.Context(), testOrder, req)
			return err
		}
	}
	price := func(methods ...IntendedMethod) func(*Client) error {
		return func(c *Client) error { _, err := c.PriceOrder(t.Context(), testOrder, methods...); return err }
	}
	for name, tt := range map[string]struct {
		field string
		do    func(c *Client) error
	}{
		"update, bad order": {"OrderID", func(c *Client) error { _, err := c.UpdateOrder(t.Context(), "../x", update); return err }},
		"update, nothing": {"Metadata", func(c *Client) error {
			_, err := c.UpdateOrder(t.Context(), testOrder, UpdateOrderRequest{})
			return err
		}},
		"price, nothing":     {"IntendedMethod", price()},
		"price, no type":     {"Type", price(IntendedMethod{CardID: "tcd_1"})},
		"price, no card":     {"CardID", price(IntendedMethod{Type: MethodCard})},
		"price, odd card":    {"CardID", price(IntendedMethod{Type: MethodBalance, CardID: "tcd_1"})},
		"price, no credit":   {"AirlineCreditID", price(IntendedMethod{Type: MethodAirlineCredit})},
		"services, none":     {"Services", services(func(r *AddServicesRequest) { r.Services = nil })},
		"services, no id":    {"Services", services(func(r *AddServicesRequest) { r.Services[0].ID = "" })},
		"services, by card":  {"Type", services(func(r *AddServicesRequest) { r.Payment.Type = MethodCard })},
		"services, for free": {"Amount", services(func(r *AddServicesRequest) { r.Payment.Amount = payment.Money{} })},
		"cancel, no order":   {"OrderID", func(c *Client) error { _, err := c.CreateOrderCancellation(t.Context(), ""); return err }},
		"confirm, bad id":    {"CancellationID", func(c *Client) error { _, err := c.ConfirmOrderCancellation(t.Context(), "a/b"); return err }},
		"delete, no card":    {"CardID", func(c *Client) error { return c.DeleteCard(t.Context(), "") }},
		"card, no number":    {"Number", card(func(r *CreateCardRequest) { r.Number = payment.Secret{} })},
		"card, odd number":   {"Number", card(func(r *CreateCardRequest) { r.Number = payment.NewSecret("4242 4242") })},
		"card, no CVC":       {"CVC", card(func(r *CreateCardRequest) { r.CVC = payment.Secret{} })},
		"card, no year":      {"ExpiryYear", card(func(r *CreateCardRequest) { r.ExpiryYear = "" })},
		"card, no country":   {"AddressCountryCode", card(func(r *CreateCardRequest) { r.AddressCountryCode = "" })},
		"card, stored too":   {"CardID", card(func(r *CreateCardRequest) { r.CardID = testCard })},
		"card, bad stored":   {"CardID", card(func(r *CreateCardRequest) { *r = CreateCardRequest{CardID: "a b", CVC: r.CVC} })},
		"session, no card":   {"CardID", session(func(r *ThreeDSecureSessionRequest) { r.CardID = "" })},
		"session, nothing":   {"ResourceID", session(func(r *ThreeDSecureSessionRequest) { r.ResourceID = "" })},
		"session, services":  {"Services", session(func(r *ThreeDSecureSessionRequest) { r.Services = []ServiceQuantity{{ID: "a"}} })},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, nil)
			err := tt.do(s.client(t, WithCardsBaseURL(s.URL)))
			var e *payment.Error
			if !errors.As(err, &e) || e.Field != tt.field || e.Outcome != payment.NotSent || e.Provider != "duffel" || e.Op == "" {
				t.Errorf("error %v, want NotSent for %s", err, tt.field)
			}
			if strings.Contains(err.Error(), "4242") || len(s.requests()) > 0 {
				t.Errorf("error %v, sent %v", err, s.requests())
			}
		})
	}
}
