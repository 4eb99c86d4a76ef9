package once

import (
	"context"
	"crypto/sha256"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
)

// The model runs the real code of this package against the memory store, with every interleaving of a few processes, a
// clock that jumps over leases and quiet times, and every answer of a provider that keeps a ledger. Processes are
// coroutines that give way before each call of the store, before and after each send, and before each Lookup.

// choices is the path of one run through the tree of all that can happen: a walk depth first.
type choices struct {
	path  []fork
	depth int
	seen  map[[sha256.Size]byte]uint64 // states walked to their ends, with the number of interleavings from there
}

type fork struct {
	state       [sha256.Size]byte
	ways, taken int
	sum         uint64 // interleavings of the ways already walked
}

// cut ends a run in a state that has been walked before.
type cut struct{ interleavings uint64 }

func (w *world) choose(ways int) int {
	c := w.c
	if c.depth == len(c.path) {
		state := w.fingerprint()
		if n, known := c.seen[state]; known {
			w.over, w.known = true, n
			panic(cut{n})
		}
		c.path = append(c.path, fork{state: state, ways: ways})
	}
	c.depth++
	return c.path[c.depth-1].taken
}

// next adds up what the last run found and moves to the next path; it returns the sum when all have been walked.
func (c *choices) next(found uint64) (sum uint64, done bool) {
	c.depth = 0
	for len(c.path) > 0 {
		last := &c.path[len(c.path)-1]
		last.sum += found
		if last.taken++; last.taken < last.ways {
			return 0, false
		}
		c.seen[last.state], found = last.sum, last.sum
		c.path = c.path[:len(c.path)-1]
	}
	return found, true
}

// result is what the provider makes of one request that moves money.
type result string

const (
	takenAnswered  result = "taken, answered"
	takenMismatch  result = "taken, another amount"
	takenLost      result = "taken, answer lost"
	lost           result = "request lost"
	held           result = "held, taken later, answer lost"
	pendingTaken   result = "pending, taken later"
	pendingFailed  result = "pending, fails later"
	declined       result = "declined"
	rateLimited    result = "rate limited"
	notSent        result = "no connection"
	actionRequired result = "action required"
)

const (
	modelLongest  = 5 * time.Minute
	modelSettling = 10 * time.Minute
)

// world is the model's provider, clock and scheduler.
type world struct {
	t        *testing.T
	c        *choices
	offset   time.Duration
	store    *Memory
	first    []result // what may become of the first request that moves money
	later    []result // and of the others
	noGate   bool     // the payer forgets to ask the gate
	slow     bool     // the provider takes held requests after its settling time
	marks    bool     // the payer records a mark before the request that moves money
	lookup   bool     // false: Lookup may also be inconclusive
	ticks    []time.Duration
	sent     int
	taken    map[string]int // the ledger, by key
	flying   []*flight
	landed   []*flight
	procs    []*process
	nonces   map[string]string
	running  *process
	over     bool   // the run has been cut off, in a state whose interleavings are known
	known    uint64 // how many they are
	trace    []step
	violated string
}

// step is one line of the trace, formatted only if it is needed.
type step struct {
	format string
	args   []any
}

type flight struct {
	key   string
	id    string
	takes bool
}

type process struct {
	name   string
	seen   [sha256.Size]byte
	nonces int
	pauses int
	yield  func(struct{}) bool
	next   func() (struct{}, bool)
	stop   func()
	done   bool
}

func (w *world) now() time.Time { return time.Unix(1_800_000_000, 0).Add(w.offset) }

func (w *world) log(format string, args ...any) {
	name := "world"
	if w.running != nil {
		name = w.running.name
	}
	w.trace = append(w.trace, step{name + ": " + format, args})
}

func (w *world) violation(format string, args ...any) {
	if w.violated == "" {
		w.violated = fmt.Sprintf(format, args...)
	}
}

// unwound is thrown through a process that was cut off.
type unwound struct{}

// pause gives way to the other processes.
func (w *world) pause() {
	if w.over {
		panic(unwound{})
	}
	if proc := w.running; proc != nil {
		proc.pauses++
		if !proc.yield(struct{}{}) {
			panic(unwound{})
		}
	}
}

