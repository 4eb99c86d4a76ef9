package blot

import (
	"encoding/json"
	"strings"
)

// structure are the bytes of JSON between its scalars: strings with their quotes, numbers, and the words of JSON.
const structure = "{}[]:, \t\r\n"

// replaceInTokens is replace for valid JSON, which it leaves valid: the mask stands within a string, or is a string in place
// of each scalar that the secret reaches into. A secret of which there is nothing but structure stays.
func replaceInTokens(text []byte, secret string) []byte {
	var clean []byte
	copied := 0
	from, to := next(text, secret, 0)
	for i := 0; i < len(text) && to > 0; {
		end := endOfScalar(text, i)
		if end == i {
			i++
			continue
		}
		found, within := false, text[i] == '"'
		for to > 0 && from < end {
			if to > i {
				found, within = true, within && i < from && to < end
			}
			if to > end {
				break // it reaches into the next scalar too
			}
			from, to = next(text, secret, to)
		}
		if found {
			clean = append(append(clean, text[copied:i]...), masked(text[i:end], secret, within)...)
			copied = end
		}
		i = end
	}
	if copied == 0 {
		return text
	}
	return append(clean, text[copied:]...)
}

// endOfScalar returns where the scalar ends that begins at i, or i when none begins there.
func endOfScalar(text []byte, i int) int {
	if text[i] != '"' {
		for i < len(text) && strings.IndexByte(structure, text[i]) < 0 {
			i++
		}
		return i
	}
	for i++; i < len(text) && text[i] != '"'; i++ {
		if text[i] == '\\' {
			i++
		}
	}
	return min(i+1, len(text))
}

// masked is a scalar without the secret. What is left of a string may be none any more, as when half an escape went away.
func masked(scalar []byte, secret string, within bool) string {
	if within {
		s := `"` + string(replace(scalar[1:len(scalar)-1], secret)) + `"`
		if json.Valid([]byte(s)) {
			return s
		}
	}
	return `"` + Mask + `"`
}
