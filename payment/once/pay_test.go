package once

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/payment"
)

// TestAnswers: what every answer of the payer does to the row, to the caller, and to a second call with the same key.
func TestAnswers(t *testing.T) {
	const (
		refused, accepted, unknown, unsent = payment.Refused, payment.Accepted, payment.Unknown, payment.NotSent
	)
	for name, c := range map[string]struct {
		answer  answer
		state   State
		status  payment.Status
		outcome payment.Outcome
		kind    error
		again   bool // the second call is sent
		status2 payment.Status
		kind2   error
		out2    payment.Outcome
	}{
		"succeeded":       {answer: with(payment.Succeeded), state: Paid, status: payment.Succeeded, outcome: accepted, status2: payment.Succeeded, out2: accepted},
		"partial":         {answer: with(payment.Partial), state: Partial, status: payment.Partial, outcome: accepted, status2: payment.Partial, out2: accepted},
		"reversed":        {answer: with(payment.Reversed), state: Reversed, status: payment.Reversed, outcome: accepted, status2: payment.Reversed, out2: accepted},
		"another amount":  {answer: also(with(payment.Succeeded), accepted, payment.ErrAmountMismatch), state: Paid, status: payment.Succeeded, outcome: accepted, kind: payment.ErrAmountMismatch, status2: payment.Succeeded, kind2: payment.ErrAmountMismatch, out2: accepted},
		"accepted, alone": {answer: fails(accepted, nil), state: Paid, outcome: accepted, out2: accepted, kind: nil},
		"pending":         {answer: with(payment.Pending), state: Open, status: payment.Pending, outcome: accepted, kind2: payment.ErrInconclusive, out2: unknown},
		"a new word":      {answer: with("shrugged"), state: Open, status: "shrugged", outcome: accepted, kind2: payment.ErrInconclusive, out2: unknown},
		"action required": {answer: with(payment.ActionRequired), state: Open, status: payment.ActionRequired, outcome: accepted, status2: payment.ActionRequired, kind2: payment.ErrNextActionLost, out2: unknown},
		"failed":          {answer: with(payment.Failed), state: Failed, status: payment.Failed, outcome: refused, kind: payment.ErrDeclined, status2: payment.Failed, kind2: payment.ErrDeclined, out2: refused},
		"cancelled":       {answer: with(payment.Cancelled), state: Failed, status: payment.Cancelled, outcome: refused, kind: payment.ErrDeclined, status2: payment.Cancelled, kind2: payment.ErrDeclined, out2: refused},
		"declined":        {answer: fails(refused, payment.ErrDeclined), state: Failed, outcome: refused, kind: payment.ErrDeclined, kind2: payment.ErrDeclined, out2: refused},
		"price changed":   {answer: fails(refused, payment.ErrPriceChanged), state: Failed, outcome: refused, kind: payment.ErrPriceChanged, kind2: payment.ErrPriceChanged, out2: refused},
		"rate limited":    {answer: fails(refused, payment.ErrRateLimited), state: Released, outcome: refused, kind: payment.ErrRateLimited, again: true},
		"unauthenticated": {answer: fails(refused, payment.ErrUnauthenticated), state: Released, outcome: refused, kind: payment.ErrUnauthenticated, again: true},
		"unavailable":     {answer: fails(refused, payment.ErrUnavailable), state: Released, outcome: refused, kind: payment.ErrUnavailable, again: true},
		"not sent":        {answer: fails(unsent, nil), state: Released, outcome: unsent, again: true},
		"unknown":         {answer: fails(unknown, nil), state: Unknown, outcome: unknown, kind2: payment.ErrInconclusive, out2: unknown},
		"already paid":    {answer: fails(unknown, payment.ErrAlreadyPaid), state: Unknown, outcome: unknown, kind: payment.ErrAlreadyPaid, kind2: payment.ErrInconclusive, out2: unknown},
		"no error of ours": {answer: answer{err: errors.New("?")}, state: Unknown, outcome: unknown, kind2: payment.ErrInconclusive,
			out2: unknown},
		"refused and pending": {answer: also(with(payment.Pending), refused, nil), state: Unknown, status: payment.Pending, outcome: unknown,
			kind2: payment.ErrInconclusive, out2: unknown},
		"not sent and paid": {answer: also(with(payment.Succeeded), unsent, nil), state: Unknown, status: payment.Succeeded, outcome: unknown,
			kind2: payment.ErrInconclusive, out2: unknown},
		"accepted and pending": {answer: also(with(payment.Pending), accepted, payment.ErrAmountMismatch), state: Paid, status: payment.Pending,
			outcome: accepted, kind: payment.ErrAmountMismatch, kind2: payment.ErrAmountMismatch, out2: accepted, status2: payment.Pending},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, c.answer)
			pay, err := r.payer.Pay(t.Context(), modelRequest("k1"))
			wants(t, "first", pay, err, c.status, c.outcome)
			if c.kind != nil && !errors.Is(err, c.kind) {
				t.Errorf("first: %v, want %v", err, c.kind)
			}
			if diff := cmp.Diff([]State{c.state}, r.states("k1")); diff != "" {
				t.Fatalf("states (-want +got):\n%s", diff)
			}
			if row := r.rows("k1")[0]; row.Leased() {
				t.Error("the lease outlives the call")
			}

			r.fake.pay = with(payment.Succeeded).forPay
			if c.again {
				pay, err = r.another().Pay(t.Context(), modelRequest("k1"))
				wants(t, "second", pay, err, payment.Succeeded, accepted)
				if got := r.rows("k1"); len(got) != 2 || got[1].N != 2 || got[1].State != Paid || r.fake.sent != 2 {
					t.Errorf("rows %+v, sent %d", got, r.fake.sent)
				}
				return
			}
			pay, err = r.another().Pay(t.Context(), modelRequest("k1"))
			wants(t, "second", pay, err, c.status2, c.out2)
			if c.kind2 != nil && !errors.Is(err, c.kind2) {
				t.Errorf("second: %v, want %v", err, c.kind2)
			}
			if r.fake.sent != 1 {
				t.Errorf("sent %d times", r.fake.sent)
			}
		})
	}
}

