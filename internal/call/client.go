package call

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/httpcall"
)

// Client sends the operations of one provider. It is safe for concurrent use.
type Client struct {
	cfg    Config
	base   *url.URL
	idle   []interface{ CloseIdleConnections() }
	writes http.RoundTripper
	reads  http.RoundTripper
	budget *budget
}

// New checks cfg and builds a client. It opens no connection. Its errors name the field.
func New(cfg Config) (*Client, error) {
	base, err := parseBase(cfg.BaseURL, cfg.AllowPlainHTTP)
	if err != nil {
		return nil, err
	}
	if err := cfg.fill(); err != nil {
		return nil, err
	}
	c := &Client{cfg: cfg, base: base, budget: newBudget()}
	if err := c.connect(); err != nil {
		return nil, err
	}
	return c, nil
}

// connect builds the chains of round trippers.
func (c *Client) connect() error {
	var writes, reads http.RoundTripper
	switch {
	case c.cfg.RoundTripper != nil && c.cfg.Transport != nil:
		return payment.InvalidField("Transport", "given together with a RoundTripper")
	case c.cfg.RoundTripper != nil:
		writes, reads = foreign{c.cfg.RoundTripper}, c.cfg.RoundTripper
	default:
		pool, err := newTransport(c.cfg.Transport, c.cfg.IdleTimeout)
		if err != nil {
			return err
		}
		fresh := singleUse(pool)
		c.idle = append(c.idle, pool, fresh)
		t := transports{pool, fresh}
		writes, reads = &bottom{t}, t
	}
	var err error
	if c.writes, err = wrap(writes, c.cfg.Middleware); err != nil {
		return err
	}
	reads, err = wrap(reads, c.cfg.Middleware)
	c.reads = noCloser{reads}
	return err
}

// fill checks the configuration and sets the defaults.
func (cfg *Config) fill() error {
	for _, d := range []struct {
		field string
		value *time.Duration
		std   time.Duration
	}{
		{"WriteTimeout", &cfg.WriteTimeout, 130 * time.Second},
		{"ReadTimeout", &cfg.ReadTimeout, 60 * time.Second},
		{"IdleTimeout", &cfg.IdleTimeout, 2 * time.Second},
		{"Linger", &cfg.Linger, 5 * time.Second},
		{"Grace", &cfg.Grace, 30 * time.Second},
		{"RetryWait", &cfg.RetryWait, 250 * time.Millisecond},
		{"MaxRetryWait", &cfg.MaxRetryWait, 10 * time.Second},
	} {
		if *d.value < 0 {
			return payment.InvalidField(d.field, "negative")
		}
		if *d.value == 0 {
			*d.value = d.std
		}
	}
	for _, d := range []struct {
		field string
		value *int64
		std   int64
	}{
		{"MaxWriteBody", &cfg.MaxWriteBody, 16 << 20},
		{"MaxReadBody", &cfg.MaxReadBody, 64 << 20},
	} {
		if *d.value < 0 {
			return payment.InvalidField(d.field, "negative")
		}
		if *d.value == 0 {
			*d.value = d.std
		}
	}
	switch {
	case cfg.ReadRetries == 0:
		cfg.ReadRetries = 3
	case cfg.ReadRetries < 0:
		cfg.ReadRetries = 0
	}
	if cfg.UserAgent == "" {
		cfg.UserAgent = userAgent(cfg.Provider, cfg.App)
	}
	return cfg.checkHeader()
}

// checkHeader refuses header values that could end a header line.
func (cfg *Config) checkHeader() error {
	if bad(cfg.UserAgent) {
		return payment.InvalidField("UserAgent", "has control characters")
	}
	for key, values := range cfg.Header {
		for _, v := range values {
			if bad(key) || bad(v) {
				return payment.InvalidField("Header", fmt.Sprintf("%q has control characters", key))
			}
		}
	}
	return nil
}

func bad(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f })
}

