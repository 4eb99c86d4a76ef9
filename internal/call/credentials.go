package call

import (
	"net/http"
	"slices"
	"sync/atomic"

	"github.com/supplierpay/supplierpay-go/payment"
)

// Credentials are fields of a header that prove who calls. Whoever gets a token makes them once, and returns the same ones as
// long as the token lasts: calls with the same credentials can share a whole header.
type Credentials struct {
	fields func() []field // a function, so that nothing that prints whoever has them finds a token
}

// NewCredentials are these fields. Keys are taken as they are spelled.
func NewCredentials(h http.Header) *Credentials {
	fields := fieldsOf(h)
	return &Credentials{fields: func() []field { return fields }}
}

// addTo adds the credentials to a header; nil adds none. The values are copied: a user's round tripper might change them.
func (cr *Credentials) addTo(h http.Header) {
	if cr == nil {
		return
	}
	for _, f := range cr.fields() {
		h[f.key] = slices.Clone(f.values)
	}
}

// field is a header field. A list of them is quicker to copy into a header than another header.
type field struct {
	key    string
	values []string
}

// fieldsOf copies h. The values are closed, so that nobody appends to them.
func fieldsOf(h http.Header) []field {
	fields := make([]field, 0, len(h))
	for k, v := range h {
		fields = append(fields, field{k, slices.Clip(slices.Clone(v))})
	}
	return fields
}

// Shared is the header of operations that have the same fields. What is sent of it is made once for all, and again when
// the credentials change: neither net/http nor go-retryablehttp changes the header of a request, so that many can share it.
type Shared struct {
	header     http.Header
	bare, full atomic.Pointer[shared] // without and with a body
}

// NewShared shares h. Keys are taken as they are spelled.
func NewShared(h http.Header) *Shared { return &Shared{header: h} }

type shared struct {
	client *Client
	with   *Credentials
	header http.Header
	token  []payment.Secret // in it
}

// slot is where the header of requests with or without a body is kept.
func (s *Shared) slot(body bool) *atomic.Pointer[shared] {
	if body {
		return &s.full
	}
	return &s.bare
}
