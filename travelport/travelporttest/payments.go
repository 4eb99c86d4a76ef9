package travelporttest

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/supplierpay/supplierpay-go/internal/sim"
	"github.com/supplierpay/supplierpay-go/payment"
)

// form is a form of payment of a workbench or reservation.
type form struct {
	class, id, identifier string
	card                  string // masked
	holder, code, expires string
}

// queued is a payment in a workbench.
type queued struct {
	id, identifier, sent string
	amount               payment.Money
	form                 form
	offers               []string // local ids
}

type identifierJSON struct {
	Authority string `json:"authority"`
	Value     string `json:"value"`
}

func (s *Server) readForm(c *sim.Call) (form, bool) {
	class, raw, ok := opened(c.Body, "FormOfPayment*")
	var w struct {
		ID               string         `json:"id"`
		FormOfPaymentRef string         `json:"FormOfPaymentRef"`
		Identifier       identifierJSON `json:"Identifier"`
		PaymentCard      *struct {
			Type           string `json:"@type"`
			ExpireDate     string `json:"expireDate"`
			CardCode       string `json:"CardCode"`
			CardHolderName string `json:"CardHolderName"`
			CardNumber     struct{ PlainText, Token string }
		}
	}
	if !ok || json.Unmarshal(raw, &w) != nil || w.ID == "" || w.ID != w.FormOfPaymentRef ||
		!w.Identifier.ofTravelport() {
		return form{}, false
	}
	f := form{class: class, id: w.ID, identifier: w.Identifier.Value}
	if class == "FormOfPaymentPaymentCard" {
		card := w.PaymentCard
		if card == nil || !strings.HasPrefix(card.Type, "PaymentCard") || len(card.CardNumber.PlainText+card.CardNumber.Token) < 12 {
			return form{}, false
		}
		number := card.CardNumber.PlainText + card.CardNumber.Token
		f.card = number[:4] + strings.Repeat("X", len(number)-8) + number[len(number)-4:]
		f.holder, f.code, f.expires = card.CardHolderName, card.CardCode, card.ExpireDate
	}
	return f, true
}

func (s *Server) addForm(c *sim.Call) func() sim.Answer {
	const key = "FormOfPaymentResponse"
	f, ok := s.readForm(c)
	if !ok {
		return refuse(c, invalidInput(key, http.StatusBadRequest))
	}
	approve := c.URL.Query().Get("authorizePaymentInd") == "true" && f.card != ""
	return s.inWorkbench(c, key, func(w *workbench) sim.Answer {
		if _, taken := w.formOf(f.id); taken {
			return invalidInput(key, http.StatusOK).answer(c)
		}
		if s.conf.ownForms {
			f.identifier = s.id()
		}
		w.forms = append(w.forms, f)
		if approve {
			w.reservation.holds++
		}
		return sim.JSON(http.StatusCreated, object{key: object{"FormOfPayment": s.formAnswer(w, f), "transactionId": transactionID(c)}})
	})
}

// formAnswer is what the answer to a new form of payment says of it.
func (s *Server) formAnswer(w *workbench, f form) object {
	if s.conf.forgetful {
		return object{"@type": "FormOfPaymentPaymentCash", "Identifier": identifierJSON{"Travelport", w.id}}
	}
	return object{"@type": "FormOfPaymentIdentifier", "id": f.id, "FormOfPaymentRef": f.id,
		"Identifier": identifierJSON{"Travelport", f.identifier}}
}

func (s *Server) updateForm(c *sim.Call) func() sim.Answer {
	const key = "FormOfPaymentResponse"
	f, ok := s.readForm(c)
	if !ok || f.id != c.PathValue("form") {
		return refuse(c, invalidInput(key, http.StatusBadRequest))
	}
	return s.inWorkbench(c, key, func(w *workbench) sim.Answer {
		i := slices.IndexFunc(w.forms, func(x form) bool { return x.id == f.id })
		if i < 0 {
			return problem{http.StatusNotFound, "", "FORM OF PAYMENT NOT FOUND", key}.answer(c)
		}
		w.forms[i] = f
		return sim.Answer{Status: http.StatusNoContent}
	})
}

func (s *Server) deleteForm(c *sim.Call) func() sim.Answer {
	const key = "FormOfPaymentResponse"
	return s.inWorkbench(c, key, func(w *workbench) sim.Answer {
		i := slices.IndexFunc(w.forms, func(x form) bool { return x.id == c.PathValue("form") })
		if i < 0 {
			return problem{http.StatusNotFound, "", "FORM OF PAYMENT NOT FOUND", key}.answer(c)
		}
		w.forms = slices.Delete(w.forms, i, i+1)
		return sim.Answer{Status: http.StatusNoContent}
	})
}

