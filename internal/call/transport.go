package call

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
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
	t.ReadBufferSize = framing
	dialTLS, dial := tlsDialer(t), counting(dialer(t))
	if dialTLS == nil {
		dialTLS = encrypting(dial, t.TLSClientConfig, t.TLSHandshakeTimeout)
	}
	t.DialContext, t.DialTLSContext = oneAtATime(dial), oneAtATime(dialTLS)
	//lint:ignore SA1019 a user's transport may still use them, and DialTLSContext goes before them
	t.Dial, t.DialTLS = nil, nil //nolint:staticcheck // as above
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

// singleUse returns the twin of t that uses each connection once. It adds nothing to the request.
func singleUse(t *http.Transport) *http.Transport {
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

// tlsDialer returns the user's own way to dial with TLS, or nil.
func tlsDialer(t *http.Transport) dialFunc {
	if t.DialTLSContext != nil {
		return t.DialTLSContext
	}
	//lint:ignore SA1019 a user's transport may still use it
	if dial := t.DialTLS; dial != nil { //nolint:staticcheck // a user's transport may still use it
		return func(_ context.Context, network, addr string) (net.Conn, error) { return dial(network, addr) }
	}
	return nil
}

// counting counts the bytes that leave by the connections of dial.
func counting(dial dialFunc) dialFunc {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return &conn{Conn: c}, nil
	}
}

// oneAtATime has the connections of dial read one answer at a time.
func oneAtATime(dial dialFunc) dialFunc {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return newAnswers(c), nil
	}
}

// encrypting puts TLS on the connections of dial. net/http's own TLS would be above what oneAtATime returns, where it could
// only see what is encrypted.
func encrypting(dial dialFunc, config *tls.Config, limit time.Duration) dialFunc {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		config := config.Clone()
		if host, _, err := net.SplitHostPort(addr); err == nil && config.ServerName == "" {
			config.ServerName = host
		}
		if limit > 0 {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, limit)
			defer cancel()
		}
		trace := httptrace.ContextClientTrace(ctx)
		if trace != nil && trace.TLSHandshakeStart != nil {
			trace.TLSHandshakeStart()
		}
		encrypted := tls.Client(c, config)
		err = encrypted.HandshakeContext(ctx)
		if trace != nil && trace.TLSHandshakeDone != nil {
			trace.TLSHandshakeDone(encrypted.ConnectionState(), err)
		}
		if err != nil {
			_ = c.Close()
			return nil, err
		}
		return encrypted, nil
	}
}

// transports are the pool, which keeps connections for a while, and its twin, which uses each connection once.
type transports struct{ pool, fresh *http.Transport }

// RoundTrip sends req over the pool.
func (t transports) RoundTrip(req *http.Request) (*http.Response, error) { return t.send(req, false) }

func (t transports) send(req *http.Request, fresh bool) (*http.Response, error) {
	if fresh || t.tunnelled(req) {
		return t.fresh.RoundTrip(req)
	}
	w := new(watched)
	return t.pool.RoundTrip(req.WithContext(httptrace.WithClientTrace(req.Context(), w.trace())))
}

// tunnelled reports whether req goes with TLS through a proxy. net/http does that TLS itself, above our connection, so such a
// connection cannot be watched and must not be kept.
func (t transports) tunnelled(req *http.Request) bool {
	if t.pool.Proxy == nil || req.URL.Scheme != "https" {
		return false
	}
	proxy, err := t.pool.Proxy(req.Clone(req.Context())) // a user's function may change the request
	return err != nil || proxy != nil
}

var (
	errNoContext = errors.New("a middleware dropped the request's context")
	errCallOver  = errors.New("a middleware sent after the call had ended")
)

// bottom is the round tripper under the middleware of writes. It sends only for a call that it can give evidence for.
type bottom struct{ transports }

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
	resp, err := b.send(unsealed(req), e.fresh.Load() || replayable(req))
	e.returned(resp, err)
	return resp, err
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
