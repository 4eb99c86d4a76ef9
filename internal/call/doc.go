// Package call owns every HTTP request of this module, and decides what an answer, or its absence, means for the money.
//
// Each [Operation] declares what it is:
//
//   - A [Read] moves nothing and may be repeated. It goes through go-retryablehttp, with a policy that respects the provider and
//     the caller's time.
//   - A [Write] moves money or changes state. It is sent once. It is sent again, at most twice, only when it is proven that
//     nothing of the try before left this machine.
//
// # From Do to the socket
//
// [Client.Do] reads the journal's hooks, tells the observers, builds URL and header, and calls read or write (read.go, write.go).
// A request then passes the user's middleware, if there is any, and reaches a transport of ours (transport.go). That is a clone
// of the user's *http.Transport which speaks HTTP/1.1 alone. Its connections have two layers of ours, with TLS between them:
// answers hands out one answer at a time (answers.go), conn counts the bytes that the kernel accepts (conn.go). The answer is
// read to its end (body.go) and judged by one table (outcome.go).
//
// # What proves that nothing was sent
//
// A write has evidence (evidence.go). It notes each connection that the write is given, with the connection's count at that
// moment. When a try has failed, nothing was sent if all of this holds:
//
//   - The try reached our transport, and every round trip there has returned. On HTTP/1.1 net/http returns an error only
//     after its writing goroutine has ended, so the count is final.
//   - The write had no connection at all, or every connection counts zero bytes since it was given to the write.
//   - No connection and no transport was used whose bytes cannot be counted.
//   - Middleware, if there is any, cannot have sent the request by a way of its own, see evidence.detour.
//
// Everything else is Unknown. The journal's gate is asked before the first try and again at the first byte, in conn.Write.
//
// # When the caller cancels
//
// A write has a context of its own (writecontext.go). The caller's cancel stops it before the first byte. After the first
// byte the answer is waited for during a short linger. Once the header of the answer has arrived the caller's cancel has no
// effect: the body is read to its end within the grace time, and Do returns the answer.
//
// # When middleware sends more than once
//
// The sends are counted. A refusal then answers one of several requests, of which another may have been taken: it is Unknown.
package call
