package travelport

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
)

// Lookup asks Travelport what became of an attempt. Documents of the reservation come first: all that the payment issues
// are Succeeded, some are Partial. They are matched by what the attempt expected; whether it was this attempt that issued
// them is certain only when the attempt has its commit mark, and MatchedBy is MatchedByOrder without it.
//
// ErrNoPayment needs the marks that Pay leaves in a journal. Before the commit mark: the workbench is closed, or it was
// never known and would have expired. After it: the workbench is still open with the attempt's payments in it, Lookup has
// discarded it, so that no commit that is still on its way can do anything, and the reservation shows no documents after
// that. Lookup discards only when Pay cannot be running any more, and that is the one thing that it changes: no money moves.
// After the commit mark a workbench that is closed without documents proves nothing, unless the attempt's Failures have an
// earlier Lookup's word that it was the one to close that very workbench: look at the reservation. That word is the code of
// an ErrNoPayment, or of an ErrInconclusive when the reservation could not be read after the discard; package once keeps
// both. An attempt is for one Pay. Should it have commit marks of several workbenches all the same, the last is asked about,
// and each of the others needs such a word.
func (c *Client) Lookup(ctx context.Context, a payment.Attempt) (payment.Payment, error) {
	if err := checkLocator("OrderID", a.OrderID); err != nil {
		return payment.Payment{}, unasked(err, opLookup)
	}
	q := c.question(a)
	read, err := c.GetReservation(ctx, a.OrderID, &GetReservationParams{TraceID: q.trace, proof: true})
	if err != nil {
		return payment.Payment{}, inconclusive(err)
	}
	q.requestID = read.RequestID
	if read.Reservation.doubt {
		return payment.Payment{}, q.noProof(errDoubtful.Error())
	}
	if pay, err, found := q.documents(read); found {
		return pay, err
	}
	if read.Reservation.ambiguous {
		return payment.Payment{}, q.noProof(errAmbiguous.Error())
	}
	if err := c.prove(ctx, q); err != nil {
		return payment.Payment{}, err
	}
	none := &payment.Error{
		Provider: provider, Op: opLookup, Outcome: payment.Refused, Kind: payment.ErrNoPayment, RequestID: q.requestID,
	}
	if q.discarding {
		none.Code = codeDiscarded + q.bench.ID
	}
	return payment.Payment{}, none
}

const (
	opLookup = "Lookup"
	// codeDiscarded begins the code of an answer whose proof is used up: the workbench was open, had the attempt's
	// payments, and is discarded. Its id follows, since the proof says nothing about another one. With ErrNoPayment the proof
	// was complete, with ErrInconclusive the reservation could not be read after the discard. A journal keeps either in the
	// attempt's Failures, and Lookup reads the reservation again before it relies on it.
	codeDiscarded = "WORKBENCH_DISCARDED "
)

// question is what an attempt's marks say.
type question struct {
	attempt    payment.Attempt
	committing bool // a commit mark is there
	discarding bool // this Lookup has discarded the workbench after it, and proves that nothing was committed
	began      bool
	bench      *Workbench // of the last commit mark, else of the last mark that names one; nil when it is not known
	before     []string   // the workbenches that earlier commit marks name
	trace      string
	plan       plan
	planned    bool
	queued     []queuedPayment
	over       time.Time // when Pay cannot be running any more; zero when that is not known
	requestID  string
}

func (c *Client) question(a payment.Attempt) *question {
	q := &question{attempt: a}
	var last time.Time
	for _, m := range a.Marks {
		switch m.Step {
		case markBegin:
			q.began = true
		case markCommit:
			if q.committing {
				q.before = append(q.before, q.workbench())
			}
			q.committing, q.bench, q.plan, q.queued = true, nil, plan{}, nil
			q.planned = json.Unmarshal([]byte(m.Ref[refPlan]), &q.plan) == nil && len(q.plan.Offers) > 0
			_ = json.Unmarshal([]byte(m.Ref[refPayments]), &q.queued) // none: no payment is recognised, nothing is proven
		case markWorkbench:
		default:
			continue
		}
		if id := m.Ref[refWorkbench]; id != "" && (m.Step == markCommit || !q.committing) {
			q.trace = m.Ref[refTrace]
			q.bench = c.Workbench(id, q.trace)
		}
		if m.At.After(last) {
			last = m.At
		}
	}
	if last.IsZero() {
		last = a.SentAt
	}
	if !last.IsZero() {
		q.over = last.Add(c.Timing().LongestCall)
	}
	return q
}

// workbench is the id of the workbench asked about, "" when it is not known.
func (q *question) workbench() string {
	if q.bench == nil {
		return ""
	}
	return q.bench.ID
}

// discarded reports whether an earlier Lookup has discarded the workbench after its commit mark, and proved by that that
// nothing was committed.
func (q *question) discarded(workbench string) bool {
	return slices.ContainsFunc(q.attempt.Failures, func(f payment.Failure) bool {
		return f.Op == opLookup && workbench != "" && f.Code == codeDiscarded+workbench
	})
}

