//go:build live

package live

import (
	"os"
	"strings"
	"testing"
)

// Need returns the provider's variables, or skips the test and names those that it lacks. See
// [Env.Missing] for the wants.
func Need(t *testing.T, provider string, wants ...string) Env {
	t.Helper()
	env := Env{Provider: provider, Getenv: os.Getenv}
	if missing := env.Missing(wants...); len(missing) > 0 {
		t.Skipf("not run, because these are not set: %s", strings.Join(missing, ", "))
	}
	return env
}
