package once

import (
	"context"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
)

// A random world runs the real code of this package: some processes that share a store which fails, a provider which is
// late but honest, persons who decide rightly and wrongly, crashes, and clocks that step. Calls are coroutines that give
// way before each call of the store and of the provider. Everything that happens follows from the seed.
//
// Unlike the model of model_test.go, which walks all interleavings of few steps, a random world is long and lets
// everything go wrong that the package promises to bear.

// worldRules are what differs from world to world.
type worldRules struct {
	processes int
	keys      []string
	another   bool // requests may allow another key to pay the order
	marks     bool // the payer records a mark before the request that moves money
	firstMark bool // the journal writes the payer's first mark together with the row
	byOrder   bool // Lookup finds payments by their order alone, else by a marker of the key
	noIDs     bool // the provider's payments have no id; only with byOrder
	lateLost  bool // a request whose answer is a 5xx or not known may be taken days later
	farSteps  bool // the store's clock steps forward by more than the quiet time
	fourEyes  bool
	persons   int // per cent of the new calls that are a person's
	failures  int // per mille of the calls of the store that fail
	unclear   int // per cent of the questions to the provider that are not answered
	crashes   int // per mille of the steps that kill a process
	panics    int // per mille of the calls of the store and the provider that panic
	steps     int
}

// The times of the provider. A small step of the store's clock shortens the quiet time, so that the provider must
// take what it takes earlier than the quiet time allows: see [randomWorld.stepClock].
const (
	worldLongest  = 5 * time.Minute
	worldSettling = 10 * time.Minute
	worldLease    = worldLongest + leaseMargin
	worldQuiet    = worldLease + worldLongest + worldSettling
	worldForward  = 8 * time.Minute                             // all small steps of the clock together
	worldHeld     = worldLongest + worldSettling - worldForward // a held request is taken within
)

// randomWorld is the scheduler, the clocks, the provider and what is known of the truth.
type randomWorld struct {
	t     *testing.T
	seed  uint64
	rng   *rand.Rand
	rules worldRules

	clock   time.Duration // of the processes and of the provider
	ahead   time.Duration // the store's clock is ahead by this
	forward time.Duration // the sum of the small steps forward

	store     *Memory
	lateWork  []func() // writes that were given up and are committed later
	processes []*worldProcess
	calls     []*worldCall // those that have not ended
	running   *worldCall
	spawned   int
	calm      bool // the last phase: nothing fails any more

	payments []*worldPayment
	flights  []*worldFlight
	sent     int

	truth worldTruth

	traced   bool
	trace    []string
	violated string
}

// worldProcess is a Payer in a process of its own.
type worldProcess struct {
	w      *randomWorld
	name   string
	payer  *Payer
	dead   bool
	unsent map[string]int // nonces of calls that were given up before they sent, with the last call that had begun then
}

// worldCall is one call of a Payer.
type worldCall struct {
	name    string
	process *worldProcess
	op, key string
	number  int  // of the calls of the world
	began   int  // how many requests had been sent when the call began
	asleep  int  // for so many steps the call does not go on
	stepped bool // the store's clock has made a far step during the call
	turned  bool // the store's clock has made any step during the call
	left    bool // the caller has gone
	leave   context.CancelCauseFunc
	shown   []*worldPayment // what the provider showed as taken when the call began
	sends   []*worldPayment
	answer  *worldAnswer // the last answer of the provider to Pay or Continue
	nonce   string       // of the row with which the call sends, or wanted to send
	inside  bool         // the payer has sent and not yet answered
	entered bool         // the payer was called
	paying  int          // and has not returned: the number of the last call that had begun when it was; else 0
	unclear bool         // a question of this call was not answered
	failed  bool         // the store has failed in this call, or something has panicked
	yield   func(struct{}) bool
	next    func() (struct{}, bool)
	stop    func()
	ended   bool
}

// worldGone unwinds a call of a dead process.
type worldGone struct{}

// worldPanic is an injected panic.
type worldPanic struct{}

var errCallerLeft = fmt.Errorf("the caller has left")

