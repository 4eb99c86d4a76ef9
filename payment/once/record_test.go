package once

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/payment"
)

var errDown = errors.New("the store is down")

func TestBeginAnswerLost(t *testing.T) {
	r := newRig(t, with(payment.Succeeded))
	r.fault.fail = func(op string, _ Row) (before, after error) {
		if op == "begin" {
			return nil, errDown
		}
		return nil, nil
	}
	pay, err := r.payer.Pay(t.Context(), modelRequest("k1"))
	wants(t, "pay", pay, err, payment.Succeeded, payment.Accepted, nil)
	if got := r.rows("k1"); len(got) != 1 || got[0].State != Paid || r.fake.sent != 1 {
		t.Errorf("rows %+v, sent %d", got, r.fake.sent)
	}

	// The same, and the caller has gone: the row must not stay in the key's way.
	ctx, cancel := context.WithCancel(t.Context())
	r.fault.fail = func(op string, _ Row) (before, after error) {
		if op == "begin" {
			cancel()
			return nil, errDown
		}
		return nil, nil
	}
	r.fault.Memory.now = r.now
	r.payer.store = &endless{r.fault}
	req := modelRequest("k2")
	req.OrderID = "ord_2"
	pay, err = r.payer.Pay(ctx, req)
	wants(t, "gone", pay, err, "", payment.NotSent, context.Canceled)
	if diff := cmp.Diff([]State{Released}, r.states("k2")); diff != "" || r.fake.sent != 1 {
		t.Errorf("sent %d, states (-want +got):\n%s", r.fake.sent, diff)
	}
}

// endless begins rows whatever happens to the context, as a database does whose client hangs up during the commit.
type endless struct{ *faultyStore }

func (e *endless) Begin(ctx context.Context, row Row, terms Terms) (Begun, error) {
	return e.faultyStore.Begin(context.WithoutCancel(ctx), row, terms)
}

// asksFirst is a store that has lost rows: it writes a new one as Unknown, for Lookup to settle.
type asksFirst struct {
	*faultyStore
	began int
}

func (a *asksFirst) Begin(ctx context.Context, row Row, terms Terms) (Begun, error) {
	b, err := a.Memory.Begin(ctx, row, terms)
	if a.began++; a.began > 1 || err != nil || !b.Began {
		return b, err
	}
	mine := b.Rows[len(b.Rows)-1]
	mine.State = Unknown
	if _, err := a.Memory.Update(ctx, mine, Terms{}); err != nil {
		return Begun{}, err
	}
	err = a.around("begin", row, func() error { return nil })
	rows, _ := a.Memory.Rows(ctx, row.Name, row.Attempt.Key)
	return Begun{Rows: rows}, err
}

// TestBeginAsksFirst: a row that the store wrote as Unknown waits for Lookup, and is not paid with or released because of
// how its writer learned of it.
func TestBeginAsksFirst(t *testing.T) {
	for _, lost := range []error{nil, errDown} {
		for name, c := range map[string]struct {
			lookup answer
			states []State
		}{
			"paid before the loss": {found(payment.Succeeded), []State{Paid}},
			"inconclusive":         {inconclusive(), []State{Unknown}},
			"too early":            {noPayment(), []State{Unknown}},
		} {
			r := newRig(t, with(payment.Succeeded))
			r.fault.fail = func(op string, _ Row) (before, after error) {
				if op == "begin" {
					return nil, lost
				}
				return nil, nil
			}
			r.fake.lookup = c.lookup.forLookup
			store := &asksFirst{faultyStore: r.fault}
			for range 2 {
				p := r.another()
				p.store = store
				_, err := p.Pay(t.Context(), modelRequest("k1"))
				if o := payment.OutcomeOf(err); o != payment.Unknown && c.states[0] == Unknown {
					t.Errorf("%s, answer lost %v: outcome %v (%v)", name, lost != nil, o, err)
				}
			}
			if diff := cmp.Diff(c.states, r.states("k1")); diff != "" || r.fake.sent != 0 || r.fake.looked == 0 {
				t.Errorf("%s, answer lost %v: sent %d, looked %d, states (-want +got):\n%s", name, lost != nil, r.fake.sent, r.fake.looked, diff)
			}
		}
	}
}

