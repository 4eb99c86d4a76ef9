package once

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/payment"
)

func TestAbsurdDurations(t *testing.T) {
	for name, c := range map[string]struct {
		timing payment.Timing
		option Option
		field  string
	}{
		"settling":          {payment.Timing{Settling: math.MaxInt64}, nil, "Timing.Settling"},
		"negative settling": {payment.Timing{Settling: -1}, nil, "Timing.Settling"},
		"longest call":      {payment.Timing{LongestCall: math.MaxInt64}, nil, "Timing.LongestCall"},
		"negative call":     {payment.Timing{LongestCall: -time.Hour}, nil, "Timing.LongestCall"},
		"quiet":             {payment.Timing{}, WithQuiet(math.MaxInt64), "WithQuiet"},
		"lease":             {payment.Timing{}, WithLease(11 * 365 * 24 * time.Hour), "WithLease"},
		"watch":             {payment.Timing{}, WithWatch(math.MaxInt64), "WithWatch"},
		"no watch":          {payment.Timing{}, WithWatch(0), "WithWatch"},
	} {
		options := []Option{Name("n")}
		if c.option != nil {
			options = append(options, c.option)
		}
		_, err := New(timed{plainPayer{&fakePayer{}}, c.timing}, NewMemory(), options...)
		var e *payment.Error
		if !errors.As(err, &e) || e.Field != c.field || e.Outcome != payment.NotSent {
			t.Errorf("%s: %v, want field %s", name, err, c.field)
		}
	}
	longest := payment.Timing{LongestCall: maxDuration, Settling: maxDuration}
	p, err := New(timed{plainPayer{&fakePayer{}}, longest}, NewMemory(), Name("n"), WithQuiet(maxDuration))
	if err == nil {
		t.Fatalf("a quiet time below the payer's own was taken: %v", p.terms())
	}
	p, err = New(timed{plainPayer{&fakePayer{}}, longest}, NewMemory(), Name("n"))
	if err != nil {
		t.Fatal(err)
	}
	if terms := p.terms(); terms.Quiet < terms.Lease || terms.Lease < maxDuration {
		t.Errorf("terms %v", terms)
	}
}

// TestWriteOfAnother: while the answer of a call cannot be written, another goroutine of the same process writes the row. That
// write is not the call's own, and the call's answer is not forgotten.
func TestWriteOfAnother(t *testing.T) {
	r := newRig(t, fails(payment.Unknown, payment.ErrUnavailable))
	waiting, gone, done := make(chan struct{}), make(chan struct{}), make(chan struct{})
	r.fake.lookup = func(context.Context, payment.Attempt) (payment.Payment, error) {
		close(waiting)
		<-gone
		return payment.Payment{}, noPayment().err
	}
	failed := false
	r.fault.fail = func(op string, _ Row) (before, after error) {
		if op != "update" || failed {
			return nil, nil
		}
		failed = true
		r.advance(pastQuiet)
		go func() {
			defer close(done)
			_, _ = r.payer.Reconcile(context.Background())
		}()
		<-waiting
		return errDown, nil
	}
	pay, err := r.payer.Pay(t.Context(), modelRequest("k1"))
	wants(t, "pay", pay, err, "", payment.Unknown, payment.ErrUnavailable)
	close(gone)
	<-done
	row := r.rows("k1")[0]
	if row.State != Unknown {
		t.Errorf("a proof that knew nothing of the 599 has settled the row: %s", row.State)
	}
	if last := row.Attempt.Failures[len(row.Attempt.Failures)-1]; last.Status != 599 {
		t.Errorf("failures %+v", row.Attempt.Failures)
	}
}

// TestPaymentOfAnotherAttempt: a Lookup about attempt 1 that outlives its lease finds the payment of attempt 2.
func TestPaymentOfAnotherAttempt(t *testing.T) {
	for name, id := range map[string]string{"by id": "pay_1", "without an id": ""} {
		r := newRig(t, fails(payment.Unknown, nil))
		_, _ = r.payer.Pay(t.Context(), modelRequest("k1"))
		r.advance(pastQuiet)
		waiting, gone, done := make(chan struct{}), make(chan struct{}), make(chan struct{})
		r.fake.lookup = func(context.Context, payment.Attempt) (payment.Payment, error) {
			close(waiting)
			<-gone
			late := with(payment.Succeeded).pay
			late.ID, late.MatchedBy = id, payment.MatchedByMarker
			return late, nil
		}
		slow := r.another()
		go func() {
			defer close(done)
			pay, err := slow.Pay(context.Background(), modelRequest("k1"))
			wants(t, name+": the slow one", pay, err, payment.Succeeded, payment.Accepted, nil)
		}()
		<-waiting
		r.advance(pastLease)
		r.fake.lookup, r.fake.pay = noPayment().forLookup, with(payment.Succeeded).forPay
		pay, err := r.another().Pay(t.Context(), modelRequest("k1"))
		wants(t, name+": the other", pay, err, payment.Succeeded, payment.Accepted, nil)
		close(gone)
		<-done
		if diff := cmp.Diff([]State{Released, Paid}, r.states("k1")); diff != "" {
			t.Errorf("%s: states (-want +got):\n%s", name, diff)
		}
	}
}

