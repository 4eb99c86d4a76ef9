package travelporttest

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/supplierpay/supplierpay-go/internal/sim"
	"github.com/supplierpay/supplierpay-go/payment"
)

// The routes, for [Fault], [Server.Requests] and [Server.Count].
const (
	Token                = "POST /oauth/token"
	CreateWorkbench      = "POST /11/air/book/session/reservationworkbench"
	WorkbenchFromLocator = "POST /11/air/book/session/reservationworkbench/buildfromlocator"
	RetrieveWorkbench    = "GET /11/air/book/session/reservationworkbench/{id}"
	DiscardWorkbench     = "DELETE /11/air/book/session/reservationworkbench/{id}"
	AddFormOfPayment     = "POST /11/air/payment/reservationworkbench/{id}/formofpayment"
	UpdateFormOfPayment  = "PUT /11/air/payment/reservationworkbench/{id}/formofpayment/{form}"
	DeleteFormOfPayment  = "DELETE /11/air/payment/reservationworkbench/{id}/formofpayment/{form}"
	AddPayment           = "POST /11/air/paymentoffer/reservationworkbench/{id}/payments"
	Commit               = "POST /11/air/book/reservation/reservations/{id}"
	GetReservation       = "GET /11/air/book/reservation/reservations/{id}"
	GetByLocator         = "GET /11/air/book/reservation/reservations/getbylocator"
	ListReceipts         = "GET /11/air/receipt/reservations/{id}/receipts"
	VoidTicket           = "PUT /11/air/ticket/tickets/updatestatus/{number}"
	VoidDocuments        = "POST /11/documents/void"
)

// Server is a simulated Travelport. It is safe for concurrent use.
type Server struct {
	// URL is the root, such as http://127.0.0.1:41234; "" with [WithoutListener]. BaseURL and
	// TokenURL are what a client wants: URL with /11 and with /oauth/token.
	URL, BaseURL, TokenURL string
	// Username, Password, ClientID and ClientSecret are what a login needs, AccessGroup and PCC
	// what every other call does.
	Username, Password, ClientID, ClientSecret string
	AccessGroup, PCC                           string

	api    *sim.API
	listen *sim.Server
	conf   config

	mu           sync.Mutex
	serial       int // of everything that gets an id
	tokens       map[string]time.Time
	reservations map[string]*reservation
	benches      map[string]*workbench
	documents    map[string]*document
}

// Option changes how a [Server] is set up.
type Option func(*config)

type config struct {
	secure, noListen bool
	exclusive        bool
	strings          bool
	inside           bool
	forgetful        bool
	quiet            bool
	ownForms         bool
}

// WithTLS serves https with a certificate made for this server; see [Server.Transport].
func WithTLS() Option { return func(c *config) { c.secure = true } }

// WithoutListener opens no port: the server is [Server.Handler] alone.
func WithoutListener() Option { return func(c *config) { c.noListen = true } }

// WithExclusiveWorkbench refuses a second workbench on a reservation while one is open, with code
// 4350. Without it Travelport is as careless as its documentation allows.
func WithExclusiveWorkbench() Option { return func(c *config) { c.exclusive = true } }

// WithStringAmounts writes amounts as JSON strings.
func WithStringAmounts() Option { return func(c *config) { c.strings = true } }

// WithIdentifierInside puts a workbench's identifier into the reservation of the answer instead of
// beside it.
func WithIdentifierInside() Option { return func(c *config) { c.inside = true } }

// WithForgetfulForms answers a new form of payment without its id, and with the workbench's
// identifier in place of its own.
func WithForgetfulForms() Option { return func(c *config) { c.forgetful = true } }

// WithOwnFormIdentifiers stores forms of payment under identifiers of the server's own making, so
// that a payment that refers to the one that was sent does not match.
func WithOwnFormIdentifiers() Option { return func(c *config) { c.ownForms = true } }

// WithQuietCommit leaves the documents out of the answers to commits.
func WithQuietCommit() Option { return func(c *config) { c.quiet = true } }