// repeating is a database whose driver sends what begins a call again, because its connection broke after the commit.
type repeating struct{ *faultyStore }

func (d *repeating) Begin(ctx context.Context, row Row, terms Terms) (Begun, error) {
	if _, err := d.faultyStore.Begin(ctx, row, terms); err != nil {
		return Begun{}, err
	}
	return d.faultyStore.Begin(ctx, row, terms)
}

func (d *repeating) Update(ctx context.Context, row Row, terms Terms) (Row, error) {
	r, err := d.faultyStore.Update(ctx, row, terms)
	if err != nil || row.State != Started {
		return r, err
	}
	return d.faultyStore.Update(ctx, row, terms)
}

// TestBeginRepeated: a call that finds its own row there does not take it for another's.
func TestBeginRepeated(t *testing.T) {
	r := newRig(t, with(payment.ActionRequired))
	r.payer.store = &repeating{r.fault}
	pay, err := r.payer.Pay(t.Context(), modelRequest("k1"))
	wants(t, "pay", pay, err, payment.ActionRequired, payment.Accepted, nil)
	r.fake.second = with(payment.Succeeded).forContinue
	pay, err = r.payer.Continue(t.Context(), payment.Attempt{Key: "k1"}, nil)
	wants(t, "continue", pay, err, payment.Succeeded, payment.Accepted, nil)
	if diff := cmp.Diff([]State{Paid}, r.states("k1")); diff != "" || r.fake.sent != 1 || r.fake.seconds != 1 {
		t.Errorf("sent %d and %d, states (-want +got):\n%s", r.fake.sent, r.fake.seconds, diff)
	}
	if len(r.events) == 0 || r.events[0].To != Started {
		t.Errorf("events %+v", r.events)
	}
}

func TestStoreDownBefore(t *testing.T) {
	for _, read := range []error{nil, errDown} {
		r := newRig(t, with(payment.Succeeded))
		r.fault.fail = func(op string, _ Row) (before, after error) {
			if op == "begin" {
				return errDown, nil
			}
			return read, nil
		}
		pay, err := r.payer.Pay(t.Context(), modelRequest("k1"))
		wants(t, fmt.Sprint("reads: ", read), pay, err, "", payment.NotSent, errDown)
		if r.fake.sent != 0 {
			t.Error("sent without a row")
		}
	}
	r := newRig(t, fails(payment.Unknown, nil))
	_, _ = r.payer.Pay(t.Context(), modelRequest("k1"))
	r.fault.fail = func(op string, _ Row) (before, after error) {
		if op == "update" {
			return errDown, nil
		}
		return nil, nil
	}
	pay, err := r.payer.Pay(t.Context(), modelRequest("k1"))
	wants(t, "an unresolved row", pay, err, "", payment.Unknown, errDown)
	if r.fake.sent != 1 || r.fake.looked != 0 {
		t.Errorf("sent %d, looked %d", r.fake.sent, r.fake.looked)
	}
}

