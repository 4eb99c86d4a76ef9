package travelport

import (
	"encoding/json"

	"github.com/supplierpay/supplierpay-go/payment"
)

// FormOfPaymentType is the class of a form of payment: an open set of words.
type FormOfPaymentType string

// The classes that can be sent.
const (
	FormOfPaymentPaymentCard           FormOfPaymentType = "FormOfPaymentPaymentCard"
	FormOfPaymentCash                  FormOfPaymentType = "FormOfPaymentCash"
	FormOfPaymentInvoice               FormOfPaymentType = "FormOfPaymentInvoice"
	FormOfPaymentBSP                   FormOfPaymentType = "FormOfPaymentBSP"
	FormOfPaymentAgencyAccount         FormOfPaymentType = "FormOfPaymentAgencyAccount"
	FormOfPaymentDocument              FormOfPaymentType = "FormOfPaymentDocument"
	FormOfPaymentForfeit               FormOfPaymentType = "FormOfPaymentForfeit"
	FormOfPaymentWaiverCode            FormOfPaymentType = "FormOfPaymentWaiverCode"
	FormOfPaymentVirtualPaymentAccount FormOfPaymentType = "FormOfPaymentVirtualPaymentAccount"
)

// FormOfPayment is a form of payment of any class: Type says which of the other members count. What must not be printed
// is a [payment.Secret]; marshalled as JSON a FormOfPayment is masked.
type FormOfPayment struct {
	Type FormOfPaymentType `json:"@type,omitempty"`
	// ID is the caller's own name of it in a workbench, "formOfPayment_1"; FormOfPaymentRef is the same again, and filled
	// in when it is empty.
	ID               string `json:"id,omitempty"`
	FormOfPaymentRef string `json:"FormOfPaymentRef,omitempty"`
	// Identifier is a placeholder in a request, and filled in when it is nil.
	Identifier *Identifier `json:"Identifier,omitempty"`

	// PaymentCard is the card of FormOfPaymentPaymentCard.
	PaymentCard *PaymentCard `json:"PaymentCard,omitempty"`
	// InhibitPaymentCardAuthorizationInd skips the authorisation of the card.
	InhibitPaymentCardAuthorizationInd *bool            `json:"inhibitPaymentCardAuthorizationInd,omitempty"`
	ExtendedPayment                    *ExtendedPayment `json:"ExtendedPayment,omitempty"`
	// AgentNonRefundableInd is of FormOfPaymentCash.
	AgentNonRefundableInd *bool `json:"agentNonRefundableInd,omitempty"`
	// InvoiceNumber is of FormOfPaymentInvoice; an agent invoice has none.
	InvoiceNumber string `json:"InvoiceNumber,omitempty"`
	// AccountNumber is of FormOfPaymentBSP.
	AccountNumber string `json:"accountNumber,omitempty"`
	// AgencyID is of FormOfPaymentAgencyAccount.
	AgencyID string `json:"agencyId,omitempty"`
	// DocumentNumber is of FormOfPaymentDocument: the document to pay with.
	DocumentNumber *DocumentNumber `json:"DocumentNumber,omitempty"`
	// ForfeitInd is of FormOfPaymentForfeit: gives up residual value in an exchange.
	ForfeitInd *bool `json:"forfeitInd,omitempty"`
	// WaiverCode is of FormOfPaymentWaiverCode.
	WaiverCode *WaiverCode `json:"WaiverCode,omitempty"`

	// The members below are of FormOfPaymentVirtualPaymentAccount. The raw ones have no documented shape.
	AccountID               string            `json:"AccountID,omitempty"`
	PaymentComment          string            `json:"PaymentComment,omitempty"`
	Supplier                json.RawMessage   `json:"Supplier,omitempty"`
	AlternateEmailAddress   []json.RawMessage `json:"AlternateEmailAddress,omitempty"`
	AlternateHotelFax       []json.RawMessage `json:"AlternateHotelFax,omitempty"`
	MaximumChargeableAmount []CurrencyAmount  `json:"MaximumChargeableAmount,omitempty"`
	IncidentalCharges       []json.RawMessage `json:"IncidentalCharges,omitempty"`
}

