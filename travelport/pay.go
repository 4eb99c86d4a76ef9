package travelport

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/shopspring/decimal"

	"github.com/supplierpay/supplierpay-go/payment"
)

// The steps that Pay records, and the facts of a mark.
const (
	markBegin     = "begin"     // before anything is sent: its absence of later marks is proof
	markWorkbench = "workbench" // before anything is added to the workbench
	markCommit    = "commit"    // before the commit

	refWorkbench = "workbench"
	refTrace     = "trace"
	refPlan      = "plan"
	refPayments  = "payments" // the queued payments, a JSON list
)

// Pay tickets a held reservation. It reads the reservation and stops when it has documents or another price; opens a
// workbench on it, adds the forms of payment and the payments, and reads it back; commits it, once; and reads the
// documents.
//
// What fails before the commit is refused or not sent when the workbench was discarded after it, else Unknown. After the
// commit only the documents count, whatever it answered: all of them are Succeeded, some are Partial (with a nil error),
// anything else is Unknown. Documents whose receipt names no offer, or several, are all of them only if their amounts add up
// to the payment's, with no two tickets of a traveler alike: a long journey's ticket has several numbers, and those of one
// offer must not pass for the tickets of two. Raw is the [Reservation] that was read.
func (c *Client) Pay(ctx context.Context, req payment.Request) (payment.Payment, error) {
	ctx = payment.WithKey(ctx, req.Key)
	a, details, parts, err := c.prepare(req)
	if err != nil {
		return payment.Payment{}, ours(err, "Pay")
	}
	p := &paying{client: c, attempt: a, parts: parts, authorize: details.AuthorizePayment, trace: newGUID()}
	if err := p.mark(ctx, markBegin, nil); err != nil {
		return payment.Payment{}, err
	}
	setup, cancel := context.WithTimeout(ctx, c.setup)
	defer cancel()
	opened, err := p.open(setup)
	if err != nil {
		return payment.Payment{}, ours(err, "Pay")
	}
	if err := p.fill(setup, opened); err != nil {
		return payment.Payment{}, p.abandon(ctx, err)
	}
	return p.commit(ctx)
}

// paying is one call of Pay.
type paying struct {
	client    *Client
	attempt   payment.Attempt
	parts     []part
	authorize bool
	trace     string

	bench   *Workbench
	booking booking
	queued  []queuedPayment
}

// queuedPayment are the identifiers of a payment in the workbench: the one that was sent and the one that was answered.
type queuedPayment struct {
	ID   string `json:"id"`
	Sent string `json:"sent"`
}

// mark records a step before it is taken.
func (p *paying) mark(ctx context.Context, step string, ref map[string]string) error {
	if err := payment.RecordMark(ctx, payment.Mark{Step: step, Ref: ref}); err != nil {
		return &payment.Error{Provider: provider, Op: "Pay", Outcome: payment.NotSent,
			Message: "the step " + step + " could not be recorded and was not taken", Err: err}
	}
	return nil
}

// open reads the reservation and opens the workbench on it. Nothing is paid by that, and nothing was added to a workbench
// that is lost.
func (p *paying) open(ctx context.Context) (*Reservation, error) {
	read, err := p.client.GetReservation(ctx, p.attempt.OrderID, &GetReservationParams{TraceID: p.trace})
	if err != nil {
		return nil, notRead(err)
	}
	if _, err := p.client.inspect(p.attempt, p.parts, read.Reservation); err != nil {
		return nil, err
	}
	bench, opened, err := p.client.WorkbenchFromLocator(ctx, p.attempt.OrderID, &FromLocatorParams{TraceID: p.trace})
	p.bench = bench
	return opened.Reservation, err
}

// notRead is a failed read before the payment: unlike other reads it proves that the payment was not sent.
func notRead(err error) error {
	e := &payment.Error{Outcome: payment.NotSent, Message: "the reservation could not be read first", Err: err}
	var read *payment.Error
	if errors.As(err, &read) {
		e.Kind = read.Kind
	}
	return e
}

