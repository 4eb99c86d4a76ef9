package musement

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/supplierpay/supplierpay-go/internal/call"
	"github.com/supplierpay/supplierpay-go/payment"
)

// The ways to pay. Which of them a partner may use is a matter of the contract.
const (
	// MethodNoPayment confirms the order without Musement collecting money: the partner is the merchant of record, or the
	// total is zero. It is the default of Pay.
	MethodNoPayment payment.Method = "no_payment"
	// MethodSplit pays by the customer's card at Adyen or Stripe, with a 3-D Secure step. It needs [Details].
	MethodSplit payment.Method = "split"
)

const (
	noPaymentRoute = "/payments/no/payment"
	splitRoute     = "/payments/split/payment"
	completeRoute  = "/payments/split/complete_3d_secure"
)

type noPaymentBody struct {
	UUID string `json:"uuid"`
}

// PayWithoutCollecting confirms an order with the no-payment flow (POST /payments/no/payment) and returns it. The partner
// owes Musement the price from then on. It is sent once, and its error has an outcome: see [payment.OutcomeOf]. 423 is
// [payment.ErrAlreadyPaid] with outcome Unknown, since this very call may have paid.
func (c *Client) PayWithoutCollecting(ctx context.Context, orderUUID string) (Order, error) {
	o, _, err := c.payWithoutCollecting(ctx, orderUUID)
	return o, err
}

// payWithoutCollecting returns the HTTP status too: 202 would not be the end of it.
func (c *Client) payWithoutCollecting(ctx context.Context, orderUUID string) (Order, int, error) {
	if err := checkUUID("OrderUUID", orderUUID); err != nil {
		return Order{}, 0, ours(err, "PayWithoutCollecting")
	}
	body, err := json.Marshal(noPaymentBody{UUID: orderUUID})
	if err != nil {
		return Order{}, 0, ours(payment.InvalidField("OrderUUID", "cannot be written as JSON"), "PayWithoutCollecting")
	}
	var o Order
	answer, err := c.do(ctx, call.Operation{
		Kind: call.Write, Name: "PayWithoutCollecting", Method: http.MethodPost, Route: noPaymentRoute,
		Path: []string{"payments", "no", "payment"}, Body: body,
	}, noPaymentMeaning, orderInto(&o, orderUUID))
	if err != nil {
		return Order{}, 0, err
	}
	return o, answer.Status, nil
}

// SplitPaymentRequest starts a card payment. Musement says of no member but the order whether it is required.
type SplitPaymentRequest struct {
	// OrderUUID is the order to pay.
	OrderUUID string
	// AdyenToken and StripeToken are what the gateway's script made of the card in the customer's browser. At least one.
	AdyenToken  payment.Secret
	StripeToken payment.Secret
	CardBrand   string
	// CardCountry has two letters: "FR".
	CardCountry string
	// ClientIP is the customer's address.
	ClientIP payment.Secret
	// RedirectURL is where the customer returns to after 3-D Secure.
	RedirectURL string
}

// splitBody is what goes onto the wire. Only it carries the secrets in the clear. Its members are in the order of
// Musement's sample.
type splitBody struct {
	AdyenToken  string `json:"adyen_token,omitempty"`
	StripeToken string `json:"stripe_token,omitempty"`
	CardBrand   string `json:"card_brand,omitempty"`
	CardCountry string `json:"card_country,omitempty"`
	ClientIP    string `json:"client_ip,omitempty"`
	OrderUUID   string `json:"order_uuid"`
	RedirectURL string `json:"redirect_url_success_3d_secure,omitempty"`
}

// StartSplitPayment begins a card payment at the gateway that Musement chooses (POST /payments/split/payment). It is sent
// once, and its error has an outcome: see [payment.OutcomeOf]. A nil error is not "paid": the customer has to pass 3-D
// Secure, and [Client.Complete3DSecure] has to follow. The redirect of the answer is returned, never followed.
//
// A 401 is [payment.ErrUnauthenticated], and may mean that the order belongs to another partner.
func (c *Client) StartSplitPayment(ctx context.Context, req SplitPaymentRequest) (SplitPayment, error) {
	if err := req.check(); err != nil {
		return SplitPayment{}, ours(err, "StartSplitPayment")
	}
	body, err := json.Marshal(splitBody{
		AdyenToken: req.AdyenToken.Reveal(), StripeToken: req.StripeToken.Reveal(), CardBrand: req.CardBrand,
		CardCountry: req.CardCountry, ClientIP: req.ClientIP.Reveal(), OrderUUID: req.OrderUUID, RedirectURL: req.RedirectURL,
	})
	if err != nil {
		return SplitPayment{}, ours(payment.InvalidField("Request", "cannot be written as JSON"), "StartSplitPayment")
	}
	secrets := present(req.AdyenToken, req.StripeToken, req.ClientIP)
	var p SplitPayment
	_, err = c.do(ctx, call.Operation{
		Kind: call.Write, Name: "StartSplitPayment", Method: http.MethodPost, Route: splitRoute,
		Path: []string{"payments", "split", "payment"}, Body: body, Redirect: http.StatusFound,
		Handover: secrets,
	}, splitMeaning, func(a *call.Answer) error {
		var err error
		p, err = startedPayment(a, secrets)
		return err
	})
	if err != nil {
		return SplitPayment{}, err
	}
	return p, nil
}

