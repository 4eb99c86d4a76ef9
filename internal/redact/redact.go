// Package redact removes secrets from the answers of providers.
//
// A provider may quote what it was sent, and may escape the quote for JSON, for a URL or for HTML. So a secret is searched for
// in the text as it stands and in the decoded text. Most answers hold no secret. They are not decoded: see candidates.
package redact

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/supplierpay/supplierpay-go/payment"
)

// Mask replaces a secret.
const Mask = "[secret]"

// minInBody is the length from which a secret is removed from whole bodies. A shorter secret may be part of any number.
const minInBody = 8

// maxDepth is how many levels of escapes are decoded. Two levels find a URL that is quoted in JSON.
const maxDepth = 2

// Text removes secrets of any length from a short text.
func Text(s string, secrets []payment.Secret) string {
	contains := func(part string) bool { return strings.Contains(s, part) }
	for _, secret := range candidates(contains, secrets, 1) {
		s = replace(s, find(s, secret, maxDepth))
	}
	return s
}

// Body removes secrets from a whole answer, except short secrets. It returns its argument when the answer holds none.
// JSON stays JSON of the same shape, because a caller must still be able to read the answer.
func Body(body []byte, secrets []payment.Secret) []byte {
	contains := func(part string) bool { return bytes.Contains(body, []byte(part)) }
	found := candidates(contains, secrets, minInBody)
	if len(found) == 0 {
		return body
	}
	text, isJSON := string(body), json.Valid(body)
	for _, secret := range found {
		if isJSON {
			text = inJSON(text, secret)
		} else {
			text = replace(text, find(text, secret, maxDepth))
		}
	}
	if text == string(body) {
		return body
	}
	return []byte(text)
}

// Truncated removes the beginning of a secret from the end of an answer that was cut off. A few bytes may remain.
func Truncated(body []byte, secrets []payment.Secret) []byte {
	const longestEscape = 10 // such as &#x10ffff; or \\u0041
	text := string(body)
	for _, secret := range secrets {
		s := secret.Reveal()
		if len(s) < minInBody {
			continue
		}
		start := max(0, len(text)-longestEscape*maxDepth*len(s))
		tail := text[start:]
		for cut := range min(longestEscape, len(tail)) {
			end := len(tail) - cut
			if cut > 0 && !strings.ContainsRune(`\%&`, rune(tail[end])) {
				continue // no escape was cut here
			}
			if from := begin(tail[:end], s, maxDepth); from < end {
				text = text[:start+from] + Mask
				break
			}
		}
	}
	if text == string(body) {
		return body
	}
	return []byte(text)
}

// candidates returns the secrets that a text may hold. It decodes nothing: no escape changes the plain part of a secret, so
// a text without the plain part does not hold the secret. The exception is JSON that escapes letters and digits.
func candidates(contains func(string) bool, secrets []payment.Secret, minLen int) []string {
	escaped := contains(`\u00`) &&
		slices.ContainsFunc([]string{`\u003`, `\u004`, `\u005`, `\u006`, `\u007`}, contains)
	var found []string
	for _, secret := range secrets {
		s := secret.Reveal()
		if s != "" && len(s) >= minLen && (escaped || contains(plainPart(s))) {
			found = append(found, s)
		}
	}
	return found
}

// plainPart returns the longest part of a secret that no usual escaping changes, but no more than a search needs.
func plainPart(secret string) string {
	const enough = 16
	longest, from := "", 0
	for i := range len(secret) + 1 {
		if i < len(secret) && i-from < enough && isPlain(secret[i]) {
			continue
		}
		if i-from > len(longest) {
			longest = secret[from:i]
		}
		if i-from == enough {
			break
		}
		from = i + 1
	}
	return longest
}

func isPlain(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.'
}

// span is a part of a text.
type span struct{ from, to int }

// find returns where a text holds a secret: as it stands, or under at most depth levels of escapes. Spans may overlap.
func find(text, secret string, depth int) []span {
	var found []span
	for i := 0; ; {
		n := strings.Index(text[i:], secret)
		if n < 0 {
			break
		}
		found = append(found, span{i + n, i + n + len(secret)})
		i += n + len(secret)
	}
	if depth == 0 {
		return found
	}
	for _, e := range encodings(secret) {
		if strings.IndexByte(text, e.escape) < 0 {
			continue
		}
		decoded, at := decode(text, e.unit)
		for _, s := range find(decoded, secret, depth-1) {
			found = append(found, span{at[s.from], at[s.to]})
		}
	}
	return found
}

// begin returns where the beginning of a secret stands at the end of a text, or the length of the text.
func begin(text, secret string, depth int) int {
	for n := min(len(text), len(secret)); n >= minInBody; n-- {
		if strings.HasSuffix(text, secret[:n]) {
			return len(text) - n
		}
	}
	if depth > 0 {
		for _, e := range encodings(secret) {
			if strings.IndexByte(text, e.escape) < 0 {
				continue
			}
			decoded, at := decode(text, e.unit)
			if from := begin(decoded, secret, depth-1); from < len(decoded) {
				return at[from]
			}
		}
	}
	return len(text)
}

// replace puts the mask in place of each span.
func replace(text string, spans []span) string {
	if len(spans) == 0 {
		return text
	}
	slices.SortFunc(spans, func(a, b span) int { return a.from - b.from })
	var out strings.Builder
	end := 0
	for _, s := range spans {
		if s.from >= end {
			out.WriteString(text[end:s.from])
			out.WriteString(Mask)
		}
		end = max(end, s.to)
	}
	out.WriteString(text[end:])
	return out.String()
}
