package once

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/payment"
)

// stand puts a key into a state by the way that leads there.
func stand(t *testing.T, s State) (r *rig) {
	t.Helper()
	r = newRig(t, answer{})
	switch s {
	case Started: // by a process that is dead
		a, err := r.payer.Prepare(modelRequest("k1"))
		if err != nil {
			t.Fatal(err)
		}
		row := Row{Name: "test", Attempt: a, Provider: "fake", Nonce: "dead", Write: "dead", Owner: "dead"}
		if _, err := r.store.Begin(context.Background(), row, r.payer.terms()); err != nil {
			t.Fatal(err)
		}
		return r
	case Conflict:
		r.fake.pay = func(context.Context, payment.Request) (payment.Payment, error) {
			r.advance(pastQuiet)
			r.fake.lookup = noPayment().forLookup
			if _, err := r.another().Reconcile(context.Background()); err != nil {
				t.Error(err)
			}
			return with(payment.Succeeded).pay, nil // late: taken after all
		}
	default:
		r.fake.pay = map[State]answer{
			Unknown: fails(payment.Unknown, nil), Open: with(payment.ActionRequired), Paid: with(payment.Succeeded), Partial: with(payment.Partial),
			Reversed: with(payment.Reversed), Failed: fails(payment.Refused, payment.ErrDeclined), Released: fails(payment.NotSent, nil),
		}[s].forPay
	}
	_, _ = r.payer.Pay(context.Background(), modelRequest("k1"))
	return r
}

func TestConflict(t *testing.T) {
	r := stand(t, Conflict)
	if diff := cmp.Diff([]State{Conflict}, r.states("k1")); diff != "" {
		t.Fatalf("states (-want +got):\n%s", diff)
	}
	var got []State
	for _, e := range r.events {
		got = append(got, e.From, e.To)
	}
	if diff := cmp.Diff([]State{"", Started, Started, Unknown, Unknown, Released, Released, Conflict}, got); diff != "" {
		t.Errorf("audited (-want +got):\n%s", diff)
	}
	sent := r.fake.sent
	pay, err := r.payer.Pay(t.Context(), modelRequest("k1"))
	wants(t, "pay", pay, err, payment.Succeeded, payment.Accepted, payment.ErrDoublePaymentRisk)
	pay, err = r.payer.Pay(t.Context(), modelRequest("k2"))
	wants(t, "another key", pay, err, "", payment.NotSent, payment.ErrScopeHeld)
	pay, err = r.payer.Lookup(t.Context(), payment.Attempt{Key: "k1"})
	wants(t, "lookup", pay, err, payment.Succeeded, payment.Accepted, payment.ErrDoublePaymentRisk)
	if r.fake.sent != sent {
		t.Error("sent")
	}
	report, err := r.payer.Reconcile(t.Context())
	if err != nil || len(report.Left) != 1 || report.Left[0].State != Conflict || !errors.Is(report.Left[0].Err, payment.ErrDoublePaymentRisk) {
		t.Errorf("report %+v, %v", report, err)
	}
}

func TestConflictAnswer(t *testing.T) {
	r := newRig(t, answer{})
	r.fake.pay = func(context.Context, payment.Request) (payment.Payment, error) {
		r.advance(pastQuiet)
		r.fake.lookup = noPayment().forLookup
		_, err := r.another().Reconcile(context.Background())
		return with(payment.Succeeded).pay, err
	}
	pay, err := r.payer.Pay(t.Context(), modelRequest("k1"))
	wants(t, "the late owner", pay, err, payment.Succeeded, payment.Accepted, payment.ErrDoublePaymentRisk)
}

