package etm

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
	call       call.Config
	currencies payment.Currencies
	words      map[string]bool
	verify     bool
	zone       *time.Location
	now        func() time.Time
}

// WithPlainHTTP lets the base URL name another machine by plain http. The login, the session and the payments are then
// open to everybody on the way.
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
// An observer, see [WithObserver], costs no such proof. Middleware sees the session and the login.
func WithMiddleware(mw ...func(http.RoundTripper) http.RoundTripper) Option {
	return func(s *settings) error { return s.call.AddMiddleware(mw) }
}

// WithLogger writes a line per call, logins included: operation, route, status, outcome, duration; never a body or a
// header.
func WithLogger(l *slog.Logger) Option {
	return func(s *settings) error { s.call.Logger = l; return nil }
}

// WithObserver tells o of every call that the client makes, logins included. Several observers add up, the first one
// outermost. It changes nothing about the calls; to see requests and answers themselves use [WithMiddleware].
func WithObserver(o httpcall.Observer) Option {
	return func(s *settings) error { return s.call.AddObserver(o) }
}

// WithAppInfo names the program that uses the client in the User-Agent: "supplierpay-go/v1.2.3 (etm) name/version". Both
// are words of letters, digits and -._; version may be "".
func WithAppInfo(name, version string) Option {
	return func(s *settings) error { return s.call.SetAppInfo(name, version) }
}

// WithUserAgent replaces the whole User-Agent header, the name of [WithAppInfo] too.
func WithUserAgent(ua string) Option {
	return func(s *settings) error { s.call.UserAgent = ua; return nil }
}

// WithTimeout bounds a call that moves money or changes state, from its first byte to the header of its answer. The
// default is 130 seconds, since tickets may be issued inside the call. A shorter time cancels nothing, it only loses the
// answer.
func WithTimeout(d time.Duration) Option {
	return func(s *settings) error { return s.call.SetWriteTimeout(d) }
}

// WithReadTimeout bounds each try of a read, and the whole of what Pay reads before it pays. The default is 60 seconds.
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

// WithTimeZone tells in which zone ETM's stamps are: they come without one, and none is documented. The client then knows
// exactly when an order's deadline passes. Without it Pay goes by the days, hours and minutes that the order shows beside
// the stamp, and Payment.At stays zero.
func WithTimeZone(loc *time.Location) Option {
	return func(s *settings) error {
		if loc == nil {
			return payment.InvalidField("TimeZone", "nil")
		}
		s.zone = loc
		return nil
	}
}

// WithoutOrderCheck makes Pay send the payment without reading the order first. ETM does not document whether it refuses
// a wrong amount, or a second payment of the same order.
func WithoutOrderCheck() Option {
	return func(s *settings) error { s.verify = false; return nil }
}

// WithRefusalWords names the values of an answer's status that, by your contract with ETM, say that nothing was taken.
// None is documented: without this option every word but "ok" leaves the outcome Unknown. Words are compared exactly.
func WithRefusalWords(words ...string) Option {
	return func(s *settings) error {
		if s.words == nil {
			s.words = map[string]bool{}
		}
		for _, w := range words {
			if w == "" || w == statusOK {
				return payment.InvalidField("RefusalWords", `a refusal is neither "" nor "ok"`)
			}
			s.words[w] = true
		}
		return nil
	}
}
