package wire

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// token is a type with an UnmarshalJSON that keeps what it is given.
type token string

func (t *token) UnmarshalJSON(raw []byte) error {
	*t += token(raw)
	return nil
}

type word string

// everything has a member of each kind.
type everything struct {
	Text    string            `json:"text"`
	Word    word              `json:"word"`
	Int     int               `json:"int"`
	Small   int8              `json:"small"`
	Flag    bool              `json:"flag"`
	Token   token             `json:"token"`
	Tokens  []token           `json:"tokens"`
	Maybe   *token            `json:"maybe"`
	Name    *string           `json:"name"`
	Twice   **int             `json:"twice"`
	Raw     json.RawMessage   `json:"raw"`
	Number  json.Number       `json:"number"`
	Float   float64           `json:"float"`
	At      time.Time         `json:"at"`
	Any     any               `json:"any"`
	Bytes   []byte            `json:"bytes"`
	Pair    [2]string         `json:"pair"`
	Words   map[word]string   `json:"words"`
	Numbers map[int]string    `json:"numbers"`
	Tree    *everything       `json:"tree"`
	Trees   []everything      `json:"trees"`
	Forest  map[string]branch `json:"forest"`
	Branch  branch            `json:"branch,omitempty"`
	Quoted  quoted            `json:"quoted"`
	Inner   embedding         `json:"inner"`
	Untagged,
	UNTAGGED string
	Hidden string `json:"-"`
}

type branch struct {
	Leaves [][]string `json:"leaves"`
	Next   *branch    `json:"next"`
}

type quoted struct {
	N int `json:"n,string"`
}

type embedding struct {
	branch
	*Outer
	Both
	Next string `json:"next"` // hides the branch's
	M    int    `json:"m"`
}

type Outer struct {
	Shared, Kept string
	Deep         string `json:"deep"`
}

type Both struct {
	Shared string // hides itself and Outer's
	Titled `json:"named"`
	*embedding
}

type Titled struct{ N int }

var documents = []string{
	`{"text":"a\u00e9\n","word":"w","int":-7,"small":127,"flag":true,"token":{"a":[1, 2]},"maybe":"x","name":"n","twice":5}`,
	`{"TEXT":"x","Word":1,"int":1.0,"small":128,"flag":"true","token":null,"maybe":null,"name":null,"twice":null}`,
	`{"raw": [1 , 2],"number":1e2,"float":1.5,"at":"2026-11-21T08:00:00Z","any":{"a":[1]},"bytes":"AQI=","pair":["a","b","c"]}`,
	`{"number":"x","float":"y","at":"soon","at":1,"bytes":7,"pair":"p","any":null,"raw":null}`,
	`{"words":{"a":"1","b":2,"c":"3","a":"4"},"numbers":{"1":"x","y":"z"}}`, `{"words":[],"trees":{},"tree":[],"forest":"x","branch":1}`,
	`{"tree":{"tree":{"text":"deep"},"trees":[{"int":1},{"int":"x","text":"kept"},null,7]}}`, `{"trees":[]}`, `{"trees":null,"words":null}`,
	`{"int":"x","at":"soon"}`, `{"at":"soon","int":"x"}`,
	`{"forest":{"oak":{"leaves":[["a","b"],[],null,["c",1,"d"]],"next":{"next":null}},"elm":null}}`, `{"tokens":["a",1,null,{}]}`,
	`{"branch":{"leaves":[["x"]]},"branch":{"next":{}}}`, `{"quoted":{"n":"5"}}`, `{"quoted":{"n":5}}`, `{"inner":{"leaves":[["x"]],"m":3}}`,
	`{"inner":{"next":"x","Shared":"s","Kept":"k","deep":"d","named":{"N":1},"N":2,"M":3,"leaves":null}}`, `{"inner":{"Outer":{"Kept":"x"},"branch":{}}}`,
	`{"Untagged":"a","UNTAGGED":"b"}`, `{"untagged":"a"}`, `{"Hidden":"x","hidden":"x","-":"d"}`, `{"te\u0078t":"escaped"}`,
	"{\"text\":\"\xff\",\"words\":{\"\xff\":\"x\"}}", "\t{ \"text\" : \"spaced\" ,\n\"int\" : 3 , \"trees\" : [ { \"int\" : 1 } , { } ] }\r\n",
	`{"ſmall":1}`, `{"toKen":1}`, `{}`, `[]`, `null`, `"text"`, `7`, `{"int":99999999999999999999}`, `{"int":-0}`, `{"x":{"text":"other"},"text":"t"}`,
}

