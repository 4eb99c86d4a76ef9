package musementtest

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/supplierpay/supplierpay-go/internal/sim"
)

func (s *Server) createOrder(c *sim.Call) func() sim.Answer {
	var w struct {
		CartUUID  string  `json:"cart_uuid"`
		ExtraData *string `json:"extra_data"`
	}
	if json.Unmarshal(c.Body, &w) != nil {
		return malformed()
	}
	return func() sim.Answer {
		now := s.Now()
		s.mu.Lock()
		defer s.mu.Unlock()
		found := s.carts[w.CartUUID]
		switch {
		case found == nil:
			return unknownResource()()
		case found.order != nil:
			return refuse(http.StatusLocked, "-1", "Cart is already connected to order with state 'created'")()
		case len(found.items) == 0 || found.customer == nil:
			return refuse(http.StatusUnprocessableEntity, "0", "There was an error")()
		}
		o := s.addOrder(found, Order{Price: found.total()}, now)
		o.extraData = w.ExtraData
		return sim.JSON(http.StatusOK, o.json(now))
	}
}

// withOrder calls h with the order of the path, under the server's lock.
func (s *Server) withOrder(c *sim.Call, h func(*order) sim.Answer) func() sim.Answer {
	return func() sim.Answer {
		s.mu.Lock()
		defer s.mu.Unlock()
		o := s.lookup(c.PathValue("order"))
		if o == nil {
			return unknownResource()()
		}
		return h(o)
	}
}

func (s *Server) getOrder(c *sim.Call) func() sim.Answer {
	return s.withOrder(c, func(o *order) sim.Answer { return sim.JSON(http.StatusOK, o.json(s.Now())) })
}

func (s *Server) patchOrder(c *sim.Call) func() sim.Answer {
	var w struct {
		ExtraData *string `json:"extra_data"`
	}
	if json.Unmarshal(c.Body, &w) != nil {
		return malformed()
	}
	return s.withOrder(c, func(o *order) sim.Answer {
		o.extraData = w.ExtraData
		return sim.JSON(http.StatusOK, o.json(s.Now()))
	})
}

func (s *Server) orderInfo(c *sim.Call) func() sim.Answer {
	return s.withCart(c, func(found *cart) sim.Answer {
		if found.order == nil {
			return refuse(http.StatusNotFound, "1400", "Cart does not have an associated order")()
		}
		state := found.order.shown(s.Now())
		type paymentJSON struct {
			Paid   bool   `json:"paid"`
			Status string `json:"status"`
		}
		return sim.JSON(http.StatusOK, struct {
			OrderUUID string      `json:"order_uuid"`
			Payment   paymentJSON `json:"payment"`
		}{found.order.UUID, paymentJSON{state.paid, state.status}})
	})
}

// refundTime is how long a refund takes.
const refundTime = time.Hour

// withItem is withOrder for an item.
func (s *Server) withItem(c *sim.Call, h func(*order, *orderItem) sim.Answer) func() sim.Answer {
	return s.withOrder(c, func(o *order) sim.Answer {
		for _, i := range o.items {
			if i.uuid == c.PathValue("item") {
				return h(o, i)
			}
		}
		return unknownResource()()
	})
}

func (s *Server) cancelItem(c *sim.Call) func() sim.Answer {
	var w struct {
		Reason string `json:"cancellation_reason"`
		Info   string `json:"cancellation_additional_info"`
	}
	if json.Unmarshal(c.Body, &w) != nil || w.Reason == "" || len([]rune(w.Info)) > 255 {
		return malformed()
	}
	return s.withItem(c, func(o *order, i *orderItem) sim.Answer {
		if !o.taken || !o.Refundable || !i.cancelledAt.IsZero() {
			return unknownResource()()
		}
		i.cancelledAt, i.reason, i.info = s.Now(), w.Reason, w.Info
		return sim.Answer{Status: http.StatusNoContent}
	})
}

func (s *Server) refundPolicies(c *sim.Call) func() sim.Answer {
	return s.withItem(c, func(o *order, _ *orderItem) sim.Answer {
		if !o.Refundable {
			return unknownResource()()
		}
		return sim.Answer{Status: http.StatusOK, Body: []byte(`[{"uuid":"7d4f0707-85ec-428e-9afa-0ed1e8f23c4d","period":"P1D",` +
			`"type":"PERCENTAGE","value":100.0,"applicable_until":"` + s.Now().AddDate(0, 0, 7).Format(localForm) +
			`","remaining_time":"P7DT0H0M0S"}]`)}
	})
}

// refunds lists what was given back. Musement does not document the elements: an item's uuid stands
// for one.
func (s *Server) refunds(c *sim.Call) func() sim.Answer {
	return s.withOrder(c, func(o *order) sim.Answer {
		type refundJSON struct {
			ItemUUID string `json:"item_uuid"`
		}
		list := []refundJSON{}
		for _, i := range o.items {
			if o.itemStatus(i, s.Now()) == "REFUNDED" {
				list = append(list, refundJSON{i.uuid})
			}
		}
		return sim.JSON(http.StatusOK, list)
	})
}
