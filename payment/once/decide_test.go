package once

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/payment"
)

func resolve(t *testing.T, p *Payer, d Decision, options ...ResolveOption) {
	t.Helper()
	if err := p.Resolve(t.Context(), "k1", d, "ann", "ticket 1", options...); err != nil {
		t.Fatal(err)
	}
}

func TestDecisionTooEarly(t *testing.T) {
	r := stand(t, Unknown)
	err := r.payer.Resolve(t.Context(), "k1", DecideNotTaken, "ann", "support sees nothing")
	var early *TooEarlyError
	if !errors.Is(err, payment.ErrTooEarly) || !errors.As(err, &early) || !early.Until.Equal(r.rows("k1")[0].QuietEnd) {
		t.Fatalf("%v", err)
	}
	if r.states("k1")[0] != Unknown || len(r.events) != 2 {
		t.Errorf("states %v, events %+v", r.states("k1"), r.events)
	}
	if err := r.payer.Resolve(t.Context(), "k1", DecideNotTaken, "ann", "note", Early("")); !errors.Is(err, payment.ErrInvalidRequest) {
		t.Errorf("without a reason: %v", err)
	}
	resolve(t, r.payer, DecideNotTaken, Early("the supplier has cancelled the order"))
	row := r.rows("k1")[0]
	if row.State != Released || !strings.Contains(row.Note, "the supplier has cancelled the order") {
		t.Errorf("row %s, note %q", row.State, row.Note)
	}
}

// TestWatched: money that turns up for a row that a person has released is found although nobody pays again.
func TestWatched(t *testing.T) {
	r := stand(t, Unknown)
	r.advance(pastQuiet)
	resolve(t, r.payer, DecideNotTaken)
	var watched []string
	for row, err := range r.payer.Watched(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		watched = append(watched, row.Attempt.Key)
	}
	if diff := cmp.Diff([]string{"k1"}, watched); diff != "" {
		t.Errorf("watched (-want +got):\n%s", diff)
	}
	pay, err := r.payer.Lookup(t.Context(), payment.Attempt{Key: "k1"})
	wants(t, "nothing found", pay, err, "", payment.Refused, payment.ErrNoPayment)
	if action := payment.Next(pay, err).Action; action != payment.NextRetry {
		t.Errorf("next %s", action)
	}
	r.advance(24 * time.Hour)
	r.fake.lookup = found(payment.Succeeded).forLookup
	report, err := r.another().Reconcile(t.Context())
	if err != nil || len(report.Left) != 1 || report.Left[0].State != Conflict || !errors.Is(report.Left[0].Err, payment.ErrDoublePaymentRisk) {
		t.Errorf("report %+v, %v", report, err)
	}
	if last := r.events[len(r.events)-1]; last.From != Released || last.To != Conflict || last.Payment == nil {
		t.Errorf("event %+v", last)
	}
	if err := r.payer.Resolve(t.Context(), "k1", DecideNotTaken, "ann", "no"); !errors.Is(err, payment.ErrInvalidRequest) {
		t.Errorf("what the provider has shown was taken back: %v", err)
	}
	resolve(t, r.payer, DecidePaid)
	if row := r.rows("k1")[0]; row.State != Paid || row.Asserted || row.Payment.MatchedBy != payment.MatchedByOrder {
		t.Errorf("row %+v", row)
	}
}

func TestWatchEnds(t *testing.T) {
	r := stand(t, Unknown)
	r.advance(pastQuiet)
	resolve(t, r.payer, DecideNotTaken)
	r.advance(defaultWatch)
	asked := r.fake.looked
	if report, err := r.payer.Reconcile(t.Context()); err != nil || r.fake.looked != asked {
		t.Errorf("report %+v, %v, looked %d times", report, err, r.fake.looked-asked)
	}
}

// TestAskedBeforeTheNext: before the next attempt of a key that a person has released is sent, the provider is asked.
func TestAskedBeforeTheNext(t *testing.T) {
	for name, c := range map[string]struct {
		lookup  answer
		sent    int
		states  []State
		outcome payment.Outcome
	}{
		"no payment":   {noPayment(), 1, []State{Released, Paid}, payment.Accepted},
		"inconclusive": {inconclusive(), 1, []State{Released, Paid}, payment.Accepted},
		"money":        {found(payment.Succeeded), 0, []State{Conflict, Released}, payment.Accepted},
		"pending":      {with(payment.Pending), 0, []State{Open, Released}, payment.Unknown},
		"unreachable":  {fails(payment.Unknown, payment.ErrUnavailable), 0, []State{Released, Released}, payment.NotSent},
	} {
		r := stand(t, Unknown)
		r.advance(pastQuiet)
		resolve(t, r.payer, DecideNotTaken)
		before := r.fake.sent
		r.fake.lookup, r.fake.pay = c.lookup.forLookup, with(payment.Succeeded).forPay
		_, err := r.payer.Pay(t.Context(), modelRequest("k1"))
		if payment.OutcomeOf(err) != c.outcome || r.fake.sent-before != c.sent {
			t.Errorf("%s: sent %d, %v", name, r.fake.sent-before, err)
		}
		if diff := cmp.Diff(c.states, r.states("k1")); diff != "" {
			t.Errorf("%s: states (-want +got):\n%s", name, diff)
		}
	}
}

