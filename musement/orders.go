package musement

import (
	"encoding/json"

	"github.com/supplierpay/supplierpay-go/internal/wire"
)

// Order is an order as Musement shows it. Musement does not say which members are always there: everything but UUID may
// be missing.
type Order struct {
	UUID string `json:"uuid"`
	// Identifier is for people, "MUS0738876". No call takes it.
	Identifier string `json:"identifier,omitempty"`
	Date       Date   `json:"date,omitempty"`
	// Status is about the booking, not the payment, and PENDING both before and after it is paid. Musement recommends
	// to follow the items instead.
	Status    OrderStatus `json:"status,omitempty"`
	Market    string      `json:"market,omitempty"`
	Source    string      `json:"source,omitempty"`
	ExtraData ExtraData   `json:"extra_data,omitempty"`
	// IsPaid and IsAgency are nil when the answer does not say, which is the usual case. They come in two spellings.
	IsPaid        *bool          `json:"is_paid,omitempty"`
	IsAgency      *bool          `json:"is_agency,omitempty"`
	TrustpilotURL string         `json:"trustpilot_url,omitempty"`
	Customer      *OrderCustomer `json:"customer,omitempty"`
	Items         []OrderItem    `json:"items,omitempty"`
	// TotalPrice is what is to be paid.
	TotalPrice                                         *Money      `json:"total_price,omitempty"`
	DiscountAmount                                     *Money      `json:"discount_amount,omitempty"`
	TotalRetailPriceInOrderCurrency                    *Money      `json:"total_retail_price_in_order_currency,omitempty"`
	TotalSupplierOriginalRetailPriceInSupplierCurrency *Money      `json:"total_supplier_original_retail_price_in_supplier_currency,omitempty"`
	TotalSupplierPriceInSupplierCurrency               *Money      `json:"total_supplier_price_in_supplier_currency,omitempty"`
	Affiliate                                          *Affiliate  `json:"affiliate,omitempty"`
	AffiliateChannel                                   string      `json:"affiliate_channel,omitempty"`
	PromoCodes                                         []PromoCode `json:"promo_codes,omitempty"`
	// Raw is the order as it came, with members that this struct does not know.
	Raw json.RawMessage `json:"-"`
}

// OrderStatus is where the booking of an order stands. Musement documents no list: these were seen.
type OrderStatus string

// The order statuses that were seen.
const (
	OrderPending OrderStatus = "PENDING"
	OrderOK      OrderStatus = "OK"
	OrderKO      OrderStatus = "KO"
)

// ItemStatus is where the booking of an item stands: an open set of words.
type ItemStatus string

// The documented item statuses.
const (
	ItemPending           ItemStatus = "PENDING"            // payment and confirmation in progress, or not begun
	ItemOK                ItemStatus = "OK"                 // confirmed
	ItemKO                ItemStatus = "KO"                 // not confirmed, final
	ItemRefundStarted     ItemStatus = "REFUND_STARTED"     // becomes REFUNDED
	ItemRefunded          ItemStatus = "REFUNDED"           // cancelled, with a full or partial refund
	ItemCancellationError ItemStatus = "CANCELLATION_ERROR" // Musement's customer care moves it to OK or REFUNDED
)

// UnmarshalJSON reads an order with its two spellings, and never fails for an odd member.
func (o *Order) UnmarshalJSON(raw []byte) error {
	return o.read(append(json.RawMessage(nil), raw...))
}

// read is UnmarshalJSON for bytes that the order may keep. The items are read in one go with the order: a method of theirs
// would have each of them read twice.
func (o *Order) read(raw json.RawMessage) error {
	type plain Order // without its method
	w := struct {
		*plain
		IsPaid         flag       `json:"is_paid"`
		IsPaidCamel    flag       `json:"isPaid"`
		IsAgency       flag       `json:"is_agency"`
		IsAgencyCamel  flag       `json:"isAgency"`
		ExtraDataCamel ExtraData  `json:"extraData"`
		Items          []itemWire `json:"items"`
	}{plain: (*plain)(o)}
	*o = Order{}
	if err := wire.UnmarshalLenient(raw, &w); err != nil {
		return err
	}
	o.IsPaid = agreed(w.IsPaid, w.IsPaidCamel)
	o.IsAgency = agreed(w.IsAgency, w.IsAgencyCamel)
	if o.ExtraData == "" {
		o.ExtraData = w.ExtraDataCamel
	}
	if w.Items != nil {
		o.Items = make([]OrderItem, len(w.Items))
	}
	for i := range w.Items {
		o.Items[i] = w.Items[i].item()
	}
	o.Raw = raw
	return nil
}

