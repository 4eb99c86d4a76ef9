package travelport

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/supplierpay/supplierpay-go/internal/call"
	"github.com/supplierpay/supplierpay-go/payment"
)

const (
	provider = "travelport"

	productionURL      = "https://api.travelport.net/11"
	productionTokenURL = "https://auth.travelport.net/oauth/token"
	preProdURL         = "https://api.pp.travelport.net/11"
	preProdTokenURL    = "https://auth.pp.travelport.net/oauth/token"

	apiVersion = "11"
	// headerAccessGroup is written as it stands: Travelport's gateway looks for this very spelling.
	headerAccessGroup = "XAUTH_TRAVELPORT_ACCESSGROUP"
	headerPCC         = "TVP-PCC-CORE"
	headerTrace       = "TraceId"
)

// Credentials are what Travelport issues at provisioning.
type Credentials struct {
	// Username and Password are not needed with [GrantClientCredentials].
	Username     string
	Password     payment.Secret
	ClientID     string
	ClientSecret payment.Secret
	// AccessGroup is the access group of the agency's pseudo city code, a GUID. It or PCC must be given; when both are,
	// Travelport goes by the access group.
	AccessGroup string
	// PCC is pseudo city code and GDS, "79JP_1G".
	PCC string
}

// Client talks to Travelport's JSON Air APIs for one set of credentials. It is a [payment.Payer] and has a typed method
// for each call besides. It is safe for concurrent use.
type Client struct {
	calls      *call.Client
	login      *login
	flat       map[Body]bool
	currencies payment.Currencies
	setup      time.Duration
	readLimit  time.Duration
	now        func() time.Time

	installation string
}

var (
	_ payment.Payer = (*Client)(nil)
	_ payment.Timed = (*Client)(nil)
)

// New returns a client for the credentials, which talks to Travelport's production unless an option says otherwise. It
// opens no connection and does not log in; its errors name the field.
func New(cred Credentials, opts ...Option) (*Client, error) {
	c, err := newClient(cred, opts)
	if err != nil {
		return nil, ours(err, "New")
	}
	return c, nil
}

func newClient(cred Credentials, opts []Option) (*Client, error) {
	s := settings{
		call: call.Config{
			Provider:        provider,
			RequestIDHeader: "Transactionid", OtherRequestIDHeader: "E2etrackingid",
			ReadTimeout: 30 * time.Second,
		},
		grant:      GrantPassword,
		flat:       map[Body]bool{},
		currencies: payment.ISO4217(),
		setup:      3 * time.Minute,
		now:        time.Now,
	}
	for _, opt := range opts {
		if err := opt(&s); err != nil {
			return nil, err
		}
	}
	if err := s.address(); err != nil {
		return nil, err
	}
	if err := cred.check(s.grant); err != nil {
		return nil, err
	}
	l, err := newLogin(cred, s)
	if err != nil {
		return nil, err
	}
	s.call.BaseURL = s.baseURL
	s.call.Header = cred.header()
	s.call.Authorize, s.call.Unauthorized = l.authorize, l.unauthorized
	s.call.Explain, s.call.Amend = explain, amend
	s.call.Secrets = cred.secrets()
	calls, err := call.New(s.call)
	if err != nil {
		return nil, err
	}
	return &Client{
		calls: calls, login: l, flat: s.flat, currencies: s.currencies, setup: s.setup, readLimit: s.call.ReadTimeout,
		now: s.now, installation: cred.word(s.baseURL),
	}, nil
}

// address chooses the environment.
func (s *settings) address() error {
	switch {
	case (s.baseURL == "") != (s.tokenURL == ""):
		return payment.InvalidField("BaseURL", "give WithBaseURL and WithTokenURL together")
	case s.baseURL != "" && s.preProd:
		return payment.InvalidField("BaseURL", "given together with WithPreProduction")
	case s.baseURL != "":
	case s.preProd:
		s.baseURL, s.tokenURL = preProdURL, preProdTokenURL
	default:
		s.baseURL, s.tokenURL = productionURL, productionTokenURL
	}
	return nil
}

