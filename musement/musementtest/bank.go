package musementtest

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/supplierpay/supplierpay-go/internal/sim"
)

// ChallengeLifetime is how long a 3-D Secure challenge waits for its completion.
const ChallengeLifetime = 30 * time.Minute

// challenge is one round of 3-D Secure.
type challenge struct {
	id        string
	redirect  string // where the customer returns
	passed    bool
	failed    bool
	completed bool
	expires   time.Time
}

// over reports whether the challenge has come to nothing.
func (c *challenge) over(now time.Time) bool {
	return !c.completed && (c.failed || !now.Before(c.expires))
}

// bank is the server that customers of 3-D Secure are sent to.
type bank struct {
	server *Server
	listen *sim.Server
	visits atomic.Int64
}

func newBank(s *Server) *bank { return &bank{server: s} }

// ServeHTTP lets a customer pass the challenge named by the path, and sends him back.
func (b *bank) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.visits.Add(1)
	id, ok := strings.CutPrefix(r.URL.Path, "/3ds/")
	back, found := b.server.passByID(id)
	switch {
	case !ok || !found:
		http.NotFound(w, r)
	case back != "":
		http.Redirect(w, r, back, http.StatusSeeOther)
	default:
		_, _ = fmt.Fprintln(w, "Your bank has confirmed the payment.")
	}
}

// BankVisits returns how many requests the bank has had. A client of the API must never cause one.
func (s *Server) BankVisits() int { return int(s.bank.visits.Load()) }

func (s *Server) passByID(id string) (back string, found bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range s.orders {
		if c := o.challenge; c != nil && c.id == id {
			c.passed = true
			return c.redirect, true
		}
	}
	return "", false
}

// PassChallenge lets the customer pass the order's 3-D Secure challenge. It reports whether the
// order has one.
func (s *Server) PassChallenge(orderUUID string) bool {
	return s.decide(orderUUID, func(c *challenge) { c.passed = true })
}

// FailChallenge lets the customer fail it: the payment's status becomes authorization_failed. It
// reports whether the order has one.
func (s *Server) FailChallenge(orderUUID string) bool {
	return s.decide(orderUUID, func(c *challenge) { c.failed = true })
}

func (s *Server) decide(orderUUID string, how func(*challenge)) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.orders[orderUUID]
	if o == nil || o.challenge == nil {
		return false
	}
	how(o.challenge)
	return true
}
