package duffel

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/supplierpay/supplierpay-go/internal/call"
	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/httpcall"
)

// Option changes a client that [New] makes.
type Option func(*settings) error

// settings are what the options write to.
type settings struct {
	call        call.Config
	currencies  payment.Currencies
	vault       string // base URL; "" is Duffel's own with Duffel's own API
	verify      bool
	priceMethod string
	now         func() time.Time
}

// WithBaseURL sends the calls to another address than https://api.duffel.com, such as a simulator's. It must be https,
// or plain http to this machine.
func WithBaseURL(u string) Option {
	return func(s *settings) error { s.call.BaseURL = u; return nil }
}

// WithCardsBaseURL sends cards to another vault than https://api.duffel.cards. A client with [WithBaseURL] has no vault
// without it. Both get the access token.
func WithCardsBaseURL(u string) Option {
	return func(s *settings) error {
		if u == "" {
			return payment.InvalidField("CardsBaseURL", "missing")
		}
		s.vault = u
		return nil
	}
}

// WithPlainHTTP lets [WithBaseURL] and [WithCardsBaseURL] name another machine by plain http. The token, the payments and
// the cards are then open to everybody on the way.
func WithPlainHTTP() Option {
	return func(s *settings) error { s.call.AllowPlainHTTP = true; return nil }
}

// WithTransport makes the client connect the way t does: proxy, certificates, dialer. t is cloned, speaks HTTP/1.1 in the
// clone, and keeps unused connections as long as [WithIdleTimeout] says.
func WithTransport(t *http.Transport) Option {
	return func(s *settings) error { return s.call.SetTransport(t) }
}

// WithRoundTripper replaces the transport, for tests and for networks of a special kind. The client then cannot prove
// that a payment was not sent: every failure of rt has outcome Unknown. To watch or change calls use [WithMiddleware].
func WithRoundTripper(rt http.RoundTripper) Option {
	return func(s *settings) error { return s.call.SetRoundTripper(rt) }
}

// WithMiddleware wraps the transport, for tracing, metrics or headers; the first one is the outermost. Middleware must
// pass on the request's context, and must not send the request by a way of its own. Nobody sees such a way, so a call that
// fails without an answer has outcome NotSent only if the middleware cannot have used one: it returns the very error that
// it got, it has called the next round tripper once, and nobody has read the body. Every other failure is Unknown, and so is
// every failure of a payment whose request has no body. A refusal counts only in the very answer that the middleware got.
// An observer, see [WithObserver], costs no such proof.
func WithMiddleware(mw ...func(http.RoundTripper) http.RoundTripper) Option {
	return func(s *settings) error { return s.call.AddMiddleware(mw) }
}

// WithLogger writes a line per call: operation, route, status, outcome, duration, request id; never a body or a header.
func WithLogger(l *slog.Logger) Option {
	return func(s *settings) error { s.call.Logger = l; return nil }
}

// WithObserver tells o of every call that the client makes. Several observers add up, the first one
// outermost. It changes nothing about the calls; to see requests and answers themselves use [WithMiddleware].
func WithObserver(o httpcall.Observer) Option {
	return func(s *settings) error { return s.call.AddObserver(o) }
}

// WithAppInfo names the program that uses the client in the User-Agent: "supplierpay-go/v1.2.3 (duffel) name/version". Both
// are words of letters, digits and -._; version may be "".
func WithAppInfo(name, version string) Option {
	return func(s *settings) error { return s.call.SetAppInfo(name, version) }
}

// WithUserAgent replaces the whole User-Agent header, the name of [WithAppInfo] too.
func WithUserAgent(ua string) Option {
	return func(s *settings) error { s.call.UserAgent = ua; return nil }
}

// WithTimeout bounds a payment from its first byte to the header of its answer. The default is 130 seconds: Duffel may
// take 120, and a shorter time cancels nothing, it only loses the answer.
func WithTimeout(d time.Duration) Option {
	return func(s *settings) error { return s.call.SetWriteTimeout(d) }
}

// WithReadTimeout bounds each try of a read, and the whole of what [WithVerifyOrder] reads. The default is 60 seconds.
func WithReadTimeout(d time.Duration) Option {
	return func(s *settings) error { return s.call.SetReadTimeout(d) }
}

// WithIdleTimeout sets how long an unused connection is kept. The default of 2 seconds is below the limits of servers: a
// payment on a connection that the server is just closing has outcome Unknown.
func WithIdleTimeout(d time.Duration) Option {
	return func(s *settings) error { return s.call.SetIdleTimeout(d) }
}

// WithCurrencies replaces the table of [payment.ISO4217] that amounts are checked against.
func WithCurrencies(c payment.Currencies) Option {
	return func(s *settings) error { s.currencies = c; return nil }
}

// WithVerifyOrder makes Pay read the order first, as Duffel advises, and send nothing when the order has another price
// ([payment.ErrPriceChanged]), cannot be paid ([payment.ErrOrderNotPayable]), or is paid or being paid
// ([payment.ErrAlreadyPaid]). By card the price is the sum of what the order was last priced for, if it was. The outcome of
// these errors, and of a read that fails, is NotSent. The order may still change between the two calls; Duffel then refuses
// the payment itself.
func WithVerifyOrder() Option {
	return func(s *settings) error { s.verify = true; return nil }
}

// WithPriceMethod sets the HTTP method of PriceOrder: POST, the default, or PATCH, as a guide of Duffel's has it.
func WithPriceMethod(method string) Option {
	return func(s *settings) error {
		if method != http.MethodPost && method != http.MethodPatch {
			return payment.InvalidField("PriceMethod", "want POST or PATCH")
		}
		s.priceMethod = method
		return nil
	}
}
