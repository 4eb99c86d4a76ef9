package installation_test

import (
	"strings"
	"testing"

	"github.com/supplierpay/supplierpay-go/internal/installation"
)

func TestWord(t *testing.T) {
	tests := map[string]struct{ base, account, want string }{
		"host alone":           {"https://api.example.com", "", "api.example.com"},
		"account":              {"https://api.example.com", "live", "api.example.com/live"},
		"slash at the end":     {"https://api.example.com/", "live", "api.example.com/live"},
		"capitals":             {"https://API.Example.com", "live", "api.example.com/live"},
		"the scheme's port":    {"https://api.example.com:443", "live", "api.example.com/live"},
		"http's port":          {"http://api.example.com:80", "live", "api.example.com/live"},
		"the other's port":     {"https://api.example.com:80", "live", "api.example.com:80/live"},
		"port":                 {"http://127.0.0.1:8080", "live", "127.0.0.1:8080/live"},
		"path":                 {"https://gateway.example.com/eu/duffel/", "live", "gateway.example.com/eu/duffel/live"},
		"path keeps its case":  {"https://gateway.example.com/EU", "", "gateway.example.com/EU"},
		"IPv6":                 {"http://[::1]:8080", "live", "[::1]:8080/live"},
		"IPv6 without a port":  {"http://[::1]", "", "[::1]"},
		"user and query":       {"https://user:secret@api.example.com/?token=secret#secret", "", "api.example.com"},
		"no URL":               {"https://api example.com\n", "live", ""},
		"no host":              {"/path", "live", ""},
		"nothing, but account": {"", "live", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := installation.Word(tt.base, tt.account); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

func TestHash(t *testing.T) {
	if got := installation.Hash("", ""); got != "" {
		t.Errorf("no parts give %q", got)
	}
	seen := map[string]string{}
	for name, parts := range map[string][]string{
		"one": {"ab"}, "two": {"a", "b"}, "other split": {"", "ab"}, "another": {"ab", ""}, "other case": {"AB"}, "length inside": {"1:a1:b"},
	} {
		got := installation.Hash(parts...)
		if len(got) != 12 || strings.Trim(got, "0123456789abcdef") != "" {
			t.Errorf("%s: %q is not 12 hexadecimal digits", name, got)
		}
		if got != installation.Hash(parts...) {
			t.Errorf("%s: another word on the second call", name)
		}
		if other, ok := seen[got]; ok {
			t.Errorf("%s and %s have the same hash", name, other)
		}
		seen[got] = name
	}
}
