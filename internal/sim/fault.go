package sim

import (
	"bytes"
	"net/http"
	"time"
)

// Fault is something that goes wrong with a request. The zero Fault lets one request pass
// untouched: a script of faults is used up in order, so it is also how the second request of a
// route is reached.
//
// The simulators have a Fault of their own, for its documentation. Those that add nothing convert
// it: the fields and their order are the same.
type Fault struct {
	// Route is the route it is for, "" any.
	Route string
	// Times is for how many requests; 0 is one, a negative number all of them.
	Times int

	// Arrived is called when the request has arrived and been checked, before Hold.
	Arrived func()
	// Hold keeps the request until the channel is closed. The provider acts then, though the caller
	// may have left.
	Hold <-chan struct{}

	// NoAction answers without doing what was asked; with status 500 unless Status says otherwise.
	NoAction bool
	// Hide keeps what the request does from showing in reads until the channel is closed.
	Hide <-chan struct{}
	// HideFor keeps it from showing until the provider's clock has moved on by this. With Hide,
	// whichever ends first.
	HideFor time.Duration

	// Status replaces the answer's status, Body its body; not nil and empty is no body at all.
	// Header is set on it; a key without values removes one.
	Status int
	Body   []byte
	Header http.Header
	// Damage spoils the body.
	Damage Damage

	// Cut ends the connection early, with a reset instead of a close if Reset.
	Cut   Cut
	Reset bool
}

// Cut says when the connection ends early.
type Cut int

// The cuts. Only BeforeActing keeps the provider from acting.
const (
	BeforeActing Cut = iota + 1 // the request was read, nothing was done
	BeforeAnswer                // it was done, not a byte is answered
	InBody                      // it was done, the answer ends half-way through its body
)

// Damage says how a body is spoilt.
type Damage int

// The damages. The status stays what it was.
const (
	TruncatedGzip Damage = iota + 1 // compressed, the second half missing, the length claiming nothing is
	Oversized                       // the right JSON behind 65 MiB of white space
	HTML                            // a gateway's page
	WrongType                       // well-formed JSON of another type: an array of one number
)

// Visibility is from when on reads show a change.
type Visibility struct {
	shown <-chan struct{}
	from  time.Time
}

// Visible reports whether reads show it at the time now.
func (v Visibility) Visible(now time.Time) bool {
	if v.shown == nil && v.from.IsZero() {
		return true
	}
	if !v.from.IsZero() && !now.Before(v.from) {
		return true
	}
	select {
	case <-v.shown:
		return true
	default:
		return false
	}
}

// scripted is a fault in the script.
type scripted struct {
	Fault
	body func(c *Call) []byte // nil leaves the answer's body
}

// Fail adds a fault to the script. Of the faults that match a request the oldest is used.
func (a *API) Fail(f Fault) {
	if f.Body == nil {
		a.FailWith(f, nil)
		return
	}
	body := bytes.Clone(f.Body)
	a.FailWith(f, func(*Call) []byte { return body })
}

// FailWith is Fail with a body that depends on the request; nil leaves the answer's body.
func (a *API) FailWith(f Fault, body func(c *Call) []byte) {
	a.mustKnow(f.Route)
	if f.Times == 0 {
		f.Times = 1
	}
	f.Header = f.Header.Clone()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.faults = append(a.faults, &scripted{f, body})
}

// ClearFaults forgets the script. Requests that a fault holds stay held.
func (a *API) ClearFaults() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.faults = nil
}

func (a *API) takeFault(route string) scripted {
	for i, f := range a.faults {
		if f.Route != "" && f.Route != route {
			continue
		}
		if f.Times > 0 {
			if f.Times--; f.Times == 0 {
				a.faults = append(a.faults[:i:i], a.faults[i+1:]...)
			}
		}
		return *f
	}
	return scripted{}
}