// TestStoreDownAfter: the answer is returned, with what it means for the money, and Reconcile repairs the row.
func TestStoreDownAfter(t *testing.T) {
	for name, c := range map[string]struct {
		answer  answer
		outcome payment.Outcome
		kind    error
	}{
		"succeeded":       {with(payment.Succeeded), payment.Accepted, nil},
		"partial":         {with(payment.Partial), payment.Accepted, nil},
		"another amount":  {also(with(payment.Succeeded), payment.Accepted, payment.ErrAmountMismatch), payment.Accepted, payment.ErrAmountMismatch},
		"pending":         {with(payment.Pending), payment.Unknown, nil},
		"action required": {with(payment.ActionRequired), payment.Unknown, nil},
		"failed":          {with(payment.Failed), payment.Refused, payment.ErrDeclined},
		"declined":        {fails(payment.Refused, payment.ErrDeclined), payment.Refused, payment.ErrDeclined},
		"not sent":        {fails(payment.NotSent, payment.ErrUnavailable), payment.NotSent, payment.ErrUnavailable},
		"unknown":         {fails(payment.Unknown, payment.ErrAlreadyPaid), payment.Unknown, payment.ErrAlreadyPaid},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, c.answer)
				r.fault.fail = func(op string, _ Row) (before, after error) {
					if op == "begin" {
						return nil, nil
					}
					return errDown, nil
				}
				start := time.Now()
				pay, err := r.payer.Pay(t.Context(), modelRequest("k1"))
				wants(t, "pay", pay, err, c.answer.pay.Status, c.outcome, payment.ErrNotRecorded, errDown)
				if c.kind != nil && !errors.Is(err, c.kind) {
					t.Errorf("%v, want %v too", err, c.kind)
				}
				if d := time.Since(start); d > recordTimeout {
					t.Errorf("it took %v", d)
				}
				if n := len(r.fault.calls); n != 1+2*recordTries {
					t.Errorf("%d calls of the store", n)
				}
				r.fault.fail = nil
				r.advance(pastLease)
				r.fake.lookup = found(payment.Succeeded).forLookup
				if report, err := r.payer.Reconcile(t.Context()); err != nil || report.Settled != 1 {
					t.Errorf("reconcile: %+v, %v", report, err)
				}
				if diff := cmp.Diff([]State{Paid}, r.states("k1")); diff != "" {
					t.Errorf("states (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// TestStoreHangs: a store that answers nothing does not hold the answer for ever, nor does a caller who has gone.
func TestStoreHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, with(payment.Succeeded))
		r.payer.store = &hanging{r.fault}
		ctx, cancel := context.WithCancel(t.Context())
		cancelled := r.fake.pay
		r.fake.pay = func(ctx context.Context, req payment.Request) (payment.Payment, error) {
			cancel()
			return cancelled(ctx, req)
		}
		start := time.Now()
		pay, err := r.payer.Pay(ctx, modelRequest("k1"))
		wants(t, "pay", pay, err, payment.Succeeded, payment.Accepted, payment.ErrNotRecorded)
		if d := time.Since(start); d > recordTimeout+time.Second {
			t.Errorf("it took %v", d)
		}
	})
}

type hanging struct{ *faultyStore }

func (h *hanging) Update(ctx context.Context, _ Row, _ Terms) (Row, error) {
	<-ctx.Done()
	return Row{}, ctx.Err()
}

func TestFinishAnswerLost(t *testing.T) {
	for name, a := range map[string]answer{
		"succeeded": with(payment.Succeeded), "pending": with(payment.Pending), "declined": fails(payment.Refused, payment.ErrDeclined),
		"unknown": fails(payment.Unknown, nil), "not sent": fails(payment.NotSent, nil),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, a)
				failed := false
				r.fault.fail = func(op string, _ Row) (before, after error) {
					if op == "update" && !failed {
						failed = true
						return nil, errDown
					}
					return nil, nil
				}
				pay, err := r.payer.Pay(t.Context(), modelRequest("k1"))
				if diff := cmp.Diff(a.pay, pay); diff != "" || !errors.Is(err, a.err) {
					t.Errorf("%v (-want +got):\n%s", err, diff)
				}
				row := r.rows("k1")[0]
				if row.Version != 2 || row.Leased() {
					t.Errorf("version %d, leased %v", row.Version, row.Leased())
				}
				if len(r.events) != 2 || r.events[1].To != row.State || r.events[1].From != Started {
					t.Errorf("events %+v", r.events)
				}
			})
		})
	}
}

// TestFinishRetried: a store that comes back within the bounds loses nothing.
func TestFinishRetried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, with(payment.Succeeded))
		down := recordTries - 1
		r.fault.fail = func(op string, _ Row) (before, after error) {
			if op == "update" && down > 0 {
				down--
				return errDown, nil
			}
			return nil, nil
		}
		pay, err := r.payer.Pay(t.Context(), modelRequest("k1"))
		wants(t, "pay", pay, err, payment.Succeeded, payment.Accepted, nil)
		if diff := cmp.Diff([]State{Paid}, r.states("k1")); diff != "" {
			t.Errorf("states (-want +got):\n%s", diff)
		}
	})
}

