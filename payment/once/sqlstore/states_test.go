package sqlstore

import (
	"strings"
	"testing"
	"time"
)

// TestStates holds the lists in the statements, and the index of the schema, to what package once says.
func TestStates(t *testing.T) {
	for _, s := range knownStates() {
		quoted := "'" + string(s) + "'"
		if strings.Contains(settledStates, quoted) == s.Live() {
			t.Errorf("%s: settledStates says otherwise than Live", s)
		}
		if strings.Contains(restingStates, quoted) == s.Unresolved() {
			t.Errorf("%s: restingStates says otherwise than Unresolved", s)
		}
	}
}

func TestMicros(t *testing.T) {
	for d, want := range map[time.Duration]int64{0: 0, 1500: 1, 2000: 2, -1500: -2, -2000: -2} {
		if got := micros(d); got != want {
			t.Errorf("micros(%d ns) = %d, want %d", d, got, want)
		}
	}
}
