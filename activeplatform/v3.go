package activeplatform

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/supplierpay/supplierpay-go/internal/call"
	"github.com/supplierpay/supplierpay-go/internal/wire"
	"github.com/supplierpay/supplierpay-go/payment"
)

// V3 is API v3 as one reseller sees it. Get one from [Client.V3]; it shares the client's token and settings.
type V3 struct {
	client   *Client
	reseller ID
}

// V3 returns API v3 for a reseller: one's own, or one downstream.
func (c *Client) V3(resellerID ID) *V3 { return &V3{client: c, reseller: resellerID} }

// routeV3 is the template of the path in front of API v3's methods.
const routeV3 = "/api/v3/resellers/{reseller_id}"

// op is an operation of API v3. The reseller is checked here, where every call comes by.
func (v *V3) op(kind call.Kind, name, method, route string, path ...string) (call.Operation, error) {
	if err := checkID("ResellerID", v.reseller); err != nil {
		return call.Operation{}, err
	}
	return call.Operation{
		Kind: kind, Name: name, Method: method, Route: routeV3 + route,
		Path: append([]string{"api", "v3", "resellers", string(v.reseller)}, path...),
	}, nil
}

// PaymentV3 is a payment as API v3 shows it.
type PaymentV3 struct {
	ID            ID                     `json:"id"`
	Type          string                 `json:"type"` // "payments"
	Attributes    PaymentV3Attributes    `json:"attributes"`
	Relationships PaymentV3Relationships `json:"relationships"`
	// Included holds what GetPayment was asked to include.
	Included json.RawMessage `json:"-"`
	// Raw is the object as it came, with members that this struct does not know.
	Raw json.RawMessage `json:"-"`
}

// PaymentV3Attributes are the attributes of a payment. Older releases lack AmountPaidFromBalance, InitialTotal and
// CurrencyCode.
type PaymentV3Attributes struct {
	CreatedAt Timestamp `json:"created_at"`
	UpdatedAt Timestamp `json:"updated_at"`
	// ClosedAt is when the payment got a final status.
	ClosedAt Timestamp `json:"closed_at,omitempty"`

	AccountID      ID     `json:"account_id"`
	DiscountAmount Amount `json:"discount_amount,omitempty"`
	// Total is what is left to pay; InitialTotal what was asked for at first.
	Total                 Amount `json:"total"`
	AmountPaidFromBalance Amount `json:"amount_paid_from_balance,omitempty"`
	InitialTotal          Amount `json:"initial_total,omitempty"`
	CurrencyCode          string `json:"currency_code,omitempty"`

	Comment    string `json:"comment"`
	Status     Status `json:"status"`
	DocumentID Text   `json:"document_id,omitempty"` // the payment's number: "002018"
	// Purpose is printed on the receipt.
	Purpose string `json:"purpose,omitempty"`

	PaymentMethodID   ID      `json:"payment_method_id,omitempty"`
	PaymentMethodName *string `json:"payment_method_name"`
	RequesterIP       *string `json:"requester_ip"`
	ManagerID         ID      `json:"manager_id,omitempty"`

	// ExternalTotal and ExternalCurrency are those of a third party's invoice.
	ExternalTotal    Amount  `json:"external_total,omitempty"`
	ExternalCurrency *string `json:"external_currency"`

	ExpirationDate Timestamp `json:"expiration_date,omitempty"`
	DueDate        Timestamp `json:"due_date,omitempty"`
}

// PaymentV3Relationships are the relationships of a payment.
type PaymentV3Relationships struct {
	Orders        RelatedList `json:"orders"`
	Invoices      RelatedList `json:"invoices"`
	Charges       RelatedList `json:"charges"`
	Corrections   RelatedList `json:"corrections"`
	Reseller      RelatedOne  `json:"reseller"`
	Account       RelatedOne  `json:"account"`
	PaymentMethod RelatedOne  `json:"payment_method"`
}

// RelatedList are the things that a payment is related to.
type RelatedList struct {
	Data []Related `json:"data"`
}

// RelatedOne is the one thing that a payment is related to, if there is one.
type RelatedOne struct {
	Data *Related `json:"data"`
}

// Related names a thing by its id and its type, such as "accounts".
type Related struct {
	ID   ID     `json:"id"`
	Type string `json:"type"`
}

// Money joins the amount that was asked for with the payment's currency; older releases do not name one.
func (p PaymentV3) Money() (payment.Money, error) {
	return money(p.asked(), p.Attributes.CurrencyCode)
}

// asked is the amount that the payment was made for. What is left of it shrinks with a part that is paid from the balance.
func (p PaymentV3) asked() Amount {
	if p.Attributes.InitialTotal != "" {
		return p.Attributes.InitialTotal
	}
	return p.Attributes.Total
}

// CreatePaymentV3Request asks for a payment: a top-up of an account's balance that somebody has yet to approve.
type CreatePaymentV3Request struct {
	// AccountID is an account of the reseller or of one downstream.
	AccountID ID
	// Total is more than zero, in the client's currency.
	Total payment.Money
	// Comment is required by the platform.
	Comment string
	// Purpose is printed on the receipt; it may be left out.
	Purpose string
}

// CreatePayment makes a payment (POST /payments). It is sent once; the platform has no means against a second one. The
// answer is usually waiting for payment: nobody has paid it.
func (v *V3) CreatePayment(ctx context.Context, req CreatePaymentV3Request) (PaymentV3, error) {
	p, _, err := v.createPayment(ctx, req)
	return p, err
}

