package duffel

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/supplierpay/supplierpay-go/payment"
)

// TestLocked: a 423 says that something holds the order, and that may be this very call. Whatever code comes with it, a
// payment that gets one may have been made.
func TestLocked(t *testing.T) {
	for _, code := range []string{"validation_required", CodePriceChanged, CodeAlreadyPaid, "insufficient_balance", "locked", "airline_internal"} {
		a := answer{423, nil, fmt.Sprintf(`{"errors":[{"type":"invalid_state_error","code":%q,"title":"Locked"}]}`, code)}
		s := serve(t, map[string]answer{
			"POST /air/payments": a, "POST /air/orders": a, "POST /air/orders/" + testOrder + "/services": a,
		})
		c := s.client(t)
		amount := mustMoney(t, "30.20", "GBP")
		part := NewPayment{Type: MethodBalance, Amount: amount}
		for name, call := range map[string]func() error{
			"Pay": func() error { _, err := c.Pay(t.Context(), balanceRequest(t)); return err },
			"CreatePayment": func() error {
				_, err := c.CreatePayment(t.Context(), CreatePaymentRequest{OrderID: testOrder, Payment: &part})
				return err
			},
			"CreateOrder": func() error {
				_, err := c.CreateOrder(t.Context(), CreateOrderRequest{Type: OrderInstant, OfferID: "off_1", Payments: []NewPayment{part}, Passengers: holdRequest().Passengers})
				return err
			},
			"AddServices": func() error {
				_, err := c.AddServices(t.Context(), testOrder, AddServicesRequest{Services: []ServiceQuantity{{ID: "ser_1", Quantity: 1}}, Payment: part})
				return err
			},
		} {
			err := call()
			var e *payment.Error
			if !errors.Is(err, payment.ErrAlreadyPaid) || payment.OutcomeOf(err) != payment.Unknown || !errors.As(err, &e) || e.Code != code {
				t.Errorf("%s, %s: %v, want unknown, already paid, and the code", name, code, err)
			}
		}
	}
}

// TestVaultIsSilenced: the vault's free text may quote a CVC, which is too short to be looked for in it, so none is kept,
// whatever the status that it came with. Codes and fields are.
func TestVaultIsSilenced(t *testing.T) {
	const words = "the words of the vault"
	body := fmt.Sprintf(`{"errors":[{"type":"validation_error","code":"validation_format","title":%[1]q,"message":%[1]q,"source":{"field":"cvc"}},
		{"type":"validation_error","code":"validation_length","title":%[1]q,"message":%[1]q}]}`, words)
	for _, status := range []int{200, 201, 202, 400, 422, 500} {
		s := serve(t, map[string]answer{"POST /payments/cards": {status, nil, body}})
		_, err := s.client(t, WithCardsBaseURL(s.URL)).CreateCard(t.Context(), cardRequest())
		var said *Error
		if !errors.As(err, &said) || len(said.Entries) != 2 || said.Entries[0].Code != "validation_format" || said.Entries[0].Source.Field != "cvc" {
			t.Fatalf("%d: %v", status, err)
		}
		for _, entry := range said.Entries {
			if entry.Title != "" || entry.Message != "" {
				t.Errorf("%d: kept %+v", status, entry)
			}
		}
		if strings.Contains(err.Error(), words) {
			t.Errorf("%d: %v", status, err)
		}
	}
}
