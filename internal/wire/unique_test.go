package wire

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

func TestUnique(t *testing.T) {
	for raw, want := range map[string]error{
		`{}`: nil, `[]`: nil, `null`: nil, `"text"`: nil, ` 7 `: nil, `1e999`: nil,
		`{"a":1,"b":{"a":1},"c":[{"a":1},{"a":1}],"d":{"a":[]},"":"a"}`: nil,
		`{"a":"a","b":"a"}`:                   nil,
		`{"a":["b","b"],"b":1}`:               nil,
		`{"paid_at":"x","paid_at":null}`:      ErrDuplicate,
		`{"paid_at":"x","Paid_At":null}`:      ErrDuplicate,
		`{"paid_at":"x","p\u0061id_at":null}`: ErrDuplicate,
		`{"is":1,"i\u017f":2}`:                ErrDuplicate, // the long s
		`{"K":1,"k":2}`:                       ErrDuplicate, // the sign of Kelvin
		`{"a":{},"b":1,"a":[]}`:               ErrDuplicate,
		`{"x":{"a":[1,{"b":1,"b":1}]}}`:       ErrDuplicate,
		`[{"a":1},{"b":[],"c":{},"b":2}]`:     ErrDuplicate,
		`{"":1,"":2}`:                         ErrDuplicate,
		"{\"paid_at\":null,\"paid_a\xf4\":1}": ErrNotUTF8,
		"\"\xff\"":                            ErrNotUTF8,
		``:                                    ErrNotJSON, `{`: ErrNotJSON, `{"a":1}{"a":2}`: ErrNotJSON, `{"a":1} x`: ErrNotJSON, `{"a":1,}`: ErrNotJSON, `{"a" 1}`: ErrNotJSON,
		`[1 2]`: ErrNotJSON, `{1:2}`: ErrNotJSON, "\ufeff{}": ErrNotJSON,
		strings.Repeat("[", 9_000) + `{"a":1,"A":1}` + strings.Repeat("]", 9_000): ErrDuplicate,
	} {
		if err := Unique([]byte(raw)); !errors.Is(err, want) || (err == nil) != (want == nil) {
			t.Errorf("Unique(%.80q) = %v, want %v", raw, err, want)
		}
	}
}

// FuzzUnique: in what passes, encoding/json finds no field twice, and what fails as JSON is not JSON.
func FuzzUnique(f *testing.F) {
	for _, o := range objects {
		f.Add([]byte(o))
	}
	f.Add([]byte(`{"data":1,"d\u0041ta":2}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var often struct {
			Data count `json:"data"`
		}
		err := Unique(raw)
		if !json.Valid(raw) != errors.Is(err, ErrNotJSON) {
			t.Fatalf("%q: %v", raw, err)
		}
		if err == nil && json.Unmarshal(raw, &often) == nil && often.Data > 1 {
			t.Fatalf("%q passes with %d members named data", raw, often.Data)
		}
	})
}
