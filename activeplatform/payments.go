package activeplatform

import (
	"context"
	"encoding/json"
	"net/http"
	"unicode/utf8"

	"github.com/supplierpay/supplierpay-go/internal/call"
	"github.com/supplierpay/supplierpay-go/internal/wire"
	"github.com/supplierpay/supplierpay-go/payment"
)

// Payment is a payment as API v1 shows it. Which members there are depends on the call: Denominated and ExpirationDate
// come from a creation only, PaymentMethodName and Orders from the others.
type Payment struct {
	ID         ID     `json:"id"`
	DocumentID Text   `json:"document_id,omitempty"` // the payment's number, after the operator's mask: "P006131"
	Status     Status `json:"status"`
	AccountID  ID     `json:"account_id"`
	Total      Amount `json:"total"`
	Comment    string `json:"comment"`

	CreatedAt Timestamp `json:"created_at"`
	UpdatedAt Timestamp `json:"updated_at"`

	RequesterIP       *string `json:"requester_ip"`
	ManagerID         ID      `json:"manager_id,omitempty"`
	PaymentMethodID   ID      `json:"payment_method_id,omitempty"`
	PaymentMethodName *string `json:"payment_method_name,omitempty"`

	// Denominated is left from the redenomination of the Belarusian ruble. It says nothing about today's currency.
	Denominated *bool `json:"denominated,omitempty"`
	// ExpirationDate is said to be unused.
	ExpirationDate Timestamp `json:"expiration_date,omitempty"`
	// Orders are those that the payment is for; a top-up has none.
	Orders []Order `json:"orders,omitempty"`
	// Raw is the object as it came, with members that this struct does not know.
	Raw json.RawMessage `json:"-"`
}

// Money joins Total with the currency of the client that read the payment: see [WithCurrency].
func (p Payment) Money(currency string) (payment.Money, error) { return money(p.Total, currency) }

// Order is an order that a payment is for.
type Order struct {
	ID             ID        `json:"id"`
	DocumentID     Text      `json:"document_id,omitempty"`
	Status         string    `json:"status"`
	AccountID      ID        `json:"account_id"`
	Type           string    `json:"type"` // "SalesOrder", "RenewalOrder", "ChangeOrder", "SwitchOrder"
	CreatedAt      Timestamp `json:"created_at"`
	UpdatedAt      Timestamp `json:"updated_at"`
	ExpirationDate Timestamp `json:"expiration_date,omitempty"`
	Total          Amount    `json:"total"`
	PromoCode      *string   `json:"promo_code"`
	PaymentID      ID        `json:"payment_id,omitempty"`
	// Items and Charges are not documented in full.
	Items   json.RawMessage `json:"items,omitempty"`
	Charges json.RawMessage `json:"charges,omitempty"`
}

// CreatePaymentRequest asks for a payment: a top-up of an account's balance that somebody has yet to approve.
type CreatePaymentRequest struct {
	// AccountID is the account that pays.
	AccountID ID
	// Total is more than zero, in the client's currency.
	Total payment.Money
	// Comment is required by the platform.
	Comment string
	// ManagerID is the manager who is responsible for the payment; it may be left out.
	ManagerID ID
}

// CreatePayment makes a payment (POST /payments.json). It is sent once; the platform has no means against a second one.
// The answer is usually waiting for payment: nobody has paid it.
func (c *Client) CreatePayment(ctx context.Context, req CreatePaymentRequest) (Payment, error) {
	p, _, err := c.createPayment(ctx, req)
	return p, err
}

func (c *Client) createPayment(ctx context.Context, req CreatePaymentRequest) (Payment, *call.Answer, error) {
	b, err := c.createBody(req)
	if err != nil {
		return Payment{}, nil, ours(err, "CreatePayment")
	}
	op := call.Operation{
		Kind: call.Write, Name: "CreatePayment", Method: http.MethodPost, Route: c.routes + "/payments.json", Path: c.payments, Body: b,
	}
	var p *Payment
	a, err := c.v1.Do(ctx, op, func(a *call.Answer) error {
		var err error
		if p, err = readPayment(a.Body); err == nil && p.AccountID != "" && p.AccountID != req.AccountID {
			return errOtherAccount
		}
		return err
	})
	if err != nil {
		return Payment{}, a, err
	}
	return *p, a, nil
}

