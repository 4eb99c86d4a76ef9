package duffeltest

import (
	"encoding/json"
	"fmt"
	"regexp"

	"github.com/shopspring/decimal"

	"github.com/supplierpay/supplierpay-go/internal/sim"
	"github.com/supplierpay/supplierpay-go/payment"
)

// paymentRequest is the body of a payment that has been read and found well-formed.
type paymentRequest struct {
	orderID string
	methods []method
	split   bool // it came as the payments array
}

type method struct {
	typ      string
	amount   payment.Money
	creditID string

	sessionID string
}

func (r paymentRequest) pointer(i int, field string) string {
	if r.split {
		return fmt.Sprintf("/payments/%d/%s", i, field)
	}
	return "/payment/" + field
}

// member is a member of a request, of whatever type was sent.
type member = json.RawMessage

type methodJSON struct {
	Type                member `json:"type"`
	Amount              member `json:"amount"`
	Currency            member `json:"currency"`
	ThreeDSecureSession member `json:"three_d_secure_session_id"`
	CardID              member `json:"card_id"`
	AirlineCreditID     member `json:"airline_credit_id"`
}

// readPaymentRequest reads the body, or returns the refusal that names everything that is wrong
// with it.
func readPaymentRequest(c *sim.Call) (paymentRequest, func() sim.Answer) {
	var data struct {
		OrderID  member `json:"order_id"`
		Payment  member `json:"payment"`
		Payments member `json:"payments"`
	}
	if refused := readData(c, &data); refused != nil {
		return paymentRequest{}, refused
	}

	p := &problems{}
	req := paymentRequest{orderID: p.text(data.OrderID, "/order_id"), split: !absent(data.Payments)}
	var methods []methodJSON
	switch {
	case req.split && !absent(data.Payment):
		return paymentRequest{}, refuse(c, "bad_request", "")
	case req.split:
		if json.Unmarshal(data.Payments, &methods) != nil || len(methods) == 0 {
			p.add("validation_type", "/payments")
		}
	case absent(data.Payment):
		p.add("validation_required", "/payment")
	default:
		methods = make([]methodJSON, 1)
		if json.Unmarshal(data.Payment, &methods[0]) != nil {
			methods = nil
			p.add("validation_type", "/payment")
		}
	}
	for i, m := range methods {
		req.methods = append(req.methods, p.method(m, req.split, func(field string) string { return req.pointer(i, field) }))
	}
	if len(p.found) > 0 {
		return paymentRequest{}, refuseAll(c, p.found)
	}
	return req, nil
}

// problems collects what is wrong with a body: Duffel answers with one error for each.
type problems struct{ found []errorEntry }

func (p *problems) add(code, pointer string) { p.found = append(p.found, entry(code, pointer)) }

func (p *problems) text(m member, pointer string) string {
	var s string
	switch {
	case absent(m):
		p.add("validation_required", pointer)
	case json.Unmarshal(m, &s) != nil:
		p.add("validation_type", pointer)
	case s == "":
		p.add("validation_required", pointer)
	}
	return s
}

// plain is a decimal as Duffel writes them, of sane length.
var plain = regexp.MustCompile(`^[0-9]{1,15}(\.[0-9]{1,10})?$`)

func (p *problems) method(m methodJSON, split bool, pointer func(field string) string) method {
	typ := p.text(m.Type, pointer("type"))
	amount, currency := p.text(m.Amount, pointer("amount")), p.text(m.Currency, pointer("currency"))
	var creditID, sessionID string
	switch typ {
	case "", "balance", "arc_bsp_cash":
	case "card":
		if absent(m.CardID) { // older clients send it instead of the session
			sessionID = p.text(m.ThreeDSecureSession, pointer("three_d_secure_session_id"))
		}
	case "airline_credit":
		creditID = p.text(m.AirlineCreditID, pointer("airline_credit_id"))
		if !split {
			p.add("validation_inclusion", pointer("type"))
		}
	default:
		p.add("validation_inclusion", pointer("type"))
	}
	if amount == "" || currency == "" {
		return method{}
	}
	if !plain.MatchString(amount) {
		p.add("validation_format", pointer("amount"))
		return method{}
	}
	money, err := payment.MoneyFromDecimal(decimal.RequireFromString(amount), currency)
	if err != nil {
		p.add("validation_inclusion", pointer("currency"))
	}
	return method{typ: typ, amount: money, creditID: creditID, sessionID: sessionID}
}

func absent(m member) bool { return len(m) == 0 || string(m) == "null" }
