//go:build !race

package once

import "math"

const modelRuns = math.MaxInt // walk everything

// defaultWorlds is how many random worlds run without the flag -worlds.
const defaultWorlds = 3000
