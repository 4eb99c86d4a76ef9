package duffel

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"iter"
	"net/http"
	"net/url"

	"github.com/supplierpay/supplierpay-go/internal/call"
	"github.com/supplierpay/supplierpay-go/internal/wire"
	"github.com/supplierpay/supplierpay-go/payment"
)

// The ways to pay. In a Payment the set is open: Duffel may add words.
const (
	// MethodBalance pays from the balance of the Duffel account. It is the default of Pay.
	MethodBalance payment.Method = "balance"
	// MethodARCBSPCash pays through ARC or BSP, for IATA agents with agreements of their own.
	MethodARCBSPCash payment.Method = "arc_bsp_cash"
	// MethodCard pays by a customer's card. It needs a 3-D Secure session that is ready for payment.
	MethodCard payment.Method = "card"
	// MethodAirlineCredit pays with a credit of the airline. It goes into a split payment only.
	MethodAirlineCredit payment.Method = "airline_credit"
)

// Payment is a payment as Duffel shows it.
type Payment struct {
	ID string `json:"id"`
	// OrderID is "" in answers of the older shape.
	OrderID string         `json:"order_id,omitempty"`
	Type    payment.Method `json:"type"`
	// Status is "" in answers of the older shape, which showed only payments that had been made.
	Status Status `json:"status,omitempty"`
	// FailureReason is set when Status is StatusFailed: an open set of words.
	FailureReason *string `json:"failure_reason,omitempty"`
	Amount        Amount  `json:"amount"`
	// Currency is the billing currency of the organisation; accredited IATA agents get the airline's. It may be null.
	Currency        *string   `json:"currency"`
	AirlineCreditID *string   `json:"airline_credit_id,omitempty"`
	CardID          string    `json:"card_id,omitempty"`
	LiveMode        *bool     `json:"live_mode,omitempty"`
	CreatedAt       Timestamp `json:"created_at"`
	// Raw is the object as it came, with members that this struct does not know.
	Raw json.RawMessage `json:"-"`
}

// Money joins Amount and Currency. A null currency is an error.
func (p Payment) Money() (payment.Money, error) { return money(p.Amount, p.currency()) }

func (p Payment) currency() string {
	if p.Currency == nil {
		return ""
	}
	return *p.Currency
}

// Status is where a payment stands: an open set of words.
type Status string

// The documented statuses. A pending payment later becomes failed or succeeded.
const (
	StatusPending   Status = "pending"
	StatusSucceeded Status = "succeeded"
	StatusFailed    Status = "failed"
	StatusCancelled Status = "cancelled"
)

// UnmarshalJSON keeps what is no word (null, "", a number) as its JSON text: only a member that is absent leaves the
// Status empty, since only the older shape has none.
func (s *Status) UnmarshalJSON(token []byte) error {
	if word, ok := wire.String(token); ok && word != "" {
		*s = Status(word)
	} else {
		*s = Status(bytes.TrimSpace(token))
	}
	return nil
}

// status maps the word. A word that we do not know is Pending.
func (s Status) status() payment.Status {
	switch s {
	case StatusSucceeded, "":
		return payment.Succeeded
	case StatusFailed:
		return payment.Failed
	case StatusCancelled:
		return payment.Cancelled
	default:
		return payment.Pending
	}
}

// CreatePaymentRequest pays a hold order: with exactly one of Payment and Payments.
type CreatePaymentRequest struct {
	// OrderID is the hold order to pay, "ord_...".
	OrderID string
	// Payment pays the whole order in one way. Its amount is the order's current total.
	Payment *NewPayment
	// Payments splits it over a card and airline credits. Each amount is the charge that Duffel's last pricing of the order
	// named for it.
	Payments []NewPayment
}

// NewPayment is one way to pay and how much of the order to pay with it.
type NewPayment struct {
	// Type is one of the Method constants, Amount what it pays.
	Type   payment.Method
	Amount payment.Money
	// ThreeDSecureSessionID is a session that is ready for payment. MethodCard needs it; beside another type, as Duffel's
	// own sample has it, it is passed on.
	ThreeDSecureSessionID payment.Secret
	// AirlineCreditID is for MethodAirlineCredit.
	AirlineCreditID string
}