// TestUnresolved: rows that only Lookup can settle.
func TestUnresolved(t *testing.T) {
	byID := func(status payment.Status) answer {
		a := found(status)
		a.pay.ID, a.pay.MatchedBy = "pay_1", payment.MatchedByID
		return a
	}
	withNext := found(payment.ActionRequired)
	withNext.pay.Next = &payment.NextAction{Kind: payment.Redirect, URL: payment.NewSecret("https://bank.example")}
	for name, c := range map[string]struct {
		first   answer
		after   time.Duration
		lookup  answer
		states  []State
		status  payment.Status
		outcome payment.Outcome
		kind    error
	}{
		"unknown, paid":                 {fails(payment.Unknown, nil), 0, found(payment.Succeeded), []State{Paid}, payment.Succeeded, payment.Accepted, nil},
		"unknown, partial":              {fails(payment.Unknown, nil), 0, found(payment.Partial), []State{Partial}, payment.Partial, payment.Accepted, nil},
		"unknown, reversed":             {fails(payment.Unknown, nil), 0, found(payment.Reversed), []State{Reversed}, payment.Reversed, payment.Accepted, nil},
		"unknown, pending":              {fails(payment.Unknown, nil), 0, byID(payment.Pending), []State{Open}, payment.Pending, payment.Accepted, nil},
		"unknown, inconclusive":         {fails(payment.Unknown, nil), pastQuiet, inconclusive(), []State{Unknown}, "", payment.Unknown, payment.ErrInconclusive},
		"unknown, early no payment":     {fails(payment.Unknown, nil), pastQuiet - 2*time.Second, noPayment(), []State{Unknown}, "", payment.Unknown, payment.ErrInconclusive},
		"unknown, no payment":           {fails(payment.Unknown, nil), pastQuiet, noPayment(), []State{Released, Paid}, payment.Succeeded, payment.Accepted, nil},
		"unknown, no payment, no proof": {fails(payment.Unknown, nil), pastQuiet, fails(payment.Unknown, payment.ErrNoPayment), []State{Unknown}, "", payment.Unknown, payment.ErrInconclusive},
		"unknown, own failed":           {fails(payment.Unknown, nil), 0, byID(payment.Failed), []State{Failed}, payment.Failed, payment.Refused, payment.ErrDeclined},
		"unknown, another's failed":     {fails(payment.Unknown, nil), pastQuiet, found(payment.Failed), []State{Unknown}, "", payment.Unknown, payment.ErrInconclusive},
		"pending, paid":                 {with(payment.Pending), 0, found(payment.Succeeded), []State{Paid}, payment.Succeeded, payment.Accepted, nil},
		"pending, still":                {with(payment.Pending), 0, byID(payment.Pending), []State{Open}, payment.Pending, payment.Accepted, nil},
		"pending, failed":               {with(payment.Pending), 0, byID(payment.Failed), []State{Failed}, payment.Failed, payment.Refused, payment.ErrDeclined},
		"pending, early no payment":     {with(payment.Pending), 0, noPayment(), []State{Open}, payment.Pending, payment.Unknown, payment.ErrInconclusive},
		"waiting, paid":                 {with(payment.ActionRequired), 0, found(payment.Succeeded), []State{Paid}, payment.Succeeded, payment.Accepted, nil},
		"waiting, pending":              {with(payment.ActionRequired), 0, byID(payment.Pending), []State{Open}, payment.ActionRequired, payment.Unknown, payment.ErrNextActionLost},
		"waiting, shown again":          {with(payment.ActionRequired), 0, withNext, []State{Open}, payment.ActionRequired, payment.Accepted, nil},
		"waiting, early no payment":     {with(payment.ActionRequired), 0, noPayment(), []State{Open}, payment.ActionRequired, payment.Unknown, payment.ErrNextActionLost},
		"waiting, no payment":           {with(payment.ActionRequired), pastQuiet, noPayment(), []State{Released, Paid}, payment.Succeeded, payment.Accepted, nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, c.first)
			_, _ = r.payer.Pay(t.Context(), modelRequest("k1"))
			began := r.rows("k1")[0].BeganAt
			r.advance(c.after)
			r.fake.pay, r.fake.lookup = with(payment.Succeeded).forPay, c.lookup.forLookup
			pay, err := r.another().Pay(t.Context(), modelRequest("k1"))
			wants(t, "second", pay, err, c.status, c.outcome, c.kind)
			if errors.Is(err, payment.ErrNoPayment) {
				t.Errorf("%v: ErrNoPayment must not be found in what proves nothing", err)
			}
			if diff := cmp.Diff(c.states, r.states("k1")); diff != "" {
				t.Errorf("states (-want +got):\n%s", diff)
			}
			if r.fake.sent != len(c.states) {
				t.Errorf("sent %d times", r.fake.sent)
			}
			if !r.fake.attempt.SentAt.Equal(began) {
				t.Errorf("Lookup was told %v as the beginning, want the store's %v", r.fake.attempt.SentAt, began)
			}
			if r.rows("k1")[0].Leased() {
				t.Error("the lease outlives the call")
			}
		})
	}
}

