package travelporttest

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/supplierpay/supplierpay-go/internal/sim"
	"github.com/supplierpay/supplierpay-go/payment"
)

// number writes an amount the way the server was told to.
func (s *Server) number(m payment.Money) any {
	if s.conf.strings {
		return m.Amount()
	}
	return json.Number(m.Amount())
}

// benchJSON is a workbench: its reservation with what was added, and its identifier in one of two
// places.
func (s *Server) benchJSON(c *sim.Call, w *workbench, now time.Time) object {
	r := w.reservation
	answer := s.reservationJSON(c, r, append(r.forms[:len(r.forms):len(r.forms)], w.forms...),
		append(r.payments[:len(r.payments):len(r.payments)], w.payments...), now, true)
	response := answer["ReservationResponse"].(object)
	if id := (identifierJSON{"Travelport", w.id}); s.conf.inside || r.Locator == "" {
		response["Reservation"].(object)["Identifier"] = id
	} else {
		response["Identifier"] = id
	}
	if trace := c.Header.Get("TraceId"); trace != "" {
		response["traceId"] = trace
	}
	return answer
}

// reservationJSON is a reservation. The caller holds the lock.
func (s *Server) reservationJSON(c *sim.Call, r *reservation, forms []form, payments []queued, now time.Time, documents bool) object {
	booking := object{"@type": "Reservation"}
	var offers, travelers, fops, pays []any
	for _, o := range r.offers {
		offers = append(offers, s.offerJSON(r, o))
	}
	for i := range r.Travelers {
		travelers = append(travelers, object{"@type": "Traveler", "id": "travelerRefId_" + strconv.Itoa(i+1), "passengerTypeCode": "ADT",
			"PersonName": object{"@type": "PersonName", "Given": "ONE", "Surname": "TRAVELER"}})
	}
	for _, f := range forms {
		fops = append(fops, f.json())
	}
	for _, p := range payments {
		pays = append(pays, s.queuedJSON(p))
	}
	for key, list := range map[string][]any{"Offer": offers, "Traveler": travelers, "FormOfPayment": fops, "Payment": pays} {
		if len(list) > 0 {
			booking[key] = list
		}
	}
	if r.Locator != "" {
		booking["Receipt"] = s.receipts(r, now, documents)
	}
	return object{"ReservationResponse": object{
		"@type": "ReservationResponse", "transactionId": transactionID(c), "Reservation": booking,
		"Result": object{"@type": "Result", "status": "Complete",
			"Warning": []any{object{"@type": "Warning", "StatusCode": http.StatusOK, "Message": "SUPPLIER LOCATOR IS LATE"}}},
	}}
}

func (s *Server) offerJSON(r *reservation, o offer) object {
	j := object{"@type": "Offer", "id": o.ID, "Identifier": identifierJSON{"Travelport", o.identifier}}
	if o.Parent != "" {
		j["parentOfferRef"] = o.Parent
	}
	if !r.HidePrices {
		digits, _ := payment.ISO4217().MinorUnits(o.Price.Currency())
		j["Price"] = object{"@type": "PriceDetail", "TotalPrice": s.number(o.Price),
			"CurrencyCode": object{"value": o.Price.Currency(), "decimalPlace": digits}}
	}
	return j
}

func (f form) json() object {
	j := object{"@type": f.class, "id": f.id, "FormOfPaymentRef": f.id, "Identifier": identifierJSON{"Travelport", f.identifier}}
	if f.card != "" {
		j["PaymentCard"] = object{"@type": "PaymentCard", "CardCode": f.code, "CardHolderName": f.holder, "expireDate": f.expires,
			"CardNumber": object{"@type": "CardNumber", "mask": f.card}}
	}
	return j
}

func (s *Server) queuedJSON(p queued) object {
	j := object{"@type": "Payment", "id": p.id, "Identifier": identifierJSON{"Travelport", p.identifier},
		"FormOfPaymentIdentifier": object{"id": p.form.id, "FormOfPaymentRef": p.form.id,
			"Identifier": identifierJSON{"Travelport", p.form.identifier}}}
	if !p.amount.IsUnset() {
		digits, _ := payment.ISO4217().MinorUnits(p.amount.Currency())
		j["Amount"] = object{"code": p.amount.Currency(), "minorUnit": digits, "currencySource": "Charged", "value": s.number(p.amount)}
	}
	var offers []any
	for _, id := range p.offers {
		offers = append(offers, object{"id": id, "offerRef": id})
	}
	j["OfferIdentifier"] = offers
	return j
}