// observe adds to the fingerprint of the running process what it has just learnt.
func (w *world) observe(op string, rows []Row, err error) {
	if w.running == nil {
		return
	}
	text := string(w.running.seen[:]) + strconv.Itoa(w.running.pauses) + op + w.print(rows)
	if err != nil {
		text += err.Error()
	}
	w.running.seen = sha256.Sum256([]byte(text))
}

// print renders rows without what differs from run to run: nonces get the name of their process.
func (w *world) print(rows []Row) string {
	var b strings.Builder
	for _, r := range rows {
		name, known := w.nonces[r.Nonce]
		if !known && w.running != nil {
			w.running.nonces++
			name = fmt.Sprintf("%s.%d", w.running.name, w.running.nonces)
			w.nonces[r.Nonce] = name
		}
		for _, s := range []string{r.Attempt.Key, string(r.State), string(r.Evidence), r.Why, name, r.Attempt.PaymentID,
			string(r.lastPayment().Status), r.lastPayment().ID} {
			b.WriteString(s)
			b.WriteByte('|')
		}
		for _, n := range []int64{int64(r.N), r.Version, r.BeganAt.Unix(), r.LeaseEnd.Unix(), r.QuietEnd.Unix(), r.Now.Unix(),
			int64(len(r.Attempt.Marks)), int64(len(r.Attempt.Failures)), r.WatchUntil.Unix()} {
			b.WriteString(strconv.FormatInt(n, 36))
			b.WriteByte('|')
		}
		fmt.Fprint(&b, r.Attempt.Answered, r.Asserted)
		if r.Problem != nil {
			b.WriteString(strings.Join(r.Problem.Kinds, "|"))
		}
	}
	return b.String()
}

// fingerprint names the state of the world: two runs with the same one have the same future.
func (w *world) fingerprint() [sha256.Size]byte {
	var b strings.Builder
	fmt.Fprint(&b, w.offset, len(w.ticks), w.sent, w.taken["k1"], w.taken["k2"])
	for _, f := range w.flying {
		fmt.Fprint(&b, "flying", *f)
	}
	for _, f := range w.landed {
		fmt.Fprint(&b, "landed", *f)
	}
	for _, proc := range w.procs {
		if !proc.done {
			b.WriteString(proc.name)
			b.Write(proc.seen[:])
			b.WriteByte(byte(proc.pauses))
		}
		if proc == w.running {
			b.WriteString("runs")
		}
	}
	for _, key := range []string{"k1", "k2"} {
		b.WriteString(w.print(w.store.read(w.store.rows[id{"model", key}])))
	}
	return sha256.Sum256([]byte(b.String()))
}

func (w *world) spawn(name string, run func(p *Payer)) {
	p, err := New(&modelPayer{w}, &modelStore{w.store, w}, Name("model"), WithOwner(name))
	if err != nil {
		w.t.Fatal(err)
	}
	p.now = w.now
	proc := &process{name: name}
	proc.next, proc.stop = iter.Pull(func(yield func(struct{}) bool) {
		proc.yield = yield
		run(p)
	})
	w.procs = append(w.procs, proc)
}

// run lets everything happen in the order that the choices say.
func (w *world) run() {
	for !w.over {
		var actions []func()
		for _, proc := range w.procs {
			if !proc.done {
				actions = append(actions, func() {
					w.running = proc
					_, more := proc.next()
					proc.done, w.running = !more, nil
				})
			}
		}
		if len(actions) == 0 {
			break
		}
		if len(w.flying) > 0 {
			actions = append(actions, w.land)
		}
		// The provider has settled by the time that the quiet time is over.
		if len(w.ticks) > 1 || len(w.ticks) == 1 && (len(w.flying) == 0 || w.slow) {
			actions = append(actions, func() {
				w.offset += w.ticks[0]
				w.ticks = w.ticks[1:]
				w.log("clock jumps to %v", w.offset)
			})
		}
		actions[w.choose(len(actions))]()
	}
	for len(w.flying) > 0 && !w.over {
		w.land()
	}
}

func (w *world) land() {
	f := w.flying[0]
	w.flying = w.flying[1:]
	if f.takes {
		w.taken[f.key]++
	}
	w.landed = append(w.landed, f)
	w.log("request %s lands, taken %v", f.id, f.takes)
}

func (w *world) total() int { return w.taken["k1"] + w.taken["k2"] }

// modelStore gives way before each call.
type modelStore struct {
	*Memory
	w *world
}

