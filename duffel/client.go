package duffel

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/supplierpay/supplierpay-go/internal/call"
	"github.com/supplierpay/supplierpay-go/payment"
)

const (
	provider       = "duffel"
	defaultBaseURL = "https://api.duffel.com"
	defaultVault   = "https://api.duffel.cards"
	apiVersion     = "v2"
)

// settling is how long after a call Duffel may still take the money or first show it. The documented part of it is the
// 120 seconds that a request may take on the server; how soon a payment is listed is not documented, so it is generous.
const settling = time.Hour

// Client talks to the Duffel API with one access token. It is a [payment.Payer] and has a typed method for each call
// besides. It is safe for concurrent use.
type Client struct {
	calls       *call.Client
	vault       *call.Client // of cards; nil when there is none
	currencies  payment.Currencies
	verify      bool
	verifyLimit time.Duration
	priceMethod string
	rate        atomic.Pointer[rateHeaders]
	now         func() time.Time

	installation string
}

var (
	_ payment.Payer = (*Client)(nil)
	_ payment.Timed = (*Client)(nil)
)

// New returns a client for the access token. The token decides between test and live mode, and payments need one that
// may write. New opens no connection; its errors name the field: "Token", "BaseURL", an option's.
func New(token string, opts ...Option) (*Client, error) {
	c, err := newClient(token, opts)
	if err != nil {
		return nil, ours(err, "New")
	}
	return c, nil
}

func newClient(token string, opts []Option) (*Client, error) {
	if err := call.CheckVisible("Token", token); err != nil {
		return nil, err
	}
	secret := payment.NewSecret(token)
	s := settings{
		call: call.Config{
			Provider: provider,
			BaseURL:  defaultBaseURL,
			Header: http.Header{
				"Accept":         {"application/json"},
				"Duffel-Version": {apiVersion},
			},
			RequestIDHeader: "X-Request-Id",
			ReadTimeout:     60 * time.Second,
			Bearer:          secret,
			Explain:         explain,
			Amend:           amend,
			Secrets:         []payment.Secret{secret},
		},
		currencies:  payment.ISO4217(),
		priceMethod: http.MethodPost,
		now:         time.Now,
	}
	for _, opt := range opts {
		if err := opt(&s); err != nil {
			return nil, err
		}
	}
	calls, err := call.New(s.call)
	if err != nil {
		return nil, err
	}
	vault, err := newVault(s)
	if err != nil {
		return nil, err
	}
	return &Client{
		calls: calls, vault: vault, currencies: s.currencies, verify: s.verify, verifyLimit: s.call.ReadTimeout,
		priceMethod: s.priceMethod, now: s.now, installation: word(s.call.BaseURL, token),
	}, nil
}

// newVault returns the client of the card vault. Duffel's own vault goes with Duffel's own API: whoever talks to another
// server must name its vault, or a card made in a test would go to the real one.
func newVault(s settings) (*call.Client, error) {
	base := s.vault
	switch {
	case base == "" && s.call.BaseURL != defaultBaseURL:
		return nil, nil
	case base == "":
		base = defaultVault
	}
	conf := s.call
	conf.BaseURL = base
	conf.Explain = explainWordless
	vault, err := call.New(conf)
	var e *payment.Error
	if errors.As(err, &e) && e.Field == "BaseURL" {
		e.Field = "CardsBaseURL"
	}
	return vault, err
}

// Provider returns "duffel".
func (c *Client) Provider() string { return provider }

// Timing returns the longest time of Pay and the time after which Duffel is taken to have settled.
func (c *Client) Timing() payment.Timing {
	t := payment.Timing{LongestCall: c.calls.LongestWrite(), Settling: settling}
	if c.verify {
		t.LongestCall += c.verifyLimit
	}
	return t
}

// CloseIdleConnections closes the connections that wait for another call.
func (c *Client) CloseIdleConnections() {
	c.calls.CloseIdleConnections()
	if c.vault != nil {
		c.vault.CloseIdleConnections()
	}
}

// do sends op and keeps the rate limit of the answer.
func (c *Client) do(ctx context.Context, op call.Operation, decode func(*call.Answer) error) (*call.Answer, error) {
	a, err := c.calls.Do(ctx, op, decode)
	if a != nil {
		c.keepRate(a.Header)
	}
	return a, err
}

// write is a call that changes something, and is sent once.
type write struct {
	name, method, route string
	path                []string
	data                any // what the body's data is; nil sends no body
	secrets             []payment.Secret
	amend               func(*payment.Error) // what Duffel's answers mean for this call; may be nil
}

func (c *Client) write(ctx context.Context, w write, decode func(*call.Answer) error) error {
	op, err := w.operation()
	if err != nil {
		return ours(err, w.name)
	}
	_, err = c.do(ctx, op, decode)
	return err
}

func (w write) operation() (call.Operation, error) {
	op := call.Operation{Kind: call.Write, Name: w.name, Method: w.method, Route: w.route, Path: w.path,
		Secrets: w.secrets, Amend: w.amend}
	if w.data == nil {
		return op, nil
	}
	var err error
	if op.Body, err = json.Marshal(dataBody{w.data}); err != nil {
		return op, payment.InvalidField("Request", "cannot be written as JSON")
	}
	return op, nil
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

// checkID refuses what cannot be an id of Duffel's. Prefixes are not checked: they are Duffel's to choose.
func checkID(field, id string) error { return call.CheckID(field, id, 200) }
