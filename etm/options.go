package etm

import (
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/supplierpay/supplierpay-go/internal/call"
	"github.com/supplierpay/supplierpay-go/payment"
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
	return func(s *settings) error {
		if t == nil {
			return payment.InvalidField("Transport", "nil")
		}
		s.call.Transport = t
		return nil
	}
}

// WithRoundTripper replaces the transport, for tests and for networks of a special kind. The client then cannot prove
// that a payment was not sent: every failure of rt has outcome Unknown. To watch or change calls use [WithMiddleware].
func WithRoundTripper(rt http.RoundTripper) Option {
	return func(s *settings) error {
		if rt == nil {
			return payment.InvalidField("RoundTripper", "nil")
		}
		s.call.RoundTripper = rt
		return nil
	}
}

// WithMiddleware wraps the transport, for tracing, metrics or headers; the first one is the outermost. Middleware must
// pass on the request's context. It sees the session and the login.
func WithMiddleware(mw ...func(http.RoundTripper) http.RoundTripper) Option {
	return func(s *settings) error {
		if slices.ContainsFunc(mw, func(m func(http.RoundTripper) http.RoundTripper) bool { return m == nil }) {
			return payment.InvalidField("Middleware", "nil")
		}
		s.call.Middleware = append(s.call.Middleware, mw...)
		return nil
	}
}

// WithLogger writes a line per call, logins included: operation, route, status, outcome, duration; never a body or a
// header.
func WithLogger(l *slog.Logger) Option {
	return func(s *settings) error { s.call.Logger = l; return nil }
}

// WithUserAgent replaces the User-Agent header.
func WithUserAgent(ua string) Option {
	return func(s *settings) error { s.call.UserAgent = ua; return nil }
}

// WithTimeout bounds a call that moves money or changes state, from its first byte to the header of its answer. The
// default is 130 seconds, since tickets may be issued inside the call. A shorter time cancels nothing, it only loses the
// answer.
func WithTimeout(d time.Duration) Option {
	return func(s *settings) error {
		s.call.WriteTimeout = d
		return positive("Timeout", d)
	}
}

// WithReadTimeout bounds each try of a read, and the whole of what Pay reads before it pays. The default is 60 seconds.
func WithReadTimeout(d time.Duration) Option {
	return func(s *settings) error {
		s.call.ReadTimeout = d
		return positive("ReadTimeout", d)
	}
}

// WithIdleTimeout sets how long an unused connection is kept. The default of 2 seconds is below the limits of servers: a
// payment on a connection that the server is just closing has outcome Unknown.
func WithIdleTimeout(d time.Duration) Option {
	return func(s *settings) error {
		s.call.IdleTimeout = d
		return positive("IdleTimeout", d)
	}
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

func positive(field string, d time.Duration) error {
	if d <= 0 {
		return payment.InvalidField(field, "want a positive duration")
	}
	return nil
}
