package etmtest

import (
	"encoding/json"
	"net/http"
	"regexp"
	"time"

	"github.com/supplierpay/supplierpay-go/internal/sim"
	"github.com/supplierpay/supplierpay-go/payment"
)

type paymentJSON struct {
	Status  string      `json:"status"`
	Payload payloadJSON `json:"payload"`
}

type payloadJSON struct {
	Status string `json:"status"`
}

type failureJSON struct {
	Status  string `json:"status"`
	Message string `json:"message"`
}

// refuse answers with a status and a message. The words are made up: ETM documents none.
func refuse(status int, message string) func() sim.Answer {
	return sim.Reply(sim.JSON(status, failureJSON{Status: "error", Message: message}))
}

// plain is a decimal as ETM's examples have them, of sane length.
var plain = regexp.MustCompile(`^[0-9]{1,15}(\.[0-9]{1,10})?$`)

// orderPayment checks first and takes later: what happens in between, another payment included, is
// not looked at again.
func (s *Server) orderPayment(c *sim.Call) func() sim.Answer {
	var w struct {
		FOPType  *string `json:"fop_type"`
		Currency *string `json:"currency"`
		Total    *string `json:"total_amount"`
	}
	if json.Unmarshal(c.Body, &w) != nil || w.FOPType == nil || w.Currency == nil || w.Total == nil {
		return refuse(http.StatusBadRequest, "want fop_type, currency and total_amount as strings")
	}
	if *w.FOPType == "" || !plain.MatchString(*w.Total) {
		return refuse(http.StatusBadRequest, "no form of payment, or no amount")
	}
	asked, err := payment.ParseMoney(*w.Total, *w.Currency)
	if err != nil {
		return refuse(http.StatusBadRequest, "no amount of that currency")
	}
	now := s.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.byID[c.PathValue("order_id")]
	if o == nil {
		return refuse(http.StatusNotFound, "no such order")
	}
	if why := o.refusal(asked, now); why != "" {
		return refuse(http.StatusOK, why)
	}
	if o.RefusalWord != "" {
		return sim.Reply(sim.JSON(http.StatusOK, paymentJSON{"ok", payloadJSON{o.RefusalWord}}))
	}
	return func() sim.Answer {
		now := s.Now()
		s.mu.Lock()
		defer s.mu.Unlock()
		o.paid = append(o.paid, paid{at: now, seen: c.Visibility()})
		s.api.Ledger.Take(o.ID, asked)
		return sim.JSON(http.StatusOK, paymentJSON{"ok", payloadJSON{"ok"}})
	}
}

// refusal says why the order cannot be paid like this, or returns "". That it was paid before is no
// reason. The caller holds the lock.
func (o *order) refusal(asked payment.Money, now time.Time) string {
	switch {
	case o.Status != StatusBooked:
		return "the order cannot be paid"
	case !now.Before(o.Deadline):
		return "the time to pay is over"
	case !asked.Equal(o.Price):
		return "another amount"
	default:
		return ""
	}
}
