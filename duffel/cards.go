package duffel

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/supplierpay/supplierpay-go/internal/call"
	"github.com/supplierpay/supplierpay-go/internal/wire"
	"github.com/supplierpay/supplierpay-go/payment"
)

// CreateCardRequest is a customer's card. It is for callers that may handle card numbers (PCI DSS); others let Duffel's
// component in the browser make the card. Printed or encoded, a request shows a mask for number and CVC.
type CreateCardRequest struct {
	// Number and what follows is what is printed on the card.
	Number      payment.Secret
	CVC         payment.Secret
	ExpiryMonth string // "03"
	ExpiryYear  string // "30"
	Name        string // on the card

	// AddressLine1 and what follows is the cardholder's address.
	AddressLine1       string
	AddressLine2       string // may be ""
	AddressCity        string
	AddressRegion      string
	AddressPostalCode  string
	AddressCountryCode string // ISO 3166-1 alpha-2, "GB"

	// MultiUse stores the card for later. Such a card cannot pay by itself: make a card of it with CardID and CVC.
	MultiUse bool

	// CardID is a stored card to be used again. It goes with the CVC alone.
	CardID string
}

// Card is a card in Duffel's vault. It has no Raw: an answer about a secret may quote it.
type Card struct {
	ID          string `json:"id"`
	LiveMode    bool   `json:"live_mode"`
	Last4Digits string `json:"last_4_digits"`
	Brand       string `json:"brand"` // "visa", "mastercard", "american_express", ...: an open set of words
	MultiUse    bool   `json:"multi_use"`
	// UnavailableAt is when the card vanishes. One for a single use does after 25 minutes, or once it was used.
	UnavailableAt *Timestamp `json:"unavailable_at"`
}

// CreateCard puts a card into Duffel's vault (POST https://api.duffel.cards/payments/cards). The vault is a server of its
// own, see [WithCardsBaseURL]. No money moves; the call is sent once, and making another card after a failure is harmless.
func (c *Client) CreateCard(ctx context.Context, req CreateCardRequest) (Card, error) {
	data, err := cardBody(req)
	if err != nil {
		return Card{}, ours(err, "CreateCard")
	}
	var card Card
	err = c.vaultWrite(ctx, write{
		name: "CreateCard", method: http.MethodPost, route: "/payments/cards", path: []string{"payments", "cards"},
		data: data, secrets: []payment.Secret{req.Number, req.CVC},
	}, func(a *call.Answer) error {
		data, err := dataOf(a.Body)
		if err != nil {
			var said *Error
			if errors.As(err, &said) {
				said.silence()
			}
			return err
		}
		var created Card
		if err := wire.UnmarshalLenient(data, &created); err != nil {
			return err
		}
		if created.ID == "" {
			return errNoID
		}
		card = created
		return nil
	})
	return card, err
}

// cardBody checks what has to be there. What it should be is the vault's to say; no error quotes it.
func cardBody(req CreateCardRequest) (json.RawMessage, error) {
	if err := checkDigits("CVC", req.CVC); err != nil {
		return nil, err
	}
	var data any
	if req.CardID != "" {
		if err := checkID("CardID", req.CardID); err != nil {
			return nil, err
		}
		rest := req
		rest.CardID, rest.CVC = "", payment.Secret{}
		if !rest.empty() {
			return nil, payment.InvalidField("CardID", "goes with the CVC alone")
		}
		data = storedCardData{CardID: req.CardID, CVC: req.CVC.Reveal()}
	} else {
		if err := checkDigits("Number", req.Number); err != nil {
			return nil, err
		}
		for _, f := range []struct{ field, value string }{
			{"ExpiryMonth", req.ExpiryMonth}, {"ExpiryYear", req.ExpiryYear}, {"Name", req.Name},
			{"AddressLine1", req.AddressLine1}, {"AddressCity", req.AddressCity}, {"AddressRegion", req.AddressRegion},
			{"AddressPostalCode", req.AddressPostalCode}, {"AddressCountryCode", req.AddressCountryCode},
		} {
			if f.value == "" {
				return nil, payment.InvalidField(f.field, "missing")
			}
		}
		data = cardData{
			Number: req.Number.Reveal(), ExpiryMonth: req.ExpiryMonth, ExpiryYear: req.ExpiryYear, CVC: req.CVC.Reveal(),
			Name: req.Name, AddressLine1: req.AddressLine1, AddressLine2: req.AddressLine2, AddressCity: req.AddressCity,
			AddressRegion: req.AddressRegion, AddressPostalCode: req.AddressPostalCode,
			AddressCountryCode: req.AddressCountryCode, MultiUse: req.MultiUse,
		}
	}
	body, err := json.Marshal(data)
	if err != nil {
		return nil, payment.InvalidField("Request", "cannot be written as JSON")
	}
	return body, nil
}

// empty reports whether nothing is given.
func (r CreateCardRequest) empty() bool {
	return r.Number.IsZero() && r.CVC.IsZero() && !r.MultiUse && r.ExpiryMonth+r.ExpiryYear+r.Name+r.AddressLine1+
		r.AddressLine2+r.AddressCity+r.AddressRegion+r.AddressPostalCode+r.AddressCountryCode+r.CardID == ""
}

func checkDigits(field string, s payment.Secret) error {
	v := s.Reveal()
	if v == "" {
		return payment.InvalidField(field, "missing")
	}
	if !wire.IsDigits(v) {
		return payment.InvalidField(field, "want digits alone")
	}
	return nil
}

// DeleteCard removes a card from the vault (DELETE https://api.duffel.cards/payments/cards/{id}). Doing it again is
// harmless.
func (c *Client) DeleteCard(ctx context.Context, id string) error {
	if err := checkID("CardID", id); err != nil {
		return ours(err, "DeleteCard")
	}
	return c.vaultWrite(ctx, write{
		name: "DeleteCard", method: http.MethodDelete, route: "/payments/cards/{id}", path: []string{"payments", "cards", id},
	}, nil)
}

// vaultWrite sends a write to the vault. Its rate limit is not the API's, and not kept.
func (c *Client) vaultWrite(ctx context.Context, w write, decode func(*call.Answer) error) error {
	if c.vault == nil {
		err := payment.InvalidField("CardsBaseURL", "missing: WithBaseURL without WithCardsBaseURL leaves no vault to send cards to")
		return ours(err, w.name)
	}
	op, err := w.operation()
	if err != nil {
		return ours(err, w.name)
	}
	_, err = c.vault.Do(ctx, op, decode)
	return err
}
