package travelport

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
	call       call.Config // of the API; the token endpoint shares its transport, logger and times
	baseURL    string
	tokenURL   string
	preProd    bool
	grant      Grant
	scope      string
	flat       map[Body]bool
	currencies payment.Currencies
	setup      time.Duration
	now        func() time.Time
}

// WithPreProduction sends the calls to Travelport's pre-production system instead of production. Both are the .net hosts:
// the older .com hosts are switched off.
func WithPreProduction() Option {
	return func(s *settings) error { s.preProd = true; return nil }
}

// WithBaseURL sends the API calls to another address than https://api.travelport.net/11, such as a simulator's. The part
// of the path up to the version belongs to it, air does not. It must be https, or plain http to this machine, and goes
// together with [WithTokenURL]: credentials are never sent to an environment that they are not for.
func WithBaseURL(u string) Option {
	return func(s *settings) error {
		if u == "" {
			return payment.InvalidField("BaseURL", "missing")
		}
		s.baseURL = u
		return nil
	}
}

// WithTokenURL logs in at another address than https://auth.travelport.net/oauth/token. It goes with [WithBaseURL].
func WithTokenURL(u string) Option {
	return func(s *settings) error {
		if u == "" {
			return payment.InvalidField("TokenURL", "missing")
		}
		s.tokenURL = u
		return nil
	}
}

// WithPlainHTTP lets [WithBaseURL] and [WithTokenURL] name another machine by plain http. Credentials and card numbers
// are then open to everybody on the way.
func WithPlainHTTP() Option {
	return func(s *settings) error { s.call.AllowPlainHTTP = true; return nil }
}

// Grant is an OAuth 2.0 grant type.
type Grant string

// The grants of [WithGrant].
const (
	// GrantPassword is Travelport's documented grant and the default.
	GrantPassword Grant = "password"
	// GrantClientCredentials needs no user name and password.
	GrantClientCredentials Grant = "client_credentials"
)

// WithGrant logs in with another grant than [GrantPassword].
func WithGrant(g Grant) Option {
	return func(s *settings) error {
		if g != GrantPassword && g != GrantClientCredentials {
			return payment.InvalidField("Grant", "want password or client_credentials")
		}
		s.grant = g
		return nil
	}
}

// WithScope asks for a scope at login, such as "openid". Travelport documents none, and by default none is sent.
func WithScope(scope string) Option {
	return func(s *settings) error { s.scope = scope; return nil }
}

// WithFlat sends the bodies of these operations flat, {"@type":"Payment","id":...}, instead of wrapped into the name of
// their type, {"Payment":{"id":...}}. Travelport documents both; some operations of some accounts take only one.
func WithFlat(bodies ...Body) Option {
	return func(s *settings) error {
		for _, b := range bodies {
			switch b {
			case BodyWorkbench, BodyFormOfPayment, BodyPayment, BodyCommit, BodyTicketQuery, BodyVoid, BodyRefundQuote:
				s.flat[b] = true
			default:
				return payment.InvalidField("Flat", "no body of this name")
			}
		}
		return nil
	}
}

// WithTransport makes the client connect the way t does: proxy, certificates, dialer. t is cloned, speaks HTTP/1.1 in the
// clone, and keeps unused connections as long as [WithIdleTimeout] says. t must leave compression on: Travelport's
// production refuses calls that accept none.
func WithTransport(t *http.Transport) Option {
	return func(s *settings) error {
		if t != nil && t.DisableCompression {
			return payment.InvalidField("Transport", "compression is disabled, which Travelport does not allow")
		}
		return s.call.SetTransport(t)
	}
}

// WithRoundTripper replaces the transport, for tests and for networks of a special kind. The client then cannot prove
// that a step was not sent: every failure of rt has outcome Unknown. To watch or change calls use [WithMiddleware].
func WithRoundTripper(rt http.RoundTripper) Option {
	return func(s *settings) error { return s.call.SetRoundTripper(rt) }
}

// WithMiddleware wraps the transport, for tracing, metrics or headers; the first one is the outermost. Middleware must
// pass on the request's context, and must not log bodies: they carry card numbers and passwords.
func WithMiddleware(mw ...func(http.RoundTripper) http.RoundTripper) Option {
	return func(s *settings) error { return s.call.AddMiddleware(mw) }
}

// WithLogger writes a line per call: operation, route, status, outcome, duration, request id; never a body or a header.
func WithLogger(l *slog.Logger) Option {
	return func(s *settings) error { s.call.Logger = l; return nil }
}

// WithObserver tells o of every call that the client makes, logins included. Several observers add up, the first one
// outermost. It changes nothing about the calls; to see requests and answers themselves use [WithMiddleware].
func WithObserver(o httpcall.Observer) Option {
	return func(s *settings) error { return s.call.AddObserver(o) }
}

// WithAppInfo names the program that uses the client in the User-Agent: "supplierpay-go/v1.2.3 (travelport) name/version". Both
// are words of letters, digits and -._; version may be "".
func WithAppInfo(name, version string) Option {
	return func(s *settings) error { return s.call.SetAppInfo(name, version) }
}

// WithUserAgent replaces the whole User-Agent header, the name of [WithAppInfo] too.
func WithUserAgent(ua string) Option {
	return func(s *settings) error { s.call.UserAgent = ua; return nil }
}

// WithTimeout bounds each call that changes something, from its first byte to the header of its answer. The default is
// 130 seconds: a shorter time cancels nothing, it only loses the answer.
func WithTimeout(d time.Duration) Option {
	return func(s *settings) error { return s.call.SetWriteTimeout(d) }
}

// WithReadTimeout bounds each try of a read. The default is 30 seconds.
func WithReadTimeout(d time.Duration) Option {
	return func(s *settings) error { return s.call.SetReadTimeout(d) }
}

// WithSetupTimeout bounds everything that Pay does before the commit. The default is 3 minutes; a workbench lives for 30.
func WithSetupTimeout(d time.Duration) Option {
	return func(s *settings) error {
		s.setup = d
		if d > workbenchLife {
			return payment.InvalidField("SetupTimeout", "longer than a workbench lives")
		}
		return call.Positive("SetupTimeout", d)
	}
}

// WithIdleTimeout sets how long an unused connection is kept. The default of 2 seconds is below the limits of servers: a
// commit on a connection that the server is just closing has outcome Unknown.
func WithIdleTimeout(d time.Duration) Option {
	return func(s *settings) error { return s.call.SetIdleTimeout(d) }
}

// WithCurrencies replaces the table of [payment.ISO4217] that amounts are checked against.
func WithCurrencies(c payment.Currencies) Option {
	return func(s *settings) error { s.currencies = c; return nil }
}