func newRandomWorld(t *testing.T, seed uint64, traced bool) *randomWorld {
	w := &randomWorld{t: t, seed: seed, rng: rand.New(rand.NewPCG(seed, 14)), store: NewMemory(), traced: traced}
	w.store.now = func() time.Time { return w.now().Add(w.ahead) }
	w.ahead = time.Duration(w.rng.IntN(7)-3) * time.Hour
	r := &w.rules
	r.processes = 1 + w.rng.IntN(3)
	r.keys = []string{"k1", "k2"}[:1+w.rng.IntN(2)]
	r.another = len(r.keys) > 1 && w.chance(10, 100)
	r.marks = w.chance(40, 100)
	r.firstMark = r.marks && w.chance(50, 100)
	r.byOrder = w.chance(40, 100)
	r.noIDs = r.byOrder && w.chance(30, 100)
	r.lateLost = w.chance(40, 100)
	r.farSteps = r.processes == 1 && w.chance(50, 100)
	r.fourEyes = w.chance(15, 100)
	r.persons = []int{0, 5, 25}[w.rng.IntN(3)]
	r.failures = []int{0, 20, 100, 300}[w.rng.IntN(4)]
	r.unclear = []int{0, 10, 50}[w.rng.IntN(3)]
	r.crashes = []int{0, 5, 20}[w.rng.IntN(3)]
	r.panics = []int{0, 0, 10}[w.rng.IntN(3)]
	r.steps = 40 + w.rng.IntN(160)
	w.truth.init()
	w.log("rules %+v", *r)
	return w
}

func (w *randomWorld) now() time.Time { return time.Unix(1_800_000_000, 0).Add(w.clock) }

// chance is true in n of all cases.
func (w *randomWorld) chance(n, all int) bool { return w.rng.IntN(all) < n }

func (w *randomWorld) log(format string, args ...any) {
	if !w.traced {
		return
	}
	name := "world"
	if w.running != nil {
		name = w.running.name
	}
	w.trace = append(w.trace, fmt.Sprintf("%10v %s: ", w.clock, name)+fmt.Sprintf(format, args...))
}

// violation keeps the first rule that was broken.
func (w *randomWorld) violation(format string, args ...any) {
	if w.violated == "" {
		w.violated = fmt.Sprintf(format, args...)
		w.log("VIOLATION: %s", w.violated)
	}
}

// pause gives way to the other calls. A call of a dead process goes no further.
func (w *randomWorld) pause() {
	c := w.running
	if c == nil {
		return
	}
	if c.process.dead || !c.yield(struct{}{}) {
		panic(worldGone{})
	}
}

// alive ends the running call if its process is dead: its deferred functions run all the same.
func (w *randomWorld) alive() {
	if w.running != nil && w.running.process.dead {
		panic(worldGone{})
	}
}

func (w *randomWorld) boot() *worldProcess {
	proc := &worldProcess{w: w, name: fmt.Sprintf("P%d", len(w.processes)+1), unsent: map[string]int{}}
	options := []Option{Name("world"), WithOwner(proc.name)}
	if w.rules.fourEyes {
		options = append(options, WithFourEyes())
	}
	var payer payment.Payer = &worldPayer{w}
	if w.rules.firstMark {
		payer = &worldMarkedPayer{worldPayer{w}}
	}
	p, err := New(payer, &worldStore{w.store, w}, options...)
	if err != nil {
		w.t.Fatal(err)
	}
	p.now = w.now
	proc.payer = p
	w.processes = append(w.processes, proc)
	return proc
}

// living returns the processes that live; it starts as many as there shall be.
func (w *randomWorld) living() []*worldProcess {
	var live []*worldProcess
	for _, p := range w.processes {
		if !p.dead {
			live = append(live, p)
		}
	}
	for len(live) < w.rules.processes {
		live = append(live, w.boot())
	}
	return live
}

// spawn starts a call of the process.
func (w *randomWorld) spawn(proc *worldProcess, op, key string, run func(context.Context, *worldCall)) *worldCall {
	w.spawned++
	c := &worldCall{name: fmt.Sprintf("%s.%d %s %s", proc.name, w.spawned, op, key), process: proc, number: w.spawned, op: op, key: key, began: w.sent}
	for _, p := range w.payments {
		if p.taken > 0 {
			c.shown = append(c.shown, p)
		}
	}
	ctx, leave := context.WithCancelCause(context.Background())
	c.leave = leave
	c.next, c.stop = iter.Pull(func(yield func(struct{}) bool) {
		c.yield = yield
		defer func() {
			switch r := recover().(type) {
			case nil:
			case worldGone:
			case worldPanic:
				w.log("panics")
			default:
				if !proc.dead {
					panic(r)
				}
			}
		}()
		run(ctx, c)
	})
	w.calls = append(w.calls, c)
	return c
}

// run takes the call to its next pause.
func (w *randomWorld) run(c *worldCall) {
	w.running = c
	if _, more := c.next(); !more {
		c.ended = true
		c.leave(nil)
		w.calls = slices.DeleteFunc(w.calls, func(o *worldCall) bool { return o == c })
	}
	w.running = nil
}

