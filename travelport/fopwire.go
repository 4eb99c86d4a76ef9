package travelport

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"

	"github.com/supplierpay/supplierpay-go/internal/wire"
	"github.com/supplierpay/supplierpay-go/payment"
)

// The wire structs are what goes out: the public ones with the secrets in the clear. A member of an outer struct hides the
// embedded one of the same name.
type (
	wireFormOfPayment struct {
		FormOfPayment
		PaymentCard *wireCard `json:"PaymentCard,omitempty"`
	}
	wireCard struct {
		PaymentCard
		CardNumber          *wireSecure  `json:"CardNumber,omitempty"`
		SeriesCode          *wireSecure  `json:"SeriesCode,omitempty"`
		MagneticStripe      []wireSecure `json:"MagneticStripe,omitempty"`
		ThreeDomainSecurity *wire3DS     `json:"ThreeDomainSecurity,omitempty"`
	}
	wireSecure struct {
		SecureValue
		PlainText      string `json:"PlainText,omitempty"`
		Token          string `json:"token,omitempty"`
		EncryptedValue string `json:"encryptedValue,omitempty"`
		EncryptionKey  string `json:"encryptionKey,omitempty"`
	}
	wire3DS struct {
		ThreeDomainSecurity
		Results *wire3DSResults `json:"ThreeDomainSecurityResults,omitempty"`
	}
	wire3DSResults struct {
		ThreeDomainSecurityResults
		CAVV          string `json:"cAVV,omitempty"`
		TransactionID string `json:"transactionID,omitempty"`
		XID           string `json:"xID,omitempty"`
	}
)

func toWire(f FormOfPayment) wireFormOfPayment {
	w := wireFormOfPayment{FormOfPayment: f}
	w.Type = "" // the envelope's
	if c := f.PaymentCard; c != nil {
		w.PaymentCard = &wireCard{PaymentCard: *c, CardNumber: wireSecureOf(c.CardNumber), SeriesCode: wireSecureOf(c.SeriesCode)}
		for _, s := range c.MagneticStripe {
			w.PaymentCard.MagneticStripe = append(w.PaymentCard.MagneticStripe, *wireSecureOf(&s))
		}
		if t := c.ThreeDomainSecurity; t != nil {
			w.PaymentCard.ThreeDomainSecurity = &wire3DS{ThreeDomainSecurity: *t}
			if r := t.Results; r != nil {
				w.PaymentCard.ThreeDomainSecurity.Results = &wire3DSResults{ThreeDomainSecurityResults: *r,
					CAVV: r.CAVV.Reveal(), TransactionID: r.TransactionID.Reveal(), XID: r.XID.Reveal()}
			}
		}
	}
	return w
}

func wireSecureOf(s *SecureValue) *wireSecure {
	if s == nil {
		return nil
	}
	return &wireSecure{SecureValue: *s, PlainText: s.PlainText.Reveal(), Token: s.Token.Reveal(),
		EncryptedValue: s.EncryptedValue.Reveal(), EncryptionKey: s.EncryptionKey.Reveal()}
}

// UnmarshalJSON reads the value into secrets. Members of another type than documented are left out.
func (s *SecureValue) UnmarshalJSON(raw []byte) error {
	type plain SecureValue // without this method
	var w struct {
		plain
		PlainText      Code `json:"PlainText"`
		Token          Code `json:"token"`
		EncryptedValue Code `json:"encryptedValue"`
		EncryptionKey  Code `json:"encryptionKey"`
	}
	if err := wire.UnmarshalLenient(raw, &w); err != nil {
		return err
	}
	*s = SecureValue(w.plain)
	s.PlainText, s.Token = payment.NewSecret(string(w.PlainText)), payment.NewSecret(string(w.Token))
	s.EncryptedValue = payment.NewSecret(string(w.EncryptedValue))
	s.EncryptionKey = payment.NewSecret(string(w.EncryptionKey))
	return nil
}

// UnmarshalJSON reads the results of an authentication.
func (r *ThreeDomainSecurityResults) UnmarshalJSON(raw []byte) error {
	type plain ThreeDomainSecurityResults // without this method
	var w struct {
		plain
		CAVV          Code `json:"cAVV"`
		TransactionID Code `json:"transactionID"`
		XID           Code `json:"xID"`
	}
	if err := wire.UnmarshalLenient(raw, &w); err != nil {
		return err
	}
	*r = ThreeDomainSecurityResults(w.plain)
	r.CAVV, r.XID = payment.NewSecret(string(w.CAVV)), payment.NewSecret(string(w.XID))
	r.TransactionID = payment.NewSecret(string(w.TransactionID))
	return nil
}

// secrets returns what an answer must not show.
func (f FormOfPayment) secrets() []payment.Secret {
	c := f.PaymentCard
	if c == nil {
		return nil
	}
	var found []payment.Secret
	for _, s := range append([]SecureValue{}, c.MagneticStripe...) {
		found = append(found, s.secrets()...)
	}
	if c.CardNumber != nil {
		found = append(found, c.CardNumber.secrets()...)
	}
	if c.SeriesCode != nil {
		found = append(found, c.SeriesCode.secrets()...)
	}
	if t := c.ThreeDomainSecurity; t != nil && t.Results != nil {
		found = append(found, t.Results.CAVV, t.Results.TransactionID, t.Results.XID)
	}
	return slices.DeleteFunc(found, payment.Secret.IsZero)
}