func (c *Client) createBody(req CreatePaymentRequest) ([]byte, error) {
	if err := checkID("AccountID", req.AccountID); err != nil {
		return nil, err
	}
	if err := c.checkTotal(req.Total); err != nil {
		return nil, err
	}
	if err := checkComment(req.Comment); err != nil {
		return nil, err
	}
	if err := checkOptionalID("ManagerID", req.ManagerID); err != nil {
		return nil, err
	}
	return body(createV1{
		AccountID: req.AccountID.number(), ManagerID: req.ManagerID.number(), Total: literal(req.Total), Comment: req.Comment,
	})
}

// checkTotal refuses what the platform cannot be asked for. Whether it takes zero is not documented.
func (c *Client) checkTotal(m payment.Money) error {
	if err := c.currencies.Check(m); err != nil {
		return err
	}
	if m.Currency() != c.currency {
		e := payment.InvalidField("Amount", "the installation's currency is "+c.currency)
		e.Kind = payment.ErrCurrencyMismatch
		return e
	}
	if !m.Decimal().IsPositive() {
		return payment.InvalidField("Amount", "must be more than zero")
	}
	return nil
}

func checkComment(comment string) error {
	switch {
	case comment == "":
		return payment.InvalidField("Comment", "missing")
	case !utf8.ValidString(comment):
		return payment.InvalidField("Comment", "not UTF-8")
	}
	return nil
}

// readPayment reads a payment. It can do without anything but the id.
func readPayment(raw json.RawMessage) (*Payment, error) {
	p := new(Payment)
	if err := wire.UnmarshalLenient(raw, p); err != nil {
		return nil, err
	}
	if checkID("ID", p.ID) != nil {
		return nil, errNoID
	}
	p.Raw = raw
	return p, nil
}

// decodePayment is readPayment by value.
func decodePayment(raw json.RawMessage) (Payment, error) {
	p, err := readPayment(raw)
	if err != nil {
		return Payment{}, err
	}
	return *p, nil
}

// decodeOwn reads a payment that must be the one asked for.
func decodeOwn(raw json.RawMessage, id ID) (Payment, error) {
	p, err := decodePayment(raw)
	if err == nil && p.ID != id {
		return Payment{}, errOtherPayment
	}
	return p, err
}

// GetPayment reads one payment (GET /payments/{id}.json). Its errors have outcome Unknown, as those of every read.
func (c *Client) GetPayment(ctx context.Context, id ID) (Payment, error) {
	if err := checkID("PaymentID", id); err != nil {
		return Payment{}, unasked(err, "GetPayment")
	}
	op := c.opV1(call.Read, "GetPayment", http.MethodGet, "/payments/{id}.json", "payments", string(id)+".json")
	var p Payment
	_, err := c.v1.Do(ctx, op, func(a *call.Answer) error {
		var err error
		p, err = decodeOwn(a.Body, id)
		return err
	})
	if err != nil {
		return Payment{}, err
	}
	return p, nil
}

// CompletePayment approves a payment that waits (POST /payments/{id}/complete.json): the account is credited.
// paymentMethodID says how the money came; the operator reads the ids of the methods in the control panel. It is sent
// once. After an error of outcome Unknown read the payment: its status tells.
func (c *Client) CompletePayment(ctx context.Context, id, paymentMethodID ID) (Payment, error) {
	if err := checkID("PaymentID", id); err != nil {
		return Payment{}, ours(err, "CompletePayment")
	}
	if err := checkID("PaymentMethodID", paymentMethodID); err != nil {
		return Payment{}, ours(err, "CompletePayment")
	}
	b, err := body(completeV1{PaymentMethodID: paymentMethodID.number()})
	if err != nil {
		return Payment{}, ours(err, "CompletePayment")
	}
	op := c.opV1(call.Write, "CompletePayment", http.MethodPost, "/payments/{id}/complete.json",
		"payments", string(id), "complete.json")
	op.Body = b
	var p Payment
	_, err = c.v1.Do(ctx, op, func(a *call.Answer) error {
		var err error
		p, err = decodeOwn(a.Body, id)
		return err
	})
	if err != nil {
		return Payment{}, err
	}
	return p, nil
}

// money joins an amount and its currency.
func money(amount Amount, currency string) (payment.Money, error) {
	d, err := amount.Decimal()
	if err != nil {
		return payment.Money{}, err
	}
	m, err := payment.MoneyFromDecimal(d, currency)
	if err != nil {
		return payment.Money{}, unreadable("Amount", err)
	}
	return m, nil
}
