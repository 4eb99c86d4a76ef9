package etm

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/supplierpay/supplierpay-go/internal/call"
	"github.com/supplierpay/supplierpay-go/internal/token"
	"github.com/supplierpay/supplierpay-go/internal/wire"
	"github.com/supplierpay/supplierpay-go/payment"
)

// keyHeader carries the session's key. ETM writes the name in lower case, and its answers with underscores; a server that
// speaks HTTP does not mind the case.
const keyHeader = "Etm-Auth-Key"

const (
	// defaultLifetime is for sessions whose end is not told.
	defaultLifetime = 30 * time.Minute
	// maxLifetime bounds what a login may claim, in either of its times.
	maxLifetime = 24 * time.Hour
	// maxCookies bounds what is carried of a login's cookies.
	maxCookies = 20
)

// Session is what a login gave.
type Session struct {
	// Key goes into the etm-auth-key header of every call.
	Key payment.Secret `json:"etm_auth_key,omitzero"`
	// Cookies go with every call too, to the base URL and nowhere else.
	Cookies []Cookie `json:"cookies,omitempty"`
	// Expires is when the session ends at the latest, by this machine's clock; zero when not known.
	Expires time.Time `json:"expires,omitzero"`
	// MaxIdle is how long it may go unused; 0 when not known.
	MaxIdle time.Duration `json:"max_idle,omitempty"`
	// Locale and Currency are the account's defaults, such as "RU" and "EUR".
	Locale   string `json:"locale,omitempty"`
	Currency string `json:"currency,omitempty"`
	// Site and Agent are what a B2C login says besides. They are not documented.
	Site  json.RawMessage `json:"site,omitempty"`
	Agent json.RawMessage `json:"agent,omitempty"`
}

// Cookie is a cookie that a login set.
type Cookie struct {
	Name  string         `json:"name"`
	Value payment.Secret `json:"value"`
}

var (
	errNoSession  = errors.New("the login gave neither a key nor a cookie")
	errNoKey      = errors.New("no etm_auth_key in the answer")
	errOddSession = errors.New("the login gave a session that no header can carry")
)

// ParseSession reads the answer of a login in the documented form: etm_auth_key, locale, currency, max_expiry_time,
// max_timeout, and the cookies beside it. It is for authenticators.
func ParseSession(resp Response) (Session, error) {
	var w struct {
		Key      Text            `json:"etm_auth_key"`
		Locale   Text            `json:"locale"`
		Currency Text            `json:"currency"`
		Expiry   Text            `json:"max_expiry_time"`
		Idle     Text            `json:"max_timeout"`
		Site     json.RawMessage `json:"site"`
		Agent    json.RawMessage `json:"agent"`
	}
	if err := wire.UnmarshalLenient(resp.Body, &w); err != nil {
		return Session{}, unreadable("Session", errNotObject)
	}
	s := Session{
		Key: payment.NewSecret(string(w.Key)), Cookies: resp.Cookies,
		Locale: string(w.Locale), Currency: string(w.Currency), Site: w.Site, Agent: w.Agent,
	}
	if said, ok := parseError(resp.Status, resp.Body); ok && w.Key == "" {
		return Session{}, unreadable("etm_auth_key", said)
	}
	if w.Key == "" {
		return Session{}, unreadable("etm_auth_key", errNoKey)
	}
	if n, err := strconv.ParseInt(string(w.Expiry), 10, 64); err == nil && n > 0 && n < maxUnix {
		s.Expires = time.Unix(n, 0).Add(resp.skew)
	}
	if n, err := strconv.ParseInt(string(w.Idle), 10, 32); err == nil && n > 0 {
		s.MaxIdle = time.Duration(n) * time.Second
	}
	return s, nil
}

// maxUnix is the end of the year 9999.
const maxUnix = 253402300799

// check refuses a session that no request could carry.
func (s Session) check() error {
	if s.Key.IsZero() && len(s.Cookies) == 0 {
		return errNoSession
	}
	if !call.Visible(s.Key.Reveal()) {
		return errOddSession
	}
	for _, c := range s.Cookies {
		if !isCookie(c.Name, c.Value.Reveal()) {
			return errOddSession
		}
	}
	return nil
}

func isCookie(name, value string) bool {
	return name != "" && call.Visible(name) && !strings.ContainsAny(name, "=;,\"") &&
		call.Visible(value) && !strings.ContainsAny(value, ";,\"\\")
}

// cookiesOf returns the cookies that an answer of host sets. Those that it deletes, that are meant for another host, or
// that no header can carry, are left out.
func cookiesOf(h http.Header, host string) []Cookie {
	var cookies []Cookie
	resp := http.Response{Header: http.Header{"Set-Cookie": h.Values("Set-Cookie")}}
	for _, c := range resp.Cookies() {
		gone := c.Value == "" || c.MaxAge < 0 || !c.Expires.IsZero() && c.Expires.Year() <= 1970
		if gone || !forHost(c.Domain, host) || !isCookie(c.Name, c.Value) || len(cookies) == maxCookies {
			continue
		}
		cookies = append(cookies, Cookie{Name: c.Name, Value: payment.NewSecret(c.Value)})
	}
	return cookies
}

