// Package call owns every HTTP request of this module.
//
// Each operation declares what it is. A [Read] may be repeated: it goes through go-retryablehttp with a policy that
// respects the provider and the caller's time. A [Write] moves money or changes state: it is sent once, and again only
// when the first try is proven not to have left, because no connection was had or because our own HTTP/1.1 connection
// counted zero bytes of it. Nothing else is taken as proof.
//
// A user's middleware may send a write more than once all the same. It is counted: a refusal then refuses one of several, of
// which another may have been taken, and is Unknown.
//
// What an answer, or its absence, means for the money is decided here, in one place, for all providers: see outcome.go.
package call
