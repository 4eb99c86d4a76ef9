package duffeltest

import (
	"fmt"
	"maps"
	"net/http"
	"slices"

	"github.com/shopspring/decimal"

	"github.com/supplierpay/supplierpay-go/internal/sim"
	"github.com/supplierpay/supplierpay-go/payment"
)

// changing finds the order that a request is about, for change to check it; change runs with the
// lock held and returns what is then done, also with the lock held.
func (s *Server) changing(c *sim.Call, change func(o *order) (code, pointer string, act func())) func() sim.Answer {
	if name := notSimulated(c); name != "" {
		return refuseParameter(name)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.orderByID[c.PathValue("id")]
	if o == nil {
		return refuse(c, "not_found", "")
	}
	code, pointer, act := change(o)
	if code != "" {
		return refuse(c, code, pointer)
	}
	return func() sim.Answer {
		s.mu.Lock()
		defer s.mu.Unlock()
		act()
		return sim.JSON(http.StatusOK, dataJSON{o.json(s.Now())})
	}
}

func (s *Server) updateOrder(c *sim.Call) func() sim.Answer {
	var data struct {
		Metadata map[string]string `json:"metadata"`
		Users    []string          `json:"users"`
	}
	if refused := readData(c, &data); refused != nil {
		return refused
	}
	return s.changing(c, func(o *order) (string, string, func()) {
		return "", "", func() {
			if data.Metadata != nil {
				o.metadata = data.Metadata
			}
			if data.Users != nil {
				o.users = data.Users
			}
		}
	})
}

// intended is a way to pay that an order was priced for. The members are in the order of the
// documentation.
type intended struct {
	Type              string `json:"type"`
	CardID            string `json:"card_id,omitempty"`
	AirlineCreditID   string `json:"airline_credit_id,omitempty"`
	SurchargeAmount   string `json:"surcharge_amount,omitempty"`
	SurchargeCurrency string `json:"surcharge_currency,omitempty"`
	PenaltyAmount     string `json:"penalty_amount,omitempty"`
	PenaltyCurrency   string `json:"penalty_currency,omitempty"`
	ChargeAmount      string `json:"charge_amount"`
	ChargeCurrency    string `json:"charge_currency"`

	charge payment.Money
}

func (s *Server) priceOrder(c *sim.Call) func() sim.Answer {
	var data struct {
		Methods []intended `json:"intended_payment_methods"`
	}
	if refused := readData(c, &data); refused != nil {
		return refused
	}
	return s.changing(c, func(o *order) (string, string, func()) {
		now := s.Now()
		switch code := o.closedFor(now); {
		case code != "":
			return code, "", nil
		case len(data.Methods) == 0:
			return "validation_required", "/intended_payment_methods", nil
		}
		priced, code, pointer := s.price(o, o.total(now), data.Methods)
		return code, pointer, func() { o.intended = priced }
	})
}

// price shares the total out: each credit pays what it is worth, whatever else is intended pays the
// rest, a card with its surcharge. The caller holds the lock.
func (s *Server) price(o *order, all payment.Money, methods []intended) (priced []intended, code, pointer string) {
	currency, rest := all.Currency(), all.Decimal()
	for i, m := range methods {
		if m.Type != "airline_credit" {
			continue
		}
		worth, ok := o.AirlineCredits[m.AirlineCreditID]
		if !ok || worth.Currency() != currency {
			return nil, "ineligible_airline_credit", ""
		}
		charge := decimal.Min(worth.Decimal(), rest)
		rest = rest.Sub(charge)
		methods[i].PenaltyAmount, methods[i].PenaltyCurrency = total(zero(currency), decimal.Zero).Amount(), currency
		methods[i].charge = total(zero(currency), charge)
	}
	for i, m := range methods {
		at := fmt.Sprintf("/intended_payment_methods/%d/", i)
		switch m.Type {
		case "airline_credit":
		case "card":
			if s.cards[m.CardID] == nil {
				return nil, "validation_inclusion", at + "card_id"
			}
			surcharge := o.CardSurcharge
			if surcharge.IsUnset() {
				surcharge = zero(currency)
			}
			methods[i].SurchargeAmount, methods[i].SurchargeCurrency = surcharge.Amount(), currency
			methods[i].charge = total(surcharge, rest)
			rest = decimal.Zero
		case "balance", "arc_bsp_cash":
			methods[i].charge = total(zero(currency), rest)
			rest = decimal.Zero
		default:
			return nil, "validation_inclusion", at + "type"
		}
	}
	if rest.IsPositive() {
		return nil, "validation_inclusion", "/intended_payment_methods"
	}
	for i, m := range methods {
		methods[i].ChargeAmount, methods[i].ChargeCurrency = m.charge.Amount(), currency
	}
	return methods, "", ""
}

func zero(currency string) payment.Money {
	m, err := payment.MoneyFromDecimal(decimal.Zero, currency)
	if err != nil {
		panic(err) // the currency is that of an amount
	}
	return m
}

// charged reports whether the methods are those that the order was priced for, each with its
// charge.
func (o *order) charged(methods []method) bool {
	left := slices.Clone(o.intended)
	for _, m := range methods {
		i := slices.IndexFunc(left, func(p intended) bool {
			return p.Type == m.typ && p.AirlineCreditID == m.creditID && p.charge.Equal(m.amount)
		})
		if i < 0 {
			return false
		}
		left = slices.Delete(left, i, i+1)
	}
	return len(left) == 0
}

func (s *Server) addServices(c *sim.Call) func() sim.Answer {
	var data struct {
		Services []quantity `json:"add_services"`
		Payment  methodJSON `json:"payment"`
	}
	if refused := readData(c, &data); refused != nil {
		return refused
	}
	p := &problems{}
	m := p.method(data.Payment, false, func(field string) string { return "/payment/" + field })
	if len(data.Services) == 0 {
		p.add("validation_required", "/add_services")
	}
	if len(p.found) > 0 {
		return refuseAll(c, p.found)
	}
	return s.changing(c, func(o *order) (string, string, func()) {
		cost, ok := o.cost(data.Services)
		switch {
		case !o.CancelledAt.IsZero():
			return "already_cancelled", "", nil
		case !ok:
			return "ancillary_service_not_available", "", nil
		case m.amount.Currency() != o.Price.Currency():
			return "payment_currency_does_not_match_order_currency", "/payment/currency", nil
		case !m.amount.Decimal().Equal(cost):
			return "payment_amount_does_not_match_order_amount", "/payment/amount", nil
		}
		return "", "", func() {
			o.book(data.Services)
			s.api.Ledger.Take(o.ID, m.amount)
		}
	})
}

type serviceJSON struct {
	ID            string `json:"id"`
	Type          string `json:"type"`
	Quantity      int    `json:"quantity"`
	TotalAmount   string `json:"total_amount"`
	TotalCurrency string `json:"total_currency"`
}

// book adds services to the order and to its price. Their prices were checked.
func (o *order) book(services []quantity) {
	for _, q := range services {
		cost, _ := o.cost([]quantity{q})
		o.Price = total(o.Price, cost)
		if !o.NextPrice.IsUnset() {
			o.NextPrice = total(o.NextPrice, cost)
		}
		o.services = append(o.services, serviceJSON{q.ID, "baggage", q.Quantity, total(zero(o.Price.Currency()), cost).Amount(), o.Price.Currency()})
	}
}

// extras are the members of an order that recorded bodies leave out.
type extras struct {
	IntendedPaymentMethods []intended        `json:"intended_payment_methods,omitempty"`
	Services               []serviceJSON     `json:"services,omitempty"`
	Metadata               map[string]string `json:"metadata,omitempty"`
	Users                  []string          `json:"users,omitempty"`
}

func (o *order) extras(unpaid bool) extras {
	e := extras{Services: slices.Clone(o.services), Metadata: maps.Clone(o.metadata), Users: slices.Clone(o.users)}
	if unpaid {
		e.IntendedPaymentMethods = slices.Clone(o.intended)
	}
	return e
}
