package activeplatform

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/supplierpay/supplierpay-go/internal/call"
	"github.com/supplierpay/supplierpay-go/internal/installation"
	"github.com/supplierpay/supplierpay-go/payment"
)

const (
	provider   = "activeplatform"
	typeV3     = "application/vnd.api+json"
	tokenParam = "api_token"
)

// settling is how long after a call the platform may still make the payment or first show it. It documents nothing about
// that, so it is generous; [WithAbsenceProof] replaces it.
const settling = time.Hour

// Client talks to one installation of ActivePlatform with one manager's token. It is a [payment.Payer] and has a typed
// method for each call of API v1 besides; those of API v3 are in [Client.V3]. It is safe for concurrent use.
type Client struct {
	v1, v3     *call.Client
	secrets    []payment.Secret
	prefix     []string
	routes     string   // the prefix as a route shows it
	payments   []string // the path of the payments
	currency   string
	currencies payment.Currencies
	reseller   ID // whose API v3 the payer uses, "" for API v1
	absence    time.Duration
	now        func() time.Time

	installation string
}

var (
	_ payment.Payer = (*Client)(nil)
	_ payment.Timed = (*Client)(nil)
)

// New returns a client for the installation at baseURL, such as "https://billing.example.com", and a manager's API token.
// [WithCurrency] is required. New opens no connection; its errors name the field: "BaseURL", "Token", "Currency", an
// option's.
func New(baseURL, token string, opts ...Option) (*Client, error) {
	c, err := newClient(baseURL, token, opts)
	if err != nil {
		return nil, ours(err, "New")
	}
	return c, nil
}

func newClient(baseURL, token string, opts []Option) (*Client, error) {
	if err := call.CheckVisible("Token", token); err != nil {
		return nil, err
	}
	secret := payment.NewSecret(token)
	s := settings{
		call: call.Config{
			Provider: provider, BaseURL: baseURL,
			ReadTimeout: 60 * time.Second,
			Secrets:     []payment.Secret{secret},
		},
		prefix:     []string{"api", "vendor", "v1"},
		currencies: payment.ISO4217(),
		now:        time.Now,
	}
	if escaped := url.QueryEscape(token); escaped != token {
		s.call.Secrets = append(s.call.Secrets, payment.NewSecret(escaped))
	}
	for _, opt := range opts {
		if err := opt(&s); err != nil {
			return nil, err
		}
	}
	if s.currency == "" {
		return nil, payment.InvalidField("Currency", "missing: see WithCurrency")
	}
	if _, ok := s.currencies.MinorUnits(s.currency); !ok {
		return nil, payment.InvalidField("Currency", fmt.Sprintf("%q is not a currency of the table", s.currency))
	}
	c := &Client{
		secrets: s.call.Secrets, prefix: s.prefix, routes: "/" + strings.Join(s.prefix, "/"),
		payments: slices.Concat(s.prefix, []string{"payments.json"}), currency: s.currency, currencies: s.currencies,
		reseller: s.reseller, absence: s.absence, now: s.now,
		installation: installation.Word(baseURL, ""),
	}
	s.call.Amend = c.amend
	var err error
	if c.v1, err = call.New(configV1(s.call, secret)); err != nil {
		return nil, err
	}
	if c.v3, err = call.New(configV3(s.call, secret)); err != nil {
		return nil, err
	}
	return c, nil
}

// configV1 puts the token into the query: API v1 documents no other place for it.
func configV1(cfg call.Config, token payment.Secret) call.Config {
	cfg.Header = http.Header{"Accept": {"application/json"}}
	cfg.Explain = explainV1
	cfg.QueryTokenName, cfg.QueryToken = tokenParam, token
	return cfg
}

// configV3 sends both content headers with every call, bodiless ones too, as API v3's pages require.
func configV3(cfg call.Config, token payment.Secret) call.Config {
	cfg.Header = http.Header{"Accept": {typeV3}, "Content-Type": {typeV3}}
	cfg.Explain = explainV3
	cfg.Authorize = func(context.Context) (http.Header, error) { return http.Header{"X-Api-Token": {token.Reveal()}}, nil }
	return cfg
}

// Provider returns "activeplatform".
func (c *Client) Provider() string { return provider }

// Timing returns the longest time of Pay and the time after which the platform is taken to have settled: an hour, or what
// [WithAbsenceProof] states.
func (c *Client) Timing() payment.Timing {
	t := payment.Timing{LongestCall: c.v1.LongestWrite(), Settling: settling}
	if c.absence > 0 {
		t.Settling = c.absence
	}
	return t
}

// CloseIdleConnections closes the connections that wait for another call.
func (c *Client) CloseIdleConnections() {
	c.v1.CloseIdleConnections()
	c.v3.CloseIdleConnections()
}

// opV1 is an operation of API v1: path is what follows the prefix, of the route and of the path.
func (c *Client) opV1(kind call.Kind, name, method, route string, path ...string) call.Operation {
	return call.Operation{
		Kind: kind, Name: name, Method: method,
		Route: c.routes + route,
		Path:  slices.Concat(c.prefix, path),
	}
}

// body writes v, one of the structs of wire.go.
func body(v any) ([]byte, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, payment.InvalidField("Request", "cannot be written as JSON")
	}
	return b, nil
}

// withExtra adds the caller's own parameters to those that are typed. The typed ones win.
func withExtra(query, extra url.Values) url.Values {
	all := maps.Clone(extra)
	if all == nil {
		all = url.Values{}
	}
	maps.Copy(all, query)
	return all
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