// TestConflictReopened: attempt 1 is resolved as not taken, attempt 2 pays, and then the owner of attempt 1 wakes up with a
// reset and the provider turns out to have taken that one too.
func TestConflictReopened(t *testing.T) {
	r := newRig(t, answer{})
	r.fake.pay = func(ctx context.Context, _ payment.Request) (payment.Payment, error) {
		r.advance(pastQuiet)
		if err := r.another().Resolve(ctx, "k1", DecideNotTaken, "ann", "support says no"); err != nil {
			t.Error(err)
		}
		r.fake.pay = with(payment.Succeeded).forPay
		pay, err := r.another().Pay(ctx, modelRequest("k1"))
		wants(t, "the second", pay, err, payment.Succeeded, payment.Accepted, nil)
		return payment.Payment{}, fails(payment.Unknown, nil).err
	}
	pay, err := r.payer.Pay(t.Context(), modelRequest("k1"))
	wants(t, "the late owner", pay, err, payment.Succeeded, payment.Accepted, nil) // the key answers with attempt 2
	if diff := cmp.Diff([]State{Unknown, Paid}, r.states("k1")); diff != "" {
		t.Fatalf("states (-want +got):\n%s", diff)
	}
	// The order's own word that it is paid is attempt 2's. Another payment is not.
	r.fake.lookup = found(payment.Succeeded).forLookup
	if report, err := r.payer.Reconcile(t.Context()); err != nil || len(report.Left) != 1 || report.Left[0].State != Unknown {
		t.Errorf("report %+v, %v", report, err)
	}
	other := found(payment.Succeeded)
	other.pay.ID = "pay_9"
	r.advance(longestPause)
	r.fake.lookup = other.forLookup
	if report, err := r.payer.Reconcile(t.Context()); err != nil || len(report.Left) != 1 || !errors.Is(report.Left[0].Err, payment.ErrDoublePaymentRisk) {
		t.Errorf("report %+v, %v", report, err)
	}
	if last := r.events[len(r.events)-1]; last.N != 1 || last.From != Unknown || last.To != Conflict {
		t.Errorf("audited %+v", last)
	}
	pay, err = r.payer.Pay(t.Context(), modelRequest("k1"))
	wants(t, "pay", pay, err, payment.Succeeded, payment.Accepted, payment.ErrDoublePaymentRisk)
}

// payBeside lets another process settle the key by a question of its own and pay it as attempt 2.
func payBeside(t *testing.T, r *rig) {
	t.Helper()
	r.advance(pastQuiet)
	r.fake.lookup, r.fake.pay = noPayment().forLookup, with(payment.Succeeded).forPay
	pay, err := r.another().Pay(context.Background(), modelRequest("k1"))
	wants(t, "the second", pay, err, payment.Succeeded, payment.Accepted, nil)
}

// TestOvertaken: "not taken" that comes after the key's next attempt began is no answer about the key.
func TestOvertaken(t *testing.T) {
	t.Run("refused", func(t *testing.T) {
		r := newRig(t, answer{})
		r.fake.pay = func(context.Context, payment.Request) (payment.Payment, error) {
			payBeside(t, r)
			return payment.Payment{}, fails(payment.Refused, payment.ErrDeclined).err
		}
		pay, err := r.payer.Pay(t.Context(), modelRequest("k1"))
		wants(t, "the late owner", pay, err, payment.Succeeded, payment.Accepted, nil) // the key answers with attempt 2
	})
	t.Run("not sent, after one write", func(t *testing.T) {
		r := newRig(t, answer{})
		r.fake.pay = func(ctx context.Context, _ payment.Request) (payment.Payment, error) {
			r.advance(pastQuiet)
			r.fake.lookup = noPayment().forLookup
			_, err := r.another().Lookup(ctx, payment.Attempt{Key: "k1"}) // releases the row at once, without a lease
			wants(t, "the question", payment.Payment{}, err, "", payment.Refused, payment.ErrNoPayment)
			payBeside(t, r)
			return payment.Payment{}, payment.CheckGate(ctx)
		}
		pay, err := r.payer.Pay(t.Context(), modelRequest("k1"))
		wants(t, "the late owner", pay, err, payment.Succeeded, payment.Accepted, nil) // the key answers with attempt 2
	})
	beside := func(t *testing.T, r *rig) {
		r.advance(pastQuiet)
		r.fake.lookup = func(context.Context, payment.Attempt) (payment.Payment, error) {
			payBeside(t, r)
			return noPayment().pay, noPayment().err
		}
	}
	t.Run("lookup", func(t *testing.T) {
		r := stand(t, Unknown)
		beside(t, r)
		pay, err := r.payer.Lookup(t.Context(), payment.Attempt{Key: "k1"})
		wants(t, "lookup", pay, err, payment.Succeeded, payment.Accepted, nil)
	})
	t.Run("abandon", func(t *testing.T) {
		r := stand(t, Open)
		beside(t, r)
		err := r.payer.Abandon(t.Context(), "k1")
		wants(t, "abandon", payment.Payment{}, err, "", payment.Accepted, payment.ErrAlreadyPaid)
	})
}