// kill ends a process at once: its calls stop where they are.
func (w *randomWorld) kill(proc *worldProcess) {
	w.log("%s crashes", proc.name)
	proc.dead = true
	for _, c := range slices.Clone(w.calls) {
		if c.process != proc {
			continue
		}
		w.settleAfterStep(c)
		c.inside = false
		w.running = c
		c.stop()
		w.running = nil
		c.ended = true
		c.leave(nil)
	}
	w.calls = slices.DeleteFunc(w.calls, func(c *worldCall) bool { return c.ended })
}

// step lets one thing happen.
func (w *randomWorld) step() {
	switch n := w.rng.IntN(1000); {
	case n < w.rules.crashes:
		live := w.living()
		w.kill(live[w.rng.IntN(len(live))])
	case n < 30, n < 60 && w.rules.farSteps:
		w.stepClock()
	case n < 120:
		w.pass(w.randomTime())
	case n < 180:
		w.provide()
	case n < 210 && len(w.lateWork) > 0:
		w.commitLate()
	case n < 225 && len(w.calls) > 0:
		if c := w.calls[w.rng.IntN(len(w.calls))]; !c.left {
			c.left = true
			w.log("the caller of %s leaves", c.name)
			c.leave(errCallerLeft)
		}
	case n < 340 && len(w.calls) < 5 || len(w.calls) == 0:
		w.call()
	default:
		w.runOne()
	}
}

// runOne takes one call to its next pause. A call that is asleep stays where it is, for some steps.
func (w *randomWorld) runOne() {
	c := w.calls[w.rng.IntN(len(w.calls))]
	switch {
	case c.asleep > 0:
		c.asleep--
	case w.chance(5, 100):
		c.asleep = 1 + w.rng.IntN(10)
		w.log("%s sleeps", c.name)
	default:
		w.run(c)
	}
}

func (w *randomWorld) randomTime() time.Duration {
	times := []time.Duration{time.Second, time.Minute, worldLongest, worldLease + time.Second, worldLease + time.Second,
		worldQuiet - worldLease, worldQuiet + time.Second, worldQuiet + time.Second, time.Hour, 25 * time.Hour}
	return times[w.rng.IntN(len(times))]
}

// pass lets time go by. What the provider takes until then is taken.
func (w *randomWorld) pass(d time.Duration) {
	end := w.clock + d
	for {
		var first *worldFlight
		for _, f := range w.flights {
			if f.until <= end && (first == nil || f.until < first.until) {
				first = f
			}
		}
		if first == nil {
			break
		}
		w.clock = max(w.clock, first.until)
		w.land(first)
	}
	w.clock = end
	w.log("%v pass", d)
}

// stepClock sets the store's clock. Backwards it may go as it likes. A step forward shortens the quiet times of all rows,
// and when another process takes over while the first is inside its call, nobody can see that. So either the steps are so
// small that the provider has taken what it takes before the shortened quiet times end; or one process lives at a
// time, which knows of its own calls, and the provider has taken what it takes when such a call ends.
func (w *randomWorld) stepClock() {
	d := []time.Duration{time.Minute, 3 * time.Minute, worldForward, time.Hour, 50 * time.Hour}[w.rng.IntN(5)]
	for _, c := range w.calls {
		c.turned = true
	}
	switch {
	case w.chance(50, 100):
		w.ahead -= d
		w.log("the store's clock steps back by %v", d)
	case w.rules.farSteps:
		for _, c := range w.calls {
			c.stepped = true
		}
		for _, f := range slices.Clone(w.flights) {
			if !f.call.inside && !f.late {
				w.land(f)
			}
		}
		w.ahead += d
		w.log("the store's clock steps forward by %v", d)
	case w.forward+d <= worldForward:
		w.forward += d
		w.ahead += d
		w.log("the store's clock steps forward by %v", d)
	}
}

// settleAfterStep lets the provider take what a call has sent during which the clock has made a far step.
func (w *randomWorld) settleAfterStep(c *worldCall) {
	if !c.stepped {
		return
	}
	for _, f := range slices.Clone(w.flights) {
		if f.call == c && !f.late {
			w.land(f)
		}
	}
}

func (w *randomWorld) commitLate() {
	i := w.rng.IntN(len(w.lateWork))
	commit := w.lateWork[i]
	w.lateWork = slices.Delete(w.lateWork, i, i+1)
	commit()
}

// live runs the world to its end and returns the rule that was broken, or "".
func (w *randomWorld) live() string {
	for range w.rules.steps {
		if w.step(); w.violated != "" {
			break
		}
	}
	if w.violated == "" {
		w.last()
	}
	for _, proc := range w.processes {
		if !proc.dead {
			w.kill(proc)
		}
	}
	return w.violated
}

// story is the rule that was broken and all that happened.
func (w *randomWorld) story() string {
	return fmt.Sprintf("world %d: %s\n\t%s", w.seed, w.violated, strings.Join(w.trace, "\n\t"))
}