// TestInsideACall: the store's clock is set forward while this process is inside a call. The process knows that it is.
func TestInsideACall(t *testing.T) {
	r := newRig(t, answer{})
	r.fake.lookup = noPayment().forLookup
	req := modelRequest("k1")
	r.fake.pay = func(ctx context.Context, _ payment.Request) (payment.Payment, error) {
		r.store.Advance(48 * time.Hour)
		pay, err := r.payer.Pay(ctx, req)
		wants(t, "pay", pay, err, "", payment.Unknown, payment.ErrInProgress)
		pay, err = r.payer.Lookup(ctx, payment.Attempt{Key: "k1"})
		wants(t, "lookup", pay, err, "", payment.Unknown, payment.ErrInProgress)
		pay, err = r.payer.Continue(ctx, payment.Attempt{Key: "k1"}, nil)
		wants(t, "continue", pay, err, "", payment.Unknown, payment.ErrInProgress)
		if err := r.payer.Resolve(ctx, "k1", DecideNotTaken, "ann", "note"); !errors.Is(err, payment.ErrInProgress) {
			t.Errorf("resolve: %v", err)
		}
		report, err := r.payer.Reconcile(ctx)
		if err != nil || report.Busy != 1 {
			t.Errorf("reconcile: %+v, %v", report, err)
		}
		return with(payment.Succeeded).pay, nil
	}
	pay, err := r.payer.Pay(t.Context(), req)
	wants(t, "the first", pay, err, payment.Succeeded, payment.Accepted, nil)
	if r.fake.sent != 1 || r.fake.looked != 0 {
		t.Errorf("sent %d, looked %d", r.fake.sent, r.fake.looked)
	}
}

// lateStore gives an INSERT up and commits it later.
type lateStore struct {
	*faultyStore
	late  func() error
	armed bool
}

func (s *lateStore) Begin(ctx context.Context, row Row, terms Terms) (Begun, error) {
	if !s.armed {
		return s.faultyStore.Begin(ctx, row, terms)
	}
	s.armed = false
	s.late = func() error { _, err := s.faultyStore.Begin(context.Background(), row, terms); return err }
	return Begun{}, errDown
}

// TestLateBegin: a row that was given up and is there later was never sent, and the process that gave it up knows.
func TestLateBegin(t *testing.T) {
	for name, ask := range map[string]func(*Payer) (payment.Payment, error){
		"pay": func(p *Payer) (payment.Payment, error) { return p.Pay(t.Context(), modelRequest("k1")) },
		"lookup": func(p *Payer) (payment.Payment, error) {
			_, err := p.Lookup(t.Context(), payment.Attempt{Key: "k1"})
			wants(t, "lookup", payment.Payment{}, err, "", payment.NotSent)
			return p.Pay(t.Context(), modelRequest("k1"))
		},
		"reconcile": func(p *Payer) (payment.Payment, error) {
			if report, err := p.Reconcile(t.Context()); err != nil || report.Settled != 1 {
				t.Errorf("reconcile: %+v, %v", report, err)
			}
			return p.Pay(t.Context(), modelRequest("k1"))
		},
	} {
		r := newRig(t, with(payment.Succeeded))
		s := &lateStore{faultyStore: r.fault, armed: true}
		r.payer.store = s
		pay, err := r.payer.Pay(t.Context(), modelRequest("k1"))
		wants(t, name+": given up", pay, err, "", payment.NotSent, payment.ErrJournal)
		if action := payment.Next(pay, err).Action; action != payment.NextWait {
			t.Errorf("%s: next %s", name, action)
		}
		if err := s.late(); err != nil {
			t.Fatal(err)
		}
		pay, err = ask(r.payer)
		wants(t, name, pay, err, payment.Succeeded, payment.Accepted, nil)
		if diff := cmp.Diff([]State{Released, Paid}, r.states("k1")); diff != "" || r.fake.sent != 1 {
			t.Errorf("%s: sent %d, states (-want +got):\n%s", name, r.fake.sent, diff)
		}
		if why := r.rows("k1")[0].Why; why != whyNeverSent {
			t.Errorf("%s: released because of %q", name, why)
		}
	}
}

