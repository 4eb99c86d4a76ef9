package etmtest

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"time"

	"github.com/supplierpay/supplierpay-go/internal/sim"
)

// cookieName is the session cookie of ETM's own example.
const cookieName = "etmsessid"

// session is one that a login began.
type session struct {
	key, cookie string
	ends, used  time.Time
}

// good reports whether the session can still be used.
func (x *session) good(now time.Time, idle time.Duration) bool {
	return now.Before(x.ends) && now.Sub(x.used) < idle
}

// ExpireSessions ends all sessions. The next call of each client is answered as one without a
// session.
func (s *Server) ExpireSessions() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.sessions)
}

// checked puts the check of the session in front of h.
func (s *Server) checked(h sim.Handler) sim.Handler {
	return func(c *sim.Call) func() sim.Answer {
		if !s.hasSession(c) {
			return refuse(s.conf.expired, "no session")
		}
		return h(c)
	}
}

// hasSession demands key and cookie of one session: which of them ETM honours is not documented, so
// a client must have both. With WithCookieAlone the key may be missing, but not be another's.
func (s *Server) hasSession(c *sim.Call) bool {
	now := s.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	key := c.Header.Get("Etm-Auth-Key")
	cookie, err := c.Cookie(cookieName)
	if err != nil {
		return false
	}
	x := s.sessions[key]
	if key == "" && s.conf.cookieAlone {
		x = s.byCookie(cookie.Value)
	}
	if x == nil || cookie.Value != x.cookie || !x.good(now, s.conf.idle) {
		return false
	}
	x.used = now
	return true
}

// byCookie finds a session by its cookie. The caller holds the server's lock.
func (s *Server) byCookie(value string) *session {
	for _, x := range s.sessions {
		if x.cookie == value {
			return x
		}
	}
	return nil
}

type loginJSON struct {
	Key     string          `json:"etm_auth_key"`
	Locale  string          `json:"locale"`
	Curr    string          `json:"currency"`
	Expiry  int64           `json:"max_expiry_time"`
	Timeout int64           `json:"max_timeout"`
	Site    json.RawMessage `json:"site,omitempty"`
	Agent   json.RawMessage `json:"agent,omitempty"`
}

// loginB2B takes a form with the login and the password, in the body and nowhere else.
func (s *Server) loginB2B(c *sim.Call) func() sim.Answer {
	media, _, _ := mime.ParseMediaType(c.Header.Get("Content-Type"))
	form, err := url.ParseQuery(string(c.Body))
	if media != "application/x-www-form-urlencoded" || err != nil {
		return refuse(http.StatusBadRequest, "not a form")
	}
	if form.Get("login") != s.Login || form.Get("password") != s.Password {
		return refuse(http.StatusUnauthorized, "wrong login or password")
	}
	return func() sim.Answer { return s.begin(loginJSON{Locale: "RU"}) }
}

func (s *Server) loginB2C(c *sim.Call) func() sim.Answer {
	if c.PathValue("app_id") != s.AppID {
		return refuse(http.StatusUnauthorized, "unknown app")
	}
	locale := c.URL.Query().Get("locale")
	if locale == "" {
		locale = "RU"
	}
	// PHP writes what is empty as a list.
	return func() sim.Answer {
		return s.begin(loginJSON{Locale: locale, Site: json.RawMessage(`{}`), Agent: json.RawMessage(`[]`)})
	}
}

// begin adds a session and answers with it. Older sessions stay good.
func (s *Server) begin(j loginJSON) sim.Answer {
	now := s.Now()
	x := &session{key: random(16), cookie: random(20), ends: now.Add(s.conf.lifetime), used: now}
	s.mu.Lock()
	s.sessions[x.key] = x
	s.mu.Unlock()
	j.Key, j.Curr = x.key, "EUR"
	j.Expiry, j.Timeout = x.ends.Unix(), int64(s.conf.idle/time.Second)
	answer := sim.JSON(http.StatusOK, j)
	cookie := http.Cookie{Name: cookieName, Value: x.cookie, Path: "/", HttpOnly: true}
	answer.Header.Set("Set-Cookie", cookie.String())
	return answer
}

// random returns n random bytes as twice as many hex digits.
func random(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}
