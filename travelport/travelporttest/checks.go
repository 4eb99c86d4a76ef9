package travelporttest

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/supplierpay/supplierpay-go/internal/sim"
)

// object is a JSON object of an answer.
type object map[string]any

const tokenLife = 24 * time.Hour

// login is the token endpoint: the password grant, or client credentials, with the client in the
// body.
func (s *Server) login(c *sim.Call) func() sim.Answer {
	v, err := url.ParseQuery(string(c.Body))
	media, _, _ := mime.ParseMediaType(c.Header.Get("Content-Type"))
	denied := ""
	switch {
	case err != nil || media != "application/x-www-form-urlencoded":
		denied = "invalid_request"
	case v.Get("client_id") != s.ClientID || v.Get("client_secret") != s.ClientSecret:
		denied = "invalid_client"
	case v.Get("grant_type") == "client_credentials":
	case v.Get("grant_type") != "password":
		denied = "unsupported_grant_type"
	case v.Get("username") != s.Username || v.Get("password") != s.Password:
		denied = "invalid_grant"
	}
	if denied != "" {
		return sim.Reply(sim.JSON(http.StatusBadRequest, object{"error": denied}))
	}
	return func() sim.Answer {
		now := s.Now()
		s.mu.Lock()
		defer s.mu.Unlock()
		s.serial++
		token := fmt.Sprintf("token-of-the-simulator-%d", s.serial)
		s.tokens[token] = now.Add(tokenLife)
		return sim.JSON(http.StatusOK, object{"access_token": token, "token_type": "Bearer", "expires_in": int(tokenLife / time.Second)})
	}
}

// RevokeTokens makes the server forget all tokens, before their time.
func (s *Server) RevokeTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.tokens)
}

// checked puts what Travelport checks for every call in front of h.
func (s *Server) checked(h sim.Handler) sim.Handler {
	return func(c *sim.Call) func() sim.Answer {
		if r := s.refusal(c); r != nil {
			return sim.Reply(r.answer(c))
		}
		return h(c)
	}
}

// problem is an error in Travelport's body.
type problem struct {
	status  int // of the answer
	code    string
	message string
	key     string // of the envelope; "" is ErrorResponse
}

// refusal returns what is wrong with a call whatever it asks for, or nil.
func (s *Server) refusal(c *sim.Call) *problem {
	token, bearer := strings.CutPrefix(c.Header.Get("Authorization"), "Bearer ")
	group, pcc := c.Header.Get("XAUTH_TRAVELPORT_ACCESSGROUP"), c.Header.Get("TVP-PCC-CORE")
	media, _, _ := mime.ParseMediaType(c.Header.Get("Content-Type"))
	accepts := strings.Contains(c.Header.Get("Accept-Encoding"), "gzip")
	switch {
	case !bearer || !s.tokenGood(token):
		return &problem{http.StatusUnauthorized, "1012100", "Credentials invalid or missing", ""}
	case group == "" && pcc == "":
		return &problem{http.StatusUnauthorized, "9006", "Missing header XAUTH_TRAVELPORT_ACCESSGROUP.", ""}
	case group != "" && group != s.AccessGroup:
		return &problem{http.StatusUnauthorized, "9003", "Access Group is not associated with the OAuth2 token.", ""}
	case group == "" && pcc != s.PCC:
		return &problem{http.StatusUnauthorized, "9004", "Invalid Access Group.", ""}
	case !accepts, !strings.Contains(c.Header.Get("Accept"), "application/json"):
		return &problem{http.StatusBadRequest, "2000", "COMPRESSION AND JSON MUST BE ACCEPTED", ""}
	case len(c.Body) > 0 && media != "application/json":
		return &problem{http.StatusBadRequest, "2001", "CONTENT TYPE MUST BE APPLICATION/JSON", ""}
	case len(c.Body) == 0 && c.Method == http.MethodPost && media != "":
		return &problem{http.StatusBadRequest, "2002", "CONTENT TYPE WITHOUT CONTENT", ""}
	}
	return nil
}

func (s *Server) tokenGood(token string) bool {
	now := s.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	until, known := s.tokens[token]
	return known && now.Before(until)
}

func (p problem) answer(c *sim.Call) sim.Answer {
	entry := object{"@type": "ErrorDetail", "StatusCode": max(p.status, http.StatusBadRequest), "Message": p.message,
		"SourceID": "API", "category": "VALIDATION"}
	if p.code != "" {
		entry["SourceCode"] = p.code
	}
	key := p.key
	if key == "" {
		key = "ErrorResponse"
	}
	return sim.JSON(p.status, object{key: object{
		"@type": key, "transactionId": transactionID(c), "Result": object{"@type": "Result", "Error": []any{entry}},
	}})
}

// ErrorBody returns an error body of Travelport's, under the key of an operation's answer such as
// "PaymentResponse".
func ErrorBody(key, code, message string) []byte {
	entry := object{"@type": "ErrorDetail", "StatusCode": http.StatusBadRequest, "Message": message, "SourceID": "API"}
	if code != "" {
		entry["SourceCode"] = code
	}
	body, err := json.Marshal(object{key: object{"Result": object{"@type": "Result", "Error": []any{entry}}}})
	if err != nil {
		panic(err) // strings only
	}
	return body
}

func refuse(c *sim.Call, p problem) func() sim.Answer { return sim.Reply(p.answer(c)) }

func (s *Server) notFound(c *sim.Call) func() sim.Answer {
	return refuse(c, problem{http.StatusNotFound, "", "no such resource in the simulator", ""})
}

func transactionID(c *sim.Call) string { return fmt.Sprintf("51005a2b4d242ba02f73a794%08d", c.N) }

// stamp adds the headers of every answer. The id of a call has two names.
func stamp(c *sim.Call, h http.Header) {
	if c.Method == http.MethodGet {
		h.Set("E2ETrackingId", transactionID(c))
	} else {
		h.Set("Transactionid", transactionID(c))
	}
	if trace := c.Header.Get("TraceId"); trace != "" {
		h.Set("Traceid", trace)
	}
	h.Set("Content-Version", "11")
}
