package main

import (
	"strings"
	"testing"
)

func TestRun(t *testing.T) {
	var out strings.Builder
	if err := run(t.Context(), &out); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	rest := out.String()
	for _, want := range []string{
		"outcome: unknown", "found by its offer: ord_", "90.80 GBP, by card 92.00 GBP", "pending: ",
		"webhook air.payment.succeeded", "the payment is succeeded", "webhook handled before", "webhook payment.created",
		"deliveries, all answered with 204", "refund 0.00 GBP, to awaiting_payment", "cancelled: true", "[92.00 GBP]",
	} {
		_, after, ok := strings.Cut(rest, want)
		if !ok {
			t.Fatalf("%q is missing or out of order in\n%s", want, out.String())
		}
		rest = after
	}
}