// inDoubt is a rig whose key has an attempt 1 that is in doubt again, because its owner answered after it was released,
// and an attempt 2.
func inDoubt(t *testing.T, second answer) *rig {
	t.Helper()
	r := newRig(t, answer{})
	r.fake.pay = func(context.Context, payment.Request) (payment.Payment, error) {
		r.advance(pastQuiet)
		r.fake.lookup, r.fake.pay = noPayment().forLookup, second.forPay
		_, _ = r.another().Pay(context.Background(), modelRequest("k1"))
		r.fake.lookup = inconclusive().forLookup
		return payment.Payment{}, fails(payment.Unknown, nil).err
	}
	_, _ = r.payer.Pay(t.Context(), modelRequest("k1"))
	return r
}

// TestEarlierAttempt: "not taken" of one attempt is no answer about the key while an earlier one is in doubt again.
func TestEarlierAttempt(t *testing.T) {
	ownFailed := with(payment.Failed)
	ownFailed.pay.MatchedBy = payment.MatchedByID
	for name, lookup := range map[string]answer{"no payment": noPayment(), "failed": ownFailed} {
		r := inDoubt(t, fails(payment.Unknown, nil))
		r.advance(pastQuiet)
		r.fake.lookup = lookup.forLookup
		pay, err := r.payer.Lookup(t.Context(), payment.Attempt{Key: "k1"})
		wants(t, "lookup: "+name, pay, err, "", payment.Unknown, payment.ErrInProgress)
	}
	for name, ask := range map[string]func(*Payer) (payment.Payment, error){
		"pay": func(p *Payer) (payment.Payment, error) { return p.Pay(t.Context(), modelRequest("k1")) },
		"continue": func(p *Payer) (payment.Payment, error) {
			return p.Continue(t.Context(), payment.Attempt{Key: "k1"}, nil)
		},
	} {
		r := inDoubt(t, fails(payment.Unknown, nil))
		r.fake.lookup = ownFailed.forLookup
		pay, err := ask(r.payer)
		wants(t, name, pay, err, "", payment.Unknown, payment.ErrInProgress)
		if diff := cmp.Diff([]State{Unknown, Failed}, r.states("k1")); diff != "" {
			t.Errorf("%s: states (-want +got):\n%s", name, diff)
		}
	}

	// The owner of attempt 2 itself is refused after attempt 1 has come back.
	r := newRig(t, answer{})
	second := r.another()
	entered, leave, done := make(chan struct{}), make(chan struct{}), make(chan error)
	r.fake.pay = func(context.Context, payment.Request) (payment.Payment, error) {
		r.advance(pastQuiet)
		r.fake.lookup = noPayment().forLookup
		r.fake.pay = func(context.Context, payment.Request) (payment.Payment, error) {
			close(entered)
			<-leave
			return payment.Payment{}, fails(payment.Refused, payment.ErrDeclined).err
		}
		go func() {
			_, err := second.Pay(context.Background(), modelRequest("k1"))
			done <- err
		}()
		<-entered
		return payment.Payment{}, fails(payment.Unknown, nil).err
	}
	_, _ = r.payer.Pay(t.Context(), modelRequest("k1"))
	close(leave)
	wants(t, "the second owner", payment.Payment{}, <-done, "", payment.Unknown, payment.ErrInProgress)
}

// TestResolveEarlier: an attempt that nobody asks about any more, because a later one has paid, can be settled too.
func TestResolveEarlier(t *testing.T) {
	for d, want := range map[Decision][]State{DecideNotTaken: {Released, Paid}, DecidePaid: {Conflict, Paid}} {
		r := inDoubt(t, with(payment.Succeeded))
		if report, err := r.payer.Reconcile(t.Context()); err != nil || len(report.Left) != 1 || report.Left[0].N != 1 {
			t.Fatalf("report %+v, %v", report, err)
		}
		if err := r.payer.Resolve(t.Context(), "k1", d, "ann", "ticket 1"); err != nil {
			t.Fatalf("%s: %v", d, err)
		}
		if diff := cmp.Diff(want, r.states("k1")); diff != "" {
			t.Errorf("%s: states (-want +got):\n%s", d, diff)
		}
		last := r.events[len(r.events)-1]
		if row := r.rows("k1")[0]; row.By != "ann" || last.By != "ann" || last.N != 1 || last.To != want[0] {
			t.Errorf("%s: row %+v, audited %+v", d, row, last)
		}
		if d == DecidePaid {
			pay, err := r.payer.Pay(t.Context(), modelRequest("k1"))
			wants(t, "pay", pay, err, payment.Succeeded, payment.Accepted, payment.ErrDoublePaymentRisk)
			if err := r.payer.Resolve(t.Context(), "k1", DecideNotTaken, "ann", "attempt 1 was given back"); err != nil {
				t.Error(err)
			}
		}
		pay, err := r.payer.Pay(t.Context(), modelRequest("k1"))
		wants(t, "pay", pay, err, payment.Succeeded, payment.Accepted, nil)
		if err := r.payer.Resolve(t.Context(), "k1", DecidePaid, "ann", "again"); err != nil {
			t.Errorf("nothing is left: %v", err)
		}
	}
}

