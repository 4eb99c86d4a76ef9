package once

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
)

// worldTruth is what the world knows beside the code, and the rules that the code is held to.
type worldTruth struct {
	excused  map[string]bool // keys of which a person has said too early, or wrongly, that nothing was taken
	decided  map[string]bool // keys of which a person has said that nothing was taken
	asserted map[string]bool // keys for which a person has vouched
	another  bool            // a key has begun although another one may hold the order
	nonces   map[string]int  // the attempt of each nonce that has begun
	answers  []expected      // what the rows must show for good
	settled  map[rowID]bool  // the rows that have been settled as not taken, and for which no person has vouched since
	asked    map[rowID]bool  // the rows about which the provider was asked in this round of the last phase
}

// expected is an answer that was recorded.
type expected struct {
	key  string
	n    int
	code string
}

func (t *worldTruth) init() {
	t.excused, t.decided, t.asserted = map[string]bool{}, map[string]bool{}, map[string]bool{}
	t.nonces, t.asked, t.settled = map[string]int{}, map[rowID]bool{}, map[rowID]bool{}
}

func (t *worldTruth) taken(w *randomWorld, key string) int {
	n := 0
	for _, p := range w.payments {
		if p.key == key {
			n += p.taken
		}
	}
	return n
}

func (t *worldTruth) takenAll(w *randomWorld) int {
	n := 0
	for _, key := range w.rules.keys {
		n += t.taken(w, key)
	}
	return n
}

// truthfullyTaken is how much was taken as far as a payer can tell: one that finds payments by their order takes those of
// another key for its own.
func (t *worldTruth) truthfullyTaken(w *randomWorld, key string) int {
	if w.rules.byOrder {
		return t.takenAll(w)
	}
	return t.taken(w, key)
}

// mayTake reports whether money was taken, or will be, for one of the first requests of the world if it has the key.
func (t *worldTruth) mayTake(w *randomWorld, key string, before int) bool {
	for i, p := range w.payments {
		if i < before && p.key == key && w.willTake(p) {
			return true
		}
	}
	return false
}

// tookMoney checks that nothing is paid twice.
func (t *worldTruth) tookMoney(w *randomWorld, p *worldPayment) {
	if n := t.taken(w, p.key); n > 1 && !t.excused[p.key] {
		w.violation("%s is paid %d times", p.key, n)
	}
	excused := t.another
	for _, key := range w.rules.keys {
		excused = excused || t.excused[key]
	}
	if n := t.takenAll(w); n > 1 && !excused {
		w.violation("the order is paid %d times", n)
	}
}

// sends checks that a key is not paid again of which the provider showed a payment before the call began.
func (t *worldTruth) sends(w *randomWorld, c *worldCall, now *worldPayment) {
	if c.op != "Pay" || c.unclear {
		return
	}
	for _, p := range c.shown {
		if p != now && p.key == c.key {
			w.violation("sends although the provider has shown %s all the time", p.id)
		}
	}
}

// asks notes a question about an attempt.
func (t *worldTruth) asks(a payment.Attempt) {
	// The attempts of a key differ in the time when they began; the row's number is not known to the payer.
	t.asked[rowID{a.Key + a.SentAt.String(), 0}] = true
}

func (t *worldTruth) wasAsked(r Row) bool {
	return t.asked[rowID{r.Attempt.Key + r.BeganAt.String(), 0}]
}

// recorded notes the answer of a call whose result has been recorded, and checks that the row has it.
func (t *worldTruth) recorded(w *randomWorld, c *worldCall) {
	n, ok := t.nonces[c.nonce]
	if !ok {
		w.violation("an answer without a row")
		return
	}
	if c.answer.code != "" {
		t.answers = append(t.answers, expected{c.key, n, c.answer.code})
	}
	row := w.rowsOf(c.key)[n-1]
	if id := c.answer.id; id != "" && row.Attempt.PaymentID != id {
		w.violation("%s/%d: the payment's id %s is forgotten, the row has %q", c.key, n, id, row.Attempt.PaymentID)
	}
	t.remembers(w)
}

// remembers checks that no recorded answer is forgotten.
func (t *worldTruth) remembers(w *randomWorld) {
	for _, e := range t.answers {
		row := w.rowsOf(e.key)[e.n-1]
		if !slices.ContainsFunc(row.Attempt.Failures, func(f payment.Failure) bool { return f.Code == e.code }) {
			w.violation("%s/%d: the answer %s is forgotten", e.key, e.n, e.code)
		}
	}
}

