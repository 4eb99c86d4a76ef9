package wire

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// Strings are most of an answer, so that what looks through them takes eight bytes at a time.
const (
	eight = 8
	ones  = 0x0101010101010101
	highs = 0x80 * ones
)

// stop returns the place of the first quote, backslash or control character of text from i on, len(text) when there is none.
// ascii reports whether all before it is ASCII.
func stop(text []byte, i int) (at int, ascii bool) {
	var high uint64 // bits of bytes that were passed
	for ; i+eight <= len(text); i += eight {
		w := binary.LittleEndian.Uint64(text[i:])
		// A byte of d is zero where w has the character; zero-1 borrows into its high bit, and so does a control character
		// less a space. A borrow may mark bytes above, never below: the lowest mark is true.
		quote, escape := w^('"'*ones), w^('\\'*ones)
		found := ((w-' '*ones)&^w | (quote-ones)&^quote | (escape-ones)&^escape) & highs
		if found != 0 {
			lowest := found & -found
			high |= w & (lowest - 1)
			return i + bits.TrailingZeros64(found)/8, high&highs == 0
		}
		high |= w
	}
	for ; i < len(text); i++ {
		c := text[i]
		if c < ' ' || c == '"' || c == '\\' {
			break
		}
		high |= uint64(c)
	}
	return i, high&highs == 0
}

// stringAt returns the length of the string that rest begins with, 0 when it has no end, and whether it is plain: stands for
// itself, without escapes and with nothing in it that encoding/json would refuse or replace.
func stringAt(rest []byte) (n int, plain bool) {
	i, ascii := stop(rest, 1)
	if i < len(rest) && rest[i] == '"' {
		return i + 1, ascii || utf8.Valid(rest[1:i])
	}
	return endOfString(rest, i), false
}

// endOfString returns the length of the string that rest begins with, 0 when it has no end. It has none before i.
func endOfString(rest []byte, i int) int {
	for {
		switch i, _ = stop(rest, i); {
		case i >= len(rest):
			return 0
		case rest[i] == '"':
			return i + 1
		case rest[i] == '\\':
			i += 2
		default:
			i++ // a control character, which no JSON has
		}
	}
}

// end returns the length of the value that rest begins with, 0 when it has no end.
func end(rest []byte) int {
	if len(rest) == 0 {
		return 0
	}
	switch rest[0] {
	case '"':
		return endOfString(rest, 1)
	case '{', '[':
		return endOfComposite(rest)
	}
	for i, c := range rest {
		switch c {
		case ',', '}', ']', ' ', '\t', '\r', '\n':
			return i
		}
	}
	return len(rest)
}

// endOfComposite returns the length of the object or list that rest begins with, 0 when it has no end.
func endOfComposite(rest []byte) int {
	depth := 0
	for i := 0; i < len(rest); i++ {
		switch rest[i] {
		case '"':
			n := endOfString(rest[i:], 1)
			if n == 0 {
				return 0
			}
			i += n - 1
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return 0
}
