package musementtest

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
	Login                 = "POST /login"
	NoPayment             = "POST /payments/no/payment"
	StartSplit            = "POST /payments/split/payment"
	Complete              = "POST /payments/split/complete_3d_secure"
	CreateCart            = "POST /carts"
	GetCart               = "GET /carts/{cart}"
	DeleteCart            = "DELETE /carts/{cart}"
	AddItems              = "POST /carts/{cart}/items"
	RemoveItem            = "DELETE /carts/{cart}/items/{item}"
	GetCustomerSchema     = "GET /carts/{cart}/customer/schema"
	PutCustomer           = "PUT /carts/{cart}/customer"
	GetParticipantsSchema = "GET /carts/{cart}/items/{item}/participants/schema"
	PutParticipants       = "PUT /carts/{cart}/items/{item}/participants"
	GetOrderInfo          = "GET /carts/{cart}/order-info"
	CreateOrder           = "POST /orders"
	GetOrder              = "GET /orders/{order}"
	PatchOrder            = "PATCH /orders/{order}"
	CancelItem            = "DELETE /orders/{order}/items/{item}"
	GetRefundPolicies     = "GET /orders/{order}/items/{item}/refund-policies"
	GetRefunds            = "GET /orders/{order}/refunds"
	GetTickets            = "GET /orders/{order}/activities/{activity}/tickets"
	GetTicket             = "GET /orders/{order}/activities/{activity}/tickets/{ticket}"
	GetActivityVoucher    = "GET /orders/{order}/activities/{activity}/voucher"
	GetItemVoucher        = "GET /orders/{order}/items/{item}/voucher/booking"
	GetExternalVouchers   = "GET /orders/{order}/items/{item}/vouchers-external"
	GetCurrencies         = "GET /currencies"
)

// Server is a simulated Musement. It is safe for concurrent use.
type Server struct {
	// URL is the base URL, such as http://127.0.0.1:41234; "" with [WithoutListener].
	URL string
	// BankURL is where the bank of 3-D Secure listens. With [WithoutListener] nobody listens there.
	BankURL string
	// Application, ClientID and ClientSecret are the credentials of the one partner.
	Application, ClientID, ClientSecret string

	api    *sim.API
	listen *sim.Server
	bank   *bank

	permitted bool
	market    string
	account   string

	mu       sync.Mutex
	made     int // uuids and tokens
	tokens   map[string]time.Time
	products map[string]Product
	carts    map[string]*cart
	orders   map[string]*order
}

// Option changes how a [Server] is set up.
type Option func(*config)

type config struct {
	secure    bool
	noListen  bool
	forbidden bool
	market    string
	account   string
}

// WithAccount gives the partner credentials of that name, and tokens too, to tell two servers
// apart.
func WithAccount(name string) Option { return func(c *config) { c.account = name } }

// WithTLS serves https with a certificate made for this server; see [Server.Transport]. The bank
// stays plain.
func WithTLS() Option { return func(c *config) { c.secure = true } }

// WithoutListener opens no port: the server is [Server.Handler] alone.
func WithoutListener() Option { return func(c *config) { c.noListen = true } }

// WithoutNoPayment makes the partner one that may use the no-payment flow for orders of price zero
// only.
func WithoutNoPayment() Option { return func(c *config) { c.forbidden = true } }

// WithMarket sets the partner's market, besides "us".
func WithMarket(code string) Option { return func(c *config) { c.market = code } }

// NewServer starts a server, which must be closed. It panics when there is no loopback port to be
// had.
func NewServer(opts ...Option) *Server {
	conf := config{market: "us", account: "5f1d"}
	for _, o := range opts {
		o(&conf)
	}
	s := &Server{
		Application: "sim-application-" + conf.account, ClientID: "sim-client-" + conf.account,
		ClientSecret: "sim-client-secret-" + conf.account,
		account:      conf.account,
		permitted:    !conf.forbidden, market: conf.market,
		tokens: map[string]time.Time{}, products: map[string]Product{}, carts: map[string]*cart{}, orders: map[string]*order{},
	}
	s.api = sim.New(s.checked(notFound))
	s.api.Gzip = true
	s.api.Handle(Login, s.login)
	for route, h := range s.routes() {
		s.api.Handle(route, s.checked(h))
	}
	s.bank = newBank(s)
	if conf.noListen {
		s.BankURL = "https://bank.example"
		return s
	}
	s.listen, s.bank.listen = mustListen(s.api, conf.secure), mustListen(s.bank, false)
	s.URL, s.BankURL = s.listen.URL, s.bank.listen.URL
	return s
}

func mustListen(h http.Handler, secure bool) *sim.Server {
	l, err := sim.Start(h, secure)
	if err != nil {
		panic(fmt.Sprintf("musementtest: %v", err))
	}
	return l
}

func (s *Server) routes() map[string]sim.Handler {
	return map[string]sim.Handler{
		NoPayment: s.noPayment, StartSplit: s.startSplit, Complete: s.complete,
		CreateCart: s.createCart, GetCart: s.getCart, DeleteCart: s.deleteCart, AddItems: s.addItems, RemoveItem: s.removeItem,
		GetCustomerSchema: s.customerSchema, PutCustomer: s.putCustomer,
		GetParticipantsSchema: s.participantsSchema, PutParticipants: s.putParticipants,
		GetOrderInfo: s.orderInfo, CreateOrder: s.createOrder, GetOrder: s.getOrder, PatchOrder: s.patchOrder,
		CancelItem: s.cancelItem, GetRefundPolicies: s.refundPolicies, GetRefunds: s.refunds,
		GetTickets: s.tickets, GetTicket: s.ticket, GetActivityVoucher: s.activityVoucher, GetItemVoucher: s.itemVoucher,
		GetExternalVouchers: s.externalVouchers,
		GetCurrencies:       currencies,
	}
}

// Close stops the server and the bank and waits for everything under way. Requests that a fault
// still holds end without being acted on.
func (s *Server) Close() {
	s.api.Close()
	if s.listen != nil {
		s.listen.Close()
		s.bank.listen.Close()
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
// answered. The no-payment flow takes it from the partner, a card payment from the customer.
func (s *Server) Taken(orderUUID string) []payment.Money { return s.api.Ledger.Taken(orderUUID) }

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

// uuid makes an identifier. The caller holds the server's lock.
func (s *Server) uuid() string {
	s.made++
	return fmt.Sprintf("51a0c0de-0000-4000-8000-%012x", s.made)
}
