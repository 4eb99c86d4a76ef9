package wire

import (
	"encoding/json"
	"testing"
)

// objects are awkward ones: what encoding/json makes of them is what Member must make of them.
var objects = []string{
	`{}`, ` { } `, `{"data":1}`, `{"data":null}`, "\t{ \"data\" : \"x\" , \"errors\" : [ ] }\n", `{"a":{"data":1},"data":2}`,
	`{"DATA":1}`, `{"data":1,"Data":2}`, `{"Data":1,"data":2}`, `{"data":1,"data":{"x":[1,{"y":"}"}]}}`, `{"d\u0061ta":7}`,
	`{"x":"a\"b,\"data\":1","data":"\\"}`, `{"x":"\\","data":"\\\""}`, `{"data":-1.5e+3}`, `{"data":true,"x":false}`,
	`{"data":[1,2,[3]],"x":[]}`, `{"":1,"data":""}`, `{"data":"é ſ K"}`, "{\"data\xff\":1}", `{"x":[{"data":1}],"y":{"data":2}}`,
	`null`, `[]`, `[{"data":1}]`, `"data"`, `1`, ` `, ``, `{"data":`, `{"data"`, `{`, `{"data":[1`, `{"data":"x`, `{"data":1]`, `{data:1}`,
	`{"data":1}x`, `{"data":{"a":1},}`, `{"data":[1}}`, `{"data":{"a":1],"x":2}`, `{"x":{"y":1}"data":1}`, `{,"data":1}`, `{"data":1,,"x":2}`,
	`{"data":"\`, `{"data\`,
}

// count notes how often a member is there.
type count int

func (n *count) UnmarshalJSON([]byte) error {
	*n++
	return nil
}

func checkMember(t *testing.T, object []byte) {
	t.Helper()
	got, repeated := Member(object, "data") // must end and must not panic, whatever it is given
	if !json.Valid(object) {
		return
	}
	var want struct {
		Data json.RawMessage `json:"data"`
	}
	var often struct {
		Data count `json:"data"`
	}
	if json.Unmarshal(object, &want) != nil || json.Unmarshal(object, &often) != nil {
		want.Data = nil // not an object
	}
	if string(got) != string(want.Data) || (got == nil) != (want.Data == nil) {
		t.Errorf("%s: data is %q, encoding/json says %q", object, got, want.Data)
	}
	if repeated != (often.Data > 1) {
		t.Errorf("%s: repeated is %v, encoding/json finds %d", object, repeated, often.Data)
	}
}

func TestMember(t *testing.T) {
	for _, o := range objects {
		checkMember(t, []byte(o))
	}
}

// TestMemberIsAPart makes sure that a value neither is a copy nor lets an append reach what stands behind it.
func TestMemberIsAPart(t *testing.T) {
	object := []byte(`{"data":[1],"x":2}`)
	value, _ := Member(object, "data")
	if &value[0] != &object[8] || cap(value) != len(value) {
		t.Error("the value is not a closed part of the object")
	}
}

func FuzzMember(f *testing.F) {
	for _, o := range objects {
		f.Add([]byte(o))
	}
	f.Fuzz(checkMember)
}
