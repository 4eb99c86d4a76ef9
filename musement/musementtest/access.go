package musementtest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/supplierpay/supplierpay-go/internal/sim"
)

// tokenLifetime is how long a token may be used.
const tokenLifetime = time.Hour

// errorJSON is Musement's error body. The code is a string.
type errorJSON struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// ErrorBody returns Musement's error body.
func ErrorBody(code, message string) []byte { return sim.JSON(0, errorJSON{code, message}).Body }

func refuse(status int, code, message string) func() sim.Answer {
	return sim.Reply(sim.JSON(status, errorJSON{code, message}))
}

func notFound(*sim.Call) func() sim.Answer { return unknownResource() }

func unknownResource() func() sim.Answer {
	return refuse(http.StatusNotFound, "1400", "Resource does not exist")
}

func malformed() func() sim.Answer { return refuse(http.StatusBadRequest, "0", "There was an error") }

func (s *Server) login(c *sim.Call) func() sim.Answer {
	if refused := s.withoutApplication(c); refused != nil {
		return refused
	}
	var w struct {
		ClientID     string `json:"client_id"`
		ClientSecret string `json:"client_secret"`
		GrantType    string `json:"grant_type"`
	}
	if json.Unmarshal(c.Body, &w) != nil || w.GrantType != "client_credentials" {
		return malformed()
	}
	if w.ClientID != s.ClientID || w.ClientSecret != s.ClientSecret {
		return refuse(http.StatusUnauthorized, "0", "Invalid client credentials")
	}
	return func() sim.Answer {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.made++
		t := fmt.Sprintf("sim-access-token-%s-%08d", s.account, s.made)
		s.tokens[t] = s.Now().Add(tokenLifetime)
		return sim.JSON(http.StatusOK, struct {
			AccessToken string  `json:"access_token"`
			ExpiresIn   int     `json:"expires_in"`
			TokenType   string  `json:"token_type"`
			Scope       *string `json:"scope"`
		}{AccessToken: t, ExpiresIn: int(tokenLifetime / time.Second), TokenType: "bearer"})
	}
}

// RevokeTokens makes all tokens given so far invalid.
func (s *Server) RevokeTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.tokens)
}

// checked puts what Musement checks for every request in front of h.
func (s *Server) checked(h sim.Handler) sim.Handler {
	return func(c *sim.Call) func() sim.Answer {
		if refused := s.withoutApplication(c); refused != nil {
			return refused
		}
		if m := c.Header.Get("X-Musement-Market"); m != "" && m != "us" && m != s.market {
			return refuse(http.StatusBadRequest, "-1", "Unknown market code was provided.")
		}
		token, bearer := strings.CutPrefix(c.Header.Get("Authorization"), "Bearer ")
		s.mu.Lock()
		end, known := s.tokens[token]
		s.mu.Unlock()
		if !bearer || !known || !s.Now().Before(end) {
			return refuse(http.StatusUnauthorized, "0", "The access token is missing, unknown or has expired")
		}
		if len(c.Body) > 0 && !strings.HasPrefix(c.Header.Get("Content-Type"), "application/json") {
			return malformed()
		}
		return h(c)
	}
}

// currencies answers with an empty list: what an entry looks like is not documented.
func currencies(*sim.Call) func() sim.Answer { return sim.Reply(sim.JSON(http.StatusOK, []any{})) }

func (s *Server) withoutApplication(c *sim.Call) func() sim.Answer {
	switch c.Header.Get("X-Musement-Application") {
	case s.Application:
		return nil
	case "":
		return refuse(http.StatusBadRequest, "2271",
			"The header 'x-musement-application' is mandatory but was not found on the request. Please specify it and try again.")
	default:
		return refuse(http.StatusBadRequest, "0", "There was an error")
	}
}