// TestOddDate: a date that JSON cannot have does not keep a payment from being recorded.
func TestOddDate(t *testing.T) {
	at := time.Date(2026, 11, 21, 10, 20, 30, 0, time.UTC)
	for name, c := range map[string]struct{ at, kept time.Time }{
		"another zone":    {at.In(time.FixedZone("", 2*60*60)), at},
		"a day's zone":    {at.In(time.FixedZone("", 24*60*60)), at},
		"milliseconds":    {time.Unix(at.UnixMilli(), 0), time.Time{}},
		"before all time": {at.AddDate(-3000, 0, 0), time.Time{}},
		"none":            {},
	} {
		a := with(payment.Succeeded)
		a.pay.At = c.at
		r := newRig(t, a)
		pay, err := r.payer.Pay(t.Context(), modelRequest("k1"))
		wants(t, name, pay, err, payment.Succeeded, payment.Accepted, nil)
		if !pay.At.Equal(c.at) {
			t.Errorf("%s: the caller got %v", name, pay.At)
		}
		row := r.rows("k1")[0]
		if _, err := json.Marshal(row); err != nil || row.Payment.At != c.kept {
			t.Errorf("%s: kept %v, %v; want %v", name, row.Payment.At, err, c.kept)
		}
	}
}

// TestMarkFails: the step is not taken, and nothing is sent after it.
func TestMarkFails(t *testing.T) {
	for _, kept := range []bool{false, true} {
		r := newRig(t, answer{})
		failed := false
		r.fault.fail = func(op string, _ Row) (before, after error) {
			if op != "update" || failed {
				return nil, nil
			}
			failed = true
			if kept {
				return nil, errDown // the mark is there, its confirmation is lost
			}
			return errDown, nil
		}
		r.fake.pay = func(ctx context.Context, _ payment.Request) (payment.Payment, error) {
			if err := payment.CheckGate(ctx); err != nil {
				t.Errorf("the gate was shut before: %v", err)
			}
			err := payment.RecordMark(ctx, payment.Mark{Step: "commit"})
			if kept {
				wants(t, "mark", payment.Payment{}, err, "", payment.Accepted, nil)
				return with(payment.Succeeded).pay, nil
			}
			wants(t, "mark", payment.Payment{}, err, "", payment.NotSent, errDown)
			wants(t, "gate", payment.Payment{}, payment.CheckGate(ctx), "", payment.NotSent)
			again := payment.RecordMark(ctx, payment.Mark{Step: "commit"})
			wants(t, "second mark", payment.Payment{}, again, "", payment.NotSent)
			return payment.Payment{}, err
		}
		pay, err := r.payer.Pay(t.Context(), modelRequest("k1"))
		row := r.rows("k1")[0]
		if kept {
			wants(t, "pay, the mark is read back", pay, err, payment.Succeeded, payment.Accepted, nil)
			if row.State != Paid || len(row.Attempt.Marks) != 1 {
				t.Errorf("row %s with marks %+v", row.State, row.Attempt.Marks)
			}
			continue
		}
		wants(t, "pay", pay, err, "", payment.NotSent, errDown)
		if row.State != Released || len(row.Attempt.Marks) != 0 {
			t.Errorf("row %s with marks %+v", row.State, row.Attempt.Marks)
		}
	}
}

// TestMarkAfterTakeover: whoever asked about the row in between has the word.
func TestMarkAfterTakeover(t *testing.T) {
	r := newRig(t, answer{})
	r.fake.pay = func(ctx context.Context, _ payment.Request) (payment.Payment, error) {
		row := r.rows("k1")[0]
		row.Owner = "somebody else"
		if _, err := r.store.Update(ctx, row, Terms{Lease: time.Hour}); err != nil {
			t.Error(err)
		}
		return payment.Payment{}, payment.RecordMark(ctx, payment.Mark{Step: "commit"})
	}
	pay, err := r.payer.Pay(t.Context(), modelRequest("k1"))
	wants(t, "pay", pay, err, "", payment.NotSent, ErrStale)
}

