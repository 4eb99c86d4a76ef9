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
	if len(token) == 0 || string(token) == "null" {
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
	if len(token) == 0 || token[0] != '"' {
		return "", false
	}
	if plain(token) {
		return string(token[1 : len(token)-1]), true
	}
	return unquoted(token)
}

// unquoted is apart from String because what is decoded into is allocated, and plain strings need no such thing.
func unquoted(token []byte) (string, bool) {
	var s string
	err := json.Unmarshal(token, &s)
	return s, err == nil
}

// plain reports whether a token is a string that stands for itself: without escapes, and with nothing in it that
// encoding/json would refuse or replace.
func plain(token []byte) bool {
	if len(token) < 2 || token[len(token)-1] != '"' {
		return false
	}
	ascii := true
	for _, c := range token[1 : len(token)-1] {
		if c < ' ' || c == '"' || c == '\\' {
			return false
		}
		ascii = ascii && c < utf8.RuneSelf
	}
	return ascii || utf8.Valid(token)
}