// wrote checks a write of a row: its event, and that evidence only rises.
func (t *worldTruth) wrote(w *randomWorld, old, row Row, e *Event) {
	key := row.Attempt.Key
	if row.State == Started && old.Nonce != row.Nonce {
		t.nonces[row.Nonce] = row.N
		t.another = t.another || row.AllowAnother
	}
	switch {
	case old.State != row.State && e == nil:
		w.violation("%s/%d goes from %s to %s without an event", key, row.N, old.State, row.State)
	case e != nil && (e.From != old.State || e.To != row.State):
		w.violation("%s/%d goes from %s to %s, and the event says from %s to %s", key, row.N, old.State, row.State, e.From, e.To)
	case e != nil && e.From == e.To && old.Asserted == row.Asserted && !slices.Contains([]string{whyPropose, whyRevoke, whyResolve}, e.Why):
		w.violation("%s/%d: an event without a change: %s", key, row.N, e.Why)
	}
	person := e != nil && (e.Why == whyResolve || e.Why == whyRevoke)
	if old.standing() == shown && !row.State.isPaid() && row.State != Conflict {
		w.violation("%s/%d was paid and is %s", key, row.N, row.State)
	}
	if old.Evidence == EvidenceTaken && row.Evidence != EvidenceTaken && !person {
		w.violation("%s/%d: evidence falls from taken to %s", key, row.N, row.Evidence)
	}
	if is := (rowID{key, row.N}); !row.State.Live() {
		t.settled[is] = true
	} else if row.State.isPaid() && person {
		delete(t.settled, is)
	} else if row.State.isPaid() && t.settled[is] {
		w.violation("%s/%d was settled as not taken and is %s: that is a conflict", key, row.N, row.State)
	}
	if row.State.evidence() != row.Evidence {
		w.violation("%s/%d: evidence of %s is %s", key, row.N, row.State, row.Evidence)
	}
	if c := w.running; e != nil && e.Why == whyLeaseOver && c != nil {
		for _, other := range w.calls {
			if other.process == c.process && other.paying > 0 && other.paying < c.number && other.nonce == old.Nonce {
				w.violation("%s/%d: the process takes the lease of a row for which it is inside a call", key, row.N)
			}
		}
		if known, ok := c.process.unsent[old.Nonce]; ok && c.number > known {
			w.violation("%s/%d: the process waits for the end of a lease with which it knows that nothing was sent", key, row.N)
		}
	}
	if e == nil || e.Why != whyResolve {
		return
	}
	switch row.State {
	case Released:
		t.decided[key] = true
		early := strings.Contains(e.Note, "Before the end of the quiet time")
		if row.UpdatedAt.Before(old.QuietEnd) && !early && w.running != nil && !w.running.turned {
			w.violation("%s/%d is decided before the end of its quiet time", key, row.N)
		}
		if early || t.mayTake(w, key, w.sent) {
			t.excused[key] = true
		}
	case Paid, Conflict:
		t.asserted[key] = true
	}
}

// chains checks that the events of each row are one chain that ends in the row's state.
func (t *worldTruth) chains(w *randomWorld) {
	for _, key := range w.rules.keys {
		events, err := w.store.History(context.Background(), "world", key)
		if err != nil {
			w.t.Fatal(err)
		}
		at := map[int]State{}
		for _, e := range events {
			if at[e.N] != e.From {
				w.violation("%s/%d: event %d goes from %s, and the row was %s", key, e.N, e.Seq, e.From, at[e.N])
			}
			at[e.N] = e.To
		}
		for _, r := range w.rowsOf(key) {
			if at[r.N] != r.State {
				w.violation("%s/%d is %s, and its history ends with %s", key, r.N, r.State, at[r.N])
			}
		}
	}
}

