package travelport

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/supplierpay/supplierpay-go/internal/call"
	"github.com/supplierpay/supplierpay-go/internal/wire"
	"github.com/supplierpay/supplierpay-go/payment"
)

// Payment links one form of payment to the offers that it pays. In a workbench it is queued: nothing is taken and no
// ticket is issued before the commit.
type Payment struct {
	Type string `json:"@type,omitempty"`
	// ID is the caller's own name of it in a workbench, "payment_1".
	ID         string `json:"id,omitempty"`
	PaymentRef string `json:"PaymentRef,omitempty"`
	// Identifier is a placeholder in a request, any text, and filled in when it is nil. The answer has another value.
	Identifier *Identifier `json:"Identifier,omitempty"`
	// Amount may be zero, for an even exchange. It is nil only where Fees or Taxes name what is forfeited in an exchange.
	Amount                  *CurrencyAmount          `json:"Amount,omitempty"`
	BaseAmount              *CurrencyAmount          `json:"BaseAmount,omitempty"`
	FormOfPaymentIdentifier *FormOfPaymentIdentifier `json:"FormOfPaymentIdentifier,omitempty"`
	// OfferIdentifier names all offers that are to be ticketed: the itinerary, paid seats, ancillaries.
	OfferIdentifier       []OfferIdentifier       `json:"OfferIdentifier,omitempty"`
	TravelerIdentifierRef []TravelerIdentifierRef `json:"TravelerIdentifierRef,omitempty"`
	// Fees and Taxes are for exchanges.
	Fees  *Fees  `json:"Fees,omitempty"`
	Taxes *Taxes `json:"Taxes,omitempty"`
	// ExtendedPayment is deprecated here: the card's form of payment has one.
	ExtendedPayment            *ExtendedPayment             `json:"ExtendedPayment,omitempty"`
	AgencyServiceFeeIdentifier []AgencyServiceFeeIdentifier `json:"AgencyServiceFeeIdentifier,omitempty"`
	DepositInd                 *bool                        `json:"depositInd,omitempty"`
	GuaranteeInd               *bool                        `json:"guaranteeInd,omitempty"`
}

// FormOfPaymentIdentifier points at a form of payment of the reservation or the workbench. Its values must be those that
// Travelport stored: read the workbench after adding a form of payment, else the payment is refused with CodeFOPMismatch.
type FormOfPaymentIdentifier struct {
	Type string `json:"@type,omitempty"`
	ID   string `json:"id,omitempty"`
	// FormOfPaymentRef is ID again; a request gets it filled in when it is empty.
	FormOfPaymentRef string      `json:"FormOfPaymentRef,omitempty"`
	Identifier       *Identifier `json:"Identifier,omitempty"`
}

// OfferIdentifier points at an offer.
type OfferIdentifier struct {
	ID string `json:"id,omitempty"`
	// OfferRef is ID again, or nothing: Travelport's table demands it and its example of an ancillary has none.
	OfferRef string `json:"offerRef,omitempty"`
	// Identifier has the identifier that Travelport made for the offer.
	Identifier *Identifier `json:"Identifier,omitempty"`
}

// TravelerIdentifierRef points at a traveler.
type TravelerIdentifierRef struct {
	ID                   string   `json:"id,omitempty"`
	PassengerTypeCode    string   `json:"passengerTypeCode,omitempty"`
	Name                 string   `json:"name,omitempty"`
	Value                string   `json:"value,omitempty"`
	Description          string   `json:"description,omitempty"`
	URIs                 []string `json:"uris,omitempty"`
	Ages                 []int    `json:"ages,omitempty"`
	Age                  *int     `json:"age,omitempty"`
	PassengerCriteriaRef string   `json:"passengerCriteriaRef,omitempty"`
}

// AgencyServiceFeeIdentifier points at a service fee of the agency.
type AgencyServiceFeeIdentifier struct {
	ID string `json:"id,omitempty"`
}

