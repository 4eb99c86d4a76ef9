package duffeltest

import (
	"cmp"
	"fmt"
	"net/http"
	"regexp"
	"time"

	"github.com/supplierpay/supplierpay-go/internal/sim"
)

// A card for a single use vanishes after this.
const cardLasts = 25 * time.Minute

type card struct {
	id       string
	last4    string
	multiUse bool
	until    time.Time // zero for a stored card
	used     bool
}

type cardJSON struct {
	ID            string  `json:"id"`
	LiveMode      bool    `json:"live_mode"`
	Last4Digits   string  `json:"last_4_digits"`
	Brand         string  `json:"brand"`
	MultiUse      bool    `json:"multi_use"`
	UnavailableAt *string `json:"unavailable_at"`
}

func (k *card) gone(now time.Time) bool { return k.used || !k.until.IsZero() && !now.Before(k.until) }

var (
	cardNumber = regexp.MustCompile(`^[0-9]{12,19}$`)
	cardCVC    = regexp.MustCompile(`^[0-9]{3,4}$`)
	twoDigits  = regexp.MustCompile(`^[0-9]{2}$`)
	country    = regexp.MustCompile(`^[A-Z]{2}$`)
	anyText    = regexp.MustCompile(`.`)
)

func (s *Server) createCard(c *sim.Call) func() sim.Answer {
	if name := notSimulated(c); name != "" {
		return refuseParameter(name)
	}
	data := map[string]member{}
	if refused := readData(c, &data); refused != nil {
		return refused
	}
	p := &problems{}
	text := func(name string, form *regexp.Regexp) string {
		v := p.text(data[name], "/"+name)
		if v != "" && !form.MatchString(v) {
			p.add("validation_format", "/"+name)
		}
		return v
	}
	made := &card{multiUse: string(data["multi_use"]) == "true"}
	text("cvc", cardCVC)
	stored := ""
	if !absent(data["card_id"]) {
		stored = text("card_id", anyText)
	} else {
		number := text("number", cardNumber)
		made.last4 = number[max(0, len(number)-4):]
		text("expiry_month", twoDigits)
		text("expiry_year", twoDigits)
		text("address_country_code", country)
		for _, name := range []string{"name", "address_line_1", "address_city", "address_region", "address_postal_code"} {
			text(name, anyText)
		}
	}
	if len(p.found) > 0 {
		return refuseAll(c, p.found)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if stored != "" {
		old := s.cards[stored]
		if old == nil || !old.multiUse {
			return refuse(c, "not_found", "")
		}
		made.last4 = old.last4
	}
	return func() sim.Answer {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.cardsMade++
		made.id = fmt.Sprintf("tcd_%022d", s.cardsMade)
		if !made.multiUse {
			made.until = s.Now().Add(cardLasts)
		}
		s.cards[made.id] = made
		return sim.JSON(http.StatusCreated, dataJSON{cardJSON{ID: made.id, Last4Digits: made.last4, Brand: "visa",
			MultiUse: made.multiUse, UnavailableAt: stamp(made.until, seconds)}})
	}
}

func (s *Server) deleteCard(c *sim.Call) func() sim.Answer {
	return func() sim.Answer {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.cards, c.PathValue("id"))
		return sim.Answer{Status: http.StatusNoContent}
	}
}

// session is a 3-D Secure session.
type session struct {
	card     *card
	resource string
	status   string
	used     bool
}

type sessionJSON struct {
	ID         string  `json:"id"`
	CardID     string  `json:"card_id"`
	ResourceID string  `json:"resource_id"`
	LiveMode   bool    `json:"live_mode"`
	Status     string  `json:"status"`
	ClientID   *string `json:"client_id"`
	ExpiresAt  *string `json:"expires_at"`
}

const readyForPayment = "ready_for_payment"

func (s *Server) createSession(c *sim.Call) func() sim.Answer {
	if name := notSimulated(c); name != "" {
		return refuseParameter(name)
	}
	var data struct {
		CardID     member     `json:"card_id"`
		ResourceID member     `json:"resource_id"`
		Services   []quantity `json:"services"`
	}
	if refused := readData(c, &data); refused != nil {
		return refused
	}
	p := &problems{}
	cardID, resource := p.text(data.CardID, "/card_id"), p.text(data.ResourceID, "/resource_id")
	if data.Services == nil {
		p.add("validation_required", "/services")
	}
	if len(p.found) > 0 {
		return refuseAll(c, p.found)
	}
	now := s.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	k, described := s.cards[cardID], s.resource(resource)
	if k == nil || k.gone(now) || described == nil {
		return refuse(c, "not_found", "")
	}
	status := cmp.Or(described.SessionStatus, readyForPayment)
	return func() sim.Answer {
		s.mu.Lock()
		defer s.mu.Unlock()
		id := fmt.Sprintf("3ds_%022d", len(s.sessions)+1)
		s.sessions[id] = &session{card: k, resource: resource, status: status}
		j := sessionJSON{ID: id, CardID: k.id, ResourceID: resource, Status: status, ExpiresAt: stamp(now.Add(cardLasts), seconds)}
		if status == "challenge_required" || status == "client_action_required" {
			clientID := "client of " + id
			j.ClientID = &clientID
		}
		return sim.JSON(http.StatusCreated, dataJSON{j})
	}
}

// resource describes what a session is for: an order or an offer. The caller holds the lock.
func (s *Server) resource(id string) *Order {
	if o := s.orderByID[id]; o != nil {
		return &o.Order
	}
	if o := s.offers[id]; o != nil {
		return &o.Offer.Order
	}
	return nil
}

// unauthenticated returns the code of what is wrong with a method's 3-D Secure session, or "". A
// session that this server did not make is taken as ready. The caller holds the lock.
func (s *Server) unauthenticated(m method, resource string, now time.Time) string {
	made := s.sessions[m.sessionID]
	switch {
	case made == nil:
		return ""
	case made.resource != resource:
		return "three_d_secure_session_not_found"
	case made.used || made.card.gone(now) || made.status == "expired":
		return "three_d_secure_session_expired"
	case made.status != readyForPayment:
		return "three_d_secure_session_not_ready_for_payment"
	}
	return ""
}

// use spends a session and its card. The caller holds the lock.
func (s *Server) use(m method) {
	if made := s.sessions[m.sessionID]; made != nil {
		made.used, made.card.used = true, true
	}
}
