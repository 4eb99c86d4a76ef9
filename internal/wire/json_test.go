package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type order struct {
	ID     string `json:"id"`
	Amount amount `json:"amount"`
	Seats  int    `json:"seats"`
	Legs   []leg  `json:"legs"`
	Last   *leg   `json:"last"`
}

type leg struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// amount keeps what it is given, and never fails.
type amount string

func (a *amount) UnmarshalJSON(token []byte) error {
	*a = amount(Text(token))
	return nil
}

// TestUnmarshalLenient: a member of another type than documented loses nothing else, wherever it stands.
func TestUnmarshalLenient(t *testing.T) {
	for raw, want := range map[string]order{
		`{"id":"o","amount":"1.50","seats":2,"legs":[{"from":"A","to":"B"}],"last":{"to":"Z"}}`: {
			ID: "o", Amount: "1.50", Seats: 2, Legs: []leg{{"A", "B"}}, Last: &leg{To: "Z"}},
		`{"id":7,"amount":1.50,"seats":"two","legs":[{"from":[],"to":"B"},{"to":"C"}],"last":{"from":1,"to":"Z"}}`: {
			Amount: "1.50", Legs: []leg{{"", "B"}, {"", "C"}}, Last: &leg{To: "Z"}},
		`{"legs":{"from":"X"},"amount":{},"seats":1.5,"id":"o"}`: {ID: "o", Amount: "{}"},
		`{"id":"first","ID":"last","other":[1]}`:                 {ID: "last"},
		`{"last":{"from":"A"},"last":{"to":"Z"}}`:                {Last: &leg{"A", "Z"}}, // objects are merged
		`null`: {}, `[]`: {}, `"text"`: {}, `7`: {},
	} {
		var got order
		if err := UnmarshalLenient([]byte(raw), &got); err != nil {
			t.Errorf("%s: %v", raw, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", raw, diff)
		}
	}
	for _, raw := range []string{``, `{`, `{"id":"x"`, `{"id":"x"}}`, `{"id":x}`, `nul`, "{\"id\":\"a\nb\"}", `{"id":"x"} {}`} {
		if err := UnmarshalLenient([]byte(raw), new(order)); !errors.Is(err, ErrNotJSON) {
			t.Errorf("%q: %v", raw, err)
		}
	}
}

// refusing has an UnmarshalJSON that fails, which no type of the clients has.
type refusing struct{}

var errRefused = errors.New("refused")

func (*refusing) UnmarshalJSON([]byte) error { return errRefused }

func TestUnmarshalLenientReportsAFailingMethod(t *testing.T) {
	var v struct{ A refusing }
	if err := UnmarshalLenient([]byte(`{"A":1}`), &v); !errors.Is(err, errRefused) {
		t.Errorf("%v", err)
	}
}

func TestIsObject(t *testing.T) {
	for raw, want := range map[string]bool{`{}`: true, " \t\r\n{}": true, `[]`: false, `"{"`: false, `null`: false, ``: false} {
		if got := IsObject([]byte(raw)); got != want {
			t.Errorf("IsObject(%q) = %v", raw, got)
		}
	}
}

func TestIsEmpty(t *testing.T) {
	for raw, want := range map[string]bool{
		"": true, " ": true, "null": true, "\t{ \n}": true, "[ ]": true, `""`: true, `" "`: true,
		"0": false, "false": false, "[0]": false, `{"a":1}`: false, `"x"`: false, "[                    ]": true, "{": false,
	} {
		if got := IsEmpty([]byte(raw)); got != want {
			t.Errorf("IsEmpty(%q) = %v", raw, got)
		}
	}
}

var tokens = []string{
	`"x"`, `""`, `"`, `"a\"b"`, `"\u00e9"`, `"é"`, "\"\xff\"", "\"a\nb\"", `"a"b"`, ` "x" `, `null`, `1`, `true`, `[]`, `{}`, ``, `"\ud800"`, "\"\x7f\"",
	`"` + "\u2028" + `"`, `"x`, `x"`,
}

func checkString(t *testing.T, token []byte) {
	t.Helper()
	var want string
	trimmed := bytes.TrimSpace(token)
	ok := len(trimmed) > 0 && trimmed[0] == '"' && json.Unmarshal(trimmed, &want) == nil
	got, gotOK := String(token)
	if gotOK != ok || ok && got != want {
		t.Errorf("String(%q) = %q, %v; encoding/json says %q, %v", token, got, gotOK, want, ok)
	}
}

func TestString(t *testing.T) {
	for _, s := range tokens {
		checkString(t, []byte(s))
	}
}

func FuzzString(f *testing.F) {
	for _, s := range tokens {
		f.Add([]byte(s))
	}
	f.Fuzz(checkString)
}
