package activeplatformtest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"

	"github.com/shopspring/decimal"

	"github.com/supplierpay/supplierpay-go/internal/sim"
	"github.com/supplierpay/supplierpay-go/internal/wire"
	"github.com/supplierpay/supplierpay-go/payment"
)

const typeV3 = "application/vnd.api+json"

// checkedV1 and checkedV3 put what is checked for every request in front of h.
func (s *Server) checkedV1(h sim.Handler) sim.Handler {
	return func(c *sim.Call) func() sim.Answer {
		if c.URL.Query().Get("api_token") != s.Token {
			return refuseV1(http.StatusUnauthorized, "unknown token")
		}
		return h(c)
	}
}

func (s *Server) checkedV3(h sim.Handler) sim.Handler {
	return func(c *sim.Call) func() sim.Answer {
		switch {
		case c.Header.Get("X-Api-Token") != s.Token:
			return refuseV3(http.StatusUnauthorized, "Unknown token.")
		case c.Header.Get("Content-Type") != typeV3:
			return refuseV3(http.StatusUnsupportedMediaType, "Content-Type must be "+typeV3+".")
		case c.Header.Get("Accept") != typeV3:
			return refuseV3(http.StatusNotAcceptable, "Accept must be "+typeV3+".")
		case c.PathValue("reseller") != s.ResellerID:
			return refuseV3(http.StatusNotFound, "No such reseller.")
		}
		return h(c)
	}
}

func refuseV1(status int, words string) func() sim.Answer {
	return sim.Reply(sim.JSON(status, struct {
		Error string `json:"error"`
	}{words}))
}

type errorsV3 struct {
	Errors errorV3 `json:"errors"` // one object, as the documentation has it
}

type errorV3 struct {
	Title  string `json:"title"`
	Status string `json:"status"`
}

func refuseV3(status int, words string) func() sim.Answer {
	return sim.Reply(answerV3(status, errorsV3{errorV3{words, strconv.Itoa(status)}}))
}

func answerV3(status int, v any) sim.Answer {
	a := sim.JSON(status, v)
	a.Header.Set("Content-Type", typeV3)
	return a
}

// notSimulated returns the name of a query parameter that is not among those given, or "".
func notSimulated(c *sim.Call, simulated ...string) string {
	for name := range c.URL.Query() {
		if !slices.Contains(simulated, name) {
			return name
		}
	}
	return ""
}

func refuseParameter(name string) func() sim.Answer {
	return sim.Reply(sim.Answer{Status: http.StatusNotImplemented, Header: http.Header{"Content-Type": {"text/plain"}},
		Body: []byte("activeplatformtest does not simulate the parameter " + strconv.Quote(name) + "\n")})
}

// attributes are the members of a request that makes a payment, of whatever type was sent.
type attributes struct {
	AccountID json.RawMessage `json:"account_id"`
	Total     json.RawMessage `json:"total"`
	Comment   json.RawMessage `json:"comment"`
	ManagerID json.RawMessage `json:"manager_id"`
	Purpose   json.RawMessage `json:"purpose"`
}

// newRecord reads a request, or says what is wrong with it. The caller holds the lock.
func (s *Server) newRecord(in attributes) (r *record, problem string) {
	r = &record{}
	number, err := strconv.ParseInt(string(in.AccountID), 10, 64)
	if err != nil {
		return nil, "account_id must be an integer."
	}
	if r.account = s.accountByID[strconv.FormatInt(number, 10)]; r.account == nil {
		return nil, "account_id is not an account."
	}
	total, err := wire.Decimal(string(in.Total))
	if err != nil {
		return nil, "total must be a number."
	}
	if r.total, err = payment.MoneyFromDecimal(total, s.Currency); err != nil || !total.IsPositive() || payment.ISO4217().Check(r.total) != nil {
		return nil, "total must be an amount above zero."
	}
	if json.Unmarshal(in.Comment, &r.comment) != nil || r.comment == "" {
		return nil, "comment must be there."
	}
	if len(in.ManagerID) > 0 && json.Unmarshal(in.ManagerID, &r.managerID) != nil {
		return nil, "manager_id must be an integer."
	}
	if len(in.Purpose) > 0 && json.Unmarshal(in.Purpose, &r.purpose) != nil {
		return nil, "purpose must be text."
	}
	return r, ""
}

// amount writes an amount the way both APIs do: text with the digits that it needs, at least one
// behind the point.
func amount(m payment.Money) string { return digits(m.Decimal()) }

func digits(d decimal.Decimal) string {
	scale := int32(1)
	for !d.Equal(d.Truncate(scale)) {
		scale++
	}
	return d.StringFixed(scale)
}
