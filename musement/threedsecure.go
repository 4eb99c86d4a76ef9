package musement

import (
	"encoding/json"

	"github.com/supplierpay/supplierpay-go/internal/redact"
	"github.com/supplierpay/supplierpay-go/internal/wire"
	"github.com/supplierpay/supplierpay-go/payment"
)

// SplitPayment is where a card payment stands after a call.
type SplitPayment struct {
	// Gateway is where Musement routed the payment, and Reason why; both "" when not said, as after completion.
	Gateway Gateway       `json:"gateway,omitempty"`
	Reason  RoutingReason `json:"reason,omitempty"`
	// ThreeDSecure is what the customer has to do; nil when Musement asks for nothing.
	ThreeDSecure *ThreeDSecure `json:"3d_secure,omitempty"`
	// Status is the HTTP status of the answer. Of a 302 only the location is known.
	Status int `json:"-"`
	// Raw is the answer's body as it came. All of it is secret, since it lets its holder act for the customer.
	Raw payment.Secret `json:"-"`
}

// Gateway is who takes the customer's money: an open set of words.
type Gateway string

// The documented gateways.
const (
	GatewayAdyen  Gateway = "ADYEN"
	GatewayStripe Gateway = "STRIPE"
)

// RoutingReason is why a gateway was chosen: an open set of words.
type RoutingReason string

// The documented reasons.
const (
	ReasonBusinessStrategy RoutingReason = "BUSINESS_STRATEGY"
	ReasonClientSelected   RoutingReason = "CLIENT_SELECTED"
	ReasonFallback         RoutingReason = "FALLBACK"
)

// ThreeDSecure is the customer's next step.
type ThreeDSecure struct {
	Type ThreeDSecureType `json:"type"`
	// URL is where to send the customer (REDIRECT) or the form's fields (FORM).
	URL payment.Secret `json:"url,omitzero"`
	// Payload is the JSON of the form's fields, an object or an empty list. [ThreeDSecure.Fields] reads it.
	Payload payment.Secret `json:"payload,omitzero"`
	// PaymentIntentClientSecret is for Stripe's script in the customer's browser (USE_STRIPE_SDK).
	PaymentIntentClientSecret payment.Secret `json:"payment_intent_client_secret,omitzero"`
}

// ThreeDSecureType says how to bring the customer to the next step: an open set of words.
type ThreeDSecureType string

// The documented types.
const (
	ThreeDSecureForm     ThreeDSecureType = "FORM"
	ThreeDSecureRedirect ThreeDSecureType = "REDIRECT"
	ThreeDSecureStripe   ThreeDSecureType = "USE_STRIPE_SDK"
)

// Fields returns the fields of the form. A member that is no text comes as its JSON.
func (t ThreeDSecure) Fields() map[string]payment.Secret {
	var members map[string]json.RawMessage
	if object([]byte(t.Payload.Reveal()), &members) != nil || len(members) == 0 {
		return nil
	}
	fields := make(map[string]payment.Secret, len(members))
	for name, value := range members {
		fields[name] = payment.NewSecret(wire.Text(value))
	}
	return fields
}

// next returns what to show the customer, or nil when the answer does not tell how.
func (p SplitPayment) next() *payment.NextAction {
	t := p.ThreeDSecure
	switch {
	case t == nil:
		return nil
	case t.Type == ThreeDSecureRedirect && !t.URL.IsZero():
		return &payment.NextAction{Kind: payment.Redirect, URL: t.URL}
	case t.Type == ThreeDSecureForm && !t.URL.IsZero():
		return &payment.NextAction{Kind: payment.Form, URL: t.URL, Fields: t.Fields()}
	case t.Type == ThreeDSecureStripe && !t.PaymentIntentClientSecret.IsZero():
		return &payment.NextAction{Kind: payment.Script, ClientSecret: t.PaymentIntentClientSecret}
	default:
		return nil
	}
}

// threeDSecureJSON is the wire's form of a ThreeDSecure.
type threeDSecureJSON struct {
	Type         string          `json:"type"`
	URL          string          `json:"url"`
	Payload      json.RawMessage `json:"payload"`
	ClientSecret string          `json:"payment_intent_client_secret"`
}

// decodeSplit reads the answer of a card payment's call. Both names of the 3-D Secure member are known. The words that are
// shown lose the secrets of the call; what is kept as a secret may be made of them, and stays as it came.
func decodeSplit(body []byte, status int, secrets []payment.Secret) (SplitPayment, error) {
	var w struct {
		Gateway Gateway         `json:"gateway"`
		Reason  RoutingReason   `json:"reason"`
		Current json.RawMessage `json:"3d_secure"`
		Older   json.RawMessage `json:"payment3d_secure"`
	}
	if err := object(body, &w); err != nil {
		return SplitPayment{}, err
	}
	p := SplitPayment{
		Gateway: Gateway(redact.Text(string(w.Gateway), secrets)), Reason: RoutingReason(redact.Text(string(w.Reason), secrets)),
		Status: status, Raw: payment.NewSecret(string(body)),
	}
	challenge := w.Current
	if wire.IsEmpty(challenge) {
		challenge = w.Older
	}
	if wire.IsEmpty(challenge) {
		return p, nil
	}
	var t threeDSecureJSON
	if err := object(challenge, &t); err != nil {
		return SplitPayment{}, err
	}
	p.ThreeDSecure = &ThreeDSecure{
		Type: ThreeDSecureType(redact.Text(t.Type, secrets)), URL: payment.NewSecret(t.URL),
		PaymentIntentClientSecret: payment.NewSecret(t.ClientSecret),
	}
	if !wire.IsEmpty(t.Payload) {
		p.ThreeDSecure.Payload = payment.NewSecret(string(t.Payload))
	}
	return p, nil
}
