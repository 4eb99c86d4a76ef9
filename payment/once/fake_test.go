package once

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
)

// fakePayer does what the test says and counts.
type fakePayer struct {
	pay    func(ctx context.Context, req payment.Request) (payment.Payment, error)
	lookup func(ctx context.Context, a payment.Attempt) (payment.Payment, error)
	second func(ctx context.Context, a payment.Attempt, c payment.Continuation) (payment.Payment, error)

	mu                    sync.Mutex
	sent, looked, seconds int
	attempt               payment.Attempt // of the last Lookup or Continue
}

const (
	fakeLongest  = 5 * time.Minute
	fakeSettling = 10 * time.Minute
)

func (f *fakePayer) Provider() string { return "fake" }

func (f *fakePayer) Timing() payment.Timing {
	return payment.Timing{LongestCall: fakeLongest, Settling: fakeSettling}
}

func (f *fakePayer) Prepare(req payment.Request) (payment.Attempt, error) {
	return payment.NewAttempt(req, req.OrderID, nil)
}

func (f *fakePayer) Pay(ctx context.Context, req payment.Request) (payment.Payment, error) {
	f.mu.Lock()
	f.sent++
	f.mu.Unlock()
	return f.pay(ctx, req)
}

func (f *fakePayer) Lookup(ctx context.Context, a payment.Attempt) (payment.Payment, error) {
	f.mu.Lock()
	f.looked++
	f.attempt = a
	f.mu.Unlock()
	return f.lookup(ctx, a)
}

func (f *fakePayer) Continue(ctx context.Context, a payment.Attempt, c payment.Continuation) (payment.Payment, error) {
	f.mu.Lock()
	f.seconds++
	f.attempt = a
	f.mu.Unlock()
	return f.second(ctx, a, c)
}

// plainPayer is a fakePayer that implements payment.Payer and nothing else.
type plainPayer struct{ fake *fakePayer }

func (p plainPayer) Provider() string                                     { return "fake" }
func (p plainPayer) Prepare(req payment.Request) (payment.Attempt, error) { return p.fake.Prepare(req) }
func (p plainPayer) Pay(ctx context.Context, req payment.Request) (payment.Payment, error) {
	return p.fake.Pay(ctx, req)
}
func (p plainPayer) Lookup(ctx context.Context, a payment.Attempt) (payment.Payment, error) {
	return p.fake.Lookup(ctx, a)
}

type answer struct {
	pay payment.Payment
	err error
}

func (a answer) forPay(context.Context, payment.Request) (payment.Payment, error) {
	return a.pay, a.err
}
func (a answer) forLookup(context.Context, payment.Attempt) (payment.Payment, error) {
	return a.pay, a.err
}
func (a answer) forContinue(context.Context, payment.Attempt, payment.Continuation) (payment.Payment, error) {
	return a.pay, a.err
}

// with is an answer of the provider to the call itself.
func with(status payment.Status) answer {
	return answer{pay: payment.Payment{Provider: "fake", ID: "pay_1", OrderID: "ord_1", Status: status, MatchedBy: payment.MatchedByAnswer}}
}

// found is an answer of Lookup that is matched by the order alone.
func found(status payment.Status) answer {
	return answer{pay: payment.Payment{Provider: "fake", OrderID: "ord_1", Status: status, MatchedBy: payment.MatchedByOrder}}
}

func fails(o payment.Outcome, kind error) answer {
	return answer{err: &payment.Error{Provider: "fake", Op: "POST /x", Outcome: o, Kind: kind, Status: 599, Code: "code"}}
}

func noPayment() answer {
	return answer{err: &payment.Error{Provider: "fake", Op: "Lookup", Outcome: payment.Refused, Kind: payment.ErrNoPayment}}
}

func inconclusive() answer { return fails(payment.Unknown, payment.ErrInconclusive) }

func also(a answer, o payment.Outcome, kind error) answer {
	a.err = fails(o, kind).err
	return a
}

// rig is a payer over a memory store whose clock, like the payer's own, the test moves.
type rig struct {
	t     *testing.T
	fake  *fakePayer
	store *Memory
	fault *faultyStore
	payer *Payer
	mu    sync.Mutex
	clock time.Time

	events []Event
}

func newRig(t *testing.T, pay answer, options ...Option) *rig {
	t.Helper()
	r := &rig{t: t, fake: &fakePayer{pay: pay.forPay, lookup: inconclusive().forLookup}, store: NewMemory(), clock: time.Now()}
	r.fault = &faultyStore{Memory: r.store}
	r.store.now = r.now
	r.payer = r.another(options...)
	return r
}

// another is another process on the same store.
func (r *rig) another(options ...Option) *Payer {
	r.t.Helper()
	p, err := New(r.fake, r.fault, append([]Option{Name("test"), WithAudit(func(_ context.Context, e Event) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.events = append(r.events, e)
	})}, options...)...)
	if err != nil {
		r.t.Fatal(err)
	}
	p.now = r.now
	return p
}

func (r *rig) now() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.clock
}

func (r *rig) advance(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.clock = r.clock.Add(d)
}

const (
	pastLease = fakeLongest + leaseMargin + time.Second
	pastQuiet = pastLease + fakeLongest + fakeSettling
)

func (r *rig) rows(key string) []Row {
	r.t.Helper()
	rows, err := r.store.Rows(context.Background(), "test", key)
	if err != nil {
		r.t.Fatal(err)
	}
	return rows
}

// states are the states of the key's attempts, in their order.
func (r *rig) states(key string) []State {
	var states []State
	for _, row := range r.rows(key) {
		states = append(states, row.State)
	}
	return states
}

// wants checks an answer: its status, outcome, and sentinels.
func wants(t *testing.T, what string, pay payment.Payment, err error, status payment.Status, o payment.Outcome, kinds ...error) {
	t.Helper()
	if pay.Status != status || payment.OutcomeOf(err) != o {
		t.Errorf("%s: status %q, outcome %v (%v); want %q, %v", what, pay.Status, payment.OutcomeOf(err), err, status, o)
	}
	for _, kind := range kinds {
		if (kind == nil) != (err == nil) || kind != nil && !errors.Is(err, kind) {
			t.Errorf("%s: %v, want %v", what, err, kind)
		}
	}
}

// faultyStore fails calls before or after they did their work, as long as the hook says so.
type faultyStore struct {
	*Memory
	fail func(op string, row Row) (before, after error)

	mu    sync.Mutex
	calls []string
}

func (f *faultyStore) around(op string, row Row, call func() error) error {
	f.mu.Lock()
	f.calls = append(f.calls, op)
	fail := f.fail
	f.mu.Unlock()
	var before, after error
	if fail != nil {
		before, after = fail(op, row)
	}
	if before != nil {
		return before
	}
	if err := call(); err != nil {
		return err
	}
	return after
}

func (f *faultyStore) Begin(ctx context.Context, row Row, terms Terms) (b Begun, err error) {
	err = f.around("begin", row, func() error { b, err = f.Memory.Begin(ctx, row, terms); return err })
	if err != nil {
		return Begun{}, err
	}
	return b, nil
}

func (f *faultyStore) Update(ctx context.Context, row Row, terms Terms) (r Row, err error) {
	err = f.around("update", row, func() error { r, err = f.Memory.Update(ctx, row, terms); return err })
	if err != nil {
		return Row{}, err
	}
	return r, nil
}

func (f *faultyStore) Rows(ctx context.Context, name, key string) (rows []Row, err error) {
	err = f.around("rows", Row{}, func() error { rows, err = f.Memory.Rows(ctx, name, key); return err })
	return rows, err
}