func TestAsserted(t *testing.T) {
	r := stand(t, Unknown)
	resolve(t, r.payer, DecidePaid)
	resolve(t, r.payer, DecidePaid) // the same word twice
	pay, err := r.payer.Pay(t.Context(), modelRequest("k1"))
	wants(t, "pay", pay, err, payment.Succeeded, payment.Accepted, nil)
	if pay.MatchedBy != payment.MatchedByPerson || len(r.events) != 3 {
		t.Errorf("payment %+v, events %+v", pay, r.events)
	}

	// Taken back too early for "not taken": nobody knows any more.
	err = r.payer.Resolve(t.Context(), "k1", DecideNotTaken, "bob", "wrong window")
	if row := r.rows("k1")[0]; !errors.Is(err, payment.ErrTooEarly) || row.State != Unknown || row.Payment != nil || row.By != "bob" {
		t.Fatalf("%v, row %+v", err, row)
	}
	resolve(t, r.payer, DecidePaid)
	r.advance(pastQuiet)
	resolve(t, r.payer, DecideNotTaken)
	if row := r.rows("k1")[0]; row.State != Released || row.Payment != nil || row.Asserted {
		t.Fatalf("row %+v", row)
	}
}

func TestAssertedAndConfirmed(t *testing.T) {
	r := stand(t, Unknown)
	resolve(t, r.payer, DecidePaid)
	r.advance(24 * time.Hour)
	r.fake.lookup = noPayment().forLookup
	_, _ = r.payer.Reconcile(t.Context())
	if row := r.rows("k1")[0]; row.State != Paid || !row.Asserted || row.Asks != 1 {
		t.Errorf("a person's word gave way: %+v", row)
	}
	r.advance(24 * time.Hour)
	r.fake.lookup = found(payment.Succeeded).forLookup
	_, _ = r.payer.Reconcile(t.Context())
	row := r.rows("k1")[0]
	if row.State != Paid || row.Asserted || !row.WatchUntil.IsZero() || row.Payment.MatchedBy != payment.MatchedByOrder {
		t.Errorf("row %+v", row)
	}
	for _, take := range []func() error{
		func() error { return r.payer.Resolve(t.Context(), "k1", DecideNotTaken, "ann", "no") },
		func() error { return r.payer.Revoke(t.Context(), "k1", "ann", "no") },
	} {
		if err := take(); !errors.Is(err, payment.ErrInvalidRequest) {
			t.Errorf("%v", err)
		}
	}
	events, err := r.payer.History(t.Context(), "k1")
	if err != nil || len(events) != 4 || events[3].From != Paid || events[3].To != Paid || events[3].Why != whyLookup {
		t.Errorf("events %+v, %v", events, err)
	}
}

func TestRevoke(t *testing.T) {
	r := stand(t, Unknown)
	if err := r.payer.Revoke(t.Context(), "k1", "ann", "note"); !errors.Is(err, payment.ErrInvalidRequest) {
		t.Errorf("no decision: %v", err)
	}
	r.advance(pastQuiet)
	resolve(t, r.payer, DecideNotTaken)
	if err := r.payer.Revoke(t.Context(), "k1", "bob", "support was wrong"); err != nil {
		t.Fatal(err)
	}
	row := r.rows("k1")[0]
	if row.State != Unknown || row.By != "bob" || row.standing() != reopened {
		t.Errorf("row %+v", row)
	}
	if last := r.events[len(r.events)-1]; last.Why != whyRevoke || last.By != "bob" || last.Note != "support was wrong" {
		t.Errorf("event %+v", last)
	}
}

