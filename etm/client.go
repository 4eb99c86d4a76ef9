package etm

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/supplierpay/supplierpay-go/internal/call"
	"github.com/supplierpay/supplierpay-go/internal/token"
	"github.com/supplierpay/supplierpay-go/internal/wire"
	"github.com/supplierpay/supplierpay-go/payment"
)

// StageURL is the base URL of ETM's stage. No address of the live system is documented: ETM tells it to its partners.
const StageURL = "https://stage-api.etm-system.ru"

const (
	provider = "etm"
	// loginTimeout bounds a login with all its tries.
	loginTimeout = 30 * time.Second
	// settling is how long after a call ETM may still take the money or first show it. Nothing about it is documented, and
	// ticketing may lag behind the debit, so it is generous.
	settling = time.Hour
)

// Client talks to the ETM API in one session, which it begins and renews by itself. It is a [payment.Payer], and has a
// typed method for each call whose path and body a public document shows; [Client.Do] makes the others. It is safe for
// concurrent use.
type Client struct {
	calls       *call.Client
	auth        Authenticator
	host        string // of the base URL
	sessions    *token.Source[*session]
	issued      atomic.Pointer[issue]
	known       []payment.Secret // the authenticator's own
	currencies  payment.Currencies
	words       map[string]bool
	verify      bool
	verifyLimit time.Duration
	zone        *time.Location
	now         func() time.Time

	installation string
}

var (
	_ payment.Payer = (*Client)(nil)
	_ payment.Timed = (*Client)(nil)
)

// New returns a client for the API at baseURL ([StageURL], or the live address that ETM gave you) that logs in with auth:
// [B2BLogin], [B2CLogin], or an [Authenticator] of your own. New opens no connection; its errors name the field.
func New(baseURL string, auth Authenticator, opts ...Option) (*Client, error) {
	c, err := newClient(baseURL, auth, opts)
	if err != nil {
		return nil, ours(err, "New")
	}
	return c, nil
}

func newClient(baseURL string, auth Authenticator, opts []Option) (*Client, error) {
	known, err := checkAuthenticator(auth)
	if err != nil {
		return nil, err
	}
	c := &Client{auth: auth, known: known}
	s := settings{
		call: call.Config{
			Provider:     provider,
			BaseURL:      baseURL,
			Header:       http.Header{"Accept": {"application/json"}},
			ReadTimeout:  60 * time.Second,
			Authorize:    c.authorize,
			Unauthorized: c.unauthorized,
			Explain:      c.explain,
			Amend:        c.amend,
		},
		currencies: payment.ISO4217(),
		verify:     true,
		now:        time.Now,
	}
	for _, opt := range opts {
		if err := opt(&s); err != nil {
			return nil, err
		}
	}
	if c.calls, err = call.New(s.call); err != nil {
		return nil, err
	}
	base, err := url.Parse(baseURL)
	if err != nil {
		return nil, payment.InvalidField("BaseURL", "not a URL")
	}
	c.host, c.installation = base.Hostname(), word(baseURL, auth)
	c.currencies, c.words, c.zone, c.now = s.currencies, s.words, s.zone, s.now
	c.verify, c.verifyLimit = s.verify, s.call.ReadTimeout
	c.sessions = token.New(token.Config[*session]{
		Login: c.login, Timeout: loginTimeout, DefaultLifetime: defaultLifetime,
	})
	return c, nil
}

// Provider returns "etm".
func (c *Client) Provider() string { return provider }

// Timing returns the longest time of Pay, a login and the reading of the order included, and the time after which ETM is
// taken to have settled.
func (c *Client) Timing() payment.Timing {
	t := payment.Timing{LongestCall: loginTimeout + c.calls.LongestWrite(), Settling: settling}
	if c.verify {
		t.LongestCall += c.verifyLimit
	}
	return t
}

// CloseIdleConnections closes the connections that wait for another call.
func (c *Client) CloseIdleConnections() { c.calls.CloseIdleConnections() }

// do sends op. Nothing that it returns or hands to decode holds the session or the login.
func (c *Client) do(ctx context.Context, op call.Operation, decode func(*call.Answer) error) (*call.Answer, error) {
	t := &trail{}
	op.Credential = ctx.Value(loginKey{c}) != nil
	return c.calls.Do(context.WithValue(ctx, trailKey{}, t), op, func(a *call.Answer) error {
		a.Body = c.blot(a.Body, t.secrets())
		if decode == nil {
			return nil
		}
		return decode(a)
	})
}

// amend cleans an answer that decode did not get, and gives the error ETM's own words as its cause. A refusal with 403 is
// told as the end of the session, which is all that is known to answer so: a read has logged in again by then, but a payment
// is not sent twice, and ErrForbidden would call for another key.
func (c *Client) amend(ctx context.Context, op *call.Operation, a *call.Answer, e *payment.Error) {
	if op.Kind == call.Write && e.Outcome == payment.Refused && errors.Is(e.Kind, payment.ErrForbidden) {
		e.Kind = payment.ErrUnauthenticated
	}
	t, ok := ctx.Value(trailKey{}).(*trail)
	if a == nil || !ok {
		return
	}
	a.Body = c.blot(a.Body, t.secrets())
	if a.Status < http.StatusBadRequest {
		return
	}
	if said, ok := c.said(a); ok && e.Err == nil {
		e.Err = said
	}
}

// ours fills provider and operation into an error of package payment.
func ours(err error, op string) error {
	var e *payment.Error
	if !errors.As(err, &e) {
		return fmt.Errorf("%s %s: %w", provider, op, err)
	}
	if e.Provider == "" {
		e.Provider = provider
	}
	if e.Op == "" {
		e.Op = op
	}
	return err
}

// unasked is a read that could not be sent. Its outcome is Unknown like that of every read.
func unasked(err error, op string) error {
	var e *payment.Error
	if errors.As(err, &e) {
		e.Outcome = payment.Unknown
	}
	return ours(err, op)
}

// checkID refuses what cannot be an id of ETM's.
func checkID(field, id string) error { return call.CheckID(field, id, 200) }

// maxOrderID is how many digits an order's number can have and still fit 64 bits.
const maxOrderID = 18

// checkOrderID takes ETM's order_id, a whole number, in its one spelling: another one would be a second name of the same
// order, and only one of the two would keep the order from being paid again.
func checkOrderID(id string) error {
	switch {
	case id == "":
		return payment.InvalidField("OrderID", "missing")
	case !wire.IsDigits(id):
		return payment.InvalidField("OrderID", "want ETM's order_id, which has digits only")
	case id[0] == '0':
		return payment.InvalidField("OrderID", "begins with a zero")
	case len(id) > maxOrderID:
		return payment.InvalidField("OrderID", fmt.Sprintf("longer than %d digits", maxOrderID))
	}
	return nil
}
