package musement

import (
	"bytes"
	"encoding/json"
	"errors"

	"github.com/supplierpay/supplierpay-go/internal/wire"
)

// The errors of a success that cannot be used. What they mean for the money is the call layer's to say: Unknown. They
// quote nothing, since answers are full of customers' data.
var (
	errNotObject  = errors.New("not a JSON object")
	errNotList    = errors.New("not a JSON list")
	errNoUUID     = errors.New("no uuid in the answer")
	errOtherOrder = errors.New("the answer is for another order")
	errOtherCart  = errors.New("the answer is for another cart")
	errNoLocation = errors.New("a redirect without a location")
	errNoToken    = errors.New("no access token in the answer")
	errBadToken   = errors.New("an access token that cannot stand in a header")
	errNotPaid    = errors.New("no payment with paid and status in the answer")
	errNotDeleted = errors.New("the answer is not true")
	errNoDocument = errors.New("no document in the answer")
)

// object decodes a JSON object as far as it fits.
func object(raw []byte, v any) error {
	if trimmed := bytes.TrimSpace(raw); len(trimmed) == 0 || trimmed[0] != '{' {
		return errNotObject
	}
	return wire.UnmarshalLenient(raw, v)
}

// list decodes a JSON list as far as it fits. An empty object is an empty list: the provider's language has one type for
// both.
func list(raw []byte, v any) error {
	trimmed := bytes.TrimSpace(raw)
	if string(trimmed) == "{}" {
		return nil
	}
	if len(trimmed) == 0 || trimmed[0] != '[' {
		return errNotList
	}
	return wire.UnmarshalLenient(raw, v)
}

// isNull reports whether a member is absent or null.
func isNull(raw json.RawMessage) bool {
	raw = bytes.TrimSpace(raw)
	return len(raw) == 0 || string(raw) == "null"
}
