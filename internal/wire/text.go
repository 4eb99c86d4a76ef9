package wire

import (
	"bytes"
	"encoding/json"
)

// Text returns what a JSON token says: the content of a string, the digits of a number as they are written. For null it
// returns "". Anything else comes back as its JSON text, so that it is neither lost nor taken for missing.
func Text(token []byte) string {
	token = bytes.TrimSpace(token)
	if len(token) == 0 || bytes.Equal(token, []byte("null")) {
		return ""
	}
	if token[0] == '"' {
		var s string
		if err := json.Unmarshal(token, &s); err == nil {
			return s
		}
	}
	return string(token)
}