// documents answers by the documents of the reservation, if there are any.
func (q *question) documents(read ReservationResponse) (payment.Payment, error, bool) {
	r, by := read.Reservation, payment.MatchedByDocuments
	if !q.committing {
		by = payment.MatchedByOrder
	}
	if !q.planned {
		b, err := resolve(partsOf(q.attempt), r)
		if err != nil || len(b.plan.Offers) == 0 {
			if standing(r) == "" {
				return payment.Payment{}, nil, false
			}
			return payment.Payment{}, q.noProof("the reservation has documents that cannot be tied to the attempt"), true
		}
		q.plan = b.plan
	}
	f := q.plan.judge(r, q.attempt.Amount)
	switch {
	case !f.empty():
		pay, err := f.payment(q.attempt, read, by)
		if len(q.queued) == 1 {
			pay.ID = q.queued[0].ID
		}
		var e *payment.Error
		if errors.As(err, &e) {
			e.Op = opLookup
		}
		return pay, err, true
	case f.dead > 0 && q.committing:
		return payment.Payment{
			Provider: provider, OrderID: q.attempt.OrderID, Status: payment.Reversed, MatchedBy: by,
			Reason: "the documents were voided, refunded or exchanged", RequestID: q.requestID, Raw: *r,
		}, nil, true
	case standing(r) != "":
		return payment.Payment{}, q.noProof("the reservation has documents of other offers"), true
	}
	return payment.Payment{}, nil, false
}

// prove returns nil when nothing was taken and nothing will be.
func (c *Client) prove(ctx context.Context, q *question) error {
	if !q.began {
		return q.noProof("no documents, and no journal says how far the payment came")
	}
	for _, id := range q.before {
		if id != q.workbench() && !q.discarded(id) {
			return q.noProof("the attempt has an earlier commit, of workbench " + strconv.Quote(id) + ", that is not disproven")
		}
	}
	if q.bench == nil && q.committing {
		return q.noProof("the commit's mark names no workbench")
	}
	if q.bench == nil {
		if q.over.IsZero() || c.now().Before(q.over.Add(workbenchLife)) {
			return q.noProof("a workbench that is not known may still be open")
		}
		return nil
	}
	bench, err := q.bench.retrieve(ctx, true)
	switch {
	case errors.Is(err, ErrWorkbenchGone) && (q.over.IsZero() || c.now().Before(q.over)):
		return q.noProof("the workbench is closed, and a commit may have just been sent")
	case errors.Is(err, ErrWorkbenchGone) && (!q.committing || q.discarded(q.bench.ID)):
		return c.stillNothing(ctx, q)
	case errors.Is(err, ErrWorkbenchGone):
		return q.noProof("the workbench is closed and no documents are there: the commit may have closed it")
	case err != nil:
		return inconclusive(err)
	case bench.Reservation.ambiguous:
		return q.noProof(errAmbiguous.Error())
	case q.committing && !q.holds(bench.Reservation):
		return q.noProof("the workbench is open and does not show the attempt's payments")
	case q.over.IsZero() || c.now().Before(q.over):
		return q.noProof("the workbench is open and the payment may still be on its way")
	}
	// Only a discard that Travelport confirms tells an open workbench from one that the commit has just closed.
	if err := q.bench.Discard(ctx); err != nil && (q.committing || !errors.Is(err, ErrWorkbenchGone)) {
		return inconclusive(err)
	}
	q.discarding = q.committing
	return c.stillNothing(ctx, q)
}

// stillNothing reads the reservation once more after the discard: a commit may have been faster.
func (c *Client) stillNothing(ctx context.Context, q *question) error {
	read, err := c.GetReservation(ctx, q.attempt.OrderID, &GetReservationParams{TraceID: q.trace, proof: true})
	switch {
	case err != nil:
		return q.unread(inconclusive(err))
	case standing(read.Reservation) != "":
		return q.noProof("documents appeared while the workbench was discarded: ask again")
	case read.Reservation.doubt:
		return q.unread(q.noProof(errDoubtful.Error()))
	case read.Reservation.ambiguous:
		return q.unread(q.noProof(errAmbiguous.Error()))
	}
	return nil
}

// unread is a reservation that could not be read after the discard. The discard cannot be had a second time, so that a later
// Lookup is told of it, which reads the reservation anew. Where documents were seen a later one is told nothing: then the
// discard was confirmed and has kept nothing from being issued.
func (q *question) unread(err error) error {
	if !q.discarding {
		return err
	}
	return &payment.Error{
		Provider: provider, Op: opLookup, Kind: payment.ErrInconclusive, Code: codeDiscarded + q.bench.ID, RequestID: q.requestID,
		Message: "the workbench is discarded, and the reservation could not be read after that: ask again", Err: err,
	}
}

// holds reports whether all of the attempt's payments are in the workbench.
func (q *question) holds(r *Reservation) bool {
	if r.doubt || len(q.queued) == 0 || len(r.Payment) != len(q.queued) {
		return false
	}
	for _, p := range r.Payment {
		id := p.Identifier.value()
		if !slices.ContainsFunc(q.queued, func(x queuedPayment) bool { return id != "" && (id == x.ID || id == x.Sent) }) {
			return false
		}
	}
	return true
}

func (q *question) noProof(why string) error {
	if q.bench != nil {
		why += "; workbench " + q.bench.ID
	}
	return &payment.Error{
		Provider: provider, Op: opLookup, Kind: payment.ErrInconclusive, Message: why, RequestID: q.requestID,
	}
}

// inconclusive adds to the error of a read, or of the discard, that Travelport did answer, but not with what it was asked
// for. Its outcome is Unknown, whatever failed.
func inconclusive(err error) error {
	var e *payment.Error
	if !errors.As(err, &e) {
		return ours(err, opLookup)
	}
	if e.Outcome == payment.Unknown {
		unusable := e.Status >= 200 && e.Status < 300 // a success without what was asked for
		switch e.Status {
		case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound:
		default:
			if !unusable && !errors.Is(err, ErrWorkbenchGone) {
				return err
			}
		}
	}
	return &payment.Error{Provider: provider, Op: opLookup, Kind: payment.ErrInconclusive, Err: err}
}
