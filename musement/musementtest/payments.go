package musementtest

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/supplierpay/supplierpay-go/internal/sim"
)

func alreadyPaid() func() sim.Answer {
	return refuse(http.StatusLocked, "-1", "Order has already been paid")
}

// noPayment checks first and takes later: what happens in between, another payment included, is not
// looked at again.
func (s *Server) noPayment(c *sim.Call) func() sim.Answer {
	var w struct {
		UUID string `json:"uuid"`
	}
	if json.Unmarshal(c.Body, &w) != nil {
		return malformed()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.lookup(w.UUID)
	switch {
	case o == nil:
		return unknownResource()
	case o.taken:
		return alreadyPaid()
	case !s.permitted && o.Price.Decimal().IsPositive():
		return refuse(http.StatusUnprocessableEntity, "0", "You don't have permission to use this flow")
	}
	seen := c.Visibility()
	return func() sim.Answer {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.take(o, seen)
		// The answer is the order as it is, although reads may lag behind.
		late := o.changes[len(o.changes)-1].seen
		o.changes[len(o.changes)-1].seen = sim.Visibility{}
		answer := sim.JSON(http.StatusOK, o.json(s.Now()))
		o.changes[len(o.changes)-1].seen = late
		return answer
	}
}

// payable returns the order of a card payment, or the refusal. The caller holds the server's lock.
func (s *Server) payable(uuid string) (*order, func() sim.Answer) {
	o := s.orders[uuid]
	switch {
	case o == nil:
		return nil, unknownResource()
	case o.Foreign:
		return nil, refuse(http.StatusUnauthorized, "0", "Order does not belong to partner")
	case o.taken:
		return nil, alreadyPaid()
	}
	return o, nil
}

func declined() func() sim.Answer {
	return refuse(http.StatusUnprocessableEntity, "0", "Error during payment")
}

type splitJSON struct {
	Gateway *string           `json:"gateway,omitempty"`
	Secure  *threeDSecureJSON `json:"3d_secure"`
	Reason  *string           `json:"reason,omitempty"`
}

type threeDSecureJSON struct {
	Payload      any     `json:"payload"`
	ClientSecret *string `json:"payment_intent_client_secret"`
	Type         string  `json:"type"`
	URL          *string `json:"url,omitempty"`
}

func (s *Server) startSplit(c *sim.Call) func() sim.Answer {
	var w struct {
		OrderUUID   string `json:"order_uuid"`
		AdyenToken  string `json:"adyen_token"`
		StripeToken string `json:"stripe_token"`
		Redirect    string `json:"redirect_url_success_3d_secure"`
	}
	if json.Unmarshal(c.Body, &w) != nil {
		return malformed()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	o, refused := s.payable(w.OrderUUID)
	if refused != nil {
		return refused
	}
	if w.AdyenToken == "" && w.StripeToken == "" {
		return declined()
	}
	seen := c.Visibility()
	return func() sim.Answer {
		s.mu.Lock()
		defer s.mu.Unlock()
		gateway, reason := "ADYEN", "BUSINESS_STRATEGY"
		if o.Challenge == Script {
			gateway = "STRIPE"
		}
		answer := splitJSON{Gateway: &gateway, Reason: &reason}
		switch {
		case o.Mode == DeclineStart:
			o.changes = append(o.changes, change{status: "payment_failed", seen: seen})
			return declined()()
		case o.Challenge == NoChallenge:
			s.take(o, seen)
			return sim.JSON(http.StatusOK, answer)
		}
		s.challenge(o, w.Redirect)
		o.changes = append(o.changes, change{status: "created", seen: seen})
		if o.Challenge == Redirect {
			return sim.Answer{Status: http.StatusFound, Header: http.Header{"Location": {s.bankURL(o)}}}
		}
		answer.Secure = s.secure(o)
		return sim.JSON(http.StatusOK, answer)
	}
}

// challenge begins a round of 3-D Secure. The caller holds the server's lock.
func (s *Server) challenge(o *order, redirect string) {
	s.made++
	o.challenge = &challenge{id: fmt.Sprintf("c%08d", s.made), redirect: redirect, expires: s.Now().Add(ChallengeLifetime)}
}

func (s *Server) bankURL(o *order) string { return s.BankURL + "/3ds/" + o.challenge.id }

// secure describes the order's challenge. An empty payload is a list, as Musement's language has
// it.
func (s *Server) secure(o *order) *threeDSecureJSON {
	at, secret := s.bankURL(o), PaymentIntentID+"_secret_"+o.challenge.id
	switch o.Challenge {
	case Form:
		return &threeDSecureJSON{Type: "FORM", URL: &at, Payload: map[string]any{"MD": o.challenge.id, "PaReq": "sim-pareq", "version": 2}}
	case Script:
		return &threeDSecureJSON{Type: "USE_STRIPE_SDK", ClientSecret: &secret, Payload: []any{}}
	default:
		return &threeDSecureJSON{Type: "REDIRECT", URL: &at, Payload: []any{}}
	}
}

func (s *Server) complete(c *sim.Call) func() sim.Answer {
	var w struct {
		OrderUUID       string `json:"order_uuid"`
		PaymentIntentID string `json:"payment_intent_id"`
	}
	if json.Unmarshal(c.Body, &w) != nil {
		return malformed()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	o, refused := s.payable(w.OrderUUID)
	if refused != nil {
		return refused
	}
	round := o.challenge
	switch {
	case round == nil || !round.passed || round.over(s.Now()):
		return declined()
	case o.Challenge == Script && w.PaymentIntentID != PaymentIntentID:
		return declined()
	}
	seen := c.Visibility()
	return func() sim.Answer {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.completed(o, round, seen)
	}
}

// completed ends a round of 3-D Secure. The caller holds the server's lock.
func (s *Server) completed(o *order, round *challenge, seen sim.Visibility) sim.Answer {
	round.completed = true
	switch {
	case o.Mode == DeclineCompletion:
		o.changes = append(o.changes, change{status: "payment_failed", seen: seen})
		return declined()()
	case o.Mode == SecondRound && o.rounds == 0:
		o.rounds++
		s.challenge(o, round.redirect)
		return sim.JSON(http.StatusOK, splitJSON{Secure: s.secure(o)})
	case o.Mode == Pend:
		o.changes = append(o.changes, change{status: "authorized", seen: seen})
	default:
		s.take(o, seen)
	}
	// Even an answer that asks for nothing has the shape of a challenge, as in Musement's sample.
	secret := ""
	return sim.JSON(http.StatusOK, splitJSON{Secure: &threeDSecureJSON{Type: "FORM", Payload: struct{}{}, ClientSecret: &secret}})
}
