package musement

import (
	"bytes"
	"encoding/json"

	"github.com/supplierpay/supplierpay-go/internal/wire"
	"github.com/supplierpay/supplierpay-go/payment"
)

// ExtraData is what a partner keeps with an order: the text of a JSON object, which Musement carries inside a JSON
// string; "" for none. Make it with [NewExtraData] and read it with Decode.
type ExtraData string

// NewExtraData writes v, a struct or a map, as JSON text.
func NewExtraData(v any) (ExtraData, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return "", payment.InvalidField("ExtraData", "cannot be written as JSON")
	}
	if len(text) == 0 || text[0] != '{' {
		return "", payment.InvalidField("ExtraData", "want something that is written as a JSON object")
	}
	return ExtraData(text), nil
}

// Decode reads the object into v, as json.Unmarshal does, keeping numbers exact where v says any. No extra data leaves v
// alone.
func (d ExtraData) Decode(v any) error {
	if d == "" {
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader([]byte(d)))
	dec.UseNumber()
	if err := dec.Decode(v); err != nil || dec.More() {
		return unreadable("ExtraData", wire.ErrNotJSON)
	}
	return nil
}

// UnmarshalJSON takes Musement's string, null, and an object that somebody forgot to put into a string.
func (d *ExtraData) UnmarshalJSON(token []byte) error {
	*d = ExtraData(wire.Text(token))
	return nil
}

// check refuses what is no JSON object.
func (d ExtraData) check() error {
	if d == "" {
		return nil
	}
	var members map[string]json.RawMessage
	if json.Unmarshal([]byte(d), &members) != nil || members == nil {
		return payment.InvalidField("ExtraData", "want the text of a JSON object, see NewExtraData")
	}
	return nil
}

// ExtraCustomerData is what activities ask of the customer beyond the usual, by the activity's uuid.
type ExtraCustomerData map[string]ExtraFields

// UnmarshalJSON takes an object, and an empty list in its place.
func (d *ExtraCustomerData) UnmarshalJSON(raw []byte) error {
	*d = nil
	if wire.IsEmpty(raw) || raw[0] != '{' {
		return nil
	}
	type plain ExtraCustomerData // without this method
	err := wire.UnmarshalLenient(raw, (*plain)(d))
	return err
}

// ExtraFields are the answers to what one activity asks.
type ExtraFields struct {
	// PhoneNumber is a number by the schema, and a string in the guide: send what the cart's schema says.
	PhoneNumber Value
	// Other are the members that the activity's schema names besides.
	Other map[string]json.RawMessage
}

const phoneNumberMember = "phone_number"

// MarshalJSON writes all members into one object.
func (f ExtraFields) MarshalJSON() ([]byte, error) {
	members := make(map[string]json.RawMessage, len(f.Other)+1)
	for k, v := range f.Other {
		members[k] = v
	}
	if !f.PhoneNumber.IsZero() {
		members[phoneNumberMember] = json.RawMessage(f.PhoneNumber)
	}
	return json.Marshal(members)
}

// UnmarshalJSON keeps all members.
func (f *ExtraFields) UnmarshalJSON(raw []byte) error {
	*f = ExtraFields{}
	var members map[string]json.RawMessage
	if err := wire.UnmarshalLenient(raw, &members); err != nil {
		return err
	}
	if v, ok := members[phoneNumberMember]; ok {
		f.PhoneNumber = Value(bytes.TrimSpace(v))
		delete(members, phoneNumberMember)
	}
	if len(members) > 0 {
		f.Other = members
	}
	return nil
}