// TestAttemptLearns: Lookup is told the payment's id and the errors that Pay ended with, but no foreign payment's id.
func TestAttemptLearns(t *testing.T) {
	r := newRig(t, also(with(payment.Pending), payment.Unknown, nil))
	_, _ = r.payer.Pay(t.Context(), modelRequest("k1"))
	foreign := found(payment.Pending)
	foreign.pay.ID = "foreign"
	r.fake.lookup = foreign.forLookup
	_, _ = r.payer.Pay(t.Context(), modelRequest("k1"))
	_, _ = r.payer.Pay(t.Context(), modelRequest("k1"))
	want := []payment.Failure{{Outcome: payment.Unknown, Op: "POST /x", Status: 599, Code: "code"}}
	if diff := cmp.Diff(want, r.fake.attempt.Failures); diff != "" || r.fake.attempt.PaymentID != "pay_1" {
		t.Errorf("payment id %q, failures (-want +got):\n%s", r.fake.attempt.PaymentID, diff)
	}
}

func TestStarted(t *testing.T) {
	r := newRig(t, with(payment.Succeeded))
	entered, leave := make(chan struct{}), make(chan struct{})
	r.fake.pay = func(ctx context.Context, _ payment.Request) (payment.Payment, error) {
		close(entered)
		<-leave
		return payment.Payment{}, payment.CheckGate(ctx)
	}
	done := make(chan error)
	go func() {
		_, err := r.payer.Pay(context.Background(), modelRequest("k1"))
		done <- err
	}()
	<-entered
	pay, err := r.another().Pay(t.Context(), modelRequest("k1"))
	wants(t, "lease alive", pay, err, "", payment.Unknown, payment.ErrInProgress)
	if r.fake.looked != 0 {
		t.Error("asked the provider about a payment in progress")
	}

	r.advance(pastLease)
	pay, err = r.another().Pay(t.Context(), modelRequest("k1"))
	wants(t, "lease over", pay, err, "", payment.Unknown, payment.ErrInconclusive)

	// The paused process wakes up: its gate is shut, it sends nothing, and says so.
	close(leave)
	wants(t, "paused", payment.Payment{}, <-done, "", payment.NotSent)
	if diff := cmp.Diff([]State{Released}, r.states("k1")); diff != "" {
		t.Errorf("states (-want +got):\n%s", diff)
	}
}

