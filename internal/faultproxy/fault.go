package faultproxy

import (
	"context"
	"net/http"
)

// Plan says what goes wrong. The zero Plan lets everything pass. Its functions are called from many
// goroutines.
type Plan struct {
	// Dial is asked before a connection is opened; its error is that of the dial. It may wait for
	// the context.
	Dial func(ctx context.Context) error
	// Accept says what becomes of a connection that was opened.
	Accept func() Greeting
	// Request says what becomes of a request whose header has been read.
	Request func(r *http.Request) Fault
	// Arrived is told of every request that came in full.
	Arrived func(r *http.Request, body []byte)
}

// Greeting is what a new connection meets.
type Greeting int

// The greetings.
const (
	Welcome        Greeting = iota
	CloseUnread             // closed before a byte of it is read
	ResetUnread             // the same, with a reset
	CloseHandshake          // closed after the first bytes were read: in the middle of the handshake, with TLS
)

// Fault is what goes wrong with one request. The zero Fault lets it pass.
type Fault struct {
	// Hold is called when the request is there in full, and keeps it until it returns. gone is
	// closed when the client hangs up.
	Hold func(gone <-chan struct{})
	// Skip keeps the provider from getting the request. Answer then starts from an empty 500.
	Skip bool
	// Twice hands the request to the provider two times, as a gateway with retries of its own does.
	// The second answer is the one that comes back.
	Twice bool
	// Late ends the connection first, with Cut's look, and hands the request to the provider when
	// the channel is closed.
	Late <-chan struct{}
	// Answer changes the answer.
	Answer func(Answer) Answer

	// Cut ends the connection early, with a reset instead of a close if Reset.
	Cut   Cut
	Reset bool
	// Drip writes the answer byte by byte.
	Drip bool
	// Midway is called when the header and the first half of the body have been written.
	Midway func()
}

// Cut says where a connection ends.
type Cut int

// The cuts, in the order of time. From BeforeAnswer on the provider has acted.
const (
	Nowhere      Cut = iota
	InRequest        // the request's header was read, its body was not
	BeforeActing     // the request was read, the provider never gets it
	BeforeAnswer     // the provider has acted, not a byte is answered
	InStatusLine
	InHeader
	InBody
	AfterBody
)

// Answer is an answer on its way to the client.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
	// Padding is how many bytes of white space are sent before the body.
	Padding int64
	// Framing says how the client knows where the body ends.
	Framing Framing
}

// Framing is how a body is delimited.
type Framing int

// The framings.
const (
	WithLength Framing = iota
	Chunked
	UntilClose
)
