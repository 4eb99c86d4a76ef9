package payment_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/payment"
)

func TestPaymentJSON(t *testing.T) {
	p := payment.Payment{
		Provider: "duffel", ID: "pay_1", OrderID: "ord_1", Status: payment.ActionRequired, Amount: money(t, "30.20", "GBP"),
		At: time.Date(2026, 11, 21, 10, 30, 0, 0, time.UTC), Reason: "why", MatchedBy: payment.MatchedByAnswer, RequestID: "r1",
		Next: &payment.NextAction{Kind: payment.Redirect, URL: payment.NewSecret(canary)},
		Raw:  map[string]string{"token": canary},
	}
	b, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"provider":"duffel","id":"pay_1","order_id":"ord_1","status":"action_required",` +
		`"amount":{"amount":"30.20","currency":"GBP"},"at":"2026-11-21T10:30:00Z","reason":"why","matched_by":"answer","request_id":"r1"}`
	if diff := cmp.Diff(want, string(b)); diff != "" {
		t.Errorf("JSON (-want +got):\n%s", diff)
	}
	var back payment.Payment
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	p.Next, p.Raw = nil, nil // what a journal does not keep
	if diff := cmp.Diff(p, back); diff != "" {
		t.Errorf("read back (-want +got):\n%s", diff)
	}

	if b, err = json.Marshal(payment.Payment{Provider: "etm", OrderID: "7", Status: payment.Pending}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(`{"provider":"etm","order_id":"7","status":"pending"}`, string(b)); diff != "" {
		t.Errorf("JSON of little (-want +got):\n%s", diff)
	}
}

func TestStatus(t *testing.T) {
	tests := []struct {
		status      payment.Status
		word        string
		final, paid bool
	}{
		{payment.Succeeded, "succeeded", true, true},
		{payment.Pending, "pending", false, false},
		{payment.ActionRequired, "action_required", false, false},
		{payment.Partial, "partial", true, false},
		{payment.Failed, "failed", true, false},
		{payment.Cancelled, "cancelled", true, false},
		{payment.Reversed, "reversed", true, false},
		{"", "", false, false},
		{"SUCCEEDED", "SUCCEEDED", false, false},
	}
	for _, tt := range tests {
		if tt.status.Final() != tt.final || (payment.Payment{Status: tt.status}).Paid() != tt.paid || string(tt.status) != tt.word {
			t.Errorf("%q: final %v, paid %v", tt.status, tt.status.Final(), payment.Payment{Status: tt.status}.Paid())
		}
	}
}
