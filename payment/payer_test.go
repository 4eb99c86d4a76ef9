package payment_test

import (
	"errors"
	"testing"

	"github.com/supplierpay/supplierpay-go/payment"
)

type (
	valueDetails   struct{ Cart string }
	otherDetails   struct{}
	pointerDetails struct{ Cart string }
)

func (valueDetails) PaymentDetails() string    { return "mine" }
func (otherDetails) PaymentDetails() string    { return "other" }
func (*pointerDetails) PaymentDetails() string { return "mine" }

func TestDetailsOf(t *testing.T) {
	got, err := payment.DetailsOf[valueDetails](payment.Request{Details: valueDetails{Cart: "c1"}})
	if err != nil || got.Cart != "c1" {
		t.Errorf("got %v, %v", got, err)
	}
	tests := []struct {
		name    string
		details payment.Details
		message string
	}{
		{"missing", nil, "missing, want a payment_test.valueDetails"},
		{"pointer", &valueDetails{Cart: "c1"}, "want a payment_test.valueDetails by value, got a *payment_test.valueDetails"},
		{"nil pointer", (*valueDetails)(nil), "want a payment_test.valueDetails by value, got a *payment_test.valueDetails"},
		{"other provider", otherDetails{}, "want a payment_test.valueDetails by value, got a payment_test.otherDetails"},
		{"other nil pointer", (*otherDetails)(nil), "want a payment_test.valueDetails by value, got a *payment_test.otherDetails"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := payment.DetailsOf[valueDetails](payment.Request{Details: tt.details})
			checkInvalid(t, err, payment.NotSent, "Details")
			checkMessage(t, err, tt.message)
			if got != (valueDetails{}) {
				t.Errorf("got %v beside the error", got)
			}
		})
	}

	// Details by pointer are possible for payers of others; a nil one is caught.
	if p, err := payment.DetailsOf[*pointerDetails](payment.Request{Details: &pointerDetails{Cart: "c1"}}); err != nil || p.Cart != "c1" {
		t.Errorf("got %v, %v", p, err)
	}
	p, err := payment.DetailsOf[*pointerDetails](payment.Request{Details: (*pointerDetails)(nil)})
	checkInvalid(t, err, payment.NotSent, "Details")
	checkMessage(t, err, "want a *payment_test.pointerDetails, got a nil one")
	if p != nil {
		t.Errorf("got %v beside the error", p)
	}
}

func checkMessage(t *testing.T, err error, want string) {
	t.Helper()
	var e *payment.Error
	if !errors.As(err, &e) || e.Message != want {
		t.Errorf("message %q, want %q", err, want)
	}
}
