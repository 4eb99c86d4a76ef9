package sim

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
)

// Handler plays one route of a provider. It checks the call and returns what is then done: a
// function that acts, or one that only answers with the refusal. A fault may hold the call between
// the two. Both run on the goroutine of the call.
type Handler func(c *Call) (act func() Answer)

// Call is one request that arrived in full.
type Call struct {
	*http.Request        // its Body has been read
	Body          []byte // all of it
	N             int    // 1 for the first request that arrived, and so on

	clock *Clock
	fault scripted
}

// Visibility tells from when on the provider's reads show what the call is doing now.
func (c *Call) Visibility() Visibility {
	v := Visibility{shown: c.fault.Hide}
	if c.fault.HideFor > 0 {
		v.from = c.clock.Now().Add(c.fault.HideFor)
	}
	return v
}

// API is the provider's side of a simulator, an [http.Handler]. Set its fields before the first
// request.
type API struct {
	// Gzip compresses answers for callers that accept it.
	Gzip bool
	// Stamp adds the headers that every answer of the provider has, scripted answers too; may be
	// nil.
	Stamp func(c *Call, h http.Header)

	Clock  Clock
	Ledger Ledger

	mux     *http.ServeMux
	other   Handler
	routes  map[string]bool
	closing chan struct{}
	zippers sync.Pool

	mu     sync.Mutex
	log    []logged
	faults []*scripted
	busy   int
	idle   chan struct{} // closed when busy comes down to zero
	closed bool
}

type logged struct {
	route   string
	request *http.Request
	body    []byte
	err     error // why the body is not all there
}

// New returns an API whose requests go to other until routes are added.
func New(other Handler) *API {
	a := &API{mux: http.NewServeMux(), other: other, routes: map[string]bool{}, closing: make(chan struct{})}
	a.Handle("/", other)
	return a
}

// Handle adds a route, a pattern of [http.ServeMux] such as "POST /air/payments" or "GET
// /air/payments/{id}".
func (a *API) Handle(route string, h Handler) {
	a.routes[route] = true
	a.mux.HandleFunc(route, func(w http.ResponseWriter, r *http.Request) { a.serve(w, r, route, h) })
}

// ServeHTTP implements [http.Handler].
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// ServeMux would answer a path that is not clean with a redirect of its own, unseen by log and
	// faults.
	if p := r.URL.Path; p != path.Clean(p) && p != path.Clean(p)+"/" {
		a.serve(w, r, "/", a.other)
		return
	}
	a.mux.ServeHTTP(w, r)
}

func (a *API) serve(w http.ResponseWriter, r *http.Request, route string, h Handler) {
	if !a.enter() {
		panic(http.ErrAbortHandler)
	}
	defer a.leave()

	body, err := io.ReadAll(r.Body)
	c := a.arrived(r, route, body, err)
	if err != nil {
		panic(http.ErrAbortHandler) // half a request: no provider acts on it
	}
	act := h(c)
	f := &c.fault
	if f.Arrived != nil {
		f.Arrived()
	}
	if f.Hold != nil {
		select {
		case <-f.Hold: // the caller may be long gone, the provider acts all the same
		case <-a.closing:
			panic(http.ErrAbortHandler)
		}
	}
	if f.Cut == BeforeActing {
		cut(w, f.Reset)
		return
	}
	answer := Answer{Status: http.StatusInternalServerError}
	if !f.NoAction {
		answer = act()
	}
	a.answer(w, c, answer)
}

// arrived logs the request and takes the fault that was scripted for it.
func (a *API) arrived(r *http.Request, route string, body []byte, err error) *Call {
	kept := r.Clone(context.Background()) // as it was: a handler that writes into its header does not change the log
	kept.Body = nil
	a.mu.Lock()
	defer a.mu.Unlock()
	a.log = append(a.log, logged{route: route, request: kept, body: body, err: err})
	c := &Call{Request: r, Body: body, N: len(a.log), clock: &a.Clock}
	if err == nil {
		c.fault = a.takeFault(route)
	}
	return c
}

// Requests returns the requests of a route that arrived, in order; "" stands for all routes. Their
// bodies can be read; reading one that did not arrive in full ends with the server's error.
func (a *API) Requests(route string) []*http.Request {
	a.mustKnow(route)
	a.mu.Lock()
	defer a.mu.Unlock()
	var rs []*http.Request
	for _, l := range a.log {
		if route != "" && l.route != route {
			continue
		}
		r := l.request.Clone(context.Background())
		r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(l.body), failing{l.err}))
		rs = append(rs, r)
	}
	return rs
}

// Count is len(Requests(route)) without the copies.
func (a *API) Count(route string) int {
	a.mustKnow(route)
	a.mu.Lock()
	defer a.mu.Unlock()
	n := 0
	for _, l := range a.log {
		if route == "" || l.route == route {
			n++
		}
	}
	return n
}

// failing reads as err, or as the end when there is none.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) {
	if f.err != nil {
		return 0, f.err
	}
	return 0, io.EOF
}

// mustKnow panics for a route that does not exist: a test with a typo in it would otherwise prove
// nothing.
func (a *API) mustKnow(route string) {
	if route == "" || a.routes[route] {
		return
	}
	known := make([]string, 0, len(a.routes))
	for r := range a.routes {
		known = append(known, r)
	}
	slices.Sort(known)
	panic(fmt.Sprintf("sim: no route %q, only %s", route, strings.Join(known, ", ")))
}

func (a *API) enter() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return false
	}
	if a.busy == 0 {
		a.idle = make(chan struct{})
	}
	a.busy++
	return true
}

func (a *API) leave() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.busy--; a.busy == 0 {
		close(a.idle)
	}
}

// WaitIdle returns when no request is being worked on; then the ledger stands still. A request that
// has not reached the server yet does not count.
func (a *API) WaitIdle(ctx context.Context) error {
	a.mu.Lock()
	busy, idle := a.busy > 0, a.idle
	a.mu.Unlock()
	if !busy {
		return nil
	}
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Close ends held requests without acting on them, refuses new ones and waits for those under way.
func (a *API) Close() {
	a.mu.Lock()
	if !a.closed {
		a.closed = true
		close(a.closing)
	}
	a.mu.Unlock()
	_ = a.WaitIdle(context.Background())
}
