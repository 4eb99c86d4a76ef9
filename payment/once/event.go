package once

import (
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
)

// Event is one entry of a journal's history: a change of a row's state, or a decision of a person. Events are only ever
// appended, each in the transaction of the write that it tells of.
type Event struct {
	// Seq orders the events of a store; zero in an event that the store has not confirmed.
	Seq int64 `json:"seq"`
	// At is the store's time of the write.
	At time.Time `json:"at"`
	// Name, Key and N identify the row, see [Row].
	Name string `json:"name"`
	Key  string `json:"key"`
	N    int    `json:"n"`
	// From is the state before, "" when the row is new. To and Evidence are what the row says since.
	From     State    `json:"from,omitempty"`
	To       State    `json:"to"`
	Evidence Evidence `json:"evidence"`
	// Why says what happened, see [Row.Why].
	Why string `json:"why"`
	// By is the person who decided, else the owner: the process.
	By string `json:"by"`
	// Note is the person's reason.
	Note string `json:"note,omitempty"`
	// Payment is the payment as the row has it after the write, nil if it has none.
	Payment *payment.Payment `json:"payment,omitempty"`
	// Reason is why the row is not settled, or what is wrong with its payment; nil where nothing is.
	Reason *Problem `json:"reason,omitempty"`

	// Damage says what a store could not read of the event; "" for an event that is whole. It is never stored.
	Damage string `json:"damage,omitempty"`
}

// Proposal is a decision that waits for its confirmation by another person.
type Proposal struct {
	Decision Decision  `json:"decision"`
	By       string    `json:"by"`
	Note     string    `json:"note"`
	At       time.Time `json:"at"`
	// Early is the reason for deciding before the quiet time is over, "" if that was not asked for.
	Early string `json:"early,omitempty"`
}

// clone copies everything that a holder of the event could change.
func (e Event) clone() Event {
	if e.Payment != nil {
		p := *e.Payment
		e.Payment = &p
	}
	e.Reason = e.Reason.clone()
	return e
}