// forHost reports whether a cookie's domain, "" for none, is host or above it.
func forHost(domain, host string) bool {
	domain = strings.ToLower(strings.TrimPrefix(domain, "."))
	host = strings.ToLower(host)
	return domain == "" || host == domain || strings.HasSuffix(host, "."+domain)
}

// session is a Session in use.
type session struct {
	Session
	cookie payment.Secret   // the Cookie header
	hidden []payment.Secret // what must not be shown of it
	idle   time.Duration    // after which it is not used again; 0 for no limit
	used   atomic.Int64     // when it was used last, in Unix nanoseconds
}

// newSession puts s to use. It renews a minute before the idle time, or a fifth of it, whichever is shorter.
func newSession(s Session) *session {
	var cookies []string
	for _, c := range s.Cookies {
		cookies = append(cookies, c.Name+"="+c.Value.Reveal())
	}
	u := &session{Session: s, cookie: payment.NewSecret(strings.Join(cookies, "; "))}
	u.hidden = append(u.hidden, s.Key, u.cookie)
	for _, c := range s.Cookies {
		u.hidden = append(u.hidden, c.Value)
	}
	if idle := min(s.MaxIdle, maxLifetime); idle > 0 {
		u.idle = idle - min(time.Minute, idle/5)
	}
	u.used.Store(time.Now().UnixNano())
	return u
}

// stale reports whether the session has gone unused for too long, and notes that it is used now if not.
func (s *session) stale() bool {
	now := time.Now().UnixNano()
	if s.idle > 0 && now-s.used.Load() >= int64(s.idle) {
		return true
	}
	s.used.Store(now)
	return false
}

// issue is a session that was put into a header, under the number that the source knows it by.
type issue struct {
	session *session
	serial  int64
}

// loginKey marks the context of a client's login, in which there is no session yet.
type loginKey struct{ c *Client }

// login begins a session. It runs for all callers who wait for one: no single caller's journal has a say in it.
func (c *Client) login(ctx context.Context) (token.Grant[*session], error) {
	ctx = payment.WithHooks(context.WithValue(ctx, loginKey{c}, true), payment.Hooks{})
	s, err := c.auth.Login(ctx, c.Do)
	if err == nil {
		err = s.check()
	}
	if err != nil {
		var said *Error
		if errors.As(err, &said) {
			c.clean(said)
		}
		return token.Grant[*session]{}, err
	}
	g := token.Grant[*session]{Value: newSession(s)}
	if left := time.Until(s.Expires); !s.Expires.IsZero() && left > 0 {
		g.Lifetime = min(left, maxLifetime)
	}
	return g, nil
}

// session returns the session to use now, after a login if there must be one.
func (c *Client) session(ctx context.Context) (issue, error) {
	s, serial, err := c.sessions.Get(ctx)
	if err == nil && s.stale() {
		c.sessions.Drop(serial)
		s, serial, err = c.sessions.Get(ctx)
	}
	return issue{s, serial}, err
}

// authorize returns the credentials of the session. The calls of a login have none.
func (c *Client) authorize(ctx context.Context) (http.Header, error) {
	if ctx.Value(loginKey{c}) != nil {
		return nil, nil
	}
	i, err := c.session(ctx)
	if err != nil {
		return nil, err
	}
	if last := c.issued.Load(); last == nil || *last != i {
		given := i
		c.issued.Store(&given)
	}
	if t, ok := ctx.Value(trailKey{}).(*trail); ok {
		t.add(i.session)
	}
	return i.session.header(), nil
}

func (s *session) header() http.Header {
	h := http.Header{}
	if !s.Key.IsZero() {
		h.Set(keyHeader, s.Key.Reveal())
	}
	if !s.cookie.IsZero() {
		h.Set("Cookie", s.cookie.Reveal())
	}
	return h
}

// unauthorized drops the session that a request had, unless another one has taken its place already.
func (c *Client) unauthorized(_ int, sent http.Header) bool {
	i := c.issued.Load()
	key, cookie := sent.Get(keyHeader), sent.Get("Cookie")
	if i == nil || key == "" && cookie == "" {
		return false
	}
	if key == i.session.Key.Reveal() && cookie == i.session.cookie.Reveal() {
		c.sessions.Drop(i.serial)
	}
	return true
}

// trail collects the sessions that a call was sent with, so that its answer can be cleaned of them.
type trail struct {
	mu    sync.Mutex
	used  []*session
	first [1]*session // backs used in the usual case
}

type trailKey struct{}

func (t *trail) add(s *session) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.used == nil {
		t.used = t.first[:0]
	}
	t.used = append(t.used, s)
}

func (t *trail) secrets() []payment.Secret {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.used) == 1 {
		return t.used[0].hidden
	}
	var all []payment.Secret
	for _, s := range t.used {
		all = append(all, s.hidden...)
	}
	return all
}
