//go:build !race

package once

import "math"

const modelRuns = math.MaxInt // walk everything
