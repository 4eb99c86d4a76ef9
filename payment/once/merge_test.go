package once

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/payment"
)

// TestMerge: a row in each state, and each answer that may come late for it.
func TestMerge(t *testing.T) {
	quiet := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	p := &Payer{payer: &fakePayer{}}
	row := func(s State) Row {
		return Row{State: s, Evidence: map[State]Evidence{
			Paid: EvidenceTaken, Partial: EvidenceTaken, Reversed: EvidenceTaken, Conflict: EvidenceTaken,
			Failed: EvidenceNotTaken, Released: EvidenceNotTaken,
		}[s], Nonce: "n", QuietEnd: quiet, Why: whyLookup}
	}
	late := func(a answer) func(Row) verdict {
		return func(Row) verdict { return p.answered(opPay, "n", a.pay, a.err) }
	}
	older := func(a answer) func(Row) verdict {
		return func(Row) verdict { return p.answered(opPay, "older", a.pay, a.err) }
	}
	lookup := func(a answer, since time.Duration) func(Row) verdict {
		return func(r Row) verdict {
			r.Now = quiet.Add(since)
			return p.lookedUp(opLookup, r, a.pay, a.err)
		}
	}
	ownFailed := found(payment.Failed)
	ownFailed.pay.MatchedBy = payment.MatchedByID
	ownPending := found(payment.Pending)
	ownPending.pay.MatchedBy = payment.MatchedByMarker
	states := []State{Started, Unknown, Open, Paid, Partial, Reversed, Failed, Released, Conflict}
	for name, c := range map[string]struct {
		verdict func(Row) verdict
		want    []State // in the order of states
	}{
		"late paid":             {late(with(payment.Succeeded)), []State{Paid, Paid, Paid, Paid, Paid, Reversed, Conflict, Conflict, Conflict}},
		"late paid, older call": {older(with(payment.Succeeded)), []State{Paid, Paid, Paid, Paid, Paid, Reversed, Conflict, Conflict, Conflict}},
		"late partial":          {late(with(payment.Partial)), []State{Partial, Partial, Partial, Paid, Partial, Reversed, Conflict, Conflict, Conflict}},
		"late reversed":         {late(with(payment.Reversed)), []State{Reversed, Reversed, Reversed, Reversed, Reversed, Reversed, Conflict, Conflict, Conflict}},
		"late pending":          {late(with(payment.Pending)), []State{Open, Open, Open, Paid, Partial, Reversed, Open, Open, Conflict}},
		"late unknown":          {late(fails(payment.Unknown, nil)), []State{Unknown, Unknown, Open, Paid, Partial, Reversed, Unknown, Unknown, Conflict}},
		"unknown, older call":   {older(fails(payment.Unknown, nil)), []State{Started, Unknown, Open, Paid, Partial, Reversed, Unknown, Unknown, Conflict}},
		"late refusal":          {late(fails(payment.Refused, payment.ErrDeclined)), []State{Failed, Failed, Open, Paid, Partial, Reversed, Failed, Failed, Conflict}},
		"refusal, older call":   {older(fails(payment.Refused, payment.ErrDeclined)), []State{Started, Unknown, Open, Paid, Partial, Reversed, Failed, Released, Conflict}},
		"late not sent":         {late(fails(payment.NotSent, nil)), []State{Released, Released, Open, Paid, Partial, Reversed, Failed, Released, Conflict}},
		"not sent, older call":  {older(fails(payment.NotSent, nil)), []State{Started, Unknown, Open, Paid, Partial, Reversed, Failed, Released, Conflict}},
		"lookup paid":           {lookup(found(payment.Succeeded), 0), []State{Paid, Paid, Paid, Paid, Paid, Reversed, Conflict, Conflict, Conflict}},
		"lookup reversed":       {lookup(found(payment.Reversed), 0), []State{Reversed, Reversed, Reversed, Reversed, Reversed, Reversed, Conflict, Conflict, Conflict}},
		"lookup pending":        {lookup(found(payment.Pending), 0), []State{Open, Open, Open, Paid, Partial, Reversed, Failed, Released, Conflict}},
		"lookup own pending":    {lookup(ownPending, 0), []State{Open, Open, Open, Paid, Partial, Reversed, Open, Open, Conflict}},
		"lookup own failed":     {lookup(ownFailed, -time.Hour), []State{Failed, Failed, Failed, Paid, Partial, Reversed, Failed, Released, Conflict}},
		"lookup other's failed": {lookup(found(payment.Failed), time.Hour), []State{Unknown, Unknown, Open, Paid, Partial, Reversed, Failed, Released, Conflict}},
		"no payment, quiet":     {lookup(noPayment(), 0), []State{Released, Released, Released, Paid, Partial, Reversed, Failed, Released, Conflict}},
		"no payment, early":     {lookup(noPayment(), -1), []State{Started, Unknown, Open, Paid, Partial, Reversed, Failed, Released, Conflict}},
		"lookup inconclusive":   {lookup(inconclusive(), time.Hour), []State{Unknown, Unknown, Open, Paid, Partial, Reversed, Failed, Released, Conflict}},
	} {
		var got []State
		for _, s := range states {
			before := row(s)
			after, _ := merge(before, c.verdict(before))
			got = append(got, after.State)
			if before.Evidence.level() > after.Evidence.level() && before.Evidence == EvidenceTaken {
				t.Errorf("%s on %s: evidence fell to %s", name, s, after.Evidence)
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestMergeNewSender: an answer to a question asked before Continue began says nothing about Continue.
func TestMergeNewSender(t *testing.T) {
	p := &Payer{payer: &fakePayer{}}
	before := Row{State: Open, Evidence: EvidenceUnknown, Nonce: "pay"}
	for name, a := range map[string]answer{"no payment": noPayment(), "pending": found(payment.Pending), "inconclusive": inconclusive()} {
		v := p.lookedUp(opLookup, before, a.pay, a.err)
		if after, changed := merge(Row{State: Started, Evidence: EvidenceUnknown, Nonce: "continue"}, v); changed || after.State != Started {
			t.Errorf("%s: changed %v, %s", name, changed, after.State)
		}
	}
}

// TestMergeKeepsProblem: what was wrong with the amount stays wrong when the payment is seen again.
func TestMergeKeepsProblem(t *testing.T) {
	p := &Payer{payer: &fakePayer{}}
	first := p.answered(opPay, "n", with(payment.Partial).pay, fails(payment.Accepted, payment.ErrAmountMismatch).err)
	row, _ := merge(Row{State: Started, Evidence: EvidenceUnknown, Nonce: "n"}, first)
	row, _ = merge(row, p.lookedUp(opLookup, row, found(payment.Succeeded).pay, nil))
	if row.State != Paid || row.Problem == nil || row.Problem.Kinds[0] != "amount_mismatch" {
		t.Errorf("%s, problem %+v", row.State, row.Problem)
	}
}

func TestDecisive(t *testing.T) {
	row := func(n int, s State) Row { return Row{N: n, State: s} }
	for name, c := range map[string]struct {
		rows []Row
		want int
	}{
		"the latest of equals":           {[]Row{row(1, Released), row(2, Released)}, 2},
		"a conflict before all":          {[]Row{row(1, Conflict), row(2, Paid)}, 1},
		"paid before started":            {[]Row{row(1, Paid), row(2, Started)}, 1},
		"started before unknown":         {[]Row{row(1, Unknown), row(2, Started)}, 2},
		"unknown before a later refusal": {[]Row{row(1, Unknown), row(2, Failed)}, 1},
		"a refusal before a release":     {[]Row{row(1, Failed), row(2, Released)}, 1},
	} {
		if got := decisive(c.rows).N; got != c.want {
			t.Errorf("%s: attempt %d", name, got)
		}
	}
}
