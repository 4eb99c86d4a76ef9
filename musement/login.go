package musement

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/supplierpay/supplierpay-go/internal/call"
	"github.com/supplierpay/supplierpay-go/internal/token"
	"github.com/supplierpay/supplierpay-go/internal/wire"
	"github.com/supplierpay/supplierpay-go/payment"
)

const (
	// loginTimeout bounds a login with all its tries.
	loginTimeout = 30 * time.Second
	// maxLoginBody bounds the answer of a login.
	maxLoginBody = 1 << 20
	// maxLifetime bounds what is believed of expires_in.
	maxLifetime = 24 * time.Hour
)

// login gets the bearer token and puts it into headers. It has a call client of its own, since a login carries no token.
type login struct {
	calls       *call.Client
	body        func() []byte // in a closure, where no formatter finds the secret
	application payment.Secret
	source      *token.Source[payment.Secret]
	// current is the token that was put into a header last.
	current atomic.Pointer[bearer]
}

// bearer is a token, as it is and as a header has it, with its number at the source.
type bearer struct {
	token  payment.Secret
	header payment.Secret // the value of Authorization
	serial int64
}

// loginBody is the only struct that carries the client's secret in the clear.
type loginBody struct {
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`
	GrantType    string `json:"grant_type"`
}

func newLogin(cred Credentials, conf call.Config) (*login, error) {
	conf.MaxReadBody = maxLoginBody
	calls, err := call.New(conf)
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(loginBody{ClientID: cred.ClientID, ClientSecret: cred.ClientSecret.Reveal(), GrantType: "client_credentials"})
	if err != nil {
		return nil, payment.InvalidField("ClientSecret", "cannot be written as JSON")
	}
	l := &login{calls: calls, body: func() []byte { return body }, application: cred.Application}
	l.source = token.New(token.Config[payment.Secret]{Login: l.grant, Timeout: loginTimeout})
	return l, nil
}

// grant logs in. Nothing is moved by it, so it may be tried again.
func (l *login) grant(ctx context.Context) (token.Grant[payment.Secret], error) {
	var g token.Grant[payment.Secret]
	_, err := l.calls.Do(ctx, call.Operation{
		Kind: call.Read, Credential: true, Name: "Login", Method: http.MethodPost, Route: "/login", Path: []string{"login"},
		Header: http.Header{headerApplication: {l.application.Reveal()}}, Body: l.body(),
	}, func(a *call.Answer) error {
		var err error
		g, err = decodeLogin(a.Body)
		return err
	})
	return g, err
}

// decodeLogin reads the answer of a login. A lifetime that cannot be read is left to the source's default.
func decodeLogin(body []byte) (token.Grant[payment.Secret], error) {
	var w struct {
		AccessToken string          `json:"access_token"`
		ExpiresIn   json.RawMessage `json:"expires_in"`
	}
	if err := object(body, &w); err != nil {
		return token.Grant[payment.Secret]{}, err
	}
	if w.AccessToken == "" {
		return token.Grant[payment.Secret]{}, errNoToken
	}
	if w.AccessToken == "" || !call.Visible(w.AccessToken) {
		return token.Grant[payment.Secret]{}, errBadToken
	}
	var seconds int64
	if d, err := wire.Decimal(wire.Text(w.ExpiresIn)); err == nil && d.IsInteger() && d.BigInt().IsInt64() {
		seconds = min(max(d.IntPart(), 0), int64(maxLifetime/time.Second))
	}
	return token.Grant[payment.Secret]{
		Value: payment.NewSecret(w.AccessToken), Lifetime: time.Duration(seconds) * time.Second,
	}, nil
}

// authorize returns the credentials of a call.
func (l *login) authorize(ctx context.Context) (http.Header, error) {
	t, serial, err := l.source.Get(ctx)
	if err != nil {
		return nil, err
	}
	b := l.current.Load()
	if b == nil || b.serial != serial {
		header := "Bearer " + t.Reveal()
		b = &bearer{token: t, serial: serial, header: payment.NewSecret(header)}
		l.current.Store(b)
	}
	return http.Header{"Authorization": {b.header.Reveal()}, headerApplication: {l.application.Reveal()}}, nil
}

// unauthorized drops the token of a call that was answered with 401. On a payment the 401 may as well mean that the order
// is another partner's: the new login then changes nothing, and the payment is not sent again either way.
func (l *login) unauthorized(status int, sent http.Header) bool {
	if status != http.StatusUnauthorized {
		return false
	}
	if b := l.current.Load(); b != nil && sent.Get("Authorization") == b.header.Reveal() {
		l.source.Drop(b.serial)
	}
	return true
}

// blot removes the current token from the provider's words, here and in their typed form.
func (l *login) blot(_ context.Context, _ *call.Operation, _ *call.Answer, e *payment.Error) {
	if b := l.current.Load(); b != nil {
		e.Message = strings.ReplaceAll(e.Message, b.token.Reveal(), b.token.String())
	}
	var said *Error
	if errors.As(e.Err, &said) {
		said.Code, said.Message = e.Code, e.Message // free of the call's own secrets, too
	}
}