func TestResolve(t *testing.T) {
	for state, c := range map[State]struct{ paid, notTaken State }{
		Started: {Paid, Released}, Unknown: {Paid, Released}, Open: {Paid, Released}, Conflict: {Paid, ""},
		Failed: {Paid, ""}, Released: {Paid, Released}, Paid: {Paid, ""}, Partial: {"", ""}, Reversed: {"", ""},
	} {
		for d, want := range map[Decision]State{DecidePaid: c.paid, DecideNotTaken: c.notTaken} {
			t.Run(string(state)+" "+string(d), func(t *testing.T) {
				r := stand(t, state)
				if state == Started {
					err := r.payer.Resolve(t.Context(), "k1", d, "ann", "ticket 1")
					if !errors.Is(err, payment.ErrInProgress) {
						t.Errorf("under a live lease: %v", err)
					}
				}
				r.advance(pastQuiet)
				r.events = nil
				err := r.payer.Resolve(t.Context(), "k1", d, "ann", "ticket 1")
				row := r.rows("k1")[0]
				if want == "" {
					if !errors.Is(err, payment.ErrInvalidRequest) || row.State != state || len(r.events) != 0 {
						t.Errorf("%v, %s, events %v", err, row.State, r.events)
					}
					return
				}
				if want == state { // the same word twice
					if err != nil || row.State != state || len(r.events) != 0 {
						t.Errorf("%v, %s, events %v", err, row.State, r.events)
					}
					return
				}
				if err != nil || row.State != want || row.By != "ann" || row.Note != "ticket 1" {
					t.Fatalf("%v, row %+v", err, row)
				}
				if len(r.events) != 1 || r.events[0].By != "ann" || r.events[0].From != state || r.events[0].To != want {
					t.Errorf("events %+v", r.events)
				}
				r.fake.pay = with(payment.Succeeded).forPay
				sent := r.fake.sent
				pay, err := r.payer.Pay(t.Context(), modelRequest("k1"))
				wants(t, "pay", pay, err, payment.Succeeded, payment.Accepted, nil)
				if again := r.fake.sent - sent; again != map[State]int{Paid: 0, Released: 1}[want] {
					t.Errorf("sent %d times", again)
				}
			})
		}
	}
}

// TestResolvedWrongly: money that turns up for a row that a person released is a conflict.
func TestResolvedWrongly(t *testing.T) {
	r := newRig(t, answer{})
	r.fake.pay = func(ctx context.Context, _ payment.Request) (payment.Payment, error) {
		r.advance(pastQuiet)
		return with(payment.Succeeded).pay, r.another().Resolve(ctx, "k1", DecideNotTaken, "ann", "support says no")
	}
	pay, err := r.payer.Pay(t.Context(), modelRequest("k1"))
	wants(t, "pay", pay, err, payment.Succeeded, payment.Accepted, payment.ErrDoublePaymentRisk)
	if row := r.rows("k1")[0]; row.State != Conflict || row.By != "ann" {
		t.Errorf("row %+v", row)
	}
}

func TestResolveRefuses(t *testing.T) {
	r := stand(t, Unknown)
	for name, c := range map[string]struct {
		key      string
		decision Decision
		by, note string
		field    string
	}{
		"no person":      {"k1", DecidePaid, "", "note", "by"},
		"a broken name":  {"k1", DecidePaid, "a\nb", "note", "by"},
		"no note":        {"k1", DecidePaid, "ann", "", "note"},
		"no decision":    {"k1", "", "ann", "note", "decision"},
		"other decision": {"k1", "perhaps", "ann", "note", "decision"},
	} {
		var e *payment.Error
		if err := r.payer.Resolve(t.Context(), c.key, c.decision, c.by, c.note); !errors.As(err, &e) || e.Field != c.field {
			t.Errorf("%s: %v, want field %s", name, err, c.field)
		}
	}
	if err := r.payer.Resolve(t.Context(), "k9", DecidePaid, "ann", "note"); !errors.Is(err, payment.ErrNoSuchKey) {
		t.Errorf("no such key: %v", err)
	}
	if diff := cmp.Diff([]State{Unknown}, r.states("k1")); diff != "" {
		t.Errorf("states (-want +got):\n%s", diff)
	}
}