// receipts are the locator, and one receipt for each offer of which documents are to be seen.
func (s *Server) receipts(r *reservation, now time.Time, documents bool) []any {
	list := []any{object{"@type": "ReceiptConfirmation", "Confirmation": object{"@type": "ConfirmationHold",
		"Locator": object{"value": r.Locator, "locatorType": "PNR Locator", "source": "1G", "sourceContext": "Travelport"}}}}
	if !documents {
		return list
	}
	byOffer := map[string][]*document{}
	var order []string
	for _, d := range r.documents {
		if !d.seen.Visible(now) {
			continue
		}
		if byOffer[d.offer] == nil {
			order = append(order, d.offer)
		}
		byOffer[d.offer] = append(byOffer[d.offer], d)
	}
	for _, id := range order {
		var papers []any
		for _, d := range byOffer[id] {
			papers = append(papers, s.documentJSON(d))
		}
		first := byOffer[id][0]
		list = append(list, object{"@type": "ReceiptPayment", "OfferRef": []string{id}, "dateTime": first.at.Format(time.RFC3339),
			"PaymentIdentifier": object{"id": first.paidBy.id, "Identifier": identifierJSON{"Travelport", first.paidBy.identifier}},
			"Document":          papers})
	}
	return list
}

func (s *Server) documentJSON(d *document) object {
	digits, _ := payment.ISO4217().MinorUnits(d.total.Currency())
	j := object{"@type": "DocumentTicket", "Number": d.number, "ControlNumber": "1",
		"TravelerIdentifierRef": object{"id": d.traveler, "passengerTypeCode": "ADT"},
		"Amount":                object{"CurrencyCode": object{"value": d.total.Currency(), "decimalPlace": digits}, "Total": s.number(d.total)}}
	if d.emd {
		delete(j, "ControlNumber")
		j["@type"], j["EMDDescription"] = "DocumentEMD", object{"code": "A", "value": "Air transportation"}
	}
	if d.void {
		j["@type"], j["VoidInd"] = j["@type"].(string)+"Void", true
	}
	return j
}

// listReceipts is the ticket list: one receipt with the numbers of all documents that stand.
func (s *Server) listReceipts(c *sim.Call) func() sim.Answer {
	const key = "ReceiptListResponse"
	return func() sim.Answer {
		now := s.Now()
		s.mu.Lock()
		defer s.mu.Unlock()
		var papers []any
		if r := s.reservations[c.PathValue("id")]; r != nil {
			for _, d := range r.documents {
				if d.seen.Visible(now) && !d.void {
					papers = append(papers, object{"@type": "Document", "Number": d.number})
				}
			}
		}
		if len(papers) == 0 {
			return problem{http.StatusNotFound, "", "DOCUMENT TICKET DOES NOT EXIST", key}.answer(c)
		}
		return sim.JSON(http.StatusOK, object{key: object{"ReceiptID": []any{object{"@type": "ReceiptPayment", "Document": papers}}}})
	}
}

// voidTicket voids a ticket that stands.
func (s *Server) voidTicket(c *sim.Call) func() sim.Answer {
	const key = "TicketIdResponse"
	if _, _, ok := opened(c.Body, "TicketQueryUpdateTicket"); !ok {
		return refuse(c, invalidInput(key, http.StatusBadRequest))
	}
	return func() sim.Answer {
		s.mu.Lock()
		defer s.mu.Unlock()
		d := s.documents[c.PathValue("number")]
		if d == nil || d.emd || d.void {
			return problem{http.StatusBadRequest, "", "TICKET CANNOT BE VOIDED", key}.answer(c)
		}
		d.void = true
		return sim.JSON(http.StatusOK, object{key: object{"Result": object{"status": "Complete"}, "SettlementAuthorizationCode": "125ZBHKCZD3S3"}})
	}
}

// voidDocuments voids documents of a reservation: those listed, or all of a kind.
func (s *Server) voidDocuments(c *sim.Call) func() sim.Answer {
	const key = "DocumentVoidListResponse"
	var w struct {
		Locator      struct{ Value string }
		DocumentVoid []struct {
			DocumentType string
			Number       []string
		}
	}
	if json.Unmarshal(c.Body, &w) != nil || len(w.DocumentVoid) == 0 {
		return refuse(c, invalidInput(key, http.StatusBadRequest))
	}
	return func() sim.Answer {
		s.mu.Lock()
		defer s.mu.Unlock()
		r := s.reservations[w.Locator.Value]
		if r == nil {
			return problem{http.StatusNotFound, "", "RESERVATION NOT FOUND", key}.answer(c)
		}
		var status []any
		for _, v := range w.DocumentVoid {
			for _, d := range r.documents {
				named := len(v.Number) == 0
				for _, n := range v.Number {
					named = named || n == d.number
				}
				if named && d.emd == (v.DocumentType == "EMD") && !d.void {
					d.void = true
					status = append(status, object{"documentType": v.DocumentType, "number": d.number, "status": "VOID"})
				}
			}
		}
		return sim.JSON(http.StatusOK, object{key: object{"documentStatus": status}})
	}
}