// PaymentResponse is Duffel's answer to CreatePayment.
type PaymentResponse struct {
	// Payment is what was made. It is nil when Duffel only acknowledged the request (status 202 with a Message), and for a
	// split payment, whose answer Duffel does not document: look into Data, or list the payments of the order.
	Payment *Payment
	// Message is Duffel's free text of an acknowledgement.
	Message string
	// Status is the HTTP status. 202 means that the outcome follows later, whatever else the answer says.
	Status int
	// RequestID is what Duffel's support asks for.
	RequestID string
	// Data is the answer's data as it came.
	Data json.RawMessage `json:"-"`
}

const createRoute = "/air/payments"

// CreatePayment pays for a hold order (POST /air/payments). It moves money, is sent once, and its error has an outcome:
// see [payment.OutcomeOf]. A nil error is not "paid": look at the payment's Status.
//
// Errors of the request itself name the field and have outcome NotSent. A success that cannot be read is Unknown.
func (c *Client) CreatePayment(ctx context.Context, req CreatePaymentRequest) (PaymentResponse, error) {
	data, secrets, err := c.createBody(req)
	if err != nil {
		return PaymentResponse{}, ours(err, "CreatePayment")
	}
	var resp PaymentResponse
	err = c.write(ctx, write{
		name: "CreatePayment", method: http.MethodPost, route: createRoute, path: []string{"air", "payments"},
		data: data, secrets: secrets,
	}, func(a *call.Answer) error {
		var err error
		resp, err = createdPayment(a, req)
		return err
	})
	if err != nil {
		return PaymentResponse{}, err
	}
	return resp, nil
}

// errOneOfSeveral: a payment that is not made, or not yet, tells nothing of another one when the request may have been sent
// twice. Its id must not become the attempt's: should it fail later, the attempt would seem to have failed.
var errOneOfSeveral = errors.New("this payment is not made, but a middleware may have sent another")

// errAmbiguous: a payment failed, and another member of the answer may say that it did not.
var errAmbiguous = errors.New("this payment failed, but the answer has a member twice, or is not UTF-8")

// createdPayment reads a successful answer.
func createdPayment(a *call.Answer, req CreatePaymentRequest) (PaymentResponse, error) {
	p := &Payment{}
	data, err := open(a.Body, p)
	if err != nil {
		return PaymentResponse{}, err
	}
	p.Raw = data
	resp := PaymentResponse{Status: a.Status, RequestID: a.RequestID, Data: data}
	if a.Status == http.StatusAccepted {
		resp.Message = acknowledgement(data)
	}
	if req.Payment == nil {
		return resp, nil
	}
	switch {
	case p.ID == "" && resp.Message != "":
		return resp, nil
	case p.ID == "":
		return PaymentResponse{}, errNoID
	case p.OrderID != "" && p.OrderID != req.OrderID:
		return PaymentResponse{}, errOtherOrder
	case a.Several && p.Status.status() != payment.Succeeded:
		return PaymentResponse{}, errOneOfSeveral
	case (p.Status == StatusFailed || p.Status == StatusCancelled) && wire.Unique(a.Body) != nil:
		return PaymentResponse{}, errAmbiguous
	}
	resp.Payment = p
	return resp, nil
}

// acknowledgement returns the message that a 202 carries in place of a payment.
func acknowledgement(data json.RawMessage) string {
	var w struct {
		Message string `json:"message"`
	}
	_ = wire.UnmarshalLenient(data, &w) // without a message there is none
	return w.Message
}

// decodePayment reads a payment out of valid JSON. It can do without anything but the id.
func decodePayment(raw json.RawMessage) (Payment, error) {
	p := Payment{Raw: raw}
	if err := wire.UnmarshalLenient(raw, &p); err != nil {
		return Payment{}, err
	}
	if p.ID == "" {
		return Payment{}, errNoID
	}
	return p, nil
}

// createBody checks the request and returns what goes onto the wire, and the secrets in it.
func (c *Client) createBody(req CreatePaymentRequest) (createPaymentData, []payment.Secret, error) {
	data := createPaymentData{OrderID: req.OrderID}
	if err := checkID("OrderID", req.OrderID); err != nil {
		return data, nil, err
	}
	if (req.Payment != nil) == (len(req.Payments) > 0) {
		return data, nil, payment.InvalidField("Payment", "give exactly one of Payment and Payments")
	}
	var secrets []payment.Secret
	if req.Payment != nil {
		if req.Payment.Type == MethodAirlineCredit {
			return data, nil, payment.InvalidField("Type", "airline_credit goes into Payments")
		}
		part, err := c.part(*req.Payment, &secrets)
		data.Payment = part
		return data, secrets, err
	}
	for _, p := range req.Payments {
		part, err := c.part(p, &secrets)
		if err != nil {
			return data, nil, err
		}
		data.Payments = append(data.Payments, part)
	}
	return data, secrets, nil
}

