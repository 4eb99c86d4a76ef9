package etmtest

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/supplierpay/supplierpay-go/internal/sim"
)

// The examples of the documents, and what integrations have seen where those are silent.
const (
	offersBody       = `{"status":"Ready","message":"","server_time_zone":"Europe/Moscow","request_id":%q,"currency":"EUR","is_round":false,"is_multy":false,"available_currencies":["EUR","RUB"],"sort":"price","offers":[{"carrier_code":"LO","carrier_name":"LOT","min_price":221.92000000000002,"offers":[{"min_price":221.92000000000002,"segments":[{"segment_id":1,"buy_id":"2275014016","dir_number":1,"flight_number":"LO-388","departure_airport":"BER","arrival_airport":"WAW","price":221.92000000000002}]}]}]}`
	smartBody        = `{"status":"ok","message":"","offers":[{"buy_id":"2275014017","price":240.5,"currency":"EUR","price_details":[{"qty":1,"base":"200.00","base_amount":200,"tax":"40.50","tax_amount":40.5,"tax_dtl":[{"code":"YQ","amount":40.5,"currency":"EUR"}],"fee":"0.00","fee_amount":0,"single":"240.50","single_amount":240.5,"total":"240.50","total_amount":240.5,"base_total":200,"fee_total":0,"tax_total":40.5,"passenger_type":"ADT"}],"type":"FF","base_total":200,"tax_total":40.5,"fee":0,"comm":0,"legs":[{"fare_family":"FLEX","segments":[{"baggage":"1PC","fare_basis":"YFLEX","booking_class":"Y","service_class":"E"}]}]}]}`
	availabilityBody = `{"status":"ok","message":"No error","availability":true,"check_in_details":{"gds":"LowCosts","gds_id":108,"seat_selection_required":true,"seat_selection_available":false,"registration_type":{"airport_check_in":{"airport_check_in":{"price_details":{},"baggages":[{"extra_baggage_id":"67709907_AirportCheckIn_0","bags_number":1,"one_bag_weight":1,"total_weight":1,"price_details":{}}]}},"online_check_in":{}}}}`
	servicesBody     = `{"directions":[{"segmentId":2275014016,"departure_airport":"BER","arrival_airport":"WAW","baggage":{"checked_baggage":{"title":"Baggage","fieldName":"baggage","type":"checkbox","required":false,"list":[{"id":"bag-1","comments":"","passenger_type":"ADT","label":"1 bag, 23 kg","price":"35.00","currency":"EUR","route":"BER-WAW","image":"","type":"bag","maxQuantity":1,"category":"baggage","is_baggage_package":false,"package_list":[],"priority_boarding":[]}]}},"legs":[{"legId":"1","departure_airport":"BER","arrival_airport":"WAW","services":{"meal":{"title":"Meals","fieldName":"meal","type":"select","required":false,"list":[]}}}]}]}`
)

func raw(status int, body string) sim.Answer {
	return sim.Answer{Status: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(body)}
}

type searchJSON struct {
	Status    string `json:"status"`
	RequestID string `json:"request_id"`
	Currency  string `json:"currency"`
	IsRound   bool   `json:"is_round"`
	IsMulty   bool   `json:"is_multy"`
}

func (s *Server) search(c *sim.Call) func() sim.Answer {
	var w struct {
		Directions []json.RawMessage `json:"directions"`
	}
	if json.Unmarshal(c.Body, &w) != nil || len(w.Directions) == 0 {
		return refuse(http.StatusOK, "no directions")
	}
	return func() sim.Answer {
		s.mu.Lock()
		defer s.mu.Unlock()
		id := fmt.Sprintf("sim-%d", len(s.searches)+1)
		s.searches[id] = s.conf.polls
		return sim.JSON(http.StatusOK, searchJSON{Status: "ok", RequestID: id, Currency: "EUR", IsRound: len(w.Directions) == 2})
	}
}

func (s *Server) offers(c *sim.Call) func() sim.Answer {
	id := c.URL.Query().Get("request_id")
	return func() sim.Answer {
		s.mu.Lock()
		defer s.mu.Unlock()
		left, known := s.searches[id]
		switch {
		case !known:
			return raw(http.StatusOK, `{"status":"Error","message":"no such search"}`)
		case left > 0:
			s.searches[id]--
			return raw(http.StatusOK, `{"status":"InProcess","message":"","offers":[]}`)
		default:
			return raw(http.StatusOK, fmt.Sprintf(offersBody, id))
		}
	}
}

func (s *Server) smartOffers(*sim.Call) func() sim.Answer {
	return sim.Reply(raw(http.StatusOK, smartBody))
}

// availability takes the offer: a second call finds it gone.
func (s *Server) availability(c *sim.Call) func() sim.Answer {
	id := c.PathValue("buy_id")
	return func() sim.Answer {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.held[id] {
			return refuse(http.StatusNotFound, "already allocated")()
		}
		s.held[id] = true
		return raw(http.StatusOK, availabilityBody)
	}
}

// additionalServices takes the id of the search in the path and that of the offer in the query.
func (s *Server) additionalServices(c *sim.Call) func() sim.Answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.searches[c.PathValue("request_id")]; !known || c.URL.Query().Get("segment") == "" {
		return refuse(http.StatusNotFound, "no such search, or no segment")
	}
	return sim.Reply(raw(http.StatusOK, servicesBody))
}

func (s *Server) documentTypes(c *sim.Call) func() sim.Answer {
	if q := c.URL.Query(); q.Get("locale") == "" || q.Get("pid") == "" {
		return refuse(http.StatusOK, "no locale or pid")
	}
	return sim.Reply(raw(http.StatusOK, `{"status":"ok","message":"","data":[]}`))
}