// PaymentIdentifier is Travelport's name of a payment.
type PaymentIdentifier struct {
	Type       string      `json:"@type,omitempty"`
	ID         string      `json:"id,omitempty"`
	PaymentRef string      `json:"PaymentRef,omitempty"`
	Identifier *Identifier `json:"Identifier,omitempty"`
}

// PaymentResponse is the answer to AddPayment. It confirms that the payment is queued, not that anything is charged or
// ticketed.
type PaymentResponse struct {
	Response
	Payment *PaymentIdentifier `json:"Payment,omitempty"`
}

const addPaymentRoute = "/air/paymentoffer/reservationworkbench/{workbenchID}/payments"

// AddPayment queues a payment in the workbench (POST .../paymentoffer/reservationworkbench/{workbenchID}/payments). It is
// sent once. An error inside a successful answer is a refusal. After an error of outcome Unknown nobody knows whether it
// is queued: do not repeat it, discard the workbench and start again.
//
// Travelport requires an authority of every identifier, a currency source, the minor unit, and the form of payment's id
// twice: they are filled in where they are missing, "Travelport" and "Charged". What contradicts itself is not sent.
func (w *Workbench) AddPayment(ctx context.Context, p Payment) (PaymentResponse, error) {
	resp, err := w.addPayment(ctx, p)
	return resp, ours(err, "AddPayment")
}

func (w *Workbench) addPayment(ctx context.Context, p Payment) (PaymentResponse, error) {
	if err := w.client.fillPayment(&p); err != nil {
		return PaymentResponse{}, err
	}
	body, err := w.client.encode(BodyPayment, string(BodyPayment), &p)
	if err != nil {
		return PaymentResponse{}, err
	}
	op, err := w.operation(call.Write, "AddPayment", http.MethodPost, addPaymentRoute,
		"paymentoffer", "reservationworkbench", w.ID, "payments")
	if err != nil {
		return PaymentResponse{}, err
	}
	op.Body = body
	var resp PaymentResponse
	_, err = w.client.calls.Do(ctx, op, func(a *call.Answer) error {
		var err error
		resp, err = decodePayment(a)
		return err
	})
	if err != nil {
		return PaymentResponse{}, err
	}
	return resp, nil
}

// decodePayment reads the answer. It can do without anything but the identifier.
func decodePayment(a *call.Answer) (PaymentResponse, error) {
	var resp PaymentResponse
	raw, err := open(a, "PaymentResponse", payment.Refused)
	if err != nil {
		if refused(err) {
			_ = wire.UnmarshalLenient(raw, &resp) // as far as it goes
			if resp.Payment.value() != "" {
				return PaymentResponse{}, fmt.Errorf("a payment identifier beside errors: %w", errUnreadableErrors)
			}
		}
		return PaymentResponse{}, err
	}
	if err := wire.UnmarshalLenient(raw, &resp); err != nil {
		return PaymentResponse{}, err
	}
	if resp.Payment.value() == "" {
		return PaymentResponse{}, errNoIdentifier
	}
	resp.RequestID = requestID(a)
	return resp, nil
}

func (p *PaymentIdentifier) value() string {
	if p == nil {
		return ""
	}
	return p.Identifier.value()
}

// fillPayment gives p, a copy of the caller's, what a request needs and the caller may leave out, or says what is wrong with it:
// every member that Travelport's page requires is there, and the references say what it says they must.
func (c *Client) fillPayment(p *Payment) error {
	if err := checkID("Payment.ID", p.ID); err != nil {
		return err
	}
	p.Type = "" // the envelope's
	switch {
	case p.Identifier == nil:
		p.Identifier = &Identifier{Authority: AuthorityTravelport, Value: newGUID()}
	case p.Identifier.Value == "":
		return payment.InvalidField("Payment.Identifier", "want a value, any text, or no identifier at all")
	}
	p.Identifier = p.Identifier.filled()
	if p.Amount == nil && p.Fees == nil && p.Taxes == nil {
		return payment.InvalidField("Payment.Amount", "missing; only a payment with forfeited Fees or Taxes has none")
	}
	var err error
	if p.Amount, err = c.filledAmount("Payment.Amount", p.Amount); err != nil {
		return err
	}
	if p.BaseAmount, err = c.filledAmount("Payment.BaseAmount", p.BaseAmount); err != nil {
		return err
	}
	if p.Amount != nil && p.Amount.CurrencySource == "" {
		p.Amount.CurrencySource = SourceCharged
	}
	if p.FormOfPaymentIdentifier, err = p.FormOfPaymentIdentifier.filled(); err != nil {
		return err
	}
	p.OfferIdentifier, err = filledOffers(p.OfferIdentifier)
	return err
}

