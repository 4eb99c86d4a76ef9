package once

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestTableIsDrawn holds the state diagrams of docs/concepts.md to the table of states: they have every change of a state that
// the table allows, and no other.
func TestTableIsDrawn(t *testing.T) {
	text, err := os.ReadFile("../../docs/concepts.md")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(changesInTable(t), changesDrawn(t, string(text))); diff != "" {
		t.Errorf("docs/concepts.md differs from the table of states (-table +diagrams):\n%s", diff)
	}
}

// changesInTable returns the changes of a state that the table allows, as "from to". Begin is no line of the table: it makes
// the row, which is started then.
func changesInTable(t *testing.T) map[string]bool {
	t.Helper()
	states := map[standing][]State{
		started: {Started}, unknown: {Unknown}, open: {Open}, reopened: {Unknown, Open}, shown: {Paid, Partial, Reversed},
		asserted: {Paid}, failed: {Failed}, released: {Released}, decided: {Released}, conflict: {Conflict}, claimed: {Conflict},
	}
	findings := []finding{foundPaid, foundPartial, foundReversed, foundPending, foundPendingOrder, foundOther, foundSecond, foundUnclear,
		foundRefused, foundAbsent}
	sources := []source{byCall, byEarlierCall, byLookup, byEarlyLookup, byPerson, byEarlyPerson, byRevocation, byClock, byContinue}
	for i, r := range rules() {
		for _, s := range r.standings {
			if states[s] == nil {
				t.Errorf("line %d of the table has the standing %q, which this test does not try", i, s)
			}
		}
		for _, f := range r.findings {
			if !slices.Contains(findings, f) {
				t.Errorf("line %d of the table has the finding %q, which this test does not try", i, f)
			}
		}
		for _, by := range r.sources {
			if !slices.Contains(sources, by) {
				t.Errorf("line %d of the table has the source %q, which this test does not try", i, by)
			}
		}
	}
	changes := map[string]bool{"[*] started": true}
	for s, froms := range states {
		for _, from := range froms {
			for _, f := range findings {
				for _, by := range sources {
					if to := stateAfter(from, s, f, by); to != from {
						changes[string(from)+" "+string(to)] = true
					}
				}
			}
		}
	}
	return changes
}

// stateAfter is the state of a row after news, by the table alone.
func stateAfter(from State, s standing, f finding, by source) State {
	switch to := decide(s, f, by); to {
	case keep, tooEarly, refuse:
		return from
	case later:
		if to := stateOf(f); to.progress() > from.progress() {
			return to
		}
		return from
	default:
		return to
	}
}

// changesDrawn returns the arrows of the state diagrams of a document, as "from to".
func changesDrawn(t *testing.T, text string) map[string]bool {
	t.Helper()
	arrow := regexp.MustCompile(`^\s+(\S+) --> (\S+?)(?:\s*:.*)?$`)
	diagrams := regexp.MustCompile("(?s)```mermaid\nstateDiagram-v2\n(.*?)```").FindAllStringSubmatch(text, -1)
	if len(diagrams) == 0 || len(diagrams) != strings.Count(text, "```mermaid") {
		t.Errorf("%d of the diagrams are state diagrams", len(diagrams))
	}
	changes := map[string]bool{}
	for _, d := range diagrams {
		for line := range strings.Lines(d[1]) {
			m := arrow.FindStringSubmatch(strings.TrimSuffix(line, "\n"))
			switch {
			case m == nil:
				t.Errorf("not an arrow: %s", line)
			case changes[m[1]+" "+m[2]]:
				t.Errorf("drawn twice: %s", line)
			default:
				changes[m[1]+" "+m[2]] = true
			}
		}
	}
	return changes
}