// check refuses what cannot be sent. It never quotes a secret.
func (cred Credentials) check(grant Grant) error {
	user := grant == GrantPassword
	for _, f := range []struct {
		field, value string
		needed       bool
	}{
		{"Username", cred.Username, user},
		{"Password", cred.Password.Reveal(), user},
		{"ClientID", cred.ClientID, true},
		{"ClientSecret", cred.ClientSecret.Reveal(), true},
	} {
		if f.needed && f.value == "" {
			return payment.InvalidField(f.field, "missing")
		}
	}
	if cred.AccessGroup == "" && cred.PCC == "" {
		return payment.InvalidField("AccessGroup", "missing, and so is PCC: want one of them")
	}
	for field, value := range map[string]string{"AccessGroup": cred.AccessGroup, "PCC": cred.PCC} {
		if value == "" {
			continue
		}
		if err := call.CheckVisible(field, value); err != nil {
			return err
		}
	}
	return nil
}

// header is what every API call carries. Accept-Encoding is left to package call.
func (cred Credentials) header() http.Header {
	h := http.Header{
		"Accept":          {"application/json"},
		"Cache-Control":   {"no-cache"},
		"Accept-Version":  {apiVersion},
		"Content-Version": {apiVersion},
	}
	if cred.AccessGroup != "" {
		h[headerAccessGroup] = []string{cred.AccessGroup}
	}
	if cred.PCC != "" {
		h[headerPCC] = []string{cred.PCC}
	}
	return h
}

func (cred Credentials) secrets() []payment.Secret {
	return []payment.Secret{cred.Password, cred.ClientSecret}
}

// Provider returns "travelport".
func (c *Client) Provider() string { return provider }

// CloseIdleConnections closes the connections that wait for another call.
func (c *Client) CloseIdleConnections() {
	c.calls.CloseIdleConnections()
	c.login.calls.CloseIdleConnections()
}

// amend completes an error of the call layer: with the other name that Travelport has for the id of a call, and without
// secrets in Travelport's words.
func amend(_ context.Context, op *call.Operation, a *call.Answer, e *payment.Error) {
	var said *Error
	if errors.As(e, &said) {
		said.blot(op.Secrets)
	}
	if e.RequestID == "" {
		e.RequestID = requestID(a)
	}
}

// requestID returns Travelport's id of a call.
func requestID(a *call.Answer) string {
	if a == nil {
		return ""
	}
	return a.RequestID
}

// traced returns the header with the trace id of a session.
func traced(trace string) http.Header {
	if trace == "" {
		return nil
	}
	return http.Header{headerTrace: {trace}}
}

// newGUID returns a random GUID: the placeholder that identifiers of requests want.
func newGUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	var guid [36]byte
	at := 0
	for i, c := range b {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			guid[at] = '-'
			at++
		}
		const digits = "0123456789ABCDEF"
		guid[at], guid[at+1] = digits[c>>4], digits[c&0x0f]
		at += 2
	}
	return string(guid[:])
}

// ours fills provider and operation into an error of package payment; nil stays nil.
func ours(err error, op string) error {
	var e *payment.Error
	if err == nil {
		return nil
	}
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

// checkID refuses what cannot stand in a path: ids of workbenches, forms of payment, tickets.
func checkID(field, id string) error { return call.CheckID(field, id, 256) }

// checkLocator wants capital letters and digits: two spellings of one locator would be two orders to a journal.
func checkLocator(field, locator string) error {
	const most = 16
	switch {
	case locator == "":
		return payment.InvalidField(field, "missing")
	case len(locator) > most || strings.ContainsFunc(locator, func(r rune) bool { return !isLocatorRune(r) }):
		return payment.InvalidField(field, "a locator has up to 16 capital letters and digits")
	}
	return nil
}

func isLocatorRune(r rune) bool { return r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' }
