package wire

import (
	"bytes"
	"iter"
	"unicode/utf8"
)

// IsObject reports whether body is one JSON object and nothing else.
func IsObject(body []byte) bool {
	begin := skipSpace(body)
	return len(begin) > 0 && begin[0] == '{' && Valid(body)
}

// Object reports whether body is one JSON object and nothing else. On the way it calls each for the members, as [Members]
// yields them; what it said so far counts only if all of body is an object.
func Object(body []byte, each func(name, value []byte)) bool {
	return outlined(body, &outline{levels: 1, each: func(_ int, name, value []byte) { each(name, value) }})
}

// Outline is Object for two levels: at level 2 it calls each for the members of the objects that are members at level 1, and
// then for those themselves.
func Outline(body []byte, each func(level int, name, value []byte)) bool {
	return outlined(body, &outline{levels: 2, each: each})
}

// outline is told the members of objects while they are checked, down to a level.
type outline struct {
	levels int
	each   func(level int, name, value []byte)
}

func outlined(body []byte, o *outline) bool {
	rest := skipSpace(body)
	if len(rest) == 0 || rest[0] != '{' {
		return false
	}
	rest, ok := o.object(rest, 1)
	return ok && len(skipSpace(rest)) == 0
}

// object takes the object that rest begins with, and returns what follows it.
func (o *outline) object(rest []byte, level int) (after []byte, ok bool) {
	if rest = skipSpace(rest[1:]); len(rest) > 0 && rest[0] == '}' {
		return rest[1:], true
	}
	for {
		value, ok := validName(rest)
		if !ok {
			return nil, false
		}
		if level < o.levels && len(value) > 0 && value[0] == '{' {
			after, ok = o.object(value, level+1)
		} else {
			after, ok = validValue(value, level)
		}
		if !ok {
			return nil, false
		}
		n := len(value) - len(after)
		name, _ := nameAt(rest)
		o.each(level, name, value[:n:n])
		switch rest = skipSpace(after); {
		case len(rest) == 0:
			return nil, false
		case rest[0] == '}':
			return rest[1:], true
		case rest[0] != ',':
			return nil, false
		}
		rest = skipSpace(rest[1:])
	}
}

// nameAt returns the name of the member that rest begins with, and the length of what stands for it: 0 when it has no end.
func nameAt(rest []byte) (name []byte, n int) {
	n, plain := stringAt(rest)
	switch {
	case n == 0:
		return nil, 0
	case plain:
		return rest[1 : n-1], n
	}
	s, _ := unquoted(rest[:n])
	return []byte(s), n
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
		name, n := nameAt(rest)
		value := colon(rest[n:])
		if n == 0 || value == nil {
			return nil
		}
		rest = comma(each(name, value))
	}
	return closed(rest)
}

// colon drops the colon that rest begins with, nil when there is none.
func colon(rest []byte) []byte {
	if rest = skipSpace(rest); len(rest) == 0 || rest[0] != ':' {
		return nil
	}
	return skipSpace(rest[1:])
}

// comma drops the comma that rest may begin with.
func comma(rest []byte) []byte {
	if rest = skipSpace(rest); len(rest) > 0 && rest[0] == ',' {
		return skipSpace(rest[1:])
	}
	return rest
}

// closed drops the end of an object that rest begins with, nil when there is none.
func closed(rest []byte) []byte {
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

// Blank reports whether a member is absent, null, or empty but for spaces, written in no more bytes than anybody would.
func Blank(raw []byte) bool {
	var dense [16]byte
	if len(raw) > len(dense) {
		return false
	}
	n := 0
	for _, c := range raw {
		if c >= utf8.RuneSelf { // there are more spaces
			return empty(bytes.Join(bytes.Fields(raw), nil))
		}
		if c != ' ' && (c < '\t' || c > '\r') {
			dense[n] = c
			n++
		}
	}
	return empty(dense[:n])
}

func empty(value []byte) bool {
	switch string(value) {
	case "", "null", "[]", "{}", `""`:
		return true
	default:
		return false
	}
}
