package once

import (
	"flag"
	"testing"
	"testing/synctest"
)

var (
	worldCount = flag.Int("worlds", defaultWorlds, "how many random worlds TestWorlds runs")
	worldFirst = flag.Uint64("world", 1, "the seed of the first of them")
)

// TestWorlds runs random worlds. A world that breaks a rule prints its seed and its story: run it alone with
// -world SEED -worlds 1. Many worlds need a -timeout: 300,000 take some minutes.
func TestWorlds(t *testing.T) {
	const batch = 500
	for from := 0; from < *worldCount; from += batch {
		count := min(batch, *worldCount-from)
		synctest.Test(t, func(t *testing.T) {
			for i := range count {
				runWorld(t, *worldFirst+uint64(from+i))
			}
		})
		if t.Failed() {
			return
		}
	}
	t.Logf("worlds %d to %d", *worldFirst, *worldFirst+uint64(*worldCount)-1)
}

// runWorld runs one world, and once more with its story if it has broken a rule.
func runWorld(t *testing.T, seed uint64) {
	w := newRandomWorld(t, seed, false)
	if w.live() == "" {
		return
	}
	again := newRandomWorld(t, seed, true)
	again.live()
	t.Fatal(again.story())
}
