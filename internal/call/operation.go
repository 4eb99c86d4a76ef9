package call

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/supplierpay/supplierpay-go/payment"
)

// Kind tells whether an operation may be repeated.
type Kind uint8

const (
	// Read moves nothing and may be repeated. Its errors are always Unknown: a failed question proves nothing.
	Read Kind = iota + 1
	// Write moves money or changes state, whatever its method. It is sent once.
	Write
)

// Operation is one call of a provider's API.
type Operation struct {
	Kind Kind
	// Credential: the answer carries one, as that of a login does. Observers get neither its header nor its body.
	Credential bool
	// Name is what logs call it, after the typed method: "CreatePayment".
	Name   string
	Method string
	// Route is the template that errors and logs show: "/air/payments/{id}".
	Route string
	// Path are the segments behind the base URL. Each is escaped on its own; "", "." and ".." are refused.
	Path  []string
	Query url.Values
	// Header is added to the client's own header. Keys are taken as they are spelled.
	Header http.Header
	// Body is sent as it is; nil sends no body. A JSON content type is set unless Header has one.
	Body []byte
	// Redirect is the 3xx status that is an answer of this operation, 0 for none. Location stays data.
	Redirect int
	// Secrets of this call are blotted out of the provider's answers, whose words errors quote.
	Secrets []payment.Secret
	// Handover are more of them. What the customer is to be given may be built of these, as Stripe's client secret is of the
	// payment's id: in a good answer decode gets them as they came, and must keep them out of everything that prints.
	Handover []payment.Secret
	// Amend says what the provider's answers mean for this operation, where the status says too little. May be nil.
	Amend func(e *payment.Error)

	// hooks are the journal's, as the caller gave them: no observer can replace them.
	hooks payment.Hooks
}

// hide makes secrets of the call of what are none yet.
func (op *Operation) hide(secrets []payment.Secret) {
	if len(op.Secrets) == 0 {
		op.Secrets = slices.Clip(secrets)
		return
	}
	for _, secret := range secrets {
		known := func(s payment.Secret) bool { return s.Reveal() == secret.Reveal() }
		if !slices.ContainsFunc(op.Secrets, known) {
			op.Secrets = append(slices.Clip(op.Secrets), secret)
		}
	}
}

// good reports whether an answer of this status is one of the operation, and no refusal.
func (op *Operation) good(status int) bool {
	return status >= 200 && status < 300 || op.Redirect != 0 && status == op.Redirect
}

// name is what errors print: "POST /air/payments".
func (op *Operation) name() string { return op.Method + " " + op.Route }

// Answer is what came back, read to its end.
type Answer struct {
	Status    int
	Header    http.Header
	Body      []byte
	RequestID string
	// Tries is how many requests were made for it. It is small so that there is room for what follows.
	Tries int32
	// Several: by a middleware's doing the write may have left more than once, and this answers one of the requests. Do makes
	// Unknown of a refusal then. Whoever reads a failure out of a good answer and returns no error for it must see to that.
	Several bool
}

// Explanation is what a provider's own error body says about a refused call.
type Explanation struct {
	Code    string
	Message string
	Field   string
	// Kind is the sentinel it maps to; nil takes one by status.
	Kind error
	// RequestID overrides the header's.
	RequestID string
	// Err is the provider's typed error, for errors.As.
	Err error
}