func (s SecureValue) secrets() []payment.Secret {
	return []payment.Secret{s.PlainText, s.Token, s.EncryptedValue, s.EncryptionKey}
}

// filled returns f with what a request needs and the caller may leave out, or says what is wrong with it.
func (f FormOfPayment) filled() (FormOfPayment, error) {
	if err := f.checkClass(); err != nil {
		return f, err
	}
	if err := checkID("FormOfPayment.ID", f.ID); err != nil {
		return f, err
	}
	if f.FormOfPaymentRef == "" {
		f.FormOfPaymentRef = f.ID
	}
	if f.Identifier == nil {
		f.Identifier = &Identifier{Authority: AuthorityTravelport, Value: newGUID()}
	}
	if f.PaymentCard != nil {
		card, err := f.PaymentCard.filled()
		if err != nil {
			return f, err
		}
		f.PaymentCard = &card
	}
	return f, nil
}

// checkClass wants a known class, and no member that belongs to another one.
func (f FormOfPayment) checkClass() error {
	members := []struct {
		of    FormOfPaymentType
		name  string
		given bool
	}{
		{FormOfPaymentPaymentCard, "PaymentCard", f.PaymentCard != nil},
		{FormOfPaymentPaymentCard, "InhibitPaymentCardAuthorizationInd", f.InhibitPaymentCardAuthorizationInd != nil},
		{FormOfPaymentPaymentCard, "ExtendedPayment", f.ExtendedPayment != nil},
		{FormOfPaymentCash, "AgentNonRefundableInd", f.AgentNonRefundableInd != nil},
		{FormOfPaymentInvoice, "InvoiceNumber", f.InvoiceNumber != ""},
		{FormOfPaymentBSP, "AccountNumber", f.AccountNumber != ""},
		{FormOfPaymentAgencyAccount, "AgencyID", f.AgencyID != ""},
		{FormOfPaymentDocument, "DocumentNumber", f.DocumentNumber != nil},
		{FormOfPaymentForfeit, "ForfeitInd", f.ForfeitInd != nil},
		{FormOfPaymentWaiverCode, "WaiverCode", f.WaiverCode != nil},
		{FormOfPaymentVirtualPaymentAccount, "AccountID", f.AccountID != "" || f.PaymentComment != "" ||
			f.Supplier != nil || f.AlternateEmailAddress != nil || f.AlternateHotelFax != nil ||
			f.MaximumChargeableAmount != nil || f.IncidentalCharges != nil},
	}
	known := false
	for _, m := range members {
		known = known || m.of == f.Type
		if m.given && m.of != f.Type {
			return payment.InvalidField("FormOfPayment."+m.name, fmt.Sprintf("is of %s", m.of))
		}
	}
	switch {
	case f.Type == "":
		return payment.InvalidField("FormOfPayment.Type", "missing")
	case !known:
		return payment.InvalidField("FormOfPayment.Type", "no class that can be sent")
	case f.Type == FormOfPaymentPaymentCard && f.PaymentCard == nil:
		return payment.InvalidField("FormOfPayment.PaymentCard", "missing")
	case f.Type == FormOfPaymentDocument && f.DocumentNumber == nil:
		return payment.InvalidField("FormOfPayment.DocumentNumber", "missing")
	case f.Type == FormOfPaymentWaiverCode && f.WaiverCode == nil:
		return payment.InvalidField("FormOfPayment.WaiverCode", "missing")
	}
	return nil
}

// The documented patterns of a card.
var (
	expireDate   = regexp.MustCompile(`^(0[1-9]|1[0-2])[0-9][0-9]$`)
	approvalCode = regexp.MustCompile(`^[A-Z0-9]{0,16}$`)
	cardCode     = regexp.MustCompile(`^[A-Z0-9]{0,2}$`)
)

func (c PaymentCard) filled() (PaymentCard, error) {
	switch {
	case c.CardNumber == nil:
		return c, payment.InvalidField("PaymentCard.CardNumber", "missing")
	case c.ExpireDate != "" && !expireDate.MatchString(c.ExpireDate):
		return c, payment.InvalidField("PaymentCard.ExpireDate", "want MMYY")
	case !approvalCode.MatchString(c.ApprovalCode):
		return c, payment.InvalidField("PaymentCard.ApprovalCode", "want up to 16 capital letters and digits")
	case !cardCode.MatchString(c.CardCode):
		return c, payment.InvalidField("PaymentCard.CardCode", "want two capital letters or digits")
	}
	if c.Type == "" {
		c.Type = "PaymentCard"
		if c.detailed() {
			c.Type = "PaymentCardDetail"
		}
	}
	return c, nil
}

// detailed reports whether a member is set that only PaymentCardDetail has.
func (c PaymentCard) detailed() bool {
	basic := PaymentCard{
		Type: c.Type, ID: c.ID, ExpireDate: c.ExpireDate, EffectiveDate: c.EffectiveDate, ApprovalCode: c.ApprovalCode,
		CardType: c.CardType, CardCode: c.CardCode, CardHolderName: c.CardHolderName, CardNumber: c.CardNumber,
		SeriesCode: c.SeriesCode, CardBrand: c.CardBrand, CardIssuer: c.CardIssuer, PrivacyGroup: c.PrivacyGroup,
		MagneticStripe: c.MagneticStripe, SecureInd: c.SecureInd,
	}
	all, err1 := json.Marshal(c)
	few, err2 := json.Marshal(basic)
	return err1 != nil || err2 != nil || string(all) != string(few)
}