// NewServer starts a server, which must be closed. It panics when there is no loopback port to be
// had.
func NewServer(opts ...Option) *Server {
	s := &Server{
		Username: "Universal API/uAPI-test", Password: "password-of-the-simulator",
		ClientID: "client-of-the-simulator", ClientSecret: "client-secret-of-the-simulator",
		AccessGroup: "19Y88702-C27A-4E5D-829A-89D7016688B1", PCC: "79JP_1G",
		tokens: map[string]time.Time{}, reservations: map[string]*reservation{},
		benches: map[string]*workbench{}, documents: map[string]*document{},
	}
	for _, o := range opts {
		o(&s.conf)
	}
	s.api = sim.New(s.checked(s.notFound))
	s.api.Gzip = true
	s.api.Stamp = stamp
	s.api.Handle(Token, s.login)
	for route, h := range map[string]sim.Handler{
		CreateWorkbench: s.createWorkbench, WorkbenchFromLocator: s.fromLocator, RetrieveWorkbench: s.retrieveWorkbench,
		DiscardWorkbench: s.discardWorkbench, AddFormOfPayment: s.addForm, UpdateFormOfPayment: s.updateForm,
		DeleteFormOfPayment: s.deleteForm, AddPayment: s.addPayment, Commit: s.commit, GetReservation: s.getReservation,
		GetByLocator: s.getByLocator, ListReceipts: s.listReceipts, VoidTicket: s.voidTicket, VoidDocuments: s.voidDocuments,
	} {
		s.api.Handle(route, s.checked(h))
	}
	if s.conf.noListen {
		return s
	}
	l, err := sim.Start(s.api, s.conf.secure)
	if err != nil {
		panic(fmt.Sprintf("travelporttest: %v", err))
	}
	s.listen, s.URL = l, l.URL
	s.BaseURL, s.TokenURL = s.URL+"/11", s.URL+"/oauth/token"
	return s
}

// Close stops the server and waits for everything under way. Requests that a fault still holds end
// without being acted on.
func (s *Server) Close() {
	s.api.Close()
	if s.listen != nil {
		s.listen.Close()
	}
}

// Handler returns the server without its port, to be put behind a proxy or a listener of your own.
func (s *Server) Handler() http.Handler { return s.api }

// Transport returns a new transport that trusts the server's certificate. It is nil with
// [WithoutListener].
func (s *Server) Transport() *http.Transport {
	if s.listen == nil {
		return nil
	}
	return s.listen.Transport()
}

// Taken returns the money really taken for the reservation, in the order of taking, whatever was
// answered: what each payment of a commit took. A void gives nothing back here.
func (s *Server) Taken(locator string) []payment.Money { return s.api.Ledger.Taken(locator) }

// Requests returns the requests that arrived at a route, in order; "" means all. Each has the whole
// body to read; reading a body that did not arrive in full ends with an error. It panics when the
// server has no such route.
func (s *Server) Requests(route string) []*http.Request { return s.api.Requests(route) }

// Count returns how many requests arrived at a route; "" means all. It panics when the server has
// no such route.
func (s *Server) Count(route string) int { return s.api.Count(route) }

// WaitIdle returns when no request is being worked on. Call it before [Server.Taken] when a caller
// has left early.
func (s *Server) WaitIdle(ctx context.Context) error { return s.api.WaitIdle(ctx) }

// Now returns the server's time: the real one until SetTime or Advance.
func (s *Server) Now() time.Time { return s.api.Clock.Now() }

// SetTime stops the server's clock at t.
func (s *Server) SetTime(t time.Time) { s.api.Clock.Set(t) }

// Advance moves the server's clock by d, whether it runs or stands. Workbenches live for 30 minutes
// of it.
func (s *Server) Advance(d time.Duration) { s.api.Clock.Advance(d) }

// OpenWorkbenches returns how many workbenches on the reservation are open.
func (s *Server) OpenWorkbenches(locator string) int {
	now := s.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, w := range s.benches {
		if w.reservation.Locator == locator && w.open(now) {
			n++
		}
	}
	return n
}

// Holds returns how many card approvals were asked for the reservation by forms of payment.
func (s *Server) Holds(locator string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.reservations[locator]; r != nil {
		return r.holds
	}
	return 0
}

// id returns a new identifier. The caller holds the lock.
func (s *Server) id() string {
	s.serial++
	return fmt.Sprintf("af076693-cfc3-49f3-b7d6-%012d", s.serial)
}