func TestAbandon(t *testing.T) {
	for name, c := range map[string]struct {
		after  time.Duration
		lookup answer
		state  State
		kind   error
		o      payment.Outcome
	}{
		"proven":       {pastQuiet, noPayment(), Released, nil, payment.Accepted},
		"too early":    {pastQuiet - 2*time.Second, noPayment(), Open, payment.ErrInconclusive, payment.Unknown},
		"inconclusive": {pastQuiet, inconclusive(), Open, payment.ErrInconclusive, payment.Unknown},
		"still open":   {pastQuiet, found(payment.Pending), Open, payment.ErrInconclusive, payment.Unknown},
		"failed":       {0, with(payment.Failed), Failed, nil, payment.Accepted},
		"paid":         {pastQuiet, found(payment.Succeeded), Paid, payment.ErrAlreadyPaid, payment.Accepted},
	} {
		t.Run(name, func(t *testing.T) {
			r := stand(t, Open)
			r.advance(c.after)
			r.fake.lookup = c.lookup.forLookup
			err := r.payer.Abandon(t.Context(), "k1")
			wants(t, "abandon", payment.Payment{}, err, "", c.o, c.kind)
			if row := r.rows("k1")[0]; row.State != c.state || row.Leased() || (row.Why == whyAbandon) != (c.state == Released) {
				t.Errorf("row %s because of %s, leased %v", row.State, row.Why, row.Leased())
			}
		})
	}
	for _, state := range []State{Started, Unknown, Paid, Failed, Released} {
		if err := stand(t, state).payer.Abandon(t.Context(), "k1"); !errors.Is(err, payment.ErrInvalidRequest) {
			t.Errorf("%s: %v", state, err)
		}
	}
	if err := newRig(t, answer{}).payer.Abandon(t.Context(), "k1"); !errors.Is(err, payment.ErrNoSuchKey) {
		t.Errorf("no row: %v", err)
	}
}

func TestContinue(t *testing.T) {
	for name, c := range map[string]struct {
		answer  answer
		state   State
		status  payment.Status
		outcome payment.Outcome
		kind    error
	}{
		"succeeded":    {with(payment.Succeeded), Paid, payment.Succeeded, payment.Accepted, nil},
		"pending":      {with(payment.Pending), Open, payment.Pending, payment.Accepted, nil},
		"failed":       {with(payment.Failed), Failed, payment.Failed, payment.Refused, payment.ErrDeclined},
		"declined":     {fails(payment.Refused, payment.ErrDeclined), Failed, "", payment.Refused, payment.ErrDeclined},
		"not sent":     {fails(payment.NotSent, nil), Open, "", payment.NotSent, nil},
		"rate limited": {fails(payment.Refused, payment.ErrRateLimited), Open, "", payment.Refused, payment.ErrRateLimited},
		"wrong step":   {fails(payment.Refused, payment.ErrInvalidRequest), Open, "", payment.Refused, payment.ErrInvalidRequest},
		"unknown":      {fails(payment.Unknown, nil), Unknown, "", payment.Unknown, nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := stand(t, Open)
			first := r.rows("k1")[0]
			r.fake.second = func(ctx context.Context, a payment.Attempt, k payment.Continuation) (payment.Payment, error) {
				row := r.rows("k1")[0]
				if row.State != Started || !row.Leased() || row.Nonce == first.Nonce {
					t.Errorf("while sending: %s, leased %v, nonce %s", row.State, row.Leased(), row.Nonce)
				}
				if _, err := r.another().Continue(ctx, a, k); !errors.Is(err, payment.ErrInProgress) {
					t.Errorf("a second caller: %v", err)
				}
				if err := payment.CheckGate(ctx); err != nil {
					t.Errorf("gate: %v", err)
				}
				return c.answer.forContinue(ctx, a, k)
			}
			pay, err := r.payer.Continue(t.Context(), payment.Attempt{Key: "k1"}, nil)
			wants(t, "continue", pay, err, c.status, c.outcome)
			if c.kind != nil && !errors.Is(err, c.kind) {
				t.Errorf("%v, want %v", err, c.kind)
			}
			row := r.rows("k1")[0]
			if row.State != c.state || row.Leased() || r.fake.seconds != 1 {
				t.Errorf("row %s, leased %v, sent %d", row.State, row.Leased(), r.fake.seconds)
			}
			if c.state == Open && c.status == "" && !row.waits() {
				t.Errorf("the row no longer waits: %+v", row.Payment)
			}
			if r.fake.attempt.PaymentID != "pay_1" || !r.fake.attempt.SentAt.Equal(row.BeganAt) {
				t.Errorf("continued with %+v", r.fake.attempt)
			}
		})
	}
}

