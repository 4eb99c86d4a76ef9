package wire

import (
	"bytes"
	"encoding/json"
	"iter"
)

// IsObject reports whether body is one JSON object and nothing else.
func IsObject(body []byte) bool {
	begin := bytes.TrimLeft(body, space)
	return len(begin) > 0 && begin[0] == '{' && json.Valid(body)
}

// Members yields the names and values of an object in their order, without copying them: the values are parts of object.
// The object must be valid JSON; of what is none, or no object, it yields nothing or the beginning.
//
// encoding/json makes no difference between cases in names, and of two members of one name the last one counts: see
// [Named].
func Members(object []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(name, value []byte) bool) {
		scan(object, func(name []byte, from, to int) bool { return yield(name, object[from:to:to]) })
	}
}

// scan is Members with the place of each value in object.
func scan(object []byte, yield func(name []byte, from, to int) bool) {
	rest := bytes.TrimLeft(object, space)
	if len(rest) == 0 || rest[0] != '{' {
		return
	}
	for rest = rest[1:]; ; {
		rest = skipTo(rest, '"')
		n := end(rest)
		if n == 0 {
			return
		}
		name := rest[1 : n-1]
		if !plain(rest[:n]) {
			s, _ := String(rest[:n])
			name = []byte(s)
		}
		rest = skipTo(rest[n:], ':')
		if len(rest) == 0 {
			return
		}
		rest = bytes.TrimLeft(rest[1:], space)
		from := len(object) - len(rest)
		n = end(rest)
		if n == 0 || !yield(name, from, from+n) {
			return
		}
		rest = bytes.TrimLeft(rest[n:], space)
		if len(rest) == 0 || rest[0] != ',' {
			return
		}
	}
}

// Envelope returns the value of the last member with exactly this name, and whether body is an object and everything but
// that value is valid JSON. Whoever then decodes the value with encoding/json has checked all of body, and nothing twice.
// Without such a member value is nil and all of body was checked. each sees every member before anything is checked.
func Envelope(body []byte, name string, each func(name, value []byte)) (value []byte, ok bool) {
	from, to := 0, 0
	scan(body, func(n []byte, f, t int) bool {
		if string(n) == name {
			from, to = f, t
		}
		each(n, body[f:t:t])
		return true
	})
	if to == 0 {
		return nil, IsObject(body)
	}
	var usual [512]byte // enough for most envelopes, so that nothing is allocated for them
	around := append(append(append(usual[:0], body[:from]...), "null"...), body[to:]...)
	return body[from:to:to], json.Valid(around)
}

// Named reports whether a member's name is the one that encoding/json would take for want.
func Named(name []byte, want string) bool {
	return string(name) == want || bytes.EqualFold(name, []byte(want))
}

// Member returns the value of the member that counts, nil when the object has none.
func Member(object []byte, name string) []byte {
	var found []byte
	for n, value := range Members(object) {
		if Named(n, name) {
			found = value
		}
	}
	return found
}

const space = " \t\r\n"

// skipTo returns what begins with c, after nothing but separators.
func skipTo(rest []byte, c byte) []byte {
	rest = bytes.TrimLeft(rest, space+",")
	if len(rest) == 0 || rest[0] != c {
		return nil
	}
	return rest
}

// end returns the length of the value that rest begins with, 0 when it has no end.
func end(rest []byte) int {
	depth := 0
	for i := 0; i < len(rest); i++ {
		switch rest[i] {
		case '"':
			n := endOfString(rest[i:])
			if n == 0 {
				return 0
			}
			i += n - 1
		case '{', '[':
			depth++
			continue
		case '}', ']':
			if depth--; depth < 0 {
				return i
			}
		case ',', ' ', '\t', '\r', '\n':
			if depth == 0 {
				return i
			}
			continue
		default:
			continue
		}
		if depth == 0 {
			return i + 1
		}
	}
	if depth == 0 {
		return len(rest)
	}
	return 0
}

func endOfString(rest []byte) int {
	for i := 1; ; i++ {
		n := bytes.IndexByte(rest[i:], '"')
		if n < 0 {
			return 0
		}
		i += n
		escapes := 0
		for rest[i-1-escapes] == '\\' {
			escapes++
		}
		if escapes%2 == 0 {
			return i + 1
		}
	}
}