// ExtendedPayment is a payment in instalments.
type ExtendedPayment struct {
	NumberOfInstallments int    `json:"NumberOfInstallments"`
	FirstInstallment     Number `json:"FirstInstallment,omitzero"`
	RemainingAmount      Number `json:"RemainingAmount,omitzero"`
	OTATOCode            string `json:"OTATOCode,omitempty"`
}

// DocumentNumber is a document that pays: a ticket, an EMD, an MCO.
type DocumentNumber struct {
	Value          string `json:"value,omitempty"`
	DocumentIssuer string `json:"documentIssuer,omitempty"`
	DocumentType   string `json:"documentType,omitempty"` // EMD, MCO, Ticket, TASF, Invoice
}

// WaiverCode waives a fee.
type WaiverCode struct {
	Value      string `json:"value,omitempty"`
	ReasonCode *int   `json:"reasonCode,omitempty"`
}

// CardType is the kind of a card: an open set of words.
type CardType string

// The documented kinds.
const (
	CardCredit CardType = "Credit"
	CardDebit  CardType = "Debit"
	CardGift   CardType = "Gift"
)

// PaymentCard is a card. With a member of PaymentCardDetail set (Address and those below it), or another Type, it is sent
// as one.
type PaymentCard struct {
	Type string `json:"@type,omitempty"` // PaymentCard or PaymentCardDetail; filled in when it is empty
	ID   string `json:"id,omitempty"`
	// ExpireDate is MMYY, "0628".
	ExpireDate    string `json:"expireDate,omitempty"`
	EffectiveDate string `json:"effectiveDate,omitempty"`
	// ApprovalCode is that of an approval that was had by other means: up to 16 capital letters and digits.
	ApprovalCode string   `json:"approvalCode,omitempty"`
	CardType     CardType `json:"CardType,omitempty"`
	// CardCode is the brand in two letters, "VI".
	CardCode       string       `json:"CardCode,omitempty"`
	CardHolderName string       `json:"CardHolderName,omitempty"`
	CardNumber     *SecureValue `json:"CardNumber,omitempty"`
	// SeriesCode is the CVV. NDC carriers demand it.
	SeriesCode     *SecureValue    `json:"SeriesCode,omitempty"`
	CardBrand      json.RawMessage `json:"CardBrand,omitempty"`
	CardIssuer     *CardIssuer     `json:"CardIssuer,omitempty"`
	PrivacyGroup   json.RawMessage `json:"PrivacyGroup,omitempty"`
	SecureInd      *bool           `json:"secureInd,omitempty"`
	MagneticStripe []SecureValue   `json:"MagneticStripe,omitempty"`

	Address               *Address             `json:"Address,omitempty"`
	Telephone             []Telephone          `json:"Telephone,omitempty"`
	Email                 []Email              `json:"Email,omitempty"`
	PersonName            *PersonName          `json:"PersonName,omitempty"`
	CountryOfIssue        string               `json:"countryOfIssue,omitempty"`
	BankName              string               `json:"bankName,omitempty"`
	BankCountryCode       string               `json:"bankCountryCode,omitempty"`
	BankStateCode         string               `json:"bankStateCode,omitempty"`
	CompanyCardReference  string               `json:"companyCardReference,omitempty"`
	CardHolderID          *Identifier          `json:"CardHolderId,omitempty"`
	ExtendedPaymentInd    *bool                `json:"extendedPaymentInd,omitempty"`
	EnettInd              *bool                `json:"enettInd,omitempty"`
	ThirdPartyInd         *bool                `json:"thirdPartyInd,omitempty"`
	AcceptanceOverrideInd *bool                `json:"acceptanceOverrideInd,omitempty"`
	ThreeDomainSecurity   *ThreeDomainSecurity `json:"ThreeDomainSecurity,omitempty"`
}

// CardIssuer is the bank of a card.
type CardIssuer struct {
	PaymentCardIssuers          json.RawMessage `json:"paymentCardIssuers,omitempty"`
	PaymentCardIssuersExtension json.RawMessage `json:"paymentCardIssuersExtension,omitempty"`
	IssueNumber                 *int            `json:"issueNumber,omitempty"`
}