// filled returns the identifier with the authority that requests send, unless it has one.
func (id *Identifier) filled() *Identifier {
	if id.Authority != "" {
		return id
	}
	return &Identifier{Authority: AuthorityTravelport, Value: id.Value}
}

func (f *FormOfPaymentIdentifier) filled() (*FormOfPaymentIdentifier, error) {
	const field = "Payment.FormOfPaymentIdentifier"
	switch {
	case f == nil || f.ID == "" || f.Identifier.value() == "":
		return nil, payment.InvalidField(field, "want id and identifier of a form of payment")
	case f.FormOfPaymentRef != "" && f.FormOfPaymentRef != f.ID:
		return nil, payment.InvalidField(field+".FormOfPaymentRef", "want the id once more, or nothing")
	case f.FormOfPaymentRef != "" && f.Identifier.Authority != "":
		return f, nil
	}
	with := *f
	with.FormOfPaymentRef, with.Identifier = f.ID, f.Identifier.filled()
	return &with, nil
}

// filledOffers leaves a missing OfferRef out, as Travelport's example does for an ancillary.
func filledOffers(offers []OfferIdentifier) ([]OfferIdentifier, error) {
	const (
		field = "Payment.OfferIdentifier"
		most  = 100
	)
	if len(offers) == 0 || len(offers) > most {
		return nil, payment.InvalidField(field, fmt.Sprintf("want 1 to %d offers", most))
	}
	filled := offers
	for i, o := range offers {
		switch {
		case o.ID == "" || o.Identifier.value() == "":
			return nil, payment.InvalidField(field, "want id and identifier of each offer")
		case o.OfferRef != "" && o.OfferRef != o.ID:
			return nil, payment.InvalidField(fmt.Sprintf("%s[%d].OfferRef", field, i), "want the id once more, or nothing")
		case o.Identifier.Authority != "":
			continue
		}
		if &filled[0] == &offers[0] {
			filled = slices.Clone(offers) // the caller's own stays as it is
		}
		filled[i].Identifier = o.Identifier.filled()
	}
	return filled, nil
}

// filledAmount returns a copy of a that has the decimals of its currency; nil of nil.
func (c *Client) filledAmount(field string, a *CurrencyAmount) (*CurrencyAmount, error) {
	if a == nil {
		return nil, nil
	}
	d, err := a.Value.Decimal()
	if err != nil {
		return nil, payment.InvalidField(field, "want a plain decimal such as 30.20")
	}
	m, err := payment.MoneyFromDecimal(d, a.Code)
	if err != nil {
		return nil, payment.InvalidField(field, "want a positive amount and an ISO 4217 code")
	}
	if err := c.currencies.Check(m); err != nil {
		return nil, err
	}
	filled := *a
	digits, _ := c.currencies.MinorUnits(a.Code)
	if filled.MinorUnit == nil {
		filled.MinorUnit = &digits
	}
	if *filled.MinorUnit != digits {
		return nil, payment.InvalidField(field+".MinorUnit", fmt.Sprintf("want %d, the decimals of %s, or nil", digits, a.Code))
	}
	if int(-d.Exponent()) != digits {
		filled.Value = Number(d.StringFixed(int32(digits)))
	}
	return &filled, nil
}
