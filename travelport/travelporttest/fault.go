package travelporttest

import (
	"net/http"
	"time"

	"github.com/supplierpay/supplierpay-go/internal/sim"
)

// Fault is something that goes wrong with a request; see [Server.Fail]. The zero Fault lets one
// request pass untouched, which is how to reach the second one.
//
// A commit whose answer is lost after the tickets were issued:
//
//	srv.Fail(travelporttest.Fault{Route: travelporttest.Commit, Cut: travelporttest.BeforeAnswer})
//
// A payment that is refused inside a success:
//
//	srv.Fail(travelporttest.Fault{Route: travelporttest.AddPayment, NoAction: true, Status: 200,
//		Body: travelporttest.ErrorBody("PaymentResponse", "1586", "INVALID INPUT FORMAT")})
//
// Tickets that reads show only an hour later:
//
//	srv.Fail(travelporttest.Fault{Route: travelporttest.Commit, HideFor: time.Hour})
type Fault struct {
	// Route is the route it is for, such as [Commit]; "" is any.
	Route string
	// Times is for how many requests; 0 is one, a negative number all of them.
	Times int

	// Arrived is called when the request has arrived and passed its checks, before Hold. It runs on
	// the server's side and must return.
	Arrived func()
	// Hold keeps the request until the channel is closed. The server acts then, though the caller
	// may have left.
	Hold <-chan struct{}

	// NoAction answers without doing what was asked; with status 500 and no body unless the fields
	// below say otherwise.
	NoAction bool
	// Hide keeps the documents of a commit from showing until the channel is closed.
	Hide <-chan struct{}
	// HideFor keeps them from showing until the server's clock has moved on by this. With Hide,
	// whichever ends first.
	HideFor time.Duration

	// Status replaces the answer's status, Body its body; not nil and empty is no body at all.
	Status int
	Body   []byte
	// Header is set on the answer. A key without values removes the header.
	Header http.Header
	// Damage spoils the body.
	Damage Damage

	// Cut ends the connection early, with a reset instead of a close if Reset.
	Cut   Cut
	Reset bool
}

// Cut says when a connection ends early.
type Cut = sim.Cut

// The cuts of [Fault]. Only BeforeActing keeps the server from acting.
const (
	BeforeActing = sim.BeforeActing // the request was read, nothing was done
	BeforeAnswer = sim.BeforeAnswer // it was done, not a byte is answered
	InBody       = sim.InBody       // it was done, the answer ends half-way through its body
)

// Damage says how a body is spoilt.
type Damage = sim.Damage

// The damages of [Fault]. The status stays what it was.
const (
	TruncatedGzip = sim.TruncatedGzip // compressed, the second half missing
	Oversized     = sim.Oversized     // the right JSON behind 65 MiB of white space
	HTML          = sim.HTML          // a gateway's page
	WrongType     = sim.WrongType     // well-formed JSON of another type
)

// Fail adds a fault to the script. Of the faults that match a request the oldest is used, and used
// up. It panics when the server has no such route.
func (s *Server) Fail(f Fault) { s.api.Fail(sim.Fault(f)) }

// ClearFaults forgets the script. Requests that a fault holds stay held.
func (s *Server) ClearFaults() { s.api.ClearFaults() }