func TestKeyReused(t *testing.T) {
	for _, first := range []answer{with(payment.Succeeded), fails(payment.NotSent, nil), fails(payment.Refused, nil), fails(payment.Unknown, nil)} {
		r := newRig(t, first)
		_, _ = r.payer.Pay(t.Context(), modelRequest("k1"))
		other := modelRequest("k1")
		other.OrderID = "ord_2"
		pay, err := r.payer.Pay(t.Context(), other)
		wants(t, "another order", pay, err, "", payment.NotSent, payment.ErrKeyReused)
		if r.fake.sent != 1 || r.fake.looked != 0 {
			t.Errorf("sent %d, looked %d", r.fake.sent, r.fake.looked)
		}
	}
}

func TestScopeHeld(t *testing.T) {
	for state, first := range map[State]answer{
		Paid: with(payment.Succeeded), Unknown: fails(payment.Unknown, nil), Open: with(payment.Pending), Reversed: with(payment.Reversed),
	} {
		r := newRig(t, first)
		_, _ = r.payer.Pay(t.Context(), modelRequest("k1"))
		pay, err := r.payer.Pay(t.Context(), modelRequest("k2"))
		wants(t, string(state), pay, err, "", payment.NotSent, payment.ErrScopeHeld)
		var held *ScopeHeldError
		if !errors.As(err, &held) || *held != (ScopeHeldError{Scope: "ord_1", Key: "k1", State: state}) {
			t.Errorf("%s: %+v", state, held)
		}
		r.fake.pay = with(payment.Succeeded).forPay
		allowed := modelRequest("k2")
		allowed.AllowAnother = true
		pay, err = r.payer.Pay(t.Context(), allowed)
		wants(t, "allowed", pay, err, payment.Succeeded, payment.Accepted, nil)
		if r.fake.sent != 2 {
			t.Errorf("sent %d times", r.fake.sent)
		}
	}
	r := newRig(t, fails(payment.Refused, payment.ErrDeclined))
	_, _ = r.payer.Pay(t.Context(), modelRequest("k1"))
	r.fake.pay = with(payment.Succeeded).forPay
	pay, err := r.payer.Pay(t.Context(), modelRequest("k2"))
	wants(t, "after a refusal", pay, err, payment.Succeeded, payment.Accepted, nil)
}