// part checks one payment of a request. Types that this package does not know are left to Duffel.
func (c *Client) part(p NewPayment, secrets *[]payment.Secret) (*paymentPart, error) {
	if err := c.checkAmount(p.Amount); err != nil {
		return nil, err
	}
	if p.Type == "" {
		return nil, payment.InvalidField("Type", "missing")
	}
	session := p.ThreeDSecureSessionID
	if p.Type == MethodCard || !session.IsZero() {
		if err := checkID("ThreeDSecureSessionID", session.Reveal()); err != nil {
			return nil, err
		}
	}
	if err := checkFor(MethodAirlineCredit, p.Type, "AirlineCreditID", p.AirlineCreditID); err != nil {
		return nil, err
	}
	if !session.IsZero() {
		*secrets = append(*secrets, session)
	}
	return &paymentPart{
		Type: p.Type, ThreeDSecureSessionID: session.Reveal(), AirlineCreditID: p.AirlineCreditID,
		Amount: p.Amount.Amount(), Currency: p.Amount.Currency(),
	}, nil
}

// checkFor demands an id with the one method that needs it, and none with the others.
func checkFor(method, got payment.Method, field, id string) error {
	if got == method {
		return checkID(field, id)
	}
	if id != "" {
		return payment.InvalidField(field, "given for a payment that is not of type "+string(method))
	}
	return nil
}

// checkAmount refuses what Duffel cannot be asked to take.
func (c *Client) checkAmount(m payment.Money) error {
	if err := c.currencies.Check(m); err != nil {
		return err
	}
	if !m.Decimal().IsPositive() {
		return payment.InvalidField("Amount", "must be more than zero")
	}
	return nil
}

// GetPayment reads one payment (GET /air/payments/{id}). Its errors have outcome Unknown, as those of every read.
func (c *Client) GetPayment(ctx context.Context, id string) (Payment, error) {
	p, _, err := c.getPayment(ctx, id)
	return p, err
}

func (c *Client) getPayment(ctx context.Context, id string) (Payment, *call.Answer, error) {
	if err := checkID("PaymentID", id); err != nil {
		return Payment{}, nil, unasked(err, "GetPayment")
	}
	var p Payment
	a, err := c.do(ctx, call.Operation{
		Kind: call.Read, Name: "GetPayment", Method: http.MethodGet, Route: "/air/payments/{id}",
		Path: []string{"air", "payments", id},
	}, func(a *call.Answer) error {
		data, err := dataOf(a.Body)
		if err != nil {
			return err
		}
		if p, err = decodePayment(data); err == nil && p.ID != id {
			return errOtherPayment
		}
		return err
	})
	if err != nil {
		return Payment{}, a, err
	}
	return p, a, nil
}

// ListPaymentsParams says which payments to list.
type ListPaymentsParams struct {
	// OrderID is required.
	OrderID string
	// Limit is the size of a page, 1 to 200; 0 leaves it to Duffel, which takes 50.
	Limit int
}

// ListPayments lists the payments of an order (GET /air/payments), page after page as the loop asks for them. It stops
// after the first error. Their order is not documented.
func (c *Client) ListPayments(ctx context.Context, params ListPaymentsParams) iter.Seq2[Payment, error] {
	return c.listPayments(ctx, params, func([]byte) {})
}

// listPayments is ListPayments that also hands the body of each page to seen.
func (c *Client) listPayments(ctx context.Context, params ListPaymentsParams, seen func(body []byte)) iter.Seq2[Payment, error] {
	if err := checkID("OrderID", params.OrderID); err != nil {
		return failed[Payment](unasked(err, "ListPayments"))
	}
	query := url.Values{"order_id": {params.OrderID}}
	if err := addLimit(query, params.Limit); err != nil {
		return failed[Payment](unasked(err, "ListPayments"))
	}
	return pages(ctx, c, call.Operation{
		Kind: call.Read, Name: "ListPayments", Method: http.MethodGet, Route: createRoute,
		Path: []string{"air", "payments"}, Query: query,
	}, decodePayment, seen)
}
