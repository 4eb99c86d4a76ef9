package duffeltest

import (
	"cmp"
	"fmt"
	"net/http"
	"time"

	"github.com/supplierpay/supplierpay-go/internal/sim"
	"github.com/supplierpay/supplierpay-go/payment"
)

// quoteLasts is how long a cancellation can be confirmed. Duffel's own time is not documented.
const quoteLasts = 30 * time.Minute

// cancellation is a quote, and the cancellation once it is confirmed.
type cancellation struct {
	id          string
	order       *order
	createdAt   time.Time
	confirmedAt time.Time
	refund      payment.Money
	refundTo    string
	seen        sim.Visibility // of the confirmation
}

// The members are in the order of the recorded body.
type cancellationJSON struct {
	ID             string   `json:"id"`
	OrderID        string   `json:"order_id"`
	LiveMode       bool     `json:"live_mode"`
	CreatedAt      string   `json:"created_at"`
	ExpiresAt      *string  `json:"expires_at"`
	ConfirmedAt    *string  `json:"confirmed_at"`
	RefundAmount   string   `json:"refund_amount"`
	RefundCurrency string   `json:"refund_currency"`
	RefundTo       string   `json:"refund_to"`
	AirlineCredits []string `json:"airline_credits"`
}

func (q *cancellation) json(now time.Time) any {
	j := cancellationJSON{
		ID: q.id, OrderID: q.order.ID, CreatedAt: *stamp(q.createdAt, millis),
		ExpiresAt: stamp(q.createdAt.Add(quoteLasts), seconds), RefundAmount: q.refund.Amount(),
		RefundCurrency: q.refund.Currency(), RefundTo: q.refundTo, AirlineCredits: []string{},
	}
	if q.seen.Visible(now) {
		j.ConfirmedAt = stamp(q.confirmedAt, millis)
	}
	return j
}

func (s *Server) createCancellation(c *sim.Call) func() sim.Answer {
	if name := notSimulated(c); name != "" {
		return refuseParameter(name)
	}
	var data struct {
		OrderID member `json:"order_id"`
	}
	if refused := readData(c, &data); refused != nil {
		return refused
	}
	p := &problems{}
	id := p.text(data.OrderID, "/order_id")
	if len(p.found) > 0 {
		return refuseAll(c, p.found)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.orderByID[id]
	switch {
	case o == nil:
		return refuse(c, "not_found", "")
	case !o.CancelledAt.IsZero():
		return refuse(c, "already_cancelled", "")
	case o.NotCancellable:
		return refuse(c, "order_not_cancellable", "")
	}
	return func() sim.Answer {
		s.mu.Lock()
		defer s.mu.Unlock()
		now := s.Now()
		q := &cancellation{id: fmt.Sprintf("ore_%022d", len(s.cancellations)+1), order: o, createdAt: now,
			refund: zero(o.Price.Currency()), refundTo: "awaiting_payment"}
		if o.Instant || o.completed() {
			q.refund, q.refundTo = o.total(now), cmp.Or(o.RefundTo, "balance")
		}
		s.cancellations = append(s.cancellations, q)
		o.quote = q
		s.emit("order_cancellation.created", q.id, idObject{q.id})
		return sim.JSON(http.StatusCreated, dataJSON{q.json(now)})
	}
}

// cancellation finds the one that a request is about. The caller holds the lock.
func (s *Server) cancellation(c *sim.Call) *cancellation {
	for _, q := range s.cancellations {
		if q.id == c.PathValue("id") {
			return q
		}
	}
	return nil
}

// confirmCancellation checks first and cancels later, like createPayment.
func (s *Server) confirmCancellation(c *sim.Call) func() sim.Answer {
	if name := notSimulated(c); name != "" {
		return refuseParameter(name)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	q := s.cancellation(c)
	switch {
	case q == nil:
		return refuse(c, "not_found", "")
	case !q.order.CancelledAt.IsZero():
		return refuse(c, "already_cancelled", "")
	case q.order.quote != q, !s.Now().Before(q.createdAt.Add(quoteLasts)):
		return refuse(c, "order_cancellation_stale", "")
	}
	return func() sim.Answer {
		s.mu.Lock()
		defer s.mu.Unlock()
		now := s.Now()
		q.confirmedAt, q.seen = now, c.Visibility()
		q.order.CancelledAt = now
		s.emit("order_cancellation.confirmed", q.id, idObject{q.id})
		shown := *q
		shown.seen = sim.Visibility{} // the answer knows what reads may not show yet
		return sim.JSON(http.StatusOK, dataJSON{shown.json(now)})
	}
}

func (s *Server) getCancellation(c *sim.Call) func() sim.Answer {
	if name := notSimulated(c); name != "" {
		return refuseParameter(name)
	}
	return func() sim.Answer {
		s.mu.Lock()
		defer s.mu.Unlock()
		q := s.cancellation(c)
		if q == nil {
			return refuse(c, "not_found", "")()
		}
		return sim.JSON(http.StatusOK, dataJSON{q.json(s.Now())})
	}
}

func (s *Server) listCancellations(c *sim.Call) func() sim.Answer {
	if name := notSimulated(c, "order_id", "limit", "after", "before"); name != "" {
		return refuseParameter(name)
	}
	return func() sim.Answer {
		query, now := c.URL.Query(), s.Now()
		s.mu.Lock()
		defer s.mu.Unlock()
		var rows []row
		for _, q := range s.cancellations {
			keep := !query.Has("order_id") || query.Get("order_id") == q.order.ID
			rows = append(rows, row{id: q.id, keep: keep, json: func() any { return q.json(now) }})
		}
		return list(c, rows)
	}
}
