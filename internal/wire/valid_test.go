package wire

import (
	"encoding/json"
	"strings"
	"testing"
)

// texts are at the edges of the grammar, on both sides.
var texts = []string{
	``, ` `, `{`, `}`, `[`, `]`, `{}`, `[]`, ` [ ] `, `{ }`, `[1]`, `[1,]`, `[,1]`, `[1 2]`, `[1,2 ]x`, `{"a"}`, `{"a":}`, `{"a":1,}`, `{,}`,
	`{"a":1 "b":2}`, `{"a" : 1 , "b" : [ { } , null ] }`, `{a:1}`, `{1:1}`, `{"a":1]`, `[1}`, `{"a":{"b":{"c":[[[]]]}}}`, `"`, `""`, `"a`, `"\`, `"\"`,
	`"\""`, `"\\"`, `"\/\b\f\n\r\t"`, `"\x"`, `"\u"`, `"\u12"`, `"\u12G4"`, `"\uabCD"`, `"\u00e9\ud800"`, "\"\n\"", "\"\x00\"", "\"\x7f\xff\"", `'a'`,
	`0`, `-0`, `-`, `--1`, `+1`, `01`, `-01`, `00`, `1.`, `.5`, `1.5`, `1.5.`, `1e`, `1e+`, `1e-7`, `1E+07`, `1ee1`, `1e1.5`, `0e0`, `0x1`, `1_0`, `1a`,
	`true`, `tru`, `truex`, `True`, `false`, `fals`, `null`, `nul`, `nulll`, `NaN`, "\v1", "\u00a01", "1\u0085", "\ufeff1", " \t\r\n1 \t\r\n", `1 1`,
}

func checkValid(t *testing.T, text []byte) {
	t.Helper()
	if got, want := Valid(text), json.Valid(text); got != want {
		t.Errorf("Valid(%.80q) = %v", text, got)
	}
}

func TestValid(t *testing.T) {
	for _, s := range append(append(documents, objects...), append(tokens, texts...)...) {
		checkValid(t, []byte(s))
		for i := range len(s) {
			checkValid(t, []byte(s[:i]))
			checkValid(t, []byte(s[:i]+s[i+1:]))
		}
	}
	for _, depth := range []int{maxDepth - 1, maxDepth, maxDepth + 1} {
		checkValid(t, []byte(strings.Repeat("[", depth)+strings.Repeat("]", depth)))
		checkValid(t, []byte(strings.Repeat(`{"a":`, depth)+"1"+strings.Repeat("}", depth)))
	}
}

func FuzzValid(f *testing.F) {
	for _, s := range append(texts, documents...) {
		f.Add([]byte(s))
	}
	f.Fuzz(checkValid)
}

func BenchmarkValid(b *testing.B) {
	text := []byte(documents[2])
	for name, valid := range map[string]func([]byte) bool{"ours": Valid, "encoding/json": json.Valid} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				valid(text)
			}
		})
	}
}
