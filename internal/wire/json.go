package wire

import (
	"bytes"
	"encoding/json"
	"errors"
)

// ErrNotJSON is the error of [UnmarshalLenient] and [Unique] for text that is not one JSON value. It does not quote the text.
var ErrNotJSON = errors.New("not JSON")

// UnmarshalLenient is [json.Unmarshal], except that a member of another type than v has for it is left out instead of being
// an error. The caller must check for what it cannot do without. The error is [ErrNotJSON], or that of an UnmarshalJSON
// method; v may then be half read.
func UnmarshalLenient(raw []byte, v any) error {
	err := json.Unmarshal(raw, v)
	var mistyped *json.UnmarshalTypeError
	var malformed *json.SyntaxError
	switch {
	case errors.As(err, &mistyped):
		return nil // encoding/json has read all other members
	case errors.As(err, &malformed):
		return ErrNotJSON
	}
	return err
}

// IsObject reports whether raw, which must be valid JSON, is an object.
func IsObject(raw []byte) bool {
	raw = bytes.TrimLeft(raw, " \t\r\n")
	return len(raw) > 0 && raw[0] == '{'
}

// IsEmpty reports whether a member, which must be valid JSON, is absent, null, or a string, list or object with nothing but
// spaces in it.
func IsEmpty(raw []byte) bool {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || string(raw) == "null" {
		return true
	}
	if len(raw) == 1 || raw[0] != '"' && raw[0] != '[' && raw[0] != '{' {
		return false
	}
	return len(bytes.TrimSpace(raw[1:len(raw)-1])) == 0
}
