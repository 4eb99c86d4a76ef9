package etmtest

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/supplierpay/supplierpay-go/internal/sim"
	"github.com/supplierpay/supplierpay-go/payment"
)

// The routes, for [Fault], [Server.Requests] and [Server.Count]. Those of [WithRoute] are routes
// too.
const (
	Login              = "POST /api/login"
	LoginB2C           = "GET /api/login/{app_id}"
	Search             = "POST /api/air/search"
	Offers             = "GET /api/air/offers"
	SmartOffers        = "GET /api/air/offers/{buy_id}/smart_ff"
	Availability       = "GET /api/air/offers/{buy_id}/availability"
	AdditionalServices = "GET /api/air/offers/{request_id}/additional-services"
	DocumentTypes      = "GET /api/documents/types/site"
	CreateOrder        = "POST /api/air/orders"
	ListOrders         = "GET /api/air/orders"
	GetOrder           = "GET /api/air/orders/{order_id}"
	OrderPayment       = "POST /api/air/orders/{order_id}/payment"
)

// Server is a simulated ETM. It is safe for concurrent use.
type Server struct {
	// URL is the base URL, such as http://127.0.0.1:41234; "" with [WithoutListener].
	URL string
	// Login and Password are a partner's, AppID is an app's.
	Login, Password, AppID string

	api    *sim.API
	listen *sim.Server
	conf   config

	mu       sync.Mutex
	sessions map[string]*session // by key
	orders   []*order            // oldest first
	byID     map[string]*order
	searches map[string]int  // polls left until the offers are ready
	held     map[string]bool // offers whose availability was asked for
}

// Option changes how a [Server] is set up.
type Option func(*config)

type config struct {
	login, password, appID string
	secure, noListen       bool
	cookieAlone            bool
	lifetime, idle         time.Duration
	expired                int
	zone                   *time.Location
	polls                  int
	routes                 []scripted
}

// scripted is a route whose answer never changes.
type scripted struct {
	route  string
	status int
	body   string
}

// WithCredentials sets [Server.Login] and [Server.Password].
func WithCredentials(login, password string) Option {
	return func(c *config) { c.login, c.password = login, password }
}

// WithAppID sets [Server.AppID].
func WithAppID(id string) Option { return func(c *config) { c.appID = id } }

// WithTLS serves https with a certificate made for this server; see [Server.Transport].
func WithTLS() Option { return func(c *config) { c.secure = true } }

// WithoutListener opens no port: the server is [Server.Handler] alone.
func WithoutListener() Option { return func(c *config) { c.noListen = true } }

// WithSessionLimits sets how long a session lives and how long it may go unused. They are a day and
// six hours otherwise.
func WithSessionLimits(lifetime, idle time.Duration) Option {
	return func(c *config) { c.lifetime, c.idle = lifetime, idle }
}

// WithExpiredStatus sets the status of a call without a good session: 403 otherwise, and
// integrations have seen 401 too.
func WithExpiredStatus(status int) Option { return func(c *config) { c.expired = status } }

// WithCookieAlone lets a session's cookie do without its key, as in ETM's own sample of a payment.
// Otherwise a call wants both.
func WithCookieAlone() Option { return func(c *config) { c.cookieAlone = true } }

// WithZone sets the zone of the server's stamps: three hours east of Greenwich otherwise.
func WithZone(loc *time.Location) Option { return func(c *config) { c.zone = loc } }

// WithOfferPolls makes a search answer InProcess n times before its offers are ready.
func WithOfferPolls(n int) Option { return func(c *config) { c.polls = n } }

// WithRoute adds a route that no document shows, a pattern of [http.ServeMux] such as "GET
// /api/air/orders/{id}/refund" as your own papers have it. It wants a session, always gives the
// same answer, and takes no money.
func WithRoute(route string, status int, body string) Option {
	return func(c *config) { c.routes = append(c.routes, scripted{route, status, body}) }
}

// NewServer starts a server, which must be closed. It panics when there is no loopback port to be
// had, and for a route that conflicts with another.
func NewServer(opts ...Option) *Server {
	conf := config{
		login: "SIM_PARTNER", password: "sim-partner-password", appID: "0123456789",
		lifetime: 24 * time.Hour, idle: 6 * time.Hour, expired: http.StatusForbidden,
		zone: time.FixedZone("", 3*60*60),
	}
	for _, o := range opts {
		o(&conf)
	}
	s := &Server{
		Login: conf.login, Password: conf.password, AppID: conf.appID, conf: conf,
		sessions: map[string]*session{}, byID: map[string]*order{}, searches: map[string]int{}, held: map[string]bool{},
	}
	s.api = sim.New(s.checked(func(*sim.Call) func() sim.Answer { return refuse(http.StatusNotFound, "no such page") }))
	s.api.Gzip = true
	s.api.Stamp = func(_ *sim.Call, h http.Header) { h.Set("Date", s.Now().Format(http.TimeFormat)) }
	s.api.Handle(Login, s.loginB2B)
	s.api.Handle(LoginB2C, s.loginB2C)
	for route, h := range map[string]sim.Handler{
		Search: s.search, Offers: s.offers, SmartOffers: s.smartOffers, Availability: s.availability,
		AdditionalServices: s.additionalServices, DocumentTypes: s.documentTypes,
		CreateOrder: s.createOrder, ListOrders: s.listOrders, GetOrder: s.getOrder, OrderPayment: s.orderPayment,
	} {
		s.api.Handle(route, s.checked(h))
	}
	for _, r := range conf.routes {
		s.api.Handle(r.route, s.checked(func(*sim.Call) func() sim.Answer { return sim.Reply(raw(r.status, r.body)) }))
	}
	if conf.noListen {
		return s
	}
	l, err := sim.Start(s.api, conf.secure)
	if err != nil {
		panic(fmt.Sprintf("etmtest: %v", err))
	}
	s.listen, s.URL = l, l.URL
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

// Taken returns the money really taken by payments for the order, in the order of taking, whatever
// was answered.
func (s *Server) Taken(orderID string) []payment.Money { return s.api.Ledger.Taken(orderID) }

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

// Advance moves the server's clock by d, whether it runs or stands.
func (s *Server) Advance(d time.Duration) { s.api.Clock.Advance(d) }