// Do sends op and returns the answer. The answer is not nil whenever one arrived, also beside an error. decode reads an
// answer with a good status; nil leaves it alone. A plain error of decode means that the answer cannot be used: Unknown.
// A *payment.Error of decode is returned with what it lacks filled in. A refusal is Unknown when the request may have been sent
// more than once, see Answer.Several. All errors of Do are *payment.Error.
func (c *Client) Do(ctx context.Context, op Operation, decode func(*Answer) error) (*Answer, error) {
	var start time.Time // for those who watch
	if c.cfg.Logger != nil || len(c.cfg.Observers) > 0 {
		start = time.Now()
	}
	op.hooks = payment.HooksOf(ctx)
	ctx, ends := c.observe(ctx, &op)
	options := httpcall.From(ctx)
	if options.OnResult != nil && start.IsZero() {
		start = time.Now()
	}
	a, err := c.do(ctx, &op, options, decode)
	c.amend(ctx, &op, a, err)
	if a != nil && a.Several {
		downgradeRefusal(err)
	}
	c.log(ctx, &op, a, err, start)
	c.report(&op, a, err, start, ends, options.OnResult)
	if a != nil && a.Status == 0 {
		a = nil
	}
	return a, err
}

// errSeveral is why a refusal is none.
var errSeveral = errors.New("the request may have been sent more than once, and this answers only one of them")

// downgradeRefusal makes Unknown of a refusal: the provider has refused one request, and the money may have been taken by another.
func downgradeRefusal(err error) {
	var e *payment.Error
	if errors.As(err, &e) && e.Outcome == payment.Refused {
		e.Outcome, e.Err = payment.Unknown, errors.Join(e.Err, errSeveral)
	}
}

// amend lets the provider's client complete an error before anybody sees it.
func (c *Client) amend(ctx context.Context, op *Operation, a *Answer, err error) {
	if err == nil || c.cfg.Amend == nil && op.Amend == nil {
		return
	}
	var e *payment.Error
	if !errors.As(err, &e) {
		return
	}
	if a != nil && a.Status == 0 {
		a = nil
	}
	if c.cfg.Amend != nil {
		own := *op // an operation that ends well need not leave the stack
		c.cfg.Amend(ctx, &own, a, e)
	}
	if op.Amend != nil && a != nil {
		op.Amend(e)
	}
}

func (c *Client) do(ctx context.Context, op *Operation, o httpcall.Options, decode func(*Answer) error) (*Answer, error) {
	u, err := c.resolve(op)
	if err != nil {
		return nil, err
	}
	if o.Timeout < 0 {
		return nil, c.wrong(op, "Timeout", "negative")
	}
	a, renewed, err := c.send(ctx, op, o, u)
	if renewed && op.Kind == Read {
		tries := a.Tries
		if a, _, err = c.send(ctx, op, o, u); a == nil {
			a = &Answer{}
		}
		a.Tries += tries
	}
	if a == nil || a.Status == 0 {
		return a, err
	}
	if err := c.settle(op, a, err, decode); err != nil {
		return a, err
	}
	return a, nil
}

// send sends op with the current credentials, and reports whether the provider's answer made the client drop them.
func (c *Client) send(ctx context.Context, op *Operation, o httpcall.Options, u *url.URL) (a *Answer, renewed bool, err error) {
	header, err := c.header(ctx, op, o.Header)
	if err != nil {
		return nil, false, err
	}
	if op.Kind == Read {
		own := *op // for the tries that may follow
		a, err = c.read(ctx, &own, u, header, shorter(c.cfg.ReadTimeout, o.Timeout))
	} else {
		a, err = c.write(ctx, op, u, header, shorter(c.cfg.WriteTimeout, o.Timeout))
	}
	if a != nil && c.cfg.Unauthorized != nil && (a.Status == http.StatusForbidden || c.badCredentials(a, err)) {
		renewed = c.cfg.Unauthorized(a.Status, header)
	}
	return a, renewed, err
}

// noToken is a call that could not be made for want of credentials.
func (c *Client) noToken(op *Operation, cause error) error {
	e := &payment.Error{Provider: c.cfg.Provider, Op: op.name(), Kind: payment.ErrUnauthenticated, Message: "no token could be had", Err: cause}
	if op.Kind == Write {
		e.Outcome = payment.NotSent
	}
	return e
}

// CloseIdleConnections closes the connections that wait for another call.
func (c *Client) CloseIdleConnections() {
	for _, t := range c.idle {
		t.CloseIdleConnections()
	}
}

// LongestWrite bounds the time of one write from its first byte to its return.
func (c *Client) LongestWrite() time.Duration { return c.cfg.WriteTimeout + c.cfg.Grace }

// LongestRead bounds the time of one read with all its tries and pauses.
func (c *Client) LongestRead() time.Duration {
	n := time.Duration(c.cfg.ReadRetries)
	return (n+1)*c.cfg.ReadTimeout + n*c.cfg.MaxRetryWait
}
