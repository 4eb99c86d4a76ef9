package redact

import (
	"html"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// encoding is a way to escape a text.
type encoding struct {
	escape byte
	// unit decodes the first character of a text: what it stands for, and its length.
	unit func(text string) (string, int)
}

// encodings returns the ways in which a secret may have been escaped. In a query a space becomes a plus sign.
func encodings(secret string) []encoding {
	all := []encoding{{'\\', backslash}, {'%', percent}, {'&', entity}}
	if strings.Contains(secret, " ") {
		all = append(all, encoding{'+', query})
	}
	return all
}

// decode returns the decoded text, and for each of its bytes and for its end the place in the text that it came from.
func decode(text string, unit func(string) (string, int)) (decoded string, at []int) {
	var out strings.Builder
	out.Grow(len(text))
	at = make([]int, 0, len(text)+1)
	for i := 0; i < len(text); {
		s, n := unit(text[i:])
		for range len(s) {
			at = append(at, i)
		}
		out.WriteString(s)
		i += n
	}
	return out.String(), append(at, len(text))
}

// backslash decodes an escape of JSON or of Go.
func backslash(text string) (string, int) {
	if text[0] != '\\' || len(text) == 1 {
		return text[:1], 1
	}
	switch c := text[1]; c {
	case 'b':
		return "\b", 2
	case 'f':
		return "\f", 2
	case 'n':
		return "\n", 2
	case 'r':
		return "\r", 2
	case 't':
		return "\t", 2
	case 'u':
		const length = 6
		r, ok := codeUnit(text)
		if !ok {
			return text[:2], 2
		}
		if second, ok := codeUnit(text[length:]); ok && utf16.IsSurrogate(r) {
			if r := utf16.DecodeRune(r, second); r != utf8.RuneError {
				return string(r), 2 * length
			}
		}
		return string(r), length
	default:
		return text[1:2], 2
	}
}

// codeUnit reads an escape such as \u0041.
func codeUnit(text string) (rune, bool) {
	const length = 6
	if len(text) < length || text[:2] != `\u` {
		return 0, false
	}
	code, err := strconv.ParseUint(text[2:length], 16, 16)
	return rune(code), err == nil
}

// percent decodes an escape of a URL.
func percent(text string) (string, int) {
	const length = 3
	if text[0] == '%' && len(text) >= length {
		if code, err := strconv.ParseUint(text[1:length], 16, 8); err == nil {
			return string([]byte{byte(code)}), length
		}
	}
	return text[:1], 1
}

// query decodes an escape of a URL's query.
func query(text string) (string, int) {
	if text[0] == '+' {
		return " ", 1
	}
	return percent(text)
}

// entity decodes an escape of HTML.
func entity(text string) (string, int) {
	const longest = len("&#x10ffff;")
	if text[0] == '&' {
		if end := strings.IndexByte(text[:min(longest, len(text))], ';'); end > 0 {
			if s := html.UnescapeString(text[:end+1]); utf8.RuneCountInString(s) == 1 {
				return s, end + 1
			}
		}
	}
	return text[:1], 1
}
