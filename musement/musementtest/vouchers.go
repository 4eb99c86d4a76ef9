package musementtest

import (
	"encoding/base64"
	"net/http"

	"github.com/supplierpay/supplierpay-go/internal/sim"
)

type ticketJSON struct {
	ID               string `json:"id"`
	PriceFeatureCode string `json:"price_feature_code"`
	PriceFeature     string `json:"price_feature"`
	Date             string `json:"date"`
}

// ticketID needs escaping in a path.
func ticketID(i *orderItem) string {
	return base64.StdEncoding.EncodeToString([]byte("ticket?" + i.uuid))
}

func unavailable(what string) sim.Answer {
	return refuse(http.StatusNotFound, "9442", what+" not available")()
}

func pdf(of string) sim.Answer {
	return sim.Answer{Status: http.StatusOK, Header: http.Header{"Content-Type": {"application/pdf"}},
		Body: []byte("%PDF-1.4\n% simulated, of " + of + "\n%%EOF\n")}
}

// withActivity calls h with the confirmed items of the path's activity.
func (s *Server) withActivity(c *sim.Call, what string, h func([]*orderItem) sim.Answer) func() sim.Answer {
	return s.withOrder(c, func(o *order) sim.Answer {
		var confirmed []*orderItem
		for _, i := range o.items {
			if o.itemStatus(i, s.Now()) == "OK" {
				confirmed = append(confirmed, i)
			}
		}
		if c.PathValue("activity") != ActivityUUID || len(confirmed) == 0 {
			return unavailable(what)
		}
		return h(confirmed)
	})
}

func (s *Server) tickets(c *sim.Call) func() sim.Answer {
	return s.withActivity(c, "Ticket", func(items []*orderItem) sim.Answer {
		list := []ticketJSON{}
		for _, i := range items {
			list = append(list, ticketJSON{ID: ticketID(i), PriceFeatureCode: "tour", PriceFeature: "Tour",
				Date: s.Now().AddDate(0, 1, 0).Format(instantForm)})
		}
		return sim.JSON(http.StatusOK, list)
	})
}

func (s *Server) ticket(c *sim.Call) func() sim.Answer {
	return s.withActivity(c, "Ticket", func(items []*orderItem) sim.Answer {
		for _, i := range items {
			if ticketID(i) == c.PathValue("ticket") {
				return pdf(i.uuid)
			}
		}
		return unavailable("Ticket")
	})
}

func (s *Server) activityVoucher(c *sim.Call) func() sim.Answer {
	return s.withActivity(c, "Voucher", func([]*orderItem) sim.Answer { return pdf(ActivityUUID) })
}

func (s *Server) itemVoucher(c *sim.Call) func() sim.Answer {
	return s.withItem(c, func(o *order, i *orderItem) sim.Answer {
		if o.itemStatus(i, s.Now()) != "OK" {
			return unavailable("Voucher")
		}
		return pdf(i.uuid)
	})
}

// externalVouchers are there for none: the simulated suppliers issue nothing of their own.
func (s *Server) externalVouchers(c *sim.Call) func() sim.Answer {
	return s.withItem(c, func(*order, *orderItem) sim.Answer {
		return refuse(http.StatusConflict, "9442", "Voucher not available")()
	})
}