// damagedStore cannot read the attempt of one key.
type damagedStore struct {
	*faultyStore
	key string
}

func (s *damagedStore) spoil(rows []Row, err error) ([]Row, error) {
	for i, row := range rows {
		if row.Attempt.Key == s.key {
			rows[i].Damage = "the attempt is no JSON"
			rows[i].Attempt = payment.Attempt{Key: row.Attempt.Key, Scope: row.Attempt.Scope, Digest: row.Attempt.Digest}
		}
	}
	return rows, err
}

func (s *damagedStore) Rows(ctx context.Context, name, key string) ([]Row, error) {
	return s.spoil(s.faultyStore.Rows(ctx, name, key))
}

func (s *damagedStore) Unresolved(ctx context.Context, name string, after Position, limit int) ([]Row, error) {
	return s.spoil(s.faultyStore.Unresolved(ctx, name, after, limit))
}

func TestDamagedRow(t *testing.T) {
	r := newRig(t, fails(payment.Unknown, nil))
	for i := range 3 {
		_, _ = r.payer.Pay(t.Context(), orderRequest(i))
	}
	r.payer.store = &damagedStore{r.fault, "k001"}
	r.fake.lookup = found(payment.Succeeded).forLookup
	report, err := r.payer.Reconcile(t.Context())
	if err != nil || report.Settled != 2 || len(report.Left) != 1 || report.Left[0].Key != "k001" || !errors.Is(report.Left[0].Err, payment.ErrInconclusive) {
		t.Errorf("report %+v, %v", report, err)
	}
	pay, err := r.payer.Lookup(t.Context(), payment.Attempt{Key: "k001"})
	wants(t, "lookup", pay, err, "", payment.Unknown, payment.ErrInconclusive)
	listed := 0
	for row, err := range r.payer.Unresolved(t.Context()) {
		if listed++; err != nil || row.Damage == "" {
			t.Errorf("listed %+v, %v", row, err)
		}
	}
	if listed != 1 {
		t.Errorf("%d rows are listed", listed)
	}
	if err := r.payer.Resolve(t.Context(), "k001", DecidePaid, "ann", "seen in the books"); err != nil {
		t.Error(err)
	}
	if s := r.states("k001"); s[0] != Paid {
		t.Errorf("resolved as %s", s)
	}
}

// panics calls f and returns what it panics with.
func panics(f func()) (value any) {
	defer func() { value = recover() }()
	f()
	return nil
}

func TestPanicsAreContained(t *testing.T) {
	t.Run("audit of begin", func(t *testing.T) {
		r := newRig(t, with(payment.Succeeded))
		r.payer.audit = func(context.Context, Event) { panic("audit") }
		if v := panics(func() { _, _ = r.payer.Pay(t.Context(), modelRequest("k1")) }); v != "audit" {
			t.Errorf("panic %v", v)
		}
		if diff := cmp.Diff([]State{Released}, r.states("k1")); diff != "" || r.fake.sent != 0 {
			t.Errorf("sent %d, states (-want +got):\n%s", r.fake.sent, diff)
		}
	})
	t.Run("audit of the answer", func(t *testing.T) {
		r := newRig(t, with(payment.Succeeded))
		r.payer.audit = func(_ context.Context, e Event) {
			if e.To == Paid {
				panic("audit")
			}
		}
		if v := panics(func() { _, _ = r.payer.Pay(t.Context(), modelRequest("k1")) }); v != "audit" {
			t.Errorf("panic %v", v)
		}
		pay, err := r.payer.Pay(t.Context(), modelRequest("k1"))
		wants(t, "again", pay, err, payment.Succeeded, payment.Accepted, nil)
	})
	t.Run("lookup", func(t *testing.T) {
		r := newRig(t, fails(payment.Unknown, nil))
		for i := range 3 {
			_, _ = r.payer.Pay(t.Context(), orderRequest(i))
		}
		r.fake.lookup = func(_ context.Context, a payment.Attempt) (payment.Payment, error) {
			if a.Key == "k001" {
				panic("secret")
			}
			return found(payment.Succeeded).pay, nil
		}
		report, err := r.payer.Reconcile(t.Context())
		var p *PanicError
		if err != nil || report.Settled != 2 || len(report.Left) != 1 || !errors.As(report.Left[0].Err, &p) || p.Value != "secret" {
			t.Errorf("report %+v, %v", report, err)
		}
		if text := fmt.Sprint(report.Left[0].Err); text != "fake Reconcile: unknown: panic with a value of type string" {
			t.Errorf("text %q", text)
		}
		if row := r.rows("k001")[0]; row.Leased() || row.Asks != 1 || row.State != Unknown {
			t.Errorf("row %s, leased %v, asked %d times", row.State, row.Leased(), row.Asks)
		}
	})
	t.Run("store", func(t *testing.T) {
		r := newRig(t, with(payment.Succeeded))
		boom := true
		r.fault.fail = func(op string, _ Row) (before, after error) {
			if op == "update" && boom {
				panic("store")
			}
			return nil, nil
		}
		if v := panics(func() { _, _ = r.payer.Pay(t.Context(), modelRequest("k1")) }); v != "store" {
			t.Errorf("panic %v", v)
		}
		boom = false
		r.advance(pastLease)
		r.fake.lookup = found(payment.Succeeded).forLookup
		pay, err := r.payer.Pay(t.Context(), modelRequest("k1"))
		wants(t, "after the lease", pay, err, payment.Succeeded, payment.Accepted, nil)
	})
}

