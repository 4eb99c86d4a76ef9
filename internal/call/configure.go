package call

import (
	"net/http"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/httpcall"
)

// SetTransport has calls sent through a clone of t.
func (cfg *Config) SetTransport(t *http.Transport) error {
	if t == nil {
		return payment.InvalidField("Transport", "nil")
	}
	cfg.Transport = t
	return nil
}

// SetRoundTripper replaces the transport.
func (cfg *Config) SetRoundTripper(rt http.RoundTripper) error {
	if rt == nil {
		return payment.InvalidField("RoundTripper", "nil")
	}
	cfg.RoundTripper = rt
	return nil
}

// AddMiddleware adds to the middleware, inside of what is there.
func (cfg *Config) AddMiddleware(mw []func(http.RoundTripper) http.RoundTripper) error {
	for _, m := range mw {
		if m == nil {
			return payment.InvalidField("Middleware", "nil")
		}
	}
	cfg.Middleware = append(cfg.Middleware, mw...)
	return nil
}

// AddObserver adds an observer after those that are there.
func (cfg *Config) AddObserver(o httpcall.Observer) error {
	if o == nil {
		return payment.InvalidField("Observer", "nil")
	}
	cfg.Observers = append(cfg.Observers, o)
	return nil
}

// SetAppInfo names the program in the User-Agent. The version may be "".
func (cfg *Config) SetAppInfo(name, version string) error {
	if !IsToken(name) {
		return payment.InvalidField("AppInfo", "want a name of letters, digits and -._ without spaces")
	}
	cfg.App = name
	if version == "" {
		return nil
	}
	if !IsToken(version) {
		return payment.InvalidField("AppInfo", "want a version of letters, digits and -._ without spaces")
	}
	cfg.App += "/" + version
	return nil
}

// SetWriteTimeout bounds writes.
func (cfg *Config) SetWriteTimeout(d time.Duration) error {
	cfg.WriteTimeout = d
	return Positive("Timeout", d)
}

// SetReadTimeout bounds each try of a read.
func (cfg *Config) SetReadTimeout(d time.Duration) error {
	cfg.ReadTimeout = d
	return Positive("ReadTimeout", d)
}

// SetIdleTimeout sets how long an unused connection is kept.
func (cfg *Config) SetIdleTimeout(d time.Duration) error {
	cfg.IdleTimeout = d
	return Positive("IdleTimeout", d)
}

// longest bounds every duration of a client's options, so that no sum of a few of them overflows.
const longest = 10 * 365 * 24 * time.Hour

// Positive refuses a duration that is zero or negative, and one of more than 10 years.
func Positive(field string, d time.Duration) error {
	switch {
	case d <= 0:
		return payment.InvalidField(field, "want a positive duration")
	case d > longest:
		return payment.InvalidField(field, "want at most 10 years")
	}
	return nil
}
