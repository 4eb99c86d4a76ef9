package etm

import (
	"github.com/supplierpay/supplierpay-go/internal/call"
	"github.com/supplierpay/supplierpay-go/payment"
)

// paymentBody is what goes onto the wire.
type paymentBody struct {
	FOPType     payment.Method `json:"fop_type"`
	Currency    string         `json:"currency"`
	TotalAmount string         `json:"total_amount"`
}

// asGiven prints an amount with the digits that it was given, as ETM's examples have it: "132933.7", "17665".
func asGiven(m payment.Money) string {
	d := m.Decimal()
	return d.StringFixed(max(-d.Exponent(), 0))
}

// checkEnvelope refuses what is no JSON object, or has a status other than "ok". Answers without a status are let pass:
// some of ETM's are.
func (c *Client) checkEnvelope(a *call.Answer) error {
	said, _, ok := opened(a.Body, &struct{}{})
	if !ok {
		return errNotObject
	}
	return c.checkStatus(a, said)
}

// checkStatus is checkEnvelope for what is known to be a JSON object, which said this of itself.
func (c *Client) checkStatus(a *call.Answer, said Error) error {
	if said.Status == "" || said.Status == statusOK {
		return nil
	}
	said.HTTPStatus = a.Status
	c.clean(&said)
	return &said
}