func TestFourEyes(t *testing.T) {
	r := stand(t, Unknown)
	r.payer = r.another(WithFourEyes())
	r.advance(pastQuiet)
	ctx := t.Context()
	if err := r.payer.Resolve(ctx, "k1", DecideNotTaken, "ann", "note"); !errors.Is(err, ErrFourEyes) {
		t.Fatal(err)
	}
	if err := r.payer.Confirm(ctx, "k1", "bob"); !errors.Is(err, payment.ErrInvalidRequest) {
		t.Errorf("nothing proposed: %v", err)
	}
	if err := r.payer.Propose(ctx, "k1", DecideNotTaken, "ann", "support sees nothing"); err != nil {
		t.Fatal(err)
	}
	if row := r.rows("k1")[0]; row.State != Unknown || row.Proposal == nil || row.Proposal.By != "ann" {
		t.Fatalf("row %+v", row)
	}
	for _, same := range []string{"ann", "Ann", "ANN"} {
		if err := r.payer.Confirm(ctx, "k1", same); !errors.Is(err, ErrFourEyes) {
			t.Errorf("%s: %v", same, err)
		}
	}
	if err := r.payer.Confirm(ctx, "k1", "bob"); err != nil {
		t.Fatal(err)
	}
	row := r.rows("k1")[0]
	if row.State != Released || row.Proposal != nil || row.By != "ann, confirmed by bob" {
		t.Errorf("row %+v", row)
	}
	var whys []string
	events, err := r.payer.History(ctx, "k1")
	for _, e := range events {
		whys = append(whys, e.Why+" "+e.By)
	}
	if diff := cmp.Diff([]string{whyPropose + " ann", whyResolve + " ann, confirmed by bob"}, whys[2:]); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// TestProposalOfAMovedRow: a proposal is about the row as it was.
func TestProposalOfAMovedRow(t *testing.T) {
	r := stand(t, Unknown)
	r.advance(pastQuiet)
	if err := r.payer.Propose(t.Context(), "k1", DecideNotTaken, "ann", "note"); err != nil {
		t.Fatal(err)
	}
	r.fake.lookup = with(payment.Pending).forLookup
	_, _ = r.payer.Lookup(t.Context(), payment.Attempt{Key: "k1"})
	if err := r.payer.Confirm(t.Context(), "k1", "bob"); !errors.Is(err, payment.ErrInvalidRequest) {
		t.Errorf("%v", err)
	}
}

func TestNotes(t *testing.T) {
	r := stand(t, Unknown)
	for name, note := range map[string]string{"NUL": "copied\x00note", "not UTF-8": "a\xff", "long": strings.Repeat("a", maxNote+1), "escape": "\x1b[2J"} {
		var e *payment.Error
		if err := r.payer.Resolve(t.Context(), "k1", DecidePaid, "ann", note); !errors.As(err, &e) || e.Field != "note" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := r.payer.Resolve(t.Context(), "k1", DecidePaid, "ann", "two\nlines"); err != nil {
		t.Error(err)
	}
}

func TestAuditExport(t *testing.T) {
	r := stand(t, Unknown)
	r.advance(pastQuiet)
	resolve(t, r.payer, DecideNotTaken)
	var first, second bytes.Buffer
	mark, err := r.payer.ExportAudit(t.Context(), &first, AuditMark{})
	if err != nil {
		t.Fatal(err)
	}
	r.fake.pay = with(payment.Succeeded).forPay
	_, _ = r.payer.Pay(t.Context(), modelRequest("k1"))
	end, err := r.payer.ExportAudit(t.Context(), &second, mark)
	if err != nil || end.Seq <= mark.Seq {
		t.Fatalf("%v, %+v after %+v", err, end, mark)
	}
	all := first.String() + second.String()
	for name, c := range map[string]struct {
		text string
		from AuditMark
		ok   bool
	}{
		"whole":         {all, AuditMark{}, true},
		"goes on":       {second.String(), mark, true},
		"wrong mark":    {second.String(), AuditMark{}, false},
		"changed":       {strings.Replace(all, "ticket 1", "ticket 2", 1), AuditMark{}, false},
		"a line less":   {strings.Join(append(strings.SplitAfter(all, "\n")[:1], strings.SplitAfter(all, "\n")[2:]...), ""), AuditMark{}, false},
		"a line more":   {all + strings.SplitAfter(all, "\n")[0], AuditMark{}, false},
		"no JSON":       {all + "x\n", AuditMark{}, false},
		"cut in a line": {all[:len(all)-9], AuditMark{}, false},
	} {
		got, err := VerifyAudit(strings.NewReader(c.text), c.from)
		if c.ok != (err == nil) || !c.ok && !errors.Is(err, ErrAuditBroken) || c.ok && got != end {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	if got, err := VerifyAudit(&first, AuditMark{}); err != nil || got != mark {
		t.Errorf("cut at the end is seen by the mark: %+v, %v", got, err)
	}
}

// TestEventsGoOn: a reader who goes on from the last event misses none and sees none twice.
func TestEventsGoOn(t *testing.T) {
	r := newRig(t, with(payment.Succeeded))
	var seen []int64
	for i := range 2 * pageSize {
		_, _ = r.payer.Pay(context.Background(), orderRequest(i))
		if i%60 != 0 {
			continue
		}
		last := int64(0)
		if len(seen) > 0 {
			last = seen[len(seen)-1]
		}
		for e, err := range r.payer.Events(t.Context(), last) {
			if err != nil {
				t.Fatal(err)
			}
			seen = append(seen, e.Seq)
		}
	}
	for i, seq := range seen {
		if seq != int64(i)+1 {
			t.Fatalf("event %d has number %d", i, seq)
		}
	}
}