// OrderCustomer is the lead booker.
type OrderCustomer struct {
	ID                      Value             `json:"id,omitzero"`
	Email                   string            `json:"email,omitempty"`
	Firstname               string            `json:"firstname,omitempty"`
	Lastname                string            `json:"lastname,omitempty"`
	EventsRelatedNewsletter Consent           `json:"events_related_newsletter,omitempty"`
	MusementNewsletter      Consent           `json:"musement_newsletter,omitempty"`
	ThirdpartyNewsletter    Consent           `json:"thirdparty_newsletter,omitempty"`
	ExtraCustomerData       ExtraCustomerData `json:"extra_customer_data,omitempty"`
	CreatedAt               Date              `json:"created_at,omitempty"`
}

// Consent is a customer's answer to an offer of mails: YES or NO.
type Consent string

// The answers.
const (
	Yes Consent = "YES"
	No  Consent = "NO"
)

// OrderItem is one booked product.
type OrderItem struct {
	UUID            string     `json:"uuid,omitempty"`
	CartItemUUID    string     `json:"cart_item_uuid,omitempty"`
	TransactionCode string     `json:"transaction_code,omitempty"`
	Status          ItemStatus `json:"status,omitempty"`
	// ErrorStatus is nil when the answer does not say. It comes as error_status and as is_error_status.
	ErrorStatus *bool  `json:"error_status,omitempty"`
	Quantity    Count  `json:"quantity,omitempty"`
	B2BPrice    *Money `json:"b2b_price,omitempty"`

	RetailPriceInOrderCurrency                 *Money `json:"retail_price_in_order_currency,omitempty"`
	TotalRetailPriceInOrderCurrency            *Money `json:"total_retail_price_in_order_currency,omitempty"`
	OriginalRetailPriceInSupplierCurrency      *Money `json:"original_retail_price_in_supplier_currency,omitempty"`
	TotalOriginalRetailPriceInSupplierCurrency *Money `json:"total_original_retail_price_in_supplier_currency,omitempty"`

	CancellationReason         CancellationReason `json:"cancellation_reason,omitempty"`
	CancellationAdditionalInfo string             `json:"cancellation_additional_info,omitempty"`
	// ExtraCustomerData is a list here, unlike the customer's.
	ExtraCustomerData []NamedValue  `json:"extra_customer_data,omitempty"`
	ParticipantsInfo  []Participant `json:"participants_info,omitempty"`
	IsGiftRedeem      *bool         `json:"is_gift_redeem,omitempty"`
	// Vouchers is empty until the item is OK.
	Vouchers []Voucher     `json:"vouchers,omitempty"`
	Product  *OrderProduct `json:"product,omitempty"`
}

// UnmarshalJSON reads an item with its two spellings.
func (i *OrderItem) UnmarshalJSON(raw []byte) error {
	var w itemWire
	if err := wire.UnmarshalLenient(raw, &w); err != nil {
		return err
	}
	*i = w.item()
	return nil
}

type plainItem OrderItem // without its method

// itemWire is an item as it comes, with its two spellings.
type itemWire struct {
	plainItem
	ErrorStatus   flag `json:"error_status"`
	IsErrorStatus flag `json:"is_error_status"`
}

func (w *itemWire) item() OrderItem {
	i := OrderItem(w.plainItem)
	i.ErrorStatus = agreed(w.ErrorStatus, w.IsErrorStatus)
	return i
}

// NamedValue is one answer to what an activity asks.
type NamedValue struct {
	Name  string `json:"name"`
	Value Value  `json:"value,omitzero"`
}

// Voucher is a document of an item. Whoever has the link has the voucher.
type Voucher struct {
	URL string `json:"url"`
}

