package blot_test

import (
	"testing"

	"github.com/supplierpay/supplierpay-go/internal/blot"
	"github.com/supplierpay/supplierpay-go/payment"
)

// TestTextEscaped: an escape of a letter hides the part of a secret that is looked for first.
func TestTextEscaped(t *testing.T) {
	t.Parallel()
	secrets := []payment.Secret{payment.NewSecret("not-there-at-all"), payment.NewSecret("token")}
	for text, want := range map[string]string{
		`id t\u006fken`: "id " + blot.Mask,
		"id token":      "id " + blot.Mask,
		`id \u006f`:     `id \u006f`,
	} {
		if got := blot.Text(text, secrets); got != want {
			t.Errorf("Text(%s) = %s, want %s", text, got, want)
		}
	}
}
