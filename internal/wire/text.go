package wire

import (
	"bytes"
	"encoding/json"
)

// Text returns what a JSON token says: the content of a string, the digits of a number as they are written. For null it
// returns "". Anything else comes back as its JSON text, so that it is neither lost nor taken for missing.
func Text(token []byte) string {
	token = bytes.TrimSpace(token)
	if len(token) == 0 || string(token) == "null" {
		return ""
	}
	if s, ok := content(token); ok {
		return s
	}
	return string(token)
}

// String returns the content of a JSON string; ok is false for a token of another kind.
func String(token []byte) (s string, ok bool) {
	return content(bytes.TrimSpace(token))
}

// content is String for a token without spaces around it.
func content(token []byte) (s string, ok bool) {
	if len(token) == 0 || token[0] != '"' {
		return "", false
	}
	if n, plain := stringAt(token); plain && n == len(token) {
		return string(token[1 : n-1]), true
	}
	return unquoted(token)
}

// unquoted is apart from String because what is decoded into is allocated, and plain strings need no such thing.
func unquoted(token []byte) (string, bool) {
	var s string
	err := json.Unmarshal(token, &s)
	return s, err == nil
}
