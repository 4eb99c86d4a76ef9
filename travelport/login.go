package travelport

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/supplierpay/supplierpay-go/internal/call"
	"github.com/supplierpay/supplierpay-go/internal/token"
	"github.com/supplierpay/supplierpay-go/internal/wire"
	"github.com/supplierpay/supplierpay-go/payment"
)

const (
	// tokenLife is Travelport's lifetime of a token, for answers that do not name one.
	tokenLife = 24 * time.Hour
	// loginLimit bounds one login.
	loginLimit = 30 * time.Second
)

// login gets and keeps the token of a client. Tokens are shared by all calls, one login in flight.
type login struct {
	calls  *call.Client
	form   func() []byte
	source *token.Source[payment.Secret]
	last   atomic.Pointer[handed]
}

// handed is the token that was given out last.
type handed struct {
	token  payment.Secret
	serial int64
}

func newLogin(cred Credentials, s settings) (*login, error) {
	conf := s.call
	conf.BaseURL = s.tokenURL
	conf.Header = http.Header{"Accept": {"application/json"}, "Cache-Control": {"no-cache"}}
	conf.Secrets = cred.secrets()
	conf.Explain = explainLogin
	calls, err := call.New(conf)
	if err != nil {
		var e *payment.Error
		if errors.As(err, &e) && e.Field == "BaseURL" {
			e.Field = "TokenURL"
		}
		return nil, err
	}
	l := &login{calls: calls, form: cred.form(s.grant, s.scope)}
	l.source = token.New(token.Config[payment.Secret]{Login: l.get, Timeout: loginLimit, DefaultLifetime: tokenLife})
	return l, nil
}

// form returns the body of a login. It is a function because a formatter would print a slice of bytes.
func (cred Credentials) form(grant Grant, scope string) func() []byte {
	return func() []byte {
		v := url.Values{
			"grant_type":    {string(grant)},
			"client_id":     {cred.ClientID},
			"client_secret": {cred.ClientSecret.Reveal()},
		}
		if grant == GrantPassword {
			v.Set("username", cred.Username)
			v.Set("password", cred.Password.Reveal())
		}
		if scope != "" {
			v.Set("scope", scope)
		}
		return []byte(v.Encode())
	}
}

var errNoToken = errors.New("no usable token in the answer")

// get logs in.
func (l *login) get(ctx context.Context) (token.Grant[payment.Secret], error) {
	var grant token.Grant[payment.Secret]
	_, err := l.calls.Do(ctx, call.Operation{
		Kind: call.Read, Credential: true, Name: "Login", Method: http.MethodPost, Route: "{token URL}", Body: l.form(),
		Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}},
	}, func(a *call.Answer) error {
		var err error
		grant, err = decodeToken(a.Body)
		return err
	})
	return grant, err
}

// decodeToken reads the answer of a login. Its errors do not quote it.
func decodeToken(body []byte) (token.Grant[payment.Secret], error) {
	var w struct {
		AccessToken string          `json:"access_token"`
		TokenType   string          `json:"token_type"`
		ExpiresIn   json.RawMessage `json:"expires_in"`
	}
	var grant token.Grant[payment.Secret]
	if err := json.Unmarshal(body, &w); err != nil {
		return grant, errNoToken
	}
	if w.AccessToken == "" || !call.Visible(w.AccessToken) || w.TokenType != "" && !strings.EqualFold(w.TokenType, "Bearer") {
		return grant, errNoToken
	}
	grant.Value = payment.NewSecret(w.AccessToken)
	if d, err := wire.Decimal(wire.Text(w.ExpiresIn)); err == nil && d.IsPositive() {
		if life := d.IntPart(); life < int64(10*tokenLife/time.Second) {
			grant.Lifetime = time.Duration(life) * time.Second
		}
	}
	return grant, nil
}

// explainLogin reads the error body that OAuth 2.0 defines. Travelport documents none of its own.
func explainLogin(a *call.Answer) (call.Explanation, bool) {
	var w struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}
	if json.Unmarshal(a.Body, &w) != nil || w.Error == "" {
		return call.Explanation{}, false
	}
	return call.Explanation{Code: w.Error, Message: w.Description, Kind: payment.ErrUnauthenticated}, true
}

// authorize returns the credentials of a call: the current token, logging in first if there is none.
func (l *login) authorize(ctx context.Context) (http.Header, error) {
	t, serial, err := l.source.Get(ctx)
	if err != nil {
		return nil, err
	}
	if h := l.last.Load(); h == nil || h.serial < serial {
		l.last.CompareAndSwap(h, &handed{token: t, serial: serial})
	}
	return bearer(t), nil
}

func bearer(t payment.Secret) http.Header {
	return http.Header{"Authorization": {"Bearer " + t.Reveal()}}
}

// unauthorized drops the token that a call was turned away with. A 403 is about rights, which a new token does not have
// either.
func (l *login) unauthorized(status int, sent http.Header) bool {
	if status != http.StatusUnauthorized {
		return false
	}
	if h := l.last.Load(); h != nil && sent.Get("Authorization") == "Bearer "+h.token.Reveal() {
		l.source.Drop(h.serial)
	}
	return true
}