// TestRowStaysSmall: a second step that is refused again and again does not make the row grow.
func TestRowStaysSmall(t *testing.T) {
	r := stand(t, Open)
	n := 0
	r.fake.second = func(ctx context.Context, _ payment.Attempt, _ payment.Continuation) (payment.Payment, error) {
		n++
		if err := payment.RecordMark(ctx, payment.Mark{Step: "complete"}); err != nil {
			return payment.Payment{}, err
		}
		return payment.Payment{}, &payment.Error{Provider: "fake", Outcome: payment.Refused, Status: 400, Code: fmt.Sprint("c", n), RequestID: fmt.Sprint(n)}
	}
	size := func() int {
		text, err := json.Marshal(r.rows("k1")[0])
		if err != nil {
			t.Fatal(err)
		}
		return len(text)
	}
	var early int
	for i := range 500 {
		_, err := r.payer.Continue(t.Context(), payment.Attempt{Key: "k1"}, nil)
		if payment.OutcomeOf(err) != payment.Refused || payment.Next(payment.Payment{}, err).Action != payment.NextLookup {
			t.Fatalf("%d: %v, next %s", i, err, payment.Next(payment.Payment{}, err))
		}
		if i == 50 {
			early = size()
		}
	}
	if late := size(); late > early+200 {
		t.Errorf("%d bytes after 50, %d after 500", early, late)
	}
	r.fake.second = func(ctx context.Context, _ payment.Attempt, _ payment.Continuation) (payment.Payment, error) {
		for i := range maxMarks + 1 {
			if err := payment.RecordMark(ctx, payment.Mark{Step: "step", Ref: map[string]string{"i": fmt.Sprint(i)}}); err != nil {
				return payment.Payment{}, err
			}
		}
		return with(payment.Succeeded).pay, nil
	}
	pay, err := r.payer.Continue(t.Context(), payment.Attempt{Key: "k1"}, nil)
	wants(t, "too many marks", pay, err, "", payment.NotSent)
}

type decorated struct{ payment.Payer }

type whole struct {
	payment.Payer
	*fakePayer
}

func (w whole) Provider() string                                   { return w.fakePayer.Provider() }
func (w whole) Prepare(r payment.Request) (payment.Attempt, error) { return w.fakePayer.Prepare(r) }
func (w whole) Pay(c context.Context, r payment.Request) (payment.Payment, error) {
	return w.fakePayer.Pay(c, r)
}
func (w whole) Lookup(c context.Context, a payment.Attempt) (payment.Payment, error) {
	return w.fakePayer.Lookup(c, a)
}

// wrapping is a decorator as it should be.
type wrapping struct{ plainPayer }

func (w wrapping) Unwrap() payment.Payer { return w.fake }
func (w wrapping) Continue(c context.Context, a payment.Attempt, k payment.Continuation) (payment.Payment, error) {
	return w.fake.Continue(c, a, k)
}

func TestWrapped(t *testing.T) {
	p, err := New(wrapping{plainPayer{&fakePayer{}}}, NewMemory(), Name("n"))
	if err != nil {
		t.Fatal(err)
	}
	if want := (payment.Timing{LongestCall: fakeLongest, Settling: fakeSettling}); p.timing != want {
		t.Errorf("timing %v, want %v", p.timing, want)
	}
}

