package musementtest

import (
	"encoding/json"
	"net/http"

	"github.com/supplierpay/supplierpay-go/internal/sim"
)

func schema(title string, required ...string) json.RawMessage {
	properties := map[string]any{}
	for _, r := range required {
		properties[r] = map[string]string{"type": "string"}
	}
	return sim.JSON(http.StatusOK, map[string]any{
		"title": title, "type": "object", "properties": properties, "required": required,
	}).Body
}

func (s *Server) customerSchema(c *sim.Call) func() sim.Answer {
	return s.withCart(c, func(*cart) sim.Answer {
		return sim.JSON(http.StatusOK, schema("cart_customer_guest", "firstname", "lastname", "email",
			"musement_newsletter", "allow_profiling", "thirdparty_newsletter", "events_related_newsletter"))
	})
}

// putCustomer is as strict as production: the consents are required.
func (s *Server) putCustomer(c *sim.Call) func() sim.Answer {
	var w struct {
		customerJSON
		AllowProfiling string `json:"allow_profiling"`
	}
	if json.Unmarshal(c.Body, &w) != nil {
		return malformed()
	}
	for _, member := range []string{w.Email, w.Firstname, w.Lastname, w.MusementNewsletter, w.ThirdpartyNewsletter,
		w.EventsRelatedNewsletter, w.AllowProfiling} {
		if member == "" {
			return malformed()
		}
	}
	if len(w.ExtraCustomerData) == 0 {
		w.ExtraCustomerData = json.RawMessage("[]") // an empty map of Musement's
	}
	return s.withOpenCart(c, func(found *cart) sim.Answer {
		found.customer = &w.customerJSON
		return sim.JSON(http.StatusOK, found.customer)
	})
}

func (s *Server) participantsSchema(c *sim.Call) func() sim.Answer {
	return s.withCart(c, func(found *cart) sim.Answer {
		i := found.item(c.PathValue("item"))
		if i == nil {
			return unknownResource()()
		}
		if !i.product.NeedsParticipants {
			return noParticipants()
		}
		return sim.JSON(http.StatusOK, schema("participant", "firstname"))
	})
}

func noParticipants() sim.Answer {
	return refuse(http.StatusNotFound, "1400", "This cart item does not require participant info")()
}

func (s *Server) putParticipants(c *sim.Call) func() sim.Answer {
	var list []map[string]json.RawMessage
	if json.Unmarshal(c.Body, &list) != nil {
		return malformed()
	}
	return s.withOpenCart(c, func(found *cart) sim.Answer {
		i := found.item(c.PathValue("item"))
		switch {
		case i == nil:
			return unknownResource()()
		case !i.product.NeedsParticipants:
			return noParticipants()
		case len(list) != i.quantity:
			return malformed()()
		}
		i.participants = c.Body
		return sim.Answer{Status: http.StatusNoContent}
	})
}
