package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

// line is a JSON value of the output: a span, or the metrics.
type line struct {
	Name         string
	Status       struct{ Code string }
	ScopeMetrics []struct {
		Metrics []struct {
			Name string
			Data struct {
				DataPoints []struct {
					Count int
					Value int
				}
			}
		}
	}
}

func TestRun(t *testing.T) {
	var out strings.Builder
	if err := run(t.Context(), &out); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	var spans []string
	counts := map[string]int{}
	for d := json.NewDecoder(strings.NewReader(out.String())); ; {
		var l line
		if err := d.Decode(&l); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if l.Name != "" {
			spans = append(spans, l.Name+" "+l.Status.Code)
		}
		for _, scope := range l.ScopeMetrics {
			for _, m := range scope.Metrics {
				for _, p := range m.Data.DataPoints {
					counts[m.Name] += cmp.Or(p.Count, p.Value)
				}
			}
		}
	}
	want := []string{
		"duffel CreatePayment Unset", "duffel pay Unset",
		"duffel CreatePayment Error", "duffel pay Error",
		"duffel GetOrder Unset", "duffel ListPayments Unset", "duffel lookup Unset",
	}
	if !slices.Equal(spans, want) {
		t.Errorf("spans %q, want %q", spans, want)
	}
	for name, want := range map[string]int{"supplierpay.call.duration": 4, "supplierpay.call.requests": 4, "supplierpay.payment.duration": 3} {
		if counts[name] != want {
			t.Errorf("%s counts %d, want %d", name, counts[name], want)
		}
	}
	for _, id := range []string{"ord_", "booking-", "90.8"} {
		if strings.Contains(out.String(), id) {
			t.Errorf("%q is in the output", id)
		}
	}
}
