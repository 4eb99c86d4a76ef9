package travelport

import "testing"

func TestEncode(t *testing.T) {
	t.Parallel()
	type full struct {
		ID string `json:"id,omitempty"`
	}
	for _, tc := range []struct {
		flat bool
		v    full
		want string
	}{
		{false, full{}, `{"Payment":{}}`},
		{false, full{"a<b"}, `{"Payment":{"id":"a\u003cb"}}`},
		{true, full{}, `{"@type":"Payment"}`},
		{true, full{"1"}, `{"@type":"Payment","id":"1"}`},
	} {
		c := &Client{flat: map[Body]bool{BodyPayment: tc.flat}}
		got, err := c.encode(BodyPayment, "Payment", tc.v)
		if err != nil || string(got) != tc.want {
			t.Errorf("flat %t: %s, %v, want %s", tc.flat, got, err, tc.want)
		}
	}
}
