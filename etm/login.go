package etm

import (
	"context"
	"net/http"
	"net/url"
	"reflect"
	"strings"

	"github.com/supplierpay/supplierpay-go/payment"
)

// Authenticator begins sessions. Its calls go through send, which adds no session to them. ETM prefers a login by token
// whose path and body it does not publish: who has them writes an Authenticator for it, with [ParseSession] where the
// answer is like that of the other logins.
//
// Login must obey its context and may be called again whenever a session is over, but never twice at a time by one client.
// The secrets of a login belong into [Operation.Secrets].
type Authenticator interface {
	// Login begins a session.
	Login(ctx context.Context, send func(context.Context, Operation) (Response, error)) (Session, error)
}

// B2BLogin logs in with a partner's login and password (POST /api/login), as a form. ETM has announced that this login
// will be removed in favour of the login by token.
func B2BLogin(login, password string) Authenticator {
	return b2b{login: payment.NewSecret(login), password: payment.NewSecret(password)}
}

// B2CLogin logs in with the id of an app (GET /api/login/{app_id}). The id is a credential. locale is the language of the
// answers, such as "EN", or "" for the account's own.
func B2CLogin(appID, locale string) Authenticator {
	return b2c{appID: payment.NewSecret(appID), locale: locale}
}

type b2b struct{ login, password payment.Secret }

func (a b2b) Login(ctx context.Context, send func(context.Context, Operation) (Response, error)) (Session, error) {
	form := url.Values{"login": {a.login.Reveal()}, "password": {a.password.Reveal()}}
	resp, err := send(ctx, Operation{
		Name: "Login", Method: http.MethodPost, Path: []string{"api", "login"}, ReadsOnly: true,
		Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}},
		Body:   []byte(form.Encode()), Secrets: a.secrets(),
	})
	if err != nil {
		return Session{}, err
	}
	return ParseSession(resp)
}

func (a b2b) secrets() []payment.Secret { return []payment.Secret{a.login, a.password} }

func (a b2b) check() error {
	for field, s := range map[string]payment.Secret{"Login": a.login, "Password": a.password} {
		if s.IsZero() {
			return payment.InvalidField(field, "missing")
		}
	}
	return nil
}

type b2c struct {
	appID  payment.Secret
	locale string
}

func (a b2c) Login(ctx context.Context, send func(context.Context, Operation) (Response, error)) (Session, error) {
	op := Operation{
		Name: "LoginB2C", Method: http.MethodGet, Path: []string{"api", "login", a.appID.Reveal()}, ReadsOnly: true,
		Secrets: a.secrets(),
	}
	if a.locale != "" {
		op.Query = url.Values{"locale": {a.locale}}
	}
	resp, err := send(ctx, op)
	if err != nil {
		return Session{}, err
	}
	return ParseSession(resp)
}

func (a b2c) secrets() []payment.Secret { return []payment.Secret{a.appID} }

func (a b2c) check() error {
	if err := checkID("AppID", a.appID.Reveal()); err != nil {
		return err
	}
	if strings.Trim(a.locale, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-") != "" {
		return payment.InvalidField("Locale", "want letters, such as EN")
	}
	return nil
}

// checkAuthenticator refuses what cannot log in, and returns the secrets of the authenticators of this package.
func checkAuthenticator(auth Authenticator) ([]payment.Secret, error) {
	if v := reflect.ValueOf(auth); !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil() {
		return nil, payment.InvalidField("Authenticator", "missing")
	}
	own, ok := auth.(interface {
		check() error
		secrets() []payment.Secret
	})
	if !ok {
		return nil, nil
	}
	return own.secrets(), own.check()
}

// Login begins a session unless there is one, and returns it. The other methods do so by themselves.
func (c *Client) Login(ctx context.Context) (Session, error) {
	i, err := c.session(ctx)
	if err != nil {
		return Session{}, &payment.Error{Provider: provider, Op: "Login", Kind: payment.ErrUnauthenticated, Err: err}
	}
	return i.session.Session, nil
}
