package wire

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// Text returns what a JSON token says: the content of a string, the digits of a number as they are written. For null it
// returns "". Anything else comes back as its JSON text, so that it is neither lost nor taken for missing.
func Text(token []byte) string {
	token = bytes.TrimSpace(token)
	if string(token) == "null" {
		return ""
	}
	if s, ok := String(token); ok {
		return s
	}
	return string(token)
}

// String returns the content of a JSON string; ok is false for a token of another kind.
func String(token []byte) (s string, ok bool) {
	token = bytes.TrimSpace(token)
	if len(token) < len(`""`) || token[0] != '"' {
		return "", false
	}
	if inner := token[1 : len(token)-1]; token[len(token)-1] == '"' && !bytes.ContainsFunc(inner, special) {
		return string(inner), true // json.Unmarshal costs several allocations, and an answer has many strings
	}
	err := json.Unmarshal(token, &s)
	return s, err == nil
}

// special reports whether a character of a JSON string may stand for something else, or not be allowed there.
func special(r rune) bool { return r < ' ' || r == '"' || r == '\\' || r >= utf8.RuneSelf }

// IsDigits reports whether s is made of digits alone, and of one at least.
func IsDigits(s string) bool { return s != "" && digits(s) == len(s) }

// digits returns how many digits rest begins with.
func digits(rest string) int {
	n := 0
	for n < len(rest) && rest[n] >= '0' && rest[n] <= '9' {
		n++
	}
	return n
}