// same demands that Fill reads what encoding/json reads, which goes on after a member of another type, too. It is only
// asked about one value per name: it fills the elements of an earlier list again.
func same(t *testing.T, raw []byte) {
	t.Helper()
	got, want := everything{}, everything{}
	err := json.Unmarshal(raw, &want)
	all, gotErr := false, ErrNotJSON
	if json.Valid(raw) {
		all, gotErr = Fill(raw, &got)
	}
	var mistyped *json.UnmarshalTypeError
	broken := err != nil && !errors.As(err, &mistyped)
	if all != (err == nil) || broken && gotErr == nil {
		t.Fatalf("%s: all %v, error %v, encoding/json says %v", raw, all, gotErr, err)
	}
	if broken || gotErr != nil { // of several errors the versions of encoding/json return different ones
		return
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: %s", raw, cmp.Diff(want, got, cmp.AllowUnexported(everything{}, embedding{})))
	}
}

func TestDecode(t *testing.T) {
	for _, d := range documents {
		same(t, []byte(d))
	}
	var v everything
	if err := Decode([]byte(documents[0]), &v); err != nil || v.Int != -7 {
		t.Errorf("%d, %v", v.Int, err)
	}
	for _, raw := range []string{``, `{`, `{"text":"x"`, `{"text":"x"}}`, `{"text":x}`, `nul`, "{\"text\":\"a\nb\"}"} {
		if err := Decode([]byte(raw), new(everything)); !errors.Is(err, ErrNotJSON) {
			t.Errorf("%q: %v", raw, err)
		}
	}
}

// refusing has an UnmarshalJSON that fails.
type refusing struct{}

var errRefused = errors.New("refused")

func (*refusing) UnmarshalJSON([]byte) error { return errRefused }

func TestDecodeGoesOnAfterAnError(t *testing.T) {
	var v struct {
		A refusing
		B string
	}
	if err := Decode([]byte(`{"A":1,"B":"x"}`), &v); !errors.Is(err, errRefused) || v.B != "x" {
		t.Errorf("%v, %q", err, v.B)
	}
}

// TestDecodeReplacesLists tells where Decode differs from encoding/json, which lets an element of the first list shine
// through.
func TestDecodeReplacesLists(t *testing.T) {
	var v struct{ L []branch }
	if err := Decode([]byte(`{"L":[{"leaves":[["old"]]},{}],"L":[{"next":{}}]}`), &v); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]branch{{Next: &branch{}}}, v.L); diff != "" {
		t.Error(diff)
	}
}

// TestFillEnds: text that is no JSON is cut short, and cannot hang or crash.
func TestFillEnds(t *testing.T) {
	for _, d := range documents {
		for i := range len(d) {
			var v everything
			_, _ = Fill([]byte(d[:i]), &v)
			_, _ = Fill([]byte(d[:i]+"}]"+d[i:]), &v)
			_, _ = Fill([]byte(d[:i]+`"`), &v)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, d := range documents {
		f.Add([]byte(d))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		_, _ = Fill(raw, new(everything))
		if !repeats(raw) {
			same(t, raw)
		}
	})
}

// repeats reports whether an object in raw may have two members for one field.
func repeats(raw []byte) bool {
	dec := json.NewDecoder(strings.NewReader(string(raw)))
	var open []map[string]bool // of objects; nil for lists
	name := false
	for {
		tok, err := dec.Token()
		if err != nil {
			return false
		}
		top := len(open) - 1
		if s, is := tok.(string); is && name {
			if s = strings.ToLower(strings.ToUpper(s)); open[top][s] {
				return true
			}
			open[top][s], name = true, false
			continue
		}
		switch tok {
		case json.Delim('{'):
			open, name = append(open, map[string]bool{}), true
			continue
		case json.Delim('['):
			open = append(open, nil)
		case json.Delim('}'), json.Delim(']'):
			open = open[:top]
		}
		name = len(open) > 0 && open[len(open)-1] != nil
	}
}

func BenchmarkDecode(b *testing.B) {
	text := []byte(documents[0])
	for name, decode := range map[string]func([]byte, any) error{"ours": Decode, "encoding/json": json.Unmarshal} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				var v everything
				if err := decode(text, &v); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
