// Package blot takes secrets out of what a provider says.
//
// A secret is found as it is, and also where it is written with the escapes of JSON, of URLs or of HTML: providers quote
// requests, and what they quote has been encoded before.
package blot

import (
	"bytes"
	"encoding/json"
	"html"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/supplierpay/supplierpay-go/payment"
)

// Mask stands where a secret was.
const Mask = "[secret]"

// shortest is the length from which on secrets are taken out of whole bodies: a shorter one may be part of any number.
const shortest = 8

// Text takes secrets of any length out of a short text.
func Text(s string, secrets []payment.Secret) string {
	if s == "" || !slices.ContainsFunc(secrets, func(v payment.Secret) bool { return suspect(s, v.Reveal()) }) {
		return s
	}
	text := []byte(s)
	clean := blot(text, secrets, 1, replace)
	if &clean[0] == &text[0] {
		return s
	}
	return string(clean)
}

// suspect reports whether a text may hold a secret. It spares most texts a copy.
func suspect(s, secret string) bool {
	return fits(secret, len(s)) && (strings.Contains(s, anchor(secret)) || strings.Contains(s, escape))
}

// Body takes secrets out of a whole answer, but for short ones. It returns its argument when there is nothing to take out.
// What is JSON stays JSON, token by token: an answer that cannot be read for its mask would be lost.
func Body(body []byte, secrets []payment.Secret) []byte {
	if len(body) == 0 || len(secrets) == 0 {
		return body
	}
	clean := blot(body, secrets, shortest, replace)
	if &clean[0] == &body[0] || !json.Valid(body) {
		return clean
	}
	return blot(body, secrets, shortest, replaceInTokens)
}

func blot(text []byte, secrets []payment.Secret, atLeast int, replace func(text []byte, secret string) []byte) []byte {
	escapes := escapesPlain(text)
	for _, secret := range secrets {
		v := secret.Reveal()
		if len(v) < atLeast || !fits(v, len(text)) {
			continue
		}
		if escapes || bytes.Contains(text, []byte(anchor(v))) {
			text = replace(text, v)
		}
	}
	return text
}

// fits reports whether n bytes can hold the secret: every escape has a byte at least for each character.
func fits(secret string, n int) bool { return len(secret) <= n || utf8.RuneCountInString(secret) <= n }

// anchor is a long part of a secret that no usual escaping changes. Most texts that have no secret lack it, and if it begins
// with something rare, that is quickly seen.
func anchor(secret string) string {
	const enough = 16
	longest, from := "", 0
	for i := range len(secret) + 1 {
		if i-from == enough {
			return rare(secret[from:i])
		}
		if i < len(secret) && plain[secret[i]] {
			continue
		}
		if run := secret[from:i]; len(run) > len(longest) {
			longest = run
		}
		from = i + 1
	}
	return rare(longest)
}

// rare cuts from the front of a part what stands before a capital, which answers have few of, as long as enough is left.
func rare(part string) string {
	const enough = 8
	for i := 0; i+enough <= len(part); i++ {
		if part[i] >= 'A' && part[i] <= 'Z' {
			return part[i:]
		}
	}
	return part
}

// escape is what the escape of a letter or a digit begins with.
const escape = `\u00`

// escapesPlain reports whether the text escapes what nobody needs to: a letter or a digit.
func escapesPlain(text []byte) bool {
	for {
		i := bytes.Index(text, []byte(escape))
		if i < 0 || len(text) < i+len(escape)+2 {
			return false
		}
		text = text[i+len(escape):]
		if code, err := strconv.ParseUint(string(text[:2]), 16, 8); err == nil && plain[code] {
			return true
		}
	}
}

// plain has the characters that no usual escaping changes.
var plain = func() (set [256]bool) {
	for _, c := range []byte("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") {
		set[c] = true
	}
	return set
}()

// replace puts the mask in place of the secret, however it is written.
func replace(text []byte, secret string) []byte {
	var clean []byte
	copied := 0
	for {
		from, to := next(text, secret, copied)
		if to == 0 {
			break
		}
		clean = append(append(clean, text[copied:from]...), Mask...)
		copied = to
	}
	if copied == 0 {
		return text
	}
	return append(clean, text[copied:]...)
}

// next finds the secret in text, from i on: where it begins and ends, zeros when it is not there.
func next(text []byte, secret string, i int) (from, to int) {
	first, _ := utf8.DecodeRuneInString(secret)
	for i < len(text) {
		c := text[i]
		if c != secret[0] && c != '\\' && c != '%' && c != '&' && (c != '+' || first != ' ') {
			i++
			continue
		}
		if n := new(search).match(text[i:], secret); n > 0 {
			return i, i + n
		}
		i += max(1, backslashes(text[i:])) // from within a run nothing is found that is not found from its beginning
	}
	return 0, 0
}

// longestEscape is how long one character may be: \u0041.
const longestEscape = 6

// Tail takes the beginnings of secrets off the end of an answer that was cut.
func Tail(body []byte, secrets []payment.Secret) []byte {
	for _, secret := range secrets {
		v := secret.Reveal()
		if len(v) < shortest {
			continue
		}
		for i := max(0, len(body)-longestEscape*len(v)); i+shortest <= len(body); i++ {
			if new(search).begins(body[i:], v, 0) {
				body = append(bytes.Clone(body[:i]), Mask...)
				break
			}
		}
	}
	return body
}

