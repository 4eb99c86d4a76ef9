package main

import (
	"os"
	"strings"
	"testing"
)

// TestMain lets the test's binary play the service's processes, which show starts as copies of
// itself.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "-service" {
		main()
		return
	}
	os.Exit(m.Run())
}

func TestRun(t *testing.T) {
	var out strings.Builder
	if err := run(t.Context(), &out, nil); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	rest := out.String()
	for _, want := range []string{
		"1. The service pays", "money taken, 1 time",
		"2. The service starts again.", "is started, its lease has",
		"3. The customer presses pay again", "in progress", "outcome   unknown",
		"4. The lease runs out", "settled   1, left 0",
		"5. The customer presses pay once more", "30.20 GBP, succeeded", "The order is paid.",
		"ledger: ord_summer taken 1 time, [30.20 GBP], with 1 payment request.",
	} {
		_, after, ok := strings.Cut(rest, want)
		if !ok {
			t.Fatalf("%q is missing or out of order in\n%s", want, out.String())
		}
		rest = after
	}
}

func TestArguments(t *testing.T) {
	if err := run(t.Context(), &strings.Builder{}, []string{"-service", "nothing"}); err == nil {
		t.Error("an unknown step")
	}
}
