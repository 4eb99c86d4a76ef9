package duffeltest

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"github.com/supplierpay/supplierpay-go/internal/sim"
)

// Duffel's words for the state of a payment.
const (
	pendingStatus = "pending"
	succeeded     = "succeeded"
	failed        = "failed"
	cancelled     = "cancelled"
)

// paid is a payment as it stands.
type paid struct {
	id        string
	order     *order
	method    method
	old       bool // answered in the older shape
	status    string
	reason    string
	createdAt time.Time
	settledAt time.Time
	seen      sim.Visibility
}

// currentPayment has its members in the order of the recorded body.
type currentPayment struct {
	Type            string  `json:"type"`
	Status          string  `json:"status"`
	OrderID         string  `json:"order_id"`
	LiveMode        bool    `json:"live_mode"`
	ID              string  `json:"id"`
	FailureReason   *string `json:"failure_reason"`
	Currency        string  `json:"currency"`
	CreatedAt       string  `json:"created_at"`
	Amount          string  `json:"amount"`
	AirlineCreditID *string `json:"airline_credit_id"`
}

// olderPayment is what older responses have.
type olderPayment struct {
	Type      string `json:"type"`
	LiveMode  bool   `json:"live_mode"`
	ID        string `json:"id"`
	Currency  string `json:"currency"`
	CreatedAt string `json:"created_at"`
	Amount    string `json:"amount"`
}

func (p *paid) json() any {
	amount := p.method.amount
	if p.old {
		return olderPayment{Type: p.method.typ, ID: p.id, Currency: amount.Currency(),
			CreatedAt: *stamp(p.createdAt, millis), Amount: amount.Amount()}
	}
	j := currentPayment{Type: p.method.typ, Status: p.status, OrderID: p.order.ID, ID: p.id, Currency: amount.Currency(),
		CreatedAt: *stamp(p.createdAt, millis), Amount: amount.Amount()}
	if p.reason != "" {
		j.FailureReason = &p.reason
	}
	if p.method.creditID != "" {
		j.AirlineCreditID = &p.method.creditID
	}
	return j
}

// createPayment checks first and takes later: what happens in between, another payment included, is
// not looked at again.
func (s *Server) createPayment(c *sim.Call) func() sim.Answer {
	if name := notSimulated(c); name != "" {
		return refuseParameter(name)
	}
	req, refused := readPaymentRequest(c)
	if refused != nil {
		return refused
	}
	now := s.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.orderByID[req.orderID]
	if o == nil {
		return refuse(c, "not_found", "")
	}
	if code, pointer := o.refusal(req, now); code != "" {
		return refuse(c, code, pointer)
	}
	for _, m := range req.methods {
		if code := s.unauthenticated(m, o.ID, now); code != "" {
			return refuse(c, code, "")
		}
	}
	return func() sim.Answer { return s.pay(o, req, c.Visibility()) }
}

// refusal returns the code and the pointer of the reason why the order cannot be paid like this, or
// "". The caller holds the server's lock.
func (o *order) refusal(req paymentRequest, now time.Time) (code, pointer string) {
	if code := o.closedFor(now); code != "" {
		return code, ""
	}
	total := o.total(now)
	asked := decimal.Zero
	for i, m := range req.methods {
		if m.amount.Currency() != total.Currency() {
			return "payment_currency_does_not_match_order_currency", req.pointer(i, "currency")
		}
		asked = asked.Add(m.amount.Decimal())
	}
	priced := len(o.intended) > 0 && slices.ContainsFunc(req.methods, func(m method) bool { return m.typ == "card" || m.typ == "airline_credit" })
	switch {
	case priced && o.charged(req.methods):
		return "", ""
	case priced:
		return "payment_amount_does_not_match_order_amount", req.pointer(0, "amount")
	case asked.Equal(total.Decimal()):
		return "", ""
	case asked.Equal(o.Price.Decimal()):
		return "price_changed", req.pointer(0, "amount")
	default:
		return "payment_amount_does_not_match_order_amount", req.pointer(0, "amount")
	}
}

