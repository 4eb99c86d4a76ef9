package main

import (
	"strings"
	"testing"
)

func noEnv(string) string { return "" }

func TestRun(t *testing.T) {
	var out strings.Builder
	if err := run(t.Context(), &out, nil, noEnv); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	got := out.String()
	rest := got
	for _, want := range []string{
		"1. Pay ord_good.", "succeeded", "The order is paid.",
		"2. Press pay again", "succeeded", "sent      0 payments",
		"3. Pay ord_dearer", "price changed", "outcome   refused",
		"4. Pay ord_cut", "outcome   unknown", "never pay again",
		"5. Ask what became of it.", "succeeded",
		"6. Press pay again", "succeeded", "sent      0 payments",
		"ord_good    taken once  90.80 GBP", "ord_dearer  not taken", "ord_cut     taken once  90.80 GBP",

		"ETM, simulated",
		"1. Pay order 1001", "succeeded", "2. Pay order 1002", "outcome   not sent", "sent      0 payments",
		"3. Pay order 1003", "outcome   unknown", "4. Press pay again", "outcome   unknown", "sent      0 payments",
		"5. An hour later", "succeeded", "sent      0 payments",
		"1001        taken once  221.92 EUR", "1002        not taken", "1003        taken once  221.92 EUR",

		"Travelport, simulated",
		"1. Ticket G8A909", "succeeded", "2. Press pay again", "succeeded", "sent      0 payments",
		"3. Ticket H7B810", "outcome   refused", "sent      0 payments",
		"4. Ticket J6C711", "succeeded", "sent      1 payments",
		"G8A909      taken once  2773.50 USD", "H7B810      not taken", "J6C711      taken once  2773.50 USD",

		"ActivePlatform, simulated",
		"1. Top up account 2000532", "pending", "2. The operator", "succeeded", "sent      0 payments",
		"3. Top up account 2000533", "outcome   unknown", "4. Press pay again", "succeeded", "sent      0 payments",
		"2000532     taken once  199.99 USD", "2000533     taken once  199.99 USD",

		"Musement, simulated",
		"1. Confirm", "succeeded", "2. Start the card payment", "action_required", "3. The customer", "outcome   unknown",
		"4. Press pay again", "succeeded", "sent      0 payments", "taken once  10.00 USD", "taken once  36.00 EUR",
	} {
		_, after, ok := strings.Cut(rest, want)
		if !ok {
			t.Fatalf("%q is missing or out of order in\n%s", want, got)
		}
		rest = after
	}
}

func TestArguments(t *testing.T) {
	rows := map[string][]string{
		"need -provider duffel":         {"-live"},
		"-lookup need -provider duffel": {"-lookup"},
		"DUFFEL_TOKEN":                  {"-live", "-provider", "duffel", "-order", "ord_1"},
		"into DUFFEL_TOKEN":             {"-lookup", "-provider", "duffel", "-order", "ord_1"},
		"add -live or -lookup":          {"-order", "ord_1"},
		"no provider \"nobody\"":        {"-provider", "nobody"},
	}
	for want, args := range rows {
		var out strings.Builder
		if err := run(t.Context(), &out, args, noEnv); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: got %v, want %q", args, err, want)
		}
	}
}
