package paymenttest

import (
	"strings"
	"testing"
)

// Problems runs the cases whose names begin with prefix, and returns what they found by the name of
// the case.
func Problems(t *testing.T, newHarness func(testing.TB) Harness, prefix string) map[string][]string {
	t.Helper()
	fresh, warm := learn(t, newHarness, false), learn(t, newHarness, true)
	found := map[string][]string{}
	for _, c := range cases(newHarness(t), fresh, warm) {
		if strings.HasPrefix(c.name, prefix) {
			found[c.name] = c.run(t, newHarness)
		}
	}
	return found
}
