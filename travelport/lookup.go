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

// Lookup asks Travelport what became of an attempt. Documents of the reservation come first: all
// that the payment issues are Succeeded, some are Partial. They are matched by what the attempt
// expected. MatchedBy is MatchedByOrder when the attempt has no commit mark, or when the reservation
// names payments and none of the attempt's: another attempt may have issued the documents. The
// payment's ID is set only when the reservation names it.
//
// ErrNoPayment needs the marks that Pay leaves in a journal. Where no commit was sent, which is where the commit's mark is
// missing or is taken back by the mark "commit-unsent": the workbench is closed, or it was never known and would have
// expired. Where a commit may have been sent: the workbench is still open with the attempt's payments in it, Lookup has
// discarded it, so that no commit that is still on its way can do anything, and the reservation shows no documents after
// that. An attempt with Incomplete may have lost the commit's mark, and is treated like one that has the mark. Lookup
// discards only when Pay cannot be running any more, and that is the one thing that it changes: no money moves.
//
// A workbench that a commit may have closed proves nothing, unless the attempt has the mark "discarded" of that very workbench.
// Lookup records that mark with [payment.RecordMark] when Travelport has confirmed its discard, since the discard cannot be
// had a second time. Before the discard it records the mark "discard", which proves nothing: should the journal not take
// that mark, nothing is discarded and the answer is ErrInconclusive.
//
// An attempt is for one Pay. Should it have commit marks of several workbenches all the same, the last is asked about, and
// each of the others needs a mark that it did nothing.
func (c *Client) Lookup(ctx context.Context, a payment.Attempt) (payment.Payment, error) {
	ctx = payment.WithKey(ctx, a.Key)
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
	return payment.Payment{}, &payment.Error{
		Provider: provider, Op: opLookup, Outcome: payment.Refused, Kind: payment.ErrNoPayment, RequestID: q.requestID,
	}
}

const opLookup = "Lookup"