func (v *V3) createPayment(ctx context.Context, req CreatePaymentV3Request) (PaymentV3, *call.Answer, error) {
	op, err := v.op(call.Write, "CreatePaymentV3", http.MethodPost, "/payments", "payments")
	if err != nil {
		return PaymentV3{}, nil, ours(err, "CreatePayment")
	}
	if op.Body, err = v.client.createBodyV3(req); err != nil {
		return PaymentV3{}, nil, ours(err, "CreatePayment")
	}
	var p PaymentV3
	a, err := v.client.v3.Do(ctx, op, func(a *call.Answer) error {
		var err error
		if p, err = openPaymentV3(a.Body); err == nil && p.Attributes.AccountID != "" && p.Attributes.AccountID != req.AccountID {
			return errOtherAccount
		}
		return err
	})
	if err != nil {
		return PaymentV3{}, a, err
	}
	return p, a, nil
}

func (c *Client) createBodyV3(req CreatePaymentV3Request) ([]byte, error) {
	if err := checkID("AccountID", req.AccountID); err != nil {
		return nil, err
	}
	if err := c.checkTotal(req.Total); err != nil {
		return nil, err
	}
	if err := checkComment(req.Comment); err != nil {
		return nil, err
	}
	return body(bodyV3{dataV3{createV3{
		AccountID: req.AccountID.number(), Total: literal(req.Total), Comment: req.Comment, Purpose: req.Purpose,
	}}})
}

// GetPayment reads one payment (GET /payments/{payment_id}). include names what else to read into Included: "invoices",
// "orders", "account", "payment_method", "reseller", and in current releases "charges" and "corrections".
func (v *V3) GetPayment(ctx context.Context, id ID, include ...string) (PaymentV3, error) {
	op, err := v.paymentOp(call.Read, "GetPaymentV3", http.MethodGet, id)
	if err != nil {
		return PaymentV3{}, unasked(err, "GetPayment")
	}
	if len(include) > 0 {
		op.Query = map[string][]string{"include": {strings.Join(include, ",")}}
	}
	return v.ownPayment(ctx, op, id)
}

// CancelPayment calls a payment off (DELETE /payments/{payment_id}), and the order that it belongs to, if any. The platform
// allows it while the payment waits and is not linked to a postpaid invoice. The answer is the payment, cancelled. After
// an error read the payment: a second cancellation is refused although the first one stands.
func (v *V3) CancelPayment(ctx context.Context, id ID) (PaymentV3, error) {
	op, err := v.paymentOp(call.Write, "CancelPaymentV3", http.MethodDelete, id)
	if err != nil {
		return PaymentV3{}, ours(err, "CancelPayment")
	}
	return v.ownPayment(ctx, op, id)
}

// CompletePayment approves a payment that waits or is expired (PATCH /payments/{payment_id}), for money that came outside
// the platform: the account is credited. It is sent once. After an error of outcome Unknown read the payment: its status
// tells.
func (v *V3) CompletePayment(ctx context.Context, id, paymentMethodID ID) (PaymentV3, error) {
	if err := checkID("PaymentMethodID", paymentMethodID); err != nil {
		return PaymentV3{}, ours(err, "CompletePayment")
	}
	return v.patchPayment(ctx, "CompletePayment", id, completeV3{PaymentMethodID: paymentMethodID.number()})
}

// CompletePaymentFromBalance pays a waiting payment from what the account has (PATCH /payments/{payment_id}). The platform
// refuses it for top-ups. It is sent once. After an error of outcome Unknown read the payment: its status tells.
func (v *V3) CompletePaymentFromBalance(ctx context.Context, id ID) (PaymentV3, error) {
	return v.patchPayment(ctx, "CompletePaymentFromBalance", id, fromBalanceV3{Status: StatusPaidFromBalance})
}

// patchPayment sends one of the two meanings that PATCH has. They never go together.
func (v *V3) patchPayment(ctx context.Context, name string, id ID, attributes any) (PaymentV3, error) {
	op, err := v.paymentOp(call.Write, name+"V3", http.MethodPatch, id)
	if err != nil {
		return PaymentV3{}, ours(err, name)
	}
	if op.Body, err = body(bodyV3{dataV3{attributes}}); err != nil {
		return PaymentV3{}, ours(err, name)
	}
	return v.ownPayment(ctx, op, id)
}

func (v *V3) paymentOp(kind call.Kind, name, method string, id ID) (call.Operation, error) {
	if err := checkID("PaymentID", id); err != nil {
		return call.Operation{}, err
	}
	return v.op(kind, name, method, "/payments/{payment_id}", "payments", string(id))
}

// ownPayment sends op, whose answer is the payment that it names.
func (v *V3) ownPayment(ctx context.Context, op call.Operation, id ID) (PaymentV3, error) {
	var p PaymentV3
	_, err := v.client.v3.Do(ctx, op, func(a *call.Answer) error {
		var err error
		if p, err = openPaymentV3(a.Body); err == nil && p.ID != id {
			return errOtherPayment
		}
		return err
	})
	if err != nil {
		return PaymentV3{}, err
	}
	return p, nil
}

func openPaymentV3(body []byte) (PaymentV3, error) {
	doc, err := openV3(body)
	if err != nil {
		return PaymentV3{}, err
	}
	p, err := decodePaymentV3(doc.Data)
	p.Included = doc.Included
	return p, err
}

// decodePaymentV3 reads a payment. It can do without anything but the id.
func decodePaymentV3(raw json.RawMessage) (PaymentV3, error) {
	var p PaymentV3
	if err := wire.UnmarshalLenient(raw, &p); err != nil {
		return PaymentV3{}, err
	}
	if checkID("ID", p.ID) != nil {
		return PaymentV3{}, errNoID
	}
	p.Raw = raw
	return p, nil
}
