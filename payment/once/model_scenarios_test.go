package once

import (
	"crypto/sha256"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"
)

// scenario is what the model walks: processes, and what the provider may answer them.
type scenario struct {
	name    string
	procs   func(w *world)
	keys    []string
	first   []result
	later   []result
	ticks   int // 1: past the lease; 2: and past the quiet time
	prepare func(w *world)
	marks   bool
	noGate  bool
	slow    bool // the provider takes held requests even after its settling time
}

func all() []result {
	return []result{takenAnswered, takenLost, lost, held, pendingTaken, pendingFailed, declined, notSent}
}

// explorer walks all interleavings of a scenario. States that it has seen are not walked twice, but counted.
type explorer struct {
	t *testing.T
	s scenario
	c choices

	limit int
}

// walk stops at the first violation, and with no count after limit runs.
func (e *explorer) walk() (interleavings uint64, violated string) {
	e.c.seen = map[[sha256.Size]byte]uint64{}
	for range e.limit {
		found, violated := e.run()
		if violated != "" {
			return 0, violated
		}
		if sum, done := e.c.next(found); done {
			return sum, ""
		}
	}
	return 0, ""
}

// run follows the path, extends it to the end or to a state that is known, and gives the ledger's verdict.
func (e *explorer) run() (found uint64, violated string) {
	s := e.s
	w := &world{t: e.t, c: &e.c, store: NewMemory(), first: s.first, later: s.later, marks: s.marks,
		noGate: s.noGate, nonces: map[string]string{}, taken: map[string]int{}}
	w.store.now = func() time.Time { return w.now().Add(-3 * time.Hour) } // the store's clock is another
	lease := modelLongest + leaseMargin
	w.ticks = []time.Duration{lease + time.Second, lease + modelLongest + modelSettling + time.Second}[:s.ticks]
	w.slow = s.slow
	defer func() {
		switch r := recover().(type) {
		case nil:
		case cut:
			found = r.interleavings
		default:
			panic(r)
		}
		w.over = true
		for _, proc := range w.procs {
			proc.unwind()
		}
	}()
	if s.prepare != nil {
		s.prepare(w)
	}
	s.procs(w)
	w.run()
	if w.over {
		return w.known, "" // the payer has contained the panic that cut the run off
	}
	w.verify(s.keys...)
	if w.violated != "" {
		violated = w.violated
		for _, s := range w.trace {
			violated += "\n\t" + fmt.Sprintf(s.format, s.args...)
		}
	}
	return 1, violated
}

func (p *process) unwind() {
	defer func() {
		switch r := recover().(type) {
		case nil, unwound, cut:
		default:
			panic(r)
		}
	}()
	p.stop()
}

func scenarios() []scenario {
	one := []string{"k1"}
	few := []result{takenLost, held}
	return []scenario{
		{
			name: "two pay one key", keys: one, first: all(), later: few, ticks: 2,
			procs: func(w *world) { w.spawn("A", w.pays("k1")); w.spawn("B", w.pays("k1")) },
		},
		{
			name: "one pays, one reconciles twice", keys: one, first: all(), ticks: 2,
			procs: func(w *world) {
				w.spawn("A", w.pays("k1"))
				w.spawn("B", func(p *Payer) { w.reconciles(p); w.reconciles(p) })
			},
		},
		{
			name: "one pays, one reconciles and pays", keys: one, first: []result{takenLost, declined},
			later: []result{takenLost}, ticks: 2,
			procs: func(w *world) {
				w.spawn("A", w.pays("k1"))
				w.spawn("B", func(p *Payer) { w.reconciles(p); w.pays("k1")(p) })
			},
		},
		{
			name: "two keys, one scope", keys: []string{"k1", "k2"}, first: []result{takenLost, held, declined, notSent},
			later: []result{takenLost}, ticks: 2,
			procs: func(w *world) {
				w.spawn("A", w.pays("k1"))
				w.spawn("B", func(p *Payer) { w.reconciles(p); w.pays("k2")(p) })
			},
		},
		{
			name: "a marked step", keys: one, marks: true, first: []result{takenLost, held, declined},
			later: []result{takenLost}, ticks: 2,
			procs: func(w *world) { w.spawn("A", w.pays("k1")); w.spawn("B", w.pays("k1")) },
		},
		{
			name: "two take the second step", keys: one, first: []result{actionRequired}, later: []result{takenLost, declined}, ticks: 1,
			prepare: func(w *world) { w.spawn("0", w.pays("k1")); w.finish() },
			procs: func(w *world) {
				w.spawn("A", w.continues("k1"))
				w.spawn("B", w.continues("k1"))
			},
		},
		{
			name: "one takes the second step, one reconciles and pays", keys: one, first: []result{actionRequired}, later: append(few, declined, notSent), ticks: 1,
			prepare: func(w *world) { w.spawn("0", w.pays("k1")); w.finish() },
			procs: func(w *world) {
				w.spawn("A", w.continues("k1"))
				w.spawn("B", func(p *Payer) { w.reconciles(p); w.pays("k1")(p) })
			},
		},
	}
}

// finish runs what has been spawned so far to its end.
func (w *world) finish() {
	for _, proc := range w.procs {
		w.running = proc
		for more := true; more; {
			_, more = proc.next()
		}
		proc.done, w.running = true, nil
	}
}

func TestModel(t *testing.T) {
	for _, s := range scenarios() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			e := &explorer{t: t, s: s, limit: modelRuns}
			n, violated := e.walk()
			if violated != "" {
				t.Fatal(violated)
			}
			if n == 0 {
				t.Logf("stopped after %d runs", modelRuns)
				return
			}
			t.Logf("%d interleavings, %d states", n, len(e.c.seen))
		})
	}
}

// The model is worth something only if it finds what is broken: payers that break their contract must pay twice in it.
func TestModelFindsDoublePayments(t *testing.T) {
	small := scenarios()[0]
	small.first, small.later = []result{held}, []result{held}
	forgetful, slow := small, small
	forgetful.noGate = true
	slow.slow = true
	for name, s := range map[string]scenario{"gate not asked": forgetful, "provider settles too late": slow} {
		t.Run(name, func(t *testing.T) {
			e := &explorer{t: t, s: s, limit: math.MaxInt}
			if _, violated := e.walk(); !strings.Contains(violated, "taken 2 times") {
				t.Errorf("the model found no double payment: %q", violated)
			}
		})
	}
}
