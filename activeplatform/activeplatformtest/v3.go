package activeplatformtest

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/shopspring/decimal"

	"github.com/supplierpay/supplierpay-go/internal/sim"
)

const micros = "2006-01-02T15:04:05.000000-0700"

func stampV3(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	s := t.In(platformZone).Format(micros)
	return &s
}

type documentV3 struct {
	Data any `json:"data"`
}

type resourceV3 struct {
	ID            string         `json:"id"`
	Type          string         `json:"type"`
	Attributes    any            `json:"attributes"`
	Relationships map[string]any `json:"relationships,omitempty"`
}

// attributesV3 has its members in the order of the documented answer.
type attributesV3 struct {
	CreatedAt             *string `json:"created_at"`
	UpdatedAt             *string `json:"updated_at"`
	AccountID             int64   `json:"account_id"`
	DiscountAmount        string  `json:"discount_amount"`
	Total                 string  `json:"total"`
	AmountPaidFromBalance *string `json:"amount_paid_from_balance"`
	InitialTotal          string  `json:"initial_total"`
	CurrencyCode          string  `json:"currency_code"`
	Comment               string  `json:"comment"`
	Status                string  `json:"status"`
	DocumentID            string  `json:"document_id"`
	ExpirationDate        *string `json:"expiration_date"`
	PaymentMethodID       *int64  `json:"payment_method_id"`
	RequesterIP           *string `json:"requester_ip"`
	ManagerID             *int64  `json:"manager_id"`
	Purpose               string  `json:"purpose"`
	ExternalTotal         *string `json:"external_total"`
	ExternalCurrency      *string `json:"external_currency"`
	DueDate               *string `json:"due_date"`
	PaymentMethodName     *string `json:"payment_method_name"`
	ClosedAt              *string `json:"closed_at"`
}

// related is the data of a relationship.
type related struct {
	Data any `json:"data"`
}

func one(id, typ string) related {
	return related{struct {
		ID   string `json:"id"`
		Type string `json:"type"`
	}{id, typ}}
}

func (s *Server) resource(r *record) resourceV3 {
	none := related{[]string{}}
	method := related{nil}
	if r.methodID != nil {
		method = one(strconv.FormatInt(*r.methodID, 10), "payment_methods")
	}
	return resourceV3{
		ID: strconv.FormatInt(r.id, 10), Type: "payments",
		Attributes: attributesV3{
			CreatedAt: stampV3(r.createdAt), UpdatedAt: stampV3(r.updatedAt), AccountID: r.account.number,
			DiscountAmount: "0.0", Total: amount(r.total), InitialTotal: amount(r.total), CurrencyCode: s.Currency,
			Comment: r.comment, Status: r.status, DocumentID: r.documentID, PaymentMethodID: r.methodID,
			RequesterIP: r.requesterIP, ManagerID: r.managerID, Purpose: r.purpose, PaymentMethodName: r.methodName(),
			ClosedAt: stampV3(r.closedAt),
		},
		Relationships: map[string]any{
			"orders": none, "invoices": none, "charges": none, "corrections": none,
			"reseller": one(s.ResellerID, "resellers"), "account": one(r.account.ID, "accounts"), "payment_method": method,
		},
	}
}

func (s *Server) createV3(c *sim.Call) func() sim.Answer {
	if name := notSimulated(c); name != "" {
		return refuseParameter(name)
	}
	var in struct {
		Data struct {
			Attributes attributes `json:"attributes"`
		} `json:"data"`
	}
	if json.Unmarshal(c.Body, &in) != nil {
		return refuseV3(http.StatusBadRequest, "The body is no JSON:API document.")
	}
	in.Data.Attributes.ManagerID = nil // API v3 has none
	return s.create(in.Data.Attributes, c, nil,
		func(problem string) func() sim.Answer { return refuseV3(http.StatusUnprocessableEntity, problem) },
		func(r *record) sim.Answer { return answerV3(http.StatusCreated, documentV3{s.resource(r)}) })
}

