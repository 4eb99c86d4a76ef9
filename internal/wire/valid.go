package wire

// maxDepth is how deep values may be nested: as deep as encoding/json allows.
const maxDepth = 10_000

// Valid is [encoding/json.Valid], several times as fast. A fuzz target holds the two together.
func Valid(text []byte) bool {
	rest, ok := validValue(skipSpace(text), 0)
	return ok && len(skipSpace(rest)) == 0
}

// validValue returns what follows the value that rest begins with.
func validValue(rest []byte, depth int) (after []byte, ok bool) {
	if len(rest) == 0 {
		return nil, false
	}
	switch c := rest[0]; {
	case c == '"':
		return validString(rest)
	case c == '{', c == '[':
		if depth == maxDepth {
			return nil, false
		}
		return validComposite(rest, depth+1)
	case c == 't':
		return validWord(rest, "true")
	case c == 'f':
		return validWord(rest, "false")
	case c == 'n':
		return validWord(rest, "null")
	default:
		return validNumber(rest)
	}
}

// validComposite takes an object or a list.
func validComposite(rest []byte, depth int) (after []byte, ok bool) {
	object, closing := rest[0] == '{', rest[0]+2 // ASCII has ']' two behind '[', and '}' two behind '{'
	rest = skipSpace(rest[1:])
	if len(rest) > 0 && rest[0] == closing {
		return rest[1:], true
	}
	for {
		if object {
			if rest, ok = validName(rest); !ok {
				return nil, false
			}
		}
		if rest, ok = validValue(rest, depth); !ok {
			return nil, false
		}
		rest = skipSpace(rest)
		switch {
		case len(rest) == 0:
			return nil, false
		case rest[0] == closing:
			return rest[1:], true
		case rest[0] != ',':
			return nil, false
		}
		rest = skipSpace(rest[1:])
	}
}

// validName takes a member's name and the colon behind it.
func validName(rest []byte) (after []byte, ok bool) {
	if len(rest) == 0 || rest[0] != '"' {
		return nil, false
	}
	if rest, ok = validString(rest); !ok {
		return nil, false
	}
	if rest = skipSpace(rest); len(rest) == 0 || rest[0] != ':' {
		return nil, false
	}
	return skipSpace(rest[1:]), true
}

func validString(rest []byte) (after []byte, ok bool) {
	for i := 1; ; {
		i, _ = stop(rest, i)
		switch {
		case i >= len(rest):
			return nil, false
		case rest[i] == '"':
			return rest[i+1:], true
		}
		n := escape(rest[i:])
		if n == 0 {
			return nil, false
		}
		i += n
	}
}

// escape returns the length of the escape that rest begins with, 0 when it is none.
func escape(rest []byte) int {
	const unicode = len(`\u0000`)
	if len(rest) < 2 || rest[0] != '\\' {
		return 0
	}
	switch rest[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if len(rest) < unicode {
			return 0
		}
		for _, c := range rest[2:unicode] {
			if (c < '0' || c > '9') && (c < 'a' || c > 'f') && (c < 'A' || c > 'F') {
				return 0
			}
		}
		return unicode
	}
	return 0
}

func validWord(rest []byte, word string) (after []byte, ok bool) {
	if len(rest) < len(word) || string(rest[:len(word)]) != word {
		return nil, false
	}
	return rest[len(word):], true
}

func validNumber(rest []byte) (after []byte, ok bool) {
	if rest[0] == '-' {
		rest = rest[1:]
	}
	n := digits(rest)
	if n == 0 || n > 1 && rest[0] == '0' {
		return nil, false
	}
	if rest = rest[n:]; len(rest) > 0 && rest[0] == '.' {
		if n = digits(rest[1:]); n == 0 {
			return nil, false
		}
		rest = rest[1+n:]
	}
	if len(rest) > 0 && (rest[0] == 'e' || rest[0] == 'E') {
		rest = rest[1:]
		if len(rest) > 0 && (rest[0] == '+' || rest[0] == '-') {
			rest = rest[1:]
		}
		if n = digits(rest); n == 0 {
			return nil, false
		}
		rest = rest[n:]
	}
	return rest, true
}

// IsDigits reports whether s is made of digits alone, and of one at least.
func IsDigits(s string) bool { return s != "" && digits(s) == len(s) }

// digits returns how many digits rest begins with.
func digits[T string | []byte](rest T) int {
	n := 0
	for n < len(rest) && rest[n] >= '0' && rest[n] <= '9' {
		n++
	}
	return n
}