func TestDecoratorsThatHide(t *testing.T) {
	fake := &fakePayer{}
	for name, c := range map[string]struct {
		payer payment.Payer
		hides bool
	}{
		"by value":       {decorated{fake}, true},
		"by pointer":     {&decorated{fake}, true},
		"nothing hidden": {decorated{plainPayer{fake}}, false},
		"all passed on":  {whole{fake, fake}, false},
		"itself":         {fake, false},
	} {
		_, err := New(c.payer, NewMemory(), Name("n"))
		var e *payment.Error
		if c.hides != errors.As(err, &e) || c.hides && e.Field != "payer" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestKeyOfAnInvalidRequest: a request that was valid when it was sent is invalid today. Nobody may conclude that nothing was
// taken.
func TestKeyOfAnInvalidRequest(t *testing.T) {
	r := stand(t, Unknown)
	bad := modelRequest("k1")
	bad.Amount = payment.Money{}
	_, err := r.payer.Pay(t.Context(), bad)
	wants(t, "pay", payment.Payment{}, err, "", payment.NotSent, payment.ErrInvalidRequest)
	if action := payment.Next(payment.Payment{}, err).Action; action != payment.NextLookup {
		t.Errorf("next %s", action)
	}
	bad.Key = "k2"
	_, err = r.payer.Pay(t.Context(), bad)
	if action := payment.Next(payment.Payment{}, err).Action; action != payment.NextNewRequest {
		t.Errorf("a key of no row: next %s", action)
	}
	r.fault.fail = func(string, Row) (before, after error) { return errDown, nil }
	_, err = r.payer.Pay(t.Context(), bad)
	if action := payment.Next(payment.Payment{}, err).Action; action != payment.NextWait {
		t.Errorf("journal away: next %s, %v", action, err)
	}
}

func TestKeyReusedSaysWhere(t *testing.T) {
	for state, want := range map[State]payment.Action{
		Started: payment.NextLookup, Unknown: payment.NextLookup, Open: payment.NextLookup, Paid: payment.NextLookup,
		Conflict: payment.NextLookup, Failed: payment.NextNewRequest, Released: payment.NextNewRequest,
	} {
		r := stand(t, state)
		other := modelRequest("k1")
		other.OrderID = "ord_2"
		pay, err := r.payer.Pay(t.Context(), other)
		wants(t, string(state), pay, err, "", payment.NotSent, payment.ErrKeyReused)
		var k *payment.KeyStateError
		if !errors.As(err, &k) || k.Key != "k1" || k.State != string(state) {
			t.Errorf("%s: %v", state, err)
		}
		if action := payment.Next(pay, err).Action; action != want {
			t.Errorf("%s: next %s, want %s", state, action, want)
		}
	}
}

type installed struct {
	*fakePayer
	word string
}

func (p installed) Installation() string { return p.word }

// TestRowsOfAnotherInstallation are not asked about, and are not settled.
func TestRowsOfAnotherInstallation(t *testing.T) {
	r := newRig(t, fails(payment.Unknown, nil))
	a, b := r.another(), r.another()
	a.payer, a.installation = installed{r.fake, "a.example/1"}, "a.example/1"
	b.payer, b.installation = installed{r.fake, "b.example/1"}, "b.example/1"
	_, _ = a.Pay(t.Context(), modelRequest("k1"))
	r.advance(pastQuiet)
	r.fake.lookup = noPayment().forLookup
	report, err := b.Reconcile(t.Context())
	if err != nil || len(report.Left) != 1 || !errors.Is(report.Left[0].Err, payment.ErrInconclusive) {
		t.Errorf("report %+v, %v", report, err)
	}
	for name, ask := range map[string]func() (payment.Payment, error){
		"pay":      func() (payment.Payment, error) { return b.Pay(t.Context(), modelRequest("k1")) },
		"lookup":   func() (payment.Payment, error) { return b.Lookup(t.Context(), payment.Attempt{Key: "k1"}) },
		"continue": func() (payment.Payment, error) { return b.Continue(t.Context(), payment.Attempt{Key: "k1"}, nil) },
	} {
		pay, err := ask()
		wants(t, name, pay, err, "", payment.Unknown, payment.ErrInconclusive)
	}
	if r.fake.looked != 0 || r.fake.sent != 1 || r.states("k1")[0] != Unknown {
		t.Errorf("looked %d, sent %d, states %v", r.fake.looked, r.fake.sent, r.states("k1"))
	}
	moved, err := New(installed{r.fake, "b.example/1"}, r.fault, Name("test"), WithFormerInstallation("a.example/1"))
	if err != nil {
		t.Fatal(err)
	}
	pay, err := moved.Lookup(t.Context(), payment.Attempt{Key: "k1"})
	wants(t, "a new host name", pay, err, "", payment.Refused, payment.ErrNoPayment)
}