// startedPayment reads the two good answers of the start: payment details, or a redirect.
func startedPayment(a *call.Answer, secrets []payment.Secret) (SplitPayment, error) {
	if a.Status != http.StatusFound {
		return decodeSplit(a.Body, a.Status, secrets)
	}
	location := a.Header.Get("Location")
	if location == "" {
		return SplitPayment{}, errNoLocation
	}
	return SplitPayment{
		Status:       a.Status,
		ThreeDSecure: &ThreeDSecure{Type: ThreeDSecureRedirect, URL: payment.NewSecret(location)},
		Raw:          payment.NewSecret(string(a.Body)),
	}, nil
}

// check refuses what cannot be meant. It quotes nothing.
func (r SplitPaymentRequest) check() error {
	if err := checkUUID("OrderUUID", r.OrderUUID); err != nil {
		return err
	}
	if r.AdyenToken.IsZero() && r.StripeToken.IsZero() {
		return payment.InvalidField("AdyenToken", "missing, and StripeToken too")
	}
	if r.CardCountry != "" && (len(r.CardCountry) != 2 || strings.ContainsFunc(r.CardCountry, notLetter)) {
		return payment.InvalidField("CardCountry", "want two letters (ISO 3166)")
	}
	if r.RedirectURL != "" {
		u, err := url.Parse(r.RedirectURL)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
			return payment.InvalidField("RedirectURL", "want an absolute http or https URL")
		}
	}
	return nil
}

func notLetter(r rune) bool { return (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') }

// present drops the secrets that are not there.
func present(secrets ...payment.Secret) []payment.Secret {
	var there []payment.Secret
	for _, s := range secrets {
		if !s.IsZero() {
			there = append(there, s)
		}
	}
	return there
}

// Complete3DSecureRequest ends a card payment after the customer has passed 3-D Secure.
type Complete3DSecureRequest struct {
	// OrderUUID is the order whose payment was started.
	OrderUUID string
	// PaymentIntentID is Stripe's id of the payment. What an Adyen payment needs here Musement does not say.
	PaymentIntentID payment.Secret
}

type completeBody struct {
	OrderUUID       string `json:"order_uuid"`
	PaymentIntentID string `json:"payment_intent_id,omitempty"`
}

// Complete3DSecure takes the money of a card payment that was started (POST /payments/split/complete_3d_secure). It is sent
// once, and its error has an outcome: see [payment.OutcomeOf]. A nil error is not "paid": the answer may ask for another
// 3-D Secure round, and says nothing else. [Client.GetOrderInfo] tells.
func (c *Client) Complete3DSecure(ctx context.Context, req Complete3DSecureRequest) (SplitPayment, error) {
	return c.complete(ctx, req, splitMeaning)
}

// complete is Complete3DSecure with what a refusal means.
func (c *Client) complete(ctx context.Context, req Complete3DSecureRequest, meaning func(*payment.Error)) (SplitPayment, error) {
	if err := checkUUID("OrderUUID", req.OrderUUID); err != nil {
		return SplitPayment{}, ours(err, "Complete3DSecure")
	}
	body, err := json.Marshal(completeBody{OrderUUID: req.OrderUUID, PaymentIntentID: req.PaymentIntentID.Reveal()})
	if err != nil {
		return SplitPayment{}, ours(payment.InvalidField("PaymentIntentID", "cannot be written as JSON"), "Complete3DSecure")
	}
	secrets := present(req.PaymentIntentID)
	var p SplitPayment
	_, err = c.do(ctx, call.Operation{
		Kind: call.Write, Name: "Complete3DSecure", Method: http.MethodPost, Route: completeRoute,
		Path: []string{"payments", "split", "complete_3d_secure"}, Body: body, Handover: secrets,
	}, meaning, func(a *call.Answer) error {
		var err error
		p, err = decodeSplit(a.Body, a.Status, secrets)
		return err
	})
	if err != nil {
		return SplitPayment{}, err
	}
	return p, nil
}
