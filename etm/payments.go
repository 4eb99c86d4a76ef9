package etm

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/supplierpay/supplierpay-go/internal/call"
	"github.com/supplierpay/supplierpay-go/internal/wire"
	"github.com/supplierpay/supplierpay-go/payment"
)

// MethodCash is the form of payment of ETM's examples and the only documented one; no card data goes with it. Your
// contract may have others.
const MethodCash payment.Method = "cash"

// CreatePaymentRequest pays for an order.
type CreatePaymentRequest struct {
	// OrderID is the order_id of the order.
	OrderID string
	// FOPType is the form of payment, such as [MethodCash].
	FOPType payment.Method
	// Amount is the whole amount to pay, and its currency. It is sent with the digits that it was given.
	Amount payment.Money
}

// PaymentResponse is ETM's answer to a payment. It names no payment, no amount and no ticket.
type PaymentResponse struct {
	// Status is the outcome of the request.
	Status string `json:"status"`
	// Payload has the outcome of the payment itself.
	Payload PaymentPayload `json:"payload"`
	// HTTPStatus is the status of the answer. After 202 the outcome follows later, whatever the words say.
	HTTPStatus int `json:"-"`
	// Raw is the answer as it came, with members that this struct does not know.
	Raw json.RawMessage `json:"-"`
}

// PaymentPayload is what an answer says of the payment transaction.
type PaymentPayload struct {
	Status string `json:"status"`
}

// Paid reports whether both statuses are "ok", the only documented success.
func (r PaymentResponse) Paid() bool {
	return r.Status == statusOK && r.Payload.Status == statusOK && r.HTTPStatus != http.StatusAccepted
}

// CreatePayment pays for an order (POST /api/air/orders/{order_id}/payment). It moves money, is sent once, and its error
// has an outcome: see [payment.OutcomeOf]. A nil error means that both statuses are "ok"; look at [PaymentResponse.Paid],
// since an answer with HTTP status 202 is not the last word.
//
// Errors of the request itself name the field and have outcome NotSent. A 401, and a 403 with a JSON object, are Refused;
// so are the words of [WithRefusalWords]. Everything else is Unknown, since ETM documents no refusal. The response is also
// returned beside an error about its content.
func (c *Client) CreatePayment(ctx context.Context, req CreatePaymentRequest) (PaymentResponse, error) {
	resp := PaymentResponse{}
	if err := c.checkPayment(req); err != nil {
		return resp, ours(err, "CreatePayment")
	}
	body, err := json.Marshal(paymentBody{
		FOPType: req.FOPType, Currency: req.Amount.Currency(), TotalAmount: asGiven(req.Amount),
	})
	if err != nil {
		return resp, ours(payment.InvalidField("FOPType", "cannot be written as JSON"), "CreatePayment")
	}
	_, err = c.do(ctx, call.Operation{
		Kind: call.Write, Name: "CreatePayment", Method: http.MethodPost, Route: "/api/air/orders/{order_id}/payment",
		Path: []string{"api", "air", "orders", req.OrderID, "payment"}, Body: body,
	}, func(a *call.Answer) error {
		var err error
		resp, err = c.createdPayment(a)
		return err
	})
	return resp, err
}

// checkPayment refuses what ETM cannot be asked to take.
func (c *Client) checkPayment(req CreatePaymentRequest) error {
	if err := checkOrderID(req.OrderID); err != nil {
		return err
	}
	if err := checkID("FOPType", string(req.FOPType)); err != nil {
		return err
	}
	return c.checkAmount(req.Amount)
}

func (c *Client) checkAmount(m payment.Money) error {
	if err := c.currencies.Check(m); err != nil {
		return err
	}
	if !m.Decimal().IsPositive() {
		return payment.InvalidField("Amount", "must be more than zero")
	}
	return nil
}

// errNoStatus is a success that does not say whether the payment was made.
var errNoStatus = errors.New("no status of the payment in the answer")

// createdPayment reads a successful answer. Only two times "ok" is a payment, and only a word of the user's contract, that
// nothing beside it contradicts, is a refusal.
func (c *Client) createdPayment(a *call.Answer) (PaymentResponse, error) {
	var w struct {
		Status  Text `json:"status"`
		Payload *struct {
			Status Text `json:"status"`
		} `json:"payload"`
	}
	if !wire.IsObject(a.Body) || wire.UnmarshalLenient(a.Body, &w) != nil {
		return PaymentResponse{}, errNotObject
	}
	resp := PaymentResponse{Status: string(w.Status), HTTPStatus: a.Status, Raw: a.Body}
	if w.Payload != nil {
		resp.Payload.Status = string(w.Payload.Status)
	}
	outer, inner := resp.Status, resp.Payload.Status
	if outer == statusOK && inner == statusOK {
		return resp, nil
	}
	said, ok := c.said(a)
	if !ok {
		said = &Error{HTTPStatus: a.Status}
	}
	said.PaymentStatus = inner
	c.clean(said)
	switch {
	case outer == "" && inner == "" && said.Message == "":
		return resp, errNoStatus
	case a.Status == http.StatusAccepted, wire.Unique(a.Body) != nil:
		return resp, said // a member that comes twice may say the opposite
	case c.words[inner] && (outer == statusOK || c.words[outer]), c.words[outer] && w.Payload == nil:
		return resp, refusedBy(said)
	default:
		return resp, said
	}
}
