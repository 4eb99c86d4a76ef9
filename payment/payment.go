package payment

import "time"

// Status is where a payment stands at the provider.
type Status string

// The statuses. A provider's word that its client does not know is Pending: never success, never failure.
const (
	// Succeeded: the money was taken and the order is paid.
	Succeeded Status = "succeeded"
	// Pending: the provider has the payment and has not decided yet. Ask Lookup again later.
	Pending Status = "pending"
	// ActionRequired: the customer has to do something first, see [Payment.Next].
	ActionRequired Status = "action_required"
	// Partial: part of what was asked for was done and paid. A person must decide about the rest.
	Partial Status = "partial"
	// Failed: the payment was tried and did not stand.
	Failed Status = "failed"
	// Cancelled: the payment was called off before it was taken.
	Cancelled Status = "cancelled"
	// Reversed: the money was taken and given back.
	Reversed Status = "reversed"
)

// Final reports whether the status can be expected to stay. Succeeded and Partial may still become Reversed.
func (s Status) Final() bool {
	switch s {
	case Succeeded, Partial, Failed, Cancelled, Reversed:
		return true
	default:
		return false
	}
}

// Payment is what the provider says about a payment.
type Payment struct {
	// Provider is the name of the payer that answered.
	Provider string `json:"provider"`
	// ID is the provider's id of the payment, "" where there is none.
	ID string `json:"id,omitempty"`
	// OrderID is what was paid.
	OrderID string `json:"order_id"`
	Status  Status `json:"status"`
	// Amount is what the provider says it took, unset when it does not say.
	Amount Money `json:"amount,omitzero"`
	// At is the provider's time of the payment, zero when it gives none.
	At time.Time `json:"at,omitzero"`
	// Reason is the provider's word for why a payment failed or was cancelled.
	Reason string `json:"reason,omitempty"`
	// MatchedBy says how the answer was tied to the attempt.
	MatchedBy Match `json:"matched_by,omitempty"`
	// RequestID is the provider's identifier of the call that answered: quote it to the provider's support.
	RequestID string `json:"request_id,omitempty"`
	// Next is what the customer has to do; set only with ActionRequired. It is never journaled.
	Next *NextAction `json:"-"`
	// Raw is the provider's typed answer, for instance a duffel.Payment. It is never journaled.
	Raw any `json:"-"`
}

// Paid reports whether the order is paid: the one question to ask before delivering, where there is no error. With an error,
// such as [ErrAmountMismatch], follow [Next].
func (p Payment) Paid() bool { return p.Status == Succeeded }

// Match says how a provider's answer was tied to an attempt.
type Match string

// The matches, from the strongest to the weakest.
const (
	MatchedByAnswer    Match = "answer"    // the answer to the payment call itself
	MatchedByID        Match = "id"        // read by the payment's id
	MatchedByMarker    Match = "marker"    // found by a marker that only this key carries
	MatchedByDocuments Match = "documents" // the documents that the payment should have issued are there
	MatchedByOrder     Match = "order"     // a payment of this order and amount, or the order's own state; another client may have made it
	MatchedByPerson    Match = "person"    // no provider showed it: a person vouched for it, see package once
)

// NextAction is what the customer has to do before the payment can go on. All values are secrets: whoever holds them can
// act in the customer's name.
type NextAction struct {
	// Kind says how, and which of the other fields are set.
	Kind NextActionKind
	// URL is where to send the customer (Redirect) or the form (Form).
	URL Secret
	// Fields are the form's fields.
	Fields map[string]Secret
	// ClientSecret is for the provider's script in the customer's browser (Script).
	ClientSecret Secret
}

// NextActionKind says how to bring the customer to the next step.
type NextActionKind string

// The kinds of next action.
const (
	Redirect NextActionKind = "redirect" // send the browser to URL
	Form     NextActionKind = "form"     // post Fields to URL from the browser
	Script   NextActionKind = "script"   // hand ClientSecret to the gateway's script
)
