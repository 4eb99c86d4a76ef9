// Package faultproxy stands between a client and a provider's [http.Handler] and breaks what is
// between them at a chosen place: connections, requests, answers. It knows what was opened, what
// arrived and what is still under way, so that a test can wait for the moment when the provider's
// books stand still.
//
// It speaks HTTP/1.1 alone, the only protocol on which a cut can be placed to the byte.
package faultproxy