// SecureValue is a card number, a CVV or a magnetic stripe, in the clear, as a token or encrypted.
type SecureValue struct {
	Type                 string         `json:"@type,omitempty"`
	PlainText            payment.Secret `json:"PlainText,omitzero"`
	Token                payment.Secret `json:"token,omitzero"`
	TokenProviderID      string         `json:"tokenProviderID,omitempty"`
	Mask                 string         `json:"mask,omitempty"`
	EncryptedValue       payment.Secret `json:"encryptedValue,omitzero"`
	EncryptionKey        payment.Secret `json:"encryptionKey,omitzero"`
	EncryptionKeyMethod  string         `json:"encryptionKeyMethod,omitempty"`
	EncryptionMethod     string         `json:"encryptionMethod,omitempty"`
	AuthenticationMethod string         `json:"authenticationMethod,omitempty"` // SecurityCode or MagneticStripe
}

// PlainText returns the secure value of a text in the clear.
func PlainText(text string) *SecureValue { return &SecureValue{PlainText: payment.NewSecret(text)} }

// ThreeDomainSecurity is the result of a 3-D Secure authentication that was done elsewhere.
type ThreeDomainSecurity struct {
	Gateway *ThreeDomainSecurityGateway `json:"ThreeDomainSecurityGateway,omitempty"`
	Results *ThreeDomainSecurityResults `json:"ThreeDomainSecurityResults,omitempty"`
}

// ThreeDomainSecurityGateway says where it was done.
type ThreeDomainSecurityGateway struct {
	ECI         string `json:"eCI,omitempty"`
	MerchantID  string `json:"merchantID,omitempty"`
	ProcessorID string `json:"processorID,omitempty"`
	URL         string `json:"uRL,omitempty"`
}

// ThreeDomainSecurityResults says what came out of it.
type ThreeDomainSecurityResults struct {
	CAVV                  payment.Secret `json:"cAVV,omitzero"`
	PAResStatus           string         `json:"pAResStatus,omitempty"`
	SignatureVerification string         `json:"signatureVerfication,omitempty"` // Travelport's spelling
	TransactionID         payment.Secret `json:"transactionID,omitzero"`
	XID                   payment.Secret `json:"xID,omitzero"`
	ECI                   string         `json:"eCI,omitempty"`
	UCAFIndicator         string         `json:"uCAFIndicator,omitempty"`
}

// Address is a postal address.
type Address struct {
	Type        string          `json:"@type,omitempty"`
	AddressLine []string        `json:"AddressLine,omitempty"`
	Number      json.RawMessage `json:"Number,omitempty"`
	Street      string          `json:"Street,omitempty"`
	City        string          `json:"City,omitempty"`
	County      string          `json:"County,omitempty"`
	StateProv   *NamedValue     `json:"StateProv,omitempty"`
	PostalCode  string          `json:"PostalCode,omitempty"`
	Country     *NamedValue     `json:"Country,omitempty"`
	Addressee   string          `json:"Addressee,omitempty"`
	Role        string          `json:"role,omitempty"`
}

// NamedValue is a code and its name.
type NamedValue struct {
	Value string `json:"value,omitempty"`
	Name  string `json:"name,omitempty"`
}

// Telephone is a telephone number.
type Telephone struct {
	Type              string `json:"@type,omitempty"`
	CountryAccessCode string `json:"countryAccessCode,omitempty"`
	AreaCityCode      string `json:"areaCityCode,omitempty"`
	PhoneNumber       string `json:"phoneNumber,omitempty"`
	Extension         string `json:"extension,omitempty"`
	CityCode          string `json:"cityCode,omitempty"`
	Role              string `json:"role,omitempty"`
}

// Email is an e-mail address.
type Email struct {
	Value string `json:"value,omitempty"`
}

// PersonName is a person's name.
type PersonName struct {
	Type    string `json:"@type,omitempty"`
	Prefix  string `json:"Prefix,omitempty"`
	Given   string `json:"Given,omitempty"`
	Middle  string `json:"Middle,omitempty"`
	Surname string `json:"Surname,omitempty"`
}