func TestPrepareFails(t *testing.T) {
	r := newRig(t, with(payment.Succeeded))
	req := modelRequest("")
	pay, err := r.payer.Pay(t.Context(), req)
	wants(t, "no key", pay, err, "", payment.NotSent, payment.ErrInvalidRequest)
	if len(r.fault.calls) != 0 || r.fake.sent != 0 {
		t.Errorf("store calls %v, sent %d", r.fault.calls, r.fake.sent)
	}
}

// TestRoundTrips: two per payment, one more per mark.
func TestRoundTrips(t *testing.T) {
	r := newRig(t, with(payment.Succeeded))
	_, _ = r.payer.Pay(t.Context(), modelRequest("k1"))
	if want := []string{"begin", "update"}; !slices.Equal(r.fault.calls, want) {
		t.Errorf("calls %v, want %v", r.fault.calls, want)
	}
	r.fault.calls = nil
	r.fake.pay = func(ctx context.Context, _ payment.Request) (payment.Payment, error) {
		return with(payment.Succeeded).pay, payment.RecordMark(ctx, payment.Mark{Step: "commit"})
	}
	req := modelRequest("k2")
	req.OrderID = "ord_2"
	_, _ = r.payer.Pay(t.Context(), req)
	if want := []string{"begin", "update", "update"}; !slices.Equal(r.fault.calls, want) {
		t.Errorf("calls %v, want %v", r.fault.calls, want)
	}
}

func TestConcurrentCallers(t *testing.T) {
	r := newRig(t, with(payment.Succeeded))
	payers := []*Payer{r.payer, r.another(), r.another()}
	var all sync.WaitGroup
	for i := range 64 {
		all.Go(func() {
			pay, err := payers[i%len(payers)].Pay(context.Background(), modelRequest("k1"))
			if !pay.Paid() && !errors.Is(err, payment.ErrInProgress) {
				t.Errorf("%+v, %v", pay, err)
			}
		})
	}
	all.Wait()
	if r.fake.sent != 1 {
		t.Errorf("sent %d times", r.fake.sent)
	}
}

// TestCancelled: a context that ends at any point neither sends nor forgets.
func TestCancelled(t *testing.T) {
	t.Run("before", func(t *testing.T) {
		r := newRig(t, with(payment.Succeeded))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		pay, err := r.payer.Pay(ctx, modelRequest("k1"))
		wants(t, "pay", pay, err, "", payment.NotSent, context.Canceled)
		if len(r.rows("k1")) != 0 || r.fake.sent != 0 {
			t.Errorf("rows %v, sent %d", r.states("k1"), r.fake.sent)
		}
	})
	t.Run("during Begin", func(t *testing.T) {
		r := newRig(t, with(payment.Succeeded))
		ctx, cancel := context.WithCancel(t.Context())
		r.fault.fail = func(op string, _ Row) (before, after error) {
			if op == "begin" {
				cancel()
			}
			return nil, nil
		}
		pay, err := r.payer.Pay(ctx, modelRequest("k1"))
		wants(t, "pay", pay, err, "", payment.NotSent, context.Canceled)
		if diff := cmp.Diff([]State{Released}, r.states("k1")); diff != "" || r.fake.sent != 0 {
			t.Errorf("sent %d, states (-want +got):\n%s", r.fake.sent, diff)
		}
	})
	t.Run("after Begin", func(t *testing.T) {
		r := newRig(t, with(payment.Succeeded))
		ctx, cancel := context.WithCancel(t.Context())
		r.payer.audit = func(context.Context, Event) { cancel() }
		pay, err := r.payer.Pay(ctx, modelRequest("k1"))
		wants(t, "pay", pay, err, "", payment.NotSent, context.Canceled)
		if diff := cmp.Diff([]State{Released}, r.states("k1")); diff != "" || r.fake.sent != 0 {
			t.Errorf("sent %d, states (-want +got):\n%s", r.fake.sent, diff)
		}
	})
	t.Run("during the payment", func(t *testing.T) {
		r := newRig(t, with(payment.Succeeded))
		ctx, cancel := context.WithCancel(t.Context())
		r.fake.pay = func(context.Context, payment.Request) (payment.Payment, error) {
			cancel()
			return with(payment.Succeeded).pay, nil
		}
		pay, err := r.payer.Pay(ctx, modelRequest("k1"))
		wants(t, "pay", pay, err, payment.Succeeded, payment.Accepted, nil)
		if diff := cmp.Diff([]State{Paid}, r.states("k1")); diff != "" {
			t.Errorf("states (-want +got):\n%s", diff)
		}
	})
	t.Run("during Lookup", func(t *testing.T) {
		r := newRig(t, fails(payment.Unknown, nil))
		_, _ = r.payer.Pay(t.Context(), modelRequest("k1"))
		ctx, cancel := context.WithCancel(t.Context())
		r.fake.lookup = func(ctx context.Context, _ payment.Attempt) (payment.Payment, error) {
			cancel()
			return payment.Payment{}, ctx.Err()
		}
		pay, err := r.payer.Pay(ctx, modelRequest("k1"))
		wants(t, "pay", pay, err, "", payment.Unknown, context.Canceled)
		if row := r.rows("k1")[0]; row.State != Unknown || row.Leased() {
			t.Errorf("row %s, leased %v", row.State, row.Leased())
		}
	})
}

