package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The errors of [Unique]. They do not quote the text.
var (
	ErrDuplicate = errors.New("an object has two members of one name")
	ErrNotUTF8   = errors.New("not UTF-8")
)

// Unique returns nil when raw can be read in one way only. An answer that is to prove the absence of a payment must pass it:
// raw must be one JSON value with nothing behind it, in valid UTF-8, and no object in it, however deep, may have two members
// whose names encoding/json takes for the same one. Names that differ in case alone are such names.
//
// Unique reads raw token by token. It is too slow for answers to payments, and is meant for the rare answer that proves
// absence or reports a failure.
func Unique(raw []byte) error {
	switch {
	case !json.Valid(raw):
		return ErrNotJSON
	case !utf8.Valid(raw):
		return ErrNotUTF8
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber() // numbers of any size are fine
	type level struct {
		names    map[string]bool // of an object so far; nil for a list
		wantName bool            // the next token is a name
	}
	var open []level
	for {
		token, err := decoder.Token()
		if err != nil {
			return ErrNotJSON
		}
		if end := len(open) - 1; end >= 0 && open[end].wantName && token != json.Delim('}') {
			name, _ := token.(string)
			folded := foldName(name)
			if open[end].names[folded] {
				return ErrDuplicate
			}
			open[end].names[folded], open[end].wantName = true, false
			continue
		}
		switch token {
		case json.Delim('{'):
			open = append(open, level{names: map[string]bool{}, wantName: true})
			continue
		case json.Delim('['):
			open = append(open, level{})
			continue
		case json.Delim('}'), json.Delim(']'):
			open = open[:len(open)-1]
		}
		if len(open) == 0 {
			return nil
		}
		if end := len(open) - 1; open[end].names != nil {
			open[end].wantName = true
		}
	}
}

// foldName returns the same text for all names that encoding/json takes for one another: each character is replaced by the
// smallest that differs from it in case alone.
func foldName(name string) string {
	return strings.Map(func(r rune) rune {
		smallest := r
		for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
			smallest = min(smallest, next)
		}
		return smallest
	}, name)
}