// OrderProduct is what was bought. Its prices are the supplier's: never add them to totals of the order.
type OrderProduct struct {
	ID           ID     `json:"id,omitempty"`
	Type         string `json:"type,omitempty"` // "musement"
	ActivityUUID string `json:"activity_uuid,omitempty"`
	Title        string `json:"title,omitempty"`
	// Date is local to the activity: "2022-05-01 10:15".
	Date     Date      `json:"date,omitempty"`
	Language *Language `json:"language,omitempty"`
	// MaxConfirmationTime is how long the supplier may take to confirm.
	MaxConfirmationTime Duration  `json:"max_confirmation_time,omitempty"`
	PriceTag            *PriceTag `json:"price_tag,omitempty"`
	APIURL              string    `json:"api_url,omitempty"`
	URL                 string    `json:"url,omitempty"`
	CoverImageURL       string    `json:"cover_image_url,omitempty"`

	OriginalRetailPrice                  *Money `json:"original_retail_price,omitempty"`
	OriginalRetailPriceWithoutServiceFee *Money `json:"original_retail_price_without_service_fee,omitempty"`
	RetailPrice                          *Money `json:"retail_price,omitempty"`
	RetailPriceWithoutServiceFee         *Money `json:"retail_price_without_service_fee,omitempty"`
	DiscountAmount                       *Money `json:"discount_amount,omitempty"`
	ServiceFee                           *Money `json:"service_fee,omitempty"`

	MeetingPoint         string `json:"meeting_point,omitempty"`
	MeetingPointMarkdown string `json:"meeting_point_markdown,omitempty"`
	MeetingPointHTML     string `json:"meeting_point_html,omitempty"`
}

// Language is the language of an activity.
type Language struct {
	Code string `json:"code,omitempty"` // "en"
	Name string `json:"name,omitempty"` // "English"
}

// PriceTag says which of an activity's prices was bought.
type PriceTag struct {
	PriceFeature     string `json:"price_feature,omitempty"`
	TicketHolder     string `json:"ticket_holder,omitempty"`
	PriceFeatureCode string `json:"price_feature_code,omitempty"`
	TicketHolderCode string `json:"ticket_holder_code,omitempty"`
}

// Affiliate is the partner's affiliate that an order was made by.
type Affiliate struct {
	UUID                              string        `json:"uuid,omitempty"`
	Email                             string        `json:"email,omitempty"`
	FirstName                         string        `json:"first_name,omitempty"`
	LastName                          string        `json:"last_name,omitempty"`
	Code                              string        `json:"code,omitempty"`
	Name                              string        `json:"name,omitempty"`
	LogoURL                           string        `json:"logo_url,omitempty"`
	SecondaryLogoURL                  string        `json:"secondary_logo_url,omitempty"`
	Header                            string        `json:"header,omitempty"`
	CustomerCarePhoneNumber           string        `json:"customer_care_phone_number,omitempty"`
	CustomerCareEmail                 string        `json:"customer_care_email,omitempty"`
	Whitelabel                        *bool         `json:"whitelabel,omitempty"`
	ShowCobrandedHeader               *bool         `json:"show_cobranded_header,omitempty"`
	ShowCobrandedVoucher              *bool         `json:"show_cobranded_voucher,omitempty"`
	ShowCobrandedItemConfirmationMail *bool         `json:"show_cobranded_item_confirmation_email,omitempty"`
	SetupCookieAfterFirstVisit        *bool         `json:"setup_cookie_after_first_visit,omitempty"`
	Translations                      []Translation `json:"translations,omitempty"`
}

// Translation names a language that an affiliate has texts in.
type Translation struct {
	Locale string `json:"locale,omitempty"`
}

// PromoCode is a discount that was used.
type PromoCode struct {
	Code   string `json:"code,omitempty"`
	Active *bool  `json:"active,omitempty"`
	// Percentage tells that Discount is a percentage and not an amount.
	Percentage    *bool `json:"percentage,omitempty"`
	Discount      Value `json:"discount,omitzero"`
	MaxUsage      Value `json:"max_usage,omitzero"`
	ValidFrom     Date  `json:"valid_from,omitempty"`
	ValidUntil    Date  `json:"valid_until,omitempty"`
	MinimumAmount Value `json:"minimum_amount,omitzero"`
}

// Participant is one person who takes part in an activity: what the activity's schema asks for.
type Participant struct {
	Salutation         string `json:"salutation,omitempty"` // "Mr", "Mrs", "Ms"
	Firstname          string `json:"firstname,omitempty"`
	Lastname           string `json:"lastname,omitempty"`
	DateOfBirth        Date   `json:"date_of_birth,omitempty"` // "1980-12-31"
	Passport           string `json:"passport,omitempty"`
	Email              string `json:"email,omitempty"`
	PassportExpiryDate Date   `json:"passport_expiry_date,omitempty"`
	Nationality        string `json:"nationality,omitempty"`
	MedicalNotes       string `json:"medical_notes,omitempty"`
	Address            string `json:"address,omitempty"`
	FanCard            string `json:"fan_card,omitempty"`
	Weight             Value  `json:"weight,omitzero"`
	PhoneNumber        Value  `json:"phone_number,omitzero"`
}
