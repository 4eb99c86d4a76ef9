package call

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
)

// perHost bounds the connections to a provider; callers beyond it wait for one, and have sent nothing meanwhile.
const perHost = 256

// newTransport clones t, or makes a transport, and turns it into one whose connections count bytes and speak nothing
// but HTTP/1.1: on HTTP/2 it cannot be proven that nothing left.
func newTransport(t *http.Transport, idle time.Duration) (*http.Transport, error) {
	if t == nil {
		t = &http.Transport{Proxy: http.ProxyFromEnvironment, TLSHandshakeTimeout: 10 * time.Second}
	} else {
		t = t.Clone()
	}
	if err := restrictTLS(t); err != nil {
		return nil, err
	}
	t.Protocols = new(http.Protocols)
	t.Protocols.SetHTTP1(true)
	t.ForceAttemptHTTP2 = false
	t.TLSNextProto = nil
	t.DialContext = counting(dialer(t))
	t.IdleConnTimeout = idle
	t.MaxIdleConns = 0
	if t.MaxIdleConnsPerHost == 0 {
		t.MaxIdleConnsPerHost = perHost
	}
	if t.MaxConnsPerHost == 0 {
		t.MaxConnsPerHost = perHost
	}
	return t, nil
}

// restrictTLS asks for TLS 1.2 or newer and offers HTTP/1.1 alone. A transport that was used before has h2 among its
// protocols; left there, every call would break after its bytes were written.
func restrictTLS(t *http.Transport) error {
	if t.TLSClientConfig == nil {
		t.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	c := t.TLSClientConfig
	if c.MaxVersion != 0 && c.MaxVersion < tls.VersionTLS12 {
		return payment.InvalidField("Transport", "TLSClientConfig.MaxVersion is below TLS 1.2")
	}
	c.MinVersion = max(c.MinVersion, tls.VersionTLS12)
	c.NextProtos = []string{"http/1.1"}
	return nil
}

// never returns the twin of t that uses each connection once. It adds nothing to the request.
func never(t *http.Transport) *http.Transport {
	t = t.Clone()
	t.MaxIdleConnsPerHost = -1
	return t
}

type dialFunc = func(ctx context.Context, network, addr string) (net.Conn, error)

// dialer returns the way t dials.
func dialer(t *http.Transport) dialFunc {
	if t.DialContext != nil {
		return t.DialContext
	}
	//lint:ignore SA1019 a user's transport may still use it
	if dial := t.Dial; dial != nil { //nolint:staticcheck // a user's transport may still use it
		return func(_ context.Context, network, addr string) (net.Conn, error) { return dial(network, addr) }
	}
	return (&net.Dialer{Timeout: 30 * time.Second, KeepAlive: 30 * time.Second}).DialContext
}

func counting(dial dialFunc) dialFunc {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return &conn{Conn: c}, nil
	}
}

var (
	errNoContext = errors.New("a middleware dropped the request's context")
	errCallOver  = errors.New("a middleware sent after the call had ended")
)

// bottom is the round tripper under the middleware of writes. It sends only for a call that it can give evidence for.
type bottom struct {
	pool, fresh *http.Transport
}

func (b *bottom) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	e := evidenceOf(ctx)
	if e == nil {
		closeBody(req)
		return nil, errNoContext
	}
	if !e.enter(false) {
		closeBody(req)
		return nil, errCallOver
	}
	defer e.leave()
	// A request that net/http could send again goes out on a connection of its own: net/http sends again on reused ones alone.
	if e.fresh.Load() || replayable(req) {
		return b.fresh.RoundTrip(req)
	}
	return b.pool.RoundTrip(req)
}

// replayable reports whether net/http could send the request again after bytes of it have left: because a middleware made
// its body replayable, or because it has no body to lose and is of a method, or has a header, that promises to do no harm
// twice. What else has no body is sent again only when it is certain that nothing left, and the evidence counts on.
func replayable(req *http.Request) bool {
	if req.GetBody != nil {
		return true
	}
	if req.Body != nil && req.Body != http.NoBody {
		return false
	}
	if guarded(req.Method) {
		return true
	}
	return promises(req.Header)
}

// promises reports whether a header has a key that promises that the request does no harm when it is sent twice.
func promises(h http.Header) bool {
	for key := range h {
		if strings.Contains(strings.ToLower(key), "idempotency") {
			return true
		}
	}
	return false
}

func closeBody(req *http.Request) {
	if req.Body != nil {
		_ = req.Body.Close()
	}
}

// foreign is the round tripper of a user, of which nothing can be proven but how often it was used for a call.
type foreign struct{ http.RoundTripper }

func (f foreign) RoundTrip(req *http.Request) (*http.Response, error) {
	e := evidenceOf(req.Context())
	if e == nil {
		closeBody(req)
		return nil, errNoContext
	}
	if !e.enter(true) {
		closeBody(req)
		return nil, errCallOver
	}
	defer e.leave()
	return f.RoundTripper.RoundTrip(req)
}

// noCloser hides CloseIdleConnections: go-retryablehttp calls it after every failure, which would empty the pool.
type noCloser struct{ http.RoundTripper }

// wrap builds the chain of middleware above rt.
func wrap(rt http.RoundTripper, middleware []func(http.RoundTripper) http.RoundTripper) (http.RoundTripper, error) {
	for i := len(middleware) - 1; i >= 0; i-- {
		if middleware[i] == nil {
			return nil, payment.InvalidField("Middleware", "nil")
		}
		if rt = middleware[i](rt); rt == nil {
			return nil, payment.InvalidField("Middleware", "returned nil")
		}
	}
	return rt, nil
}
