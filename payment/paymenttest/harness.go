package paymenttest

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
)

// Harness is a provider, a payer for it, and what the suite must be able to do and see. Each case
// gets a fresh one. The first four fields are required.
type Harness struct {
	// Handler is the provider. It must not remember another harness, and should have credentials of
	// its own, so that the suite can tell two accounts apart.
	Handler http.Handler
	// NewPayer returns a payer with the harness's credentials for the provider at site. It is
	// called several times.
	NewPayer func(site Site) payment.Payer
	// Place makes a new order that can be paid, and returns the request that pays it: with a new
	// key each time, and an amount with minor units where the currency has them.
	Place func() payment.Request
	// Taken returns the money that the provider has really taken for the order, whatever it
	// answered.
	Taken func(orderID string) []payment.Money

	// Secrets are the harness's credentials and other secrets: they must appear in no error,
	// payment or printed payer. The values of Authorization and Cookie headers are found without
	// being named here.
	Secrets []string
	// Refusals are the documented ways in which the provider refuses a payment.
	Refusals []Refusal
	// Continue takes the second step of a payment that is ActionRequired, the customer's part
	// included: with the payer's Continue for the attempt. Without it such a payment ends there.
	Continue func(ctx context.Context, payer payment.Payer, a payment.Attempt, p payment.Payment) (payment.Payment, error)
	// End makes the provider say that an order can no longer be paid. It is for a provider by which
	// that can prove that nothing was taken, and may be nil for others.
	End func(orderID string)
	// NewWord returns the body of the provider's answer to a payment with a status that nobody has
	// documented. It may be nil for a provider whose answers have no status.
	NewWord func(body []byte) []byte
	// Cannot excuses the payer from what its provider or its transport does not allow. Start
	// without it.
	Cannot []Capability
}

// Site is where a payer finds its provider.
type Site struct {
	// BaseURL is the provider's address, without a slash at its end.
	BaseURL string
	// Transport is the only way there: it trusts the proxy's certificate. Clone it if you like, but
	// keep its dialer.
	Transport *http.Transport
	// Timeout is how long the payer may wait for the answer to a request: seconds in most cases,
	// and a fraction of one where the payer's own patience is what is tested.
	Timeout time.Duration
}

// Refusal is a documented way in which a provider refuses a payment.
type Refusal struct {
	// Name is part of the case's name. The harnesses of a run must agree on the names and their
	// order.
	Name string
	// Place makes an order, and the request that is refused.
	Place func() payment.Request
	// Kind is what errors.Is must find.
	Kind error
}

// Capability is something that is demanded of a payer unless [Harness.Cannot] names it.
type Capability string

// The capabilities.
const (
	// ProveNotSent: a refused connection, a broken handshake and a context that ended early are
	// NotSent, not Unknown.
	ProveNotSent Capability = "prove not sent"
	// FindPayment: Lookup finds a payment that was taken, also when Pay never saw the answer.
	FindPayment Capability = "find payment"
	// KeepAnswer: an answer that has begun to arrive is not lost because the caller's context ends.
	KeepAnswer Capability = "keep answer"
	// TellOrders: the answer to another order's payment is not taken for this one's.
	TellOrders Capability = "tell orders"
	// TellFoundOrders: what the provider tells Lookup of another order is not taken for this one's.
	TellFoundOrders Capability = "tell found orders"
	// BoundAnswers: Pay stops reading an answer without end before it has 32 MiB.
	BoundAnswers Capability = "bound answers"
)

func (h *Harness) can(c Capability) bool { return !slices.Contains(h.Cannot, c) }

// incomplete names the required fields that are missing.
func (h *Harness) incomplete() []string {
	var missing []string
	for name, absent := range map[string]bool{
		"Handler": h.Handler == nil, "NewPayer": h.NewPayer == nil, "Place": h.Place == nil, "Taken": h.Taken == nil,
	} {
		if absent {
			missing = append(missing, name)
		}
	}
	slices.Sort(missing)
	return missing
}