func (s *modelStore) Begin(ctx context.Context, row Row, terms Terms) (Begun, error) {
	s.w.observe("begin at "+s.w.offset.String(), []Row{row}, nil) // its lease counts from here
	s.w.pause()
	b, err := s.w.store.Begin(ctx, row, terms)
	rows := b.Rows
	if b.Holder != nil {
		rows = append(rows, *b.Holder)
	}
	s.w.observe("begun", rows, err)
	s.w.log("begin %s: %v %v", row.Attempt.Key, b.Began, err)
	return b, err
}

func (s *modelStore) Update(ctx context.Context, row Row, terms Terms) (Row, error) {
	op := "update"
	if terms.Lease > 0 {
		op += " at " + s.w.offset.String()
	}
	s.w.observe(op, []Row{row}, nil)
	s.w.pause()
	r, err := s.w.store.Update(ctx, row, terms)
	s.w.observe("updated", []Row{r}, err)
	s.w.log("update %s/%d v%d to %s: %v", row.Attempt.Key, row.N, row.Version, row.State, err)
	return r, err
}

func (s *modelStore) Rows(ctx context.Context, name, key string) ([]Row, error) {
	s.w.pause()
	rows, err := s.w.store.Rows(ctx, name, key)
	s.w.observe("rows", rows, err)
	return rows, err
}

func (s *modelStore) Unresolved(ctx context.Context, name string, after Position, limit int) ([]Row, error) {
	rows, err := s.w.store.Unresolved(ctx, name, after, limit)
	s.w.observe("unresolved", rows, err)
	return rows, err
}

type modelPayer struct{ w *world }

func (m *modelPayer) Provider() string { return "model" }

func (m *modelPayer) Timing() payment.Timing {
	return payment.Timing{LongestCall: modelLongest, Settling: modelSettling}
}

func (m *modelPayer) Prepare(req payment.Request) (payment.Attempt, error) {
	return payment.NewAttempt(req, req.OrderID, nil)
}

func (m *modelPayer) Pay(ctx context.Context, req payment.Request) (payment.Payment, error) {
	return m.send(ctx, "Pay", req.Key)
}

func (m *modelPayer) Continue(ctx context.Context, a payment.Attempt, _ payment.Continuation) (payment.Payment, error) {
	return m.send(ctx, "Continue", a.Key)
}

func (m *modelPayer) send(ctx context.Context, op, key string) (payment.Payment, error) {
	w := m.w
	fail := func(o payment.Outcome, kind error) error {
		return &payment.Error{Op: op, Outcome: o, Kind: kind, Status: 599}
	}
	if w.marks {
		if err := payment.RecordMark(ctx, payment.Mark{Step: "commit"}); err != nil {
			return payment.Payment{}, err
		}
	}
	w.pause()
	if err := payment.CheckGate(ctx); err != nil && !w.noGate {
		w.log("the gate is shut")
		return payment.Payment{}, err
	}
	results := w.later
	if w.sent == 0 {
		results = w.first
	}
	w.sent++
	r := results[w.choose(len(results))]
	w.log("sends: %s", r)
	w.observe("sends "+string(r), nil, nil)
	id := fmt.Sprintf("pay_%d", w.sent)
	switch r {
	case takenAnswered, takenMismatch, takenLost:
		w.taken[key]++
	case held:
		w.flying = append(w.flying, &flight{key: key, id: id, takes: true})
	case pendingTaken, pendingFailed:
		w.flying = append(w.flying, &flight{key: key, id: id, takes: r == pendingTaken})
	}
	w.pause()
	pay := payment.Payment{Provider: "model", ID: id, MatchedBy: payment.MatchedByAnswer}
	switch r {
	case takenAnswered:
		pay.Status = payment.Succeeded
		return pay, nil
	case takenMismatch:
		pay.Status = payment.Succeeded
		return pay, fail(payment.Accepted, payment.ErrAmountMismatch)
	case pendingTaken, pendingFailed:
		pay.Status = payment.Pending
		return pay, nil
	case actionRequired:
		pay.Status = payment.ActionRequired
		return pay, nil
	case declined:
		return payment.Payment{}, fail(payment.Refused, payment.ErrDeclined)
	case rateLimited:
		return payment.Payment{}, fail(payment.Refused, payment.ErrRateLimited)
	case notSent:
		return payment.Payment{}, fail(payment.NotSent, nil)
	default:
		return payment.Payment{}, fail(payment.Unknown, nil)
	}
}