// paymentJSON is the request of Add Payment.
type paymentJSON struct {
	ID         string
	Identifier identifierJSON
	Amount     *struct {
		Code           string
		MinorUnit      *int
		CurrencySource string
		Value          json.RawMessage
	}
	Fees, Taxes             json.RawMessage
	FormOfPaymentIdentifier struct {
		ID, FormOfPaymentRef string
		Identifier           identifierJSON
	}
	OfferIdentifier []offerJSON
}

type offerJSON struct {
	ID, OfferRef string
	Identifier   identifierJSON
}

// ofTravelport reports whether the identifier has the authority that the page wants of every one in
// a request, and a value.
func (id identifierJSON) ofTravelport() bool { return id.Authority == "Travelport" && id.Value != "" }

// wrong reports whether the offer lacks what the page requires. Its example leaves the reference of
// an ancillary out.
func (o offerJSON) wrong() bool {
	return !o.Identifier.ofTravelport() || o.OfferRef != "" && o.OfferRef != o.ID
}

// plain is a decimal of sane length.
var plain = regexp.MustCompile(`^"?[0-9]{1,15}(\.[0-9]{1,4})?"?$`)

// read checks the form of a payment.
func (p paymentJSON) read() (payment.Money, bool) {
	if p.ID == "" || !p.Identifier.ofTravelport() || !p.FormOfPaymentIdentifier.Identifier.ofTravelport() || len(p.OfferIdentifier) == 0 ||
		slices.ContainsFunc(p.OfferIdentifier, offerJSON.wrong) {
		return payment.Money{}, false
	}
	if p.Amount == nil {
		return payment.Money{}, len(p.Fees)+len(p.Taxes) > 0
	}
	digits, known := payment.ISO4217().MinorUnits(p.Amount.Code)
	if p.Amount.MinorUnit == nil || !known || *p.Amount.MinorUnit != digits || p.Amount.CurrencySource == "" || !plain.Match(p.Amount.Value) {
		return payment.Money{}, false
	}
	d, err := decimal.NewFromString(strings.Trim(string(p.Amount.Value), `"`))
	if err != nil {
		return payment.Money{}, false
	}
	m, err := payment.MoneyFromDecimal(d, p.Amount.Code)
	return m, err == nil
}

// addPayment queues a payment. What does not match the workbench is refused under status 200.
func (s *Server) addPayment(c *sim.Call) func() sim.Answer {
	const key = "PaymentResponse"
	_, raw, ok := opened(c.Body, "Payment")
	var p paymentJSON
	if !ok || json.Unmarshal(raw, &p) != nil {
		return refuse(c, invalidInput(key, http.StatusBadRequest))
	}
	amount, ok := p.read()
	if !ok {
		return refuse(c, invalidInput(key, http.StatusOK))
	}
	return s.inWorkbench(c, key, func(w *workbench) sim.Answer {
		ref := p.FormOfPaymentIdentifier
		f, found := w.formOf(ref.ID)
		if !found || ref.FormOfPaymentRef != ref.ID || ref.Identifier.Value != f.identifier {
			return problem{http.StatusOK, "4178",
				"FOP ID/IDENTIFIER VALUES MUST MATCH WITH THE RESERVATION WORKBENCH FOP ID/IDENTIFIER VALUES", key}.answer(c)
		}
		q := queued{id: p.ID, sent: p.Identifier.Value, amount: amount, form: f}
		for _, o := range p.OfferIdentifier {
			if !slices.ContainsFunc(w.reservation.offers, func(x offer) bool { return x.ID == o.ID && x.identifier == o.Identifier.Value }) {
				return problem{http.StatusOK, "",
					"OFFER ID/IDENTIFIER VALUES MUST MATCH WITH THE RESERVATION WORKBENCH OFFER ID/IDENTIFIER VALUES", key}.answer(c)
			}
			q.offers = append(q.offers, o.ID)
		}
		q.identifier = s.id()
		w.payments = append(w.payments, q)
		return sim.JSON(http.StatusCreated, object{key: object{
			"Payment":       object{"@type": "PaymentIdentifier", "Identifier": identifierJSON{"Travelport", q.identifier}},
			"transactionId": transactionID(c),
		}})
	})
}