// TestAfterReturn: a goroutine that the payer left behind can neither send nor write.
func TestAfterReturn(t *testing.T) {
	r := newRig(t, answer{})
	var left context.Context
	r.fake.pay = func(ctx context.Context, _ payment.Request) (payment.Payment, error) {
		left = ctx
		return payment.Payment{}, fails(payment.NotSent, nil).err
	}
	_, _ = r.payer.Pay(t.Context(), modelRequest("k1"))
	wants(t, "gate", payment.Payment{}, payment.CheckGate(left), "", payment.NotSent)
	wants(t, "mark", payment.Payment{}, payment.RecordMark(left, payment.Mark{Step: "x"}), "", payment.NotSent)
	if row := r.rows("k1")[0]; row.State != Released || row.Version != 2 {
		t.Errorf("row %s, version %d", row.State, row.Version)
	}
}

// TestOuterHooks: a gate and a mark that the caller set stay in force.
func TestOuterHooks(t *testing.T) {
	for _, step := range []string{"gate", "mark"} {
		r := newRig(t, answer{})
		stop := &payment.Error{Outcome: payment.NotSent, Message: "stopped"}
		hooks := payment.Hooks{Gate: func() error { return stop }}
		if step == "mark" {
			hooks = payment.Hooks{Mark: func(context.Context, payment.Mark) error { return stop }}
		}
		r.fake.pay = func(ctx context.Context, _ payment.Request) (payment.Payment, error) {
			if step == "mark" {
				if err := payment.RecordMark(ctx, payment.Mark{Step: "x"}); !errors.Is(err, stop) {
					t.Errorf("mark: %v", err)
				}
			}
			return payment.Payment{}, payment.CheckGate(ctx)
		}
		pay, err := r.payer.Pay(payment.WithHooks(t.Context(), hooks), modelRequest("k1"))
		wants(t, step, pay, err, "", payment.NotSent)
	}
}

func TestLease(t *testing.T) {
	start := time.Now()
	whole := lease{began: start, wall: start.Round(0), left: time.Minute}
	for name, c := range map[string]struct {
		lease lease
		now   time.Time
		over  bool
	}{
		"at once":                       {whole, start, false},
		"just before":                   {whole, start.Add(time.Minute - 1), false},
		"its end":                       {whole, start.Add(time.Minute), true},
		"only the wall clock says so":   {lease{began: start, wall: start.Round(0).Add(-time.Minute), left: time.Minute}, start, true},
		"the wall clock was set back":   {lease{began: start, wall: start.Round(0).Add(time.Hour), left: time.Minute}, start.Add(time.Minute), true},
		"set back, and time to go":      {lease{began: start, wall: start.Round(0).Add(time.Hour), left: time.Minute}, start.Add(time.Second), false},
		"the store gave less than none": {lease{began: start, wall: start.Round(0), left: -1}, start, true},
	} {
		if got := c.lease.over(c.now); got != c.over {
			t.Errorf("%s: over %v", name, got)
		}
	}
}

// TestLeaseFromBeforeBegin: time that Begin itself took is not added to the lease.
func TestLeaseFromBeforeBegin(t *testing.T) {
	r := newRig(t, answer{})
	r.fault.fail = func(op string, _ Row) (before, after error) {
		if op == "begin" {
			r.advance(pastLease) // a slow answer: the store counted all this time
		}
		return nil, nil
	}
	r.store.now = time.Now // and its clock is another
	pay, err := r.payer.Pay(t.Context(), modelRequest("k1"))
	wants(t, "pay", pay, err, "", payment.NotSent)
	if r.fake.sent != 0 {
		t.Error("the payer was called after the lease")
	}
}
