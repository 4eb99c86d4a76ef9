package house

import (
	"bytes"
	"encoding"
	"encoding/base64"
	"encoding/gob"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"reflect"
	"strings"
	"unsafe"
)

// canary is a secret of one run. Its value is random, so that text in which it stands has it from
// the client and from nowhere else.
type canary struct {
	name, value string
	// weak: too short to be in a long text only when it leaks. It counts as leaked at a place when
	// it is there in every one of several runs, each with another value.
	weak bool
}

const alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

func random(n int, alphabet string) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[rand.IntN(len(alphabet))]
	}
	return string(b)
}

// word is a secret of letters and digits.
func word(name string) canary { return canary{name: name, value: random(24, alphanumeric)} }

// awkward is a secret that looks different in a URL, in JSON and in Go's quotes.
func awkward(name string) canary {
	return canary{name: name, value: random(12, alphanumeric) + `/+&"<%\` + random(12, alphanumeric)}
}

// cookieValue is an awkward secret as far as a cookie can be.
func cookieValue(name string) canary {
	return canary{name: name, value: random(12, alphanumeric) + `/+&<%` + random(12, alphanumeric)}
}

// cardNumber is a number of 16 digits that passes the Luhn check.
func cardNumber(name string) canary {
	digits := []byte("4" + random(14, "0123456789"))
	sum := 0
	for i := range digits {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return canary{name: name, value: fmt.Sprintf("%s%d", digits, (10-sum%10)%10)}
}

// securityCode is a code of four digits.
func securityCode(name string) canary {
	return canary{name: name, value: random(4, "0123456789"), weak: true}
}

// forms are the texts that give a piece of a secret away: as it is, as hexadecimal, as a list of
// bytes, and inside base64 at each of its three alignments.
func forms(piece string) []string {
	all := []string{piece, hex.EncodeToString([]byte(piece)), strings.ToUpper(hex.EncodeToString([]byte(piece))),
		strings.Trim(fmt.Sprint([]byte(piece)), "[]")}
	for shift := range 3 {
		padded := append(make([]byte, shift), piece...)
		head, tail := (shift*8+5)/6, len(padded)*8/6
		for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
			all = append(all, enc.EncodeToString(padded)[head:tail])
		}
	}
	return all
}

// pieces are the parts of a secret that must not be seen: the beginning and the end of each of its
// runs of letters and digits, which no escaping changes and of which a cut in the middle leaves one
// whole.
func (c canary) pieces() []string {
	const short, digits = 8, 12
	var all []string
	for _, run := range strings.FieldsFunc(c.value, func(r rune) bool { return !strings.ContainsRune(alphanumeric, r) }) {
		n := short
		if strings.Trim(run, "0123456789") == "" {
			n = digits // eight digits may stand in a time by chance
		}
		n = min(n, len(run))
		all = append(all, run[:n], run[len(run)-n:])
	}
	return all
}

// window is how many bytes of a form are looked up at once.
const window = 8

// searcher finds the forms of many secrets in one pass.
type searcher struct {
	first [1 << 16]bool
	forms map[string][]form // by their first bytes
	weak  []canary
}

type form struct{ text, name string }

func newSearcher(canaries []canary) *searcher {
	s := &searcher{forms: map[string][]form{}}
	for _, c := range canaries {
		if c.weak {
			s.weak = append(s.weak, c)
			continue
		}
		for _, piece := range c.pieces() {
			for _, f := range forms(piece) {
				s.first[int(f[0])<<8|int(f[1])] = true
				s.forms[f[:window]] = append(s.forms[f[:window]], form{f, c.name})
			}
		}
	}
	return s
}

// find returns the names of the secrets that text shows, and where.
func (s *searcher) find(text string) map[string]int {
	found := map[string]int{}
	for i := 0; i+window <= len(text); i++ {
		if !s.first[int(text[i])<<8|int(text[i+1])] {
			continue
		}
		for _, f := range s.forms[text[i:i+window]] {
			if strings.HasPrefix(text[i:], f.text) {
				found[f.name] = i
			}
		}
	}
	for _, c := range s.weak {
		if i := strings.Index(text, c.value); i >= 0 {
			found[c.name] = i
		}
	}
	return found
}

// verbs are those of package fmt that print values.
var verbs = []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"}

// printed returns everything that a program may make of v without asking for a secret: all verbs,
// both of slog's formats, JSON, gob, its own text and binary forms, and content.
func printed(v any, content string) string {
	b := bytes.NewBufferString(content)
	for _, verb := range verbs {
		fmt.Fprintf(b, verb+"\n", v)
	}
	for _, h := range []slog.Handler{slog.NewTextHandler(b, nil), slog.NewJSONHandler(b, nil)} {
		slog.New(h).Info("value", "v", v, slog.Group("g", "v", v))
	}
	if text, err := json.Marshal(v); err == nil {
		b.Write(text)
	} else {
		b.WriteString(err.Error())
	}
	if err := gob.NewEncoder(b).Encode(v); err != nil {
		b.WriteString(err.Error())
	}
	if m, ok := v.(encoding.TextMarshaler); ok {
		text, err := m.MarshalText()
		fmt.Fprintf(b, "%s %v", text, err)
	}
	if m, ok := v.(encoding.BinaryMarshaler); ok {
		text, err := m.MarshalBinary()
		fmt.Fprintf(b, "%s %v", text, err)
	}
	return b.String()
}

// content returns every string and every number that reflection reaches in v.
func content(v any) string {
	w := walker{out: new(bytes.Buffer), seen: map[seen]bool{}}
	fmt.Fprintf(w.out, "%T\n", v)
	w.walk(reflect.ValueOf(v), 0)
	return w.out.String()
}

// walker writes what a debugger would show, exported or not. It does not look into functions, nor
// into the connections of the standard library, which hold what was sent.
type walker struct {
	out  *bytes.Buffer
	seen map[seen]bool
}

type seen struct {
	at  unsafe.Pointer
	typ reflect.Type
}

var opaque = map[string]bool{
	"net/http": true, "net": true, "crypto/tls": true, "crypto/x509": true, "bufio": true, "sync": true, "time": true,
	"log/slog": true, "context": true, "testing": true, "reflect": true, "math/big": true,
}

func (w *walker) walk(v reflect.Value, depth int) {
	const deepest = 40
	if !v.IsValid() || depth > deepest {
		return
	}
	if opaque[v.Type().PkgPath()] && v.Type().Name() != "Header" {
		return
	}
	switch v.Kind() {
	case reflect.String:
		w.out.WriteString(v.String())
		w.out.WriteByte('\n')
	case reflect.Pointer:
		if v.IsNil() || w.seen[seen{v.UnsafePointer(), v.Type()}] {
			return
		}
		w.seen[seen{v.UnsafePointer(), v.Type()}] = true
		w.walk(v.Elem(), depth+1)
	case reflect.Interface:
		w.walk(v.Elem(), depth+1)
	case reflect.Slice, reflect.Array:
		if v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8 {
			w.out.Write(v.Bytes())
			w.out.WriteByte('\n')
			return
		}
		for i := range v.Len() {
			w.walk(v.Index(i), depth+1)
		}
	case reflect.Map:
		for key, value := range v.Seq2() {
			w.walk(key, depth+1)
			w.walk(value, depth+1)
		}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		fmt.Fprintln(w.out, v.Int())
	case reflect.Struct:
		for i := range v.NumField() {
			w.walk(v.Field(i), depth+1)
		}
	}
}

// branches returns err, everything that it wraps or joins, and what errors.As finds by pointer as
// the struct behind it.
func branches(err error) []any {
	all := []any{err}
	if v := reflect.ValueOf(err); v.Kind() == reflect.Pointer && !v.IsNil() && v.Elem().CanInterface() {
		all = append(all, v.Elem().Interface())
	}
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		if inner := e.Unwrap(); inner != nil {
			all = append(all, branches(inner)...)
		}
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			all = append(all, branches(inner)...)
		}
	}
	return all
}
