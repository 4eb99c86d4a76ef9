package musement

import (
	"log/slog"
	"net/http"
	"regexp"
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
	settling   time.Duration
}

// WithBaseURL sends the calls to another address than [ProductionURL]: [SandboxURL], or a simulator's. It must be https,
// or plain http to this machine.
func WithBaseURL(u string) Option {
	return func(s *settings) error { s.call.BaseURL = u; return nil }
}

// WithPlainHTTP lets [WithBaseURL] name another machine by plain http. The credentials and the payments are then open to
// everybody on the way.
func WithPlainHTTP() Option {
	return func(s *settings) error { s.call.AllowPlainHTTP = true; return nil }
}

var version = regexp.MustCompile(`^[0-9]+\.[0-9]+\.[0-9]+$`)

// WithVersion asks for another version of the API than 3.4.0, which this package mirrors.
func WithVersion(v string) Option {
	return func(s *settings) error {
		if !version.MatchString(v) {
			return payment.InvalidField("Version", "want three numbers, 3.4.0")
		}
		s.call.Header.Set(headerVersion, v)
		return nil
	}
}

// WithCurrency sets the currency that carts and orders are priced in. Without it the market's is taken. Use one client per
// currency: a cart, its order and its payment must agree on it.
func WithCurrency(code string) Option { return word(headerCurrency, "Currency", code) }

// WithMarket sets the market code that Musement has issued to the partner. It decides on the catalogue and the prices;
// without it Musement takes "us".
func WithMarket(code string) Option { return word(headerMarket, "Market", code) }

// WithLanguage sets the language of texts in answers, "it" or "en-US". Without it Musement takes "en-US".
func WithLanguage(code string) Option { return word(headerLanguage, "Language", code) }

// codes are what currencies, markets and languages are named by.
var codes = regexp.MustCompile(`^[A-Za-z0-9_-]{1,40}$`)

func word(header, field, value string) Option {
	return func(s *settings) error {
		if !codes.MatchString(value) {
			return payment.InvalidField(field, "want a code of letters, digits, - and _")
		}
		s.call.Header.Set(header, value)
		return nil
	}
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
// An observer, see [WithObserver], costs no such proof. It sees the credentials in headers and in the body of the login.
func WithMiddleware(mw ...func(http.RoundTripper) http.RoundTripper) Option {
	return func(s *settings) error { return s.call.AddMiddleware(mw) }
}

// WithLogger writes a line per call: operation, route, status, outcome, duration; never a body or a header.
func WithLogger(l *slog.Logger) Option {
	return func(s *settings) error { s.call.Logger = l; return nil }
}

// WithObserver tells o of every call that the client makes, logins included. Several observers add up, the first one
// outermost. It changes nothing about the calls; to see requests and answers themselves use [WithMiddleware].
func WithObserver(o httpcall.Observer) Option {
	return func(s *settings) error { return s.call.AddObserver(o) }
}

// WithAppInfo names the program that uses the client in the User-Agent: "supplierpay-go/v1.2.3 (musement) name/version". Both
// are words of letters, digits and -._; version may be "".
func WithAppInfo(name, version string) Option {
	return func(s *settings) error { return s.call.SetAppInfo(name, version) }
}

// WithUserAgent replaces the whole User-Agent header, the name of [WithAppInfo] too.
func WithUserAgent(ua string) Option {
	return func(s *settings) error { s.call.UserAgent = ua; return nil }
}

// WithTimeout bounds a payment from its first byte to the header of its answer. The default is 130 seconds. A shorter time
// cancels nothing, it only loses the answer.
func WithTimeout(d time.Duration) Option {
	return func(s *settings) error { return s.call.SetWriteTimeout(d) }
}

// WithReadTimeout bounds each try of a read, and the whole of what Pay and Continue read around the payment. The default is
// 60 seconds.
func WithReadTimeout(d time.Duration) Option {
	return func(s *settings) error { return s.call.SetReadTimeout(d) }
}

// WithIdleTimeout sets how long an unused connection is kept. The default of 2 seconds is below the limits of servers: a
// payment on a connection that the server is just closing has outcome Unknown.
func WithIdleTimeout(d time.Duration) Option {
	return func(s *settings) error { return s.call.SetIdleTimeout(d) }
}

// WithSettling sets how long after a payment's last call Musement may still take the money or first show it. Before that
// Lookup never says that nothing was taken. Musement documents no such time; the default is an hour.
func WithSettling(d time.Duration) Option {
	return func(s *settings) error {
		s.settling = d
		return call.Positive("Settling", d)
	}
}

// WithCurrencies replaces the table of [payment.ISO4217] that amounts are checked against.
func WithCurrencies(c payment.Currencies) Option {
	return func(s *settings) error { s.currencies = c; return nil }
}