// last is the last phase: nothing fails any more, all calls end, the provider decides, time passes, and Reconcile runs.
func (w *randomWorld) last() {
	if w.chance(30, 100) {
		for _, proc := range w.living() {
			w.kill(proc)
		}
	}
	w.calm = true
	for range 10_000 {
		if len(w.calls) == 0 {
			break
		}
		w.run(w.calls[w.rng.IntN(len(w.calls))])
	}
	for len(w.lateWork) > 0 {
		w.commitLate()
	}
	for len(w.flights) > 0 {
		w.land(w.flights[0])
	}
	for _, p := range w.payments {
		if p.status == payment.Pending {
			w.decidePending(p)
		}
	}
	if len(w.calls) > 0 {
		w.violation("%d calls never end", len(w.calls))
	}
	t := &w.truth
	t.remembers(w)
	t.chains(w)
	for _, r := range w.allRows() {
		w.pass(max(0, r.LeaseEnd.Sub(r.Now))) // long, if the store's clock was set back: nobody may take a lease over
	}
	for range 3 {
		w.pass(25 * time.Hour)
		clear(t.asked)
		before := w.allRows()
		live := w.living()
		proc := live[w.rng.IntN(len(live))]
		c := w.spawn(proc, "Reconcile", "", w.reconcile)
		for !c.ended {
			w.run(c)
		}
		t.allAsked(w, before)
	}
	t.remembers(w)
	t.chains(w)
	t.verdict(w)
}

// allAsked checks that a walk of Reconcile has asked about every row that needs it.
func (t *worldTruth) allAsked(w *randomWorld, before []Row) {
	for _, r := range before {
		needs := r.State.askable() || r.State != Conflict && r.watched()
		recent := !r.Now.Before(r.AskedAt) && r.Now.Sub(r.AskedAt) < longestPause // by the store's clock, which steps
		settled := func(now Row) bool {
			return now.N == r.N && (now.State != r.State || !now.State.askable() && !now.watched())
		}
		if needs && !r.Leased() && !recent && !t.wasAsked(r) && !anyRow(w.rowsOf(r.Attempt.Key), settled) {
			w.violation("nobody asks about %s/%d, which is %s; last asked at %v, now %v", r.Attempt.Key, r.N, r.State, r.AskedAt, r.Now)
		}
	}
	for _, r := range w.allRows() {
		if was := anyRow(before, func(b Row) bool { return b.N == r.N && b.Attempt.Key == r.Attempt.Key && !b.Leased() }); was && r.Leased() {
			w.violation("%s/%d stays leased, and nobody works on it", r.Attempt.Key, r.N)
		}
	}
}

// verdict holds the rows to the ledger.
func (t *worldTruth) verdict(w *randomWorld) {
	for _, key := range w.rules.keys {
		rows, taken := w.rowsOf(key), t.taken(w, key)
		w.log("%s is taken %d times", key, taken)
		for _, r := range rows {
			w.log("%s/%d is %s (%s), asserted %v, payment %+v", key, r.N, r.State, r.Why, r.Asserted, r.lastPayment())
		}
		if taken > 0 && !anyRow(rows, func(r Row) bool { return r.State.Live() }) {
			w.violation("lost: %s was taken, and no row says so", key)
		}
		if taken > 0 && !anyRow(rows, func(r Row) bool { return r.State.isPaid() || r.State == Conflict }) {
			w.violation("%s was taken, which the provider shows, and no row says so", key)
		}
		vouched := t.asserted[key]
		for _, r := range rows {
			switch {
			case r.State == Started && !r.Leased():
				w.violation("%s/%d is left as started", key, r.N)
			case r.State.isPaid() && t.truthfullyTaken(w, key) == 0 && !vouched:
				w.violation("%s/%d is %s, and nothing was taken", key, r.N, r.State)
			case r.State == Conflict && !t.conflicts(w, key):
				w.violation("%s/%d is a conflict, and %d was taken", key, r.N, taken)
			}
		}
		paid := 0
		for _, r := range rows {
			if r.State.isPaid() {
				paid++
			}
		}
		if paid > 1 && !vouched {
			w.violation("%s has %d paid rows and no conflict", key, paid)
		}
	}
}

// conflicts reports whether the key has a reason to be in conflict: two payments, or a person's decision that the provider
// contradicts. A payer that finds payments by their order alone may take another key's payment for that of a failed one.
func (t *worldTruth) conflicts(w *randomWorld, key string) bool {
	taken := t.truthfullyTaken(w, key)
	return taken > 1 || t.decided[key] && taken > 0 || t.asserted[key] || w.rules.byOrder && taken > t.taken(w, key)
}
