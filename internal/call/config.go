package call

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/httpcall"
)

// Config is what a provider's client tells the call layer. Provider packages fill it from their options.
type Config struct {
	// Provider is the name in errors and log lines.
	Provider string
	// BaseURL is scheme, host and an optional path. Only https, or a loopback host, unless AllowPlainHTTP.
	BaseURL        string
	AllowPlainHTTP bool

	// Transport is cloned; nil takes a transport of our own.
	Transport *http.Transport
	// RoundTripper replaces the transport. Every failure below it is Unknown.
	RoundTripper http.RoundTripper
	// Middleware wraps the transport, the first one outermost.
	Middleware []func(http.RoundTripper) http.RoundTripper

	Logger *slog.Logger
	// Observers are told of every call, the first one first.
	Observers []httpcall.Observer
	// UserAgent replaces the header of that name, which otherwise has the module's version, the provider and App.
	UserAgent string
	// App is the program that uses the client, "shop/1.2".
	App string
	// Header is sent with every call.
	Header http.Header
	// RequestIDHeader names the response header with the provider's id of the call.
	RequestIDHeader string
	// OtherRequestIDHeader is looked at where the first is missing.
	OtherRequestIDHeader string

	WriteTimeout time.Duration // whole write, all tries; default 130 s
	ReadTimeout  time.Duration // one try of a read; default 60 s
	IdleTimeout  time.Duration // how long an unused connection is kept; default 2 s
	Linger       time.Duration // how long a cancelled write waits for its answer; default 5 s
	Grace        time.Duration // how long the body of a write's answer may take once its header is here; default 30 s
	MaxWriteBody int64         // answer of a write after decompression; default 16 MiB
	MaxReadBody  int64         // answer of a read after decompression; default 64 MiB

	ReadRetries  int           // further tries of a read; default 3, negative for none
	RetryWait    time.Duration // first pause between tries of a read; default 250 ms
	MaxRetryWait time.Duration // longest pause, and the longest Retry-After that is obeyed; default 10 s

	// Bearer is a token that does not change, sent with every call.
	Bearer payment.Secret
	// Authorize returns the credentials of a request; nil are none, as for a nil function. Its failure means that nothing was sent.
	Authorize func(ctx context.Context) (http.Header, error)
	// QueryToken is a credential for the query of every request, under its name there, for APIs that take it nowhere else. No error
	// and no log line of this package shows a query; middleware sees it.
	QueryTokenName string
	QueryToken     payment.Secret
	// Unauthorized is told of every 403, and of every 401 that says that the credentials were not accepted, with the header that was sent. It returns true when the credentials in
	// it were dropped, so that the next call gets new ones; a read is then sent once more, a write never. May be nil.
	Unauthorized func(status int, sent http.Header) bool
	// Explain recognises the provider's own error body; false means that the body is not the provider's.
	Explain func(a *Answer) (Explanation, bool)
	// Amend completes an error of a call before it is logged, observed and returned; a is nil when no answer came. May be nil.
	Amend func(ctx context.Context, op *Operation, a *Answer, e *payment.Error)
	// Secrets are blotted out of the provider's words in errors.
	Secrets []payment.Secret
}