// commit records the commit, sends it, and reads what came of it.
func (p *paying) commit(ctx context.Context) (payment.Payment, error) {
	ref, err := p.commitRef()
	if err == nil {
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

// fill queues the payments in the workbench and checks that the workbench holds them and nothing else.
func (p *paying) fill(ctx context.Context, opened *Reservation) error {
	if err := p.mark(ctx, markWorkbench, map[string]string{refWorkbench: p.bench.ID, refTrace: p.trace}); err != nil {
		return err
	}
	// The reservation is inspected once more as the workbench has it: it may have changed, and these are the ids to use.
	var err error
	if p.booking, err = p.client.inspect(p.attempt, p.parts, opened); err != nil {
		return err
	}
	forms, err := p.addForms(ctx, opened)
	if err != nil {
		return err
	}
	for i := range p.parts {
		pay := p.payment(i, forms[i])
		resp, err := p.bench.AddPayment(ctx, pay)
		if err != nil {
			return err
		}
		p.queued = append(p.queued, queuedPayment{ID: resp.Payment.value(), Sent: pay.Identifier.Value})
	}
	filled, err := p.bench.Retrieve(ctx)
	if err != nil {
		return err
	}
	return p.check(filled.Reservation)
}

// addForms adds the forms of payment and returns what refers to them, as the workbench has stored them: the answers to
// adding them are not always true.
func (p *paying) addForms(ctx context.Context, r *Reservation) ([]FormOfPaymentIdentifier, error) {
	wanted := make([][]string, len(p.parts)) // names of each part's form of payment
	added := false
	next := len(r.FormOfPayment)
	for i, part := range p.parts {
		if part.form == nil {
			wanted[i] = []string{part.stored}
			continue
		}
		f := *part.form
		next++
		for hasForm(r, "formOfPayment_"+strconv.Itoa(next)) {
			next++
		}
		f.ID = "formOfPayment_" + strconv.Itoa(next)
		f.FormOfPaymentRef = f.ID
		f.Identifier = &Identifier{Authority: AuthorityTravelport, Value: newGUID()}
		var params *AddFormOfPaymentParams
		if p.authorize && f.Type == FormOfPaymentPaymentCard {
			params = &AddFormOfPaymentParams{AuthorizePaymentInd: &p.authorize}
		}
		if _, err := p.bench.AddFormOfPayment(ctx, f, params); err != nil {
			return nil, err
		}
		wanted[i], added = []string{f.ID, f.Identifier.Value}, true
	}
	if added {
		read, err := p.bench.Retrieve(ctx)
		if err != nil {
			return nil, err
		}
		r = read.Reservation
	}
	forms := make([]FormOfPaymentIdentifier, len(p.parts))
	for i, names := range wanted {
		f, err := findForm(r, names)
		if err != nil {
			return nil, err
		}
		forms[i] = f
	}
	return forms, nil
}

func hasForm(r *Reservation, id string) bool {
	return slices.ContainsFunc(r.FormOfPayment, func(f FormOfPayment) bool { return f.ID == id })
}

// findForm finds the one form of payment that has one of the names as its id or as its identifier's value.
func findForm(r *Reservation, names []string) (FormOfPaymentIdentifier, error) {
	var found []FormOfPayment
	for _, f := range r.FormOfPayment {
		if slices.Contains(names, f.ID) || slices.Contains(names, f.Identifier.value()) {
			found = append(found, f)
		}
	}
	if r.doubt || len(found) != 1 || found[0].ID == "" || found[0].Identifier.value() == "" {
		return FormOfPaymentIdentifier{}, stop(payment.ErrOrderNotPayable, "Details.Parts",
			fmt.Sprintf("the workbench has %d forms of payment named %s", len(found), names[0]))
	}
	return FormOfPaymentIdentifier{ID: found[0].ID, FormOfPaymentRef: found[0].ID,
		Identifier: &Identifier{Authority: AuthorityTravelport, Value: found[0].Identifier.Value}}, nil
}

// payment builds the payment of a part.
func (p *paying) payment(i int, form FormOfPaymentIdentifier) Payment {
	pay := Payment{
		ID:                      "payment_" + strconv.Itoa(i+1),
		Identifier:              &Identifier{Authority: AuthorityTravelport, Value: newGUID()},
		Amount:                  AmountOf(p.parts[i].amount),
		FormOfPaymentIdentifier: &form,
	}
	for _, o := range p.booking.offers[i] {
		pay.OfferIdentifier = append(pay.OfferIdentifier, OfferIdentifier{ID: o.ID, OfferRef: o.ID,
			Identifier: &Identifier{Authority: AuthorityTravelport, Value: o.Identifier.Value}})
	}
	return pay
}

// check compares the payments of the workbench with what was asked for: so many, adding up to the amount.
func (p *paying) check(r *Reservation) error {
	if r.doubt {
		return stop(nil, "", "the workbench cannot be read for certain")
	}
	if n := len(r.Payment); n != len(p.parts) {
		return stop(payment.ErrOrderNotPayable, "OrderID", fmt.Sprintf("the workbench has %d payments and not %d", n, len(p.parts)))
	}
	sum, err := addUp(r.Payment)
	switch {
	case err != nil:
		return stop(payment.ErrAmountMismatch, "Amount", "the payments of the workbench cannot be added up")
	case !sum.Equal(p.attempt.Amount):
		return stop(payment.ErrAmountMismatch, "Amount", "the payments of the workbench add up to "+sum.String())
	case standing(r) != "":
		return stop(payment.ErrAlreadyPaid, "OrderID", "the reservation has documents: "+standing(r))
	}
	return nil
}

var errSeveralCurrencies = errors.New("payments in several currencies, or none")

// addUp adds payments up.
func addUp(payments []Payment) (payment.Money, error) {
	total, currency := decimal.Zero, ""
	for i, p := range payments {
		if p.Amount == nil {
			return payment.Money{}, errSeveralCurrencies
		}
		m, err := p.Amount.Money()
		if err != nil {
			return payment.Money{}, err
		}
		if i == 0 {
			currency = m.Currency()
		}
		if m.Currency() != currency {
			return payment.Money{}, errSeveralCurrencies
		}
		total = total.Add(m.Decimal())
	}
	return payment.MoneyFromDecimal(total, currency)
}

// abandon discards the workbench after a step before the commit failed. Only when that is confirmed is it known that the
// payment is not taken.
func (p *paying) abandon(ctx context.Context, step error) error {
	e := &payment.Error{Provider: provider, Op: "Pay", Err: step}
	var cause *payment.Error
	if errors.As(step, &cause) {
		e.Kind, e.Field = cause.Kind, cause.Field
	}
	if err := p.client.close(ctx, p.bench); err != nil {
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

// close discards a workbench and returns nil when it is certain that it is gone. It does not end with the caller's
// context: a workbench that is left open makes the outcome unknown.
func (c *Client) close(ctx context.Context, w *Workbench) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.aftermath())
	defer cancel()
	err := w.Discard(ctx)
	if err == nil || errors.Is(err, ErrWorkbenchGone) {
		return nil
	}
	if _, readErr := w.Retrieve(ctx); errors.Is(readErr, ErrWorkbenchGone) {
		return nil
	}
	return err
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
