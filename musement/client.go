package musement

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/supplierpay/supplierpay-go/internal/call"
	"github.com/supplierpay/supplierpay-go/payment"
)

// The addresses of the API, for [WithBaseURL]. The sandbox has a database of its own and sends no mails.
const (
	ProductionURL = "https://api.musement.com/api/v3"
	SandboxURL    = "https://sandbox.musement.com/api/v3"
)

const (
	provider       = "musement"
	defaultVersion = "3.4.0"

	headerApplication = "X-Musement-Application"
	headerVersion     = "X-Musement-Version"
	headerCurrency    = "X-Musement-Currency"
	headerMarket      = "X-Musement-Market"
	headerLanguage    = "Accept-Language"
)

// defaultSettling is how long after a call Musement may still take the money or first show it. Nothing is documented about
// it, so it is generous.
const defaultSettling = time.Hour

// Credentials are what Musement issues to a partner. All are required.
type Credentials struct {
	// Application goes into the header X-Musement-Application of every call.
	Application payment.Secret
	// ClientID and ClientSecret are exchanged for a token.
	ClientID     string
	ClientSecret payment.Secret
}

// Client talks to the Musement API with one set of credentials. It is a [payment.Payer] and a [payment.Continuer], and has
// a typed method for each call besides. It is safe for concurrent use.
type Client struct {
	calls      *call.Client
	login      *login
	currencies payment.Currencies
	readLimit  time.Duration // of what Pay and Continue read
	settling   time.Duration

	installation string
}

var (
	_ payment.Payer     = (*Client)(nil)
	_ payment.Continuer = (*Client)(nil)
	_ payment.Timed     = (*Client)(nil)
)

// New returns a client for the credentials. It talks to production unless [WithBaseURL] says otherwise. New opens no
// connection; the first call logs in. Its errors name the field: "ClientID", "BaseURL", an option's.
func New(credentials Credentials, opts ...Option) (*Client, error) {
	c, err := newClient(credentials, opts)
	if err != nil {
		return nil, ours(err, "New")
	}
	return c, nil
}

func newClient(cred Credentials, opts []Option) (*Client, error) {
	for _, f := range []struct{ field, value string }{
		{"Application", cred.Application.Reveal()}, {"ClientID", cred.ClientID}, {"ClientSecret", cred.ClientSecret.Reveal()},
	} {
		if err := call.CheckVisible(f.field, f.value); err != nil {
			return nil, err
		}
	}
	s := settings{
		call: call.Config{
			Provider:    provider,
			BaseURL:     ProductionURL,
			Header:      http.Header{headerVersion: {defaultVersion}},
			ReadTimeout: 60 * time.Second,
			Explain:     explain,
			Secrets:     []payment.Secret{cred.Application, cred.ClientSecret},
		},
		currencies: payment.ISO4217(),
		settling:   defaultSettling,
	}
	for _, opt := range opts {
		if err := opt(&s); err != nil {
			return nil, err
		}
	}
	l, err := newLogin(cred, s.call)
	if err != nil {
		return nil, err
	}
	s.call.Authorize, s.call.Unauthorized, s.call.Amend = l.authorize, l.unauthorized, l.blot
	calls, err := call.New(s.call)
	if err != nil {
		return nil, err
	}
	return &Client{
		calls: calls, login: l, currencies: s.currencies, readLimit: s.call.ReadTimeout, settling: s.settling,
		installation: cred.word(s.call.BaseURL),
	}, nil
}

// Provider returns "musement".
func (c *Client) Provider() string { return provider }

// Timing returns the longest time of Pay and Continue, with the reads before and after the payment, and the time after
// which Musement is taken to have settled.
func (c *Client) Timing() payment.Timing {
	return payment.Timing{
		LongestCall: c.readLimit + loginTimeout + c.calls.LongestWrite() + c.readLimit,
		Settling:    c.settling,
	}
}

// CloseIdleConnections closes the connections that wait for another call.
func (c *Client) CloseIdleConnections() {
	c.calls.CloseIdleConnections()
	c.login.calls.CloseIdleConnections()
}

// do sends op. What its refusals mean depends on the call: meaning says it, nil takes the sentinel of the HTTP status.
func (c *Client) do(ctx context.Context, op call.Operation, meaning func(*payment.Error), decode func(*call.Answer) error) (*call.Answer, error) {
	op.Amend = meaning
	return c.calls.Do(ctx, op, decode)
}

// read sends a question.
func (c *Client) read(ctx context.Context, name, route string, path []string, decode func(*call.Answer) error) (*call.Answer, error) {
	return c.do(ctx, call.Operation{Kind: call.Read, Name: name, Method: http.MethodGet, Route: route, Path: path}, nil, decode)
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

// checkUUID refuses what is no uuid in the lower-case form that Musement writes. Upper case would do for Musement, but
// then one order would have two names, and could be paid under both.
func checkUUID(field, id string) error {
	if id == "" {
		return payment.InvalidField(field, "missing")
	}
	const form = "00000000-0000-0000-0000-000000000000"
	if len(id) != len(form) {
		return payment.InvalidField(field, "want a uuid, "+form)
	}
	for i := range len(id) {
		hex := id[i] >= '0' && id[i] <= '9' || id[i] >= 'a' && id[i] <= 'f'
		if dash := form[i] == '-'; dash && id[i] != '-' || !dash && !hex {
			return payment.InvalidField(field, "want a uuid in lower case, "+form)
		}
	}
	return nil
}

// checkUUIDs checks field, value pairs.
func checkUUIDs(pairs ...string) error {
	for i := 0; i < len(pairs); i += 2 {
		if err := checkUUID(pairs[i], pairs[i+1]); err != nil {
			return err
		}
	}
	return nil
}