// Lookup shows what is visible now. A request in flight is not, and the provider then says, too early, that there is no
// payment.
func (m *modelPayer) Lookup(_ context.Context, a payment.Attempt) (payment.Payment, error) {
	w := m.w
	w.pause()
	if !w.lookup && w.choose(2) == 1 {
		w.log("looks up: inconclusive")
		return payment.Payment{}, &payment.Error{Kind: payment.ErrInconclusive}
	}
	pay := payment.Payment{Provider: "model", Status: payment.Succeeded, MatchedBy: payment.MatchedByOrder}
	for _, f := range w.landed {
		if f.id == a.PaymentID && !f.takes {
			w.log("looks up: failed")
			return payment.Payment{Provider: "model", ID: f.id, Status: payment.Failed, MatchedBy: payment.MatchedByID}, nil
		}
	}
	for _, f := range w.flying {
		if f.id == a.PaymentID {
			w.log("looks up: pending")
			return payment.Payment{Provider: "model", ID: f.id, Status: payment.Pending, MatchedBy: payment.MatchedByID}, nil
		}
	}
	if w.total() > 0 {
		w.log("looks up: paid")
		return pay, nil
	}
	w.log("looks up: no payment")
	return payment.Payment{}, &payment.Error{Outcome: payment.Refused, Kind: payment.ErrNoPayment}
}

func modelRequest(key string) payment.Request {
	amount, err := payment.ParseMoney("30.20", "GBP")
	if err != nil {
		panic(err)
	}
	return payment.Request{Key: key, OrderID: "ord_1", Amount: amount}
}

// pays is a process that pays the key and checks what it is told.
func (w *world) pays(key string) func(*Payer) {
	return func(p *Payer) {
		pay, err := p.Pay(context.Background(), modelRequest(key))
		w.log("returns %q, %v", pay.Status, err)
		w.told(key, pay, err)
	}
}

func (w *world) told(key string, pay payment.Payment, err error) {
	switch payment.OutcomeOf(err) {
	case payment.Accepted:
		if err != nil && w.total() == 0 {
			w.violation("told Accepted, nothing was taken")
		}
		if err == nil && pay.Paid() && w.total() == 0 {
			w.violation("told paid, nothing was taken")
		}
	case payment.Refused:
		if w.taken[key] > 0 {
			w.violation("told Refused, the ledger has the money")
		}
	}
}

func (w *world) reconciles(p *Payer) {
	report, err := p.Reconcile(context.Background())
	w.log("reconciles: %+v, %v", report, err)
	if err != nil {
		w.violation("reconcile: %v", err)
	}
}

func (w *world) continues(key string) func(*Payer) {
	return func(p *Payer) {
		pay, err := p.Continue(context.Background(), payment.Attempt{Key: key}, nil)
		w.log("returns %q, %v", pay.Status, err)
		w.told(key, pay, err)
	}
}

// verify asks the ledger, before and after a last Reconcile with a provider that hides nothing.
func (w *world) verify(keys ...string) {
	w.verdict(false, keys)
	w.offset += 48 * time.Hour
	w.lookup = true
	w.running = nil
	p, err := New(&modelPayer{w}, w.store, Name("model"))
	if err != nil {
		w.t.Fatal(err)
	}
	p.now = w.now
	for range 2 {
		if _, err := p.Reconcile(context.Background()); err != nil {
			w.violation("last reconcile: %v", err)
		}
	}
	w.verdict(true, keys)
}

func (w *world) verdict(final bool, keys []string) {
	if w.total() > 1 {
		w.violation("taken %d times", w.total())
	}
	var states []State
	kept := false
	for _, key := range keys {
		rows, err := w.store.Rows(context.Background(), "model", key)
		if err != nil {
			w.t.Fatal(err)
		}
		if len(rows) == 0 {
			continue
		}
		state := decisive(rows).State
		states = append(states, state)
		kept = kept || state.Live()
		if final && state.askable() {
			w.violation("left as %s", state)
		}
		if w.total() == 0 && (state == Paid || state == Conflict) {
			w.violation("%s, nothing was taken", state)
		}
	}
	w.log("states %v, taken %d", states, w.total())
	if w.total() > 0 && !kept {
		w.violation("lost: taken, and the keys are %v", states)
	}
}