// TestPanic: a payer that panics may have sent.
func TestPanic(t *testing.T) {
	r := newRig(t, with(payment.Succeeded))
	var gate func() error
	r.fake.pay = func(ctx context.Context, _ payment.Request) (payment.Payment, error) {
		gate = payment.GateOf(ctx)
		panic("boom")
	}
	func() {
		defer func() {
			if recover() != "boom" {
				t.Error("the panic did not come through")
			}
		}()
		_, _ = r.payer.Pay(t.Context(), modelRequest("k1"))
	}()
	if diff := cmp.Diff([]State{Unknown}, r.states("k1")); diff != "" {
		t.Errorf("states (-want +got):\n%s", diff)
	}
	if row := r.rows("k1")[0]; row.Leased() || row.Attempt.AnswersKnown() {
		t.Errorf("leased %v, attempt %+v", row.Leased(), row.Attempt)
	}
	if gate() == nil {
		t.Error("the gate is open after the call")
	}
	pay, err := r.payer.Pay(t.Context(), modelRequest("k1"))
	wants(t, "at once", pay, err, "", payment.Unknown, payment.ErrInconclusive)
}

// TestPause: a process that sleeps past its lease, by real clocks, sends nothing; a mark gives it a new lease.
func TestPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, with(payment.Succeeded))
		r.store.now, r.payer.now = time.Now, time.Now
		sent := 0
		r.fake.pay = func(ctx context.Context, req payment.Request) (payment.Payment, error) {
			<-time.After(fakeLongest)
			if req.Key == "marked" {
				if err := payment.RecordMark(ctx, payment.Mark{Step: "commit"}); err != nil {
					return payment.Payment{}, err
				}
			}
			<-time.After(2 * time.Minute)
			if err := payment.CheckGate(ctx); err != nil {
				return payment.Payment{}, err
			}
			sent++
			return with(payment.Succeeded).pay, nil
		}
		pay, err := r.payer.Pay(t.Context(), modelRequest("slow"))
		wants(t, "slow", pay, err, "", payment.NotSent)
		if sent != 0 {
			t.Error("sent after the lease")
		}
		pay, err = r.payer.Pay(t.Context(), modelRequest("marked"))
		wants(t, "marked", pay, err, payment.Succeeded, payment.Accepted, nil)
		row := r.rows("marked")[0]
		if m, ok := row.Attempt.Marked("commit"); !ok || m.At.Sub(row.BeganAt) != fakeLongest {
			t.Errorf("marks %+v, began %v", row.Attempt.Marks, row.BeganAt)
		}
	})
}