// question is what an attempt's marks say.
type question struct {
	attempt    payment.Attempt
	committing bool // a commit mark is there, and no mark that the commit was not sent
	unsent     bool // the mark is there that the commit was not sent
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
	if q.unsent = q.marked(markUnsent, q.workbench()); q.unsent {
		q.committing, q.queued = false, nil // documents that are there are another's
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

// marked reports whether the attempt has the mark of that step for the workbench.
func (q *question) marked(step, workbench string) bool {
	return workbench != "" && slices.ContainsFunc(q.attempt.Marks, func(m payment.Mark) bool {
		return m.Step == step && m.Ref[refWorkbench] == workbench
	})
}

// sent reports whether a commit may have been sent. Where marks may be missing, the commit's may be.
func (q *question) sent() bool { return q.committing || q.attempt.Incomplete && !q.unsent }

// documents answers by the documents of the reservation, if there are any.
func (q *question) documents(read ReservationResponse) (payment.Payment, error, bool) {
	r, by := read.Reservation, payment.MatchedByDocuments
	ours := slices.ContainsFunc(r.Payment, q.queuedIt)
	others := slices.ContainsFunc(r.Payment, func(p Payment) bool { return p.Identifier.value() != "" })
	if !q.committing || others && !ours {
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
		if ours && len(q.queued) == 1 {
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
		if id != q.workbench() && !q.marked(markDiscarded, id) && !q.marked(markUnsent, id) {
			return q.noProof("the attempt has an earlier commit, of workbench " + strconv.Quote(id) + ", that is not disproven")
		}
	}
	if q.bench == nil && q.sent() {
		return q.noProof("a commit may have been sent, of a workbench that is not known")
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
	case errors.Is(err, ErrWorkbenchGone) && (!q.sent() || q.marked(markDiscarded, q.bench.ID)):
		_, err := c.stillNothing(ctx, q)
		return err
	case errors.Is(err, ErrWorkbenchGone):
		return q.noProof("the workbench is closed and no documents are there: the commit may have closed it")
	case err != nil:
		return inconclusive(err)
	case bench.Reservation.ambiguous:
		return q.noProof(errAmbiguous.Error())
	case q.sent() && !q.holds(bench.Reservation):
		return q.noProof("the workbench is open and does not show the attempt's payments")
	case q.over.IsZero() || c.now().Before(q.over):
		return q.noProof("the workbench is open and the payment may still be on its way")
	case q.sent():
		return c.disprove(ctx, q)
	}
	if err := q.bench.Discard(ctx); err != nil && !errors.Is(err, ErrWorkbenchGone) {
		return inconclusive(err)
	}
	_, err = c.stillNothing(ctx, q)
	return err
}

// disprove discards an open workbench of which a commit may have been sent. Only a discard that Travelport confirms tells an
// open workbench from one that the commit has just closed. That word can be had once, and the journal cannot believe yet what
// follows from it. Therefore the journal is asked first whether it can record anything, and nothing here ends with the
// caller's context.
//
// The discard is recorded as confirmed only after the read: documents that are there then were issued in spite of it.
func (c *Client) disprove(ctx context.Context, q *question) error {
	ctx = context.WithoutCancel(ctx)
	if err := c.record(ctx, q, markDiscard); err != nil {
		return q.unrecorded("the discard of the workbench could not be recorded and was not sent", err)
	}
	limited, cancel := context.WithTimeout(ctx, c.aftermath())
	defer cancel()
	if err := q.bench.Discard(limited); err != nil {
		return inconclusive(err)
	}
	issued, err := c.stillNothing(limited, q)
	if issued {
		return err
	}
	if markErr := c.record(ctx, q, markDiscarded); markErr != nil {
		return q.unrecorded("the workbench is discarded, and this could not be recorded", errors.Join(err, markErr))
	}
	return err
}

// record records a step about the workbench.
func (c *Client) record(ctx context.Context, q *question, step string) error {
	ctx, cancel := context.WithTimeout(ctx, c.aftermath())
	defer cancel()
	return payment.RecordMark(ctx, payment.Mark{Step: step, Ref: map[string]string{refWorkbench: q.bench.ID}})
}

func (q *question) unrecorded(what string, err error) error {
	return &payment.Error{
		Provider: provider, Op: opLookup, Kind: payment.ErrInconclusive, RequestID: q.requestID,
		Message: what + "; workbench " + q.bench.ID, Err: err,
	}
}

// stillNothing reads the reservation once more after the workbench was closed: a commit may have been faster. It returns nil
// when there are no documents, and issued when there are some.
func (c *Client) stillNothing(ctx context.Context, q *question) (issued bool, err error) {
	read, err := c.GetReservation(ctx, q.attempt.OrderID, &GetReservationParams{TraceID: q.trace, proof: true})
	switch {
	case err != nil:
		return false, inconclusive(err)
	case standing(read.Reservation) != "":
		return true, q.noProof("documents appeared while the workbench was closed: ask again")
	case read.Reservation.doubt:
		return false, q.noProof(errDoubtful.Error())
	case read.Reservation.ambiguous:
		return false, q.noProof(errAmbiguous.Error())
	}
	return false, nil
}

// holds reports whether all of the attempt's payments are in the workbench, and nothing else. Their identifiers are in the
// commit's mark; where that mark may be lost, number and amount tell, since the workbench is the attempt's own.
func (q *question) holds(r *Reservation) bool {
	switch {
	case r.doubt:
		return false
	case !q.committing:
		sum, err := addUp(r.Payment)
		return err == nil && len(r.Payment) == len(partsOf(q.attempt)) && sum.Equal(q.attempt.Amount)
	case len(q.queued) == 0 || len(r.Payment) != len(q.queued):
		return false
	}
	return !slices.ContainsFunc(r.Payment, func(p Payment) bool { return !q.queuedIt(p) })
}

// queuedIt reports whether the attempt queued the payment, by its identifier.
func (q *question) queuedIt(p Payment) bool {
	id := p.Identifier.value()
	return slices.ContainsFunc(q.queued, func(x queuedPayment) bool { return id != "" && (id == x.ID || id == x.Sent) })
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
