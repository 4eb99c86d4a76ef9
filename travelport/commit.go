package travelport

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/supplierpay/supplierpay-go/payment"
)

// commit records the commit, sends it, and reads what came of it.
func (p *paying) commit(ctx context.Context) (payment.Payment, error) {
	ref, err := p.commitRef()
	if err == nil {
		p.committing = true
		err = p.mark(ctx, markCommit, ref)
	}
	if err != nil {
		return payment.Payment{}, p.abandon(ctx, err)
	}
	yes := true
	committed, err := p.bench.Commit(ctx, CommitRequest{ErrorWhenScheduleChangesInd: &yes, ErrorWhenOfferPriceChangesInd: &yes})
	if err != nil && payment.OutcomeOf(err) == payment.NotSent {
		return payment.Payment{}, p.abandon(ctx, err)
	}
	return p.readBack(ctx, committed, err)
}

// commitRef are the facts that Lookup needs after the commit.
func (p *paying) commitRef() (map[string]string, error) {
	what, err1 := json.Marshal(p.booking.plan)
	paid, err2 := json.Marshal(p.queued)
	if err := errors.Join(err1, err2); err != nil {
		return nil, stop(nil, "", "the plan cannot be recorded")
	}
	return map[string]string{refWorkbench: p.bench.ID, refTrace: p.trace, refPlan: string(what), refPayments: string(paid)}, nil
}

// abandon discards the workbench after a step before the commit failed, or when the commit was not sent. Only when that is
// confirmed is it known that the payment is not taken.
func (p *paying) abandon(ctx context.Context, step error) error {
	e := &payment.Error{Provider: provider, Op: "Pay", Err: step}
	var cause *payment.Error
	if errors.As(step, &cause) {
		e.Kind, e.Field = cause.Kind, cause.Field
	}
	if err := p.close(ctx); err != nil {
		e.Outcome = payment.Unknown
		e.Message = "workbench " + p.bench.ID + " of reservation " + p.attempt.OrderID + " may still be open"
		e.Err = errors.Join(step, err)
		return e
	}
	e.Message = "nothing was committed, and the workbench is discarded"
	switch payment.OutcomeOf(step) {
	case payment.NotSent:
		e.Outcome = payment.NotSent
	case payment.Refused:
		e.Outcome = payment.Refused
	default:
		e.Outcome, e.Kind = payment.Refused, payment.ErrUnavailable
	}
	return e
}

// close records that the commit was not sent, if its mark says otherwise, and discards the workbench. It returns nil when it
// is certain that the workbench is gone. It does not end with the caller's context: a workbench that is left open makes the
// outcome unknown, and so does a commit's mark that nobody takes back.
func (p *paying) close(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx)
	unrecorded := p.unsent(ctx)
	ctx, cancel := context.WithTimeout(ctx, p.client.aftermath())
	defer cancel()
	err := p.bench.Discard(ctx)
	if err == nil || errors.Is(err, ErrWorkbenchGone) {
		return nil
	}
	if _, readErr := p.bench.Retrieve(ctx); errors.Is(readErr, ErrWorkbenchGone) {
		return nil
	}
	return errors.Join(err, unrecorded)
}

// unsent records that the commit was not sent and will not be.
func (p *paying) unsent(ctx context.Context) error {
	if !p.committing {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, p.client.aftermath())
	defer cancel()
	return payment.RecordMark(ctx, payment.Mark{Step: markUnsent, Ref: map[string]string{refWorkbench: p.bench.ID}})
}

// readBack tells from the documents what the commit did.
func (p *paying) readBack(ctx context.Context, committed ReservationResponse, commitErr error) (payment.Payment, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), p.client.aftermath())
	defer cancel()
	read, readErr := p.client.GetReservation(ctx, p.attempt.OrderID, &GetReservationParams{TraceID: p.trace})
	var f finding
	shown := read
	if readErr == nil && read.Reservation.doubt {
		readErr = errDoubtful // what Lookup does not rely on, Pay does not either
	}
	if readErr == nil {
		f = p.booking.plan.judge(read.Reservation, p.attempt.Amount)
	}
	if !f.complete() && f.dead == 0 && commitErr == nil && !committed.Reservation.doubt {
		// A document may be in the answer to the commit before reads show it, or be told apart there.
		if g := p.booking.plan.judge(committed.Reservation, p.attempt.Amount); g.have > f.have || g.complete() || f.empty() {
			f, shown = g, committed
		}
	}
	if f.empty() {
		return payment.Payment{}, &payment.Error{
			Provider: provider, Op: "Pay", Outcome: payment.Unknown, RequestID: committed.RequestID,
			Message: "the commit was sent and reservation " + p.attempt.OrderID + " shows no documents; workbench " + p.bench.ID,
			Err:     errors.Join(commitErr, readErr),
		}
	}
	pay, err := f.payment(p.attempt, shown, payment.MatchedByDocuments)
	if len(p.queued) == 1 {
		pay.ID = p.queued[0].ID
	}
	return pay, err
}

// payment turns a finding that is not empty into a payment. Another amount than asked is an error beside it.
func (f finding) payment(a payment.Attempt, r ReservationResponse, by payment.Match) (payment.Payment, error) {
	pay := payment.Payment{
		Provider: provider, OrderID: a.OrderID, Status: payment.Partial, At: f.at, MatchedBy: by,
		RequestID: r.RequestID, Raw: *r.Reservation,
	}
	if !f.complete() {
		pay.Reason = fmt.Sprintf("%d of %d documents are issued", f.have, f.want)
		if f.have == f.want {
			pay.Reason = fmt.Sprintf("%d documents are issued, and neither receipts nor amounts tell that each offer has its own", f.have)
		}
		return pay, nil
	}
	pay.Status, pay.Amount = payment.Succeeded, f.taken
	if pay.Amount.IsUnset() {
		if m, err := addUp(r.Reservation.Payment); err == nil {
			pay.Amount = m
		}
	}
	if !pay.Amount.IsUnset() && !pay.Amount.Equal(a.Amount) {
		return pay, &payment.Error{
			Provider: provider, Op: "Pay", Outcome: payment.Accepted, Kind: payment.ErrAmountMismatch, RequestID: r.RequestID,
			Message: "asked for " + a.Amount.String() + ", the documents have " + pay.Amount.String(),
		}
	}
	return pay, nil
}