// search looks for one secret in one place of a text. It remembers where all ways to read an escape led to nothing, or a
// text of many such escapes would be read over and over.
type search struct{ vain map[[2]int]bool }

// begins reports whether text is the beginning of what is left of a secret after so many characters. The last escape may
// be cut.
func (s *search) begins(text []byte, left string, after int) bool {
	if len(text) == 0 || left == "" {
		return len(text) == 0
	}
	found := s.first(text, left, func(n int, rest string) int {
		if s.begins(text[n:], rest, after+1) {
			return 1
		}
		return 0
	})
	return found > 0 || after >= shortest && len(text) < longestEscape || strings.HasPrefix(left, string(text))
}

// match returns how much of the beginning of text is the secret, 0 when it is not.
func (s *search) match(text []byte, secret string) int {
	if bytes.HasPrefix(text, []byte(secret)) {
		return len(secret)
	}
	return s.first(text, secret, func(n int, rest string) int {
		if rest == "" {
			return n
		}
		if m := s.match(text[n:], rest); m > 0 {
			return n + m
		}
		return 0
	})
}

// first reads the secret's first character in each way that the text allows: n bytes, before the rest of the secret. It
// returns what next makes of the first way that is not in vain, else 0.
func (s *search) first(text []byte, secret string, next func(n int, rest string) int) int {
	r, size := utf8.DecodeRuneInString(secret)
	rest := secret[size:]
	if r == '\\' {
		rest = strings.TrimLeft(rest, `\`) // one run of backslashes is as good as another
	}
	ways := units(text, r)
	at := [2]int{len(text), len(secret)}
	if s.vain[at] {
		return 0
	}
	for i, n := range ways {
		if n == 0 || slices.Contains(ways[:i], n) {
			continue
		}
		if r == '\\' {
			n += escapedBackslashes(text[n:])
		}
		if found := next(n, rest); found > 0 {
			return found
		}
	}
	if ways[1] != 0 {
		if s.vain == nil {
			s.vain = map[[2]int]bool{}
		}
		s.vain[at] = true
	}
	return 0
}

// escapedBackslashes is the length of the backslashes that text begins with in a form without any: the rest of a run.
func escapedBackslashes(text []byte) int {
	n := 0
	for n < len(text) && text[n] != '\\' {
		ways := units(text[n:], '\\')
		if ways[0] == 0 {
			break
		}
		n += ways[0]
	}
	return n
}

// units returns how much of the beginning of text may stand for r: the ways to read it, 0 for none.
func units(text []byte, r rune) [3]int {
	if len(text) == 0 {
		return [3]int{}
	}
	switch {
	case text[0] == '\\':
		return backslashed(text, r)
	case text[0] == '%':
		return percent(text, r)
	case text[0] == '&' && entity(text, r) > 0:
		return [3]int{entity(text, r)}
	case text[0] == '+' && r == ' ':
		return [3]int{1}
	}
	if got, n := utf8.DecodeRune(text); got == r {
		return [3]int{n}
	}
	return [3]int{}
}

// backslashed reads an escape of JSON or Go, escaped again as often as may be.
func backslashed(text []byte, r rune) [3]int {
	n := backslashes(text)
	const digits = 4 // of \u0041
	if rest := text[n:]; len(rest) > digits && rest[0] == 'u' {
		if code, err := strconv.ParseUint(string(rest[1:1+digits]), 16, 32); err == nil && rune(code) == r {
			return [3]int{n + 1 + digits}
		}
	}
	switch {
	case r == '\\':
		return [3]int{n, n - 1} // the last one may begin the next escape
	case n < len(text) && (r >= utf8.RuneSelf || !plain[r]) && bytes.HasPrefix(text[n:], []byte(string(r))):
		return [3]int{n + len(string(r))}
	default:
		return [3]int{}
	}
}

// backslashes returns how many text begins with.
func backslashes(text []byte) int {
	n := 0
	for n < len(text) && text[n] == '\\' {
		n++
	}
	return n
}

// percent reads the escape of URLs, whose percent sign may be escaped again.
func percent(text []byte, r rune) [3]int {
	if r == '%' {
		n := signs(text)
		return [3]int{n, min(n, len("%25")), 1}
	}
	at := 0
	for _, want := range []byte(string(r)) {
		n := signs(text[at:])
		if n == 0 || len(text) < at+n+2 {
			return [3]int{}
		}
		code, err := strconv.ParseUint(string(text[at+n:at+n+2]), 16, 8)
		if err != nil || byte(code) != want {
			return [3]int{}
		}
		at += n + 2
	}
	return [3]int{at}
}

// signs returns the length of a percent sign and of what escapes it again.
func signs(text []byte) int {
	if len(text) == 0 || text[0] != '%' {
		return 0
	}
	n := 1
	for bytes.HasPrefix(text[n:], []byte("25")) {
		n += len("25")
	}
	return n
}

// entity reads an escape of HTML.
func entity(text []byte, r rune) int {
	const longest = len("&#x10ffff;")
	end := bytes.IndexByte(text[:min(longest, len(text))], ';')
	if end > 0 && html.UnescapeString(string(text[:end+1])) == string(r) {
		return end + 1
	}
	return 0
}
