package duffeltest

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/supplierpay/supplierpay-go/internal/sim"
	"github.com/supplierpay/supplierpay-go/payment"
)

// The routes, for [Fault], [Server.Requests] and [Server.Count].
const (
	CreatePayment = "POST /air/payments"
	ListPayments  = "GET /air/payments"
	GetPayment    = "GET /air/payments/{id}"
	ListOrders    = "GET /air/orders"
	GetOrder      = "GET /air/orders/{id}"
	CreateOrder   = "POST /air/orders"
	UpdateOrder   = "PATCH /air/orders/{id}"
	PriceOrder    = "POST /air/orders/{id}/actions/price"
	AddServices   = "POST /air/orders/{id}/services"

	CreateOrderCancellation  = "POST /air/order_cancellations"
	ConfirmOrderCancellation = "POST /air/order_cancellations/{id}/actions/confirm"
	GetOrderCancellation     = "GET /air/order_cancellations/{id}"
	ListOrderCancellations   = "GET /air/order_cancellations"

	CreateCard                = "POST /payments/cards"
	DeleteCard                = "DELETE /payments/cards/{id}"
	CreateThreeDSecureSession = "POST /payments/three_d_secure_sessions"
)

// Server is a simulated Duffel. It is safe for concurrent use.
type Server struct {
	// URL is the base URL, such as http://127.0.0.1:41234; "" with [WithoutListener].
	URL string
	// CardsURL is the base URL of the card vault: the same port by another name, since the vault is
	// an origin of its own. Cards are not found at URL, and nothing else is found here.
	CardsURL string
	// Token is a read-write access token; ReadOnlyToken may not pay.
	Token, ReadOnlyToken string

	api    *sim.API
	listen *sim.Server
	limit  limiter

	mu          sync.Mutex
	orders      []*order // oldest first
	orderByID   map[string]*order
	payments    []*paid // oldest first
	paymentByID map[string]*paid
	offers      map[string]*offer

	cancellations []*cancellation // oldest first
	cards         map[string]*card
	cardsMade     int
	sessions      map[string]*session

	webhooks    []Webhook // oldest first
	undelivered []Webhook
}

// Option changes how a [Server] is set up.
type Option func(*config)

type config struct {
	token     string
	secure    bool
	noListen  bool
	rateLimit int
}

// WithToken sets [Server.Token].
func WithToken(token string) Option { return func(c *config) { c.token = token } }

// WithTLS serves https with a certificate made for this server; see [Server.Transport].
func WithTLS() Option { return func(c *config) { c.secure = true } }

// WithoutListener opens no port: the server is [Server.Handler] alone.
func WithoutListener() Option { return func(c *config) { c.noListen = true } }

// WithRateLimit lets n requests pass in a minute of the server's clock and answers 429 to the rest.
// Without it the ratelimit headers are there and no limit is.
func WithRateLimit(n int) Option { return func(c *config) { c.rateLimit = n } }

// NewServer starts a server, which must be closed. It panics when there is no loopback port to be
// had.
func NewServer(opts ...Option) *Server {
	conf := config{token: "duffel_test_read_write"}
	for _, o := range opts {
		o(&conf)
	}
	s := &Server{
		Token: conf.token, ReadOnlyToken: "duffel_test_read_only",
		limit:     limiter{limit: conf.rateLimit},
		orderByID: map[string]*order{}, paymentByID: map[string]*paid{}, offers: map[string]*offer{},
		cards: map[string]*card{}, sessions: map[string]*session{},
	}
	s.api = sim.New(s.checked(s.notFound))
	s.api.Gzip = true
	s.api.Stamp = s.stamp
	for route, h := range map[string]sim.Handler{
		CreatePayment: s.createPayment, ListPayments: s.listPayments, GetPayment: s.getPayment,
		ListOrders: s.listOrders, GetOrder: s.getOrder, CreateOrder: s.createOrder,
		UpdateOrder: s.updateOrder, PriceOrder: s.priceOrder, AddServices: s.addServices,
		CreateOrderCancellation: s.createCancellation, ConfirmOrderCancellation: s.confirmCancellation,
		GetOrderCancellation: s.getCancellation, ListOrderCancellations: s.listCancellations,
		CreateThreeDSecureSession: s.createSession,
	} {
		s.api.Handle(route, s.checked(s.at(&s.URL, h)))
	}
	s.api.Handle(CreateCard, s.checked(s.at(&s.CardsURL, s.createCard)))
	s.api.Handle(DeleteCard, s.checked(s.at(&s.CardsURL, s.deleteCard)))
	if conf.noListen {
		return s
	}
	l, err := sim.Start(s.api, conf.secure)
	if err != nil {
		panic(fmt.Sprintf("duffeltest: %v", err))
	}
	s.listen, s.URL, s.CardsURL = l, l.URL, strings.Replace(l.URL, "127.0.0.1", "localhost", 1)
	return s
}

// at lets h answer only what was sent to its own origin. Without a listener there is but one.
func (s *Server) at(origin *string, h sim.Handler) sim.Handler {
	return func(c *sim.Call) func() sim.Answer {
		_, host, _ := strings.Cut(*origin, "://")
		for _, known := range []string{s.URL, s.CardsURL} {
			if _, other, ok := strings.Cut(known, "://"); ok && c.Host == other && other != host {
				return s.notFound(c)
			}
		}
		return h(c)
	}
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

// Taken returns the money really taken for the order, in the order of taking, whatever was
// answered: by payments, by services that were added, by making an instant order of an [Offer]. A
// payment split over several methods has one entry for each. What an instant order of
// [Server.AddOrder] cost is not here.
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
