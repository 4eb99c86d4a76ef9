package once

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

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

// TestMergeReopened: a row that was settled as not taken remembers it, and is a conflict when its money turns up after all.
func TestMergeReopened(t *testing.T) {
	p := &Payer{payer: &fakePayer{}}
	own := found(payment.Pending)
	own.pay.MatchedBy = payment.MatchedByMarker
	for _, settled := range []State{Released, Failed} {
		for name, reopen := range map[string]func(Row) verdict{
			"late unknown":   func(Row) verdict { return p.answered(opPay, "n", payment.Payment{}, fails(payment.Unknown, nil).err) },
			"late pending":   func(Row) verdict { return p.answered(opPay, "n", with(payment.Pending).pay, nil) },
			"lookup pending": func(r Row) verdict { return p.lookedUp(opLookup, r, own.pay, nil) },
		} {
			row := Row{State: settled, Evidence: EvidenceNotTaken, Nonce: "n", Attempt: payment.Attempt{Marks: []payment.Mark{{Step: "commit"}}}}
			open, _ := merge(row, reopen(row))
			if open.Evidence != EvidenceUnknown || len(open.Attempt.Marks) != 2 || !open.Attempt.Marks[1].At.IsZero() {
				t.Errorf("%s on %s: %s with marks %+v", name, settled, open.State, open.Attempt.Marks)
			}
			again, _ := merge(open, p.lookedUp(opLookup, open, noPayment().pay, noPayment().err))
			for _, r := range []Row{open, again} {
				r, _ = merge(r, reopen(r)) // once more
				taken, _ := merge(r, p.lookedUp(opLookup, r, found(payment.Succeeded).pay, nil))
				if taken.State != Conflict || taken.Evidence != EvidenceTaken || len(taken.Attempt.Marks) != 2 {
					t.Errorf("%s on %s, then paid: %s with marks %+v", name, settled, taken.State, taken.Attempt.Marks)
				}
			}
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

// TestMergeHalfProof: of a Lookup that proves nothing the row keeps the payer's own code, once, and settles nothing by it. It
// keeps no failure of a question: payers judge the payment by those that are kept.
func TestMergeHalfProof(t *testing.T) {
	p := &Payer{payer: &fakePayer{}}
	const code = "USED_UP"
	own := func(e payment.Error) error {
		e.Provider, e.Op, e.Code, e.RequestID = "fake", "Lookup", code, "req_1"
		return &e
	}
	kept := []payment.Failure{{Op: "Lookup", Code: code, RequestID: "req_1"}}
	broken := &payment.Error{Op: "GET /x", Status: 500, Code: "down", Kind: payment.ErrUnavailable}
	locked := &payment.Error{Op: "Lookup", Status: 423, Code: "locked", Err: broken}
	row := func(s State, e Evidence) Row { return Row{State: s, Evidence: e, Nonce: "n", Why: whyLookup} }
	unknown := row(Unknown, EvidenceUnknown)
	told := row(Unknown, EvidenceUnknown)
	told.Attempt.Failures = []payment.Failure{{Outcome: payment.Refused, Op: "Lookup", Code: code, RequestID: "req_0"}}
	older := row(Unknown, EvidenceUnknown)
	older.Nonce = "older"
	for name, c := range map[string]struct {
		row  Row
		err  error
		want []payment.Failure
	}{
		"own code":                 {unknown, own(payment.Error{Kind: payment.ErrInconclusive}), kept},
		"wrapped":                  {unknown, fmt.Errorf("asked: %w", own(payment.Error{Kind: payment.ErrInconclusive})), kept},
		"and a cause":              {unknown, own(payment.Error{Kind: payment.ErrInconclusive, Err: locked}), kept},
		"on an open row":           {row(Open, EvidenceUnknown), own(payment.Error{Kind: payment.ErrInconclusive}), kept},
		"kept before":              {told, own(payment.Error{Kind: payment.ErrInconclusive}), nil},
		"no code":                  {unknown, &payment.Error{Op: "Lookup", Kind: payment.ErrInconclusive, Err: locked}, nil},
		"a status":                 {unknown, own(payment.Error{Kind: payment.ErrInconclusive, Status: 404}), nil},
		"another kind":             {unknown, own(payment.Error{Kind: payment.ErrUnavailable}), nil},
		"another kind, inside":     {unknown, own(payment.Error{Kind: payment.ErrUnavailable, Err: payment.ErrInconclusive}), nil},
		"no kind":                  {unknown, own(payment.Error{}), nil},
		"not ours":                 {unknown, payment.ErrInconclusive, nil},
		"nil":                      {unknown, (*payment.Error)(nil), nil},
		"of an older sender":       {older, own(payment.Error{Kind: payment.ErrInconclusive}), nil},
		"on a paid row":            {row(Paid, EvidenceTaken), own(payment.Error{Kind: payment.ErrInconclusive}), nil},
		"on a released row":        {row(Released, EvidenceNotTaken), own(payment.Error{Kind: payment.ErrInconclusive}), nil},
		"on a row that nobody has": {row(Started, EvidenceUnknown), own(payment.Error{Kind: payment.ErrInconclusive}), kept},
	} {
		v := p.lookedUp(opLookup, Row{Nonce: "n", Now: time.Now()}, payment.Payment{}, c.err)
		after, changed := merge(c.row, v)
		if diff := cmp.Diff(c.want, after.Attempt.Failures[len(c.row.Attempt.Failures):], cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: kept (-want +got):\n%s", name, diff)
		}
		state := c.row.State
		if state == Started {
			state = Unknown
		}
		if after.State != state || after.Evidence != c.row.Evidence || changed != (len(c.want) > 0 || state != c.row.State) {
			t.Errorf("%s: %s, %s, changed %v", name, after.State, after.Evidence, changed)
		}
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
