package once

import "context"

// The values of Row.Why. They are stored: never change one.
const (
	whyBegin     = "begin"
	whyContinue  = "continue"
	whyAnswer    = "answer"
	whyLookup    = "lookup"
	whyLeaseOver = "lease over"
	whyResolve   = "resolve"
	whyAbandon   = "abandon"
)

// The operations that errors name.
const (
	opPay      = "Pay"
	opContinue = "Continue"
	opLookup   = "Lookup"
	opResolve  = "Resolve"
	opAbandon  = "Abandon"
)

// tell reports a confirmed write, if it changed the state.
func (p *Payer) tell(ctx context.Context, from State, row Row) {
	if from == row.State {
		return
	}
	by := row.Owner
	if row.Why == whyResolve {
		by = row.By
	}
	p.audit(context.WithoutCancel(ctx), Event{
		Name: row.Name, Key: row.Attempt.Key, N: row.N, From: from, To: row.State, Why: row.Why, By: by, At: row.UpdatedAt,
	})
}
