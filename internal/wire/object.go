package wire

import (
	"bytes"
	"iter"
)

// IsObject reports whether body is one JSON object and nothing else.
func IsObject(body []byte) bool {
	begin := skipSpace(body)
	return len(begin) > 0 && begin[0] == '{' && Valid(body)
}

// Members yields the names and values of an object in their order, without copying them: the values are parts of object.
// The object must be valid JSON; of what is none, or no object, it yields nothing or the beginning.
//
// encoding/json makes no difference between cases in names, and of two members of one name the last one counts: see
// [Named].
func Members(object []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(name, value []byte) bool) {
		object = skipSpace(object)
		if len(object) == 0 || object[0] != '{' {
			return
		}
		members(object, func(name, rest []byte) []byte {
			n := end(rest)
			if n == 0 || !yield(name, rest[:n:n]) {
				return nil
			}
			return rest[n:]
		})
	}
}

// members calls each for the members of the object that rest begins with: with a name, and with what begins with its
// value. each returns what follows the value, or nil to stop. members returns what follows the object.
func members(rest []byte, each func(name, rest []byte) []byte) []byte {
	for rest = skipSpace(rest[1:]); len(rest) > 0 && rest[0] == '"'; {
		n := endOfString(rest)
		if n == 0 {
			return nil
		}
		name := rest[1 : n-1]
		if !plain(rest[:n]) {
			s, _ := String(rest[:n])
			name = []byte(s)
		}
		if rest = skipSpace(rest[n:]); len(rest) == 0 || rest[0] != ':' {
			return nil
		}
		if rest = skipSpace(each(name, skipSpace(rest[1:]))); len(rest) > 0 && rest[0] == ',' {
			rest = skipSpace(rest[1:])
		}
	}
	if len(rest) == 0 || rest[0] != '}' {
		return nil
	}
	return rest[1:]
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

// skipSpace drops the spaces that rest begins with. Answers mostly have none.
func skipSpace(rest []byte) []byte {
	for len(rest) > 0 && (rest[0] == ' ' || rest[0] == '\t' || rest[0] == '\r' || rest[0] == '\n') {
		rest = rest[1:]
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

// Blank reports whether a member is absent, null, or empty but for spaces, written in no more bytes than anybody would.
func Blank(raw []byte) bool {
	if len(raw) > 16 {
		return false
	}
	switch string(bytes.Join(bytes.Fields(raw), nil)) {
	case "", "null", "[]", "{}", `""`:
		return true
	default:
		return false
	}
}