func TestContinueElsewhere(t *testing.T) {
	for state, c := range map[State]struct {
		status payment.Status
		o      payment.Outcome
		kind   error
	}{
		Started:  {"", payment.Unknown, payment.ErrInProgress},
		Unknown:  {"", payment.Unknown, payment.ErrInconclusive},
		Paid:     {payment.Succeeded, payment.Accepted, nil},
		Reversed: {payment.Reversed, payment.Accepted, nil},
		Failed:   {"", payment.Refused, payment.ErrDeclined},
		Released: {"", payment.NotSent, payment.ErrInvalidRequest},
		Conflict: {payment.Succeeded, payment.Accepted, payment.ErrDoublePaymentRisk},
	} {
		r := stand(t, state)
		if state == Unknown {
			r.fake.lookup = inconclusive().forLookup
		}
		pay, err := r.payer.Continue(t.Context(), payment.Attempt{Key: "k1"}, nil)
		wants(t, string(state), pay, err, c.status, c.o, c.kind)
		if r.fake.seconds != 0 {
			t.Errorf("%s: sent", state)
		}
	}
	r := stand(t, Open)
	pay, err := r.payer.Continue(t.Context(), payment.Attempt{Key: "k9"}, nil)
	wants(t, "no such key", pay, err, "", payment.NotSent, payment.ErrNoSuchKey)
	pay, err = r.payer.Continue(t.Context(), payment.Attempt{Key: "k1", Digest: "v1:other"}, nil)
	wants(t, "another request", pay, err, "", payment.NotSent, payment.ErrKeyReused)

	p, err := New(plainPayer{r.fake}, r.store, Name("test"))
	if err != nil {
		t.Fatal(err)
	}
	pay, err = p.Continue(t.Context(), payment.Attempt{Key: "k1"}, nil)
	wants(t, "no Continuer", pay, err, "", payment.NotSent, payment.ErrUnsupported)
}

func TestContinueStoreDown(t *testing.T) {
	for _, kept := range []bool{false, true} {
		r := stand(t, Open)
		r.fake.second = with(payment.Succeeded).forContinue
		failed := false
		r.fault.fail = func(op string, _ Row) (before, after error) {
			if op != "update" || failed {
				return nil, nil
			}
			failed = true
			if kept {
				return nil, errDown
			}
			return errDown, nil
		}
		pay, err := r.payer.Continue(t.Context(), payment.Attempt{Key: "k1"}, nil)
		if kept {
			wants(t, "answer lost", pay, err, payment.Succeeded, payment.Accepted, nil)
			continue
		}
		wants(t, "down", pay, err, payment.ActionRequired, payment.NotSent, errDown)
		if r.fake.seconds != 0 {
			t.Error("sent without a row")
		}
	}
}

// TestContinueQuiet: the second step has a quiet time of its own.
func TestContinueQuiet(t *testing.T) {
	r := stand(t, Open)
	r.advance(pastQuiet)
	r.fake.second = fails(payment.Unknown, nil).forContinue
	_, _ = r.payer.Continue(t.Context(), payment.Attempt{Key: "k1"}, nil)
	r.fake.lookup = noPayment().forLookup
	r.advance(pastQuiet - 2*time.Second)
	pay, err := r.payer.Lookup(t.Context(), payment.Attempt{Key: "k1"})
	wants(t, "before", pay, err, payment.ActionRequired, payment.Unknown, payment.ErrInconclusive)
	r.advance(2 * time.Second)
	pay, err = r.payer.Lookup(t.Context(), payment.Attempt{Key: "k1"})
	wants(t, "after", pay, err, "", payment.Refused, payment.ErrNoPayment)
}
