package travelport

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/shopspring/decimal"

	"github.com/supplierpay/supplierpay-go/payment"
)

// The steps that Pay and Lookup record, and the facts of a mark. Journals keep these words: never change them.
const (
	markBegin     = "begin"         // by Pay, before anything is sent: only after it the lack of a later mark can be proof
	markWorkbench = "workbench"     // by Pay, before anything is added to the workbench
	markCommit    = "commit"        // by Pay, before the commit
	markUnsent    = "commit-unsent" // by Pay, after the mark of the commit: it was not sent and will not be
	markDiscard   = "discard"       // by Lookup, before the discard after a commit; it proves nothing
	markDiscarded = "discarded"     // by Lookup, after Travelport has confirmed that discard; it proves that the commit did nothing

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

var _ payment.FirstMarker = (*Client)(nil)

// FirstMark returns the mark with which Pay begins. A journal may write it before it calls Pay.
func (c *Client) FirstMark() payment.Mark { return payment.Mark{Step: markBegin} }

// paying is one call of Pay.
type paying struct {
	client    *Client
	attempt   payment.Attempt
	parts     []part
	authorize bool
	trace     string

	bench      *Workbench
	booking    booking
	queued     []queuedPayment
	committing bool // the mark of the commit was recorded, or may have been
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
