package main

import (
	"context"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/supplierpay/supplierpay-go/internal/faultproxy"
)

// weather breaks connections, requests and answers by chance. The n-th request that may move money
// meets the same luck in every run of a seed, and so do the n-th read, dial and connection: only
// whose request is the n-th differs from run to run.
type weather struct {
	seed   uint64
	writes int    // of a payment
	expire func() // may be nil

	mu     sync.Mutex
	rough  int // faults in a hundred payments of one write; reads have a fifth of it, connections a tenth
	events [4]uint64
	faults int
	held   []chan struct{} // late requests that the provider has not got yet
}

// event is what weather can strike.
type event uint64

const (
	dialing event = iota
	accepting
	reading
	writing
)

func newWeather(seed uint64, rough int, s *site) *weather {
	return &weather{seed: seed, rough: rough, writes: max(s.writes, 1), expire: s.expire}
}

func (w *weather) plan() faultproxy.Plan {
	return faultproxy.Plan{Dial: w.dial, Accept: w.accept, Request: w.request}
}

// dice are those of the next event of its kind. The caller holds the lock.
func (w *weather) dice(e event) *rand.Rand {
	w.events[e]++
	return rand.New(rand.NewPCG(w.seed, (uint64(e)+1)<<32+w.events[e]))
}

// strikes throws the dice: one fault in so many where a request that may move money has one. The
// caller holds the lock.
func (w *weather) strikes(chance *rand.Rand, in int) bool {
	if chance.IntN(100*in) >= w.rough {
		return false
	}
	w.faults++
	return true
}

func (w *weather) dial(context.Context) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.strikes(w.dice(dialing), 10) {
		return &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	}
	return nil
}

func (w *weather) accept() faultproxy.Greeting {
	w.mu.Lock()
	defer w.mu.Unlock()
	if chance := w.dice(accepting); w.strikes(chance, 10) {
		return []faultproxy.Greeting{faultproxy.CloseUnread, faultproxy.ResetUnread}[chance.IntN(2)]
	}
	return faultproxy.Welcome
}

func (w *weather) request(r *http.Request) faultproxy.Fault {
	w.mu.Lock()
	defer w.mu.Unlock()
	kind, in := writing, w.writes
	if r.Method == http.MethodGet {
		kind, in = reading, 5
	}
	chance := w.dice(kind)
	if lets := chance.IntN(20) == 0; lets && len(w.held) > 0 {
		close(w.held[0])
		w.held = w.held[1:]
	}
	if !w.strikes(chance, in) {
		return faultproxy.Fault{}
	}
	return w.fault(chance)
}

// fault draws what goes wrong. The caller holds the lock.
func (w *weather) fault(chance *rand.Rand) faultproxy.Fault {
	f := faultproxy.Fault{Reset: chance.IntN(2) == 0}
	statuses := []int{400, 403, 404, 408, 409, 422, 425, 429, 500, 502, 503, 504}
	status := statuses[chance.IntN(len(statuses))]
	if ends := chance.IntN(50) == 0; ends && w.expire != nil { // while the request is on its way
		f.Hold = func(<-chan struct{}) { w.expire() }
		return f
	}
	switch chance.IntN(13) {
	case 0:
		f.Cut = faultproxy.InRequest
	case 1:
		f.Cut = faultproxy.BeforeActing
	case 2, 3:
		f.Cut = faultproxy.BeforeAnswer
	case 4:
		f.Cut = faultproxy.InHeader
	case 5:
		f.Cut = faultproxy.InBody
	case 6:
		f.Cut = faultproxy.AfterBody
	case 7: // the caller waits, gives up, and the provider acts much later
		late := make(chan struct{})
		w.held = append(w.held, late)
		f.Late = late
		f.Hold = func(gone <-chan struct{}) { pause(gone, 3*time.Millisecond) }
	case 8:
		f.Answer = faultproxy.Page(status)
	case 9:
		f.Skip, f.Answer = true, faultproxy.Page(status)
	case 10:
		f.Answer = faultproxy.TruncatedGzip
	case 11:
		f.Answer = func(a faultproxy.Answer) faultproxy.Answer {
			return faultproxy.With(a, "text/html", faultproxy.HTMLPage)
		}
	case 12: // slow: callers leave meanwhile
		f.Hold = func(gone <-chan struct{}) { pause(gone, 3*time.Millisecond) }
	}
	return f
}

func pause(gone <-chan struct{}, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-gone:
	case <-t.C:
	}
}

// clear ends the faults and lets the provider have what is late.
func (w *weather) clear() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.rough = 0
	for _, late := range w.held {
		close(late)
	}
	w.held = nil
}

func (w *weather) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.faults
}
