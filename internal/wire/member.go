package wire

import (
	"bytes"
	"encoding/json"
)

// Member returns the value of a member as it stands in the object, which must be valid JSON. The value is a part of object and
// not a copy; it is nil when there is no such member, or object is not an object. Names that differ in case alone are one
// name, as for encoding/json, and the last member of the name counts; repeated tells that there are several.
//
// Member exists for speed, beside a json.Unmarshal of the same text into a struct: a json.RawMessage in that struct would
// have encoding/json go through its text twice more and copy it.
func Member(object []byte, name string) (value json.RawMessage, repeated bool) {
	if !IsObject(object) {
		return nil, false
	}
	rest := object[bytes.IndexByte(object, '{')+1:]
	for {
		rest = skipSpace(rest)
		if len(rest) == 0 || rest[0] != '"' {
			return value, repeated
		}
		n := stringEnd(rest)
		quoted := rest[:n]
		rest = skipSpace(rest[n:])
		if len(rest) == 0 {
			return value, repeated
		}
		rest = skipSpace(rest[1:]) // behind the colon
		n = valueEnd(rest)
		if isName(quoted, name) {
			value, repeated = json.RawMessage(rest[:n:n]), value != nil
		}
		rest = skipSpace(rest[n:])
		if len(rest) == 0 || rest[0] != ',' {
			return value, repeated
		}
		rest = rest[1:]
	}
}

// isName reports whether encoding/json takes the member with this name, in its quotes, for the one that is wanted.
func isName(quoted []byte, want string) bool {
	if len(quoted) == len(want)+len(`""`) && string(quoted[1:len(quoted)-1]) == want {
		return true
	}
	name, _ := String(quoted)
	return bytes.EqualFold([]byte(name), []byte(want))
}

// skipSpace drops the spaces that text begins with.
func skipSpace(text []byte) []byte { return bytes.TrimLeft(text, " \t\r\n") }

// stringEnd returns the length of the string that text begins with.
func stringEnd(text []byte) int {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '"':
			return i + 1
		case '\\':
			i++
		}
	}
	return len(text)
}

// valueEnd returns the length of the value that text begins with.
func valueEnd(text []byte) int {
	depth := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			i += stringEnd(text[i:]) - 1
		case '{', '[':
			depth++
			continue
		case '}', ']':
			if depth == 0 {
				return i // behind a number or a word
			}
			depth--
		case ',', ' ', '\t', '\r', '\n':
			if depth == 0 {
				return i
			}
			continue
		default:
			continue
		}
		if depth == 0 {
			return min(i+1, len(text))
		}
	}
	return len(text)
}
