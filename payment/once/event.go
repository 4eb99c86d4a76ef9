package once

import (
	"context"
	"iter"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
)

// The values of Row.Why and of Event.Why. They are stored: never change one.
const (
	whyBegin     = "begin"
	whyContinue  = "continue"
	whyAnswer    = "answer"
	whyLookup    = "lookup"
	whyLeaseOver = "lease over"
	whyResolve   = "resolve"
	whyPropose   = "propose"
	whyRevoke    = "revoke"
	whyAbandon   = "abandon"
	whyNeverSent = "never sent"
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
	// Decision, By and Note are what, who and why; At is the store's time.
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

// event is what the journal appends when row is written in place of one in state from.
func event(from State, row Row) *Event {
	e := &Event{
		Name: row.Name, Key: row.Attempt.Key, N: row.N, From: from, To: row.State, Evidence: row.Evidence, Why: row.Why,
		By: row.Owner, Payment: row.Payment, Reason: row.Reason,
	}
	if row.Problem != nil {
		e.Reason = row.Problem
	}
	switch row.Why {
	case whyResolve, whyRevoke:
		e.By, e.Note = row.By, row.Note
	}
	return e
}

// tell hands a confirmed event to [WithAudit].
func (p *Payer) tell(ctx context.Context, e *Event, row Row) {
	if e == nil || p.audit == nil {
		return
	}
	told := e.clone()
	told.At, told.N, told.To, told.Evidence = row.UpdatedAt, row.N, row.State, row.Evidence
	p.audit(context.WithoutCancel(ctx), told)
}

// Events lists the events of the payer's name behind the given Seq, in the order of Seq, and ends with the last one that
// the store has. An event that is committed later always has a greater Seq, so that a reader who goes on from the last Seq
// that was read misses none.
func (p *Payer) Events(ctx context.Context, after int64) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		for after := after; ; {
			events, err := p.store.Events(ctx, p.name, after, pageSize)
			if err != nil {
				yield(Event{}, p.fault(opEvents, payment.Unknown, payment.ErrJournal, "", err))
				return
			}
			for _, e := range events {
				if !yield(e, nil) {
					return
				}
				after = e.Seq
			}
			if len(events) < pageSize {
				return
			}
		}
	}
}

// History returns the story of a key: all its events in their order. A key without a row has none.
func (p *Payer) History(ctx context.Context, key string) ([]Event, error) {
	events, err := p.store.History(ctx, p.name, key)
	if err != nil {
		return nil, p.fault(opHistory, payment.Unknown, payment.ErrJournal, "", err)
	}
	return events, nil
}
