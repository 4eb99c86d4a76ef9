//go:build race

package once

// modelRuns bounds the walk of each scenario under the race detector: the model runs one coroutine at a time, so that the
// detector has nothing to find in it and only makes it slow.
const modelRuns = 300

// defaultWorlds is how many random worlds run without the flag -worlds.
const defaultWorlds = 200
