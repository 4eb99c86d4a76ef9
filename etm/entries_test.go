package etm

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestEntries reads objects in the order of their keys; of two members of one name the last one counts.
func TestEntries(t *testing.T) {
	for token, want := range map[string][]string{
		`{"10":"j","2":"b","x":1,"1":"a","2":"c"}`: {`1 "a"`, `2 "c"`, `10 "j"`, `x 1`},
		`["a",{"b":1}]`: {`0 "a"`, `1 {"b":1}`},
		`[]`:            nil, `{}`: nil, `null`: nil, `"x"`: nil,
	} {
		var got []string
		for _, e := range entriesOf([]byte(token)) {
			got = append(got, e.key+" "+string(e.value))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", token, diff)
		}
	}
}

// TestSegmentsKeepNothingOfTheInput decodes from a buffer that is used again, as that of a json.Decoder is.
func TestSegmentsKeepNothingOfTheInput(t *testing.T) {
	input := []byte(`{"1":{"number":1}}`)
	var s Segments
	if err := json.Unmarshal(input, &s); err != nil {
		t.Fatal(err)
	}
	clear(input)
	if len(s) != 1 || string(s[0].Raw) != `{"number":1}` {
		t.Errorf("got %+v", s)
	}
}
