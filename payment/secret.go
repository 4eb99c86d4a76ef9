package payment

import (
	"crypto/subtle"
	"fmt"
	"log/slog"
)

// masked is what every formatter and marshaller prints in place of a secret.
const masked = "[secret]"

// Secret holds a string that must not be printed: a token, a card number, a cookie, a 3-D Secure session id.
// Every fmt verb, slog, JSON, text and gob encoding prints a mask; [Secret.Reveal] is the only way to the value.
// The zero Secret is empty.
//
// The value sits in a closure because a masked string type is not enough: printing a struct with %+v reads
// unexported string fields without calling their methods.
type Secret struct {
	reveal func() string
}

// NewSecret wraps value.
func NewSecret(value string) Secret {
	if value == "" {
		return Secret{}
	}
	return Secret{reveal: func() string { return value }}
}

// Reveal returns the value. Call it where the value goes onto the wire and nowhere else.
func (s Secret) Reveal() string {
	if s.reveal == nil {
		return ""
	}
	return s.reveal()
}

// IsZero reports whether the secret is empty; encoding/json's omitzero uses it.
func (s Secret) IsZero() bool { return s.reveal == nil }

// Equal compares two secrets in constant time (their lengths are not hidden).
func (s Secret) Equal(o Secret) bool {
	return subtle.ConstantTimeCompare([]byte(s.Reveal()), []byte(o.Reveal())) == 1
}

// String returns the mask, or "" for an empty secret.
func (s Secret) String() string {
	if s.IsZero() {
		return ""
	}
	return masked
}

// Format prints the mask for every verb and flag.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(s.String())) }

// GoString returns the mask.
func (s Secret) GoString() string { return s.String() }

// LogValue returns the mask.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText returns the mask; encoding/json uses it too.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// GobEncode returns the mask: a secret does not survive gob.
func (s Secret) GobEncode() ([]byte, error) { return []byte(s.String()), nil }

// GobDecode leaves the secret empty.
func (s *Secret) GobDecode([]byte) error {
	*s = Secret{}
	return nil
}
