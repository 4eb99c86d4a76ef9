package activeplatformtest

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/supplierpay/supplierpay-go/internal/sim"
	"github.com/supplierpay/supplierpay-go/payment"
)

// The routes, for [Fault], [Server.Requests] and [Server.Count].
const (
	CreatePayment   = "POST /api/vendor/v1/payments.json"
	ListPayments    = "GET /api/vendor/v1/payments.json"
	GetPayment      = "GET /api/vendor/v1/payments/{file}"
	CompletePayment = "POST /api/vendor/v1/payments/{id}/complete.json"

	CreatePaymentV3   = "POST /api/v3/resellers/{reseller}/payments"
	ListPaymentsV3    = "GET /api/v3/resellers/{reseller}/payments"
	GetPaymentV3      = "GET /api/v3/resellers/{reseller}/payments/{id}"
	CompletePaymentV3 = "PATCH /api/v3/resellers/{reseller}/payments/{id}"
	CancelPaymentV3   = "DELETE /api/v3/resellers/{reseller}/payments/{id}"
	ListAccountsV3    = "GET /api/v3/resellers/{reseller}/accounts"
	GetAccountV3      = "GET /api/v3/resellers/{reseller}/accounts/{id}"
)

// Server is a simulated installation. It is safe for concurrent use.
type Server struct {
	// URL is the base URL, such as http://127.0.0.1:41234; "" with [WithoutListener].
	URL string
	// Token is the API token of a manager, for both APIs.
	Token string
	// ResellerID is the one reseller of API v3.
	ResellerID string
	// Currency is the installation's.
	Currency string

	api       *sim.API
	listen    *sim.Server
	pageLimit int

	mu          sync.Mutex
	accounts    []*account // oldest first
	accountByID map[string]*account
	payments    []*record // oldest first
	due         []*record // that will complete by themselves
}

// Option changes how a [Server] is set up.
type Option func(*config)

type config struct {
	token     string
	currency  string
	pageLimit int
	secure    bool
	noListen  bool
}

// WithToken sets [Server.Token].
func WithToken(token string) Option { return func(c *config) { c.token = token } }

// WithCurrency sets [Server.Currency]; it is USD otherwise.
func WithCurrency(code string) Option { return func(c *config) { c.currency = code } }

// WithPageLimit gives at most n rows per page, however many are asked for; 100 otherwise. The
// platform's own limit is not documented.
func WithPageLimit(n int) Option { return func(c *config) { c.pageLimit = n } }

// WithTLS serves https with a certificate made for this server; see [Server.Transport].
func WithTLS() Option { return func(c *config) { c.secure = true } }

// WithoutListener opens no port: the server is [Server.Handler] alone.
func WithoutListener() Option { return func(c *config) { c.noListen = true } }

// NewServer starts a server, which must be closed. It panics when there is no loopback port to be
// had.
func NewServer(opts ...Option) *Server {
	conf := config{token: "simulated-manager-token", currency: "USD", pageLimit: 100}
	for _, o := range opts {
		o(&conf)
	}
	s := &Server{Token: conf.token, ResellerID: "1", Currency: conf.currency, pageLimit: conf.pageLimit,
		accountByID: map[string]*account{}}
	s.api = sim.New(func(c *sim.Call) func() sim.Answer { return refuseV1(http.StatusNotFound, "no such method") })
	s.api.Gzip = true
	for route, h := range map[string]sim.Handler{
		CreatePayment: s.createV1, ListPayments: s.listV1, GetPayment: s.getV1, CompletePayment: s.completeV1,
	} {
		s.api.Handle(route, s.checkedV1(h))
	}
	for route, h := range map[string]sim.Handler{
		CreatePaymentV3: s.createV3, ListPaymentsV3: s.listV3, GetPaymentV3: s.getV3, CompletePaymentV3: s.patchV3,
		CancelPaymentV3: s.cancelV3, ListAccountsV3: s.listAccounts, GetAccountV3: s.getAccount,
	} {
		s.api.Handle(route, s.checkedV3(h))
	}
	if conf.noListen {
		return s
	}
	l, err := sim.Start(s.api, conf.secure)
	if err != nil {
		panic(fmt.Sprintf("activeplatformtest: %v", err))
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

// Taken returns the money really taken for an account, in the order of taking, whatever was
// answered: the totals of its completed payments.
func (s *Server) Taken(accountID string) []payment.Money {
	s.locked(func(time.Time) {}) // what is due by now is completed first
	return s.api.Ledger.Taken(accountID)
}

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

// locked runs f with the lock, after completing what is due.
func (s *Server) locked(f func(now time.Time)) {
	now := s.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.due = slices.DeleteFunc(s.due, func(r *record) bool {
		ripe := !now.Before(r.due)
		if ripe && r.status == waiting && !r.gone {
			s.close(r, completed, r.due)
		}
		return ripe
	})
	f(now)
}