// closedFor returns the code of the reason why nothing can pay for the order, or "". The caller
// holds the server's lock.
func (o *order) closedFor(now time.Time) string {
	switch {
	case o.Instant:
		return "order_type_not_eligible_for_payment"
	case o.completed():
		return "already_paid"
	case !o.CancelledAt.IsZero():
		return "already_cancelled"
	case o.ScheduleChanged:
		return "schedule_changed"
	case !now.Before(o.PaymentRequiredBy):
		return "past_payment_required_by_date"
	}
	return ""
}

// completed reports whether a payment of the order has succeeded, seen or not. The caller holds the
// server's lock.
func (o *order) completed() bool {
	return slices.ContainsFunc(o.payments, func(p *paid) bool { return p.status == succeeded })
}

// pay makes the payments and answers.
func (s *Server) pay(o *order, req paymentRequest, seen sim.Visibility) sim.Answer {
	now := s.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	var last *paid
	for _, m := range req.methods {
		last = &paid{id: fmt.Sprintf("pay_%022d", len(s.payments)+1), order: o, method: m, old: o.Mode == NoStatus,
			status: pendingStatus, createdAt: now, seen: seen}
		s.payments = append(s.payments, last)
		s.paymentByID[last.id] = last
		o.payments = append(o.payments, last)
		s.use(m)
		s.emit("payment.created", last.id, idObject{last.id})
		if o.Mode == Pend || o.Mode == Accept {
			s.emit("air.payment.pending", last.id, idObject{last.id})
		}
		switch o.Mode {
		case Succeed, NoStatus:
			s.settle(last, succeeded, "", now)
		case Fail:
			reason := o.FailureReason
			if reason == "" {
				reason = "payment_declined"
			}
			s.settle(last, failed, reason, now)
		}
	}
	switch {
	case o.Mode == Accept:
		return sim.JSON(http.StatusAccepted, dataJSON{messageJSON{"simulated"}})
	case req.split:
		return sim.JSON(http.StatusCreated, dataJSON{o.json(now)})
	default:
		return sim.JSON(http.StatusCreated, dataJSON{last.json()})
	}
}

type messageJSON struct {
	Message string `json:"message"`
}

// settle ends a payment, and takes the money if it succeeded. The caller holds the lock.
func (s *Server) settle(p *paid, status, reason string, now time.Time) {
	p.status, p.reason, p.settledAt = status, reason, now
	s.emit("air.payment."+status, p.id, idObject{p.id})
	if status == succeeded {
		s.api.Ledger.Take(p.order.ID, p.method.amount)
	}
}

// Settle decides all pending payments of an order: status is succeeded, failed or cancelled, the
// words of Duffel, and reason becomes the failure_reason. It returns an error when none is pending,
// or for another word.
func (s *Server) Settle(orderID, status, reason string) error {
	if status != succeeded && status != failed && status != cancelled {
		return fmt.Errorf("duffeltest: settle: unknown status %q", status)
	}
	now := s.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	settled := 0
	if o := s.orderByID[orderID]; o != nil {
		for _, p := range o.payments {
			if p.status == pendingStatus {
				s.settle(p, status, reason, now)
				settled++
			}
		}
	}
	if settled == 0 {
		return fmt.Errorf("duffeltest: settle: order %q has no pending payment", orderID)
	}
	return nil
}

func (s *Server) getPayment(c *sim.Call) func() sim.Answer {
	if name := notSimulated(c); name != "" {
		return refuseParameter(name)
	}
	return func() sim.Answer {
		now := s.Now()
		s.mu.Lock()
		defer s.mu.Unlock()
		p := s.paymentByID[c.PathValue("id")]
		if p == nil || !p.seen.Visible(now) {
			return refuse(c, "not_found", "")()
		}
		return sim.JSON(http.StatusOK, dataJSON{p.json()})
	}
}
