package activeplatform

import (
	"log/slog"
	"net/http"
	"strings"
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
	prefix     []string
	currency   string
	currencies payment.Currencies
	reseller   ID
	absence    time.Duration
	now        func() time.Time
}

// WithCurrency declares the currency of the installation, such as "USD". It is required: API v1 names no currency
// anywhere, amounts are in the reseller's.
func WithCurrency(code string) Option {
	return func(s *settings) error { s.currency = code; return nil }
}

// WithV3 makes Pay and Prepare use API v3 as this reseller, one's own or one downstream. Without it they use API v1.
// Lookup uses the API that the attempt was made with, whatever this client's own. It then finds a payment, but never
// answers that there is none: ask a client with the attempt's API for that.
func WithV3(resellerID ID) Option {
	return func(s *settings) error {
		s.reseller = resellerID
		return checkID("ResellerID", resellerID)
	}
}

// WithV1Prefix replaces the path in front of API v1's methods, "/api/vendor/v1". Newer releases declare
// "/api/v1/reseller" its equal.
func WithV1Prefix(path string) Option {
	return func(s *settings) error {
		s.prefix = strings.Split(strings.Trim(path, "/"), "/")
		for _, segment := range s.prefix {
			if segment == "" || segment == "." || segment == ".." || strings.ContainsAny(segment, "?#%\\") {
				return payment.InvalidField("V1Prefix", "want a path such as /api/v1/reseller")
			}
		}
		return nil
	}
}

// WithAbsenceProof lets Lookup answer [payment.ErrNoPayment]: you state that an installation that got a payment shows it
// in its list within d after the call at the latest. The documentation states no such time, so without this option a
// payment that is not there is never proof. The statement is about every call, also one whose answer was lost, or whose
// process died: state a time that holds for a call which waits in a gateway.
//
// Even then Lookup proves nothing while the account has a payment of that time that no client of this package made, or one
// of another key that is larger: it may be ours, edited or joined by the customer. With API v1, whose list is read for one account, you state too that nobody
// moves a payment to another account. The clocks of this machine and of the installation may differ by an hour.
func WithAbsenceProof(d time.Duration) Option {
	return func(s *settings) error {
		s.absence = d
		return call.Positive("AbsenceProof", d)
	}
}

// WithPlainHTTP lets the base URL name another machine by plain http. The token and the payments are then open to
// everybody on the way.
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
// An observer, see [WithObserver], costs no such proof. It sees the URLs of API v1, which carry the token: log their paths only.
func WithMiddleware(mw ...func(http.RoundTripper) http.RoundTripper) Option {
	return func(s *settings) error { return s.call.AddMiddleware(mw) }
}

// WithLogger writes a line per call: operation, route, status, outcome, duration; never a body, a header or a query.
func WithLogger(l *slog.Logger) Option {
	return func(s *settings) error { s.call.Logger = l; return nil }
}

// WithObserver tells o of every call that the client makes. Several observers add up, the first one
// outermost. It changes nothing about the calls; to see requests and answers themselves use [WithMiddleware].
func WithObserver(o httpcall.Observer) Option {
	return func(s *settings) error { return s.call.AddObserver(o) }
}

// WithAppInfo names the program that uses the client in the User-Agent: "supplierpay-go/v1.2.3 (activeplatform) name/version". Both
// are words of letters, digits and -._; version may be "".
func WithAppInfo(name, version string) Option {
	return func(s *settings) error { return s.call.SetAppInfo(name, version) }
}

// WithUserAgent replaces the whole User-Agent header, the name of [WithAppInfo] too.
func WithUserAgent(ua string) Option {
	return func(s *settings) error { s.call.UserAgent = ua; return nil }
}

// WithTimeout bounds a payment from its first byte to the header of its answer. The default is 130 seconds: the platform
// documents no limit of its own, and a short time cancels nothing, it only loses the answer.
func WithTimeout(d time.Duration) Option {
	return func(s *settings) error { return s.call.SetWriteTimeout(d) }
}

// WithReadTimeout bounds each try of a read. The default is 60 seconds.
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
