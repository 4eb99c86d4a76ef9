package wire

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// objects are awkward ones: what encoding/json makes of them is what Member must make of them.
var objects = []string{
	`{}`, ` { } `, `{"data":1}`, `{"data":null}`, "\t{ \"data\" : \"x\" , \"errors\" : [ ] }\n", `{"a":{"data":1},"data":2}`,
	`{"DATA":1}`, `{"data":1,"Data":2}`, `{"Data":1,"data":2}`, `{"data":1,"data":{"x":[1,{"y":"}"}]}}`, `{"d\u0061ta":7}`,
	`{"x":"a\"b,\"data\":1","data":"\\"}`, `{"x":"\\","data":"\\\""}`, `{"data":-1.5e+3}`, `{"data":true,"x":false}`,
	`{"data":[1,2,[3]],"x":[]}`, `{"":1,"data":""}`, `{"data":"é ſ K"}`, "{\"data\xff\":1}", `{"x":[{"data":1}],"y":{"data":2}}`,
	`null`, `[]`, `[{"data":1}]`, `"data"`, `1`, ` `, ``, `{"data":`, `{"data"`, `{`, `{"data":[1`, `{"data":"x`, `{"data":1]`, `{data:1}`,
	`{"data":1}x`, `{"data":1 2}`, `{"data":{"a":1},}`, `{"data":01}`, `{"x":01,"data":{}}`, `{"data":{x},"x":1}`, `{"data":nul}`, `{"data":"a\nb"}`,
	`{"data":[1}}`, `{"data":{"a":1],"x":2}`, `{"data":1,"data":{`, `{"data":tru e}`, `{"x":{"y":1}"data":1}`, `{,"data":1}`, `{"data":1,,"x":2}`,
}

func checkMember(t *testing.T, object []byte) {
	t.Helper()
	if !json.Valid(object) {
		for range Members(object) { // must end and must not panic
		}
		if Object(object, func([]byte, []byte) {}) {
			t.Errorf("%s is said to be an object", object)
		}
		return
	}
	var want struct {
		Data json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(object, &want); err != nil {
		want.Data = nil // no object
	}
	got := Member(object, "data")
	if string(got) != string(want.Data) || (got == nil) != (want.Data == nil) {
		t.Errorf("%s: data is %q, encoding/json says %q", object, got, want.Data)
	}
	all := map[string]json.RawMessage{}
	isObject := json.Unmarshal(object, &all) == nil && all != nil
	yielded, told := map[string]json.RawMessage{}, map[string]json.RawMessage{}
	for name, value := range Members(object) {
		yielded[string(name)] = bytes.Clone(value)
	}
	if got := Object(object, func(name, value []byte) { told[string(name)] = bytes.Clone(value) }); got != isObject {
		t.Errorf("Object(%s) = %v", object, got)
	}
	checkOutline(t, object, all)
	for _, found := range []map[string]json.RawMessage{yielded, told} {
		if len(all)+len(found) == 0 {
			continue
		}
		if diff := cmp.Diff(all, found); diff != "" {
			t.Errorf("%s: %s", object, diff)
		}
	}
}

// checkOutline compares both levels with the members that encoding/json found in the object.
func checkOutline(t *testing.T, object []byte, all map[string]json.RawMessage) {
	t.Helper()
	type members = map[string]json.RawMessage
	want, got := map[string]members{}, map[string]members{}
	for name, value := range all {
		var inner members
		if value[0] == '{' && json.Unmarshal(value, &inner) != nil {
			t.Fatalf("%s of %s is no object", name, object)
		}
		want[name] = inner
	}
	var inner members
	whole := Outline(object, func(level int, name, value []byte) {
		if level == 1 {
			if value[0] == '{' && inner == nil {
				inner = members{}
			}
			got[string(name)], inner = inner, nil
			return
		}
		if inner == nil {
			inner = members{}
		}
		inner[string(name)] = bytes.Clone(value)
	})
	if diff := cmp.Diff(want, got); whole && diff != "" {
		t.Errorf("outline of %s: %s", object, diff)
	}
	if isObject := json.Unmarshal(object, &all) == nil && all != nil; whole != isObject {
		t.Errorf("Outline(%s) = %v", object, whole)
	}
}

func TestMembers(t *testing.T) {
	for _, o := range objects {
		checkMember(t, []byte(o))
	}
}

func FuzzMembers(f *testing.F) {
	for _, o := range objects {
		f.Add([]byte(o))
	}
	f.Fuzz(checkMember)
}

// TestMembersAreParts makes sure that a value neither is a copy nor lets an append reach what stands behind it.
func TestMembersAreParts(t *testing.T) {
	object := []byte(`{"data":[1],"x":2}`)
	value := Member(object, "data")
	if &value[0] != &object[8] || cap(value) != len(value) {
		t.Error("the value is not a closed part of the object")
	}
	if n := testing.AllocsPerRun(100, func() { Member(object, "x") }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestMembersStops(t *testing.T) {
	var names []string
	for name := range Members([]byte(`{"a":1,"b":2,"c":3}`)) {
		if names = append(names, string(name)); len(names) == 2 {
			break
		}
	}
	if diff := cmp.Diff([]string{"a", "b"}, names); diff != "" {
		t.Error(diff)
	}
}

func TestIsObject(t *testing.T) {
	odd := []string{"\u00a0{}", "{}\u0085", "\v{}", "{}\f"} // spaces elsewhere, but not in JSON
	for _, o := range append(odd, objects...) {
		var object map[string]json.RawMessage
		want := json.Unmarshal([]byte(o), &object) == nil && object != nil
		if got := IsObject([]byte(o)); got != want {
			t.Errorf("IsObject(%q) = %v", o, got)
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

func TestBlank(t *testing.T) {
	for raw, want := range map[string]bool{
		"": true, " ": true, "null": true, "\t{ \n}": true, "[ ]": true, `""`: true, `" "`: true,
		"\"\u00a0\"": true, "\"\u00a0x\"": false, "\u3000null": true, "\x00": false,
		"0": false, "false": false, "[0]": false, `{"a":1}`: false, "[                    ]": false, "{": false,
	} {
		if got := Blank([]byte(raw)); got != want {
			t.Errorf("Blank(%q) = %v", raw, got)
		}
	}
}