// onPayment answers with what act makes of the payment of the path, which must be there.
func (s *Server) onPayment(c *sim.Call, act func(r *record, now time.Time) (problem string)) func() sim.Answer {
	if name := notSimulated(c); name != "" {
		return refuseParameter(name)
	}
	return func() (a sim.Answer) {
		s.locked(func(now time.Time) {
			r := s.payment(c.PathValue("id"))
			if r == nil || !r.visible(now) {
				a = refuseV3(http.StatusNotFound, "No such payment.")()
				return
			}
			if problem := act(r, now); problem != "" {
				a = refuseV3(http.StatusUnprocessableEntity, problem)()
				return
			}
			a = answerV3(http.StatusOK, documentV3{s.resource(r)})
		})
		return a
	}
}

func (s *Server) getV3(c *sim.Call) func() sim.Answer {
	return s.onPayment(c, func(*record, time.Time) string { return "" })
}

func (s *Server) cancelV3(c *sim.Call) func() sim.Answer {
	return s.onPayment(c, func(r *record, now time.Time) string {
		if r.status != waiting {
			return `Only payments with "waiting for payment" status can be cancelled.`
		}
		s.close(r, cancelled, now)
		return ""
	})
}

// patchV3 has two meanings: completion by a payment method, and from the balance, which is refused
// for top-ups.
func (s *Server) patchV3(c *sim.Call) func() sim.Answer {
	var in struct {
		Data struct {
			Attributes struct {
				PaymentMethodID *int64 `json:"payment_method_id"`
				Status          string `json:"status"`
			} `json:"attributes"`
		} `json:"data"`
	}
	if json.Unmarshal(c.Body, &in) != nil {
		return refuseV3(http.StatusBadRequest, "The body is no JSON:API document.")
	}
	asked := in.Data.Attributes
	return s.onPayment(c, func(r *record, now time.Time) string {
		switch {
		case (asked.PaymentMethodID == nil) == (asked.Status == ""):
			return "Give a payment method or a status."
		case asked.Status == paidFromBalance:
			return "Top-up payments cannot be paid from the balance."
		case asked.Status != "":
			return "A payment cannot be given this status."
		case r.status != waiting && r.status != expired:
			return "The payment cannot be completed."
		}
		r.methodID = asked.PaymentMethodID
		s.close(r, completed, now)
		return ""
	})
}

type accountAttributes struct {
	CreatedAt     *string `json:"created_at"`
	UpdatedAt     *string `json:"updated_at"`
	ResellerID    int64   `json:"reseller_id"`
	Name          string  `json:"name"`
	PrimaryName   string  `json:"primary_name"`
	Email         string  `json:"email"`
	Status        string  `json:"status"`
	Balance       string  `json:"balance"`
	UsableBalance string  `json:"usable_balance"`
	CurrentDebt   int     `json:"current_debt"`
}

// attributes of an account: its balance is what its completed payments brought. The caller holds
// the lock.
func (s *Server) accountAttributes(a *account) accountAttributes {
	balance := decimal.Decimal{}
	for _, r := range a.payments {
		if r.status == completed {
			balance = balance.Add(r.total.Decimal())
		}
	}
	return accountAttributes{
		CreatedAt: stampV3(a.CreatedAt), UpdatedAt: stampV3(a.CreatedAt), ResellerID: 1, Name: a.Name, PrimaryName: a.Name,
		Email: a.Email, Status: "active", Balance: digits(balance), UsableBalance: digits(balance),
	}
}

// getAccount writes the id as a number, unlike the list: the pages disagree too.
func (s *Server) getAccount(c *sim.Call) func() sim.Answer {
	if name := notSimulated(c); name != "" {
		return refuseParameter(name)
	}
	return func() (answer sim.Answer) {
		s.locked(func(time.Time) {
			a := s.accountByID[c.PathValue("id")]
			if a == nil {
				answer = refuseV3(http.StatusNotFound, "No such account.")()
				return
			}
			answer = answerV3(http.StatusOK, documentV3{struct {
				ID         int64             `json:"id"`
				Type       string            `json:"type"`
				Attributes accountAttributes `json:"attributes"`
			}{a.number, "accounts", s.accountAttributes(a)}})
		})
		return answer
	}
}
